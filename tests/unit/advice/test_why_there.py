"""Which setting of a worker's own makes it give another answer is found, and named."""

import decimal
import re
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from helpers.advice.subject import Subject
from helpers.advice.why_there import why_there
from helpers.core.attempt import Attempt, RunRefused, check_it_can_travel
from helpers.core.pools import open_pool
from helpers.core.scaling import Experiment
from helpers.errors import LabError
from helpers.kind import KINDS

from .. import own_settings as jobs


def reason(function, item, kind, n_workers=1, budget_s=100.0):
    """Return why a kind of worker gives another answer for an item, or raises."""
    items = [item] * 8
    subject = Subject(function, items, budget_s=budget_s, kinds=[kind])
    job = subject.job(range(len(items)), {i: function(item) for i in range(len(items))})
    refused = RunRefused("as the run says", kind)
    with open_pool(kind, n_workers) as pool:
        calls = [pool.submit(job.function, items[:4]) for _ in "ab"]
        try:
            got = [answer for call in calls for answer in call.result()]
        except Exception as error:
            refused.__cause__ = error
        else:
            with pytest.raises(RunRefused) as caught:
                Attempt(job, kind, n_workers).check(job.answers, got, 60)
            refused = caught.value
    said = why_there(subject, job, refused)
    assert len(said) <= 300
    return said


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the settings of this process as they are."""
    limit, digits = sys.getrecursionlimit(), sys.get_int_max_str_digits()
    with decimal.localcontext(), np.errstate():
        yield
    sys.setrecursionlimit(limit)
    sys.set_int_max_str_digits(digits)
    vars(jobs.of_thread).clear()


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_decimal_context_is_a_thread_s(kind: str) -> None:
    decimal.getcontext().prec = 50
    said = reason(jobs.third, 1, kind)
    assert said.endswith("the decimal context belongs to one thread: set it inside third")


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_what_else_belongs_to_a_thread_is_named() -> None:
    np.seterr(all="raise")
    said = reason(jobs.quotient, 1, "threads")
    assert "numpy.errstate belongs to one thread" in said
    jobs.of_thread.x = 5
    said = reason(jobs.with_local, 1, "threads")
    assert "no attribute 'x' there, and not serially: `of_thread.x` has a value in each" in said
    assert "its answer holds the name of its thread" in reason(jobs.thread, 1, "threads")
    said = reason(jobs.is_first, 1, "threads")
    assert "it is so for one call alone: look for what each thread has of its own" in said


@pytest.mark.skipif(
    getattr(sys.flags, "thread_inherit_context", False), reason="threads begin with a copy of it"
)
def test_a_context_variable_is_a_thread_s() -> None:
    token = jobs.mode.set(5)
    try:
        assert "`mode` has a value in each thread" in reason(jobs.with_mode, 1, "threads")
    finally:
        jobs.mode.reset(token)


def test_calls_that_disturb_one_another_are_told_from_settings() -> None:
    said = reason(jobs.race, 1, "threads", n_workers=2)
    assert said.endswith("look for something that calls side by side share")


@pytest.mark.parametrize("kind", ["processes", "interpreters"])
def test_what_belongs_to_a_process_or_interpreter_is_named(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if KINDS[kind].lacking:
        pytest.skip(f"{kind} cannot be used here: {KINDS[kind].lacking}")
    noun = KINDS[kind].noun
    sys.setrecursionlimit(9_000)
    said = reason(jobs.deep, 3_000, kind)
    assert said.startswith("deep raised RecursionError")
    assert said.endswith(f"the recursion limit belongs to one {noun}: set it inside deep")
    monkeypatch.setattr(jobs, "FACTOR", 5)
    assert "`FACTOR` is 5 here and 1 there" in reason(jobs.times_factor, 1, kind)


@pytest.mark.skipif(
    bool(KINDS["processes-forkserver"].lacking), reason="only its server keeps an environment"
)
def test_a_variable_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_pool("processes-forkserver", 1) as pool:  # whose server begins here at the latest
        assert pool.submit(abs, -1).result() == 1
    monkeypatch.setenv("ANOTHER", "1")
    monkeypatch.setenv("NUMBER_OF_TURNS", "7")
    said = reason(jobs.turns, 1, "processes-forkserver")
    assert "the environment variable NUMBER_OF_TURNS belongs to one process" in said


def test_the_limit_of_digits_is_a_process_s() -> None:
    sys.set_int_max_str_digits(50_000)
    assert "the limit of digits belongs to one process" in reason(jobs.digits, 9_000, "processes")


def test_what_was_changed_after_an_import_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.scale, "by", 5, raising=False)
    assert "`scale.by` is" in reason(jobs.scaled, 1, "processes")
    monkeypatch.setattr(jobs.json, "dumps", lambda n: "other")
    assert "`json.dumps` is another there" in reason(jobs.dumped, 1, "processes")


@pytest.mark.skipif(not sys.flags.hash_randomization, reason="all processes have one hash seed")
def test_the_hash_seed_is_a_process_s() -> None:
    said = reason(jobs.unordered, "a b c d e f g h i j k l m n o p", "processes")
    assert "the hash seed belongs to one process: sort what comes out of a set" in said
    assert "the hash seed belongs to one process" in reason(jobs.hashed, "a", "processes")


def test_an_answer_that_names_its_process_is_told() -> None:
    assert "its answer holds the number of its process" in reason(jobs.process, 1, "processes")
    assert "its answer holds an address in memory" in reason(jobs.address, 1, "processes")


def test_without_time_for_a_trial_both_are_named() -> None:
    decimal.getcontext().prec = 50
    said = reason(jobs.third, 1, "threads", budget_s=0.5)
    assert said.endswith("look for something that calls share, or that each thread has of its own")


@pytest.mark.parametrize("kind", ["processes", "processes-spawn", "interpreters"])
def test_an_answer_that_cannot_be_sent_back_is_the_reason(kind: str) -> None:
    if KINDS[kind].lacking:
        pytest.skip(f"{kind} cannot be used here: {KINDS[kind].lacking}")
    subject = Subject(re.compile("a").match, ["a"] * 4, kinds=[kind])
    job = subject.job(range(4), {})
    with pytest.raises(RunRefused) as caught:
        list(Experiment(job, (kind,), (1,), rounds=1).run())
    said = why_there(subject, job, caught.value)
    assert "cannot be sent back (TypeError: cannot pickle 're.Match' object): return plain" in said
    assert said == str(caught.value)


class Guarded:
    """An object of a module, with a lock that pickle will not send."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def __call__(self, n: int) -> int:
        return n


def test_what_is_called_is_named_and_not_the_partial_that_holds_it() -> None:
    subject = Subject(Guarded(), [1, 2], kinds=["processes"])
    with pytest.raises(LabError) as caught:
        check_it_can_travel(subject.job([0, 1], {}))
    assert str(caught.value).startswith("a Guarded cannot be sent to a process")
    assert str(caught.value).endswith(": let it hold plain data only, or let threads do the work")


def test_what_the_run_itself_has_told_is_left_as_it_is() -> None:
    subject = Subject(abs, [1, 2], kinds=["threads"])
    refused = RunRefused("as the run says", "threads")
    assert why_there(subject, subject.job([0, 1], {}), refused) == "as the run says"
    refused.__cause__ = LabError("a kind of pool says what it cannot do")
    assert why_there(subject, subject.job([0, 1], {}), refused) == "as the run says"
