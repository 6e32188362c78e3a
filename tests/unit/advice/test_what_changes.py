"""What a function changes outside itself is named, and what is no result of it is not."""

import collections
import contextvars
import csv
import enum
import functools
import io
import itertools
import logging
import os
import queue
import random
import re
import sys
import threading
import types
from typing import ClassVar

import numpy as np
import pytest

from helpers.advice import what_changes
from helpers.advice.source import stored_in
from helpers.advice.what_changes import Outside
from helpers.core.reach import reach
from helpers.kind import KINDS


def after(function, items=range(1, 8)):
    """Return what surrounds a function, after a call for each item; and what was changed."""
    items = list(items)
    outside = Outside(function, items, look_s=10)  # also where other programs run
    for index, item in enumerate(items):
        outside.look_at(index)
        function(item)
    return outside, outside.changed(lambda: function(items[0]))


# -- what is changed -------------------------------------------------------------------

results, seen, grid = np.zeros(1000), [], [[0] * 10 for _ in range(10)]
half = results[::2]
lengths, words, counts = {}, {}, {}
together = {
    "deque": collections.deque(),
    "counter": collections.Counter(),
    "set": set(),
    "lists": collections.defaultdict(list),
    "queue": queue.Queue(),
    "text": io.StringIO(),
    "bytes": bytearray(10),
    "draws": random.Random(3),
    "numbers": itertools.count(),
    "objects": np.array([None] * 10),
    "generator": np.random.default_rng(3),
}
total = by_text = 0
of_text, read_by_text = [], [0] * 10


class Config:
    calls = 0


class Slots:
    __slots__ = ("n",)

    def __init__(self):
        self.n = 0

    def count(self, n):
        self.n += n


class Collects:
    def __init__(self):
        self.found = []

    def __call__(self, n):
        self.found.append(n)

    @classmethod
    def of_all(cls, n):
        cls.n_calls = getattr(cls, "n_calls", 0) + 1


config = Config()


def into_an_array(n):
    results[n] += n


def remember(n):
    seen.append(n)


def by_a_helper(n):
    remember(n)


def into_a_default(n, found=[]):  # noqa: B006
    found.append(n)


def into_a_keyword(n, *, found={}):  # noqa: B006
    found[n] = n


def into_an_object(n):
    config.calls += 1


def into_a_class(n):
    Config.calls += 1


def by_setattr(n):
    setattr(config, "last", n)  # noqa: B010


def into_a_global(n):
    global total
    total += n


def by_globals(n):
    globals()["by_text"] += n


def by_sys_modules(n):
    setattr(sys.modules[__name__], "by_text", n)  # noqa: B010


def by_a_text_that_is_made(n):
    globals()[f"by_text_{n % 2}"] = n


def into_itself(n):
    into_itself.calls = getattr(into_itself, "calls", 0) + 1


def counter():
    n_calls = 0

    def count(n):
        nonlocal n_calls
        n_calls += 1

    return count


def wrapped(function):
    @functools.wraps(function)
    def wrapper(n):
        return function(n)

    return wrapper


def counted(function):
    stats = {"calls": 0}

    def wrapper(n):
        stats["calls"] += 1
        return function(n)

    return wrapper


def what_is_new(word):
    if word not in words:
        words[word] = str(word)


def how_many(word):
    counts[word] = counts.get(word, 0) + 1


@functools.lru_cache
def behind_a_cache(n):
    seen.append(n)


def least_recently_used(function):
    cache, root, hits = {}, [], 0
    root[:] = [root, root]

    def wrapper(n):
        nonlocal hits
        hits += n in cache
        root[0] = cache[n] = [root[0], n, function(n)]
        return cache[n][2]

    return wrapper


class Meta(type):
    notes: ClassVar[list] = []

    def note(cls, n):
        cls.notes.append(n)


class Field:
    def __init__(self):
        self.given = []

    def __get__(self, owner, cls):
        return len(self.given)

    def __set__(self, owner, n):
        self.given.append(n)


class Members(metaclass=Meta):
    put, keep, field = staticmethod([].append), Collects().__call__, Field()

    @property
    def told(self):
        seen.append(1)

    @told.setter
    def told(self, n):
        pass


class Text(io.StringIO):
    """A text of the reader's own."""


writer, text, condition = csv.writer(io.StringIO()), Text(), threading.Condition()
condition.notify = seen.append  # type: ignore[method-assign, assignment]


class CachedCalls:
    def __init__(self, function):
        self.known, self.function = {}, function

    def __call__(self, n):
        if n not in self.known:
            self.known[n] = self.function(n)
        return self.known[n]


CHANGES = [
    (into_an_array, "results"),
    (functools.partial(into_an_array), "results"),
    (lambda n: half.__setitem__(n, half[n] + 1), "half"),
    (by_a_helper, "seen"),
    (into_a_default, "found"),
    (into_a_keyword, "found"),
    (into_an_object, "config.calls"),
    (into_a_class, "Config.calls"),
    (by_setattr, "config.last"),
    (into_a_global, "total"),
    (by_globals, "by_text"),
    (by_sys_modules, "by_text"),
    (by_a_text_that_is_made, "by_text_1"),
    (lambda n: vars(sys.modules[__name__])["of_text"].append(n), "of_text"),
    (into_itself, "into_itself.calls"),
    (counter(), "n_calls"),
    (wrapped(remember), "seen"),
    (counted(abs), "stats"),
    (behind_a_cache, "seen"),
    (least_recently_used(remember), "seen"),
    (CachedCalls(remember), "seen"),
    (Slots().count, "self.n"),
    (Collects(), "self.found"),
    (Collects.of_all, "Collects.n_calls"),
    (functools.partial(lambda found, n: found.append(n), []), "args[0]"),
    (seen.append, "self"),
    (lambda n: grid[n].append(n), "grid"),
    (lambda n: lengths.update({n: n}), "lengths"),
    (what_is_new, "words"),
    (how_many, "counts"),
    (lambda n: together["deque"].append(n), "together"),
    (lambda n: together["counter"].update([n]), "together"),
    (lambda n: together["set"].add(n), "together"),
    (lambda n: together["lists"][n].append(n), "together"),
    (lambda n: together["queue"].put(n), "together.unfinished_tasks"),
    (lambda n: together["text"].write("a"), "together"),
    (lambda n: together["bytes"].append(n), "together"),
    (lambda n: together["draws"].random(), "together"),
    (lambda n: next(together["numbers"]), "together"),
    (lambda n: together["objects"].__setitem__(n, n), "together"),
    (lambda n: together["generator"].random(), "together"),
    (lambda n: condition.notify(n), "condition.notify.__self__"),
    (lambda n: writer.writerow([n]), "writer.write.__self__"),
    (lambda n: text.write("a"), "text"),
    (lambda n: Members.put(n), "Members.put.__self__"),
    (lambda n: Members.keep(n), "Members.keep.__self__.found"),
    (lambda n: setattr(Members(), "field", n), "Members.field.given"),
    (lambda n: Members().told, "seen"),
    (lambda n: Members.note(n), "Meta.notes"),
]


@pytest.mark.parametrize(("function", "name"), CHANGES, ids=[str(i) for i in range(len(CHANGES))])
def test_a_change_is_found_wherever_it_hides(function, name: str) -> None:
    assert after(function)[1] == f"`{name}`"


def test_an_environment_variable_of_each_call_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIL_LAB_TEST", "0")
    assert after(lambda n: os.environ.update(GIL_LAB_TEST=str(n)))[1] == "`os.environ`"


def test_a_global_of_another_module_of_the_readers_is_found() -> None:
    settings = types.ModuleType("settings_of_the_reader")
    settings.n_calls = 0

    space = {"settings": settings}
    exec("def count(n):\n    settings.n_calls += 1", space)
    assert after(space["count"])[1] == "`settings.n_calls`"


def test_a_global_of_a_module_that_is_imported_inside_is_found(monkeypatch) -> None:
    settings = types.ModuleType("settings_of_the_reader")
    settings.n_calls = 0
    monkeypatch.setitem(sys.modules, "settings_of_the_reader", settings)

    def count(n):
        import settings_of_the_reader

        settings_of_the_reader.n_calls += 1

    def count_by_text(n):
        sys.modules["settings_of_the_reader"].n_calls += 1

    for function in count, count_by_text:
        assert after(function)[1] == "`settings_of_the_reader.n_calls`"


class Records(logging.Handler):
    """Keeps what is logged, as many people's handlers do."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)


@pytest.fixture
def logger():
    logger = logging.getLogger("helpers.test.records")
    yield logger
    logger.handlers.clear()


def test_a_handler_that_keeps_what_is_logged_is_found(logger) -> None:
    logger.addHandler(Records())
    assert after(lambda n: logger.warning("%d", n))[1] == "`Records.records`"
    by_name = lambda n: logging.getLogger("helpers.test.records").warning("%d", n)  # noqa: E731
    assert after(by_name)[1] == "`Records.records`"
    assert after(lambda n: logging.getLogger("helpers.test").warning("%d", n))[1] is None


def with_an_emit():
    handler = logging.Handler()
    handler.emit = [].append  # type: ignore[method-assign]
    return handler


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (with_an_emit, "Handler.emit.__self__"),
        (lambda: logging.StreamHandler(io.StringIO()), "StreamHandler.stream"),
    ],
    ids=["emit", "stream"],
)
def test_what_the_reader_puts_into_a_handler_is_found(make, name: str, logger) -> None:
    logger.addHandler(make())
    assert after(lambda n: logger.warning("%d", n))[1] == f"`{name}`"


def test_a_filter_that_keeps_what_is_logged_is_found(logger) -> None:
    kept: list = []
    logger.addFilter(lambda record: kept.append(record) or True)
    by_name = lambda n: logging.getLogger("helpers.test.records").warning("%d", n)  # noqa: E731
    try:
        assert after(by_name)[1] == "`kept`"
    finally:
        logger.filters.clear()


def test_handlers_that_each_call_adds_are_found(logger) -> None:
    assert after(lambda n: logger.addHandler(Records()))[1] == "`Records`"


class Shot:
    def __init__(self, n):
        self.n, self._area = n, None

    @functools.cached_property
    def square(self):
        return self.n**2

    def area(self):
        if self._area is None:
            self._area = self.n**2
        return self._area


@pytest.mark.parametrize(
    ("function", "items"),
    [
        (lambda shot: setattr(shot, "score", shot.n), [Shot(1), Shot(2)]),
        (lambda numbers: numbers.sort(), [[2, 1], [1, 3, 2]]),
        (lambda array: array.sort(), [np.array([2, 1]), np.array([1])]),
        (lambda pair: pair["found"].append(1), [{"found": []}, {"found": []}]),
    ],
    ids=["attribute", "list", "array", "inside"],
)
def test_a_changed_item_is_found(function, items: list) -> None:
    assert after(function, items)[1] == "its items: item 0 is no longer what it was"


def test_what_an_earlier_run_wrote_already_is_found_all_the_same() -> None:
    squares, table = np.zeros(20), {}

    def put(n):
        table[n] = n

    def write(n):
        squares[n] = n * n

    def by_a_helper(n):
        put(n)

    for n in range(10):
        write(n)
        put(n)
    assert after(write)[1] == "`squares`" and after(by_a_helper)[1] == "`table`"
    assert after(wrapped(write))[1] == "`squares`"


def test_what_only_a_condition_would_write_is_not() -> None:
    trace, is_told = {}, False

    def work(n):
        if is_told:
            trace[n] = n
        local = {}
        local[n] = n

    def gives_up(n):
        if not is_told:
            return
        trace[n] = n

    assert list(stored_in(work)) == list(stored_in(gives_up)) == []
    assert after(work)[1] is None and after(gives_up)[1] is None


# -- what is no side effect ------------------------------------------------------------

known, table, model = {}, {}, None
of_thread, variable = threading.local(), contextvars.ContextVar("variable")


def kept(n):
    if n not in known:
        known[n] = n * n
    return known[n]


def fibonacci(n, found={}):  # noqa: B006
    if n < 2:
        return n
    if n not in found:
        found[n] = fibonacci(n - 1) + fibonacci(n - 2)
    return found[n]


def cached(function):
    held = {}

    def wrapper(n):
        try:
            return held[n]
        except KeyError:
            return held.setdefault(n, function(n))

    return wrapper


class LRU:
    def __init__(self):
        self.held, self.hits = {}, 0

    def get(self, n):
        self.hits += n in self.held
        self.held.pop(n - 3, None)
        return self.held.setdefault(n, n)


class Color(enum.Flag):
    RED = 1
    GREEN = 2


def made_ready(n):
    global model
    if model is None:
        model = {"weights": [1, 2]}
    table.update({} if table else {"a": 1})
    return model["weights"][0] * n


def sets_a_thread_s_own(n):
    of_thread.last = n
    vars(of_thread).setdefault("found", []).append(n)
    logging.getLogger("helpers.test").debug("%d", n)
    return re.match(f"a{n}", "a")


@pytest.mark.parametrize(
    "function",
    [kept, fibonacci, cached(abs), least_recently_used(abs), LRU().get],
    ids=["kept", "fib", "cached", "recipe", "class"],
)
def test_what_is_read_again_is_a_cache(function) -> None:
    outside, changed = after(function)
    assert changed is None and outside.filled is not None


@pytest.mark.parametrize(
    "function",
    [
        functools.lru_cache(abs),
        made_ready,
        sets_a_thread_s_own,
        lambda n: random.random() + np.random.random(),
        lambda n: globals()["read_by_text"][n],
        lambda n: Config().__dict__,
        lambda n: ~Color(n % 4),
        len([]).__add__,
        str,
        print,
    ],
    ids=[
        "lru_cache",
        "made ready",
        "thread",
        "draws",
        "read by a text",
        "made inside",
        "flags",
        "method",
        "class",
        "print",
    ],
)
def test_what_is_lost_to_nobody_is_not_named(function, capsys: pytest.CaptureFixture[str]) -> None:
    outside, changed = after(function)
    assert (changed, outside.filled, outside.not_compared) == (None, None, None)


def test_what_an_item_finds_out_about_itself_is_not_named() -> None:
    assert after(lambda shot: shot.square, [Shot(1), Shot(2)])[1] is None
    assert after(lambda shot: shot.area(), [Shot(1), Shot(2)])[1] is None


def test_what_is_too_large_is_said_not_to_be_known() -> None:
    large, long = np.zeros(10_000_000), list(range(200_000))
    outside, changed = after(lambda n: large[n])
    assert changed is None and outside.not_compared == "`large`"
    outside, changed = after(lambda n: long[n])
    assert changed is None and outside.not_compared == "`long`"
    assert after(lambda n: long.append(n))[1] == "`long`"


def test_of_what_is_large_both_ends_and_the_middle_are_compared() -> None:
    numbers, rows = list(range(300_000)), [[n] for n in range(20_000)]
    pairs = tuple(rows)
    for change, name in [
        (lambda n: numbers.__setitem__(-1, -n), "numbers"),
        (lambda n: rows[0].append(n), "rows"),
        (lambda n: pairs[-1].append(n), "pairs"),
    ]:
        assert after(change)[1] == f"`{name}`"
    assert after(lambda n: (numbers[n], rows[n]))[1] is None


def test_what_is_large_is_not_looked_at_for_long() -> None:
    held = {n: [n] for n in range(20_000)}
    outside = Outside(lambda n: held[n], look_s=0.01)
    outside.look_at(0)
    assert outside.changed() is None and outside.not_compared == "`held`"


@pytest.mark.parametrize("which", [0, 1, 2])
def test_what_any_one_look_did_not_reach_is_said_not_to_be_known(which, monkeypatch) -> None:
    whole, n_looks = what_changes.reach, itertools.count()

    def reach_a_part(start, limit_s, **beside):
        limit_s = 0.0 if beside and next(n_looks) == which else 10
        return whole(start, limit_s, **beside)

    monkeypatch.setattr(what_changes, "reach", reach_a_part)
    outside, changed = after(lambda n: setattr(Config, "calls", n))
    assert changed is not None or outside.not_compared is not None


def test_items_too_large_to_look_at_are_said_not_to_be_known() -> None:
    items = [{n: [n] for n in range(300_000)}] * 3  # the rest takes a fraction of the time
    outside = Outside(lambda item: None, items, look_s=0.03)
    for index in range(3):
        outside.look_at(index)
    assert outside.changed() is None and outside.not_compared == "its items"


class Hostile:
    """Whatever is asked of it, even its class, raises."""

    def __init__(self):
        self.n = 0

    def __getattribute__(self, name):
        raise RuntimeError("asked")

    __eq__ = __hash__ = __repr__ = __len__ = __iter__ = __bool__ = __getattribute__  # type: ignore


def test_no_code_of_the_objects_runs_and_rings_end() -> None:
    ring = [Hostile(), threading.Lock(), KINDS]
    ring.append(ring)
    ring.append({"ring": ring, (1, 2): {3: ring}, Hostile: ring})
    outside, changed = after(lambda n: (ring, n)[1])
    assert changed is None and outside.filled is None and outside.not_compared is None


def test_a_look_ends_in_time() -> None:
    tree: list = []
    for _ in range(300_000):
        tree = [tree, {}]
    assert reach(lambda: tree, limit_s=0.05).too_much == ["tree"]
    while tree:  # Python takes it apart level by level
        tree = tree[0]
