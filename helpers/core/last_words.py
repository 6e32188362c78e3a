"""Why a worker process ended in the middle of a job: its exit code, and the last that it wrote.

Workers import this module, so it stays light.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import BrokenExecutor, Executor

_TAIL = 4096  # so many bytes at the end are read
_MOST = 1_000_000  # and of more than so many the first are dropped
_OVER_S = 5.0  # for the pool's own thread to end, unless it waits for the rest of an answer


class Words:
    """A file without a name that the processes of a pool share, for what they say at their end.

    ``file`` is its number; None where there is none, as on Windows, whose processes share no
    files.
    """

    def __init__(self, file: "int | None" = None) -> None:
        self.file = file

    @classmethod
    def begin(cls) -> "Words":
        """Return a new, empty one, that is closed when it is no longer used."""
        import tempfile
        import weakref

        if os.name != "posix":
            return cls()
        try:
            file, path = tempfile.mkstemp(prefix="gil-lab-")
        except OSError:  # a disk that is full, or that nobody may write to
            return cls()
        os.unlink(path)
        words = cls(file)
        weakref.finalize(words, os.close, file)
        return words

    def __reduce__(self):
        if self.file is None:
            return Words, ()
        from multiprocessing import reduction

        return _detached, (reduction.DupFd(self.file),)

    def keep(self) -> None:
        """Take this as the one of this process."""
        global _own
        _own = self

    def last(self) -> str:
        """Return the line that says most of what was written last, or an empty text."""
        if self.file is None:
            return ""
        size = os.fstat(self.file).st_size
        text = os.pread(self.file, _TAIL, max(0, size - _TAIL)).decode(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        fatal = [i for i, line in enumerate(lines) if line.startswith("Fatal Python error")]
        if fatal:  # above it is what C code says, below the calls, the innermost first
            at = fatal[0]
            calls = [line for line in lines[at:] if line.startswith("File ")]
            return " ".join([*lines[max(0, at - 1) : at + 1], *calls[:1]])
        return lines[-1] if lines else ""


_own = Words()


def _detached(file):
    return Words(file.detach())


def to_last_words() -> None:
    """Send what this process writes as errors from now on to its last words."""
    import io
    import sys

    if _own.file is None:
        return
    if os.fstat(_own.file).st_size > _MOST:
        os.ftruncate(_own.file, 0)
        os.lseek(_own.file, 0, os.SEEK_SET)
    if not os.path.sameopenfile(_own.file, 2):
        os.dup2(_own.file, 2)
        # A process that was forked in a notebook would write to the notebook.
        sys.stderr = io.TextIOWrapper(
            io.FileIO(2, "w", closefd=False), errors="backslashreplace", write_through=True
        )


def why_it_ended(error: "BrokenExecutor", pool: "Executor | None") -> "tuple[str, str]":
    """Return what became of a worker or of its answer, and what to do, each as a clause."""
    from ..errors import shown

    unpacking = _cause(error)
    if unpacking:
        return (
            f"an answer of it, or an error, cannot be unpacked again ({unpacking[:150]})",
            "see that pickle.loads(pickle.dumps(answer)) works, or return plain data",
        )
    how, remedy = _told(_exit_code(pool))
    words = getattr(pool, "words", Words()).last()
    said = f" (its last words: {shown(words, 150)})" if words else ""
    return f"a worker ended in the middle of it: {how}{said}", remedy


def _cause(error):
    """Return the error that made the pool give up, when that was not the end of a worker."""
    lines = str(error.__cause__ or "").splitlines()
    named = [line for line in lines if line[:1].isalpha() and ":" in line]
    return named[-1] if named and "Traceback" in named[0] else ""


def _exit_code(pool):
    """Return the exit code of the process that ended first; the pool itself ended the others."""
    import contextlib
    import signal
    import threading

    processes, ended = list((getattr(pool, "_processes", None) or {}).values()), []
    # The pool's own thread asks for the codes, and of two that ask at once one gets a wrong answer.
    asking = getattr(pool, "_executor_manager_thread", None)
    if asking is not None and asking is not threading.current_thread():
        asking.join(_OVER_S)
    for process in processes:
        with contextlib.suppress(ValueError, AssertionError):  # it is closed
            process.join(1)
            ended += [] if process.exitcode is None else [process.exitcode]
    return next((code for code in ended if code != -signal.SIGTERM), ended[0] if ended else None)


def _told(code):
    """Return how a process with this exit code ended, and what to do."""
    import signal

    smaller = "choose a smaller size or fewer workers"
    if code is None:
        return "nobody knows why", smaller
    if code >= 0:
        code = f"{code:#x}" if code > 255 else code  # Windows names its errors so
        return f"the job ended it with exit code {code}", "look for what calls os._exit, or crashes"
    name = next((one.name for one in signal.Signals if one == -code), f"signal {-code}")
    if name in ("SIGKILL", "SIGTERM"):
        out_of = ", as a system does that runs out of memory" if name == "SIGKILL" else ""
        return f"it was killed by {name}, exit code {code}{out_of}", smaller
    return (
        f"it crashed in C code with {name}, exit code {code}",
        "find the item that does it in the plain loop, or mend the library",
    )
