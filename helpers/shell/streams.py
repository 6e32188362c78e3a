"""The standard streams of a command: there, and able to write every letter."""

import codecs
import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stdout
from typing import Any, TextIO

_PLAIN = {"µ": "u", "×": "x", "…": "...", "–": "-", "“": '"', "”": '"', "’": "'", "→": "->"}
_NAMES = ("stdin", "stdout", "stderr")


@contextlib.contextmanager
def writable() -> Iterator[None]:
    """Let the standard streams write whatever letter they are given, and be there at all.

    What a pipe's encoding does not have, such as the µ of µs in Japan's and China's, is written
    in plain letters. A stream that is closed, or that a program without a console never had, leads
    nowhere.
    """
    _open_missing()
    codecs.register_error("gil-lab", _plainly)
    with ExitStack() as stack:
        for stream in (sys.stdout, sys.stderr):
            errors = getattr(stream, "errors", None)
            if errors in ("strict", "surrogateescape") and hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="gil-lab")
                stack.callback(_reset, stream, errors)
        yield


def _open_missing():
    """Open what nobody has opened: else the next file of the process would take its place."""
    for number, name in enumerate(_NAMES):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def lead_nowhere(stream: TextIO) -> None:
    """Let a stream that cannot be written to forget what it still holds."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _reset(stream, errors):
    with contextlib.suppress(ValueError, OSError):  # it is closed, or nobody reads it any more
        stream.reconfigure(errors=errors)


def _plainly(error: Any) -> tuple[str, int]:
    """Return what is written for letters that an encoding does not have, as ASCII."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter) or ascii(letter)[1:-1] for letter in letters), error.end


@contextlib.contextmanager
def output_to_stderr() -> Iterator[None]:
    """Let what a reader's function prints, in whatever process, go where errors go."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
