"""The worker of a cluster on this machine. Its process imports this module by its name."""

from typing import Any

from distributed import Worker


class OwnWorker(Worker):
    """Dask's worker without its web pages, which it would show to everybody on the machine."""

    def start_http_server(self, *what: Any, **options: Any) -> None:
        """Start none."""
