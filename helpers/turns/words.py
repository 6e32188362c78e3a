"""What a recording says, in sentences; every figure in them comes out of it."""

import statistics

from ..core import allowed, machine
from ..judge.facts import IDLE
from ..kind import kind as kind_of
from ..units import counted, cpus, ms, per_cent
from .record import Timeline
from .summary import concurrency_shares, median_s


def idle_share(timeline: Timeline) -> float:
    """Return the share of the time in which nobody was seen running, 0 to 1."""
    return _shares(timeline)[0]


def _shares(timeline):
    return concurrency_shares(timeline.turns, timeline.n_workers, 0.0, timeline.wall_s)


def is_disturbed(timeline: Timeline) -> bool:
    """Return whether somebody wanted to run all the time, and often nobody did: a job may wait.

    What a quota stopped was not disturbed by others.
    """
    computes = {"loop", "c-releases", "c-holds"}.issuperset(timeline.works)
    stopped_s = sum(stop.duration_s for stop in timeline.stops)
    return computes and idle_share(timeline) - stopped_s / timeline.wall_s > IDLE


def explain(timeline: Timeline, n_cpus: float | None = None) -> list[str]:
    """Return two to four sentences; ``n_cpus`` may be used at once (asked for if None)."""
    works = set(timeline.works)
    if works == {"wait"}:
        return _about_waiting(timeline)
    n_cpus = allowed.bound_cpus() if n_cpus is None else n_cpus
    one_cpu = n_cpus < machine.ONE_CPU and timeline.n_workers > 1
    is_hidden = (one_cpu or timeline.stopped_share) and works != {"loop"}
    said = [_about_shares(timeline, "were under way" if is_hidden else "ran")]
    if is_disturbed(timeline):
        said.append(
            f"For {per_cent(idle_share(timeline))} of the time nobody was seen running: other "
            "programs keep the cores busy, so read this recording with care, or take it again."
        )
    elif timeline.n_workers > 1:
        said += _about_the_gil(timeline, works)
    said += _about_the_quota(timeline, works)
    if one_cpu and works & {"c-releases", "c-holds"}:
        said.append(
            "Only one CPU is usable here, so nothing can overlap. A call into C is drawn from its "
            "begin to its end; where two of them overlap, the core went to and fro."
        )
    elif one_cpu:
        said.append(
            "Only one CPU is usable here, so nothing can overlap: even without a GIL the workers "
            "share the core in slices."
        )
    return said


def _about_the_quota(timeline, works):
    if not timeline.stopped_share or timeline.quota_cpus is None:
        return []
    quota = f"quota allows {cpus(timeline.quota_cpus)} of time here, and it was used up"
    if timeline.stops:
        stopped_s = sum(stop.duration_s for stop in timeline.stops)
        share = per_cent(stopped_s / timeline.wall_s)
        return [
            f"For {share} of the time all workers were stopped. That is not the GIL: a {quota}."
        ]
    if works & {"c-releases", "c-holds"}:
        return [
            f"A {quota} in {per_cent(timeline.stopped_share)} of its periods. A call into C is "
            "drawn from its start to its end, so a stop inside it cannot be seen."
        ]
    return []


def _about_waiting(timeline):
    n, usual_s = sum(timeline.n_chunks), statistics.median(timeline.chunk_s)
    return [
        f"{n} waits of {ms(usual_s)} fit into {ms(timeline.wall_s)}, "
        f"{n * usual_s / timeline.wall_s:.1f} times as many as one worker has room for.",
        "Who waits holds no GIL and needs no core.",
    ]


def _about_shares(timeline, ran):
    shares, taken = _shares(timeline), timeline.turns
    turns = counted(len(taken), "turn")
    if timeline.n_workers == 1:
        return f"One worker alone: {turns}, running for {per_cent(1 - shares[0])} of the time."
    several = sum(share for count, share in shares.items() if count > 1)
    at_once = "two" if timeline.n_workers == 2 else "two or more"
    return (
        f"{turns}, the median {ms(median_s(taken))}; {at_once} {ran} at the same time "
        f"for {per_cent(several)} of the {ms(timeline.wall_s)}."
    )


def _about_the_gil(timeline, works):
    kind = kind_of(timeline.kind)
    if kind.own_lock:
        return [f"The {kind.family} have a GIL each, so nobody waits for another's."]
    if not timeline.gil:
        return ["This Python runs without a GIL, so nobody waits for it."]
    if {"c-holds", "loop"} <= works:
        pause_s = _longest_pause_s(timeline)
        intervals = pause_s / timeline.switch_interval_s
        return [
            f"The Python loop was shut out for up to {ms(pause_s)}, {intervals:.1f} switch "
            "intervals: a call into C that holds the GIL cannot be asked to hand it over."
        ]
    if works == {"loop"}:
        return [_about_the_interval(timeline)]
    if works == {"c-releases"}:
        return ["The C code releases the GIL while it computes, so the other thread can have it."]
    if works == {"c-holds"}:
        return ["The C code holds the GIL until it returns: each call is one turn."]
    return []


def _longest_pause_s(timeline):
    """Return the longest time in seconds for which a Python loop was not seen at all."""
    pauses_s = [0.0]
    for worker, work in zip(timeline.workers, timeline.works, strict=True):
        mine = [span for span in timeline.spans if span.worker == worker and work == "loop"]
        stops_s = [0.0, *[span.stop_s for span in mine]]
        starts_s = [*[span.start_s for span in mine], timeline.wall_s if work == "loop" else 0.0]
        pauses_s += [start_s - stop_s for stop_s, start_s in zip(stops_s, starts_s, strict=True)]
    return max(pauses_s)


def _about_the_interval(timeline):
    interval_s, taken = timeline.switch_interval_s, timeline.turns
    if len(taken) < 2 * timeline.n_workers:
        return (
            f"The switch interval is {ms(interval_s)}: this recording is too short for many turns."
        )
    return (
        f"The median turn is {median_s(taken) / interval_s:.2f} times the switch interval "
        f"of {ms(interval_s)}, after which the thread that waits asks for the GIL."
    )
