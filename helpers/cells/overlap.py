"""Does a call overlap with itself in two threads? Measured call by call, drawn, and said."""

import datetime
import os
import statistics
from collections.abc import Callable, Collection, Iterator
from typing import Any

from ..core import allowed, machine
from ..core.side_by_side import RecordedPairs, SideBySide, load_pairs, save_pairs, side_by_side
from ..draw.side_by_side import plot_overlaps
from ..errors import check_functions, check_text, shown
from ..judge import facts
from ..judge.words import how_right
from .predict import Prediction, answer_of
from .watch import watch

_SECONDS = 1.0  # for each call
_UNKNOWN = "cannot be told here"
_WORDS = {
    "overlaps": "Side by side",
    "overlaps in part": "Side by side in part",
    "takes turns": "In turns",
    _UNKNOWN: "Cannot be told",
}


def overlap(
    calls: dict[str, Callable[[], Any]],
    guess: Prediction | None = None,
    *,
    recorded: str | None = None,
) -> dict[str, SideBySide]:
    """Measure how much more two threads get done than one, call by call, and show it.

    Each call is made alone and then in two threads at once, again and again for a second. Where
    two get twice as much done, the call releases the GIL, or waits.

    Args:
        calls: a dict from a name to a function without arguments.
        guess: what ``predict_which`` made of these names; it is written beside them.
        recorded: the name of the project's recording of the same calls, for machines that cannot
            tell whether one of them overlaps.

    Returns a dict from a name to its ``SideBySide``.

    Raises:
        Stopped: the kernel was interrupted. No thread is left.
        LabError: a value is not one of these, or a call raises.
    """
    check_functions("calls", calls, 'try {"sort": lambda: sorted(numbers)}')
    if recorded is not None:
        check_text("the name of a recording", recorded)
    chosen = answer_of(guess, "predict_which")
    return watch(
        _steps(calls, recorded),
        lambda found: plot_overlaps(
            found[0], jobs=calls, chosen=chosen, recorded=found[1] and found[1].pairs
        ),
        lambda found: explain_overlaps(found[0], chosen) + explain_recorded(found[1], chosen),
        count=lambda found: (len(found[0]), len(calls)),
        unit="calls",
    )[0]


def _steps(calls: Any, recorded: str | None) -> Iterator[tuple[dict[str, SideBySide], Any]]:
    """Yield what is measured so far, and the recording to show beside it, or None."""
    measured: dict[str, SideBySide] = {}
    yield measured, None
    for name, call in calls.items():
        measured[name] = side_by_side(call, seconds=_SECONDS, name=shown(name))
        yield measured, None
    yield measured, _recording(recorded, measured)


def _recording(name, measured):
    """Return the ``RecordedPairs`` to show beside what was measured; None where none is.

    Where the variable GIL_LAB_RECORD_PAIRS is set, as the series' makers do, what was measured
    becomes the recording.
    """
    if name is None:
        return None
    if os.environ.get("GIL_LAB_RECORD_PAIRS"):
        made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        save_pairs(name, RecordedPairs(made, machine.describe(), measured))
    if _UNKNOWN not in _verdicts(measured, allowed.bound_cpus()).values():
        return None
    found = load_pairs(name)
    return found if found is not None and found.pairs.keys() <= measured.keys() else None


def explain_overlaps(
    measured: dict[str, SideBySide],
    chosen: Collection[str] | None = None,
    n_cpus: float | None = None,
) -> list[str]:
    """Return which calls overlap with themselves, and who foresaw it: none before the first.

    Args:
        measured: a dict from a call's name to its ``SideBySide``.
        chosen: the calls that the reader expects to overlap; None when nothing was committed.
        n_cpus: on how many CPUs the threads could run at once, if only for a moment; asked of
            this machine when None.
    """
    n_cpus = allowed.bound_cpus() if n_cpus is None else n_cpus
    verdicts = _verdicts(measured, n_cpus)
    if not verdicts:
        return []
    said = [_in_groups(verdicts)]
    if n_cpus < machine.ONE_CPU:
        said.append(
            "Only one CPU is usable here: what needs a core cannot overlap, with or without the "
            "GIL."
        )
    elif _UNKNOWN in verdicts.values():
        cores = statistics.median(pair.capacity for pair in measured.values())
        said.append(
            "No answer is clear where the pairs differ too much, or where the machine cannot give "
            f"two cores: two threads got {cores:.2f} of them."
        )
    right = _how_right(verdicts, chosen)
    return said + [right] * (chosen is None or set(verdicts.values()) != {_UNKNOWN})


def explain_recorded(
    recorded: RecordedPairs | None, chosen: Collection[str] | None = None
) -> list[str]:
    """Return what a ``RecordedPairs`` says, and who foresaw it; nothing where there is none."""
    if recorded is None:
        return []
    verdicts = _verdicts(recorded.pairs, recorded.machine.usable_cpus)
    said = [
        f"The hollow squares were recorded on {recorded.made[:10]} on another machine "
        f"({recorded.machine}). {_in_groups(verdicts)}"
    ]
    if chosen is not None:
        right = _how_right(verdicts, chosen)
        said.append(f"On that machine {right[0].lower()}{right[1:]}")
    return said


def _verdicts(pairs, n_cpus):
    return {name: facts.overlap(pair, n_cpus) for name, pair in pairs.items()}


def _in_groups(verdicts):
    return " ".join(
        f"{words}: {', '.join(name for name in verdicts if verdicts[name] == verdict)}."
        for verdict, words in _WORDS.items()
        if verdict in verdicts.values()
    )


def _how_right(verdicts, chosen):
    known = [name for name, verdict in verdicts.items() if verdict != _UNKNOWN]
    return how_right(chosen, [name for name in known if verdicts[name] != "takes turns"], known)
