"""A real web server on this machine."""

from concurrent.futures import Executor, wait
from typing import Self

from ..core import pools
from ..errors import LabError, number, whole
from ..jobs.places import load_places
from ..units import ms
from .web import HOST, serve

_LONGEST_S = 3600.0


class WebServer:
    """A server in a process of its own that tells about places, and takes its time.

    It runs between ``start`` and ``stop``, or for the length of a ``with``, and never longer than
    this process. Its port is one that the system has free.

    Args:
        latency_s: seconds from a request to its answer, in the mean, from 0 to 3600.
        spread_s: by how much that differs from request to request, up or down, at most
            ``latency_s``. The same request always takes as long.

    Raises:
        LabError: a value is out of its range.
    """

    def __init__(self, latency_s: float = 0.05, spread_s: float = 0.01) -> None:
        number("latency_s", latency_s, 0, _LONGEST_S, "try 0.05")
        number("spread_s", spread_s, 0, latency_s, f"try {latency_s / 5:g}")
        self.latency_s, self.spread_s = latency_s, spread_s
        self.port: int | None = None
        self._pool: Executor | None = None

    def start(self) -> Self:
        """Start the server, unless it is running, and return it.

        Raises:
            LabError: the process cannot be started.
        """
        if self._pool is not None:
            return self
        # The pool knows how to start and end a process, whatever interrupts it.
        self._pool = pools.open_pool("processes", 1)
        try:
            pools.start(self._pool, 1)
            future = self._pool.submit(serve, self.latency_s, self.spread_s)
            # Short waits, because on Windows a long one cannot be interrupted.
            while wait([future], timeout=pools.LOOK_S).not_done:
                pass
            self.port = future.result()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the server's process, if it is running."""
        if self._pool is not None:
            pools.end(self._pool, now=True)
            self._pool = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *what: object) -> None:
        self.stop()

    def addresses(self, n: int) -> list[str]:
        """Return ``n`` different addresses that the server answers: as many as there are places.

        Raises:
            LabError: ``n`` is out of its range, or the server never began.
        """
        n = whole("the number of addresses", n, 1, len(load_places()), "try 20")
        if self.port is None:
            raise LabError(
                "no address before a server begins: start it, as in server = WebServer().start()"
            )
        return [f"http://{HOST}:{self.port}/places/{i}" for i in range(n)]

    def __repr__(self) -> str:
        where = "not begun" if self.port is None else f"{HOST}:{self.port}"
        after = f"{ms(self.latency_s)}, give or take {ms(self.spread_s)}"
        return f"WebServer({where}): answers after {after}"
