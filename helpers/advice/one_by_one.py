"""The first look at a function: it is called serially, item by item from all over the list."""

import inspect
import math
import statistics
from collections.abc import Generator, Sequence
from typing import Any

from ..core import worker
from ..core.cut import spread
from ..core.inside import is_own_class
from ..core.parts import asked
from ..core.switches import gave_way, since, switches
from .evidence import Evidence
from .subject import MOST_ITEMS, Sample, Subject
from .what_changes import Outside

_SHARE = 0.15  # of the budget for these calls
_LEAST_SHARE = 0.02  # of the budget, where calls need no items
_LOOK_SHARE, _LOOK_S = 0.02, 0.2  # of the budget, and seconds, for a look at what it may change
_SLICE_S = 0.3  # a serial run that takes longer meets changes of the machine's speed
MOST_BYTES = 250_000_000  # of answers that are kept, where no more are needed
_TELL_S = 0.2  # how often the evidence grows


def one_by_one(subject: Subject) -> Generator[Evidence, None, Sample]:
    """Yield what the calls take and what they change, and return the ``Sample`` for the runs."""
    calls = _Calls(subject)
    look_s = _LOOK_SHARE * subject.evidence.budget_s
    outside, before = Outside(subject.func, subject.items, min(look_s, _LOOK_S)), switches()
    for index in calls.order:
        outside.look_at(index)
        calls.make(index)
        if calls.is_time_to_tell():
            yield subject.known(**calls.facts())
        if calls.are_enough:
            break
    yield subject.known(
        **calls.facts(),
        changed=outside.changed(lambda: subject.call(calls.order[0])),
        filled=outside.filled,
        not_compared=outside.not_compared,
        gave_way=gave_way(since(before)),
        answers=_kind_of_answers(list(calls.answers.values())),
        numbers_in=subject.items is not None and _are_numbers(subject.items[:100]),
    )
    return calls.sample()


class _Calls:
    """The calls that were made so far, and the answers of those that make the sample."""

    def __init__(self, subject):
        self.subject, self.answers = subject, {}
        items = subject.items
        self.order = range(MOST_ITEMS) if items is None else spread(len(items))
        self._wall_s, self._cpu_s, self._kept_s, self._kept_bytes = [], [], 0.0, 0
        self._slice_s = min(_SLICE_S, _LEAST_SHARE * subject.evidence.budget_s)
        self._told_s = -math.inf

    def make(self, index):
        """Make one call, and keep its answer while the sample is too small."""
        answer, wall_s, cpu_s = self.subject.call(index)
        self._wall_s.append(wall_s)
        self._cpu_s.append(cpu_s)
        is_slice_full = self._kept_s >= self._slice_s or self._kept_bytes >= MOST_BYTES
        if not is_slice_full or len(self.answers) < self._n_enough:
            self.answers[index] = answer
            self._kept_s += wall_s
            self._kept_bytes += size_bytes(answer)

    @property
    def _n_enough(self):
        """The items that a sample needs: a run of each kind has two for a worker, or more."""
        n = self.subject.evidence.n_workers
        has_room = self._wall_s[-1] < self._slice_s and self._kept_bytes < MOST_BYTES
        return 4 * n if has_room else n

    def is_time_to_tell(self):
        """Return whether nothing was told for a while."""
        if worker.now() - self._told_s < _TELL_S:
            return False
        self._told_s = worker.now()
        return True

    @property
    def are_enough(self):
        """Whether no further call is to be made."""
        n_calls, n_enough = len(self._wall_s), self._n_enough
        budget_s = self.subject.evidence.budget_s
        passed_s = budget_s - self.subject.left_s
        if n_calls >= MOST_ITEMS:
            return True
        if self.subject.items is None and n_enough <= len(self.answers) < n_calls:
            return passed_s > _LEAST_SHARE * budget_s
        if passed_s <= _SHARE * budget_s:
            return False
        # Two calls or more for each kind of run: where that does not fit, no run is made.
        missing = max(0, n_enough - n_calls)
        needed_s = statistics.fmean(self._wall_s) * (missing + 3 * n_enough)
        return not missing or passed_s + needed_s > budget_s

    def facts(self):
        """Return what these calls say, for the evidence."""
        return {
            "doing": f"{len(self._wall_s):,} calls, one after the other",
            "first_s": self._wall_s[0],
            "item_s": tuple(self._wall_s[1:] or self._wall_s),
            "item_cpu_s": tuple(self._cpu_s[1:] or self._cpu_s),
        }

    def sample(self):
        """Return the ``Sample`` of the items whose answers are kept."""
        n_items, scale = self.subject.evidence.n_items, 1.0
        if n_items is not None:
            scale = n_items / len(self.answers)
            if len(self._wall_s) == n_items:  # what all take is known
                pairs = zip(self.order, self._wall_s, strict=False)
                sampled_s = sum(wall_s for index, wall_s in pairs if index in self.answers)
                scale = max(1.0, sum(self._wall_s) / sampled_s) if sampled_s > 0 else scale
        return Sample(sorted(self.answers), self.answers, scale)


def size_bytes(answer: Any) -> int:
    """Return about how much memory an answer takes; of most containers without what is inside.

    >>> size_bytes(bytes(1000)) >= 1000
    True
    """
    # A class of the reader's is not asked: its own code may not come back.
    kind: Any = next(base for base in type(answer).__mro__ if not is_own_class(base))
    n_bytes = asked(inspect.getattr_static, answer, "nbytes", None)
    if hasattr(type(n_bytes), "__get__"):  # an array, a tensor
        n_bytes = asked(lambda: kind.nbytes.__get__(answer))
    if type(n_bytes) is not int:
        n_bytes = asked(kind.__sizeof__, answer)
    return n_bytes if type(n_bytes) is int else 0


def _kind_of_answers(answers):
    if all(answer is None for answer in answers):
        return "none"
    return "numbers" if _are_numbers(answers) else "other"


def _are_numbers(values: Sequence[Any]) -> bool:
    """Return whether these are numbers, NaN included, or flat lists of numbers."""

    def counts(value):
        return issubclass(type(value), int | float) and type(value) is not bool

    def is_flat(value):  # a class may compare oddly, so no "in"
        return type(value) is list or type(value) is tuple

    return all(
        counts(value) or (is_flat(value) and value and all(map(counts, value[:100])))
        for value in values
    )
