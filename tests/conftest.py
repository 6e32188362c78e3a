"""What holds for every run of the tests, and what each ends with: which parts were left out."""

import os
import tempfile
from collections import Counter

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Let everything that is run, kernels too, save its results in a folder that is removed."""
    folder = tempfile.TemporaryDirectory(prefix="gil-lab-tests-")
    os.environ["GIL_LAB_RESULTS"] = folder.name
    config.add_cleanup(folder.cleanup)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say plainly which parts were not run; the reason of each says how to enable it."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
    terminalreporter.section("parts not run")
    if not reasons:
        terminalreporter.line("none: every part was run")
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{count} test{'s' if count > 1 else ''}: {reason}")
