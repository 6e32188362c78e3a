"""Which shared object holds two threads up? What runs in a Python without the GIL to find out.

It makes copies of a function with all that it reaches, one for each thread. Copies that share
nothing are compared with copies that share one object: it holds the threads up where they then take
longer. What that object consists of is tried in turn, so that the narrowest is named. Nothing
installed is needed.
"""

import itertools
import json
import pickle
import statistics
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from helpers.core import machine
from helpers.core.runs import quartiles
from helpers.core.silence import silence
from helpers.core.turns import calls_for, take_turns
from helpers.errors import LabError, told
from helpers.pythons.copies import Call, Copier
from helpers.pythons.in_threads import in_threads
from helpers.pythons.other_python import has_a_lock, turning_on
from helpers.pythons.reached import Reached, parts_of, start_of
from helpers.pythons.rungs import N_THREADS
from helpers.pythons.sent import MODULE, unpacked

ASKED, TOLD = "asked.pickle", "told.json"  # files in the folder
HELD_UP = 1.25  # times as long as with nothing shared: less may be chance
_OF_THE_WORST = 0.5  # of what the worst object costs: others that cost so much are named, too
_TRY_S = 0.04  # what one thread takes alone
_LONGEST_S = 0.5  # of a call: it is made a hundred times and more
_LEAST = 5  # rounds
_MOST_PARTS = 24  # tried at a time
MOST_ITEMS = 2000
_LEVELS = 4
_MOST_LETTERS = 100  # of a text that is written down in a program

Times = list[float]


@dataclass(frozen=True)
class Way:
    """How threads get the call: a copy each that has ``shared`` in common, or all the same one.

    ``name`` is what it is called in the answer.
    """

    name: str
    shared: tuple[Any, ...] = ()
    shares_all: bool = False
    n_threads: int = N_THREADS


OWN = Way("own")
AGAIN = Way("own, again")  # what the same way differs by is noise
AS_IS = Way("as it is", shares_all=True)
ALONE = Way("alone", shares_all=True, n_threads=1)


class Trial:
    """A function and its items in two threads, way by way; it is never itself called."""

    def __init__(self, function: Callable[..., Any], items: Sequence[Any] | None) -> None:
        self.items = None if items is None else list(items[:MOST_ITEMS])
        self.function = function
        self._copier = Copier((function, self.items))
        self._n_calls = self._calls()

    @property
    def kept(self) -> list[Any]:
        """What cannot be copied."""
        return self._copier.kept

    def _calls(self):
        """Return how many calls fill a try of one thread."""
        call = self._copier.maker()()
        began_s = time.perf_counter()
        _work(call, 1)
        took_s = time.perf_counter() - began_s
        if took_s > _LONGEST_S:
            raise LabError(
                f"a call is made some hundred times here, and one takes {took_s:.1f} s: "
                "pass smaller items"
            )
        return calls_for(_TRY_S, partial(self._seconds_alone, call))

    @staticmethod
    def _seconds_alone(call, n_calls):
        began_s = time.perf_counter()
        _work(call, n_calls)
        return time.perf_counter() - began_s

    def times(self, ways: Iterable[Way], budget_s: float) -> dict[str, Times]:
        """Return the seconds of each way, one for each round, by its name."""
        ways = list(ways)
        found: dict[str, Times] = {way.name: [] for way in ways}
        for turn in take_turns(ways, budget_s=budget_s, least=_LEAST):
            make = self._maker(turn.way)
            found[turn.way.name].append(_seconds(make, self._n_calls, turn.way.n_threads))
        return found

    def _maker(self, way: Way) -> Callable[[], Call]:
        """Return a function by which each thread gets a copy of the call."""
        if way.n_threads == 1 or not (way.shares_all or way.shared):
            return self._copier.maker()
        # The copies that share something share it as it was at first, not as other tries left it.
        call, shared = self._copier.fresh(way.shared)
        if way.shares_all:
            return lambda: call
        copier = Copier(call)
        copier.kept.extend(self.kept)
        return copier.maker(shared)


def _part(call: Call, place: int) -> Call:
    """Return the call with the items of one thread of two."""
    function, items = call
    if items is None or len(items) < N_THREADS:
        return call
    return function, items[place::N_THREADS]


def _work(call: Call, n_calls: int) -> None:
    function, items = call
    if items is None:
        for _ in range(n_calls):
            function()
    else:
        for item in itertools.islice(itertools.cycle(items), n_calls):
            function(item)


def _seconds(make, n_calls, n_threads):
    """Return how long it takes from the first thread's beginning to the last one's end."""
    gate = threading.Barrier(n_threads)

    def work(place):
        call = make()
        mine = [_part(call, i) for i in range(place, N_THREADS, n_threads)]
        gate.wait()
        began_s = time.perf_counter()
        for one in mine:
            _work(one, n_calls)
        return began_s, time.perf_counter()

    begun_s, ended_s = zip(*in_threads([partial(work, i) for i in range(n_threads)], gate))
    return max(ended_s) - min(begun_s)


# --- The search


def times_as_long(one_s: Sequence[float], other_s: Sequence[float]) -> float:
    """Return how many times as long one way took as another, by the faster rounds of each.

    Other programs only make a round longer, so its lower quartile tells most of a way.
    """
    return quartiles(one_s)[0] / quartiles(other_s)[0]


def noise_of(times_s: Mapping[str, Sequence[float]]) -> float:
    """Return by how many times one way, measured twice, differed from itself."""
    ratio = times_as_long(times_s[AGAIN.name], times_s[OWN.name])
    return max(ratio, 1 / ratio)


def is_held_up(shared_s: Sequence[float], own_s: Sequence[float], noise: float = 1.0) -> bool:
    """Return whether threads that share take clearly longer than those that do not."""
    middle = statistics.median(shared_s) / statistics.median(own_s)
    return times_as_long(shared_s, own_s) > max(HELD_UP, noise) and middle > HELD_UP


def search(trial: Trial, budget_s: float) -> dict[str, Any]:
    """Return what was measured, and which objects hold the threads up."""
    times_s = trial.times([ALONE, AS_IS, OWN, AGAIN], budget_s / 4)
    noise = noise_of(times_s)
    if not is_held_up(times_s[AS_IS.name], times_s[OWN.name], noise):
        return {"times_s": times_s}
    return {"times_s": times_s} | _Search(trial, budget_s / 4, noise).found()


class _Search:
    """Shares one object at a time, and then what that consists of; each step has ``step_s``."""

    def __init__(self, trial, step_s, noise):
        self.trial, self.step_s, self.noise = trial, step_s, noise
        self.parents: dict[int, Reached] = {}  # who led to an object, by its key
        self.tried: list[Reached] = []
        self.told: list[dict[str, Any]] = []
        self.n_left = 0

    def found(self):
        start = start_of(self.trial.function, self.trial.items)
        culprits, held = [], [start]
        for _ in range(_LEVELS):
            narrower = self._holding(self._parts(held))
            led = [self.parents[one.key] for one in narrower]
            culprits += [one for one in held if one not in led]
            held = narrower
        culprits = [one for one in [*culprits, *held] if one is not start]
        # Where no part of the function does it, it may be the function itself.
        return self._confirmed(culprits or [start]) | {"tried": self.told, "n_left": self.n_left}

    def _parts(self, held):
        """Return what these objects consist of and was not tried yet."""
        parts = []
        for one in held:
            for part in parts_of(one):
                if part.key not in self.parents:
                    self.parents[part.key] = one
                    parts.append(part)
        self.n_left += len(parts[_MOST_PARTS:])
        return parts[:_MOST_PARTS]

    def _holding(self, parts):
        """Return those of the parts that hold the threads up when nothing else is shared."""
        if not parts:
            return []
        ways = [Way(str(place), part.objects) for place, part in enumerate(parts)]
        times_s = self.trial.times([OWN, *ways], self.step_s)
        own_s, costs = times_s[OWN.name], {}
        for way, part in zip(ways, parts):
            shared_s = times_s[way.name]
            about = {"shown": part.shown, "what": part.what, "own_s": own_s, "shared_s": shared_s}
            self.told.append(about)
            if is_held_up(shared_s, own_s, self.noise):
                costs[part] = times_as_long(shared_s, own_s) - 1
        self.tried += parts
        worst = max(costs.values(), default=0.0)
        return [part for part, cost in costs.items() if cost > _OF_THE_WORST * worst]

    def _confirmed(self, culprits):
        """Give each thread its own of the culprits, and of nothing else but what leads to them."""
        own = {one.key for one in culprits}
        for one in culprits:
            while one.key in self.parents:
                one = self.parents[one.key]
                own.add(one.key)
        others = [one.objects for one in self.tried if one.key not in own]
        apart = Way("apart", tuple(itertools.chain.from_iterable(others)))
        times_s = self.trial.times([ALONE, AS_IS, apart], self.step_s)
        if not is_held_up(times_s[AS_IS.name], times_s[apart.name]):
            return {}
        named = [{"shown": one.shown, "what": one.what} for one in culprits]
        return {"apart_s": times_s, "culprits": named}


# --- The program


def main(folder: str) -> None:
    """Find out about the call in a folder, and write there what was found, or what went wrong."""
    asked = pickle.loads(Path(folder, ASKED).read_bytes())
    sys.path += [path for path in asked["folders"] if path not in sys.path]
    try:
        with silence(), warnings.catch_warnings(record=True) as watched:
            warnings.simplefilter("always")
            function, items = unpacked(asked["call"])
            _write_down(sys.modules.get(MODULE))
            answer = found(function, items, asked["budget_s"])
        answer["turned_on"] = turning_on(watched)
    except BaseException as error:  # whatever the reader's own code raises
        answer = {"error": str(error) if isinstance(error, LabError) else told(error, 160)}
    Path(folder, TOLD).write_text(json.dumps(answer), encoding="utf-8")


def _write_down(module):
    """Make the short texts that came with a module what they are in a program: never counted."""
    for name, value in list(vars(module).items()) if module else ():
        if type(value) is str and len(value) <= _MOST_LETTERS:
            vars(module)[name] = sys.intern(value)


def found(function: Any, items: Any, budget_s: float) -> dict[str, Any]:
    """Return all that is found out about a call, for JSON."""
    trial = Trial(function, items)
    capacity = machine.capacity(N_THREADS, rounds=3)
    is_free = not (capacity.is_narrow(N_THREADS) or capacity.is_busy(N_THREADS))
    answer = search(trial, budget_s) if is_free and not has_a_lock() else {}
    capacity = capacity.joined(machine.capacity(N_THREADS, rounds=2))
    kept = [type(value).__name__ for value in trial.kept]
    return answer | {"gil": has_a_lock(), "capacity": asdict(capacity), "kept": kept}
