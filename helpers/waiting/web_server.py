"""A real web server on this machine, for the length of a ``with``."""

from concurrent.futures import wait

from ..core import pools, worker
from ..errors import LabError, number, whole
from ..jobs.places import load_places
from ..units import ms
from .web import HOST, serve

_LONGEST_S = 3600.0
_START_S = 60.0
_LOOK_S = 0.1


class WebServer:
    """A server in a process of its own that tells about places, and takes its time.

    Its port is one that the system has free, its process ends with the ``with``, and also
    when this process is killed.

    Args:
        latency_s: seconds from a request to its answer, in the mean, from 0 to 3600.
        spread_s: by how much that differs from request to request, up or down, at most
            ``latency_s``. The same request always takes as long.

    Raises:
        LabError: a value is out of its range, or the process cannot be started.

    >>> from helpers.waiting.web import fetch_all
    >>> with WebServer(latency_s=0.001, spread_s=0) as server:
    ...     fetch_all(server.addresses(1))
    [{'name': 'Shanghai', 'country': 'CN', 'population': 24874500}]
    """

    def __init__(self, latency_s: float = 0.05, spread_s: float = 0.01) -> None:
        number("latency_s", latency_s, 0, _LONGEST_S, "try 0.05")
        number("spread_s", spread_s, 0, latency_s, f"try {latency_s / 5:g}")
        self.latency_s = latency_s
        self.spread_s = spread_s
        self.port = None
        self._pool = None

    def __enter__(self):
        # The pool knows how to start and end a process, whatever interrupts it.
        self._pool = pools.open_pool("processes", 1)
        try:
            pools.start(self._pool, 1)
            future = self._pool.submit(serve, self.latency_s, self.spread_s)
            began_s = worker.now()
            # Short waits, because on Windows a long one cannot be interrupted.
            while wait([future], timeout=_LOOK_S).not_done:
                if worker.now() - began_s > _START_S:
                    raise LabError(
                        f"a server must be up within {_START_S:g} s, and this one is not: look at "
                        "what else keeps the machine busy"
                    )
            self.port = future.result()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *what):
        pools.end(self._pool, now=True)

    def addresses(self, n: int) -> list[str]:
        """Return ``n`` different addresses that the server answers, a list of str.

        Raises:
            LabError: ``n`` is not from 1 to the number of places, or the server never began.
        """
        n_places = len(load_places())
        n = whole("the number of addresses", n, 1, n_places, "try 20")
        if self.port is None:
            raise LabError(
                "a server that has not begun has no address: put it in a with, as in "
                "with WebServer() as server"
            )
        return [f"http://{HOST}:{self.port}/places/{i}" for i in range(n)]

    def __repr__(self):
        where = "not begun" if self.port is None else f"{HOST}:{self.port}"
        return (
            f"WebServer({where}): answers after {ms(self.latency_s)}, give or take "
            f"{ms(self.spread_s)}"
        )
