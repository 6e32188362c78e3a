"""What notebook 05 teaches, as claims that its experiments show or deny."""

import statistics
import sys
from collections.abc import Sequence

from ..core import store
from ..core.variants import Table
from ..judge.break_even import ASKED_S
from ..judge.claims import Outcome, claim, crowded, no_gil, one_cpu
from ..units import per_cent, seconds
from .copying import Copying
from .lengths import Lengths
from .memory import Memory
from .probes import ARRIVES
from .split import Split
from .starts import Starts
from .travels import Travels

MODULE, A_CLASS, LAMBDA = "a function of a module", "a class of a module", "a lambda"
CELL, NESTED, LOCK = "a function of a cell", "a function in a function", "an object with a lock"
_LIST, _SHARED = "a list, sent to each", "bytes, in shared memory"


# -- starting


@claim(
    "05.first-pool",
    "The first forkserver pool of a program starts the server, too: the second is quicker.",
)
def _first_pool(starts: Starts) -> Outcome:
    if "forkserver" not in starts.first_s:
        return Outcome(False, "there is spawn alone", ("this system has no forkserver",))
    first_s, later_s = starts.first_s["forkserver"], starts.later_s["forkserver"]
    holds = any(middle(later_s) < 0.9 * middle(first_s) for middle in (min, statistics.median))
    first, later = seconds(starts.first("forkserver")), seconds(starts.later("forkserver"))
    figure = f"the first pool took {first}, the second {later}"
    return Outcome(holds, figure, (crowded(starts),))


@claim("05.tenth-job", "Only the first job waits for the process to start.")
def _tenth_job(job_s: Sequence[float]) -> Outcome:
    later_s = statistics.median(job_s[len(job_s) // 2 :])
    figure = f"the first job took {seconds(job_s[0])}, the last ones {seconds(later_s)}"
    return Outcome(later_s < 0.1 * job_s[0], figure, (crowded(),))


@claim("05.heavy-import", "A process that must import NumPy is later with its first job.")
def _heavy_import(light_s: Sequence[float], heavy_s: Sequence[float]) -> Outcome:
    figure = f"{seconds(heavy_s[0])} with NumPy, {seconds(light_s[0])} without"
    return Outcome(heavy_s[0] > 1.1 * light_s[0], figure, (crowded(),))


# -- from which length it pays


@claim("05.not-too-slow", "A pool is not too slow to start for a job of 10 seconds.")
def _not_too_slow(lengths: Lengths) -> Outcome:
    line, job_s = lengths.line, ASKED_S[0]
    share = line.start_s / job_s  # the slope of the line is less certain on a busy machine
    figure = f"starting takes {line.start_s:.2g} s, {per_cent(share)} of the {job_s:g} s"
    return Outcome(share < 0.2, figure, (crowded(lengths),))


@claim("05.pays-early", "Two new processes beat the plain loop from a job of a few seconds on.")
def _pays_early(lengths: Lengths) -> Outcome:
    line = lengths.line
    pays = line.job_s is not None and line.job_s < 5
    figure = "they never do" if line.job_s is None else f"they do from {line.job_s:.2g} s on"
    gain = f"{figure}, and at 10 s they are {line.speed_up(10):.1f} times as fast (computed)"
    return Outcome(pays, gain, (crowded(lengths),), _recorded(), one_cpu())


def _recorded() -> str:
    """Return what two processes did for the same job on another machine, "" where that is lost."""
    result = store.recorded("strings")
    point = result.point("processes", 2) if result is not None else None
    return f"two processes were {point.speed_up:.1f} times as fast" if point is not None else ""


@claim("05.threads-wait", "Two busy threads wait for the GIL about half of the time.")
def _threads_wait(serial: Split, threads: Split, processes: Split) -> Outcome:
    share = threads.part_s("waiting for the GIL or a core") / threads.working_s
    figure = f"they waited {per_cent(share)} of the time"
    # In turns with the threads: workers that share no GIL wait for a core alone.
    apart = [serial] if one_cpu() else [serial, processes]
    return Outcome(0.35 < share < 0.7, figure, (no_gil(), crowded(apart)))


# -- what a message costs


@claim("05.few-messages", "A message for every row costs more than a few large messages.")
def _few_messages(table: Table) -> Outcome:
    times = table["one row a message"].seconds / table["four chunks each"].seconds
    figure = f"one row a message took {times:.1f} times as long as four chunks for each worker"
    return Outcome(times > 1.2, figure, (crowded(table),))


@claim("05.packing", "To send a row as a list costs a good part of what it costs to count in it.")
def _packing(copied: Copying) -> Outcome:
    figure = f"packing and unpacking takes {per_cent(copied.share)} of the time of the counting"
    return Outcome(copied.share > 0.15, figure)


@claim(
    "05.send-nothing", "Workers that read the rows in shared memory beat those that are sent lists."
)
def _send_nothing(table: Table) -> Outcome:
    times = table["four chunks each"].seconds / table["shared memory"].seconds
    figure = f"they were {times:.1f} times as fast"
    return Outcome(times > 1.1, figure, (crowded(table),))


@claim("05.numpy-first", "One core with NumPy counts faster than any pool that runs the loop.")
def _numpy_first(table: Table) -> Outcome:
    pools_s = [timing.seconds for timing in table.timings if timing.kind == "processes"]
    times = min(pools_s) / table["NumPy, no pool"].seconds
    figure = f"it was {times:.2g} times as fast as the best of the pools"
    return Outcome(times > 2, figure, (crowded(table),))


# -- what can be sent


def _arrived(travels: Travels, *names: str) -> str:
    told = []
    for method in travels.methods:
        n = sum(travels.found[name, method][0] == ARRIVES for name in names)
        told.append(f"{n} of {len(names)} arrived with {method}")
    return ", ".join(told)


@claim("05.modules-arrive", "What stands in a module reaches a worker with every start method.")
def _modules_arrive(travels: Travels) -> Outcome:
    names = MODULE, A_CLASS
    holds = all(travels.ends(name) == {ARRIVES} for name in names)
    return Outcome(holds, _arrived(travels, *names))


@claim(
    "05.pickle-refuses",
    "Pickle refuses a lambda, a nested function and a lock, whatever the start method.",
)
def _pickle_refuses(travels: Travels) -> Outcome:
    names = LAMBDA, NESTED, LOCK
    holds = not any(ARRIVES in travels.ends(name) for name in names)
    return Outcome(holds, _arrived(travels, *names))


@claim("05.cells-need-fork", "A function of a cell arrives only where fork has copied the cell.")
def _cells_need_fork(travels: Travels) -> Outcome:
    holds = all(
        (travels.found[CELL, method][0] == ARRIVES) == (method == "fork")
        for method in travels.methods
    )
    return Outcome(holds, _arrived(travels, CELL))


# -- memory


@claim("05.shared-memory", "Workers that share a block of memory use it once, not once each.")
def _shared_memory(memory: Memory) -> Outcome:
    if memory.lacking:
        return Outcome(False, "nothing could be measured", (memory.lacking,))
    shared, sent = memory.added_mb[_SHARED], memory.added_mb[_LIST]
    figure = (
        f"two workers added {max(0.0, shared):.0f} MB, and {sent:.0f} MB with lists of their own"
    )
    return Outcome(shared < 0.2 * sent, figure)


@claim("05.fork-copies", "A forked worker that only reads a list copies most of it.")
def _fork_copies(memory: Memory) -> Outcome:
    if memory.lacking:
        return Outcome(False, "nothing could be measured", (memory.lacking,))
    way = "a list, inherited by fork"
    added, own = memory.added_mb[way], memory.own_mb[way]
    figure = f"two workers that read a list of {own:.0f} MB added {added:.0f} MB"
    return Outcome(added > 0.75 * own, figure)


# -- traps


@claim(
    "05.join-too-early",
    "A process does not end before a long text that it put into a queue is read.",
)
def _join_too_early(small_stuck: bool, large_stuck: bool) -> Outcome:
    told = {True: "was still there", False: "had ended"}
    figure = f"with a short text it {told[small_stuck]}, with a long one it {told[large_stuck]}"
    busy = "the machine took longer than that to start a process" if small_stuck else None
    return Outcome(large_stuck and not small_stuck, figure, (busy,))


@claim("05.tracker", "Python clears away shared memory that nobody has unlinked, and warns.")
def _tracker(said: str) -> Outcome:
    warned = "leaked shared_memory" in said
    figure = f"the program {'was' if warned else 'was not'} warned of leaked shared memory"
    windows = sys.platform == "win32"
    excuse = "Windows itself frees the memory with the last program that uses it"
    return Outcome(warned, figure, (excuse if windows else None,))
