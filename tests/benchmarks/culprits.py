"""Is the object that holds threads up named? Eight are planted; four functions have none.

    python -m tests.benchmarks.culprits [--budget 10] [--only NAME]

Each function goes to the newest free-threaded Python that is found, by ``lab.what_is_shared``. What
it names is compared with what was planted; of a function without a culprit it must name nothing.
The last line counts both. Without such a Python, or without a second core, it says so.
"""

import argparse
import contextlib
import functools
import io
import random
import sys
import threading

import helpers as lab

_STEPS = 100  # of one call, so that the call itself costs little beside them

COUNTS: dict[int, int] = {}
SEEN: list[int] = []


def a_dict(n):
    """Write to one dict."""
    for step in range(_STEPS):
        COUNTS[n % 8] = step


def a_list(n):
    """Append to one list."""
    for _ in range(_STEPS):
        SEEN.append(n)


class Total:
    """A number, and a list that nobody uses."""

    def __init__(self):
        self.n, self.names = 0, ["a", "b"]

    def add(self):
        """Count one more."""
        self.n += 1


TOTAL = Total()


def a_counter(n):
    """Count in an attribute of one object, by its method."""
    for _ in range(_STEPS):
        TOTAL.add()


def _closing_over():
    found: list[int] = []

    def a_closure(n):
        """Append to a list of the function around."""
        for _ in range(_STEPS):
            found.append(n)

    return a_closure


a_closure = _closing_over()


def a_default(n, table={}):  # noqa: B006 (it is the mistake that is planted)
    """Write to a default argument, which all calls share."""
    for step in range(_STEPS):
        table[n % 8] = step


class Board:
    """What all of its objects share."""

    scores = [0]  # noqa: RUF012 (the same)


def a_class_attribute(n):
    """Write to a list in a class."""
    for _ in range(_STEPS):
        Board.scores[0] = n


def draws(n):
    """Draw from the one generator behind the functions of ``random``."""
    for _ in range(_STEPS):
        random.random()


@functools.lru_cache
def _square(n):
    return n * n


LOCK, OUT = threading.Lock(), io.StringIO()


def a_cache(n):
    """Ask one cache, again and again."""
    for _ in range(_STEPS):
        _square(n % 8)


def _write(text):
    for _ in range(_STEPS):
        OUT.write(text)


def a_stream(n):
    """Write to one stream in memory, in a function that this one calls."""
    _write("x" * (n % 2))


def a_lock(n):
    """Take one lock, again and again."""
    for _ in range(_STEPS):
        with LOCK:
            pass


#: What is planted in each, by the name that a reader has for it. The eight, and two more.
CULPRITS = {
    a_dict: "COUNTS",
    a_list: "SEEN",
    a_counter: "TOTAL",
    a_closure: "found",
    a_default: "table",
    a_class_attribute: "Board.scores",
    draws: "random.random",
    a_cache: "_square",
    a_lock: "LOCK",
    a_stream: "OUT",
}


# --- Without a culprit


def own_dict(n):
    """Count in a dict of its own."""
    counts: dict[int, int] = {}
    for step in range(_STEPS):
        counts[step % 8] = counts.get(step % 8, 0) + 1
    return counts


def texts(n):
    """Make texts and sort them."""
    return " ".join(sorted(str(n * step) for step in range(_STEPS)))


def reads_once(n):
    """Look up one thing that is shared, once a call."""
    offset = len(COUNTS)
    return sum(offset + step for step in range(_STEPS))


def _looping():
    def loops(n):
        """Compute, in a function that was made by another."""
        total = 0
        for step in range(_STEPS):
            total += step * n
        return total

    return loops


NONE = (own_dict, texts, reads_once, _looping())


def main():
    """Print what is named of each function, and how many are right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budget", type=float, default=10.0, help="seconds for each function")
    parser.add_argument("--only", default="", help="functions whose names have this in them")
    options = parser.parse_args()
    right = {True: [], False: []}  # whether something was planted -> whether each is right
    for function in (*CULPRITS, *NONE):
        planted = CULPRITS.get(function)
        if options.only not in function.__name__:
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            found = lab.what_is_shared(function, list(range(1000)), budget_s=options.budget)
        if found.problem:
            sys.exit(f"{function.__name__}: {found.problem}")
        named = [one.shown for one in found.culprits]
        is_right = named == ([planted] if planted else [])
        right[planted is not None].append(is_right)
        gains = f"{found.gain():.2f} as it is, {found.gain('own'):.2f} with copies of all"
        apart = f", {found.gain('apart'):.2f} with its own" if named else ""
        said = f"{function.__name__:<18}{', '.join(named) or '-':<16}{gains}{apart}"
        print(f"{said}{'' if is_right else f'   MISS: {planted}'}", flush=True)
    for planted, word in ((True, "planted culprits named"), (False, "functions without one clear")):
        print(f"{sum(right[planted])} of {len(right[planted])} {word}")


if __name__ == "__main__":
    from tests.benchmarks import culprits  # where another Python finds what is planted

    culprits.main()
