"""The quiz: its keys follow the results, its links lead somewhere, and no answer is lost."""

import dataclasses
from pathlib import Path

import nbformat
import pytest

from helpers.answer.quiz import ASKS, cards
from helpers.answer.quiz_cell import Quiz
from helpers.answer.report import make_report
from helpers.core import store as records
from helpers.errors import LabError
from tests.unit.results import curves, result, run, serial

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
# Speed-ups of threads and of processes, by job, and what starting and computing take: three worlds.
USUAL = {"strings": (1.0, 1.6), "pictures": (1.4, 1.9), "finished": (1.9, 1.2)}
TURNED = {"strings": (1.9, 0.7), "pictures": (1.9, 0.5), "finished": (0.6, 2.0)}
NEITHER = {"strings": (0.6, 1.05), "pictures": (0.7, 0.8), "finished": (1.0, 0.7)}
OTHERS = ("access log", "backup", "sensors")


def world(speed_ups, folder, startup_s=0.05, cpu_s=1.0):
    """Return a ``Report`` of made-up results, and three of exercise 1."""

    def made(threads, processes, **others):
        runs = [serial(1, 1.0)]
        runs += [run("threads", 2, 1, 1 / threads, cpu_s=cpu_s, startup_s=0.001)]
        runs += [run("processes", 2, 1, 1 / processes, cpu_s=cpu_s, startup_s=startup_s)]
        return result(*runs, **others)

    for number, (job, reached) in enumerate(speed_ups.items()):
        records.save(made(*reached, job=job), folder / f"{number}.json")
    reached = list(speed_ups.values())
    return make_report(folder), {name: made(*reached[i]) for i, name in enumerate(OTHERS)}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worlds")
    return [
        {card.id: card for card in cards(*world(speed_ups, folder / str(n), start, cpu))}
        for n, (speed_ups, start, cpu) in enumerate(
            [(USUAL, 0.05, 1.0), (TURNED, 5.0, 2.0), (NEITHER, 0.5, 1.3)]
        )
    ]


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def keys(found, id):
    return [card[id].drawn.right for card in found]


def test_there_are_24_cards_of_this_reader(worlds):
    for found in worlds:
        assert len(found) == len(ASKS) == 24
        assert not any(card.recorded for card in found.values())
        for card in found.values():
            assert 3 <= len(card.drawn.options) <= 4
            assert 0 < len(set(card.drawn.right)) < len(card.drawn.options), card
            assert set(card.drawn.right) <= set(card.drawn.options)
    assert len({card.question for card in worlds[0].values()}) == 24


@pytest.mark.parametrize("id", [ask.id for ask in ASKS])
def test_each_key_turns_when_the_results_turn(worlds, id):
    found = [set(right) for right in keys(worlds, id)]
    assert any(one.isdisjoint(other) for one in found for other in found)


def test_keys_are_what_was_measured(worlds):
    assert keys(worlds, "first strings") == [
        ("processes",), ("threads",), ("the plain loop", "processes")
    ]  # fmt: skip
    assert keys(worlds, "threads finished") == [
        ("more than 1.5 times",), ("clearly slower",), ("about as fast",)
    ]  # fmt: skip
    assert keys(worlds, "end pictures") == [
        ("processes",), ("threads",), ("the plain loop: change the code",)
    ]  # fmt: skip
    assert keys(worlds, "how many") == [("two",), ("two",), ("none",)]
    assert keys(worlds, "pays") == [("less than 1 s",), ("never",), ("1 to 10 s", "more than 10 s")]
    assert keys(worlds, "start") == [
        ("less than 0.1 s",), ("more than 1 s",), ("0.1 to 1 s",)
    ]  # fmt: skip
    assert keys(worlds, "first backup")[1] == ("threads",)


def test_near_a_border_both_bands_are_right(tmp_path):
    near = {"strings": (1.12, 1.6), "pictures": (1.0, 1.6), "finished": (1.5, 1.6)}
    found = {card.id: card for card in cards(*world(near, tmp_path))}
    assert found["threads strings"].drawn.right == ("about as fast", "up to 1.5 times")
    assert found["how many"].drawn.right == ("one", "two")
    assert found["first finished"].drawn.right == ("threads", "processes")


def test_with_nothing_or_rubbish_saved_cards_are_recorded_and_say_so(tmp_path):
    folder = tmp_path / "rubbish"
    folder.mkdir()
    (folder / "strings.json").write_text("{")
    records.save(curves({"threads": {2: 1.9}}, job="pictures"), folder / "half.json")
    for where in (tmp_path / "nothing", folder):
        found = {card.id: card for card in cards(make_report(where))}
        assert len(found) == 24 and found["first strings"].recorded
    assert not found["threads pictures"].recorded  # the half that is there is the reader's own
    assert found["first pictures"].recorded and found["most threads"].recorded
    quiz = Quiz(make_report(tmp_path / "nothing"))
    assert "Recorded on another computer" in quiz._question.value


def test_without_recordings_there_are_fewer_cards_or_none(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDINGS", tmp_path / "none")
    quiz = Quiz(make_report(tmp_path / "nothing"))
    assert repr(quiz) == "Quiz: 0 cards, 0 answered, 0 right"
    assert "no card" in quiz._head.value


def test_what_is_no_report_is_refused_in_one_line(tmp_path):
    with pytest.raises(LabError, match=r"a quiz is made of a Report, not 7: pass"):
        Quiz(7)
    with pytest.raises(LabError, match=r"a dict from a job to a Result, not \[\]"):
        Quiz(make_report(tmp_path), [])


@pytest.mark.parametrize("where", sorted({ask.where for ask in ASKS}))
def test_links_lead_to_a_heading(where):
    notebook = nbformat.read(NOTEBOOKS / where[0], as_version=4)
    lines = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert f"## {where[1]}" in lines.splitlines()


# --- The cell


def press(quiz, option):
    names = [button.description for button in quiz.options]
    quiz.options[names.index(option)].click()


def said(quiz):
    return quiz._said.outputs[0]["data"]["text/html"]


@pytest.fixture
def made(tmp_path):
    return world(USUAL, tmp_path / "made")


def test_the_first_answer_counts_and_a_wrong_one_links(made):
    quiz = Quiz(*made)
    press(quiz, "threads")
    assert 'href="02_a_long_list_of_strings.ipynb#Measure-threads-and-processes"' in said(quiz)
    assert "2 processes 1.60 times" in said(quiz)
    assert [button.description for button in quiz.options[:3]] == [
        "the plain loop", "✗ threads", "✓ processes"
    ]  # fmt: skip
    press(quiz, "✓ processes")
    assert quiz.score == (0, 1)
    quiz.next.click()
    press(quiz, "about as fast")
    assert quiz.score == (1, 2) and "Right" in said(quiz) and "href" not in said(quiz)
    assert "1 of 2 right" in quiz._head.value
    quiz.back.click()
    assert "✗ threads" in [button.description for button in quiz.options]


def test_nothing_is_lost_when_the_cell_runs_again(made, tmp_path):
    quiz = Quiz(*made)
    press(quiz, "processes")
    again = Quiz(*made)
    assert again.score == (1, 1) and "Card 2 of 24" in again._head.value
    turned = Quiz(*world(TURNED, tmp_path / "turned"))
    assert turned.score == (0, 1)  # the key has turned, the answer has not
    again.again.click()
    assert again.score == Quiz(*made).score == (0, 0)


def test_damaged_answers_are_none_and_a_folder_that_refuses_is_no_end(made, results, tmp_path):
    results.mkdir()
    for text in ("{", '{"schema": "gil-lab-answers", "version": 1, "answers": {"given": 3}}'):
        (results / ".quiz.json").write_text(text)
        assert Quiz(*made).score == (0, 0)
    assert records.saved(results).refused == {}  # nor is it taken for a result
    (tmp_path / "file").write_text("")
    records.RESULTS = tmp_path / "file"  # no folder
    quiz = Quiz(*made)
    press(quiz, "processes")
    assert quiz.score == (1, 1)


def test_the_end_says_what_to_read_again(made):
    quiz = Quiz(*made)
    for card in quiz.cards:
        wrong = [option for option in card.drawn.options if not card.is_right(option)]
        press(quiz, wrong[0] if card.id == "start" else card.drawn.right[0])
        quiz.next.click()
    assert quiz.score == (23, 24)
    assert "23 of 24 right" in said(quiz) and "05, “What does it cost to start?”" in said(quiz)


def test_an_option_that_is_gone_is_no_answer(made):
    quiz = Quiz(*made)
    card = dataclasses.replace(quiz.cards[0])
    quiz._given[card.id] = "nonsense"
    assert quiz.given(card) is None and quiz.score == (0, 0)
