"""A report out of everything that a reader has saved, as one HTML file that needs nothing else."""

import base64
import io
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from matplotlib import rc_context

from ..core import store as records
from ..core.machine import Card
from ..draw import style
from ..draw.scaling import describe_scaling, plot_scaling
from ..judge.choose import best_of, decide
from ..judge.words import is_busy, sentences
from .decision_chart import describe_decision, plot_decision
from .page import PAGE, STYLE
from .words import answer, headline, surprises

JOBS = ("strings", "pictures")
QUESTION = "Does Python support multithreading, and does it make my program faster?"
_NOTEBOOKS = {"strings": "02_a_long_list_of_strings", "pictures": "03_four_pictures"}
_START = "00_start_here"
_MOST_ROWS = 30  # of a table


@dataclass(frozen=True)
class Part:
    """One job of the report: its ``Result``, and whether it was recorded on another machine."""

    result: object
    recorded: bool

    @property
    def decision(self):
        """Where the job ends on the decision chart."""
        return decide(self.result)


@dataclass(frozen=True)
class Report:
    """What the saved results say together.

    ``parts`` maps each job of ``JOBS`` to its ``Part``; ``others`` are the saved results that
    stand in no part, a dict from file name to ``Result``; ``refused`` maps the name of each file
    that could not be read to the reason. ``expected`` maps a job to the leaves of the decision
    chart that the reader predicted for it.
    """

    parts: dict
    others: dict
    refused: dict
    expected: dict

    @property
    def decisions(self):
        """The ``Decision`` of each job."""
        return [part.decision for part in self.parts.values()]

    @property
    def own(self):
        """The reader's own results in the parts."""
        return [part.result for part in self.parts.values() if not part.recorded]

    @property
    def surprises(self):
        """Every prediction of this reader beside its result, the farthest off first."""
        return surprises([*self.own, *self.others.values()])

    @property
    def headline(self):
        """The short answer in a sentence."""
        return headline([part.result for part in self.parts.values()])[0]

    @property
    def figures(self):
        """The figures behind the short answer, and whose they are."""
        said = headline([part.result for part in self.parts.values()])[1]
        if not self.own:
            said += " Recorded on another machine: yours is not measured yet."
        elif any(map(is_busy, self.own)):
            said += " The machine was busy meanwhile, so these figures say little."
        return said.strip()

    @property
    def missing(self):
        """What is not there yet and which notebook gives it: a list of sentences."""
        said = []
        for job, part in self.parts.items():
            kinds = {style.family(kind) for kind in part.result.kinds}
            if part.recorded:
                said.append(
                    f"Your {job} are not measured yet, so a recording from another machine stands "
                    f"in their place: open {_START} or {_NOTEBOOKS[job]}."
                )
            elif not {"threads", "processes"} <= kinds:
                lacking = " and ".join(sorted({"threads", "processes"} - kinds))
                said.append(f"Your {job} were not measured with {lacking}: open {_START}.")
            if not part.recorded and is_busy(part.result):
                said.append(
                    f"Your {job} were measured on a busy machine: open {_START} again when it is "
                    "quiet, and save."
                )
            if not part.recorded and not part.result.prediction:
                said.append(
                    f"No prediction for your {job} was committed: open {_START} again, and move "
                    "the sliders before you measure."
                )
        return said

    def answers(self, job):
        """Return what the results of a job answer: a list of sentences."""
        return answer(self.parts[job].result)

    def html(self):
        """Return the whole report as the text of one HTML file."""
        return _page(self)

    def save(self, path=None):
        """Write the report as one HTML file and return its Path.

        Args:
            path: the file; ``report.html`` in the folder of the results when None.

        Raises:
            LabError: the file cannot be written.
        """
        path = Path(records.RESULTS / "report.html" if path is None else path)
        records.write_text(path, self.html())
        return path

    def __str__(self):
        lines = [self.headline, self.figures]
        for job, part in self.parts.items():
            lines += ["", f"{job}{' (recorded on another machine)' * part.recorded}:"]
            lines += [f"  {said}" for said in self.answers(job)]
        lines += ["", *map(str, self.surprises)] if self.surprises else []
        lines += ["", *self.missing] if self.missing else []
        lines += [f"Not read: {name}: {reason}" for name, reason in self.refused.items()]
        return "\n".join(lines)

    def _repr_html_(self):
        items = "".join(f"<li>{escape(said)}</li>" for said in self.missing)
        refused = "".join(f"<li>{escape(name)}: {escape(said)}</li>"
                          for name, said in self.refused.items())  # fmt: skip
        return (
            f"<p><b>{escape(self.headline)}</b> {escape(self.figures)}</p>"
            + (f"<p>Still open:</p><ul>{items}</ul>" if items else "")
            + (f"<p>Not read:</p><ul>{refused}</ul>" if refused else "")
        )

    __repr__ = __str__


def make_report(folder=None, expected=None):
    """Return the ``Report`` of everything that was saved in a folder.

    Where a job was not measured yet, a recording stands in its place and is called one.

    Args:
        folder: ``data/results`` when None.
        expected: a dict from a job to the leaves of the decision chart that were predicted.

    Raises:
        LabError: the folder cannot be read.
    """
    saved = records.load_folder(folder)
    measured = {name: r for name, r in saved.results.items() if r.serial_s is not None}
    home = _home(measured.values())
    parts, used = {}, set()
    for job in JOBS:
        fitting = {n: r for n, r in measured.items() if r.job == job and _place(r) == home}
        name = max(fitting, key=lambda name: _worth(fitting[name]), default=None)
        result = fitting[name] if name else records.load_recording(job)
        if result is not None:
            parts[job] = Part(result, recorded=name is None)
            used.add(name)
    others = {name: r for name, r in saved.results.items() if name not in used}
    return Report(parts, others, saved.refused, {k: v for k, v in (expected or {}).items() if v})


def _place(result):
    """Return what must be equal for two results to count as of one machine and Python."""
    m = result.machine
    return m.cpu, m.n_cpus, m.usable_cpus, m.implementation, m.python, m.gil


def _home(results):
    """Return the place with results for most of the jobs, the newest among equals, or None."""
    jobs, newest = {}, {}
    for result in results:
        if result.job in JOBS:
            jobs.setdefault(_place(result), set()).add(result.job)
            newest[_place(result)] = max(newest.get(_place(result), ""), result.made)
    return max(jobs, key=lambda place: (len(jobs[place]), newest[place]), default=None)


def _worth(result):
    """Return what makes one result of a job the one to report: more kinds come first."""
    families = {style.family(kind) for kind in result.kinds}
    n_kinds = len(families & {"threads", "processes"})
    return n_kinds, not is_busy(result), bool(result.prediction), result.made


# --- the page -------------------------------------------------------------------------


def _page(report):
    sections = [
        _section("The decision chart", _chart_of_decisions(report)),
        *(_section(*_curves(job, part, report)) for job, part in report.parts.items()),
        _section("Where you were surprised", _surprises(report)),
        _section("The machine", _machines(report)),
        _section("Still open", _list(report.missing)) if report.missing else "",
        _section("Also saved", _others(report)) if report.others else "",
        _section("Not read", _list(f"{n}: {r}" for n, r in report.refused.items()))
        if report.refused
        else "",
    ]
    dates = sorted(result.made[:10] for result in report.own)
    return PAGE.substitute(
        style=STYLE,
        question=_text(QUESTION),
        headline=_text(report.headline),
        figures=_text(report.figures),
        when=_text(f"measured {dates[-1]}" if dates else "nothing measured yet"),
        cards="".join(_card(job, part) for job, part in report.parts.items()),
        sections="".join(sections),
    )


def _text(value, n_letters=400):
    """Return any text for HTML: escaped, without control characters, not too long."""
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", " ", str(value))
    return escape(text if len(text) <= n_letters else text[: n_letters - 1] + "…")


def _section(title, body):
    return f"<section><h2>{_text(title)}</h2>{body}</section>"


def _list(texts):
    return "<ul>" + "".join(f"<li>{_text(text)}</li>" for text in texts) + "</ul>"


def _badge(part):
    return ' <span class="badge">recorded on another machine</span>' if part.recorded else ""


def _card(job, part):
    """Return the card of a job: its best kind, and a bar for each kind."""
    decision = part.decision
    kind = decision.branch.kind if decision.branch else "serial"
    bars = [("serial", "serial", 1.0)]
    for family in ("threads", "processes", "interpreters", "free-threaded"):
        point = best_of(part.result, family)
        if point is not None:
            bars.append((family, f"{family}, {point.n_workers}", point.speed_up))
    top = max(speed_up for _, _, speed_up in bars)
    rows = "".join(
        f'<div class="bar"><span>{_text(name)}</span><i style="width:{40 * value / top:.1f}%;'
        f'background:{style.colour(family)}"></i><b>{value:.2f}×</b></div>'
        for family, name, value in bars
    )
    leaf = decision.branch.leaf if decision.branch else "not told yet"
    return (
        f'<article class="card" style="border-color:{style.colour(kind)}">'
        f"<h3>{_text(job)}{_badge(part)}</h3><p class='leaf'>{_text(leaf[0].upper() + leaf[1:])}"
        f"</p>{rows}<p class='why'>{_text(decision.reason)}</p></article>"
    )


def _chart_of_decisions(report):
    figure = _figure(
        lambda width_in: plot_decision(
            report.decisions, predictions=report.expected, width_in=width_in
        ),
        describe_decision(report.decisions, report.expected),
    )
    return (
        "<p>Four questions lead to a kind of worker. Each line is the way of one job, by what was "
        f"measured.</p>{figure}"
    )


def _curves(job, part, report):
    result = part.result
    machine = f"<p class='quiet'>Recorded on {_text(result.machine)}.</p>" * part.recorded
    figure = _figure(lambda width_in: _plot(result, width_in), describe_scaling(result))
    why = "".join(f"<p class='quiet'>{_text(said, 900)}</p>" for said in sentences(result)[1:])
    body = f"<p>{_text(result.title)}, {_text(result.made[:10])}.{_badge(part)}</p>{machine}"
    return f"Your {job}" if not part.recorded else job.capitalize(), body + figure + _list(
        report.answers(job)
    ) + why


def _plot(result, width_in):
    ax = None
    if width_in < 6:
        ax = style.new_axes(width_in=width_in, height_in=3.7, label_in=1.65)
    ax = plot_scaling(result, ax=ax)
    ax.set_title("", loc="left")  # the page has it
    return ax


def _figure(draw, alt):
    """Return a figure in two widths, as images that stand in the page: one for a phone."""
    wide, narrow = draw(7.6), draw(4.1)
    width = round(96 * wide.figure.get_size_inches()[0])
    return (
        f'<figure><picture><source media="(max-width: 600px)" srcset="{_svg(narrow.figure)}">'
        f'<img width="{width}" alt="{_text(alt, 2000)}" src="{_svg(wide.figure)}"></picture>'
        "</figure>"
    )


def _svg(figure):
    """Return a figure as a data URL. In an image no script of an SVG file would ever run."""
    file = io.BytesIO()
    with rc_context({"svg.hashsalt": "gil-lab"}):  # the same report is the same file
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}"


def _surprises(report):
    found = report.surprises
    if not found:
        return (
            "<p>No prediction is saved together with its result. Open "
            f"{_START}, commit to a prediction, then measure.</p>"
        )
    n_off = sum(one.verdict != "about right" for one in found)
    rows = "".join(
        f"<tr><td>{_text(one.job, 40)}</td><td>{one.n_workers} {_text(one.kind, 40)}</td>"
        f"<td>{one.predicted:.1f}×</td><td>{one.measured:.2f}×</td>"
        f"<td>{_text(one.verdict)}</td></tr>"
        for one in found[:_MOST_ROWS]
    )
    return (
        f"<p>{n_off} of {len(found)} predictions were off by more than a quarter; the farthest "
        f"first.</p><table><thead><tr><th>job</th><th>workers</th><th>you said</th><th>measured"
        f"</th><th>so it was</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _machines(report):
    """Return the card of the reader's machine, and of the recordings' where they stand in."""
    parts = report.parts.values()
    part = next((p for p in parts if not p.recorded), None) or next(iter(parts), None)
    if part is None:
        return "<p>Nothing is measured, and no recording is there.</p>"
    facts = Card(part.result.machine, part.result.capacity).facts()
    rows = "".join(
        f'<tr><th scope="row">{_text("Capacity" if name == "Capacity now" else name)}</th>'
        f"<td>{_text(value)}</td></tr>"
        for name, value in facts
    )
    note = "<p>Not yours: the machine of the recordings.</p>" * part.recorded
    return f"{note}<table class='facts'><tbody>{rows}</tbody></table>"


def _others(report):
    lines = []
    for result in list(report.others.values())[::-1][:_MOST_ROWS]:
        best = best_of(result)
        told = "no round complete"
        if best is not None:
            told = f"{best.kind} with {best.n_workers}: {best.speed_up:.2f}×"
        lines.append(
            f"<tr><td class='date'>{_text(result.made[:10])}</td>"
            f"<td>{_text(result.title, 120)}</td><td>{_text(told)}</td>"
            f"<td>{_text(_python(result.machine), 60)}</td></tr>"
        )
    more = len(report.others) - len(lines)
    note = f"<p>And {more} more.</p>" if more > 0 else ""
    return (
        "<table><thead><tr><th>date</th><th>job</th><th>best</th><th>Python</th></tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>{note}"
    )


def _python(machine):
    return f"{machine.implementation} {machine.python}{'' if machine.gil else ', no lock'}"
