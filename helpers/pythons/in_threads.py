"""Calls that are made at the same time, each in a thread of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any


def in_threads(
    calls: Sequence[Callable[[], Any]], gate: threading.Barrier | None = None
) -> list[Any]:
    """Return what the calls return, in their order, once all are over; raise the first error.

    ``gate`` is where they wait for one another, if they do: it is opened when one of them fails.
    """
    answers: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []

    def make(place: int) -> None:
        try:
            answers[place] = calls[place]()
        except BaseException as error:  # whatever the reader's own code raises
            errors.append(error)  # before those of the others, who wait at the gate
            if gate is not None:
                gate.abort()

    threads = [
        threading.Thread(target=make, args=[place], daemon=True) for place in range(len(calls))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return answers
