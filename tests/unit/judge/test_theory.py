"""The closed forms against arithmetic done by hand, each other and the simulator."""

import math
import random
import statistics

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.errors import LabError
from helpers.judge.theory import (
    Curve,
    ProcessModel,
    amdahl,
    held_by_two,
    lock_bound,
    lock_queue,
    model_processes,
    model_threads,
    workers_at_once,
)
from helpers.turns import simulator
from helpers.turns.simulator import Hold, Release, Wait, simulate

shares = st.floats(0, 1)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
numbers = st.integers(1, 200)


# -- one part at a time ----------------------------------------------------------------------


def test_amdahl_by_hand() -> None:
    assert amdahl(0.05, 20) == pytest.approx(20 / 1.95)  # 1 / (0.05 + 0.95 / 20) = 1 / 0.0975
    assert amdahl(0.25, 4) == pytest.approx(1 / 0.4375)  # 0.25 + 0.75 / 4
    assert amdahl(0.25, 10_000) == pytest.approx(4, rel=0.001)


def test_bound_by_hand() -> None:
    assert lock_bound(0.2, 3) == 3
    assert lock_bound(0.2, 5) == 5
    assert lock_bound(0.2, 50) == 5
    assert lock_bound(1, 50) == 1


def test_queue_by_hand() -> None:
    # Held 0.25, else 0.75. Alone the queue is 0.25 long.
    # 2 threads: held part 0.25 * 1.25 = 0.3125; 2 / (0.75 + 0.3125) = 1.88235; queue 0.588235
    # 3 threads: held part 0.25 * 1.588235 = 0.397059; 3 / 1.147059 = 2.61538
    assert lock_queue(0.25, 1) == 1
    assert lock_queue(0.25, 2) == pytest.approx(1.882353)
    assert lock_queue(0.25, 3) == pytest.approx(2.615385)
    assert lock_queue(0.25, 2.5) == pytest.approx((1.882353 + 2.615385) / 2)


def test_cores_by_hand() -> None:
    assert workers_at_once(4, 2) == 2
    assert workers_at_once(4, 2, 0.5) == 4  # each needs half a core
    assert workers_at_once(100, 2, 0.98) == pytest.approx(100)
    assert workers_at_once(100, 2, 1) == 100  # waiting needs none
    assert workers_at_once(4, 0.5) == 1
    assert workers_at_once(4, math.inf) == 4


@patient
@given(shares, numbers)
def test_all_agree_at_the_ends(share, n) -> None:
    for formula in (amdahl, lock_bound, lock_queue):
        assert formula(share, 1) == pytest.approx(1)
        assert formula(0, n) == pytest.approx(n)
        assert formula(1, n) == pytest.approx(1)


@patient
@given(shares, st.floats(1, 200))
def test_the_estimate_lies_between_the_bounds(share, n) -> None:
    slack = 1 + 1e-9
    assert amdahl(share, n) * slack >= 1
    assert amdahl(share, n) <= lock_queue(share, n) * slack
    assert lock_queue(share, n) <= lock_bound(share, n) * slack


@patient
@given(shares, st.integers(1, 100))
def test_more_threads_are_never_slower_in_the_model(share, n) -> None:
    for formula in (amdahl, lock_bound, lock_queue):
        assert formula(share, n) <= formula(share, n + 1) * (1 + 1e-9)


# -- against the simulator -------------------------------------------------------------------


def irregular(n_calls: int, call_s: float, held: float, waiting: float, rng: random.Random) -> list:
    """Return calls whose parts have exponentially distributed lengths with the given means."""
    parts = [(Hold, held), (Release, 1 - held - waiting), (Wait, waiting)]
    return [
        kind(max(1e-9, rng.expovariate(1 / (share * call_s))))
        for _ in range(n_calls)
        for kind, share in parts
        if share > 1e-9
    ]


@pytest.mark.parametrize("call_s", [0.001, 0.02])  # far below and above the switch interval
@pytest.mark.parametrize("waiting_share", [0, 0.2])
def test_the_queue_agrees_with_the_simulator(call_s, waiting_share) -> None:
    errors = []
    for held_share in (0.25, 0.5, 0.75):
        for n_threads, n_cores in ((2, 2), (4, 4), (4, 2), (8, 4)):
            rng = random.Random(7)
            threads = [
                irregular(2400 // n_threads, call_s, held_share, waiting_share, rng)
                for _ in range(n_threads)
            ]
            run = simulate(threads, n_cores=n_cores)
            at_once = workers_at_once(n_threads, n_cores, waiting_share)
            errors.append(abs(lock_queue(held_share, at_once) / run.speed_up - 1))
    assert statistics.median(errors) < 0.04
    assert max(errors) < 0.12


@pytest.mark.parametrize("held_share", [0.1, 0.3, 0.6, 1])
def test_calls_of_equal_length_reach_the_bound(held_share) -> None:
    for n in (2, 4, 8):
        threads = [simulator.calls(400, 0.008, held_share)] * n
        assert simulate(threads, n_cores=n).speed_up == pytest.approx(
            lock_bound(held_share, n), rel=0.02
        )


# -- processes -------------------------------------------------------------------------------


def test_process_model_by_hand() -> None:
    job = ProcessModel(work_s=6, copy_s=1, worker_copy_s=2, start_s=0.5, start_each_s=0.25)
    # 4 workers, one sublist each: 0.5 + 4 * 0.25 = 1.5; copying 1; (6 + 2) / 4 = 2.
    assert job.wall_s(4) == pytest.approx(1.5 + 1 + 2)
    # Two cores carry two of them: (6 + 2) / 2 = 4.
    assert job.wall_s(4, n_cores=2) == pytest.approx(1.5 + 1 + 4)
    # With 10 sublists each the shorter part is waited for once: 2 + 1 / 10.
    assert job.wall_s(4, n_rounds=10) == pytest.approx(1.5 + 2.1)
    # The same by the number of sublists: 40 / 4 = 10.
    assert ProcessModel(6, 1, 2, 0.5, 0.25, n_sublists=40).wall_s(4) == pytest.approx(1.5 + 2.1)


def test_four_pictures_for_three_workers() -> None:
    # One worker has two of the four: half of the work, as with two workers.
    job = ProcessModel(work_s=8, n_sublists=4)
    assert [job.wall_s(n) for n in (1, 2, 3, 4, 8)] == [8, 4, 4, 2, 2]


def test_busy_cores_are_slower() -> None:
    job = ProcessModel(work_s=9, efficiency=0.9)
    assert job.wall_s(1) == 9  # alone it has full speed
    assert job.wall_s(2) == pytest.approx(5)  # 9 / 2 / 0.9


@patient
@given(st.floats(1e-3, 100), st.floats(0, 100), st.integers(1, 50), st.integers(1, 50))
def test_overlap_is_that_of_a_line_with_two_stations(work_s, copy_s, n_workers, n_rounds) -> None:
    # The line itself: round i is worked on when it is copied and the round before is done.
    copied_s = done_s = 0.0
    for _ in range(n_rounds):
        copied_s += copy_s / n_rounds
        done_s = max(done_s, copied_s) + work_s / n_workers / n_rounds
    job = ProcessModel(work_s=work_s, copy_s=copy_s, n_sublists=n_workers * n_rounds)
    assert job.wall_s(n_workers) == pytest.approx(done_s)


def test_scaling_a_job_leaves_start_up_alone() -> None:
    job = ProcessModel(2, 0.5, 0.25, start_s=1, start_each_s=0.5, n_sublists=8, efficiency=0.5)
    assert job.scaled(4) == ProcessModel(8, 2, 1, 1, 0.5, 8, 0.5)
    # A job that is long enough pays for start-up: here 2 workers break even at 6 s.
    #   T_2 = 0.5 + 2 * 0.25 + x / 2 + x / 3 = x  at  x = 6.
    job = ProcessModel(work_s=1, copy_s=1 / 3, start_s=0.5, start_each_s=0.25)
    assert job.scaled(6).wall_s(2) == pytest.approx(6)


@given(shares)
def test_what_two_threads_reach_tells_the_held_share(share) -> None:
    assert held_by_two(lock_queue(share, 2)) == pytest.approx(share, abs=1e-6)


# -- curves ----------------------------------------------------------------------------------


@patient
@given(
    st.floats(0, 1),
    st.floats(0, 1),
    st.lists(numbers, min_size=1, max_size=5),
    st.floats(0.1, 64) | st.just(math.inf),
    st.floats(0.3, 1),
)
def test_threads_predicted_within_bounds(held, waits, n_workers, n_cores, efficiency) -> None:
    waiting = waits * (1 - held)
    curve = model_threads(
        held, n_workers, n_cores=n_cores, waiting_share=waiting, efficiency=efficiency
    )
    for n, low, estimate, high in zip(
        curve.n_workers,
        curve.lows,
        curve.speed_ups,
        curve.highs,
        strict=True,
    ):
        assert low <= estimate * (1 + 1e-9)
        assert estimate <= high * (1 + 1e-9)
        assert high <= n * (1 + 1e-9)
        if waiting == 0:
            assert high <= max(1, n_cores) * (1 + 1e-9)


@patient
@given(
    st.builds(
        ProcessModel,
        work_s=st.floats(0.01, 100),
        copy_s=st.floats(0, 10),
        worker_copy_s=st.floats(0, 10),
        start_s=st.floats(0, 1),
        start_each_s=st.floats(0, 1),
        n_sublists=st.none() | st.integers(1, 1000),
        efficiency=st.floats(0.3, 1),
    ),
    st.lists(numbers, min_size=1, max_size=5),
    st.floats(0.1, 64),
)
def test_processes_predicted_within_bounds(job, n_workers, n_cores) -> None:
    curve = model_processes(job, n_workers, n_cores=n_cores)
    for n, low, estimate, high in zip(
        curve.n_workers,
        curve.lows,
        curve.speed_ups,
        curve.highs,
        strict=True,
    ):
        assert low <= estimate * (1 + 1e-9)
        assert estimate <= high * (1 + 1e-9)
        assert high <= min(n, max(1, n_cores)) * (1 + 1e-9)
        assert estimate * job.wall_s(n, n_cores=n_cores) == pytest.approx(job.work_s)


def test_released_work_slowed_down_by_busy_cores() -> None:
    # Half held, half released at 0.5 of full speed beside others: a call takes 0.5 + 1 = 1.5, a
    # third of it held. Two threads: held part (1 / 3) * (4 / 3) = 4 / 9; 2 / (2 / 3 + 4 / 9) = 1.8
    # calls in the time of one such call, 1.8 / 1.5 = 1.2 in that of one alone.
    curve = model_threads(0.5, [1, 2], efficiency=0.5)
    assert curve.speed_ups == pytest.approx((1, 1.2))
    # Half waits: two cores at half speed do one core's work in all, and a call needs half of that.
    curve = model_threads(0, [8], n_cores=2, waiting_share=0.5, efficiency=0.5)
    assert curve.speed_ups == pytest.approx((2,))


def test_a_curve_always_says_that_it_is_a_model() -> None:
    curve = model_threads(0.25, [4, 1, 2, 2], n_cores=8, efficiency=0.9)
    assert curve.model is True
    assert curve.n_workers == (1, 2, 4)
    assert repr(curve).startswith("model for threads: 1: 1.00x, 2: ")
    with pytest.raises(TypeError):
        Curve("threads", (1,), (1,), (1,), (1,), model=False)


def test_a_long_curve_is_still_one_short_line() -> None:
    curve = model_processes(ProcessModel(100, 1), range(1, 1001))
    assert len(repr(curve)) < 120


def test_a_curve_knows_its_points_only() -> None:
    curve = model_threads(0.5, [1, 2])
    assert curve.speed_up(2) == 1.6
    with pytest.raises(LabError, match=r"is for \[1, 2\] workers: got 3; model that"):
        curve.speed_up(3)


# -- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: amdahl(10**5000, 2), "serial_share must be .*: got a number of thousands"),
        (lambda: amdahl(-0.1, 2), "serial_share must be a number from 0 to 1: got -0.1"),
        (lambda: amdahl(0.5, 0), "n_workers must be a number from 1 to 10,000: got 0"),
        (lambda: lock_bound(math.nan, 2), "held_share must be .*: got nan"),
        (lambda: lock_queue("half", 2), "held_share must be .*: got 'half'"),
        (lambda: lock_queue(0.5, 10**9), "n_workers must be .*: got 1000000000; try 2"),
        (lambda: workers_at_once(2, 0), "n_cores must be a number .*: got 0; lab.machine"),
        (lambda: workers_at_once(2, 2, 1.1), "waiting_share must be .*: got 1.1"),
        (lambda: ProcessModel(0), "work_s must be .*: got 0"),
        (lambda: ProcessModel(math.inf), "work_s must be .*: got inf"),
        (lambda: ProcessModel(1, copy_s=-1), "copy_s must be .*: got -1"),
        (lambda: ProcessModel(1, start_each_s=math.nan), "start_each_s must be .*: got nan"),
        (lambda: ProcessModel(1, n_sublists=0), "n_sublists must be a whole number .*: got 0"),
        (lambda: ProcessModel(1, n_sublists=2.5), "n_sublists must be .*: got 2.5; None is"),
        (lambda: ProcessModel(1, efficiency=0), "efficiency must be .*: got 0"),
        (lambda: ProcessModel(1, efficiency=1.5), "efficiency must be .*: got 1.5"),
        (lambda: ProcessModel(1).wall_s(0), "n_workers must be a whole number .*: got 0"),
        (lambda: ProcessModel(1).wall_s(2, n_rounds=0), "n_rounds must be .*: got 0"),
        (lambda: ProcessModel(1).scaled(0), "factor must be .*: got 0"),
        (lambda: model_threads(0.5, 4), "n_workers is a list of whole numbers: got 4; try"),
        (lambda: model_threads(0.5, []), r"n_workers is a list .*: got \[\]"),
        (lambda: model_threads(0.5, [1.5]), "n_workers must be a whole number .*: got 1.5"),
        (lambda: model_threads(0.5, range(1, 10**9)), "at most 10,000 points: got 999,999,999"),
        (
            lambda: model_threads(0.7, [2], waiting_share=0.7),
            "waiting_share must be .*: got 1.4",
        ),
        (lambda: model_threads(0.7, [2], efficiency=-1), "efficiency must be .*: got -1"),
        (lambda: model_processes(5, [2]), "a model is a ProcessModel: got 5; try ProcessModel"),
    ],
)
def test_bad_input_is_one_clear_line(wrong, message) -> None:
    with pytest.raises(LabError, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
