"""The simulator in the page: the lock's rules in JavaScript, and recorded races, in one file.

``site/simulator.js`` has the rules of ``helpers/turns/simulator.py``; the same table of cases holds
both to them. ``site/player.js`` moves the lanes, ``site/simulator_page.js`` has the controls.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..core.runs import Result, Run
from ..core.store import RECORDINGS, recorded
from ..draw import templates
from ..errors import LabError
from ..kind import kind
from ..pythons.elsewhere import load_eras

_JOBS = ("strings", "pictures", "finished")
_N_WORKERS = 2


def write_simulator(folder: str | Path) -> Path:
    """Write ``units/simulator.html`` into a folder of pages, and return its Path.

    Raises:
        LabError: a recording is missing, or the folder cannot be written to.
    """
    page = Path(folder) / "units" / "simulator.html"
    html = templates.render("authoring/site/simulator.html", races=recorded_races())
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(html, encoding="utf-8")
    except OSError as error:
        raise LabError(
            f"pages are written to a folder, and {folder} cannot be written to "
            f"({error.strerror or error}): name another by --folder"
        ) from error
    return page


def recorded_races() -> list[dict[str, Any]]:
    """Return what the page is told of each recorded race, times in microseconds.

    In a race all ways ran in one Python on one machine, and one whole round of it is shown. The
    first is the job of strings with threads and processes; then come interpreters, threads without
    a GIL, and the other jobs.

    Raises:
        LabError: one of them has no recording.
    """
    strings, *others = [_found(job, recorded(job)) for job in _JOBS]
    eras = [era for era in load_eras() if era.machine.implementation == "CPython"]
    interpreters = _first(eras, lambda era: "interpreters" in era.kinds)
    free = _first(eras, lambda era: not era.machine.gil)
    results = [
        strings,
        _found("the strings in interpreters", interpreters),
        _found("the strings without the GIL", free),
        *others,
    ]
    return [_race(result) for result in results]


def _first(eras: Iterable[Result], fits):
    return min(filter(fits, eras), key=lambda era: _release(era.machine.python), default=None)


def _release(python):
    return [int(part) for part in python.split(".")]


def _found(what, result):
    if result is None:
        raise LabError(f"{what} must have a recording in {RECORDINGS}, and has none: record it")
    return result


def _race(result):
    kinds = [name for name in result.kinds if name == "serial" or result.point(name, _N_WORKERS)]
    rounds = _rounds(result, kinds)
    shown = _usual(result, kinds, rounds)
    racers = [_racer(result, name, run, shown[0]) for name, run in zip(kinds, shown)]
    others = " and ".join(racer["name"].removeprefix(f"{_N_WORKERS} ") for racer in racers[1:])
    return {
        "name": f"{result.job}: {others} ({result.machine.python})",
        "title": result.title,
        "parts": shown[0].n_sublists,
        "rounds": len(rounds),
        "racers": racers,
        "source": f"Recorded on {result.made[:10]}: {result.machine}.",
    }


def _rounds(result, kinds):
    """Return the runs of each whole round, in the order of ``kinds``."""
    rounds: dict[int, dict[str, Run]] = {}
    for run in result.timed_runs:
        if run.n_workers == _n_workers(run.kind):
            rounds.setdefault(run.round, {})[run.kind] = run
    return [[runs[name] for name in kinds] for runs in rounds.values() if len(runs) == len(kinds)]


def _usual(result, kinds, rounds):
    """Return the round whose speed-ups are nearest to the medians of all."""
    medians = [result.point(name, _n_workers(name)).speed_up for name in kinds]

    def distance(runs):
        speed_ups = [runs[0].wall_s / run.wall_s for run in runs]
        return max(abs(math.log(a / b)) for a, b in zip(speed_ups, medians))

    return min(rounds, key=distance)


def _n_workers(name):
    return 1 if name == "serial" else _N_WORKERS


def _racer(result, name, run, loop):
    no_gil = name == "threads" and not result.machine.gil
    called = "the loop" if name == "serial" else f"{_N_WORKERS} {name}"
    return {
        "name": called + ", no GIL" * no_gil,
        "kind": kind("free-threaded" if no_gil else name).name,
        "wall_us": round(1e6 * run.wall_s),
        "speed_up": result.point(name, _n_workers(name)).speed_up,
        "part_ratio": _parts_s(run) / _parts_s(loop),
        "tracks": [
            [[round(1e6 * span.start_s), round(1e6 * span.stop_s)] for span in _spans(run, who)]
            for who in dict.fromkeys(span.worker for span in _spans(run))
        ],
    }


def _spans(run: Run, worker=None):
    mine = [span for span in run.spans if worker in (None, span.worker)]
    return sorted(mine, key=lambda span: span.start_s)


def _parts_s(run):
    return sum(span.duration_s for span in run.spans)
