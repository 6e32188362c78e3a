"""The worker of a cluster on this machine. Its process imports this module by its name."""

from typing import Any

from distributed import Worker

from ..core import worker
from ..core.last_words import Words


class OwnWorker(Worker):
    """Dask's worker, without its web pages, which it would show to everybody on the machine.

    Like every worker of ours it ends with the process that started it, together with what it has
    started itself, which bears the ``mark``.
    """

    def __init__(self, *where: Any, mark: str, **options: Any) -> None:
        worker.begin_process(Words(), mark)
        super().__init__(*where, **options)

    def start_http_server(self, *what: Any, **options: Any) -> None:
        """Start none."""
