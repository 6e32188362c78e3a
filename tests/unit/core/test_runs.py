"""What is derived from raw runs: by hand, and what holds for any runs at all."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.runs import Point, quartiles
from helpers.core.spans import Span
from helpers.errors import LabError
from tests.unit.results import curves, result, run, serial, whole

times = st.floats(1e-3, 1e3)


# -- a run -----------------------------------------------------------------------------


def test_a_run_knows_who_worked_and_how_many_cores_were_busy():
    spans = (Span("7.2", 0, 1), Span("7.1", 0, 1), Span("7.2", 1, 2))
    one = run(wall_s=2.0, cpu_s=3.0, other_cpu_s=0.5, spans=spans)
    assert one.workers == ("7.1", "7.2")
    assert one.cores_used == 1.75
    assert not one.is_warm_up
    assert run(round=0).is_warm_up


@pytest.mark.parametrize("wrong", [{"wall_s": 0}, {"wall_s": -1.0}, {"wall_s": math.nan}])
def test_a_run_takes_time(wrong):
    with pytest.raises(LabError, match="wall_s must be a number of 1e-09 or more: got"):
        run(**wrong)


def test_a_run_has_workers():
    with pytest.raises(LabError, match="n_workers must be a whole number of 1 or more: got"):
        run(n_workers=0)


# -- quartiles -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7.0], (7.0, 7.0)),
        ([1.0, 2.0], (1.25, 1.75)),
        ([3.0, 1.0, 2.0], (1.5, 2.5)),
        ([1.0, 2.0, 3.0, 4.0], (1.75, 3.25)),
    ],
)
def test_quartiles_by_hand(values, expected):
    assert quartiles(values) == expected


@given(st.lists(times, min_size=1))
def test_quartiles_frame_the_median_within_the_values(values):
    low, high = quartiles(values)
    median = statistics.median(values)
    assert min(values) <= low or math.isclose(min(values), low)
    assert low <= median or math.isclose(low, median)
    assert median <= high or math.isclose(median, high)
    assert high <= max(values) or math.isclose(high, max(values))


@given(st.lists(times, min_size=1), st.randoms())
def test_quartiles_do_not_depend_on_the_order(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    assert quartiles(shuffled) == quartiles(values)


# -- points ----------------------------------------------------------------------------


def test_a_speed_up_compares_runs_of_one_round():
    measured = result(
        serial(1, 1.0), run(round=1, wall_s=0.5), serial(2, 3.0), run(round=2, wall_s=1.0)
    )
    # The ratio of the median times would be 2.0 / 0.75.
    assert measured.point("threads", 2).speed_ups == (2.0, 3.0)
    assert measured.point("threads", 2).speed_up == 2.5
    assert measured.point("threads", 2).efficiency == 1.25
    assert measured.point("threads", 2).wall_s == 0.75
    assert measured.serial_s == 2.0


def test_a_round_without_its_serial_run_does_not_count():
    measured = result(serial(1), run(round=1, wall_s=0.5), run(round=2, wall_s=0.25))
    assert measured.point("threads", 2).speed_ups == (2.0,)
    assert result(run(round=1)).points() == []


def test_the_warm_up_does_not_count():
    measured = result(serial(0, 9.0), run(round=0, wall_s=9.0), serial(1), run(round=1, wall_s=0.5))
    assert measured.point("threads", 2).speed_ups == (2.0,)
    assert measured.serial_s == 1.0
    assert len(measured.timed_runs) == 2


def test_a_result_without_runs_has_no_points():
    empty = result()
    assert empty.points() == []
    assert empty.kinds == ()
    assert empty.serial_s is None
    assert empty.point("threads", 2) is None
    assert empty.startup_s("threads", 2) is None


def test_points_come_by_kind_in_the_order_in_which_they_ran_and_by_workers():
    measured = curves({"threads": {4: 1, 1: 1, 2: 1}, "processes": {2: 1, 10: 1}})
    assert [(point.kind, point.n_workers) for point in measured.points()] == [
        ("serial", 1),
        ("threads", 1),
        ("threads", 2),
        ("threads", 4),
        ("processes", 2),
        ("processes", 10),
    ]
    assert [point.n_workers for point in measured.points("processes")] == [2, 10]
    assert measured.points("interpreters") == []
    assert measured.kinds == ("serial", "threads", "processes")


def test_serial_is_one_in_every_round():
    measured = result(serial(1, 0.3), serial(2, 0.7))
    assert measured.point("serial", 1).speed_ups == (1.0, 1.0)


def test_start_up_is_told_apart_from_work():
    measured = result(serial(1, startup_s=0.0), run(round=1, startup_s=0.25))
    assert measured.startup_s("threads", 2) == 0.25
    assert measured.startup_s("threads", 3) is None


def test_the_cpu_time_of_a_round_is_compared_with_its_serial_run():
    measured = result(
        serial(1, cpu_s=1.0, other_cpu_s=1.0),
        run(round=1, cpu_s=2.5, other_cpu_s=0.5),
        serial(2, cpu_s=4.0),
        run(round=2, cpu_s=4.0, other_cpu_s=4.0),
    )
    assert measured.point("threads", 2).cpu_ratio == 1.75


def test_cpu_time_that_the_clock_does_not_see_gives_no_ratio():
    measured = result(serial(1, cpu_s=0.0), run(round=1), serial(2, cpu_s=0.5), run(round=2))
    assert measured.point("threads", 2).cpu_ratio == 2.0
    unseen = result(serial(1, cpu_s=0.0), run(round=1))
    assert math.isnan(unseen.point("threads", 2).cpu_ratio)


@given(st.lists(st.tuples(times, times, times, times), min_size=1, max_size=9))
def test_a_speed_up_is_cores_over_cpu_time(rounds):
    """The identity on which the reasons of the verdict rest, in every single round."""
    for serial_s, serial_cpu_s, wall_s, cpu_s in rounds:
        point = result(
            serial(1, serial_s, cpu_s=serial_cpu_s), run(round=1, wall_s=wall_s, cpu_s=cpu_s)
        ).point("threads", 2)
        alone = result(serial(1, serial_s, cpu_s=serial_cpu_s)).point("serial", 1)
        by_identity = point.cores_used / alone.cores_used / point.cpu_ratio
        assert point.speed_up == pytest.approx(by_identity)
        assert point.speed_up == pytest.approx(serial_s / wall_s)


@given(
    pairs=st.lists(st.tuples(times, times), min_size=1, max_size=9),
    factors=st.lists(st.floats(0.1, 10), min_size=9, max_size=9),
)
def test_a_machine_that_changes_its_speed_between_rounds_changes_no_speed_up(pairs, factors):
    def measured(factors):
        runs = []
        for number, ((serial_s, wall_s), factor) in enumerate(zip(pairs, factors), 1):
            runs += [serial(number, serial_s * factor), run(round=number, wall_s=wall_s * factor)]
        return result(*runs).point("threads", 2)

    steady, unsteady = measured([1.0] * 9), measured(factors)
    assert unsteady.speed_ups == pytest.approx(steady.speed_ups)
    assert unsteady.quartiles == pytest.approx(steady.quartiles)


def test_results_and_points_read_well():
    point = Point("threads", 2, (1.0, 1.5, 2.0), 0.5, 1.0, 1.0)
    assert str(point) == "threads, 2 workers: 1.50x (quartiles 1.25 to 1.75), 0.500 s"
    lines = str(whole()).splitlines()
    assert lines[0].startswith("Numbers: 2 runs on CPython 3.13.0 (GIL on), 4 of 4 CPUs usable")
    assert [line.split(",")[0] for line in lines[1:]] == ["  serial", "  processes-spawn"]
