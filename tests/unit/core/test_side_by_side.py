"""Calls made alone and at once: what is derived from the times, what is refused, the chart."""

import itertools
import threading

import pytest

from helpers.core import side_by_side as module
from helpers.core import turns
from helpers.core.machine import Capacity
from helpers.core.side_by_side import SideBySide, held_share, side_by_side
from helpers.judge.facts import overlap
from tests.unit.refusals import refusal


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    assert {thread for thread in threading.enumerate() if thread.is_alive()} <= before


def measured(together_s, capacity=2.0, alone_s=1.0, n_threads=2):
    """Return a SideBySide of three equal pairs."""
    return SideBySide(n_threads, (alone_s,) * 3, (together_s,) * 3, (capacity,) * 3)


# -- what is derived ---------------------------------------------------------------------


def test_every_pair_gives_a_speed_up_and_the_median_counts():
    one = SideBySide(2, (1.0, 2.0, 4.0), (2.0, 2.0, 4.8), (2.0, 1.8, 1.9))
    assert one.speed_ups == pytest.approx((1.0, 2.0, 5 / 3))
    assert one.speed_up == pytest.approx(5 / 3)
    assert one.quartiles == pytest.approx((4 / 3, 11 / 6))
    assert one.call_s == 2.0
    assert one.capacity == 1.9


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("capacity", [1.5, 2.0, 3.7])
def test_the_held_share_is_the_one_that_amdahls_law_was_given(share, capacity):
    speed_up = 1 / (share + (1 - share) / capacity)
    assert measured(2 / speed_up, capacity).held_share == pytest.approx(share)


def test_a_share_stays_between_nothing_and_all():
    assert measured(2.4).held_share == 1.0  # two at once slower than one after the other
    assert measured(0.9).held_share == 0.0  # the machine was quicker for a moment


@pytest.mark.parametrize(
    ("together_s", "verdict"),
    [(2.0, "takes turns"), (1.5, "overlaps in part"), (1.02, "overlaps")],
)
def test_the_verdict_goes_by_what_the_cores_gave(together_s, verdict):
    assert overlap(measured(together_s), 2) == verdict
    assert overlap(measured(together_s, capacity=1.2), 2) in ("cannot be told here", "overlaps")
    assert measured(together_s, capacity=1.2).held_share is None


def test_nothing_is_told_where_other_programs_take_the_cores():
    one = SideBySide(2, (1.0,), (2.0,), (1.9,), core_shares=(0.4,))
    assert one.held_share is None and overlap(one, 2) == "cannot be told here"


def test_it_reads_in_one_line():
    text = repr(measured(1.02))
    assert text == "1 s alone; 2 at once: 1.96x (1.96 to 1.96) of 2.00 cores"


def test_the_share_of_a_job_weighs_its_steps_by_their_time():
    held, free = measured(2.0, alone_s=1.0), measured(3.0, alone_s=3.0)
    assert held_share({"a": held, "b": free}) == pytest.approx(0.25)


def test_the_share_of_a_job_leaves_out_what_could_not_be_told_if_it_is_short():
    held, unclear = measured(2.0), measured(1.0, capacity=1.0, alone_s=0.1)
    assert held_share({"a": held, "b": unclear}) == 1.0
    assert held_share({"a": held, "b": measured(1.0, capacity=1.0)}) is None
    assert held_share({"b": unclear}) is None
    assert held_share({}) is None


# -- what is measured --------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """Make times and the machine known: calls take 0.1 s alone, 0.15 s at once; 2 cores."""
    asked = []

    def once(func, pool, n_threads, n_calls):
        asked.append((n_threads, n_calls))
        return n_calls * {1: 0.1, 2: 0.15, 4: 0.3}[n_threads]

    def capacity(n_threads, *, slice_s, rounds):
        asked.append(("capacity", round(slice_s, 6)))
        return Capacity((1, n_threads), ((1.0,), (2.0,)), core_shares=(0.9,))

    seconds = itertools.count()
    monkeypatch.setattr(module, "_once", once)
    monkeypatch.setattr(module.machine, "capacity", capacity)
    monkeypatch.setattr(module.worker, "now", lambda: next(seconds))
    monkeypatch.setattr(turns, "now", lambda: next(seconds))
    monkeypatch.setattr(module.pools, "start", lambda pool, n_threads, stop: 0.0)
    return asked


def test_pairs_take_turns_and_each_has_its_probe(clock):
    one = side_by_side(len, seconds=0.01)
    assert one.alone_s == (0.1,) * 3 and one.together_s == (0.15,) * 3
    assert one.capacities == (2.0,) * 3 and one.core_shares == (0.9,) * 3
    assert one.speed_up == pytest.approx(4 / 3)
    probe = ("capacity", 0.1)
    one, two = (1, 1), (2, 1)
    assert clock == [one, one, one, two, probe, two, one, probe, one, two, probe]


def test_it_goes_on_for_the_seconds_that_it_is_given(clock):
    few, many = side_by_side(len, seconds=5), side_by_side(len, seconds=50)  # ticks of the clock
    assert 3 <= len(few.alone_s) < len(many.alone_s)


def test_four_threads(clock):
    assert side_by_side(len, 4, seconds=0.01).speed_up == pytest.approx(4 / 3)


def test_a_short_call_is_repeated():
    n_calls = itertools.count()
    side_by_side(lambda: next(n_calls), seconds=0.01)
    assert next(n_calls) > 30  # without that 13, and with it thousands, unless the machine is busy


def test_calls_run_in_as_many_threads_at_once():
    together = threading.Barrier(3)
    met = []

    def call():
        together.wait(20)  # passed only when all three are here
        met.append(threading.get_ident())

    with module.pools.open_pool("threads", 3) as pool:
        module.pools.start(pool, 3)
        assert module._once(call, pool, 3, 2) > 0
    assert len(met) == 6 and len(set(met)) == 3


# -- what is refused ---------------------------------------------------------------------


@pytest.mark.parametrize("func", [3, "len", None, [len]])
def test_what_cannot_be_called_is_refused(func):
    message = refusal(side_by_side, func)
    assert repr(func) in message and "side_by_side(image.copy)" in message


@pytest.mark.parametrize("n_threads", [0, 1, -2, 2.0, True, "2", 10**9])
def test_a_number_of_threads_that_makes_no_sense_is_refused(n_threads):
    assert "must be a whole number from 2 to" in refusal(side_by_side, len, n_threads)


@pytest.mark.parametrize("seconds", [0, -1, 61, float("nan"), float("inf"), "1", None, True])
def test_seconds_that_make_no_sense_are_refused(seconds):
    assert "from 0.01 to 60" in refusal(side_by_side, len, seconds=seconds)


def test_the_error_of_a_call_comes_through_once():
    def broken():
        raise ZeroDivisionError("by the call itself")

    assert "broken raised ZeroDivisionError: by the call itself" in refusal(side_by_side, broken)


def test_a_call_that_does_not_return_is_given_up(monkeypatch):
    monkeypatch.setattr(module, "_LIMIT_S", 0.3)
    over, end = threading.Event(), module.pools.end
    # Whoever gives the call up ends the pool, which waits for the call.
    monkeypatch.setattr(module.pools, "end", lambda *args, **how: (over.set(), end(*args, **how)))
    message = refusal(side_by_side, over.wait)
    assert "within 0.3 s" in message and "restart the kernel" in message
