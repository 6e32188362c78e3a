"""What importing and starting workers cost: `python -m tests.benchmarks.startup [ROUNDS]`.

Every round starts each of these once, in turn, and compares it with the bare interpreter of the
same round: the package, the part of it that a worker of the strings job imports, and that of the
pictures job. Then pools of two workers are started, until both have answered: this project's, and
by hand ``ProcessPoolExecutor`` and ``multiprocessing.Pool``.
"""

import multiprocessing
import statistics
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

from helpers.core import pools, worker
from helpers.core.runs import quartiles
from helpers.core.worker import now

BARE = "a bare interpreter"
PROGRAMS = {
    BARE: "pass",
    "import helpers": "import helpers",
    "a worker of strings": "import helpers.core.worker, helpers.jobs.strings",
    "a worker of pictures": "import helpers.core.worker, helpers.jobs.pictures",
}
N_WORKERS = 2
HOLD_S = 0.005  # a worker that is held cannot answer for two
HEAVY = ("matplotlib", "ipywidgets", "IPython", "numpy", "PIL")


def started(program: str) -> float:
    """Return the seconds that a new interpreter takes to run a program, from start to end."""
    began_s = now()
    subprocess.run([sys.executable, "-c", program], check=True)
    return now() - began_s


def by_project(method: str) -> float:
    """Return the seconds until the workers of this project's pool are there."""
    began_s = now()
    with pools.open_pool(f"processes-{method}", N_WORKERS) as pool:
        pools.start(pool, N_WORKERS)
        return now() - began_s


def by_executor(method: str) -> float:
    """Return the same for a ``ProcessPoolExecutor``."""
    began_s = now()
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(N_WORKERS, mp_context=context) as pool:
        return answered(pool.map, began_s)


def by_pool(method: str) -> float:
    """Return the same for a ``multiprocessing.Pool``."""
    began_s = now()
    with multiprocessing.get_context(method).Pool(N_WORKERS) as pool:
        return answered(pool.map, began_s)


def answered(ask, began_s: float) -> float:
    """Return the seconds until every worker has answered a call."""
    seen: set[str] = set()
    while len(seen) < N_WORKERS:
        seen.update(name for name, _ in ask(worker.ready, [HOLD_S] * N_WORKERS))
    return now() - began_s


def start_workers(rounds: int) -> None:
    """Print the table of pools."""
    ways = {"this project": by_project, "ProcessPoolExecutor": by_executor, "Pool": by_pool}
    print(f"\n{'2 workers':<34}{'seconds':>9}{'times Pool':>12}{'quartiles':>14}")
    for method in multiprocessing.get_all_start_methods():
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds + 1):
            for name, started_by in ways.items():
                times[name].append(started_by(method))
        for name, all_s in times.items():
            ratios = [a / b for a, b in zip(all_s[1:], times["Pool"][1:], strict=True)]
            low, high = quartiles(ratios)
            print(f"{f'{method}, {name}':<34}{statistics.median(all_s[1:]):>9.3f}"
                  f"{statistics.median(ratios):>12.2f}{f'{low:.2f}-{high:.2f}':>14}")  # fmt: skip


def main(rounds: int = 25) -> None:
    """Print both tables."""
    times = {name: [] for name in PROGRAMS}
    for _ in range(rounds + 1):
        for name, program in PROGRAMS.items():
            times[name].append(started(program))
    bare = times[BARE][1:]  # the first round filled the disk's cache
    print(f"{'':<22}{'seconds':>9}{'times a bare start':>20}{'quartiles':>14}")
    for name, all_s in times.items():
        ratios = [a / b for a, b in zip(all_s[1:], bare, strict=True)]
        low, high = quartiles(ratios)
        print(f"{name:<22}{statistics.median(all_s[1:]):>9.3f}"
              f"{statistics.median(ratios):>20.2f}{f'{low:.2f}-{high:.2f}':>14}")  # fmt: skip
    ask = f"import helpers, sys; print([name for name in {HEAVY} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    print(f"heavy modules after import helpers: {answer.stdout.strip()}")
    start_workers(rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
