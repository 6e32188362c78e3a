"""Counting in rows: every way of handing rows over gives the loop's counts and leaves nothing."""

import multiprocessing
import os
import sys
import time
from itertools import chain
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.cut import cut
from helpers.core.pools import open_pool
from helpers.core.variants import Comparison, Counter
from helpers.draw.variants import plot_variants
from helpers.errors import LabError
from helpers.processes import rows
from helpers.processes.forked import fresh_python
from tests.kernels import eventually
from tests.processes import has_ended

MATRIX = rows.make_matrix(50)
COUNTS = [sum(4 <= number <= 8 for number in row) for row in MATRIX.tolist()]


def flat(parts) -> list:
    return list(chain.from_iterable(parts))


# -- the matrix and the loop -----------------------------------------------------------------


def test_the_matrix_is_always_the_same() -> None:
    assert (rows.make_matrix(50) == MATRIX).all()
    assert (MATRIX.dtype, MATRIX.shape, MATRIX.min(), MATRIX.max()) == ("uint8", (50, 600), 0, 9)


@pytest.mark.parametrize("n_rows", [0, -1, 1_000_001, 2.5, "many", None, True])
def test_a_matrix_without_a_proper_number_of_rows_is_refused_in_one_line(n_rows) -> None:
    with pytest.raises(LabError, match=r"from 1 to 1,000,000: got .*try 10000") as refused:
        rows.make_matrix(n_rows)
    assert "\n" not in str(refused.value)


def test_the_loop_counts_both_ends() -> None:
    assert [rows.count([number]) for number in range(10)] == [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]


def test_all_ways_of_holding_rows_give_the_same_counts() -> None:
    assert rows.count_rows(MATRIX.tolist()) == COUNTS
    assert rows.count_rows(MATRIX) == COUNTS
    assert rows.count_rows(map(bytes, MATRIX)) == COUNTS
    assert rows.count_block(MATRIX) == rows.count_block(MATRIX.astype(np.int64)) == COUNTS


@given(st.lists(st.integers(), min_size=1), st.integers(1, 40))
def test_parts_are_the_whole_and_none_is_empty(items: list, n_parts: int) -> None:
    parts = cut(items, n_parts)
    assert flat(parts) == items
    assert len(parts) == min(n_parts, len(items))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


# -- shared memory ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["serial", "threads", "processes-spawn"])
def test_row_ranges_of_shared_memory_are_counted_anywhere(kind: str) -> None:
    block = SharedMemory(create=True, size=MATRIX.nbytes)
    try:
        block.buf[: MATRIX.nbytes] = MATRIX.tobytes()
        ranges = [(block.name, part[0], part[-1] + 1) for part in cut(range(len(MATRIX)), 4)]
        with open_pool(kind, 1) as pool:
            assert flat(pool.map(rows.count_shared, ranges)) == COUNTS
    finally:
        block.close()
        block.unlink()


# -- the fresh Python ------------------------------------------------------------------------


def test_a_function_of_a_cell_is_called_too() -> None:
    n = 20
    with fresh_python() as call:
        assert call(lambda more: n + more, 1) == 21


def test_what_a_call_raises_is_raised_here_and_the_next_call_works() -> None:
    with fresh_python() as call:
        with pytest.raises(ZeroDivisionError):
            call(divmod, 1, 0)
        assert call(divmod, 7, 2) == (3, 1)


def test_what_a_call_prints_is_no_answer() -> None:
    with fresh_python() as call:
        assert call(print, "hello") is None
        assert call(abs, -1) == 1


def test_a_fresh_python_that_ends_is_told_in_one_line() -> None:
    with (
        fresh_python() as call,
        pytest.raises(LabError, match=r"^the fresh Python has ended .*run the cell again$"),
    ):
        call(os._exit, 1)


def test_a_fresh_python_has_one_thread_and_ends_with_the_with() -> None:
    with fresh_python() as call:
        pid = call(os.getpid)
        assert pid != os.getpid()
        tasks = Path(f"/proc/{pid}/task")
        if tasks.exists():
            assert len(list(tasks.iterdir())) == 1
    if sys.platform != "win32":
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_what_a_fresh_python_started_ends_with_it() -> None:
    with fresh_python() as call:
        started = psutil.Process(call(_start_a_process))
    assert eventually(lambda: has_ended(started), 30)


def _start_a_process() -> int:
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    process.start()
    return process.pid


# -- the comparison --------------------------------------------------------------------------


def in_blocks(pool):
    return flat(pool.map(rows.count_block, cut(MATRIX, 5)))


def compared(variants: dict, **options):
    *_, table = Comparison(variants, **options).run()
    return table


def test_each_way_is_timed_in_each_round_and_compared_in_its_round() -> None:
    table = compared(
        {"loop": ("serial", lambda pool: rows.count_rows(MATRIX.tolist())),
         "threads": ("threads", in_blocks), "processes": ("processes", in_blocks)},
        rounds=2, floors={"summing": ("threads", lambda pool: MATRIX.sum())}, slow_s=60,
    )  # fmt: skip
    assert [timing.name for timing in table.timings] == ["loop", "threads", "processes"]
    assert table["loop"].speed_ups == (1.0, 1.0)
    for timing in table.timings:
        ratios = [a / b for a, b in zip(table["loop"].wall_s, timing.wall_s, strict=True)]
        assert timing.speed_ups == pytest.approx(ratios)
    floor_s = table["summing"].wall_s
    assert len(floor_s) == 2
    ratios = [a / b for a, b in zip(table["threads"].wall_s, floor_s, strict=True)]
    assert table.times("threads", "summing") == pytest.approx(sum(ratios) / 2)
    assert table["threads"].sent_bytes == 0 < MATRIX.nbytes < table["processes"].sent_bytes


def test_a_slow_way_has_one_round() -> None:
    way = ("serial", lambda pool: COUNTS)
    table = compared({"loop": way, "other": way}, rounds=3, slow_s=0)
    assert len(table["loop"].wall_s) == 3
    assert len(table["other"].wall_s) == 1


def test_a_spent_budget_leaves_the_first_round() -> None:
    way = ("serial", lambda pool: COUNTS)
    table = compared({"loop": way, "other": way}, rounds=3, budget_s=0)
    assert [len(timing.wall_s) for timing in table.timings] == [1, 1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([*COUNTS[:-1], 0], "1 of them others"),
        (COUNTS[:-1], "49 numbers instead of 50"),
        (iter(COUNTS), "wrap it in list"),
        (None, "returned None"),
    ],
)
def test_a_way_with_another_answer_is_refused(answer, said: str) -> None:
    variants = {
        "loop": ("serial", lambda pool: COUNTS),
        "bad": ("serial", lambda pool: answer),
    }
    with pytest.raises(LabError, match=said) as refused:
        compared(variants)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("variants", "options", "said"),
    [
        ({}, {}, "dict from a name"),
        ([1], {}, "dict from a name"),
        ({"a": ("serial", in_blocks)}, {"floors": in_blocks}, "dict from a name"),
        ({"a": ("serial", in_blocks)}, {"floors": {"b": in_blocks}}, "a kind and a function"),
        ({"a": ("serial",)}, {}, "a kind and a function"),
        ({"a": ("serial", 1)}, {}, "a kind and a function"),
        ({"a": ("threds", in_blocks)}, {}, "a kind of pool is one of"),
        ({"a": ("serial", in_blocks)}, {"rounds": 0}, "from 1 to 1,000: got 0"),
        ({"a": ("serial", in_blocks)}, {"n_workers": 0}, "number of workers"),
    ],
)
def test_a_bad_plan_is_refused_in_one_line(variants, options: dict, said: str) -> None:
    with pytest.raises(LabError, match=said) as refused:
        Comparison(variants, **options)
    assert "\n" not in str(refused.value)


def test_closing_the_comparison_ends_its_workers() -> None:
    before = set(multiprocessing.active_children())
    running = Comparison({"processes": ("processes", in_blocks)}).run()
    next(running)
    assert set(multiprocessing.active_children()) > before
    running.close()
    assert set(multiprocessing.active_children()) <= before


@pytest.mark.parametrize(("chunksize", "n_messages"), [(1, 50), (7, 8), (50, 1), (99, 1)])
def test_messages_are_counted_as_a_pool_of_processes_sends_them(
    chunksize: int, n_messages: int
) -> None:
    counter = Counter()
    items = MATRIX.tolist()
    assert list(counter.map(rows.count, items, chunksize=chunksize)) == COUNTS
    assert counter.n_messages == n_messages
    assert counter.n_bytes > 600 * 50  # a byte or more for each number


# -- the chart -------------------------------------------------------------------------------


def test_the_chart_has_a_bar_for_each_way_and_says_it_in_words() -> None:
    way = ("serial", lambda pool: COUNTS)
    table = compared({"loop": way, "other": way}, rounds=1, floors={"reading once": way})
    ax = plot_variants(table, chosen=["other"], n_variants=4)
    assert ax.get_xscale() == "log"
    assert [bar.get_x() + bar.get_width() for bar in ax.patches] == pytest.approx(
        [timing.seconds for timing in table.timings]
    )
    assert [label.get_text() for label in ax.get_yticklabels()] == ["loop", "☑ other", "", ""]
    said = ax.get_label()
    assert said.startswith("loop: ")
    assert "The floor, reading once, takes" in said
    assert "reading once" in [text.get_text() for text in ax.get_legend().get_texts()]
