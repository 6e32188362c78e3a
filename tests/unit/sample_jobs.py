"""Jobs that misbehave. They stand in a module, so that a spawned worker can import them."""

import contextlib
import itertools
import multiprocessing
import os
import sys
import threading
import time

from helpers.core.job import Job
from helpers.core.same_answers import difference
from helpers.core.worker import worker_id
from helpers.errors import LabError


def job(function, n_items=8, n_sublists=4, difference=difference):
    """Return a ``Job`` that does ``function`` over the numbers from 0."""
    items = list(range(n_items))
    return Job("numbers", "Numbers", function, items, difference, n_sublists)


def runs_of(plan, stop=None):
    """Yield each run as it comes in, of an ``Experiment`` or a ``LoadTest``."""
    done = 0
    with contextlib.closing(plan.run(stop)) as results:
        for result in results:
            yield from result.runs[done:]
            done = len(result.runs)


def in_worker():
    """Return whether this is a worker, and not the thread that runs a job serially."""
    return (
        multiprocessing.parent_process() is not None
        or threading.current_thread().name.startswith("gil-lab")
    )


def doubles(numbers):
    return [2 * number for number in numbers]


def spins(numbers):
    """Keep a core busy for about 10 ms for each number."""
    for _ in numbers:
        end_s = time.perf_counter() + 0.01
        while time.perf_counter() < end_s:
            pass
    return list(numbers)


class Heavy:
    """An item that costs 20 ms of CPU time to unpack, wherever that happens."""

    def __reduce__(self):
        return _unpack_heavy, ()


def _unpack_heavy():
    end_s = time.thread_time() + 0.02
    while time.thread_time() < end_s:
        pass
    return Heavy()


def nothing(items):
    return [0 for _ in items]


def raises(numbers):
    raise ValueError("the first line\nand the second")


def raises_in_a_worker(numbers):
    return raises(numbers) if in_worker() else list(numbers)


def raises_beside_one_that_hangs(numbers):
    if 0 in numbers:
        return sleeps_in_a_worker(numbers)
    return raises_in_a_worker(numbers)


def refuses(numbers):
    raise LabError("numbers are even, not 1: try 2")


def prints_a_megabyte(numbers):
    print("GIL " * 250_000)
    return [2 * number for number in numbers]


def leaves(numbers):
    sys.exit("the job calls sys.exit()")


def tells_who(numbers):
    """Return something that depends on who does the work."""
    return [worker_id() for _ in numbers]


def forgets_one(numbers):
    return list(numbers[1:] if in_worker() else numbers)


def counts(numbers):
    return len(numbers)


def dies(numbers):
    """End the process at once, as the system does when memory runs out."""
    if multiprocessing.parent_process() is not None:
        os._exit(9)
    return list(numbers)


def sleeps_in_a_worker(numbers):
    if in_worker():
        time.sleep(3600)
    return list(numbers)


_awake = threading.Event()


def dozes_in_a_worker(numbers):
    """Wait in a thread of this process for the end of ``dozing``."""
    if in_worker():
        _awake.wait(60)
    return list(numbers)


@contextlib.contextmanager
def dozing():
    """Let no call of ``dozes_in_a_worker`` come back before the end of a ``with``."""
    _awake.clear()
    try:
        yield
    finally:
        _awake.set()


def prints(numbers):
    for number in numbers:
        print(f"{number} of a worker, said at length. " * 1000)
    return list(numbers)


def returns_what_cannot_travel(numbers):
    return [threading.Lock() if in_worker() else number for number in numbers]


def sends_half(numbers):
    """Return much, and stop in the middle of sending it, as a worker does that is killed there."""
    return _cut(numbers, lambda: time.sleep(3600))


def dies_while_sending(numbers):
    return _cut(numbers, lambda: os._exit(9))


def _cut(numbers, then):
    if multiprocessing.parent_process() is not None:
        from multiprocessing.connection import Connection

        def send(connection, data, write=os.write):
            write(connection.fileno(), bytes(data[:100]))
            then()

        Connection._send = send
    return ["a long text " * 100 for _ in numbers]


def stops_itself(numbers):
    """Stand still like a process that was stopped from outside (SIGSTOP)."""
    if multiprocessing.parent_process() is not None:
        import signal

        os.kill(os.getpid(), signal.SIGSTOP)
    return list(numbers)


_calls = itertools.count()


def differs_each_time(numbers):
    return [next(_calls) for _ in numbers]


def starts_threads(numbers):
    """Leave threads behind that go on for a moment after the answer."""
    for _ in numbers:
        threading.Thread(target=time.sleep, args=(0.3,)).start()
    return list(numbers)


def moves_away(numbers):
    """Change the working directory and the switch interval of whatever process this is."""
    if in_worker():
        os.chdir(os.path.abspath(os.sep))
        sys.setswitchinterval(0.5)
    return list(numbers)


def interrupts_itself(numbers):
    if in_worker():
        raise KeyboardInterrupt
    return list(numbers)


def recurses(numbers):
    return recurses(numbers) if in_worker() else list(numbers)


def closes_its_output(numbers):
    if multiprocessing.parent_process() is not None:
        os.closerange(1, 3)
    return list(numbers)


def returns_much(numbers):
    return ["x" * 5_000_000 for _ in numbers]


def squares(n):
    """Return what pure Python code computes, the same in every Python."""
    return sum(k * k for k in range(n))
