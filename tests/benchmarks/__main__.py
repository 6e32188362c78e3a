"""All benchmarks that need no quiet night, one after the other: `python -m tests.benchmarks`.

    python -m tests.benchmarks [NAME ...]

Without names it takes about half an hour. Each compares with what a reader would use instead, side
by side in one interleaved run, and prints a table of its own with the spreads; `--help` of each
module says what it measures. The long ones are started by their own names: verdict_table,
which_python, would_be, meter_table, witness_table, notebooks.
"""

import subprocess
import sys

QUICK = (
    "startup",
    "growth",
    "harness_overhead",
    "timeline_overhead",
    "precision",
    "meters",
    "strings_processes",
    "pictures_threads",
    "three_jobs",
    "rows_table",
    "simulator_agreement",
    "quota",
    "culprits",
)


def main(names):
    """Run each in a Python of its own; return 1 where one failed."""
    unknown = [name for name in names if name not in QUICK]
    if unknown:
        sys.exit(f"a benchmark is one of {', '.join(QUICK)}, not {unknown[0]}: choose one")
    failed = []
    for name in names or QUICK:
        print(f"\n== {name}", flush=True)
        if subprocess.run(
            [sys.executable, "-m", f"tests.benchmarks.{name}"], check=False
        ).returncode:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
