"""How much slower does work become because a timeline is recorded?

    python -m tests.benchmarks.timeline_overhead [--rounds 400] [--json]

Each round does the same Python loop bare and stamped, turn about in which comes first, for some
10 ms each, and compares the two: CPU seconds of a piece of work stamped over bare. (CPU seconds,
because neighbours on the machine take away wall time.) One thread is compared alone; two threads
share the lock, as in a recording. The table shows the median over the rounds, the quartiles, and
how sure the median is (the quartile range over the root of the number of rounds).
"""

import argparse
import json
import statistics
import threading
import time
from itertools import repeat

from helpers.core import machine
from helpers.core.runs import quartiles
from helpers.core.worker import now
from helpers.jobs import works as chunks

TRY_S = 0.01


def bare(size, n_chunks):
    """Do ``n_chunks`` pieces of work without a stamp, and return their number."""
    chunk = chunks.WORKS["loop"].make(size)
    for _ in repeat(None, n_chunks):
        chunk()
    return n_chunks


def stamped(size, n_chunks):
    """Do about as many pieces, stamped as in a recording, and return their number."""
    seconds = n_chunks * chunks.WORKS["loop"].chunk_s
    n_done = 0
    while not n_done:  # a neighbour on the machine may take the core until the time is over
        stamps_s = chunks.follow("loop", size, now(), seconds).times_s
        n_done = len(stamps_s) - 1
    return n_done


def per_chunk_s(way, size, n_chunks, n_threads):
    """Return the CPU seconds for a piece when ``n_threads`` threads go one of the two ways."""
    answers = []
    begin = threading.Barrier(n_threads)

    def work():
        bare(size, n_chunks // 10)  # warm: a try cut short by a neighbour would pay more for it
        begin.wait()
        began_s = time.thread_time()
        n_done = way(size, n_chunks)
        answers.append((time.thread_time() - began_s, n_done))

    threads = [threading.Thread(target=work) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(cpu_s for cpu_s, _ in answers) / sum(n_done for _, n_done in answers)


def ratios(n_threads, rounds):
    """Return the time of a piece stamped over bare, shape (rounds,)."""
    size = chunks.fitting_size("loop")
    n_chunks = round(TRY_S / chunks.WORKS["loop"].chunk_s)
    found = []
    for number in range(rounds):
        ways = [bare, stamped] if number % 2 else [stamped, bare]
        took_s = {way: per_chunk_s(way, size, n_chunks, n_threads) for way in ways}
        found.append(took_s[stamped] / took_s[bare])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {f"{n} thread{'s' * (n > 1)}": ratios(n, options.rounds) for n in (1, 2)}
    if options.json:
        print(json.dumps({"machine": str(machine.describe()), "ratios": found}, indent=2))
        return
    print(machine.describe())
    for name, values in found.items():
        low, high = quartiles(values)
        sure = (high - low) / len(values) ** 0.5
        print(
            f"{name}: {statistics.median(values) - 1:+.2%} (quartiles {low - 1:+.2%} to "
            f"{high - 1:+.2%}, median sure to {sure:.2%}, {len(values)} rounds)"
        )


if __name__ == "__main__":
    main()
