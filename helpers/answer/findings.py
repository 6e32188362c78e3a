"""What notebook 12 teaches, as claims: each says whether the reader's results show it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..judge.break_even import ASKED_S
from ..judge.claims import Outcome, claim, crowded, preempted
from ..judge.curve import best_of, pays_from
from ..judge.facts import SMALL, SURELY
from ..units import per_cent, seconds
from .words import few_per_cent, named_job

if TYPE_CHECKING:
    from .report import Report


@claim("12.strings-threads", "Two threads do not finish a long list of strings clearly sooner.")
def _strings_threads(report: "Report") -> Outcome:
    reached, figure, excuses = _reached(report, "strings", "threads", "free-threaded")
    return Outcome(0 < reached < SURELY, figure, (*excuses, _without_gil(report, "strings")))


@claim("12.strings-processes", "Processes finish the same list sooner, with a CPU for each.")
def _strings_processes(report: "Report") -> Outcome:
    reached, figure, excuses = _reached(report, "strings", "processes")
    part = report.parts.get("strings")
    stopped = preempted(part.result) if part else None
    return Outcome(reached > 1.15 and not excuses[0], figure, (*excuses, stopped))


@claim("12.finished-threads", "Threads finish pictures sooner in calls that release the GIL.")
def _finished_threads(report: "Report") -> Outcome:
    reached, figure, excuses = _reached(report, "finished", "threads", "free-threaded")
    return Outcome(reached > 1.15 and not excuses[0], figure, excuses)


@claim("12.depends", "Whether threads help depends on the job, on one computer.")
def _depends(report: "Report") -> Outcome:
    strings, one, some = _reached(report, "strings", "threads", "free-threaded")
    finished, other, more = _reached(report, "finished", "threads", "free-threaded")
    whose = {part.recorded for job, part in report.parts.items() if job in ("strings", "finished")}
    two = "only one of these jobs was measured here" if len(whose) > 1 else None
    holds = finished > 1.15 * strings > 0 and not (two or some[0] or more[0])
    excuses = (two, *some, *more, _without_gil(report, "strings"))
    return Outcome(holds, f"{one}, and {other}", excuses)


@claim("12.start", "In a job of 10 seconds you do not notice the start of processes.")
def _start(report: "Report") -> Outcome:
    part = report.parts.get("strings")
    line = part and pays_from(part.result)
    if not part or not line:
        return Outcome(False, "there is no figure", ("processes were not measured yet",))
    share = line.start_s / ASKED_S[0]
    whose = " (recorded)" if part.recorded else ""
    figure = f"the start took {seconds(line.start_s)}, {few_per_cent(share)} of 10 s{whose}"
    return Outcome(share < SMALL, figure, (_crowded(part.result),))


@claim("12.meter", "One sublist is enough to see which job releases the GIL.")
def _meter(looks: Mapping[str, Any]) -> Outcome:  # readings of the meter
    shares = {name: look.likely_share for name, look in looks.items()}
    told = {name: share for name, share in shares.items() if share is not None}
    figure = ", ".join(f"the {name} held it for {per_cent(s)}" for name, s in told.items())
    others = [share for name, share in told.items() if name != "backup"]
    holds = bool(others) and min(others) > told.get("backup", 1.0) + 0.3
    gil_off = None if all(look.gil for look in looks.values()) else "there is no GIL here"
    return Outcome(holds, figure or "no share was told", (gil_off, crowded(dict(looks))))


@claim("12.copying", "What is quickly done costs more to copy, for each second of work.")
def _copying(copies: Mapping[str, Any]) -> Outcome:  # what ``copying`` measured
    sensors, log = copies["sensors"].share, copies["access log"].share
    figure = f"copying is {per_cent(sensors)} of the sensors' job and {per_cent(log)} of the log's"
    return Outcome(sensors > 2 * log, figure)


def _reached(report, job, *families):
    """Return the best speed-up of a job, 0 where there is none; a clause; and the excuses.

    The first excuse is that it was not measured, or on one CPU: then what it gained is chance.
    """
    part = report.parts.get(job)
    point = part and best_of(part.result, *families)
    if not point:
        return (
            0.0,
            f"there is no figure for the {named_job(job)}",
            (f"{families[0]} were not measured for it",),
        )
    whose = " (recorded)" if part.recorded else ""
    workers = f"{point.n_workers} {families[0]}"
    figure = f"{workers} did the {named_job(job)} {point.speed_up:.2f} times as fast{whose}"
    alone = "it was measured with one CPU" if part.result.machine.has_one_cpu else None
    return point.speed_up, figure, (alone, _crowded(part.result))


def _crowded(result):
    return crowded(result) or ("the machine was busy meanwhile" if result.is_busy else None)


def _without_gil(report, job):
    part = report.parts.get(job)
    return "it was measured without a GIL" if part and not part.result.machine.gil else None
