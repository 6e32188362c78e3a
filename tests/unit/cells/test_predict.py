"""Predictions: open until they are committed, and then fixed."""

from helpers.cells.prediction import Prediction


def test_a_prediction_is_open_until_it_is_committed_and_then_fixed():
    prediction = Prediction(("threads", "processes"), n_workers=3)
    assert prediction.values == {}
    assert repr(prediction) == "Prediction: none committed yet"
    prediction._sliders["threads"].value = 2.5
    assert prediction.values == {}
    prediction._button.click()
    assert prediction.values == {"threads": 2.5, "processes": 1.0}
    assert repr(prediction) == "Prediction with 3 workers: threads 2.5, processes 1.0"
    assert all(slider.disabled for slider in prediction._sliders.values())
    assert prediction._button.disabled
