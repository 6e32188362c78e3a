"""Which kind of worker a job should get: a few questions, answered by what was measured.

The questions are asked in this order, and the first yes ends the way. ``decide`` answers them for
one ``Result``; ``helpers.answer.decision_chart`` draws them.
"""

from dataclasses import dataclass

from ..kind import kind as kind_of
from .break_even import BreakEven
from .words import BUSY_AGAIN, CLOSE, WAITS, is_busy, judge, named, representative


@dataclass(frozen=True)
class Branch:
    """One question of the decision chart, and what a job gets for which the answer is yes.

    ``leaf`` is the name of that end of the chart, ``kind`` the kind of pool it stands for and
    ``advice`` a short text on it.
    """

    key: str
    question: str
    hint: str
    leaf: str
    kind: str
    advice: str


BRANCHES = (
    Branch(
        "waits",
        "Does it mostly wait?",
        "for the network, a disk, a database",
        "threads or asyncio, as it waits",
        "threads",
        "Waiting overlaps, with or without the lock, and needs no second core.",
    ),
    Branch(
        "alone",
        "Is there only one free core?",
        "a small container, a busy computer",
        "the plain loop: one core",
        "serial",
        "Nothing can run side by side here. Ask again on a machine with more cores.",
    ),
    Branch(
        "threads",
        "Do threads gain as much as anything?",
        "C code lets the lock go, or there is none",
        "threads",
        "threads",
        "They share memory, so nothing is copied.",
    ),
    Branch(
        "processes",
        "Do processes beat the loop?",
        "each has a lock of its own; data are copied",
        "processes",
        "processes",
        "They are worth their start and their copies, if the job is long enough.",
    ),
)
OTHERWISE = Branch(
    "none",
    "",
    "",
    "the plain loop: change the code",
    "serial",
    "Send less, use larger chunks, or let NumPy or another library do it.",
)
LEAVES = tuple(branch.leaf for branch in (*BRANCHES, OTHERWISE))


@dataclass(frozen=True)
class Decision:
    """Where a job ends on the decision chart, and the figures that led it there.

    ``answers`` holds one (question's key, yes or no, the reason as a sentence) for each question
    that was asked, in order. ``branch`` is where the way ends, None when a question stays open;
    ``lacking`` then says what was not measured. ``speed_up`` is that of the kind advised, 1.0 for
    the plain loop.
    """

    job: str
    title: str
    answers: tuple
    branch: Branch | None
    speed_up: float
    lacking: str = ""

    @property
    def reason(self):
        """The sentence behind the last answer, or what is lacking."""
        return self.answers[-1][2] if self.branch else self.lacking


def decide(result):
    """Return the ``Decision`` for the job of a ``Result``.

    Threads win also when another kind is ahead by less than ``CLOSE``, or when the rounds of
    both overlap: they are the simpler choice.
    """
    if result.serial_s is None:
        return _open(result, (), "No round of it is complete.")
    answers = []
    for branch, ask in zip(BRANCHES, (_waits, _alone, _threads, _processes), strict=True):
        yes, reason, speed_up = ask(result)
        if yes is None:
            return _open(result, tuple(answers), reason)
        answers.append((branch.key, yes, reason))
        if yes:
            return Decision(result.job, result.title, tuple(answers), branch, speed_up)
    return Decision(result.job, result.title, tuple(answers), OTHERWISE, 1.0)


def _open(result, answers, lacking):
    return Decision(result.job, result.title, answers, None, 1.0, lacking)


def best_of(result, *families):
    """Return the representative ``Point`` of the fastest kind of these families, or None.

    ``families`` are names such as "threads" or "processes", which stands for all start methods;
    none at all stands for every kind but serial.
    """
    kinds = [
        kind
        for kind in result.kinds
        if kind != "serial" and (not families or kind_of(kind).family in families)
    ]
    points = [point for point in (representative(result, kind) for kind in kinds) if point]
    return max(points, key=lambda point: point.speed_up, default=None)


def _waits(result):
    cores = result.point("serial", 1).cores_used
    share = result.capacity.core_share
    if is_busy(result):
        return None, "Other programs kept the machine busy: measure again when it is quiet.", 1.0
    best = best_of(result)
    said = f"Serially it keeps {cores:.2f} cores busy"
    if cores < WAITS * share:
        return True, f"{said}: it waits most of the time.", best.speed_up if best else 1.0
    return False, f"{said}: it computes.", 1.0


def _alone(result):
    cores = result.capacity.at(max(2, *(run.n_workers for run in result.runs)))
    said = f"The machine had {cores:.2f} cores to give."
    return cores < BUSY_AGAIN, said, 1.0


def _threads(result):
    point = best_of(result, "threads", "free-threaded")
    if point is None:
        return None, "Threads were not measured for it.", 1.0
    said = f"{named(point).capitalize()}: {point.speed_up:.2f} times the serial speed"
    if judge(point) != "faster":
        return False, f"{said}, not clearly faster.", 1.0
    rival = best_of(result, "processes", "interpreters")
    if rival is None:
        if point.speed_up > 0.85 * result.capacity.at(point.n_workers):
            return True, f"{said}, about all that the cores can give.", point.speed_up
        return None, f"{said}, and processes were not measured beside them.", 1.0
    if rival.speed_up <= point.speed_up * (1 + CLOSE) or rival.quartiles[0] <= point.quartiles[1]:
        return True, f"{said}, and {named(rival)} {rival.speed_up:.2f}.", point.speed_up
    return False, f"{said}, but {named(rival)} {rival.speed_up:.2f}.", 1.0


def _processes(result):
    point = best_of(result, "processes", "interpreters", "distributed")
    if point is None:
        return None, "Processes were not measured for it.", 1.0
    said = f"{named(point).capitalize()}: {point.speed_up:.2f} times the serial speed"
    if judge(point) != "faster":
        return False, f"{said}, not clearly faster.", 1.0
    return True, f"{said}, once they are started.", point.speed_up


def pays_from(result):
    """Return the ``BreakEven`` of new processes for a job like this one, None when not measured.

    The measured speed-up is that of workers that are there already; starting them comes on top.
    """
    point = best_of(result, "processes")
    if point is None:
        return None
    start_s = result.startup_s(point.kind, point.n_workers)
    return BreakEven(point.kind, point.n_workers, start_s, 1 / point.speed_up)
