"""Predictions: open until they are committed, and then fixed."""

import re

import pytest

from helpers.cells.predict import predict, predict_time, predict_which
from helpers.errors import LabError


def test_a_prediction_is_open_until_it_is_committed_and_then_fixed():
    prediction = predict(("threads", "processes"), workers=3)
    assert prediction.answer is None
    assert repr(prediction) == "Prediction: none committed yet"
    prediction.controls["threads"].value = 2.5
    assert prediction.answer is None
    prediction.controls["commit"].click()
    assert prediction.answer == {"threads": 2.5, "processes": 1.0}
    assert repr(prediction) == "Prediction: threads 2.5, processes 1.0"
    assert all(control.disabled for control in prediction.controls.values())


def test_a_choice_is_none_until_it_is_committed_and_then_stays():
    choice = predict_which("Which?", ["a", "b"])
    assert choice.answer is None
    assert repr(choice) == "Prediction: none committed yet"
    choice.controls["b"].value = True
    choice.commit()
    assert choice.answer == ["b"]
    assert repr(choice) == "Prediction: b"
    assert all(control.disabled for control in choice.controls.values())


def test_a_choice_of_none_is_a_choice():
    choice = predict_which("Which?", ["a"])
    choice.commit()
    assert choice.answer == []
    assert repr(choice) == "Prediction: none of them"


def test_a_time_is_predicted_in_milliseconds_and_kept_in_seconds():
    guess = predict_time("How late?")
    guess.controls["milliseconds"].value = 5.0
    assert guess.answer is None and repr(guess) == "Prediction: none committed yet"
    guess.controls["commit"].click()
    assert guess.answer == pytest.approx(0.005)
    assert repr(guess) == "Prediction: 5 ms"


@pytest.mark.parametrize("answers", ["threads", [], {}, [1, 2], None, 3])
def test_what_cannot_be_chosen_from_is_refused(answers):
    with pytest.raises(LabError, match=r"answers are a list of texts, not .*: try \["):
        predict_which("Which?", answers)
    with pytest.raises(LabError, match=r"kinds of worker are a list of texts, not"):
        predict(answers)


@pytest.mark.parametrize("workers", [0, 2.5, True, "2", 10**9])
def test_a_number_of_workers_out_of_range_is_refused(workers):
    with pytest.raises(LabError, match="workers must be a whole number from 1 to 1,000: got"):
        predict(workers=workers)


@pytest.mark.parametrize("unit", ["minutes", None, ["seconds"]])
def test_a_unit_that_no_slider_has_is_refused(unit):
    with pytest.raises(LabError, match="a unit is milliseconds or seconds, not"):
        predict_time("How long?", unit)


def test_longer_times_are_predicted_in_seconds_and_all_can_be_renewed():
    guess = predict_time("How long?", "seconds")
    guess.controls["seconds"].value = 30.0
    guess.commit()
    assert guess.answer == pytest.approx(30.0) and repr(guess) == "Prediction: 30 s"
    guess.renew()
    assert guess.answer is None and not guess.controls["commit"].disabled


def test_one_that_is_open_again_stands_until_it_is_committed_again():
    choice = predict_which("Which?", ["a"])
    choice.commit()
    choice.reopen("Once more?")
    choice.controls["a"].value = True
    assert choice.answer == [] and not choice.controls["commit"].disabled
    choice.commit()
    assert choice.answer == ["a"] and choice.controls["a"].disabled


@pytest.mark.parametrize(
    ("prediction", "text"),
    [
        (predict_which("Which?", ["a", "b"]), r"Which\?\n- a\n- b"),
        (predict_time("How late?"), r"How late\?"),
        (predict(["threads"], 4, about="Maps"), r"Maps: with 4 workers, .*\n- threads"),
    ],
)
def test_where_there_are_no_controls_it_says_what_it_asks(displays, prediction, text):
    prediction._ipython_display_()
    assert re.fullmatch(text, displays[-1].all[0]["text/plain"])
    prediction.commit()
    prediction._ipython_display_()
    assert displays[-1].all[0]["text/plain"] == repr(prediction)
