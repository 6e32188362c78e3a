"""Spans, turns and how many ran at once: worked out by hand, and what must hold for all."""

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.core.spans import Span
from helpers.errors import LabError
from helpers.turns.summary import concurrency_shares, from_stamps, median_s, turns

US = 1e-6
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def chunks(worker: str, start_s: float, n_chunks: int, chunk_s: float, pause_s: float) -> list:
    """Return evenly spaced chunks of one worker, as a recorder makes them."""
    step_s = chunk_s + pause_s
    begins = [start_s + i * step_s for i in range(n_chunks)]
    return [Span(worker, begin, begin + chunk_s) for begin in begins]


def shares(spans: list, start_s: float | None = None, stop_s: float | None = None) -> dict:
    """Return how many ran at once, from the first start to the last stop where nobody says."""
    start_s = min((s.start_s for s in spans), default=0.0) if start_s is None else start_s
    stop_s = max((s.stop_s for s in spans), default=0.0) if stop_s is None else stop_s
    found = turns(spans)
    return concurrency_shares(found, len({turn.worker for turn in found}), start_s, stop_s)


# -- stamps ----------------------------------------------------------------------------------


def test_close_stamps_become_one_span_and_far_ones_leave_a_gap() -> None:
    # Chunks of 40 us for 5 ms, 5 ms away, again 5 ms.
    first = [i * 40 * US for i in range(126)]
    second = [0.010 + stamp for stamp in first]
    spans = from_stamps("a", first + second)
    assert [(s.start_s, s.stop_s) for s in spans] == [(0, first[-1]), (0.010, second[-1])]


def test_a_stamp_alone_proves_nothing() -> None:
    assert from_stamps("a", []) == []
    assert from_stamps("a", [1.0]) == []
    assert from_stamps("a", [1.0, 2.0, 3.0]) == []


def test_stamps_keep_their_label() -> None:
    assert from_stamps("a", [0, US], label="python") == [Span("a", 0, US, "python")]


# -- turns -----------------------------------------------------------------------------------


def test_two_threads_alternate_in_turns() -> None:
    a, b = chunks("a", 0, 100, 40 * US, US), chunks("b", 0.0041, 100, 40 * US, US)
    again = chunks("a", 0.0082, 100, 40 * US, US)
    found = turns(a + b + again)
    assert [turn.worker for turn in found] == ["a", "b", "a"]
    assert median_s(found) == pytest.approx(0.0041, rel=0.01)


def test_two_processes_have_one_turn_each() -> None:
    spans = chunks("a", 0, 100, 40 * US, US) + chunks("b", 0.5 * US, 100, 40 * US, US)
    assert [turn.worker for turn in turns(spans)] == ["a", "b"]
    assert shares(spans)[2] == pytest.approx(1, abs=0.001)


def test_a_long_pause_ends_a_turn_even_when_nobody_else_ran() -> None:
    spans = [Span("a", 0, 1), Span("a", 1.5, 2)]
    assert len(turns(spans, gap_s=0.4)) == 2
    assert len(turns(spans, gap_s=0.5)) == 1


def test_a_whole_span_of_somebody_else_in_a_pause_ends_a_turn() -> None:
    spans = [Span("a", 0, 1), Span("b", 1.1, 1.2), Span("a", 1.3, 2)]
    assert len(turns(spans, gap_s=0.4)) == 3
    overlapping = [Span("a", 0, 1), Span("b", 0.9, 1.2), Span("a", 1.3, 2)]
    assert len(turns(overlapping, gap_s=0.4)) == 2


def test_waiting_is_no_turn() -> None:
    spans = [Span("a", 0, 1, "wait"), Span("a", 1, 2, "python"), Span("a", 2, 3, "wait")]
    assert turns(spans) == [Span("a", 1, 2, "python")]


def test_a_long_span_hides_the_short_ones_inside_it() -> None:
    spans = [Span("a", 0, 10), Span("a", 1, 2), Span("a", 10, 11)]
    assert turns(spans) == [Span("a", 0, 11)]


# -- how many at once ------------------------------------------------------------------------


def test_shares_by_hand() -> None:
    # 0 to 4: a runs 0 to 2, b runs 1 to 3, nobody from 3 to 4.
    spans = [Span("a", 0, 2), Span("b", 1, 3)]
    assert shares(spans, 0, 4) == {0: 0.25, 1: 0.5, 2: 0.25}
    assert shares(spans, 1, 2) == {0: 0, 1: 0, 2: 1}


def test_the_same_worker_twice_is_one_worker() -> None:
    assert shares([Span("a", 0, 2), Span("a", 1, 2)]) == {0: 0, 1: 1}


def test_waiting_workers_do_not_run() -> None:
    spans = [Span("a", 0, 4, "wait"), Span("b", 1, 2)]
    assert shares(spans) == {0: 0.75, 1: 0.25}


def test_nothing_recorded() -> None:
    assert shares([]) == {0: 1.0}
    assert shares([Span("a", 1, 1)]) == {0: 1.0, 1: 0.0}
    assert math.isnan(median_s([]))


spans = st.builds(
    lambda worker, start, length, label: Span(worker, start, start + length, label),
    st.sampled_from("abc"),
    st.integers(0, 30),
    st.integers(0, 6),
    st.sampled_from(["work", "work", "wait"]),
)


@patient
@given(st.lists(spans, max_size=20))
def test_shares_count_every_moment(spans) -> None:
    """Compare with a count at every whole second, where nothing changes in between."""
    found = shares(spans)
    assert sum(found.values()) == pytest.approx(1)
    begin = min((span.start_s for span in spans), default=0)
    end = max((span.stop_s for span in spans), default=0)
    if begin == end:
        return
    counts = [
        len({s.worker for s in spans if s.label != "wait" and s.start_s <= t < s.stop_s})
        for t in range(begin, end)
    ]
    expected = {n: Fraction(counts.count(n), len(counts)) for n in found}
    assert found == pytest.approx({n: float(share) for n, share in expected.items()})


@patient
@given(st.lists(spans, max_size=20), st.integers(1, 8))
def test_turns_cover_all_work_and_do_not_overlap_themselves(spans, gap_s) -> None:
    found = turns(spans, gap_s=gap_s)
    assert found == sorted(found, key=lambda turn: (turn.start_s, turn.worker))
    for worker in "abc":
        own = [turn for turn in found if turn.worker == worker]
        assert all(a.stop_s < b.start_s for a, b in itertools.pairwise(own))
        for span in spans:
            if span.worker == worker and span.label != "wait":
                assert any(t.start_s <= span.start_s and span.stop_s <= t.stop_s for t in own)


# -- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Span("a", 2, 1), "stops at or after its start, .*: got start_s=2, stop_s=1"),
        (lambda: Span("a", math.nan, 1), "stops at or after its start, .*: got start_s=nan"),
        (lambda: Span("a", 0, math.inf), "both finite: got start_s=0, stop_s=inf"),
        (lambda: from_stamps("a", [0, 2, 1]), "stamps of one worker ascend: 1 follows 2"),
        (lambda: from_stamps("a", [0, math.nan]), "stamps of one worker ascend: nan follows 0"),
        (lambda: from_stamps("a", [0], gap_s=0), "gap_s must be a number from 1e-09 to 1,000: g"),
        (lambda: from_stamps("a", [0], gap_s=math.nan), "gap_s must be a number from .*: got nan"),
    ],
)
def test_bad_input_is_one_clear_line(wrong, message) -> None:
    with pytest.raises(LabError, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
