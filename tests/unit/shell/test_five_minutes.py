"""The short way for one CPU: when it is shown, in which order, and what it says."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

import helpers as lab
from helpers.core import machine
from helpers.errors import Stopped
from helpers.lock.listing import Line, Listing
from helpers.shell import five_minutes as module

STEPS = ("_answer", "_share", "_waiting", "_turns", "_meter", "_bank", "_freeze", "_price", "_own")
HERE = machine.describe()
START = "notebooks/00_start_here.ipynb"


@pytest.fixture
def taken(monkeypatch):
    """The steps that were taken, none of which measures anything."""
    names = []
    for name in STEPS:
        monkeypatch.setattr(module, name, lambda *given, name=name: names.append((name, *given)))
    return names


def on(monkeypatch, n_cpus):
    here = dataclasses.replace(HERE, usable_cpus=n_cpus)
    monkeypatch.setattr(machine, "describe", lambda: here)


def test_with_several_cpus_it_says_to_go_on(taken, monkeypatch, capsys):
    on(monkeypatch, 4.0)
    lab.five_minutes()
    assert capsys.readouterr().out.startswith("You have 4 CPUs, so everything below shows live")
    assert taken == []


def test_with_one_cpu_it_takes_all_steps_and_ends_with_the_reader_s_function(taken, monkeypatch):
    on(monkeypatch, 1.0)
    lab.five_minutes(str.upper, ["a"])
    assert [name for name, *_ in taken] == list(STEPS)
    assert taken[-1][1:] == (str.upper, ["a"])


def test_an_interrupt_is_one_line(taken, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_bank", interrupted)
    with pytest.raises(Stopped, match=r"^Stopped: nothing is left running"):
        lab.five_minutes(anyway=True)
    assert [name for name, *_ in taken] == list(STEPS[:5])


def test_00_shows_it_before_anything_is_measured_and_says_what_run_all_does():
    cells = nbformat.read(Path(lab.__path__[0]).parent / START, as_version=4).cells
    code = [n for n, cell in enumerate(cells) if cell.cell_type == "code"]
    assert [cells[n].source for n in code[1:3]] == ["lab.card()", "lab.five_minutes()"]
    assert any("If you press Run All" in cell.source for cell in cells[: code[0]])


def line(name, share):
    return Line(name, SimpleNamespace(held_share=share, call_s=0.1), None)


def test_the_look_at_calls_says_what_it_means_on_more_cores():
    calls = {"strings": 1.0, "hash": 0.0, "odd": None}
    ax = module._plot_held(Listing("calls", tuple(line(*row) for row in calls.items())))
    said = [text.get_text() for text in ax.texts]
    assert said == [
        "100 %: 1.0 times on 4 cores", "0 %: 4.0 times on 4 cores", "unclear"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (module._answer, "Recorded on 20"),
        (module._share, "2. Your share: "),
        (module._waiting, "and needs no CPU"),
        (module._turns, "4. Do two threads with Python code run at once?"),
        (module._bank, "Money is missing from: no lock"),
        (module._price, "two take"),
    ],
)
def test_a_step_says_what_it_has_measured(step, said, capsys):
    step()
    assert said in capsys.readouterr().out


def test_a_busy_computer_is_not_looked_into(monkeypatch, capsys):
    busy = machine.Capacity((1, 2), ((1.0,), (1.0,)), (0.1,))
    monkeypatch.setattr(machine, "capacity", lambda n, rounds: busy)
    monkeypatch.setattr(module, "meter_calls", lambda calls, seconds: Listing("calls", ()))
    module._meter()
    assert "too busy to tell now: run the cell again" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("elsewhere", "said"),
    [("With 2 free cores: two.", "With 2 free cores: two."), ("", "Too little was measured")],
)
def test_its_headline_is_what_the_reader_s_function_would_be_elsewhere(
    elsewhere, said, monkeypatch, capsys
):
    found = SimpleNamespace(elsewhere=elsewhere, evidence=SimpleNamespace(name="mine"))
    monkeypatch.setattr(module, "verdict", lambda *given, **how: found)
    module._own(str.upper, ["a"])
    (headline,) = [line for line in capsys.readouterr().out.splitlines() if "here mine" in line]
    assert f"9. A function of your own, here mine. {said}" in headline
