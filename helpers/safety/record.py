"""What happens in one run, line by line, to be shown."""

import linecache
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Seen:
    """One line that a thread ran, or a part of one, with the state before it.

    ``note`` says in words why the thread went no further in it; "" where it did. ``goes_on`` is
    whether the thread had been stopped within it.
    """

    thread: int
    line: int
    text: str
    before: dict[str, Any]
    note: str = ""
    goes_on: bool = False


@dataclass
class Record:
    """All lines of a run, in the order in which they ran; ``state`` returns the state now."""

    state: Callable[[], dict[str, Any]]
    seen: list[Seen] = field(default_factory=list)
    after: dict[str, Any] = field(default_factory=dict)
    _within: dict[int, Seen] = field(default_factory=dict)  # the line each thread is in
    _entered: set[tuple[int, int]] = field(default_factory=set)
    _toggled: set[tuple[int, int]] = field(default_factory=set)

    def line(self, thread: int, file: str, place: tuple[int, int], scope: dict[str, Any]) -> None:
        """Keep that a thread begins a line: its ``place`` is a frame and a line's number."""
        line, self._toggled = place[1], set()
        text = linecache.getline(file, line, scope).strip() or f"line {line}"
        if text.startswith("with "):
            if place in self._entered:
                text = f"end of {text}"
            self._toggled = {place}
            self._entered ^= self._toggled
        self._add(Seen(thread, line, text, self.state()))

    def stopped(self, thread: int, doing: str) -> None:
        """Keep that a thread is stopped within its line, and before what."""
        self._within[thread].note = f"stopped before it {doing}"

    def not_begun(self, thread: int) -> None:
        """Keep that a thread is stopped before the line that it was to begin."""
        if self.seen and self.seen[-1] is self._within.get(thread):
            self.seen.pop()
            del self._within[thread]
            self._entered ^= self._toggled

    def waits(self, thread: int, why: str) -> None:
        """Keep that a thread cannot go on, and why."""
        if thread in self._within:
            self._within[thread].note = why

    def goes_on(self, thread: int) -> None:
        """Keep that a thread goes on within its line."""
        last = self._within.get(thread)
        if last is not None:
            self._add(Seen(thread, last.line, last.text, self.state(), goes_on=True))

    def raised(self, thread: int, error: str) -> None:
        """Keep what ended a thread."""
        if thread in self._within:
            self._within[thread].note = f"raises {error}"

    def _add(self, seen):
        self.seen.append(seen)
        self._within[seen.thread] = seen
