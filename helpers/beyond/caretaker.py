"""Ends what a program leaves behind when it is killed: its worker processes and their folder.

``python -m helpers.beyond.caretaker FOLDER MARK`` reads lines from the program that started it,
each with the numbers of the worker processes that run now. When the input ends the program has. So
these processes are killed, with what they have started, which bears the mark, and the folder is
removed. It works from the moment that a process starts, long before that has imported what could
notice the end by itself.
"""

import contextlib
import os
import shutil
import signal
import sys


def main(folder: str, mark: str) -> None:
    """Wait for the end of standard input, then clear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the program
    last = ""
    for line in sys.stdin:
        last = line
    for number in last.split():
        with contextlib.suppress(OSError):  # it has ended by itself
            os.kill(int(number), getattr(signal, "SIGKILL", signal.SIGTERM))
    if last.strip():
        from ..core import family

        family.kill(mark)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
