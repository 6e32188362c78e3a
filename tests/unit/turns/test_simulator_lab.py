"""The simulator under the reader's hands: what the controls do, and what is drawn."""

import itertools

import pytest

from helpers.core.side_by_side import SideBySide
from helpers.draw import style
from helpers.draw.side_by_side import plot_overlaps
from helpers.turns import simulator_lab
from helpers.turns.simulation_chart import draw_simulation, plot_speed_ups
from helpers.turns.simulator import Hold, Release, simulate
from helpers.turns.simulator_lab import SimulatorLab


@pytest.fixture
def lab(monkeypatch):
    """A lab that is displayed; ``lab.shown`` collects (figure, html, text)."""
    shown = []
    monkeypatch.setattr(simulator_lab, "display_widget", lambda *_: None)
    monkeypatch.setattr(simulator_lab.Picture, "update", lambda self, *what: shown.append(what))
    lab = SimulatorLab()
    assert not shown  # before it has a place
    lab.shown = shown
    lab._ipython_display_()
    assert len(shown) == 1
    return lab


def test_it_shows_at_first_that_the_lock_is_the_limit(lab):
    assert lab.simulation.n_threads == lab.simulation.n_cores == 4
    assert 1.5 < lab.simulation.speed_up <= 2.0
    assert set(lab.speed_ups) == set(range(1, 9))
    assert "Simulated: 4 threads on 4 cores" in lab.shown[0][2]


def test_a_control_that_is_moved_redraws_once(lab):
    lab.controls["held"].value = 0.0
    assert len(lab.shown) == 2
    assert lab.simulation.speed_up == pytest.approx(4.0)
    lab.controls["threads"].value = 1
    assert len(lab.shown) == 3
    assert lab.simulation.speed_up == pytest.approx(1.0)
    assert "1 thread on 4 cores does" in lab.shown[-1][2]


def test_waiting_needs_no_core(lab):
    lab.controls["cores"].value = 1
    lab.controls["held"].value = 0.0
    lab.controls["waiting"].value = 1.0
    assert lab.simulation.speed_up == pytest.approx(4.0)


def test_the_two_shares_make_room_for_each_other_in_one_redraw(lab):
    lab.controls["held"].value = 1.0
    before = len(lab.shown)
    lab.controls["waiting"].value = 0.3
    assert lab.controls["held"].value == pytest.approx(0.7)
    assert len(lab.shown) == before + 1
    lab.controls["held"].value = 0.9
    assert lab.controls["waiting"].value == pytest.approx(0.1)


def test_python_code_hands_over_and_a_call_into_c_does_not(lab):
    lab.controls["held"].value = 1.0
    in_python = lab.simulation.n_hand_overs
    lab.controls["in_c"].value = True
    assert lab.simulation.n_hand_overs < in_python
    assert {span.label for span in lab.simulation.spans} == {"c-hold"}


@pytest.mark.parametrize(
    ("n_cores", "held", "waiting", "interval_ms"),
    list(itertools.product((1, 16), (0.0, 0.05, 1.0), (0.0, 0.95), (0.5, 100))),
)
def test_the_corners_of_all_controls_can_be_simulated(lab, n_cores, held, waiting, interval_ms):
    lab.controls["cores"].value = n_cores
    lab.controls["threads"].value = 8
    lab.controls["held"].value = held
    lab.controls["waiting"].value = waiting
    lab.controls["interval_ms"].value = interval_ms
    for n, speed_up in lab.speed_ups.items():
        assert 0.99 <= speed_up <= n + 1e-9
    # Not a time, but what decides it: a redraw simulates no more than this.
    assert len(lab.simulation.spans) < 2500


def test_every_chart_says_that_it_is_simulated(lab):
    charts, html, _ = lab.shown[0]
    assert style.alt_text(charts).count("Simulated") == 2
    assert all("Simulated" in ax.get_title(loc="left") for ax in charts)
    assert html.startswith('<p style="font-weight:bold">Simulated')


# --- The charts ---------------------------------------------------------------------------


def test_a_simulated_timeline_is_cut_to_what_is_shown():
    run = simulate([[Hold(0.05)], [Hold(0.05)]], n_cores=2)
    lanes, _ = draw_simulation(run, {1: 1.0, 2: run.speed_up}, shown_s=0.02)
    assert lanes.get_xlim()[1] == pytest.approx(20, rel=0.02)


def test_speed_ups_are_drawn_dotted_with_the_present_one_filled():
    run = simulate([[Release(0.02)]] * 3, n_cores=2)
    ax = plot_speed_ups({1: 1.0, 2: 2.0, 3: run.speed_up}, run)
    best, curve, here = ax.get_lines()
    assert list(best.get_ydata()) == [1, 2, 2]
    assert curve.get_linestyle() == ":"
    assert list(here.get_xdata()) == [3]
    assert f"{run.speed_up:.2f} with 3" in ax.get_label()


def test_overlaps_have_a_row_for_each_job_also_for_those_to_come():
    measured = {"a": SideBySide(2, (1.0, 1.0), (1.0, 2.0), (1.9, 1.9))}
    ax = plot_overlaps(measured, jobs=["a", "b"], chosen=["b"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    said = [text.get_text() for text in ax.texts]
    assert "you: in turns" in said and "you: side by side" in said
    assert "1.50×" in said
    assert ax.get_label().endswith("a 1.50.")
    assert not any("beyond" in text for text in said)
    odd = SideBySide(2, (1.0,) * 4, (0.1, 2.0, 2.0, 2.0), (1.9,) * 4)
    ax = plot_overlaps({"a": odd})
    assert ax.get_xlim()[1] < 7
    assert "1 beyond →" in [text.get_text() for text in ax.texts]
    empty = plot_overlaps({}, jobs=["a"])
    assert "still empty" in empty.get_label()
    assert "no prediction made" in [text.get_text() for text in empty.texts]
