"""The parts of a pool's time: they leave no gap, and bad input is told in one line."""

import threading
from dataclasses import replace

import pytest

from helpers.core import pools
from helpers.draw import style
from helpers.errors import LabError, Stopped
from helpers.jobs.registry import load_job
from helpers.processes.split import PARTS, Split, _parts, measure_job, measure_splits
from helpers.processes.split_chart import plot_splits
from tests.unit import sample_jobs as jobs

PROCESSES = [
    kind for kind, reason in pools.kinds().items() if kind.startswith("processes-") and not reason
]


@pytest.fixture(scope="module")
def strings():
    return load_job("strings", 2000)


def split_of(job, kind="threads", n_workers=2, rounds=1):
    return measure_splits(job, [(kind, n_workers)], rounds=rounds)[0]


@pytest.mark.parametrize("kind", ["serial", "threads", *PROCESSES])
def test_the_parts_of_every_round_add_up_to_its_wall_time(strings, kind):
    split = split_of(strings, kind, 1 if kind == "serial" else 2, rounds=2)
    for i, wall_s in enumerate(split.wall_s):
        assert sum(part[i] for part in split.parts_s) == pytest.approx(wall_s)
    assert all(seconds >= 0 for part in split.parts_s for seconds in part)
    assert [split.part_s("computing") > 0, split.n_sublists] == [True, 16]


def test_only_processes_pack(strings):
    threads = split_of(strings, "threads")
    spawned = split_of(strings, "processes-spawn")
    assert [threads.bytes_out, threads.bytes_back, threads.caller_s] == [0, 0, (0.0,)]
    assert spawned.bytes_out > sum(map(len, strings.items))
    assert spawned.bytes_back > 0
    assert spawned.worker_copy_s[0] > 0


def test_parts_by_hand():
    # Two workers from second 10 to second 20; the second one begins late and ends first.
    stamps = {
        "a": [(11.0, 12.0, 15.0, 16.0, 2.0), (16.5, 17.0, 18.0, 18.5, 1.0)],
        "b": [(13.0, 13.5, 16.5, 17.0, 2.5)],
    }
    sending, computing, lacking, back, waiting = _parts(stamps, 10.0, 20.0, 2)
    assert sending == pytest.approx(((2 + 1) + 3.5) / 2)
    assert computing == pytest.approx(((2 + 1) + 2.5) / 2)
    assert lacking == pytest.approx((1 + 0.5) / 2)
    assert back == pytest.approx(((1 + 0.5 + 1.5) + (0.5 + 1.5)) / 2)
    assert waiting == pytest.approx((0 + 1.5) / 2)


@pytest.mark.parametrize(
    ("kind", "n_workers", "shares"),
    [
        ("serial", 1, (0.75, 1.0)), ("threads", 2, ()), ("distributed", 2, ()),
        ("processes-spawn", 2, (0.75, 1.0)),
    ],
)  # fmt: skip
def test_only_who_shares_no_gil_tells_how_much_of_a_core_it_got(kind, n_workers, shares):
    parts_s = ((0.1, 0.1), (0.1, 0.1), (0.3, 0.5), (0.1, 0.0), (0.1, 0.1), (0.1, 0.1))
    split = Split("job", kind, n_workers, 1, 1, 0, 0, parts_s, (0.8, 0.9), (0.0,) * 2, (0.0,) * 2)
    assert split.core_shares == pytest.approx(shares)
    assert replace(split, parts_s=parts_s[:5]).core_shares == ()  # an older recording


def test_a_worker_without_a_sublist_waits_all_the_time():
    parts = _parts({"a": [(1.0, 1.0, 4.0, 4.0, 3.5)]}, 0.0, 5.0, 2)  # a coarse CPU clock
    assert parts == pytest.approx([0.5, 1.5, 0.0, 1.0, 2.0])
    assert sum(parts) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"rounds": 0}, "rounds must be a whole number from 1 to 1,000: got 0"),
        ({"rounds": 1.5}, "got 1.5"),
        ({"kind": "gpu"}, "a kind of pool is one of"),
        ({"n_workers": 0}, "got 0"),
    ],
)
def test_bad_input_is_one_line(strings, arguments, says):
    with pytest.raises(LabError, match=says) as caught:
        split_of(strings, **arguments)
    assert "\n" not in str(caught.value)


def test_a_stop_ends_it(strings):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        measure_splits(strings, [("threads", 2)], rounds=1, stop=stop)


def test_a_job_that_differs_in_processes_is_refused():
    with pytest.raises(LabError, match="must give what it gives serially"):
        split_of(jobs.job(jobs.tells_who))


def test_a_job_is_timed_serially_and_in_a_new_pool(strings):
    serial_s, pool_s = measure_job(strings, "threads", rounds=2)
    assert serial_s > 0
    assert pool_s > 0


def test_the_chart_has_a_bar_for_each_part():
    parts = ((0.2,), (0.1,), (0.3,), (0.2,), (0.1,), (0.1,))
    split = Split("job", "processes", 2, 100, 16, 1000, 1000, parts, (1.0,), (0.1,), (0.1,))
    ax = plot_splits([split, split])
    widths = [round(bar.get_width(), 3) for bar in ax.patches]
    assert split.working_s == pytest.approx(0.5)
    assert widths == [0.2, 0.1, 0.3, 0.2, 0.1, 0.1] * 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(PARTS)
    assert "computing 0.300 s, waiting for the GIL or a core 0.200 s" in style.alt_text(ax.figure)
