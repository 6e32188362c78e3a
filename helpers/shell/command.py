"""A command line whose commands keep their options beside their code."""

import argparse
import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .. import interrupts
from ..errors import LabError, Stopped
from .streams import lead_nowhere, writable

Options = argparse.Namespace
_ENDS = ("SIGTERM", "SIGHUP")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)  # what a full disk says


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message):
        raise LabError(f"{message}; {self.prog} --help shows what there is")


class CommandLine:
    """Commands of one program, each a function that takes its options as read.

    >>> line = CommandLine("count", "Count things.")
    >>> @line.command("words", "how many words", option("text"))
    ... def words(options):
    ...     print(len(options.text.split()))
    >>> line.run(["words", "one two"])
    2
    0
    """

    def __init__(self, prog: str, description: str, epilog: str | None = None) -> None:
        self._parser = _Parser(prog=prog, description=description, epilog=epilog)
        self._commands = self._parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        self, name: str, says: str | None, *options: tuple[Sequence[str], dict[str, Any]]
    ) -> Callable[[Callable[[Options], None]], Callable[[Options], None]]:
        """Return a decorator that makes a function a command.

        Args:
            name: what is typed.
            says: what it does, for --help; None leaves it out there.
            options: what ``option`` returns, in the order of --help.
        """

        def add(function):
            parser = self._commands.add_parser(name, **({"help": says} if says else {}))
            for names, how in options:
                parser.add_argument(*names, **how)
            parser.set_defaults(command=function)
            return function

        return add

    def run(self, arguments: Sequence[str] | None = None) -> int:
        """Run one command and return its exit status.

        0, or 2 after one line of error; 130 after an interrupt, 143 after a SIGTERM, and
        129 where the terminal was closed.
        """
        with writable(), interrupts.noted(), _terminated_as_interrupted() as terminated:
            try:
                options = self._parser.parse_args(arguments)
                options.command(options)
                sys.stdout.flush()  # a reader that has gone away shows now, not at the very end
            except BrokenPipeError:  # whoever read the output has enough of it
                lead_nowhere(sys.stdout)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                lead_nowhere(sys.stdout)
                why = f"standard output cannot be written to ({error.strerror})"
                return _ended(f"{why}: make room there, or send it elsewhere", 2)
            except MemoryError:
                return _ended("no memory is left for this (MemoryError): choose a smaller size", 2)
            except KeyboardInterrupt:
                return _ended("stopped; nothing is left running", _status(terminated))
            except LabError as error:
                if terminated:  # a terminal's SIGTERM reaches the workers as well
                    return _ended("stopped; nothing is left running", _status(terminated))
                return _ended(error, 130 if isinstance(error, Stopped) else 2)
        return 0


def option(*names: str, **how: Any) -> tuple[Sequence[str], dict[str, Any]]:
    """Return one option of a command, told as to ``ArgumentParser.add_argument``."""
    return names, how


def number(text: str | None) -> Any:
    """Return the int or float that a text spells, or else the text, for the command to judge.

    >>> number("2"), number("0.5"), number("many"), number(None)
    (2, 0.5, 'many', None)
    """
    for read in (int, float):
        with contextlib.suppress(ValueError, TypeError):
            return read(text)  # type: ignore[arg-type]
    return text


def listed(text: str) -> list[str]:
    """Return the words of a text, with commas or spaces between.

    >>> listed("threads,processes")
    ['threads', 'processes']
    """
    return text.replace(",", " ").split()


def named_pythons(text: str | None) -> list[str] | str | None:
    """Return which Pythons a text names, with commas between, as ``verdict`` takes them.

    >>> named_pythons("all"), named_pythons("3.14t, C:/My Python/python.exe")
    ('all', ['3.14t', 'C:/My Python/python.exe'])
    """
    if text is None or text.strip() == "all":
        return text and "all"
    return [name.strip() for name in text.split(",") if name.strip()]


def _status(received):
    return 128 + (received[0] if received else signal.SIGINT)


def _ended(said, status):
    with contextlib.suppress(OSError):  # nobody reads it any more
        print(f"helpers: {said}", file=sys.stderr)
    return status


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[list[int]]:
    """Let a SIGTERM, or the end of the terminal, do what Ctrl+C does.

    The list that is yielded then holds the signal's number.
    """
    received: list[int] = []
    process = os.getpid()

    def interrupt(number, frame):
        if os.getpid() != process:  # a worker that was forked from here ends as usual
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        received.append(number)
        if not callable(signal.getsignal(signal.SIGINT)):  # a shell starts a background job so
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)  # held back where an interrupt is

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    numbers = [getattr(signal, name) for name in _ENDS if hasattr(signal, name)]
    # What nohup started goes on when the terminal ends.
    before = {n: signal.getsignal(n) for n in numbers if signal.getsignal(n) != signal.SIG_IGN}
    try:
        for number in before:
            signal.signal(number, interrupt)
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
