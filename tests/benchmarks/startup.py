"""What importing costs: `python -m tests.benchmarks.startup [ROUNDS]`.

Every round starts each of these once, in turn, and compares it with the bare interpreter of the
same round: the package, the part of it that a worker of the strings job imports, and that of the
pictures job.
"""

import statistics
import subprocess
import sys

from helpers.measure.runs import quartiles
from helpers.worker import now

BARE = "a bare interpreter"
PROGRAMS = {
    BARE: "pass",
    "import helpers": "import helpers",
    "a worker of strings": "import helpers.worker, helpers.tasks.strings",
    "a worker of pictures": "import helpers.worker, helpers.tasks.pictures",
}
HEAVY = ("matplotlib", "ipywidgets", "IPython", "numpy", "PIL")


def started(program: str) -> float:
    """Return the seconds that a new interpreter takes to run a program, from start to end."""
    began_s = now()
    subprocess.run([sys.executable, "-c", program], check=True)
    return now() - began_s


def main(rounds: int = 25) -> None:
    """Print the table."""
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


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
