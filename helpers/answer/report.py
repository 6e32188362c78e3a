"""A report out of everything that a reader has saved, as one HTML file that needs nothing else."""

import base64
import io
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

from matplotlib import rc_context

from ..cells.card import Card
from ..core import store as records
from ..core.host import nobody_asked
from ..core.runs import Result
from ..draw import style
from ..draw.scaling import plot_scaling
from ..draw.templates import render
from ..judge.choose import Choice, decide
from ..judge.curve import best_of, sentences
from ..kind import families
from ..kind import kind as kind_of
from .decision_chart import plot_decision
from .words import Surprise, answer, headline, long_jobs, named_job, surprises

JOBS = ("strings", "pictures", "finished")
QUESTION = "Does Python support multithreading, and does it make my program faster?"
_NOTEBOOKS = {
    "strings": "02_a_long_list_of_strings",
    "pictures": "03_four_pictures",
    "finished": "03_four_pictures",
}
_START = "00_start_here"
_BOTH = {"threads", "processes"}
_MOST_ROWS = 30  # of a table


@dataclass(frozen=True)
class Part:
    """One job of the report: its ``Result``, and whether it was recorded on another machine."""

    result: Result
    recorded: bool

    @property
    def decision(self) -> Choice:
        """Where the job ends on the decision chart."""
        return decide(self.result)

    @property
    def bars(self) -> list[tuple[str, str, float]]:
        """A (kind, its name with the workers, best speed-up) for each kind that was measured."""
        bars = [("serial", "serial", 1.0)]
        for family in families():
            if family != "serial" and (best := best_of(self.result, family)):
                bars.append((family, f"{family}, {best.n_workers}", best.speed_up))
        return bars


@dataclass(frozen=True)
class Report:
    """What the saved results say together.

    ``parts`` maps each job of ``JOBS`` to its ``Part``; ``others`` the name of each other file to
    its ``Result``, ``refused`` that of one that could not be read to the reason. ``expected`` maps
    a job to the leaves of the decision chart that the reader predicted for it.
    """

    parts: dict[str, Part]
    others: dict[str, Result]
    refused: dict[str, str]
    expected: dict[str, list[str]]

    @property
    def decisions(self) -> list[Choice]:
        """The ``Choice`` of each job."""
        return [part.decision for part in self.parts.values()]

    @property
    def own(self) -> list[Result]:
        """The reader's own results in the parts."""
        return [part.result for part in self.parts.values() if not part.recorded]

    @property
    def surprises(self) -> list[Surprise]:
        """Every prediction of this reader beside its result, the farthest off first."""
        return surprises([*self.own, *self.others.values()])

    @property
    def headline(self) -> str:
        """The short answer in a sentence."""
        return headline([part.result for part in self.parts.values()])[0]

    @property
    def figures(self) -> str:
        """The figures behind the short answer, and whose they are."""
        said = headline([part.result for part in self.parts.values()])[1]
        if not self.own:
            said += " Recorded on another machine: yours is not measured yet."
        elif any(result.is_busy for result in self.own):
            said += " The machine was busy meanwhile, so these figures say little."
        return said.strip()

    @property
    def missing(self) -> list[str]:
        """What is not there yet and which notebook gives it: a list of sentences."""
        return [said for job, part in self.parts.items() for said in _missing(job, part)]

    def answers(self, job: str) -> list[str]:
        """Return what the results of a job answer: a list of sentences."""
        part = self.parts[job]
        said = ["This was recorded on another computer."] if part.recorded else []
        return said + answer(part.result)

    def long_jobs(self, job: str) -> list[str]:
        """Return what processes would take for such a job of 10 and of 30 seconds: sentences."""
        return long_jobs(self.parts[job].result)

    def html(self) -> str:
        """Return the whole report as the text of one HTML file."""
        dates = sorted(result.made[:10] for result in self.own)
        # The reader's machine; where nothing is measured, that of the recordings.
        results = [*self.own, *(part.result for part in self.parts.values())]
        cards = [Card(result.machine, result.capacity) for result in results]
        return render(
            "answer/page.html",
            report=self,
            question=QUESTION,
            when=f"measured {dates[-1]}" if dates else "nothing measured yet",
            chart=_figure(partial(plot_decision, self.decisions, predictions=self.expected)),
            curves={job: _curves(part.result) for job, part in self.parts.items()},
            machine=cards[0].facts() if cards else [],
            best_of=best_of,
            sentences=sentences,
            named_job=named_job,
            colour=style.colour,
            most=_MOST_ROWS,
            asked=not nobody_asked(),
            start=_START,
        )

    def save(self, path: str | Path | None = None) -> Path:
        """Write the report as one HTML file and return its Path.

        Args:
            path: the file; ``report.html`` in the folder of the results when None.

        Raises:
            LabError: the file cannot be written.
        """
        path = Path(records.RESULTS / "report.html" if path is None else path)
        records.write(path, self.html().encode("utf-8", "replace"))
        return path

    def shown(self, path: str | Path | None = None) -> "Shown":
        """Write the file as ``save`` does, and return what shows the page below a cell."""
        return Shown(self.save(path), self.html())

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
        return render("answer/summary.html", report=self)

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class Shown:
    """A report that was saved: in a notebook a click opens the page below the cell."""

    path: Path
    html: str

    def __repr__(self) -> str:
        return f"The report is saved as {self.path.name}, beside your results."

    def _repr_html_(self):
        # A frame without rights: the page needs none, and nothing in it can reach the notebook.
        frame = "width:100%;height:40em;border:1px solid gray;background:white"
        return (
            f"<p>{escape(repr(self))}</p><details><summary><b>Open the report here</b></summary>"
            f'<iframe title="the report" sandbox="" style="{frame}" '
            f'srcdoc="{escape(self.html)}"></iframe></details>'
        )


def make_report(
    folder: str | Path | None = None, expected: dict[str, list[str]] | None = None
) -> Report:
    """Return the ``Report`` of everything that was saved in a folder.

    Where a job was not measured yet, a recording stands in its place and is called one.

    Args:
        folder: ``data/results`` when None.
        expected: a dict from a job to the leaves of the decision chart that were predicted.

    Raises:
        LabError: the folder cannot be read.
    """
    saved = records.saved(folder)
    measured = {name: r for name, r in saved.results.items() if r.serial_s is not None}
    home = _home(measured.values())
    parts, others = {}, dict(saved.results)
    for job in JOBS:
        fitting = {n: r for n, r in measured.items() if r.job == job and _place(r) == home}
        name = max(fitting, key=lambda name: _worth(fitting[name]), default=None)
        result = others.pop(name) if name else records.recorded(job)
        if result is not None:
            parts[job] = Part(result, recorded=name is None)
    predicted = {job: leaves for job, leaves in (expected or {}).items() if leaves}
    return Report(parts, others, saved.refused, predicted)


def _missing(job, part):
    what = named_job(job)
    if part.recorded:
        yield (
            f"Your {what} are not measured yet, so you see a recording from another machine: "
            f"open {_START} or {_NOTEBOOKS[job]}."
        )
        return
    if lacking := " and ".join(sorted(_BOTH - _families(part.result))):
        yield f"Your {what} were not measured with {lacking}: open {_START}."
    if part.result.is_busy:
        busy = f"Your {what} were measured on a busy machine"
        yield f"{busy}: open {_START} again when it is quiet, and save."
    if not part.result.prediction and not nobody_asked():
        none = f"No prediction for your {what} was committed"
        yield f"{none}: open {_START} again, and move the sliders before you measure."


def _families(result):
    return {kind_of(kind).family for kind in result.kinds}


def _place(result):
    """Return what must be equal for two results to count as of one machine and Python."""
    m = result.machine
    return m.cpu, m.n_cpus, m.usable_cpus, m.implementation, m.python, m.gil


def _home(results):
    """Return the place with results for most of the jobs, the newest among equals, or None."""
    found: dict[tuple, list[Result]] = {}
    for result in results:
        if result.job in JOBS:
            found.setdefault(_place(result), []).append(result)

    def rank(place):
        return len({result.job for result in found[place]}), max(r.made for r in found[place])

    return max(found, key=rank, default=None)


def _worth(result):
    """Return what makes one result of a job the one to report: more kinds come first."""
    n_kinds = len(_families(result) & _BOTH)
    return n_kinds, not result.is_busy, bool(result.prediction), result.made


# --- the page -------------------------------------------------------------------------


def _curves(result):
    def draw(width_in):
        narrow = {"width_in": width_in, "height_in": 3.7, "right_in": 1.65}
        ax = plot_scaling(result, ax=style.axes(**narrow) if width_in < 6 else None)
        ax.set_title("", loc="left")  # the page has it
        return ax

    return _figure(draw)


def _figure(draw):
    """Return a figure in two widths, as images that stand in the page: one for a phone."""
    wide, narrow = (draw(width_in=inches).figure for inches in (7.6, 4.1))
    width = round(96 * wide.get_size_inches()[0])
    alt = style.alt_text(wide)
    return {"alt": alt, "width": width, "wide": _svg(wide), "narrow": _svg(narrow)}


def _svg(figure):
    """Return a figure as a data URL. In an image no script of an SVG file would ever run."""
    file = io.BytesIO()
    with rc_context({"svg.hashsalt": "gil-lab"}):  # the same report is the same file
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}"
