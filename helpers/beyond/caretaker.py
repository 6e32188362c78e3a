"""Ends what a program leaves behind when it is killed: its worker processes and their folder.

``python caretaker.py FOLDER`` reads lines from the program that started it, each with the numbers
of the processes that run now. When the input ends the program has, and so these processes are
killed and the folder is removed. It works from the moment that a process starts, long before that
has imported what could notice the end by itself.
"""

import contextlib
import os
import shutil
import signal
import sys


def main(folder: str) -> None:
    """Wait for the end of standard input, then clear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the program
    last = ""
    for line in sys.stdin:
        last = line
    for number in last.split():
        with contextlib.suppress(OSError):  # it has ended by itself
            os.kill(int(number), getattr(signal, "SIGKILL", signal.SIGTERM))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
