"""What a timeline says, in sentences, and the same work made ready for the simulator.

Every figure in a sentence comes out of the recording that it is about.
"""

import statistics

from ..core import machine
from ..core.spans import Span, concurrency_shares, summarise
from ..judge.facts import IDLE
from ..kind import kind as kind_of
from ..units import counted, ms, per_cent
from .simulator import Hold, HoldC, Release, Wait, simulate

GLUE_S = 2e-6  # Python code between two calls into C: some bytecodes
_SEGMENTS = {"loop": Hold, "wait": Wait, "c-releases": Release, "c-holds": HoldC}


# --- What a recording shows -------------------------------------------------------------


def longest_pause_s(timeline, worker):
    """Return the longest time in seconds for which a worker was not seen at all."""
    edges_s = [0.0]
    for span in timeline.spans:
        if span.worker == worker:
            edges_s += [span.start_s, span.stop_s]
    edges_s.append(timeline.wall_s)
    pairs = zip(edges_s[::2], edges_s[1::2], strict=True)
    return max(0.0, *(stop_s - start_s for start_s, stop_s in pairs))


def idle_share(timeline):
    """Return the share of the time in which nobody was seen running, 0 to 1."""
    return concurrency_shares(timeline.summary.turns, start_s=0.0, stop_s=timeline.wall_s)[0]


def is_disturbed(timeline):
    """Return whether somebody wanted to run all the time, and often nobody did."""
    return "wait" not in timeline.works and idle_share(timeline) > IDLE


def explain(timeline, usable_cpus=None):
    """Return what a ``Timeline`` shows, and why: a list of two or three sentences.

    Args:
        timeline: a recording.
        usable_cpus: how many CPUs the workers could use; asked of this machine when None.
    """
    usable_cpus = machine.usable_cpus() if usable_cpus is None else usable_cpus
    works = set(timeline.works)
    if works == {"wait"}:
        return _about_waiting(timeline)
    shares = concurrency_shares(timeline.summary.turns, start_s=0.0, stop_s=timeline.wall_s)
    one_cpu = usable_cpus < machine.ONE_CPU and timeline.n_workers > 1
    said = [_about_shares(timeline, shares, one_cpu and works - {"loop"})]
    if is_disturbed(timeline):
        said.append(
            f"For {per_cent(shares[0])} of the time nobody was seen running: other programs "
            "keep the cores busy, so read this recording with care, or take it again later."
        )
    elif timeline.n_workers > 1:
        said += _about_the_lock(timeline, works)
    if one_cpu:
        said.append(_about_one_cpu(works))
    return said


def _about_waiting(timeline):
    n = sum(timeline.n_chunks)
    alone = timeline.wall_s / statistics.median(timeline.chunk_s)
    return [
        f"{n} waits of {ms(statistics.median(timeline.chunk_s))} fit into "
        f"{ms(timeline.wall_s)}, {n / alone:.1f} times as many as one worker has room for.",
        "Who waits holds no lock and needs no core.",
    ]


def _about_shares(timeline, shares, in_slices):
    summary = timeline.summary
    several = sum(share for count, share in shares.items() if count > 1)
    turns = counted(summary.n_turns, "turn")
    if timeline.n_workers == 1:
        return f"One worker alone: {turns}, running for {per_cent(1 - shares[0])} of the time."
    at_once = "two" if timeline.n_workers == 2 else "two or more"
    ran = "were under way" if in_slices else "ran"
    return (
        f"{turns}, the median {ms(summary.median_turn_s)}; {at_once} {ran} at the same time "
        f"for {per_cent(several)} of the {ms(timeline.wall_s)}."
    )


def _about_one_cpu(works):
    if works & {"c-releases", "c-holds"}:
        return (
            "Only one CPU is usable here, so nothing can overlap. A call into C is drawn from its "
            "begin to its end; where two of them lie side by side, the core went to and fro."
        )
    return (
        "Only one CPU is usable here, so nothing can overlap: even without a lock the workers "
        "share the core in slices."
    )


def _about_the_lock(timeline, works):
    kind = kind_of(timeline.kind)
    if kind.own_lock:
        return [f"The {kind.family} have a lock each, so nobody waits for another's."]
    if not timeline.gil:
        return ["This Python runs without a global lock, so nobody waits for one."]
    if "c-holds" in works and "loop" in works:
        return [_about_a_freeze(timeline)]
    if works == {"loop"}:
        return [_about_the_interval(timeline)]
    if works == {"c-releases"}:
        return ["The C code lets the lock go while it computes, so the other thread can have it."]
    if works == {"c-holds"}:
        return ["The C code keeps the lock until it returns: each call is one turn."]
    return []


def _about_a_freeze(timeline):
    pause_s = max(
        longest_pause_s(timeline, worker)
        for worker, work in zip(timeline.workers, timeline.works, strict=True)
        if work == "loop"
    )
    intervals = pause_s / timeline.switch_interval_s
    return (
        f"The Python loop was shut out for up to {ms(pause_s)}, {intervals:.1f} switch "
        "intervals: a call into C that keeps the lock cannot be asked to hand it over."
    )


def _about_the_interval(timeline):
    interval_s, summary = timeline.switch_interval_s, timeline.summary
    if summary.n_turns < 2 * timeline.n_workers:
        return (
            f"The switch interval is {ms(interval_s)}: this recording is too short to show "
            "many turns."
        )
    return (
        f"The median turn is {summary.median_turn_s / interval_s:.2f} times the switch interval "
        f"of {ms(interval_s)}, after which the thread that waits asks for the lock."
    )


# --- The same work in the simulator -----------------------------------------------------


def segments(work, chunk_s, seconds):
    """Return the simulator's segments for a worker of a timeline: a tuple.

    Args:
        work: "loop", "wait", "c-releases" or "c-holds".
        chunk_s: seconds that one piece of it takes alone.
        seconds: how long the worker goes on when it is alone.

    >>> segments("c-holds", 0.04, 0.05)
    ... # doctest: +NORMALIZE_WHITESPACE
    (Hold(seconds=2e-06), HoldC(seconds=0.04), Hold(seconds=2e-06), HoldC(seconds=0.04))
    """
    if work == "loop":
        return (Hold(seconds),)
    n_calls = max(1, -int(-seconds // chunk_s))  # rounded up: the last piece is finished
    return (Hold(GLUE_S), _SEGMENTS[work](chunk_s)) * n_calls


def simulate_alike(timeline, n_cores=None):
    """Return a ``Simulation`` of the workers of a ``Timeline``, with its switch interval.

    Each simulated worker has as much to do as fills the recording when it is alone, so the
    simulation may last longer; ``cut`` gives the part that compares.

    Args:
        timeline: a recording.
        n_cores: cores of the model; the usable CPUs of this machine, rounded, when None.
    """
    threads = [
        segments(work, chunk_s, timeline.wall_s)
        for work, chunk_s in zip(timeline.works, timeline.chunk_s, strict=True)
    ]
    return simulate(
        threads,
        n_cores=n_cores or machine.n_usable_workers(),
        switch_interval_s=timeline.switch_interval_s,
        gil=timeline.gil and kind_of(timeline.kind).shares_memory,
    )


def cut(spans, stop_s):
    """Return the part of ``spans`` that lies before ``stop_s`` seconds: a list.

    >>> cut([Span("a", 0, 2), Span("a", 2, 4), Span("b", 5, 6)], 3)
    ... # doctest: +NORMALIZE_WHITESPACE
    [Span(worker='a', start_s=0, stop_s=2, label='work'),
     Span(worker='a', start_s=2, stop_s=3, label='work')]
    """
    return [
        Span(span.worker, span.start_s, min(span.stop_s, stop_s), span.label)
        for span in spans
        if span.start_s < stop_s
    ]


def compare(timeline, simulation):
    """Return how far a simulation is from the recording that it copies: a list of sentences."""
    real, model = timeline.summary, summarise(cut(simulation.spans, timeline.wall_s))
    if not real.turns or not model.turns:
        return ["Nobody took a turn, neither measured nor simulated: all of them waited."]
    said = []
    if len(set(timeline.works)) == 1:
        error = model.median_turn_s / real.median_turn_s - 1
        said.append(
            f"The median turn: measured {ms(real.median_turn_s)}, simulated "
            f"{ms(model.median_turn_s)}, an error of {per_cent(abs(error))}."
        )
    ran = [
        f"{worker} ran for {per_cent(_ran_s(real, worker) / timeline.wall_s)} of the time, "
        f"simulated {per_cent(_ran_s(model, f'thread {i}') / timeline.wall_s)}"
        for i, worker in enumerate(timeline.workers, 1)
    ]
    said.append("; ".join(ran).capitalize() + ".")
    if is_disturbed(timeline):
        said.append("The simulator knows nothing of the programs that kept the cores busy.")
    return said


def _ran_s(summary, worker):
    return sum(turn.duration_s for turn in summary.turns if turn.worker == worker)


def explain_error(measured, simulated):
    """Return how far simulated speed-ups are from the measured ones: a list of sentences.

    Args:
        measured: a dict from a job's name to its ``SideBySide``.
        simulated: a dict from a job's name to the simulated speed-up.
    """
    errors = {
        job: abs(simulated[job] / found.speed_up - 1)
        for job, found in measured.items()
        if job in simulated
    }
    worst = max(errors, key=errors.get)
    cores = statistics.median(found.capacity for found in measured.values())
    return [
        f"Simulated and measured speed-up differ by {per_cent(statistics.median(errors.values()))}"
        f" in the median, and by {per_cent(errors[worst])} at most ({worst}).",
        f"The model's cores are whole ones; this machine gave {cores:.2f} to two threads.",
    ]
