"""The verdict: what it says follows from the runs, and from nothing else."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.machine import Capacity
from helpers.judge.choose import decide
from helpers.judge.curve import representative, sentences
from helpers.judge.facts import Facts
from tests.unit.results import CAPACITY, MACHINE, curves, result, run, serial

ONE_CPU = dataclasses.replace(MACHINE, usable_cpus=1.0)
FREE_THREADED = dataclasses.replace(MACHINE, free_threaded=True, gil=False)
QUIET = Facts(MACHINE, CAPACITY, busy_share=1.0)


def said_of(*runs, **others):
    """Return what is said of runs, as one text."""
    return " ".join(sentences(result(*runs, **others)))


# -- words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speed_ups", "word"),
    [
        ((1.8, 1.9, 2.0), "faster"),
        ((1.1, 1.1, 1.1), "faster"),
        ((1.2, 1.2), "unclear"),  # two rounds say nothing of how much they scatter
        ((1.3, 1.3), "faster"),
        ((0.5, 0.6, 0.7), "slower"),
        ((0.9, 0.9), "slower"),
        ((0.94, 0.94), "as fast"),
        ((0.98, 1.0, 1.02), "as fast"),
        ((1.05, 1.05), "as fast"),
        ((0.7, 1.2, 1.6), "unclear"),
        ((1.0,), "as fast"),
    ],
)
def test_the_word_for_some_rounds(speed_ups, word):
    assert QUIET.gain(speed_ups) == word


@given(st.lists(st.floats(0.01, 100), min_size=4))
def test_faster_and_slower_need_three_quarters_of_the_rounds(speed_ups):
    word = QUIET.gain(speed_ups)
    above = sum(value > 1 for value in speed_ups) / len(speed_ups)
    if word == "faster":
        assert above >= 0.75 - 1 / len(speed_ups)
    if word == "slower":
        assert above <= 0.25 + 1 / len(speed_ups)


# -- of which worker count -------------------------------------------------------------


@pytest.mark.parametrize(
    ("usable_cpus", "counts", "spoken_of"),
    [
        (4.0, (1, 2, 4, 8), 4),
        (2.0, (1, 2, 4, 8), 2),
        (1.0, (1, 2, 4), 2),
        (0.5, (1, 2, 4), 2),
        (3.0, (1, 2, 4), 2),
        (4.0, (1, 8, 16), 8),
        (4.0, (1,), 1),
    ],
)
def test_the_verdict_is_on_the_most_workers_that_can_have_a_cpu_each(
    usable_cpus, counts, spoken_of
):
    machine = dataclasses.replace(MACHINE, usable_cpus=usable_cpus)
    measured = curves({"threads": dict.fromkeys(counts, 1.0)}, machine=machine)
    assert representative(measured, "threads").n_workers == spoken_of


def test_of_a_kind_that_was_not_measured_nothing_can_be_said():
    assert representative(curves({"threads": {2: 1.0}}), "processes") is None


# -- what is said, and when nothing is -------------------------------------------------


@pytest.mark.parametrize(
    "runs",
    [
        (),
        (serial(0),),
        (serial(0), run(round=0)),  # only the warm-up
        (serial(1),),
        (run(round=1),),
    ],
)
def test_nothing_is_said_before_there_is_something_to_compare(runs):
    assert sentences(result(*runs)) == []


def test_the_whole_comes_first_and_then_each_kind():
    said = sentences(curves({"threads": {2: 1.0, 4: 1.0}, "processes": {2: 1.8, 4: 3.2}}))
    assert said[0] == "Best: processes with 4 workers."
    assert said[1].startswith("Threads with 4 workers: 1.00 times the serial speed")
    assert said[2].startswith("Processes with 4 workers: 3.20 times the serial speed")
    assert len(said) == 3


def test_the_figures_are_those_of_the_rounds():
    runs = [serial(n) for n in (1, 2, 3)]
    runs += [run(round=n, wall_s=1 / speed_up) for n, speed_up in ((1, 1.4), (2, 1.8), (3, 1.6))]
    assert (
        "1.60 times the serial speed (the middle half of the rounds lies between 1.50 and 1.70), "
        "faster than the plain loop." in said_of(*runs)
    )


@pytest.mark.parametrize(
    ("curves_of", "said"),
    [
        ({"threads": {2: 1.0}, "processes": {2: 0.7}}, "Nothing measured here is worth leaving"),
        (
            {"threads": {2: 1.9}, "processes": {2: 1.88}},
            "processes with 2 workers comes close (1.88 against 1.90)",
        ),
        ({"threads": {2: 1.2}, "processes": {2: 1.9}}, "Best: processes with 2 workers."),
        ({"threads": {1: 1.9}}, "Threads with 1 worker:"),
    ],
)
def test_what_is_best(curves_of, said):
    assert said in " ".join(sentences(curves(curves_of)))


# -- under a quota ---------------------------------------------------------------------

QUOTA = dataclasses.replace(MACHINE, usable_cpus=1.0, quota_cpus=1.0)
ONE_CORE = Capacity((1, 2), ((1.0,), (1.0,)))


@pytest.mark.parametrize("speed_ups", [{"threads": {2: 1.07}}, {"processes": {2: 1.9}}])
@pytest.mark.parametrize("capacity", [ONE_CORE, Capacity((1, 2), ((1.0,), (1.98,)))])
def test_under_a_quota_of_one_cpu_no_gain_is_believed_whatever_a_burst_can_do(speed_ups, capacity):
    measured = curves(speed_ups, machine=QUOTA, capacity=capacity)
    assert decide(measured).kind == "serial"
    assert decide(measured).branch.key == "alone"
    assert sentences(measured)[0].startswith("A quota allows 1 CPU of time here: workers run side")
    assert "Only one CPU" not in " ".join(sentences(measured))


def test_what_the_quota_took_is_not_put_down_to_the_lock():
    machine = dataclasses.replace(QUOTA, usable_cpus=2.0, quota_cpus=2.0)
    runs = [serial(n) for n in (1, 2, 3)]
    stopped = [run(round=n, wall_s=0.9, cpu_s=1.0, stopped_share=0.8) for n in (1, 2, 3)]
    said = " ".join(sentences(result(*runs, *stopped, machine=machine)))
    assert "the quota stopped all workers in 80 % of its periods" in said
    assert "took turns" not in said


# -- and why ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["threads", "threads-of-another-library"])
def test_threads_that_take_turns_are_told_from_the_lock(kind):
    said = said_of(serial(), run(kind, wall_s=1.0, cpu_s=1.02))
    assert "On average 1.02 cores were busy of the 1.90 that the machine can give" in said
    assert "the threads took turns, because Python code needs the GIL" in said


def test_without_a_lock_it_is_not_blamed():
    said = said_of(serial(), run(wall_s=1.0, cpu_s=1.02), machine=FREE_THREADED)
    assert "GIL" not in said
    assert "a worker also waits for its next part" in said


def test_processes_are_never_told_to_take_turns():
    said = said_of(serial(), run("processes", wall_s=1.0, cpu_s=1.02))
    assert "turns" not in said and "a worker also waits for its next part" in said


def test_threads_that_overlap_in_part():
    said = said_of(serial(), run(wall_s=0.7, cpu_s=1.0))
    assert "On average 1.43 cores were busy" in said
    assert "some steps release the GIL, the others take turns" in said


def test_workers_that_use_all_that_there_is():
    said = said_of(serial(), run(wall_s=0.55, cpu_s=1.0))
    assert "On average 1.82 cores were busy, about all that the machine can give (1.90)." in said


def test_workers_that_share_what_other_programs_leave():
    said = said_of(serial(cpu_s=0.8), run("processes", wall_s=0.55, cpu_s=0.8))
    assert (
        "On average 1.45 cores were busy, 1.82 times as many as in the plain loop, about all that "
        "the machine can give (1.90)." in said
    )


def test_workers_that_use_more_than_there_was_to_give():
    slow = Capacity((1, 2), ((1.0,), (1.5,)))
    said = said_of(serial(), run("processes", wall_s=0.55, cpu_s=1.0), capacity=slow)
    assert "1.82 cores were busy, more than the 1.50 that the machine had" in said


@pytest.mark.parametrize(
    ("kind", "cause"), [("processes", "copying items"), ("threads", "handing the GIL")]
)
def test_cpu_time_beyond_the_serial_run_is_told_with_its_cause(kind, cause):
    said = said_of(serial(), run(kind, wall_s=0.8, cpu_s=1.25, other_cpu_s=0.25))
    assert "All of it took 1.50 times the CPU time of the serial run" in said
    assert cause in said
    assert "All of it" not in said_of(serial(), run(kind, wall_s=0.8, cpu_s=1.04))


def test_a_machine_without_cores_to_give_is_named_as_the_limit():
    narrow = Capacity((1, 2), ((1.0,), (1.05,)))
    said = said_of(serial(), run(wall_s=1.0), machine=ONE_CPU, capacity=narrow)
    assert "the machine had no more than 1.00 for 2 workers" in said
    assert "turns" not in said


def test_a_job_that_waits_is_told_from_its_serial_run():
    said = said_of(serial(cpu_s=0.05), run(wall_s=0.5, cpu_s=0.05))
    assert "Serially the job keeps only 0.05 cores busy: it waits most of the time" in said
    assert "turns" not in said


def test_a_job_whose_cpu_time_is_not_seen_is_no_error():
    assert "0.00 cores busy" in said_of(serial(cpu_s=0.0), run(cpu_s=0.0))


def test_a_busy_machine_is_named_before_anything_else():
    busy = dataclasses.replace(CAPACITY, core_shares=(0.5, 0.6, 0.9))
    said = said_of(serial(cpu_s=0.5), run(wall_s=1.0), capacity=busy)
    assert said.startswith("The machine was too busy to tell: a thread that never waits got 0.60")
    assert said.count("busy") == 1 and "serially" not in said and "turns" not in said


def test_a_quota_is_no_busy_neighbour():
    half = dataclasses.replace(CAPACITY, core_shares=(0.5,))
    machine = dataclasses.replace(MACHINE, usable_cpus=0.5)
    assert "too busy to tell" not in said_of(serial(), run(), capacity=half, machine=machine)
    assert "too busy to tell" in said_of(serial(), run(), capacity=half, machine=ONE_CPU)


def test_a_rise_on_one_cpu_is_chance_unless_the_job_waits():
    said = sentences(result(serial(), run(wall_s=0.8), machine=ONE_CPU))
    assert said[0] == "Only one CPU is usable here: no worker makes what computes faster."
    assert "1.25 times the serial speed" in said[1] and "by chance." in said[1]
    waits = sentences(result(serial(cpu_s=0.1), run(wall_s=0.5, cpu_s=0.1), machine=ONE_CPU))
    assert waits[0] == "Best: threads with 2 workers."


def test_of_one_worker_no_reason_is_given():
    said = said_of(serial(), run(n_workers=1, wall_s=1.0))
    assert "cores were busy" not in said


times = st.floats(1e-3, 1e3)


@given(
    rounds=st.lists(st.tuples(times, times, times, times), min_size=1, max_size=6),
    kind=st.sampled_from(["threads", "processes", "processes-spawn"]),
    n_workers=st.integers(1, 64),
    cores=st.floats(0.1, 64),
    machine=st.sampled_from([MACHINE, ONE_CPU, FREE_THREADED]),
)
def test_anything_that_can_be_measured_can_be_said(rounds, kind, n_workers, cores, machine):
    runs = []
    for number, (serial_s, serial_cpu_s, wall_s, cpu_s) in enumerate(rounds, 1):
        runs.append(serial(number, serial_s, cpu_s=serial_cpu_s))
        runs.append(run(kind, n_workers, number, wall_s, cpu_s=cpu_s))
    measured = result(*runs, machine=machine, capacity=Capacity((1, 2), ((1.0,), (cores,))))
    said = sentences(measured)
    assert said
    for text in said:
        assert text[0].isupper() and text.endswith(".")
        assert not re.search(r"nan|inf\b|None", text)
        assert "\n" not in text
    found = representative(measured, kind)
    assert f"{found.speed_up:.2f} times the serial speed" in said[-1]


def test_of_too_few_rounds_no_middle_half_is_told():
    (_, one) = sentences(curves({"threads": {2: 1.9}}, n_rounds=1))
    assert "1.90 times the serial speed, " in one and "middle half" not in one
