"""What a class takes home: everybody's curves, medians and predictions."""

import dataclasses
import json

import pytest

from helpers.classroom import export
from helpers.classroom.book import Book
from helpers.core.store import to_dict
from tests.unit.results import curves


@pytest.fixture
def book(tmp_path):
    made = Book(tmp_path / "class.sqlite")
    yield made
    made.close()


def keep(book, curve, predicted=None, name=""):
    """Let a new learner hand in a result with this curve."""
    result = curves(curve)
    if predicted is not None:
        result = dataclasses.replace(result, prediction={"threads": predicted})
    # Two results of one second are told apart by their times.
    first = dataclasses.replace(result.runs[0], wall_s=1 + book.n_learners / 1000)
    result = dataclasses.replace(result, runs=(first, *result.runs[1:]))
    book.keep(book.learner(book.join(name)), json.dumps(to_dict(result)).encode())


def test_the_board_has_each_curve_the_medians_by_cores_and_what_was_predicted(book):
    for speed_up, predicted in ((1.0, 2.0), (1.5, 1.0), (2.0, None)):
        keep(book, {"threads": {1: 1.0, 2: speed_up}}, predicted)
    [job] = export.board(book)
    assert (job["job"], job["n"]) == ("numbers", 3)
    [threads] = job["families"]
    assert [(row[0], row[1], row[4]) for row in threads["medians"]] == [(2, 1.5, 3)]
    assert (threads["predicted"], threads["measured"]) == (1.5, 1.5)
    lines = [line["points"] for line in job["drawing"]["lines"]]
    assert [[x for x, _ in line] for line in lines] == [[55.0, 365.0]] * 3
    assert [line[1][1] for line in lines] == [130.0, 75.0, 20.0]
    assert job["drawing"]["below"] == "1 to 2 workers"


def test_single_points_stand_side_by_side(book):
    for speed_up in (1.5, 1.0):
        keep(book, {"processes": {2: 1.75}, "threads": {2: speed_up}})
    [job] = export.board(book)
    points = [point for line in job["drawing"]["lines"] for point in line["points"]]
    assert [x for x, _ in points] == sorted({x for x, _ in points})
    assert [y for _, y in points] == [130.0, 75.0, 47.5, 47.5]
    assert job["drawing"]["below"] == "each with 2 workers"


def test_the_page_names_who_gave_a_name_and_nobody_else(book):
    keep(book, {"threads": {2: 1.0}}, name="<b>Ada</b>")
    keep(book, {"threads": {2: 1.25}})
    page = export.page(book)
    assert "2 took part, &lt;b&gt;Ada&lt;/b&gt; among them." in page and "learner" not in page
    assert page.count("<circle") == 2
