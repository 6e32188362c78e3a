"""The sharing ladder: climbed in this Python, and told in words that follow from its figures."""

import dataclasses
import sys

import pytest

from helpers.core.machine import Capacity
from helpers.errors import LabError
from helpers.pythons import ladder as ladders
from helpers.pythons import rungs
from helpers.pythons.chart import plot_ladders
from helpers.pythons.find import Python, this_one
from helpers.pythons.ladder import Ladder, climb, climb_all, load_ladders

FREE = Python("nowhere", "PATH", "CPython", "3.14.2", free_threaded=True, problem="nowhere: gone")


def made_up(*, gil=False, **gains):
    """A ladder whose one thread takes a second, with these speed-ups, "_" for a space."""
    names = dict.fromkeys(rungs.RUNGS, 1.9) | {k.replace("_", " "): v for k, v in gains.items()}
    pairs_s = {name: ((1.0, 2 / gain),) * 3 for name, gain in names.items()}
    capacity = Capacity((1, 2), ((1.0,), (2.0,)))
    return Ladder(
        "3.14t", "3.14.2", gil, "a CPU", 2, "2026-11-28T00:00:00+00:00", capacity, 2, pairs_s
    )


def test_this_python_climbs_it() -> None:
    ladder = climb(this_one(), 0.0)
    assert list(ladder.pairs_s) == list(rungs.RUNGS)
    assert all(ladder.gain(rung) > 0 for rung in rungs.RUNGS)
    assert ladder.python == sys.version.split()[0]
    assert ladder.capacity.at(2) > 0  # what two threads could do, measured in between


@pytest.mark.parametrize("rung", rungs.RUNGS.values(), ids=rungs.RUNGS)
def test_every_thread_does_its_steps(rung) -> None:
    rungs.TOTAL.n = 0
    rungs.PLACES.clear()
    assert rungs.seconds(rung, 100, 1) > 0
    assert rungs.TOTAL.n == (100 if rung is rungs.one_counter else 0)
    assert ({0: 99} if rung is rungs.write_dict else {}) == rungs.PLACES


def test_what_holds_threads_up_is_named_only_where_something_does() -> None:
    ladder = made_up(one_counter=0.4, an_immutable_text=1.7)
    assert ladder.held_up_by("one counter") == "the lock of the object"
    assert ladder.held_up_by("an immutable text") == ladder.held_up_by("nothing") == ""
    assert made_up(gil=True).held_up_by("nothing") == "the GIL"


def test_a_free_python_that_fails_leaves_the_recordings(monkeypatch) -> None:
    with pytest.raises(LabError, match="nowhere: gone"):
        climb(FREE)
    found = [LabError("no"), made_up(gil=True)]  # the last one first: of this Python

    def answer(*_):
        if isinstance(one := found.pop(), LabError):
            raise one
        return one

    monkeypatch.setattr(ladders, "climb", answer)
    broken = dataclasses.replace(FREE, problem=None)
    *_, told = climb_all([broken], 0.0)
    assert [one.recorded for one in told] == [False, *(True for _ in load_ladders())]


def test_this_python_must_be_able_to(monkeypatch) -> None:
    monkeypatch.setattr(ladders, "climb", lambda *_: (_ for _ in ()).throw(LabError("broken")))
    with pytest.raises(LabError, match="broken"):
        list(climb_all([]))


def test_bars_begin_at_nought_and_the_title_says_what_was_found() -> None:
    with_gil = dataclasses.replace(made_up(gil=True, nothing=1.0), era="3.14")
    ax = plot_ladders([with_gil, made_up(one_counter=0.4)])
    assert ax.get_xlim()[0] == 0 and {bar.get_x() for bar in ax.patches} == {0}
    assert ax.get_title(loc="left") == ("3.14t: 1.9× sharing nothing, 0.4× with one counter")
    assert "3.14t, one counter: 0.40×   the lock of the object" in ax.get_label()
