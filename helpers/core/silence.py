"""Calls in silence: what they print, log, display, draw or ask for does not come through.

A function that is measured is called many times. What it writes would flood the cell or the
terminal, and its questions would wait for an answer that nobody gives.
"""

import builtins
import contextlib
import io
import operator
import os
import sys
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from ..errors import LabError
from .last_words import to_last_words

T = TypeVar("T")
_Undo = list[Callable[[], object]]
_muted_in: int | None = None  # the process whose output is lost for good


class InputRefused(LabError):
    """A call that is measured asked for input."""


def silent(steps: Generator[T, Any, Any]) -> Generator[T, None, None]:
    """Yield what a generator yields: it works in silence, and between its steps there is none."""
    try:
        while True:
            with silence():
                try:
                    found = next(steps)
                except StopIteration:
                    return
            yield found
    finally:
        with silence():
            steps.close()


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Let nothing come through while a ``with`` lasts, in any thread of this process.

    The standard streams stay what they are, with all that they can do, and lead nowhere. What is
    written in C or by a child process is lost as well. Whoever reads input gets ``InputRefused``,
    or the end of the file where it is read in C. New figures of pyplot are closed at the end.
    """
    global _muted_in
    _muted_in = os.getpid()  # it is no worker
    undo: _Undo = []
    try:
        _start_servers_aloud(_mute(undo), undo)
        yield
    finally:
        try:
            _restore(undo)
        except BaseException:  # an interrupt
            _restore(undo)
            raise


def silence_worker() -> None:
    """Lose what the calls of this worker write, for good, where it shares no streams with others.

    What a process writes as errors becomes its last words. Threads share their streams with the
    process that has made them, and are left alone.
    """
    global _muted_in
    if _muted_in != os.getpid():
        from multiprocessing import parent_process

        if parent_process() is not None:
            _mute([])
        elif _is_subinterpreter():
            _mute_streams([], {})
        _muted_in = os.getpid()
    to_last_words()


def _is_subinterpreter():
    if sys.version_info < (3, 14):
        return False
    from concurrent import interpreters

    return interpreters.get_current() != interpreters.get_main()


def _mute(undo):
    """Lead everything nowhere; return a dict from a file's number to a copy of what it was.

    The steps that lead it back are added to ``undo``. Each may be done twice.
    """
    files: dict[int, int] = {}
    _flush()
    _mute_streams(undo, files)
    _mute_files(undo, files)
    undo.append(_flush)  # before they lead somewhere again
    _refuse_input(undo)
    _hide_displays(undo)
    return files


def _restore(undo):
    with contextlib.ExitStack() as stack:  # the last one first, and all, whatever one raises
        for step in undo:
            stack.callback(step)


def _put(undo, owner, name, value):
    """Set an attribute of an object of any class."""
    before = vars(owner).get(name, _put)

    def put_back():
        if before is not _put:
            setattr(owner, name, before)
        elif name in vars(owner):
            delattr(owner, name)

    undo.append(put_back)
    setattr(owner, name, value)


# --- Streams and files ------------------------------------------------------------------


def _flush():
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # it is closed, or broken
            stream.flush()


def _mute_streams(undo, files):
    """Let streams forget what is written, and add the numbers of their files to ``files``.

    The objects stay: handlers of logging have them, too, and new ones would keep another for good.
    """
    for stream in (sys.stdout, sys.stderr):
        number = _number(stream)
        files[number] = -1
        if number in (1, 2) and not _is_subinterpreter():
            continue
        for part in (stream, getattr(stream, "buffer", None)):
            with contextlib.suppress(AttributeError, TypeError):  # it is None, or cannot be changed
                _put(undo, part, "write", len)


def _number(stream):
    try:
        return operator.index(stream.fileno())
    except Exception:  # whatever a stand-in for a file raises
        return -1


def _mute_files(undo, files):
    """Lead the standard files and ``files`` nowhere, and let these be copies of what they were."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    undo.append(lambda: _close(files))
    undo.append(lambda: _lead(files))
    try:
        for number in {0, 1, 2, *files}:
            files.pop(number, None)
            with contextlib.suppress(OSError):  # it is closed, or no file at all
                files[number] = os.dup(number)
        _lead(dict.fromkeys(files, nowhere))
    finally:
        os.close(nowhere)


def _lead(files):
    for number, file in files.items():
        os.dup2(file, number)


def _close(files):
    while files:
        os.close(files.popitem()[1])


def _start_servers_aloud(files, undo):
    """Let the server that forks processes begin with the real files: it keeps them for good."""
    import multiprocessing

    if "forkserver" not in multiprocessing.get_all_start_methods():  # on Windows
        return
    from multiprocessing import forkserver

    server = forkserver._forkserver
    start = server.ensure_running

    def ensure_running():
        muted = {number: os.dup(number) for number in files}
        _lead(files)
        try:
            start()
        finally:
            _lead(muted)
            _close(muted)

    _put(undo, server, "ensure_running", ensure_running)


# --- Input ------------------------------------------------------------------------------


def _refused(*args: Any, **options: Any) -> Any:
    raise InputRefused(
        "it asks for input, and nobody answers while a function is measured, as it is called many "
        "times: give it what it asks for as an argument"
    )


class _NoInput(io.RawIOBase):
    """A file of which nothing can be read."""

    def readable(self):
        return True

    def fileno(self):
        return 0

    def readinto(self, buffer):
        _refused()


def _refuse_input(undo):
    import getpass

    _put(undo, sys, "stdin", io.TextIOWrapper(io.BufferedReader(_NoInput()), encoding="utf-8"))
    _put(undo, builtins, "input", _refused)
    _put(undo, getpass, "getpass", _refused)
    _put(undo, sys, "breakpointhook", _refused)
    if "pdb" in sys.modules:  # that of a notebook would go on without a word
        _put(undo, sys.modules["pdb"], "set_trace", _refused)


# --- Notebooks and figures ----------------------------------------------------------------


def _hide_displays(undo):
    _put(undo, sys, "displayhook", _forget)
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if shell:
        for name in ("publish", "clear_output"):
            _put(undo, shell.display_pub, name, _forget)
        _put(undo, shell, "_showtraceback", _forget)  # of what cannot be displayed
        if kernel := getattr(shell, "kernel", None):  # it asks by other ways as well
            allowed = kernel._allow_stdin
            undo.append(lambda: setattr(kernel, "_allow_stdin", allowed))
            kernel._allow_stdin = False
    before = _figures()
    undo.append(lambda: _close_figures(_figures() - before))


def _forget(*args: Any, **options: Any) -> None:
    """Do nothing, in place of what shows something."""


def _figures():
    pyplot = sys.modules.get("matplotlib.pyplot")
    return set(pyplot.get_fignums()) if hasattr(pyplot, "get_fignums") else set()


def _close_figures(numbers):
    with contextlib.suppress(Exception):  # whatever a window's own code raises
        for number in numbers:
            sys.modules["matplotlib.pyplot"].close(number)
