"""Open many pools of a kind and end them in turns, in every way; print what there is of each thing.

    python tests/unit/core/counted_pools.py threads 200

The lines are JSON: the counts before, and after.
"""

import contextlib
import gc
import json
import multiprocessing
import os
import sys
import threading
import time
import warnings

import psutil

from helpers.core import pools

MARK = f"/gil{os.getpid()}"  # the beginning of the names of this process's semaphores


def counts():
    """Return how many there are of all that a pool takes, once what is ending has ended."""
    end_s = time.monotonic() + 60
    while True:
        gc.collect()
        now = _counts()
        is_over = all(n <= _counts.first[what] for what, n in now.items())
        if is_over or time.monotonic() > end_s:
            return now
        time.sleep(0.1)


def _counts():
    here = psutil.Process()
    shared = "/dev/shm"
    names = os.listdir(shared) if sys.platform == "linux" and os.path.isdir(shared) else []
    return {
        "threads": threading.active_count(),
        "files": here.num_handles() if sys.platform == "win32" else here.num_fds(),
        "processes": len(here.children(recursive=True)),
        "semaphores": len([name for name in names if MARK[1:] in name]),
    }


def inverse(n):
    time.sleep(0.002)
    return 1 / n


def nothing(pool):
    """Submit no call."""


def one_call(pool):
    pool.submit(abs, -1).result()


def an_error(pool):
    list(pool.map(inverse, [1, 2, 0, *range(1, 20)]))


def an_interrupt(pool):
    calls = [pool.submit(inverse, n) for n in range(1, 20)]
    calls[0].result()
    raise KeyboardInterrupt


def a_function_by_value(pool):
    offset = 3
    assert list(pool.map(lambda n: n + offset, range(5))) == list(range(3, 8))


def one(kind, deed):
    """Open a pool, do something with it, and end it."""
    ends = contextlib.suppress(ZeroDivisionError, KeyboardInterrupt)
    with ends, pools.open_pool(kind, 1 if kind == "serial" else 2) as pool:
        deed(pool)


def main(kind, n_pools):
    multiprocessing.current_process()._config["semprefix"] = MARK
    deeds = [nothing, one_call, an_error, an_interrupt, a_function_by_value]
    for deed in deeds:  # what the first pool needs stays: the fork server, the tracker, modules
        one(kind, deed)
    gc.collect()
    time.sleep(0.5)
    _counts.first = _counts()
    print(json.dumps(_counts.first), flush=True)
    for number in range(int(n_pools)):
        one(kind, deeds[number % len(deeds)])
    print(json.dumps(counts()), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of fork beside threads
    main(*sys.argv[1:])
