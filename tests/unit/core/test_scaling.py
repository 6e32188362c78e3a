"""The scaling experiment: which runs it yields, and each way in which it may end."""

import contextlib
import dataclasses
import functools
import math
import os
import re
import threading
import time

import pytest

import helpers as lab
from helpers.core import allowed, last_words, machine, pools, scaling
from helpers.core.attempt import RunRefused
from helpers.core.runs import Run
from helpers.core.scaling import (
    ONE_PER_WORKER,
    Experiment,
    default_worker_counts,
    parse_counts,
)
from helpers.errors import LabError, TooLong, shown
from tests.unit import sample_jobs as jobs
from tests.unit.refusals import refusal

NOT_HERE = ("serial", "distributed")  # what the others are compared with, and test_cluster.py's
KINDS = [k for k, why in pools.kinds().items() if why is None and k not in NOT_HERE]
PROCESSES = [kind for kind in KINDS if kind.startswith("processes")]

# What this process forks here has nothing to do with its threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
    pytest.mark.usefixtures("quick_capacity"),
]


def experiment(function=jobs.doubles, kind="threads", counts=(2,), rounds=1, **options):
    job = options.pop("job", None) or jobs.job(function)
    return Experiment(job, kinds=(kind,), worker_counts=counts, rounds=rounds, **options)


def end_of(one, stop=None):
    """Return the line that ends an experiment, and how many runs it yielded before."""
    runs = []
    with pytest.raises(LabError) as caught:
        runs.extend(jobs.runs_of(one, stop))
    message = str(caught.value)
    assert "\n" not in message
    return message, runs


# -- the plan --------------------------------------------------------------------------


@pytest.mark.parametrize("n_cpus", [1, 2, 3, 4, 6, 64, 100])
def test_default_counts_reach_past_the_last_cpu_or_to_four(monkeypatch, n_cpus):
    monkeypatch.setattr(allowed, "n_usable_workers", lambda: n_cpus)
    counts = default_worker_counts()
    assert counts[:3] == (1, 2, 4)
    assert counts[-1] == max(4, n_cpus)
    assert list(counts) == sorted(set(counts))


@pytest.mark.parametrize(
    ("text", "counts"), [("1,2,4", (1, 2, 4)), (" 1 2,  3 ", (1, 2, 3)), ("", ()), ("-1", (-1,))]
)
def test_worker_counts_are_read_from_text(text, counts):
    assert parse_counts(text) == counts


@pytest.mark.parametrize("text", ["abc", "1.5", "1,two", "1;2", "0x2", "nan", "9" * 5000])
def test_text_that_holds_no_worker_counts_is_refused(text):
    assert f"not {text!r:.60}: try 1, 2, 4" in refusal(parse_counts, text)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"worker_counts": (0,)}, "must be a whole number from 1 to"),
        ({"worker_counts": (2, -1)}, "got -1; try"),
        ({"worker_counts": (10**9,)}, "got 1000000000; try"),
        ({"worker_counts": (10**5000,)}, "thousands of digits"),
        ({"worker_counts": (1.5,)}, "got 1.5; try"),
        ({"worker_counts": (1, "2")}, "got '2'; try"),
        ({"worker_counts": (True,)}, "got True; try"),
        ({"worker_counts": ([1],)}, "got [1]; try"),
        ({"worker_counts": ()}, "worker counts come in a list of one or more, not (): try (1, 2)"),
        ({"worker_counts": 4}, "worker counts come in a list of one or more, not 4: try (1, 2)"),
        ({"worker_counts": "12"}, "worker counts come in a list of one or more, not '12'"),
        ({"kinds": ("thread",)}, "not 'thread': choose one"),
        ({"kinds": ()}, "not (): try ('threads',), or ('serial',) for the loop"),
        ({"kinds": (["threads"],)}, "not ['threads']: choose one"),
        ({"kinds": "threads"}, "kinds of pool come in a list of one or more, not 'threads'"),
        ({"kinds": None}, "not None: try ('threads',), or ('serial',) for the loop"),
        ({"rounds": 0}, "rounds must be a whole number from 1 to 1,000: got 0; try 5"),
        ({"rounds": 2.0}, "got 2.0; try 5"),
        ({"rounds": 10**5000}, "thousands of digits"),
        ({"n_sublists": 0}, "sublists must be a whole number"),
        ({"n_sublists": "many"}, "got 'many'"),
        ({"n_sublists": 10**6}, "from 1 to 100,000: got 1000000"),
        ({"budget_s": 0}, "budget_s must be a number of 0.001 or more: got 0; try 60"),
        ({"budget_s": math.nan}, "got nan; try 60"),
        ({"budget_s": "60"}, "got '60'; try 60"),
        ({"run_limit_s": -1}, "run_limit_s must be a number of 0.001 or more: got -1; try 60"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong, said):
    assert said in refusal(Experiment, jobs.job(jobs.doubles), **wrong)


@pytest.mark.parametrize("job", ["strings", None, jobs.doubles])
def test_an_experiment_is_made_with_a_job(job):
    message = refusal(Experiment, job)
    assert message == (
        f"an experiment is made with a Job, not {shown(job)}: take strings(), pictures() or "
        "job(function, items)"
    )


def test_a_plan_is_put_in_order():
    plan = Experiment(
        jobs.job(jobs.doubles),
        kinds=["threads", "serial", "threads"],
        worker_counts=range(2, 0, -1),
    )
    assert plan.kinds == ("threads",)
    assert plan.worker_counts == (1, 2)
    assert plan.combinations == [("serial", 1), ("threads", 1), ("threads", 2)]
    assert plan.n_runs == 3 * 6


# -- the runs --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_combination_runs_once_a_round_and_does_all_the_work(kind):
    plan = experiment(jobs.spins, kind, counts=(1, 2), rounds=2)
    runs = list(jobs.runs_of(plan))
    assert len(runs) == plan.n_runs == 9
    for number in range(3):
        keys = [(run.kind, run.n_workers) for run in runs if run.round == number]
        assert sorted(keys) == sorted(plan.combinations)
    for run in runs:
        assert (run.n_items, run.n_sublists, len(run.spans)) == (8, 4, 4)
        assert run.wall_s > 0 and run.cpu_s > 0 and run.other_cpu_s >= 0
        assert 1 <= len(run.workers) <= run.n_workers
        assert all(0 <= span.start_s <= span.stop_s <= run.wall_s for span in run.spans)
        here = {name for name in run.workers if name.split(".")[0] == str(os.getpid())}
        assert bool(here) != run.kind.startswith("processes")


def test_combinations_take_turns_in_being_first():
    plan = experiment(counts=(1, 2), rounds=3)
    runs = list(jobs.runs_of(plan))
    firsts = [next(run for run in runs if run.round == number) for number in range(4)]
    keys = [(run.kind, run.n_workers) for run in firsts]
    assert keys == [("serial", 1), *plan.combinations]


def test_two_workers_share_the_work():
    both = threading.Barrier(2)

    def meet(numbers):
        if jobs.in_worker():
            both.wait(60)
        return list(numbers)

    plan = experiment(job=jobs.job(meet, 2, 2))
    run = [run for run in jobs.runs_of(plan) if run.kind == "threads"][-1]
    assert len(run.workers) == 2


@pytest.mark.parametrize("kind", PROCESSES)
def test_what_workers_take_to_unpack_items_is_told_apart_from_the_job(kind):
    job = dataclasses.replace(jobs.job(jobs.nothing), items=[jobs.Heavy() for _ in range(8)])
    run = [run for run in jobs.runs_of(experiment(job=job, kind=kind)) if run.kind == kind][-1]
    assert run.other_cpu_s >= 8 * 0.02
    assert run.cpu_s < 8 * 0.02


def test_in_threads_all_cpu_time_is_that_of_this_process():
    run = [run for run in jobs.runs_of(experiment(jobs.spins)) if run.kind == "threads"][-1]
    assert run.cpu_s > 0 and run.other_cpu_s >= 0


def test_a_pool_is_started_once_and_its_start_is_no_part_of_a_run(monkeypatch):
    asked = []

    def start(pool, n_workers, **options):
        asked.append(n_workers)
        return 7.0 + n_workers

    monkeypatch.setattr(pools, "start", start)
    runs = list(jobs.runs_of(experiment(counts=(1, 2), rounds=2)))
    assert asked == [1, 1, 2]
    assert {run.startup_s for run in runs if (run.kind, run.n_workers) == ("threads", 2)} == {9.0}


@pytest.mark.parametrize(
    ("n_sublists", "expected"),
    [(None, {1: 4, 2: 4}), (3, {1: 3, 2: 3}), (99, {1: 8, 2: 8}), (ONE_PER_WORKER, {1: 1, 2: 2})],
)
def test_how_many_sublists(n_sublists, expected):
    runs = jobs.runs_of(experiment(counts=(1, 2), n_sublists=n_sublists))
    assert {run.n_workers: run.n_sublists for run in runs if run.kind == "threads"} == expected


def test_no_items_are_no_problem():
    assert len(list(jobs.runs_of(experiment(job=jobs.job(jobs.doubles, n_items=0))))) == 4


def test_a_budget_ends_after_the_first_round_at_the_earliest():
    runs = list(jobs.runs_of(experiment(rounds=50, budget_s=0.001)))
    assert {run.round for run in runs} == {0, 1}
    assert len(runs) == 4


def test_a_job_may_print_as_much_as_it_likes(capfd):
    runs = list(jobs.runs_of(experiment(jobs.prints, "processes")))
    assert len(runs) == 4
    assert len(capfd.readouterr().out) > 400_000


# -- refused runs ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_that_raises_in_a_worker_is_told_in_one_line(kind):
    message, runs = end_of(experiment(jobs.raises_in_a_worker, kind))
    assert message == (
        f"numbers in {kind} with 2 workers raised ValueError: the first line and the second; "
        "mend the job, then run again"
    )
    assert len(runs) == 1


def test_a_job_that_raises_serially_never_comes_to_the_pools():
    message, runs = end_of(experiment(jobs.raises))
    assert message.startswith("numbers in a serial run raised ValueError: the first line")
    assert runs == []


def test_a_refusal_of_the_job_itself_stands_as_it_is():
    assert end_of(experiment(jobs.refuses))[0] == "numbers are even, not 1: try 2"


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_job_that_leaves_python_is_told_in_one_line(kind):
    message, _ = end_of(experiment(jobs.leaves, kind))
    assert "raised SystemExit: the job calls sys.exit(); mend the job" in message


@pytest.mark.parametrize("kind", PROCESSES)
def test_an_error_is_told_whatever_the_other_sublists_are_at(kind):
    message, _ = end_of(experiment(jobs.raises_beside_one_that_hangs, kind))
    assert "raised ValueError" in message


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_that_differs_from_the_serial_one_is_refused_with_both(kind):
    message, runs = end_of(experiment(jobs.tells_who, kind))
    assert message.startswith(f"numbers in {kind} with 2 workers must give what it gives serially")
    assert "item 0 is '" in message and f"serially it is '{os.getpid()}." in message
    assert message.endswith("the run is refused; look for state that calls share")
    assert [run.kind for run in runs] == ["serial"]


def test_a_result_that_lacks_something_is_refused():
    message, _ = end_of(experiment(jobs.forgets_one))
    assert "4 answers came back, serially 8: the run is refused" in message


def test_a_job_that_returns_no_list_is_refused():
    message, runs = end_of(experiment(jobs.counts))
    assert message == (
        "a job returns a list for every sublist, and numbers returned a int: return a list"
    )
    assert runs == []


def test_a_result_that_cannot_travel_is_told_in_one_line():
    message, _ = end_of(experiment(jobs.returns_what_cannot_travel, "processes"))
    assert (
        "the result of a call cannot be sent back (TypeError: cannot pickle '_thread.lock' object)"
        in message
    )


@pytest.mark.parametrize("kind", PROCESSES)
@pytest.mark.parametrize(
    "job",
    [
        jobs.job(functools.partial(jobs.doubles, threading.Lock())),
        dataclasses.replace(jobs.job(jobs.doubles), items=[threading.Lock()] * 8),
    ],
    ids=["function", "items"],
)
def test_a_job_that_cannot_travel_is_refused_for_processes(kind, job, monkeypatch):
    monkeypatch.setattr(pools, "open_pool", lambda *key: pytest.fail("a pool was opened"))
    message, runs = end_of(experiment(job=job, kind=kind))
    assert "a lock" in message and "cannot be sent to a process" in message
    assert "no memory for it to guard" in message
    assert runs == []


def test_a_job_that_cannot_travel_runs_in_threads():
    lock = threading.Lock()
    job = jobs.job(lambda numbers: [number for number in numbers if lock])
    assert len(list(jobs.runs_of(experiment(job=job)))) == 4


@pytest.mark.parametrize("kind", PROCESSES)
@pytest.mark.parametrize("job", [jobs.dies, jobs.dies_while_sending])
def test_a_worker_that_dies_is_told_in_one_line(kind, job, monkeypatch):
    monkeypatch.setattr(last_words, "_OVER_S", 1.0)
    message, runs = end_of(experiment(job, kind))
    assert message.startswith(f"numbers in {kind} with 2 workers: a worker ended in the middle")
    assert "exit code" in message
    assert len(runs) == 1


@pytest.mark.parametrize("kind", PROCESSES)
def test_a_run_in_processes_over_its_limit_is_given_up(kind):
    message, _ = end_of(experiment(jobs.sleeps_in_a_worker, kind, run_limit_s=0.2))
    assert message.startswith(f"a run may take 0.2 seconds, and numbers in {kind} is not over")
    assert "choose a smaller size" in message and message.endswith("(nothing is left of it)")


def test_a_run_in_threads_over_its_limit_is_given_up_and_says_what_is_left():
    with jobs.dozing():
        message, _ = end_of(experiment(jobs.dozes_in_a_worker, run_limit_s=0.2))
    assert message.endswith("(a thread cannot be ended from outside: restart the kernel to be rid "
                            "of it)")  # fmt: skip


def test_a_serial_run_over_its_limit_is_given_up_between_sublists():
    message, runs = end_of(experiment(jobs.spins, run_limit_s=0.001))
    assert "numbers in serial is not over" in message
    assert runs == []


# -- the end, asked for ----------------------------------------------------------------


def test_a_stop_before_the_beginning_starts_nothing(monkeypatch):
    monkeypatch.setattr(pools, "open_pool", lambda *key: pytest.fail("a pool was opened"))
    stop = threading.Event()
    stop.set()
    assert list(jobs.runs_of(experiment(), stop)) == []


def test_a_stop_while_workers_are_started_ends_it(monkeypatch):
    stop = threading.Event()
    start = pools.start

    def stopped_meanwhile(pool, n_workers, **options):
        if n_workers == 2:
            stop.set()
            monkeypatch.setattr(pools.worker, "ready", time.sleep)
        return start(pool, n_workers, **options)

    monkeypatch.setattr(pools, "start", stopped_meanwhile)
    monkeypatch.setattr(pools, "LOOK_S", 0.001)
    assert list(jobs.runs_of(experiment(counts=(1, 2)), stop)) == []


@pytest.mark.parametrize("kind", ["threads", *PROCESSES])
def test_a_stop_during_a_run_gives_that_run_up(kind):
    stop = threading.Event()
    timer = threading.Timer(0.3, stop.set)
    job = jobs.dozes_in_a_worker if kind == "threads" else jobs.sleeps_in_a_worker
    runs = []
    with jobs.dozing():
        for run in jobs.runs_of(experiment(job, kind), stop):
            timer.start()
            runs.append(run)
    assert [run.kind for run in runs] == ["serial"]


@pytest.mark.parametrize("kind", PROCESSES)
def test_a_stop_in_the_middle_of_a_result_does_not_hang(kind):
    """The pool's own thread waits for the other half, which nobody sends."""
    stop = threading.Event()
    timer = threading.Timer(0.5, stop.set)
    runs = []
    for run in jobs.runs_of(experiment(jobs.sends_half, kind), stop):
        timer.start()
        runs.append(run)
    assert len(runs) == 1


def test_a_serial_run_is_stopped_between_two_sublists():
    stop = threading.Event()
    seen = []

    def job(numbers):
        seen.append(numbers)
        stop.set()
        return list(numbers)

    assert list(jobs.runs_of(experiment(job=jobs.job(job)), stop)) == []
    assert len(seen) == 1


def test_a_stop_between_two_runs_keeps_what_was_measured():
    stop = threading.Event()
    runs = []
    for run in jobs.runs_of(experiment(rounds=3), stop):
        runs.append(run)
        if len(runs) == 3:
            stop.set()
    assert len(runs) == 3


def test_an_error_of_the_reader_closes_all(monkeypatch):
    ended = []
    end = pools.end
    monkeypatch.setattr(pools, "end", lambda pool, now: (ended.append(now), end(pool, now=now)))
    with pytest.raises(ZeroDivisionError), contextlib.closing(experiment().run()) as results:
        for result in results:
            if result.runs:
                raise ZeroDivisionError
    assert ended == [True, True]


def test_one_pool_that_cannot_be_ended_does_not_keep_the_others(monkeypatch):
    ended = []

    def end(pool, now):
        ended.append(pool)
        if len(ended) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(pools, "end", end)
    with pytest.raises(KeyboardInterrupt):
        list(jobs.runs_of(experiment(counts=(1, 2))))
    assert len(ended) == 3


# -- the result ------------------------------------------------------------------------


@pytest.mark.parametrize(("wall_s", "n_looks"), [(1.0, 6), (0.1, 1), (1e-5, 0)])
def test_a_result_grows_by_each_run_and_looks_at_the_capacity_for_a_share_of_the_time(
    wall_s, n_looks, monkeypatch
):
    monkeypatch.setattr(scaling.allowed, "n_usable_workers", lambda: 2)
    monkeypatch.setattr(scaling, "Run", lambda **known: Run(**{**known, "wall_s": wall_s}))
    plan = experiment(rounds=5)
    first, *others = plan.run()
    assert (first.job, first.title, first.runs) == ("numbers", "Numbers", ())
    assert first.made.endswith("+00:00")
    assert [len(result.runs) for result in others] == list(range(1, 13))
    assert plan.n_runs == 12
    # A look takes 0.1 s, a round two runs.
    n_before, n_after = (len(result.capacity.core_shares) for result in (first, others[-1]))
    assert n_after == n_before + n_looks


def test_capacity_is_asked_for_no_more_threads_than_cpus(monkeypatch):
    asked = []
    measure = machine.capacity
    monkeypatch.setattr(machine, "capacity", lambda n: (asked.append(n), measure(1))[1])
    for n_cpus, counts in [(8, (1, 4)), (2, (1, 64)), (1, (1,))]:
        monkeypatch.setattr(scaling.allowed, "n_usable_workers", lambda n=n_cpus: n)
        next(experiment(counts=counts).run())
    assert asked == [4, 2, 2]


def test_a_pool_that_does_not_start_in_time_is_known_from_one_that_cannot_start(monkeypatch):
    for error in (TooLong("all workers must begin"), LabError("no more threads")):

        def start(*args, error=error, **options):
            raise error

        monkeypatch.setattr(pools, "start", start)
        with pytest.raises(RunRefused) as told:
            list(Experiment(lab.job(abs, [1, 2]), kinds=["threads"]).run())
        assert told.value.too_long == isinstance(error, TooLong)
        assert told.value.kind == "serial"


def test_a_run_that_hangs_is_given_up_where_there_is_a_budget(monkeypatch):
    monkeypatch.setattr(scaling, "_SPARE_S", 0.2)

    def hangs_in_threads(number):
        while threading.current_thread() is not threading.main_thread():
            time.sleep(0.01)

    hangs = lab.job(hangs_in_threads, [1, 2])
    with pytest.raises(LabError, match="hangs_in_threads in threads is not over"):
        list(Experiment(hangs, kinds=["threads"], budget_s=0.1).run())


def test_answers_that_are_slow_to_compare_are_compared_for_a_share_of_the_budget():
    class Slow:
        def __init__(self):
            self.made_s = time.perf_counter()  # it differs, so their own == is asked

        def __eq__(self, other):
            time.sleep(0.01)
            return True

    slowly = lab.job(lambda n: Slow(), list(range(1000)))
    *_, result = Experiment(slowly, ("threads",), (2,), rounds=1, budget_s=1).run()
    assert result.incomparable == "that takes more than 0.12 s"


def test_a_slow_same_is_asked_for_a_share_of_the_budget():
    def slow(one, other):
        time.sleep(0.02)
        return one == other

    slowly = lab.job(abs, list(range(100)), same=slow)
    plan = Experiment(slowly, kinds=["threads"], worker_counts=[1], rounds=1, budget_s=0.8)
    *_, result = plan.run()
    assert len(result.runs) == plan.n_runs
    assert re.match(r"same= compared \d+ of 100 answers in ", result.incomparable)
