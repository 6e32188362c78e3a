"""What fresh Pythons measure for notebook 05: starts, lengths, what can be sent, and memory."""

import multiprocessing
import os
import threading
import time

import pytest

from helpers.core import machine
from helpers.draw import style
from helpers.errors import LabError
from helpers.processes import memory as memories
from helpers.processes import probes
from helpers.processes.lengths import Lengths, measure_lengths
from helpers.processes.memory import Memory, measure_memory, plot_memory
from helpers.processes.starts import Starts, measure_starts, plot_starts
from helpers.processes.travels import plot_travels, try_to_send

METHODS = multiprocessing.get_all_start_methods()
QUIET = machine.Capacity((1, 2), ((1.0,), (2.0,)), (1.0,))


def test_each_start_method_has_a_first_and_a_second_pool_in_one_python() -> None:
    starts = measure_starts(lambda method: float(os.getpid()), rounds=2)
    assert {*starts.first_s} == {*METHODS}
    for method in METHODS:
        assert starts.first_s[method] == starts.later_s[method]
        assert len({*starts.first_s[method]}) == 2  # a new Python in each round


def test_the_chart_of_starts_has_a_bar_for_each_and_says_it() -> None:
    starts = Starts(QUIET, {"spawn": (0.3, 0.2, 0.4)}, {"spawn": (0.1, 0.1, 0.1)})
    ax = plot_starts(starts)
    assert [bar.get_width() for bar in ax.patches] == [0.3, 0.1]
    assert "spawn: the first pool 300 ms, the second 100 ms" in style.alt_text(ax.figure)


def test_lengths_lie_on_a_line_through_the_shortest_and_the_longest() -> None:
    found = measure_lengths(
        lambda items: (len(items) / 10, 2 + len(items) / 20), [0] * 100, (10, 100)
    )
    assert found.points == [(1.0, 2.5), (10.0, 7.0)]
    assert [found.line.start_s, found.line.rate, found.line.job_s] == pytest.approx([2, 0.5, 4])


def test_lengths_that_make_no_line_are_refused() -> None:
    for lengths in ((5,), (5, 5), (5, 500)):
        with pytest.raises(LabError, match="two or more, up to the 100 items") as refused:
            measure_lengths(lambda items: (1.0, 1.0), [0] * 100, lengths)
        assert "\n" not in str(refused.value)
    with pytest.raises(LabError, match="further apart"):
        _ = Lengths(QUIET, {1: ((1.0, 2.0),), 2: ((1.0, 2.0),)}).line


def test_a_table_says_what_arrives_and_what_is_refused() -> None:
    class Guarded:
        def __init__(self):
            self.lock = threading.Lock()

    def things():
        return {"module": time.sleep, "lambda": lambda: 1, "lock": Guarded()}

    travels = try_to_send(things)
    assert travels.names == ("module", "lambda", "lock")
    assert {*travels.methods} == {*METHODS}
    assert travels.ends("module") == {probes.ARRIVES}
    assert travels.ends("lambda") == travels.ends("lock") == {probes.REFUSED}
    ax = plot_travels(travels)
    assert len(ax.lines) == 3 * len(METHODS)
    assert "lambda, spawn: pickle refuses (" in style.alt_text(ax.figure)


def test_a_function_of_the_main_program_arrives_only_in_a_copy_of_it(main_function) -> None:
    travels = try_to_send(lambda: {"cell": main_function})
    for method in METHODS:
        wanted = probes.ARRIVES if method == "fork" else probes.BREAKS
        assert travels.found["cell", method][0] == wanted


@pytest.fixture
def main_function():
    """Return a function as a notebook's cell has it: its module is the main program."""
    names: dict = {"__name__": "__main__"}
    exec("def shout(text): return text.upper()", names)
    return names["shout"]


def test_memory_is_measured_or_the_reason_is_given(monkeypatch) -> None:
    monkeypatch.setattr(memories, "_WAYS", dict(list(memories._WAYS.items())[-1:]))
    memory = measure_memory()
    if memory.lacking is None:
        assert list(memory.added_mb) == list(memory.own_mb) == list(memories._WAYS)
        assert memory.own_mb["bytes, in shared memory"] > 30
        assert memory.added_mb["bytes, in shared memory"] < 30
    else:
        assert str(memory) == memory.lacking


def test_where_memory_cannot_be_told_apart_it_is_said(monkeypatch, capsys) -> None:
    def refuse(pids):
        raise AttributeError("no pss")

    monkeypatch.setattr(memories, "pss", refuse)
    memory = measure_memory()
    assert memory.lacking
    assert memory.lacking in capsys.readouterr().out


def test_the_chart_of_memory_has_a_bar_for_each_way() -> None:
    ax = plot_memory(Memory({"sent": 80.0, "shared": -0.1}, {"sent": 40.0, "shared": 36.0}))
    assert [bar.get_width() for bar in ax.patches] == [80.0, 0.0]
    assert "sent: 80 MB more for two workers" in style.alt_text(ax.figure)
