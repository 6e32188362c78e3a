"""What a function changes outside itself: whatever it can reach, and its own items.

All that it reaches is looked at before its first call, after it, and after the last one. What only
the first call makes out of nothing is being made ready, such as a table that is loaded once. What
is added to a dict and read from there again is a cache. Neither is a result for a process to lose.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from ..core.inside import is_put_in, put_in
from ..core.reach import Change, Reach, changes, reach
from ..errors import class_name
from .source import is_read, stored_in

_N_ITEMS = 20  # that are looked at
_CACHE = re.compile(r"cache|(^|_)(memo|lru)(s|$|_)", re.IGNORECASE)  # in the name of one


class Outside:
    """What surrounds a function, as it was before the first call.

    A look takes ``look_s`` seconds at most, and those at items as long together.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        items: Sequence[Any] | None = None,
        look_s: float = 0.2,
    ) -> None:
        self._func, self._items, self._look_s, self._n_calls = func, items, look_s, 0
        self._looks = [self._look()]
        self._of_items: dict[int, Reach] = {}
        self.filled: str | None = None  # what looks like a cache
        self.not_compared: str | None = None  # what there was too much of

    def look_at(self, index: int) -> None:
        """Keep how things are before a call; items are looked at in the first calls."""
        if self._n_calls == 1:
            self._looks.append(self._look())
        self._n_calls += 1
        if self._items is not None and len(self._of_items) < _N_ITEMS:
            self._of_items[index] = reach(self._items[index], self._look_s / _N_ITEMS)

    def changed(self, again: Callable[[], Any] | None = None) -> str | None:
        """Return the name of what is no longer as it was, or None.

        ``again`` makes one of the calls once more: then a cache has nothing to add.
        """
        self._looks.append(self._look())
        # What one look did not reach cannot be compared with what another one saw.
        cut = [".".join(name.split(".")[:2]) for look in self._looks for name in look.too_much]
        self.not_compared = f"`{cut[0]}`" if cut else None
        growing, caches = [], _caches(self._looks[0])
        for change in self._lasting():
            if _is_a_cache(change) or _belongs_to(caches, change.key):
                self.filled = self.filled or f"`{change.shown}`"
            elif change.only_grew and self._is_read(change.name):
                growing.append(change)
            else:
                return f"`{change.shown}`"
        if growing:
            if again is None or self._still_grows(growing, again):
                return f"`{growing[0].shown}`"
            self.filled = f"`{growing[0].shown}`"
        return self._changed_item() or self._rewritten()

    def _look(self):
        beside = {"os.environ": dict(os.environ), **_own_in_logging()}
        return reach(self._func, self._look_s, **beside)

    def _lasting(self) -> Iterator[Change]:
        """Yield the changes but for what a first call makes ready."""
        first, last = self._looks[1], self._looks[-1]
        for change in _of_all_threads(self._looks[0], first):
            is_list = isinstance(change.was, list | dict)
            is_ready = change.was_nothing and (self._n_calls > 1 or not is_list)
            if change.is_own and not is_ready and not change.shown.startswith("os."):
                yield change
        yield from _of_all_threads(first, last)

    def _is_read(self, name):
        return any(is_read(name, function) for function in self._looks[-1].functions)

    def _still_grows(self, growing, again):
        again()
        now = {change.shown for change in changes(self._looks[-1], self._look())}
        return any(change.shown in now for change in growing)

    def _changed_item(self):
        pairs = {
            index: (before, reach(self._items[index], self._look_s / _N_ITEMS))
            for index, before in self._of_items.items()
        }
        if pairs and all(before.too_much or after.too_much for before, after in pairs.values()):
            self.not_compared = self.not_compared or "its items"
        for index, (before, after) in pairs.items():
            found = changes(before, after)
            # An object may keep what it has found out about itself, under a private name.
            if any(not (_is_a_cache(c) or (c.was_nothing and c.name[:1] == "_")) for c in found):
                return f"its items: item {index} is no longer what it was"
        return None

    def _rewritten(self):
        """Return what it writes once more as it was before, after an earlier run; or None."""
        for name in stored_in(self._func):
            last = name.rpartition(".")[2]
            if not self._is_read(last) and not _CACHE.search(last):
                return f"`{name}`"
        return None


def _own_in_logging():
    """Return the handlers and filters of ``logging`` that may keep records, by class.

    They are those that the reader wrote, and those into which the reader put something.
    """
    logging, found = sys.modules.get("logging"), {}
    for logger in (logging.root, *logging.root.manager.loggerDict.values()) if logging else ():
        handlers = getattr(logger, "handlers", ())  # what only stands for a logger has none
        filters = (getattr(one, "filters", ()) for one in (logger, *handlers))
        for one in (*handlers, *chain.from_iterable(filters)):
            if is_put_in(one) or put_in(one):
                found.setdefault(class_name(one), []).append(one)
    return found


def _of_all_threads(before, after):
    """Yield the changes but for those of a thread's own values: nobody else ever sees these."""
    own = tuple(key for key, place in before.places.items() if place.of_thread)
    return (change for change in changes(before, after) if not change.key.startswith(own))


def _is_a_cache(change):
    """Return whether it is called so, or belongs to an object of a library.

    That knows itself what it keeps there, and it is no result of the function.
    """
    return not change.is_own or any(map(_CACHE.search, change.shown.split(".")))


def _caches(look):
    """Return how the keys of places begin that belong to a cache, written by hand.

    That is a function's closure with a cache in it, where its hits are counted, too, or an object
    whose class is called so.
    """
    return tuple(
        key
        for key, place in look.places.items()
        if (key.endswith("/closure") and any(map(_CACHE.search, place.held)))
        or (key.endswith("/dict") and _CACHE.search(place.type.rpartition(".")[2]))
    )


def _belongs_to(caches, key):
    """Return whether a place is part of a cache; what functions in it refer to is not."""
    return any(key.startswith(one) and "()" not in key[len(one) :] for one in caches)
