"""Units: the key experiment of each notebook, to predict and then see, where no kernel runs.

A unit asks what the notebook asks, and shows what was measured. A run of the notebook leaves that
in the very variables that ``lab.finding`` judges; the project's recordings keep it as well.
"""

import datetime
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from .. import units as told
from ..cells.finding import finding
from ..core.machine import describe
from ..core.runs import Result
from ..core.store import RECORDINGS, load_as, save
from ..errors import LabError
from ..judge.curve import best_of
from ..judge.facts import SURELY
from ..kind import kind
from ..pythons.elsewhere import load_eras

FOLDER = RECORDINGS / "units"


@dataclass(frozen=True)
class Row:
    """One thing that was measured: ``text`` is its ``value`` with the unit.

    ``value`` is None where there was nothing to measure. ``right`` says whether a choice of it is
    right, None where a number is asked for; one that is ``given`` is told beforehand. ``kind`` is
    the kind of worker, which gives the colour.
    """

    label: str
    value: float | None
    text: str
    kind: str
    right: bool | None = None
    given: bool = False


@dataclass(frozen=True)
class Unit:
    """What a notebook's key experiment gave: ``said`` are its findings, a sentence or two each.

    ``made`` is an ISO 8601 date and time, ``machine`` says where. ``shown`` is whether that machine
    could show all of it.
    """

    made: str
    machine: str
    shown: bool
    rows: tuple[Row, ...]
    said: tuple[str, ...]


Found = Mapping[str, Any]  # the notebook's variables, by name


class Measured(NamedTuple):
    """What to draw, each claim's id with its results, and the result that may be a recording.

    That one tells where and when it was measured; without it, it was here and now.
    """

    rows: list[Row]
    claims: list[tuple[Any, ...]]
    source: Result | None = None


@dataclass(frozen=True)
class Question:
    """What a unit asks: ``read`` takes what the notebook has measured out of its variables.

    ``control`` is "factor", "ms", "s" or "which"; ``most`` is where a slider ends. ``what`` says
    what the bars are, and ``rule`` is a figure to compare them with, which ``rule_says``.
    """

    asked: str
    control: str
    what: str
    read: Callable[[Found], Measured]
    most: float = 4.0
    rule: float | None = None
    rule_says: str = ""
    log: bool = False


# --- Out of a run ------------------------------------------------------------------------


def keep(number: str, found: Found, path: str | Path) -> None:
    """Write the ``Unit`` of a notebook to a file, out of the variables that its run has left.

    Nothing is written where the run has not measured it, as for want of a package or of a CPU.
    """
    try:
        rows, claims, source = QUESTIONS[number].read(found)
    except (KeyError, AttributeError, _NotMeasured):
        return
    findings = [finding(*claim) for claim in claims]
    said = tuple(f"{one.sentence} {_sentence(one.figure)}" for one in findings)
    made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    shown = all(one.state == "shown" for one in findings)
    where = (source.made, str(source.machine)) if source else (made, str(describe()))
    save(Unit(*where, shown, tuple(rows), said), path)


def cell(number: str, path: Path) -> str:
    """Return the code that does so, for the end of a notebook."""
    here = f"{__name__.partition('.')[0]}.authoring.units"
    return f"__import__({here!r}, fromlist=['keep']).keep({number!r}, globals(), {str(path)!r})"


def recorded(number: str, folder: Path = FOLDER) -> Unit:
    """Return the project's recording of a unit.

    Raises:
        LabError: there is none, or it is damaged.
    """
    path = folder / f"{number}.json"
    if not path.exists():
        raise LabError(
            f"the unit of notebook {number} needs a recording, and there is no {path}: "
            f"record it by python -m helpers author pages --record {number}"
        )
    return load_as(Unit, path)


class _NotMeasured(Exception):
    """A way was tried, but a busy machine left no time for a figure."""


def _best(figures):
    found = list(figures)
    if not found:
        raise _NotMeasured
    return max(found)


def _sentence(figure):
    return f"{figure[:1].upper()}{figure[1:].rstrip('.')}."


# --- For a page --------------------------------------------------------------------------


def as_json(question: Question, unit: Unit) -> str:
    """Return what the page's script draws of a unit, safe inside of a script element."""
    rows = [
        {
            "label": row.label,
            "value": row.value,
            "text": row.text,
            "right": row.right,
            "given": row.given,
            "colour": kind(row.kind).colour,
        }
        for row in unit.rows
    ]
    drawn = {
        "control": question.control,
        "what": question.what,
        "rows": rows,
        "rule": question.rule,
        "ruleSays": question.rule_says,
        "log": question.log,
        "most": question.most,
    }
    return json.dumps(drawn, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


# --- What each notebook asks -------------------------------------------------------------


def _times(label, point, kind, right=None):
    digits = 2 if point.speed_up < 10 else 0
    return Row(label, point.speed_up, f"{point.speed_up:.{digits}f}×", kind, right)


def _00(found: Found) -> Measured:
    results = found["results"]
    names = {"strings": "strings", "pictures": "pictures, drawn", "finished": "pictures, finished"}
    rows = [
        _times(label, results[job].point("threads", 2), "threads") for job, label in names.items()
    ]
    ids = "00.strings-take-turns", "00.drawing-gains-less", "00.finished-overlaps"
    return Measured(rows, [(id, results) for id in ids])


def _01(found: Found) -> Measured:
    measured = found["measured"]
    says = {
        "loop": "a Python loop",
        "wait": "a wait of 10 ms",
        "compress": "compressing bytes, one call into C",
        "search": "a regular expression, one call into C",
    }
    rows = [
        _times(label, measured[job], "threads", measured[job].speed_up > SURELY)
        for job, label in says.items()
    ]
    return Measured(rows, [("01.two-of-four", measured)])


def _02(found: Found) -> Measured:
    result = found["result"]
    rows = [_times(f"two {kind}", result.point(kind, 2), kind) for kind in ("threads", "processes")]
    return Measured(rows, [("02.processes-gain", result)])


def _03(found: Found) -> Measured:
    drawn, finished = found["drawn"], found["finished"]
    rows = [
        _times(f"{verb} in two {kind}", result.point(kind, 2), kind)
        for verb, result in (("drawn", drawn), ("finished", finished))
        for kind in ("threads", "processes")
    ]
    claims = [
        ("03.drawing-does-not", drawn),
        ("03.finishing-gains", finished),
        ("03.processes-gain", drawn, finished),
    ]
    return Measured(rows, claims)


def _04(found: Found) -> Measured:
    serial_s, threads_s = found["serial_s"], found["threads_s"]
    rows = [
        Row("one after the other", 1e3 * serial_s, told.ms(serial_s), "serial", given=True),
        Row("in ten threads", 1e3 * threads_s, told.ms(threads_s), "threads"),
    ]
    return Measured(rows, [("04.threads-overlap", serial_s, threads_s)])


def _05(found: Found) -> Measured:
    lengths = found["lengths"]
    pays_s = lengths.line.job_s
    text = "never" if pays_s is None else f"{pays_s:.2g} s"
    rows = [Row("two new processes win from", pays_s, text, "processes")]
    return Measured(rows, [("05.pays-early", lengths), ("05.not-too-slow", lengths)])


def _06(found: Found) -> Measured:
    ledgers = found["ledgers"]
    rows = [
        Row(name, 100 * one.lost_share, f"{100 * one.lost_share:.3g} %", "threads", one.loses)
        for name, one in ledgers.items()
    ]
    return Measured(rows, [("06.plain-keeps", ledgers), ("06.call-loses", ledgers)])


def _07(found: Found) -> Measured:
    beats = found["beats"]
    kinds = ["serial", "threads", "processes", "threads"]
    rows = [
        Row(f"in {place}", one.freeze_s, told.ms(one.freeze_s), kind, one.freezes)
        for (place, one), kind in zip(beats.items(), kinds, strict=True)
    ]
    ids = "07.main-thread", "07.thread", "07.process", "07.one-c-call"
    return Measured(rows, [(id, beats) for id in ids])


def _08(found: Found) -> Measured:
    table = found["table"]
    rows = [_times(one.name, one, one.kind, one.speed_up > 1) for one in table.timings[1:]]
    return Measured(rows, [("08.form", table), ("08.array-loop", table)])


def _09(found: Found) -> Measured:
    results, recorded = found["results"], load_eras()
    rows = []
    for gil, drawn, label in ((True, "threads", "with"), (False, "free-threaded", "without")):
        ours = [
            result
            for result in results
            if result.machine.implementation == "CPython" and result.machine.gil == gil
        ]
        newest = ours[-1] if ours else found[f"a CPython {label} a GIL"]
        rows.append(
            _times(
                f"{label} a GIL: CPython {newest.machine.python}", newest.point("threads", 2), drawn
            )
        )
    ids = "09.with-the-gil", "09.without-the-gil"
    return Measured(rows, [(id, results, recorded) for id in ids])


def _10(found: Found) -> Measured:
    strings = found["strings"]
    names = {"processes": "two processes", "distributed": "two workers of a cluster"}
    rows = [_times(label, strings.point(kind, 2), kind) for kind, label in names.items()]
    return Measured(rows, [("10.cluster-not-ahead", strings)], strings)


def _11(found: Found) -> Measured:
    verdicts = found["verdicts"]
    says = {
        "log hours": "log hours: a regular expression",
        "fingerprints": "fingerprints: hashlib, 1 MB each",
        "questions": "questions: each waits for 20 ms",
    }
    rows = []
    for name, label in says.items():
        ways = [way for way in verdicts[name].ways if way.kind == "threads"]
        rate = _best(way.rate for way in ways if way.rates)
        rows.append(Row(label, rate, f"{rate:.2f}×", "threads", rate > SURELY))
    best = _best(way.speed_up for way in verdicts["lengths"].choice.tried)
    label = "lengths: len() of 300 words, with the start"
    rows.append(Row(label, best, f"{best:.2f}×", "threads", best > SURELY))
    ids = "11.holds", "11.releases", "11.waits", "11.short"
    return Measured(rows, [(id, one) for id, one in zip(ids, verdicts.values(), strict=True)])


def _12(found: Found) -> Measured:
    report, rows = found["report"], []
    asked = {
        "12.strings-threads": ("strings", "threads", "a list of strings, in threads"),
        "12.strings-processes": ("strings", "processes", "a list of strings, in processes"),
        "12.finished-threads": ("finished", "threads", "pictures that are finished, in threads"),
    }
    for job, workers, label in asked.values():
        families = ("threads", "free-threaded") if workers == "threads" else (workers,)
        point: Any = best_of(report.parts[job].result, *families)
        rows.append(_times(label, point, workers, point.speed_up > SURELY))
    return Measured(rows, [(id, report) for id in asked], report.parts["strings"].result)


_LOOP: dict[str, Any] = {"rule": 1.0, "rule_says": "the plain loop"}
_AS_FAST = "times as fast as the plain loop"
#: By the notebook's number.
QUESTIONS = {
    "00": Question(
        "Two threads get three jobs. How many times as fast as the plain loop will each be?",
        "factor", _AS_FAST, _00, **_LOOP,
    ),
    "01": Question(
        "Which of these jobs overlap when two threads do them at once?",
        "which", "work that two threads get done, in times that of one", _01,
        rule=1.0, rule_says="one thread",
    ),
    "02": Question(
        "60,000 strings, and two workers share them. How many times as fast as the plain loop?",
        "factor", _AS_FAST, _02, **_LOOP,
    ),
    "03": Question(
        "Four maps are drawn, and four drawn maps are finished by filters. How many times as fast "
        "as the plain loop?",
        "factor", _AS_FAST, _03, **_LOOP,
    ),
    "04": Question(
        "Ten requests wait 50 ms each. How long do all ten take in ten threads?",
        "ms", "milliseconds for all ten", _04, most=1000,
    ),
    "05": Question(
        "How long must the plain loop take before two new processes are faster?",
        "s", "seconds of the plain loop", _05, most=60, log=True,
    ),
    "06": Question(
        "Four threads pay into one account. Which of these accounts lose money?",
        "which", "per cent of the deposits that are missing", _06,
    ),
    "07": Question(
        "A long job runs. Where does it keep the interface from answering for more than 0.1 s?",
        "which", "seconds without an answer, at the longest", _07,
        rule=0.1, rule_says="a person notices",
    ),
    "08": Question(
        "Count numbers in the rows of a matrix. Which ways are faster than the plain loop?",
        "which", _AS_FAST, _08, log=True, **_LOOP,
    ),
    "09": Question(
        "Two threads share a list of strings. How many times as fast as one thread are they?",
        "factor", "times as fast as one thread", _09, rule=1.0, rule_says="one thread",
    ),
    "10": Question(
        "Two processes, or two workers of a cluster on the same machine. How many times as fast as "
        "the plain loop?",
        "factor", _AS_FAST, _10, **_LOOP,
    ),
    "11": Question(
        "Which of these jobs do threads make clearly faster?",
        "which", "times as fast in threads as the plain loop", _11, log=True, **_LOOP,
    ),
    "12": Question(
        "Which of these are clearly faster than the plain loop?",
        "which", _AS_FAST, _12, **_LOOP,
    ),
}  # fmt: skip


def slider(question: Question) -> dict[str, float]:
    """Return where a slider begins and ends, its step and where it stands at first.

    That of a question whose axis is ``log`` moves along the logarithm.
    """
    if question.log:
        return {"least": -2, "most": round(math.log10(question.most), 2), "step": 0.02, "first": 0}
    if question.control == "ms":
        return {"least": 10, "most": question.most, "step": 10, "first": question.most / 2}
    return {"least": 0, "most": question.most, "step": 0.1, "first": 1}
