"""The order in which the workers of pytest-xdist get the tests of one run.

Most tests need no quiet: whole files of them run side by side, notebooks first because they take
longest. What is marked ``alone`` compares times, looks for what a process leaves behind or fills
the machine. It comes last, in the one worker that is left when all others have ended.
"""

from functools import cached_property
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

ALONE = " (alone)"


class Passes(LoadScopeScheduling):
    """Gives out files of tests: first to all workers, then, what runs alone, to the last one."""

    @cached_property
    def alone(self) -> set[str]:
        """The names of the tests that run alone, as each worker has written them."""
        file = Path(self.nodes[0].workerinput["alone"])
        return set(file.read_text(encoding="utf-8").splitlines())

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] + (ALONE if nodeid in self.alone else "")

    def _assign_work_unit(self, node: WorkerController) -> None:
        scope = min(self.workqueue, key=lambda name: (name.endswith(ALONE), ".ipynb" not in name))
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
