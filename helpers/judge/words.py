"""The words for what was found: a template for each finding. Words decide nothing."""

import string
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from ..core.host import nobody_asked
from ..units import bytes_, counted, cpus, per_cent, seconds


@dataclass(frozen=True, init=False)
class Finding:
    """One thing that was found: its name, which case of it, and the figures. No words.

    >>> Finding("lock", "in part", held=0.5)
    Finding(name='lock', case='in part', figures={'held': 0.5})
    """

    name: str
    case: str
    figures: dict[str, Any]

    def __init__(self, name: str, case: str = "", /, **figures: Any) -> None:
        for key, value in (("name", name), ("case", case), ("figures", figures)):
            object.__setattr__(self, key, value)


ENDS = {  # of sentences on a speed-up, by what ``helpers.judge.facts.gain`` returns
    "faster": "faster than the plain loop",
    "slower": "slower than the plain loop",
    "as fast": "no real difference from the plain loop",
    "unclear": "too uneven, or measured too seldom, to tell",
}
_SPEED = "{point:Named}: {point.speed_up:.2f} times the serial speed{quartiles:spread}"
_BUSY = "On average {busy:.2f} cores were busy"
_OF = f"{_BUSY} of the {{cores:.2f}} that the machine can give"
_ALL = "about all that the machine can give ({cores:.2f})"
_AGAINST = "{rival.speed_up:.2f} against {way.speed_up:.2f}"
_REACHED = "{way:Named}: {way.speed_up:.2f} times the serial speed"
_SERIALLY = "Serially it keeps {cores:.2f} cores busy: it"
_QUOTA = (
    "A quota allows {quota:CPUs} of time here: workers run side by side for a part of each "
    "period, and are then all stopped."
)
_CPU_TIME = "All of it took {ratio:.2f} times the CPU time of the serial run; "

TEMPLATES = {
    # The decision chart.
    "incomplete": "No round of it is complete.",
    "incomparable": (
        "Whether all answers are the same is not known: {said}. Say it by same=, a quick function "
        "of two answers (-s in a magic, --same in a terminal)."
    ),
    "not measured": "{kind:Capital} were not measured for it.",
    "refused": "{kind:Capital} are out: {reason:no stop}.",
    "busy machine": "Other programs kept the machine busy: measure again when it is quiet.",
    "library": "That is for you to say: it was measured as a loop over the items.",
    "library, own threads": (
        "One call keeps {cores:.2f} cores busy: a library in it has threads of its own."
    ),
    "length": "The plain loop takes {total_s:seconds}.",
    "length, short": (
        "The plain loop takes {total_s:seconds}, less than workers need to pay for their start."
    ),
    "length, unknown": "How long the whole job takes is not known.",
    "GIL": "This Python has a GIL.",
    "GIL, none": "This Python has no GIL to release.",
    "serially, waits": f"{_SERIALLY} waits most of the time.",
    "serially, waits in vain": f"{_SERIALLY} waits, and yet threads are not the fastest.",
    "serially, waits in part": f"{_SERIALLY} waits for a part of the time.",
    "serially, computes": f"{_SERIALLY} computes.",
    "cores": "The machine had {cores:.2f} cores to give.",
    "cores, one CPU": "Only one CPU is usable here.",
    "cores, quota": _QUOTA,
    "reached, not enough": f"{_REACHED}, not clearly faster.",
    "reached, behind": f"{_REACHED}, but {{other:named}} {{other.speed_up:.2f}}.",
    "reached, beside": f"{_REACHED}, and {{other:named}} {{other.speed_up:.2f}}.",
    "reached, alone": f"{_REACHED}, and nothing else can do it.",
    "reached, all cores": f"{_REACHED}, about all that the cores can give.",
    "reached, no rival": f"{_REACHED}, and processes were not measured beside them.",
    "reached, once started": f"{_REACHED}, once they are started.",
    # Below a curve: the whole.
    "busy machine, curve": (
        "The machine was too busy to tell: a thread that never waits got {core_share:.2f} of a "
        "core, so these figures say little. Measure again when it is quiet."
    ),
    "cores, one CPU, curve": "Only one CPU is usable here: no worker makes what computes faster.",
    "cores, quota, curve": f"{_QUOTA} So no worker makes what computes faster.",
    "cores, curve": "Only {cores:.2f} cores were free: no worker makes what computes faster.",
    "best": "Best: {way:named}.",
    "best, close": f"Best: {{way:named}}, but {{rival:named}} comes close ({_AGAINST}).",
    "best, none": "Nothing measured here is worth leaving the plain loop for.",
    # Each kind.
    **{f"speed, {case}": f"{_SPEED}, {end}." for case, end in ENDS.items()},
    "speed, by chance": f"{_SPEED}, by chance.",
    "speed, not told": f"{_SPEED}.",
    "cores busy, waits": (
        "Serially the job keeps only {serial:.2f} cores busy: it waits most of the time, and "
        "waiting overlaps in any kind of worker."
    ),
    "cores busy, waits in part": (
        "Serially only {serial:.2f} cores were busy: the job waits, or other programs took the "
        "rest; measure again when the machine is quiet."
    ),
    "cores busy, stopped": (
        f"{_OF}: the quota stopped all workers in {{stopped:per cent}} of its periods, when their "
        "share of the time was used up."
    ),
    "cores busy, one core": (
        f"{_BUSY}, and the machine had no more than {{cores:.2f}} for {{n}} workers: the limit is "
        "the machine, whatever the GIL does."
    ),
    "cores busy, turns": f"{_OF}: the threads took turns, because Python code needs the GIL.",
    "cores busy, some turns": f"{_OF}: some steps release the GIL, the others take turns.",
    "cores busy, parts": f"{_OF}: a worker also waits for its next part, or for the others to end.",
    "cores busy, all": f"{_BUSY}, {_ALL}.",
    "cores busy, all that was left": (
        f"{_BUSY}, {{ratio:.2f}} times as many as in the plain loop, {_ALL}."
    ),
    "cores busy, more": (
        f"{_BUSY}, more than the {{cores:.2f}} that the machine had when its capacity was "
        "measured: its speed changes, so trust these figures less."
    ),
    "CPU time, apart": f"{_CPU_TIME}copying items to the workers and results back is in it.",
    "CPU time, shared": f"{_CPU_TIME}handing the GIL and the data from core to core is in it.",
}


def named(way: Any) -> str:
    """Return what a ``Way`` or a ``Point`` ran in: "threads with 2 workers", for one."""
    if way.kind == "serial":
        return "the plain loop"
    return f"{way.kind} with {counted(way.n_workers, 'worker')}"


def _in_words(way: Any) -> str:
    """Return the same behind "with": "2 threads", for one."""
    if way.kind == "serial":
        return "the plain loop"
    return f"{way.n_workers} {way.kind}"


def _spread(quartiles):
    """Return where the middle half of the rounds lies; nothing where there were too few."""
    if quartiles is None:
        return ""
    return " (the middle half of the rounds lies between {:.2f} and {:.2f})".format(*quartiles)


def _capital(text):
    return text[:1].upper() + text[1:]


_FORMS: dict[str, Callable] = {
    "named": named,
    "in words": _in_words,
    "Named": lambda way: _capital(named(way)),
    "Capital": _capital,
    "spread": _spread,
    "no stop": lambda text: text.rstrip("."),
    "per cent": per_cent,
    "seconds": seconds,
    "bytes": bytes_,
    "CPUs": cpus,
    "rounds": lambda n: counted(n, "round"),
    "calls": lambda n: counted(n, "call"),
    "others": lambda n: counted(n, "other"),
}


class _Text(string.Formatter):
    """``str.format`` with forms of our own: "{held:per cent}", "{way:named}"."""

    def format_field(self, value, form):
        return _FORMS[form](value) if form in _FORMS else super().format_field(value, form)


def told(finding: Finding, templates: dict[str, str] = TEMPLATES) -> str:
    """Return a ``Finding`` as a sentence.

    >>> told(Finding("serially", "computes", cores=0.98))
    'Serially it keeps 0.98 cores busy: it computes.'
    """
    key = f"{finding.name}, {finding.case}" if finding.case else finding.name
    return _Text().vformat(templates[key], (), finding.figures)


def how_right(
    chosen: Collection[str] | None, found: Collection[str], asked: Collection[str]
) -> str:
    """Return for how many of those ``asked`` about a prediction was right, as a sentence.

    Args:
        chosen: what the reader expected to be so; None when nothing was committed.
        found: what turned out to be so.
        asked: everything that was to be chosen from, or left out.

    >>> how_right(["sleep"], ["sleep", "read"], ["sleep", "read", "sort"])
    'Your prediction was right for 2 of 3.'
    """
    if chosen is None:
        return "" if nobody_asked() else "You committed no prediction."
    right = sum((name in chosen) == (name in found) for name in asked)
    return f"Your prediction was right for {right} of {len(asked)}."
