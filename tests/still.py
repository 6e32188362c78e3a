"""A run of the tests that stands still ends, and says where it stood; a failure is told at once.

pytest limits the time of each test. But a failure ends both of its limits, for the sake of
debuggers, so that nothing limits what the test clears up afterwards; and nothing limits a worker of
pytest-xdist that stands still between two tests.
"""

import contextlib
import faulthandler
import math
import os
import signal
import threading
import time
from collections.abc import Iterator

import psutil
import pytest


def add_options(parser: pytest.Parser) -> None:
    """Add the setting ``still_s``: after so many seconds without any news, the run is ended.

    What a test clears up has a quarter of it.
    """
    parser.addini("still_s", "seconds without news after which the run ends", default="600")


def watch(config: pytest.Config) -> None:
    """Watch this process: a worker that runs tests, or the one that hears from all workers.

    With ``--full`` some tests run notebooks for the better part of an hour, and have only the
    limit that they are marked with.
    """
    still_s = float(config.getini("still_s"))
    is_full = config.getoption("full")
    stderr = os.dup(2)  # what a test prints goes elsewhere, and this does not
    config.add_cleanup(lambda: os.close(stderr))
    if hasattr(config, "workerinput") and hasattr(faulthandler, "register"):  # not on Windows
        faulthandler.register(signal.SIGUSR1, file=stderr, all_threads=True)
    config.pluginmanager.register(Limits(still_s / 4, stderr, is_full))
    if not hasattr(config, "workerinput") and config.getoption("numprocesses", None):
        config.pluginmanager.register(News(math.inf if is_full else still_s, stderr))


class Limits:
    """Ends a process, with its stack, that does not end what follows a failure."""

    def __init__(self, limit_s: float, stderr: int, is_full: bool) -> None:
        self.limit_s, self.stderr, self.is_full = limit_s, stderr, is_full

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Take pytest's own limit away where tests are long."""
        if self.is_full:
            faulthandler.cancel_dump_traceback_later()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Begin a limit of its own for the teardown."""
        faulthandler.dump_traceback_later(self.limit_s, file=self.stderr, exit=True)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()


class News:
    """What the controlling process has heard last, and from which tests."""

    def __init__(self, still_s: float, stderr: int) -> None:
        self.still_s, self.stderr = still_s, stderr
        self.running: dict[str, None] = {}
        self.heard_s = time.monotonic()
        self.is_over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """Note that a worker has found its tests."""
        self.heard_s = time.monotonic()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note that a test has begun."""
        self.heard_s = time.monotonic()
        self.running[nodeid] = None

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Note that it has ended."""
        self.heard_s = time.monotonic()
        self.running.pop(nodeid, None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell a failure now: a run that is ended from outside never comes to its summary."""
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            said = (getattr(crash, "message", "") or str(report.longrepr)).strip().splitlines()
            self._say(f"\n{report.when} failed: {report.nodeid}: {said[0] if said else ''}\n")

    def pytest_sessionfinish(self) -> None:
        """Allow as much time again for the end of the run."""
        self.heard_s = time.monotonic()

    def pytest_unconfigure(self) -> None:
        """End the watch."""
        self.is_over.set()

    def _watch(self) -> None:
        while not self.is_over.wait(1):
            if time.monotonic() - self.heard_s > self.still_s:
                names = ", ".join(self.running) or "no test"
                self._say(f"\nno news for {self.still_s:g} s; running: {names}\n")
                _end_all(psutil.Process().children())
                os._exit(1)

    def _say(self, text: str) -> None:
        os.write(self.stderr, text.encode(errors="replace"))


def _end_all(workers: list[psutil.Process]) -> None:
    """Have each worker write its stack, then end it with all that it started."""
    with contextlib.suppress(psutil.Error):
        for worker in workers:
            if hasattr(signal, "SIGUSR1"):
                worker.send_signal(signal.SIGUSR1)
        time.sleep(2)
    for worker in workers:
        with contextlib.suppress(psutil.Error):
            for process in [*worker.children(recursive=True), worker]:
                process.kill()
