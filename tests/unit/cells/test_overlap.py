"""Calls in one thread and in two: what is drawn, said, recorded and refused."""

import dataclasses
import time

import pytest

from helpers.cells import overlap as module
from helpers.cells.overlap import explain_overlaps, overlap
from helpers.cells.predict import predict, predict_which
from helpers.core import machine, side_by_side
from helpers.core.side_by_side import RecordedPairs, SideBySide
from helpers.errors import LabError
from tests.unit.refusals import refusal


def pairs(*speed_ups, capacity=1.9):
    """Return a SideBySide with these speed-ups."""
    together = tuple(2 / speed_up for speed_up in speed_ups)
    return SideBySide(2, (1.0,) * len(speed_ups), together, (capacity,) * len(speed_ups))


def test_calls_are_grouped_and_the_prediction_is_judged():
    measured = {"loop": pairs(0.98, 1.0, 1.02), "squeeze": pairs(1.8, 1.85, 1.9)}
    said = explain_overlaps(measured, ["loop", "squeeze"], n_cpus=2)
    assert said == [
        "Side by side: squeeze. In turns: loop.",
        "Your prediction was right for 1 of 2.",
    ]
    assert explain_overlaps(measured, n_cpus=2)[-1] == "You committed no prediction."
    assert "right for 2 of 2" in explain_overlaps(measured, ["squeeze"], 2)[-1]


def test_where_nothing_can_be_told_nothing_is_said_about_the_lock():
    measured = {
        "loop": pairs(1.0, 1.0, capacity=1.0),
        "wait": pairs(2.0, 2.0, capacity=1.0),
        "noisy": pairs(0.5, 1.0, 1.5, 2.0),
    }
    said = explain_overlaps(measured, ["wait"], n_cpus=2)
    assert said[0] == "Side by side: wait. Cannot be told: loop, noisy."
    assert "cannot give two cores" in said[1]
    assert said[2] == "Your prediction was right for 1 of 1."


def test_on_one_cpu_nothing_is_said_to_take_turns():
    measured = {"loop": pairs(0.98, 1.0, 1.02), "wait": pairs(1.99, 2.0, 2.0)}
    said = explain_overlaps(measured, ["loop"], n_cpus=1)
    assert said[0] == "Side by side: wait. Cannot be told: loop."
    assert "Only one CPU is usable here" in said[1]
    assert said[2] == "Your prediction was right for 0 of 1."


def last(displays):
    """Return the text and the HTML of the last picture."""
    (one,) = displays
    return one.all[-1]["text/plain"], one.all[-1]["text/html"]


def test_each_call_is_measured_and_drawn(monkeypatch, displays):
    monkeypatch.setattr(module, "_SECONDS", 0.01)
    choice = predict_which("Which overlap?", ["nap", "<sum>"])
    choice.commit()
    measured = overlap({"nap": lambda: time.sleep(0.03), "<sum>": lambda: sum(range(1000))}, choice)
    assert list(measured) == ["nap", "<sum>"]
    assert "0 of 2 calls" in displays[0].all[1]["text/html"]
    text, html = last(displays)
    assert "&lt;sum&gt;" in html and "<sum>" not in html
    assert "<sum>" in text


NAP = {"nap": lambda: time.sleep(0.01)}


@pytest.fixture
def recorded_nap(tmp_path, monkeypatch):
    """Let there be a recording of pairs called "naps"; return the SideBySide in it."""
    monkeypatch.setattr(module, "_SECONDS", 0.01)
    monkeypatch.setattr(side_by_side, "PAIRS", tmp_path)
    found = pairs(1.8, 1.9, 2.0)
    here = dataclasses.replace(machine.describe(), usable_cpus=2)
    recorded = RecordedPairs("2026-01-02T03:04:05+00:00", here, {"nap": found})
    side_by_side.save_pairs("naps", recorded)
    return found


def test_a_recording_is_shown_where_this_machine_cannot_tell(recorded_nap, displays, monkeypatch):
    monkeypatch.setattr(module.facts, "overlap", lambda found, _: (
        "overlaps" if found == recorded_nap else "cannot be told here"
    ))  # fmt: skip
    choice = predict_which("Which overlap?", ["nap"])
    choice.controls["nap"].value = True
    choice.commit()
    overlap(NAP, choice, recorded="naps")
    alt, *lines = last(displays)[0].splitlines()
    assert "Recorded on another machine: nap 1.90." in alt
    assert lines[0] == "Cannot be told: nap."
    assert "recorded on 2026-01-02 on another machine" in lines[-2]
    assert lines[-2].endswith("Side by side: nap.")
    assert lines[-1] == "On that machine your prediction was right for 1 of 1."
    assert not any("of 0" in line for line in lines)


@pytest.mark.parametrize("told", [True, False])
def test_no_recording_is_shown_where_none_is_needed_or_none_fits(
    recorded_nap, displays, monkeypatch, told
):
    verdict = "overlaps" if told else "cannot be told here"
    monkeypatch.setattr(module.facts, "overlap", lambda found, _: verdict)
    overlap(NAP if told else {"sleep": NAP["nap"]}, recorded="naps")
    assert "ecorded" not in last(displays)[0]


def test_what_is_measured_becomes_the_recording_when_that_is_asked_for(recorded_nap, monkeypatch):
    overlap(NAP, recorded="naps")
    assert side_by_side.load_pairs("naps").pairs == {"nap": recorded_nap}
    monkeypatch.setenv("GIL_LAB_RECORD_PAIRS", "1")
    assert overlap(NAP) and side_by_side.load_pairs("naps").pairs == {"nap": recorded_nap}
    measured = overlap(NAP, recorded="naps")
    assert side_by_side.load_pairs("naps").pairs == measured


def leaves():
    raise SystemExit(3)


def interrupts():
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: 1 / 0, "'bad' raised ZeroDivisionError: division by zero; mend it"),
        (leaves, "'bad' raised SystemExit: 3; mend it"),
        (interrupts, "'bad' raised KeyboardInterrupt; mend it"),
        (lambda: map(len, ["a"]), "returned a map, which does its work when it is gone through"),
    ],
)
def test_a_call_that_raises_or_does_nothing_is_named(call, said):
    assert said in refusal(overlap, {"bad": call})


@pytest.mark.parametrize("calls", [{}, [len], None])
def test_calls_that_are_none_are_refused(calls):
    with pytest.raises(LabError, match="calls are a dict"):
        overlap(calls)


def test_a_guess_of_another_kind_is_refused():
    with pytest.raises(LabError, match=r"a guess comes from predict_which\(...\) here, not"):
        overlap(NAP, predict())
