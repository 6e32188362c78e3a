"""What a class is asked, and what may be answered."""

import json
import math

import pytest

from helpers.cells.predict import predict, predict_time, predict_which
from helpers.classroom.questions import Question, catalogue, from_dict, question_of
from helpers.errors import LabError

WHICH = Question("predict_which", "Which overlap?", ("a loop", "a download"))
SPEED = Question("predict", "How fast?", ("threads", "processes"))
TIME = Question("predict_time", "How late?", ("milliseconds",))


def test_the_notebooks_ask_what_their_predictions_ask():
    found = catalogue()
    assert len({question.id for question in found}) == len(found)
    assert {"00", "01", "02", "03", "04"} <= {question.notebook for question in found}
    texts = {question.text for question in found if question.notebook == "03"}
    assert {text.partition(":")[0] for text in texts} >= {"Drawing", "Finishing"}


def test_a_notebook_whose_answers_are_computed_is_left_out(tmp_path):
    cells = [
        "%matplotlib inline",
        "ways = {'one': 1, 'two': two()}\nquestion = 'Which?'",
        "lab.predict_which(question, ways)",
        "lab.predict_which('Which of many?', [f'{n}' for n in range(9)])",
        "lab.predict(workers='two')",
        "other.predict()",
        "def (",
    ]
    told = {"cells": [{"cell_type": "code", "source": [cell]} for cell in cells]}
    (tmp_path / "00_x.ipynb").write_text(json.dumps(told), encoding="utf-8")
    assert [(one.text, one.options) for one in catalogue(tmp_path)] == [("Which?", ("one", "two"))]


@pytest.mark.parametrize(
    ("prediction", "answer"),
    [
        (lambda: predict(["threads"], 4, about="Strings"), {"threads": 1.0}),
        (lambda: predict_which("Which?", ["one", "two"]), []),
        (lambda: predict_time("How late?"), 0.001),
    ],
)
def test_a_prediction_is_a_question_and_its_answer_fits(prediction, answer):
    made = prediction()
    made.commit()
    question = question_of(made)
    assert question.checked(made.answer) == answer
    assert from_dict(json.loads(json.dumps(question.as_dict()))) == question


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (WHICH, ["a loop", "another"]),
        (WHICH, "a loop"),
        (WHICH, [1]),
        (WHICH, None),
        (SPEED, {"threads": 1.0}),
        (SPEED, {"threads": 1.0, "processes": math.nan}),
        (SPEED, {"threads": -1.0, "processes": 1.0}),
        (SPEED, {"threads": True, "processes": 1.0}),
        (SPEED, {"threads": 1e9, "processes": 1.0}),
        (TIME, "soon"),
        (TIME, math.inf),
    ],
)
def test_what_is_no_answer_is_refused_in_a_line(question, answer):
    with pytest.raises(LabError, match=r"vote again$"):
        question.checked(answer)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {**WHICH.as_dict(), "form": "eval"},
        {**WHICH.as_dict(), "text": "x" * 301},
        {**WHICH.as_dict(), "text": 1},
        {**WHICH.as_dict(), "options": []},
        {**WHICH.as_dict(), "options": ["same", "same"]},
        {**WHICH.as_dict(), "options": ["x"] * 41},
        {**WHICH.as_dict(), "options": [["nested"]]},
        {**WHICH.as_dict(), "n_workers": 10**9},
        {**WHICH.as_dict(), "notebook": "<script>"},
        {**TIME.as_dict(), "options": ["years"]},
    ],
)
def test_what_is_no_question_is_refused(data):
    with pytest.raises(LabError, match="a question"):
        from_dict(data)


def test_bars_count_every_answer_once_in_each_group():
    answers = [{"threads": 0.0, "processes": 1.0}, {"threads": 1.1, "processes": 4.0}]
    bars = SPEED.bars(answers)
    by_group = {
        group: [row["n"] for row in bars if row["group"] == group] for group in SPEED.options
    }
    assert {group: sum(counts) for group, counts in by_group.items()} == dict.fromkeys(by_group, 2)
    assert by_group["threads"][:2] == [1, 1] and by_group["processes"][-1] == 1
    assert [row["n"] for row in WHICH.bars([["a loop"], ["a loop", "a download"], []])] == [2, 1]
    assert sum(row["n"] for row in TIME.bars([0.0, 0.0004, 900.0])) == 3
