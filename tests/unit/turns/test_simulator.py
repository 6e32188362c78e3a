"""The simulator against runs worked out by hand, and against what must hold for every run."""

import itertools
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.errors import LabError
from helpers.turns.simulator import (
    MAX_STEPS,
    Hold,
    HoldC,
    Release,
    Simulation,
    Wait,
    calls,
    simulate,
)
from helpers.turns.summary import median_s, turns

MS = 0.001
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def lane(run: Simulation, number: int) -> list[tuple[float, float, str]]:
    """Return (start, stop, label) of one thread's spans, in milliseconds."""
    return [
        (round(span.start_s / MS, 6), round(span.stop_s / MS, 6), span.label)
        for span in run.spans
        if span.worker == f"thread {number}"
    ]


# -- the lock, worked out by hand ------------------------------------------------------------


def test_two_python_threads_take_turns_of_the_interval() -> None:
    # Thread 2 sleeps from 0 and requests at 5; thread 1 then sleeps from 5 and requests at 10; ...
    run = simulate([[Hold(12 * MS)], [Hold(12 * MS)]], n_cores=2)
    assert lane(run, 1) == [(0, 5, "python"), (10, 15, "python"), (20, 22, "python")]
    assert lane(run, 2) == [(5, 10, "python"), (15, 20, "python"), (22, 24, "python")]
    assert run.wall_s == 0.024
    assert run.held_share == 1
    assert run.n_hand_overs == 5


def test_the_switch_interval_sets_the_turns() -> None:
    run = simulate([[Hold(2 * MS)], [Hold(2 * MS)]], n_cores=2, switch_interval_s=0.0005)
    assert len(turns(run.spans)) == 8
    assert median_s(turns(run.spans)) == pytest.approx(0.0005)


def test_a_thread_alone_is_never_asked() -> None:
    run = simulate([[Hold(1)]], n_cores=4)
    assert lane(run, 1) == [(0, 1000, "python")]
    assert (run.speed_up, run.n_hand_overs) == (1, 0)


def test_c_code_that_holds_the_lock_hands_over_at_its_end_only() -> None:
    # Requested at 5, heeded at 20. Thread 1 sleeps from 20, requests at 25, and goes on at once,
    # since thread 2 is in Python code then.
    run = simulate([[HoldC(20 * MS), HoldC(20 * MS)], [Hold(10 * MS)]], n_cores=2)
    assert lane(run, 1) == [(0, 20, "c-hold"), (25, 45, "c-hold")]
    assert lane(run, 2) == [(20, 25, "python"), (45, 50, "python")]


def test_c_code_without_a_request_keeps_the_lock_for_the_next_call() -> None:
    # Thread 2 wants the lock from 3 on and requests it at 8; the call that ends at 6 knows nothing.
    run = simulate([[HoldC(6 * MS), HoldC(6 * MS)], [Wait(3 * MS), Hold(1 * MS)]], n_cores=2)
    assert lane(run, 1) == [(0, 6, "c-hold"), (6, 12, "c-hold")]
    assert lane(run, 2) == [(0, 3, "wait"), (12, 13, "python")]


def test_released_work_overlaps() -> None:
    run = simulate([[Release(10 * MS)], [Release(10 * MS)]], n_cores=2)
    assert (run.wall_s, run.speed_up, run.held_s) == (0.01, 2, 0)


def test_a_release_frees_the_lock_at_once() -> None:
    # Thread 2 does not wait for its interval: it has the lock from 2 on.
    thread = [Hold(2 * MS), Release(4 * MS), Hold(2 * MS)]
    run = simulate([thread, thread], n_cores=2)
    assert lane(run, 1) == [(0, 2, "python"), (2, 6, "released"), (6, 8, "python")]
    assert lane(run, 2) == [(2, 4, "python"), (4, 8, "released"), (8, 10, "python")]
    assert run.held_s == 0.008


def test_waits_overlap_on_one_core() -> None:
    run = simulate([[Wait(1)]] * 50, n_cores=1)
    assert (run.wall_s, run.speed_up) == (1, 50)


def test_a_waiter_beside_a_busy_thread_is_late_by_one_interval() -> None:
    # It wakes at 1, 7, 13, ...: each time it requests 5 ms later and runs for 1 ms.
    run = simulate([[Hold(1)], [Wait(1 * MS), Hold(1 * MS)] * 20], n_cores=2)
    wakes = [stop for _, stop, label in lane(run, 2) if label == "wait"]
    begins = [start for start, _, label in lane(run, 2) if label == "python"]
    late = [begin - wake for wake, begin in zip(wakes, begins, strict=True)]
    assert late == [pytest.approx(5)] * 20


def test_a_timer_starts_anew_when_the_lock_has_changed_hands() -> None:
    # Thread 2 sleeps from 0; thread 3 takes the freed lock's next turn only by request:
    #   0 thread 1 has the lock, threads 2 and 3 sleep (3 comes at 1).
    #   3 thread 1 lets go, thread 2 takes it: switch.
    #   6 thread 3's timer (from 1) runs out and finds a switch: one more interval, to 11.
    #   11 thread 3 requests. Without that rule it would have been 6; counted from the switch, 8.
    run = simulate([[Hold(3 * MS)], [Hold(20 * MS)], [Wait(1 * MS), Hold(1 * MS)]], n_cores=3)
    assert lane(run, 3) == [(0, 1, "wait"), (11, 12, "python")]
    assert lane(run, 2) == [(3, 11, "python"), (12, 24, "python")]


def test_the_earliest_request_counts_whoever_makes_it() -> None:
    # Thread 2 has slept since 0 when thread 3 joins at 3.
    run = simulate([[Hold(1)], [Hold(1)], [Wait(3 * MS), Hold(1)]], n_cores=3)
    assert lane(run, 1)[0] == (0, 5, "python")
    # C code until 6, when thread 2 takes the lock. Thread 3 finds that switch at 10, and would
    # request at 15; thread 4, asleep since 2, finds it at 7 and requests at 12. Thread 3 gains.
    threads = [[HoldC(6 * MS)], [Hold(1)], [Hold(1 * MS)], [Wait(2 * MS), Hold(1 * MS)]]
    run = simulate(threads, n_cores=4)
    assert lane(run, 2)[0] == (6, 12, "python")
    assert lane(run, 3) == [(12, 13, "python")]
    assert lane(run, 4) == [(0, 2, "wait"), (13, 14, "python")]


def test_a_waiter_beside_two_busy_threads_is_late_by_two_intervals() -> None:
    # Its request helps the other busy thread first, which came before it.
    run = simulate([[Hold(1)], [Hold(1)], [Wait(1 * MS), Hold(0.1 * MS)] * 20], n_cores=2)
    waiter = lane(run, 3)
    late = [b[0] - a[1] for a, b in itertools.pairwise(waiter) if a[2] == "wait"]
    assert sorted(late)[10] == pytest.approx(10)


def test_who_hands_over_goes_on_only_when_the_lock_was_taken() -> None:
    # Request at 5 while thread 1 is in C code until 6. It then has released work to do, but sets
    # out on it only when thread 2 has the one core, and with it the lock: at the next slice's end.
    run = simulate([[HoldC(6 * MS), Release(2 * MS)], [Hold(2 * MS)]], n_cores=1)
    assert lane(run, 1) == [(0, 6, "c-hold"), (8, 10, "released")]
    assert lane(run, 2) == [(6, 8, "python")]
    # Without a request it goes on at once.
    run = simulate([[HoldC(2 * MS), Release(2 * MS)], [Hold(2 * MS)]], n_cores=1)
    assert lane(run, 1) == [(0, 2, "c-hold"), (2, 4, "released")]
    assert lane(run, 2) == [(4, 6, "python")]


def test_a_request_in_the_moment_of_an_end_comes_too_late() -> None:
    # The request of 3 finds that thread 1 has released the lock and goes on until its slice ends.
    threads = [[Hold(3 * MS), Release(1 * MS)], [Hold(2 * MS)]]
    run = simulate(threads, n_cores=1, switch_interval_s=3 * MS)
    assert lane(run, 1) == [(0, 3, "python"), (3, 4, "released")]
    assert lane(run, 2) == [(4, 6, "python")]


def test_the_convoy_effect() -> None:
    # Ten short calls that each let the lock go for an instant, beside a busy thread: each comes
    # back to a taken lock and waits 5 ms for it (Beazley 2010). Alone they take 1.1 ms together.
    talker = [Hold(0.1 * MS), Release(0.01 * MS)] * 10
    alone = simulate([talker], n_cores=2).wall_s
    run = simulate([talker, [Hold(1)]], n_cores=2)
    assert alone == pytest.approx(1.1 * MS)
    # The first call goes first, the other nine wait 5 ms each: 10 * (0.1 + 0.01) + 9 * 5 - 9 * 0.01
    # (the 5 ms begin when the released instant is over).
    assert lane(run, 1)[-1][1] == pytest.approx(10 * 0.11 + 9 * 5)


def test_without_a_lock_python_code_overlaps() -> None:
    threads = [[Hold(30 * MS)], [HoldC(20 * MS)], [Hold(10 * MS), Wait(40 * MS)]]
    run = simulate(threads, n_cores=3, gil=False)
    assert run.wall_s == 0.05
    assert (run.held_share, run.n_hand_overs) == (0, 0)
    assert [span.label for span in run.spans] == ["python", "c-hold", "python", "wait"]


# -- cores, worked out by hand ---------------------------------------------------------------


def test_one_core_is_shared_in_slices() -> None:
    run = simulate([[Release(10 * MS)], [Release(6 * MS)]], n_cores=1)
    # Slices of 4 ms; thread 2 has 2 ms left for its second.
    assert lane(run, 1) == [(0, 4, "released"), (8, 12, "released"), (14, 16, "released")]
    assert lane(run, 2) == [(4, 8, "released"), (12, 14, "released")]


def test_a_holder_sent_off_its_core_keeps_the_lock() -> None:
    run = simulate([[Hold(6 * MS)], [Release(4 * MS)], [Hold(2 * MS)]], n_cores=1)
    # Thread 1 is off its core from 4 to 8. Thread 3 has requested the lock at 5, so that thread 1
    # hands over as soon as it is back; thread 3 ends at 10 and frees the lock.
    assert lane(run, 1) == [(0, 4, "python"), (10, 12, "python")]
    assert lane(run, 2) == [(4, 8, "released")]
    assert lane(run, 3) == [(8, 10, "python")]
    assert run.held_share == 1


def test_the_lock_needs_a_core_of_its_own() -> None:
    # The lock is free, but both cores are taken: thread 3 gets the first slice's, and thread 2,
    # which nobody replaces, goes on.
    run = simulate([[Release(8 * MS)], [Release(8 * MS)], [Hold(4 * MS)]], n_cores=2)
    assert lane(run, 1) == [(0, 4, "released"), (8, 12, "released")]
    assert lane(run, 2) == [(0, 8, "released")]
    assert lane(run, 3) == [(4, 8, "python")]


def test_who_has_been_on_its_core_for_longest_makes_room() -> None:
    # Thread 4 comes at 3 and gets thread 1's core at 4, when the slice of thread 2 begins anew. So
    # it is thread 3, there since 2, that makes room for thread 1 at 6. At 8 there is one thread
    # ready, thread 3, for the cores of threads 2 and 4: thread 2 makes room.
    late = [[Wait(2 * MS), Release(20 * MS)], [Wait(3 * MS), Release(20 * MS)]]
    run = simulate([[Release(20 * MS)], [Release(20 * MS)], *late], n_cores=3)
    assert lane(run, 1)[:2] == [(0, 4, "released"), (6, 10, "released")]
    assert lane(run, 2)[0] == (0, 8, "released")
    assert lane(run, 3)[:2] == [(0, 2, "wait"), (2, 6, "released")]
    assert lane(run, 4)[:2] == [(0, 3, "wait"), (4, 12, "released")]


def test_a_thread_that_wakes_up_gets_the_core_of_one_that_has_had_its_slice() -> None:
    run = simulate([[Release(20 * MS)], [Wait(6 * MS), Hold(1 * MS)]], n_cores=1)
    assert lane(run, 2) == [(0, 6, "wait"), (6, 7, "python")]
    assert lane(run, 1) == [(0, 6, "released"), (7, 21, "released")]


# -- curves ----------------------------------------------------------------------------------


def speed_up(n_threads: int, n_cores: int, *one_call: float) -> float:
    return simulate([calls(100, *one_call)] * n_threads, n_cores=n_cores).speed_up


def test_curve_of_calls_that_hold_the_lock_for_a_quarter() -> None:
    # The lock is full with 1 / 0.25 = 4 threads. Filling and emptying the pipe costs less than one
    # call a thread: at most 2 % of 100 calls for n = 8.
    for n in (1, 2, 3, 4, 8):
        assert speed_up(n, 16, 8 * MS, 0.25) == pytest.approx(min(n, 4), rel=0.02)


def test_curve_needs_cores_for_released_work_but_not_for_waiting() -> None:
    assert speed_up(4, 2, 8 * MS, 0) == pytest.approx(2)
    assert speed_up(4, 2, 8 * MS, 0, 1) == pytest.approx(4)


def test_calls_leave_out_parts_without_length() -> None:
    assert calls(1, 1, 1) == (Hold(1),)
    assert calls(1, 1, 0) == (Release(1),)
    assert calls(1, 1, 0, 1) == (Wait(1),)
    assert calls(1, 1, 0.7, 0.3) == (Hold(0.7), Wait(0.3))  # 1 - 0.7 - 0.3 is not quite 0
    assert calls(3, 1, 1, in_c=True) == (HoldC(1),) * 3


def test_the_line() -> None:
    run = simulate([[Release(0.02)]] * 2, n_cores=1, gil=False)
    assert repr(run) == (
        "model: 2 threads on 1 core, 0.04 s instead of 0.04 s: 1.00x; no lock, 0 hand-overs"
    )


# -- what holds for every run ----------------------------------------------------------------

lengths = st.floats(1e-5, 0.03)
segments = st.builds(
    lambda kind, seconds: kind(seconds), st.sampled_from([Hold, HoldC, Release, Wait]), lengths
)
programs = st.lists(st.lists(segments, min_size=1, max_size=6), min_size=1, max_size=6)
options = st.fixed_dictionaries(
    {
        "n_cores": st.integers(1, 4),
        "switch_interval_s": st.sampled_from([0.0003, 0.005, 0.1]),
    }
)
NS = 1e-9  # lengths are rounded to whole nanoseconds


def most_at_once(spans: list) -> int:
    """Return how many spans overlap at most; touching is not overlapping."""
    changes = sorted([(s.start_s, 1) for s in spans] + [(s.stop_s, -1) for s in spans])
    return max(itertools.accumulate(change for _, change in changes), default=0)


@patient
@given(programs, options, st.booleans())
def test_work_is_conserved_in_order(threads, options, gil) -> None:
    run = simulate(threads, **options, gil=gil)
    for number, thread in enumerate(threads, 1):
        spans = [span for span in run.spans if span.worker == f"thread {number}"]
        assert all(a.stop_s <= b.start_s for a, b in itertools.pairwise(spans))
        wanted = itertools.groupby(thread, key=lambda segment: segment.label)
        done = itertools.groupby(spans, key=lambda span: span.label)
        for (label, parts), (seen, stretches) in itertools.zip_longest(wanted, done):
            assert seen == label
            expected = [segment.seconds for segment in parts]
            seconds = sum(span.duration_s for span in stretches)
            assert math.isclose(seconds, sum(expected), abs_tol=len(expected) * NS)
    assert run.wall_s == max(span.stop_s for span in run.spans)
    total_s = sum(segment.seconds for thread in threads for segment in thread)
    assert math.isclose(run.serial_s, total_s, abs_tol=36 * NS)


@patient
@given(programs, options)
def test_never_two_holders(threads, options) -> None:
    run = simulate(threads, **options)
    holding = [span for span in run.spans if span.label in ("python", "c-hold")]
    assert most_at_once(holding) <= 1
    assert sum(span.duration_s for span in holding) <= run.held_s + 1e-12
    assert 0 <= run.held_share <= 1


@patient
@given(programs, options, st.booleans())
def test_never_more_running_than_cores_and_never_faster(threads, options, gil) -> None:
    run = simulate(threads, **options, gil=gil)
    working = [span for span in run.spans if span.label != "wait"]
    assert most_at_once(working) <= options["n_cores"]
    busy_s = sum(span.duration_s for span in working)
    longest_s = max(sum(segment.seconds for segment in thread) for thread in threads)
    slack_s = 36 * NS
    assert run.wall_s >= busy_s / options["n_cores"] - slack_s
    assert run.wall_s >= longest_s - slack_s
    assert run.speed_up <= len(threads) * (1 + 1e-9)


@patient
@given(programs, options)
def test_c_calls_are_never_cut_where_cores_suffice(threads, options) -> None:
    run = simulate(threads, **options | {"n_cores": len(threads)})
    whole = sorted(round(s.seconds / NS) for t in threads for s in t if isinstance(s, HoldC))
    seen = sorted(round(s.duration_s / NS) for s in run.spans if s.label == "c-hold")
    assert seen == whole


@patient
@given(programs, options, st.booleans())
def test_one_thread_equals_serial(threads, options, gil) -> None:
    run = simulate(threads[:1], **options, gil=gil)
    assert run.wall_s == run.serial_s
    assert run.n_hand_overs == 0


@patient
@given(programs, options)
def test_without_a_lock_enough_cores_give_the_longest_thread(threads, options) -> None:
    run = simulate(threads, **options | {"n_cores": len(threads)}, gil=False)
    assert run.wall_s == max(simulate([thread], n_cores=1).wall_s for thread in threads)


@patient
@given(programs, options)
def test_a_lock_is_never_idle(threads, options) -> None:
    # With a core for each, somebody holds the lock whenever somebody wants it, so that no run is
    # longer than all of its segments one after another.
    run = simulate(threads, **options | {"n_cores": len(threads)})
    assert run.wall_s <= run.serial_s


@patient
@given(programs, options)
def test_a_run_is_the_same_every_time(threads, options) -> None:
    assert simulate(threads, **options) == simulate(threads, **options)


# -- bad input -------------------------------------------------------------------------------

ONE = [[Hold(1)]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Hold(10**5000), "the seconds of Hold .*: got a number of thousands of digits"),
        (lambda: Hold("a\nb" * 99), "the seconds of Hold must be a number"),
        (lambda: Hold(-1), "the seconds of Hold must be a number from 1e-09 to 1,000,000: got -1"),
        (lambda: HoldC(math.nan), "the seconds of HoldC .*: got nan"),
        (lambda: Release(math.inf), "the seconds of Release .*: got inf"),
        (lambda: Wait("long"), "the seconds of Wait .*: got 'long'"),
        (lambda: Wait(None), "the seconds of Wait .*: got None"),
        (lambda: Hold(0), "the seconds of Hold .*: got 0"),
        (lambda: simulate([], n_cores=1), "threads must be a list with 1 thread or more: got"),
        (lambda: simulate(7, n_cores=1), "threads must be a list .*: got 7"),
        (lambda: simulate([[]], n_cores=1), "a thread must be a list with 1 segment or more"),
        (lambda: simulate([Hold(1)], n_cores=1), r"a thread .*: got Hold\(seconds=1\); try"),
        (lambda: simulate(["Hold"], n_cores=1), "a thread must be a list .*: got 'Hold'"),
        (lambda: simulate([[0.5]], n_cores=1), "a segment is one of Hold, HoldC, .*: got 0.5"),
        (lambda: simulate([[Hold]], n_cores=1), "a segment is one of .*: got <class"),
        (lambda: simulate(ONE, n_cores=0), "n_cores must be a whole number .*: got 0"),
        (lambda: simulate(ONE, n_cores=1.5), "n_cores must be a whole number .*: got 1.5"),
        (lambda: simulate(ONE, n_cores=1, switch_interval_s=-1), "switch_interval_s .*: got -1"),
        (lambda: simulate(ONE, n_cores=1, switch_interval_s=math.nan), "switch_.*: got nan"),
        (lambda: simulate(ONE, n_cores=1, switch_interval_s=1e-9), "switch_.*: got 1e-09"),
    ],
)
def test_bad_input_is_one_clear_line(wrong, message) -> None:
    with pytest.raises(LabError, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_absurd_settings_are_refused_before_they_cost_much() -> None:
    endless = [[Hold(1e6)], [Hold(1e6)]]
    with pytest.raises(
        LabError, match=f"at most {MAX_STEPS:,} steps: 2 threads .* longer interval"
    ):
        simulate(endless, n_cores=2, switch_interval_s=1e-6)
    with pytest.raises(LabError, match=r"at most .* steps: got 200,000,000 segments"):
        simulate([calls(100, 1, 0.5)] * 10**6, n_cores=2)


def test_an_unsliced_eternity_is_cheap() -> None:
    assert simulate([[Hold(1e6)], [Release(1e6)]], n_cores=2).speed_up == 2
