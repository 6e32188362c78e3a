"""A small web application with an endpoint that computes and one that waits.

It is written to ASGI, the interface between Python's asynchronous servers and what they serve.
Every process of the server imports this module, so it imports only what is light. As a program,
``python -m helpers.beyond.app 2`` is a server with two processes, on a port that the system
chooses.
"""

import asyncio
import functools
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ..core import worker

ENDPOINTS = ("compute", "wait")
WAIT_S = 0.05
N_ADDED = 500_000  # so that answering takes far more than asking
THREADS = "GIL_LAB_APP_THREADS"  # tells a server how many threads answer; without, its loop does


def begin() -> Callable:
    """Return the application, once in each process of the server."""
    worker.end_with_parent()
    n_threads = int(os.environ.get(THREADS) or 0)
    return functools.partial(_app, ThreadPoolExecutor(n_threads) if n_threads else None)


async def _app(pool, scope, receive, send):
    """Answer ``/compute`` and ``/wait`` with the number of the process that did it, as JSON."""
    loop, status = asyncio.get_running_loop(), 200
    if scope["path"] == "/compute":
        await loop.run_in_executor(pool, compute) if pool else compute()
    elif scope["path"] == "/wait":
        # In a thread the call waits as a database's would, and on the loop as asyncio's own.
        wait = functools.partial(time.sleep, WAIT_S)
        await (loop.run_in_executor(pool, wait) if pool else asyncio.sleep(WAIT_S))
    else:
        status = 404
    body = b'{"process": %d}' % os.getpid()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def compute() -> int:
    """Return a number after some milliseconds of plain Python code.

    >>> compute() == sum(range(N_ADDED))
    True
    """
    total = 0
    for number in range(N_ADDED):
        total += number
    return total


def main(n_processes: int) -> None:
    """Serve on the loopback until standard input ends, as it does with whoever started this."""
    import threading

    import uvicorn

    def end():
        sys.stdin.read()
        os._exit(0)  # its processes notice, and end as well

    threading.Thread(target=end, daemon=True).start()
    uvicorn.run(
        "helpers.beyond.app:begin",
        factory=True,
        interface="asgi3",
        lifespan="off",
        host="127.0.0.1",
        port=0,
        workers=n_processes,
        loop="asyncio",
        http="h11",
        access_log=False,
        use_colors=False,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
