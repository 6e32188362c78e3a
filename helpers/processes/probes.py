"""What a fresh Python and its workers do for an experiment. Workers import it: it stays light."""

import multiprocessing
import os
import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from typing import Any

from ..errors import one_line

ARRIVES, REFUSED, BREAKS = "arrives", "pickle refuses", "the worker ends"
N_NUMBERS = 1_000_000
N_BYTES = 36 * N_NUMBERS  # about what a list of so many numbers takes
_LIMIT_S = 60.0
_PAGE = 4096

_things: dict[str, Any] = {}  # what is sent
_held: Any = None  # what forked workers find in their copy


# -- what can be sent


def adopt(things: Callable[[], dict[str, Any]]) -> tuple[str, ...]:
    """Make ``things`` in this program, as if its own code had defined them; return their names."""
    _things.update(things())
    main = sys.modules["__main__"]
    for thing in _things.values():
        for one in (thing, type(thing)):
            if getattr(one, "__module__", "") == "__main__" and hasattr(one, "__name__"):
                setattr(main, one.__name__, one)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # a worker that ends says why: a long traceback
    return tuple(_things)


def send(name: str, method: str) -> tuple[str, str]:
    """Return what becomes of a thing that is sent to a worker, and the error in one line."""
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        try:
            pool.submit(repr, _things[name]).result(timeout=_LIMIT_S)
        except BrokenExecutor as error:
            return BREAKS, type(error).__name__
        except Exception as error:  # PicklingError, AttributeError or TypeError
            return REFUSED, f"{type(error).__name__}: {one_line(str(error), 90)}"
    return ARRIVES, ""


# -- memory


def pss(pids: list[int]) -> int:
    """Return the bytes that several processes take, with what they share counted once.

    Any error says that this system does not tell.
    """
    import psutil

    return sum(psutil.Process(pid).memory_full_info().pss for pid in pids)


def read_in_two(method: str, form: type, how: str, name: str) -> tuple[float, float]:
    """Return (MB of the numbers here, MB more once two workers have read them).

    Args:
        method: how the workers are started.
        form: of the numbers, ``list`` or ``bytes``.
        how: they are "sent", "inherited" by fork, or "shared".
        name: of the shared memory.
    """
    global _held
    block, before = None, pss([os.getpid()])
    if how == "shared":
        _held = block = _opened(name)
        block.buf[:] = b"x" * N_BYTES
    else:
        _held = list(range(1000, 1000 + N_NUMBERS)) if form is list else b"x" * N_BYTES
    own = pss([os.getpid()]) - before
    sent = {"sent": _held, "inherited": None, "shared": name}[how]
    added = _added_by_two(multiprocessing.get_context(method), sent)
    if block is not None:
        block.close()
    return own / 1e6, added / 1e6


def _opened(name):
    from multiprocessing.shared_memory import SharedMemory

    return SharedMemory(name)


def _added_by_two(context, sent):
    workers, pipes = [], []
    for _ in range(2):
        mine, its_end = context.Pipe()
        workers.append(context.Process(target=_be_a_reader, args=(its_end,), daemon=True))
        workers[-1].start()
        pipes.append(mine)
    pids = [os.getpid(), *[pipe.recv() for pipe in pipes]]
    before = pss(pids)
    for pipe in pipes:
        pipe.send(sent)
    for pipe in pipes:
        pipe.recv()
    added = pss(pids) - before
    for worker in workers:
        worker.kill()
        worker.join()
    return added


def _be_a_reader(pipe):
    """Say who this is, take what comes, read all of it, say so, and keep it until the end."""
    pipe.send(os.getpid())
    what = pipe.recv()
    block = _opened(what) if isinstance(what, str) else None
    numbers = _held if what is None else what if block is None else block.buf
    for _ in numbers if isinstance(numbers, list) else numbers[::_PAGE]:
        pass
    pipe.send(None)
    pipe.recv()


# -- a queue


def fill(queue: Any, n_bytes: int) -> None:
    """Put one text of so many bytes into a queue: what a worker does before it ends."""
    queue.put("x" * n_bytes)
