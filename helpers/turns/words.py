"""What a recording says, in sentences; every figure in them comes out of it."""

import statistics

from ..core import allowed, machine
from ..judge.facts import IDLE
from ..kind import kind as kind_of
from ..pythons.states import shares_of
from ..pythons.witness import Witness
from ..units import cpus, ms, per_cent
from .lanes import FEW, MOST, about
from .record import Timeline
from .summary import COMPUTING, WAITING, concurrency_shares, median_s

_LATE = 1.5  # times the switch interval: a longer turn has another reason


def idle_share(timeline: Timeline) -> float:
    """Return the share of the time in which nobody was seen running, 0 to 1."""
    return concurrency_shares(timeline.turns, timeline.n_workers, 0.0, timeline.wall_s)[0]


def is_disturbed(timeline: Timeline) -> bool:
    """Return whether somebody wanted to run all the time, and often nobody did.

    A job may wait, and what a quota stopped was not disturbed by others.
    """
    if not timeline.spans:
        return True
    stopped_s = sum(stop.duration_s for stop in timeline.stops)
    is_idle = idle_share(timeline) - stopped_s / timeline.wall_s > IDLE
    return timeline.labels <= COMPUTING and is_idle


def explain(timeline: Timeline, n_cpus: float | None = None) -> list[str]:
    """Return some sentences; ``n_cpus`` may be used at once (asked for if None)."""
    return [*_from_stamps(timeline, n_cpus), *_about_the_witness(timeline)]


def _from_stamps(timeline, n_cpus):
    if not timeline.spans:
        return [
            "Nobody was seen running, because the machine is busy: record again, or for longer."
        ]
    if timeline.labels <= set(WAITING):
        return _about_waiting(timeline)
    n_cpus = allowed.bound_cpus() if n_cpus is None else n_cpus
    one_cpu = n_cpus < machine.ONE_CPU and timeline.n_workers > 1
    is_shared = one_cpu or timeline.stopped_share or timeline.n_taken
    is_hidden = is_shared and timeline.labels != {"python"}
    said = [_verdict(timeline, "were under way" if is_hidden else "ran")]
    if is_disturbed(timeline):
        said.append(
            f"For {per_cent(idle_share(timeline))} of the time nobody was seen running: other "
            "programs keep the cores busy. Read this recording with care, or take it again."
        )
    else:
        said += _about_the_gil(timeline)
    said += _about_the_quota(timeline) or _about_neighbours(timeline, n_cpus)
    if one_cpu and timeline.labels <= COMPUTING:
        said.append(_about_one_cpu(timeline))
    return said


def _about_the_witness(timeline):
    seen = timeline.witness
    if seen is None:
        return []
    if not isinstance(seen, Witness):
        return [f"No second witness: {seen}."]
    said = []
    for name in timeline.workers:
        shares = shares_of(span for span in seen.phases[0] if span.worker == name)
        holds, waits, without = map(per_cent, shares)
        said.append(f"{name} held the GIL {holds}, waited for it {waits}, was without it {without}")
    return [f"Recorded in {seen.python}, whose profiler saw this: {'; '.join(said)}."]


def _about_waiting(timeline):
    n, usual_s = sum(timeline.n_chunks), statistics.median(timeline.chunk_s)
    room = n * usual_s / timeline.wall_s
    return [
        f"{n} waits of {ms(usual_s)} fitted into {ms(timeline.wall_s)}: {room:.1f} times as many "
        "as one after the other.",
    ]


def _verdict(timeline, ran):
    if timeline.n_workers == 1:
        return f"One worker alone: it ran for {per_cent(1 - idle_share(timeline))} of the time."
    several = timeline.overlap_share
    who = "both" if timeline.n_workers == 2 else "two or more"
    at_once = f"{who} {ran} at once for {per_cent(several)} of the time"
    if several > MOST:
        return f"Side by side: {at_once}."
    if several > FEW:
        return f"{at_once[0].upper()}{at_once[1:]}."
    said = f"One at a time: {at_once}"
    worker, pause_s = timeline.shut_out
    if worker:
        return f"{said}, and {worker} was shut out for {about(pause_s)}."
    waits = timeline.gil and not kind_of(timeline.kind).own_lock
    if not waits or len(timeline.held) < 2 * timeline.n_workers:
        return f"{said}."
    return f"{said}, in turns of about {about(median_s(timeline.held))}."


def _about_the_gil(timeline):
    if timeline.n_workers == 1 or kind_of(timeline.kind).own_lock:
        return []
    if not timeline.gil:
        return ["This Python runs without a GIL, so nobody waits for it."]
    turn_s, interval_s = median_s(timeline.held), timeline.switch_interval_s
    if timeline.labels != {"python"} or not turn_s > _LATE * interval_s:
        return []
    if len(timeline.held) < 2 * timeline.n_workers:
        return [f"The switch interval is {ms(interval_s)}: record for longer to see more turns."]
    longer = f"These turns are longer than the switch interval of {ms(interval_s)}"
    if timeline.wait_s is not None and timeline.wait_s > _LATE * interval_s:
        waits = f"a wait of {ms(interval_s)} takes {about(timeline.wait_s)} here"
        return [f"{longer}, because this system's timers are coarse: {waits}."]
    return [f"{longer}: the CPUs were busy, so the thread that waits was not woken in time."]


def _about_the_quota(timeline):
    if not timeline.stopped_share or timeline.quota_cpus is None:
        return []
    quota = f"quota allows {cpus(timeline.quota_cpus)} of time here, and it was used up"
    if timeline.stops:
        stopped_s = sum(stop.duration_s for stop in timeline.stops)
        share = per_cent(stopped_s / timeline.wall_s)
        return [
            f"For {share} of the time all workers were stopped. That is not the GIL: a {quota}."
        ]
    if timeline.labels - {"python", *WAITING}:
        return [
            f"A {quota} in {per_cent(timeline.stopped_share)} of its periods. A call into C is "
            "drawn from its start to its end, so a stop inside it cannot be seen."
        ]
    return []


def _about_neighbours(timeline, n_cpus):
    is_short = timeline.n_workers > n_cpus  # of cores: then they take them from each other
    if is_short or not timeline.n_taken or timeline.labels == {"python"}:
        return []
    return [
        f"{taken(timeline)}. A call into C is drawn from its start to its end, so that cannot be "
        "seen."
    ]


def taken(timeline: Timeline) -> str:
    """Return in words that other programs took the cores, as the system counted it."""
    return (
        f"Other programs took the CPUs: the system took the {kind_of(timeline.kind).family} off "
        f"their cores {timeline.n_taken:,} times in {ms(timeline.wall_s)}"
    )


def _about_one_cpu(timeline):
    if timeline.labels == {"python"}:
        return (
            "Only one CPU is usable here, so only one can run at a time: even without a GIL the "
            "workers would share it in slices."
        )
    return (
        "Only one CPU is usable here, so only one can run at a time. A call into C is drawn from "
        "its start to its end; where two of them overlap, they shared the CPU in slices."
    )
