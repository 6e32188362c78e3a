"""The order in which the workers of pytest-xdist get the tests of one run.

Most tests need no quiet: whole files of them run side by side. Those that take longest begin, so
that no worker is left with a long one at the end. What is marked ``alone`` compares times of
threads that run at once. It comes last, in the one worker that is left when all others have ended.
"""

from functools import cached_property
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

ALONE = " (alone)"
BROWSER = "tests/browser/"  # all in one worker: they share a browser and a server
NOTEBOOKS = ".ipynb"  # all in one worker: what one of them measures, another would disturb
# Parts of names, the longest first: most of these take from half a minute to some minutes.
LONG = (BROWSER, NOTEBOOKS, "tests/faults/", "tests/notebooks/", "/beyond/", "/core/", "benchmarks")


class Passes(LoadScopeScheduling):
    """Gives out files of tests: first to all workers, then, what runs alone, to the last one."""

    @cached_property
    def alone(self) -> set[str]:
        """The names of the tests that run alone, as each worker has written them."""
        file = Path(self.nodes[0].workerinput["alone"])
        return set(file.read_text(encoding="utf-8").splitlines())

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        whole = next((part for part in (BROWSER, NOTEBOOKS) if part in file), file)
        return whole + (ALONE if nodeid in self.alone else "")

    def _assign_work_unit(self, node: WorkerController) -> None:
        scope = min(self.workqueue, key=_place)
        others = [other for other in self.nodes if other is not node]
        if scope.endswith(ALONE) and others:
            if not all(other.shutting_down for other in others):
                node.shutdown()  # one of the others is the last one
            return
        self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)

    def remove_node(self, node: WorkerController) -> str | None:
        """Let a worker that has ended go, and give the last one what runs alone."""
        crashed = super().remove_node(node)
        for other in self.nodes:
            self._reschedule(other)
        return crashed


def _place(scope: str) -> tuple[bool, int]:
    places = (place for place, part in enumerate(LONG) if part in scope)
    return scope.endswith(ALONE), next(places, len(LONG))
