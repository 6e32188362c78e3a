"""Six ways for two threads to share less or more, timed in the Python that runs this file.

It runs on any CPython from 3.11 on, with nothing installed: ``python rungs.py SECONDS`` prints a
line of JSON. Each rung does the same number of steps in every thread.
"""

import hashlib
import json
import sys
import threading
import time
from collections.abc import Callable

N_THREADS = 2
_TRY_S = 0.03  # what a thread takes alone: a start of a thread costs a hundredth of it
_LEAST = 3  # rounds


class Counter:
    """A number that threads add to."""

    n = 0


# What threads share. The text is made here: what stands in the code of a program has no reference
# count that changes.
TEXTS = (" ".join(["one", "text"]),)
TABLE = {"key": " ".join(["a", "value"])}
PLACES: dict[int, int] = {}
TOTAL = Counter()


def nothing(n_steps: int, place: int) -> None:
    """Count in a variable of the thread's own."""
    count = 0
    for _ in range(n_steps):
        count = count + 1


def immutable(n_steps: int, place: int) -> None:
    """Use one text that nobody changes."""
    texts = TEXTS
    for _ in range(n_steps):
        texts[0]


def own_lock(n_steps: int, place: int) -> None:
    """Count under a lock of the thread's own."""
    lock, count = threading.Lock(), 0
    for _ in range(n_steps):
        with lock:
            count += 1


def read_dict(n_steps: int, place: int) -> None:
    """Look up one key in one dict."""
    table = TABLE
    for _ in range(n_steps):
        table["key"]


def write_dict(n_steps: int, place: int) -> None:
    """Write to one dict, each thread to a key of its own."""
    places = PLACES
    for count in range(n_steps):
        places[place] = count


def one_counter(n_steps: int, place: int) -> None:
    """Add to one counter; without a lock the total may be wrong, and here only time counts."""
    total = TOTAL
    for _ in range(n_steps):
        total.n += 1


def hashing(n_steps: int, place: int) -> None:
    """Hash without the GIL, whatever the Python: what two threads get done now is what they can."""
    block = bytes(20_000)
    for _ in range(n_steps):
        hashlib.sha256(block).digest()


RUNGS: dict[str, Callable[[int, int], None]] = {
    "nothing": nothing,
    "an immutable text": immutable,
    "a lock each": own_lock,
    "one dict, read": read_dict,
    "one dict, written": write_dict,
    "one counter": one_counter,
}


def seconds(rung: Callable[[int, int], None], n_steps: int, n_threads: int) -> float:
    """Return how long it takes until all threads have done their steps."""
    gate = threading.Barrier(n_threads + 1)

    def work(place):
        gate.wait()
        rung(n_steps, place)

    threads = [threading.Thread(target=work, args=[place]) for place in range(n_threads)]
    for thread in threads:
        thread.start()
    gate.wait()
    began_s = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began_s


def main(budget_s: float) -> None:
    """Print the seconds of each rung with one thread and with all, a pair for each round."""
    ends_s = time.perf_counter() + budget_s
    ways, n_steps = RUNGS | {"hashing": hashing}, {}
    for name, rung in ways.items():
        few = 200 if rung is hashing else 20_000
        a_step_s = min(seconds(rung, few, 1) for _ in range(3)) / few
        n_steps[name] = max(few, int(_TRY_S / a_step_s))
    pairs_s: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    n_rounds = 0
    while n_rounds < _LEAST or time.perf_counter() < ends_s:
        for name, rung in ways.items():
            one_s, all_s = (seconds(rung, n_steps[name], n) for n in (1, N_THREADS))
            pairs_s[name].append((one_s, all_s))
        n_rounds += 1
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    hashing_s = pairs_s.pop("hashing")
    said = {"gil": gil, "n_threads": N_THREADS, "pairs_s": pairs_s, "hashing_s": hashing_s}
    print(json.dumps(said))


if __name__ == "__main__":
    main(float(sys.argv[1]))
