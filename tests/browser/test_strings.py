"""Notebook 02 as a reader meets it: its charts and findings, and the puzzle's buttons."""

from collections.abc import Callable

from tests.browser.lab import Lab

NOTEBOOK = "notebooks/02_a_long_list_of_strings.ipynb"


def test_it_runs_without_an_error_and_shows_what_it_found(lab: Lab) -> None:
    lab.open(NOTEBOOK).run_all()
    assert lab.errors() == []
    alts = [image.get_attribute("alt") for image in lab.notebook.locator("img[alt]").all()]
    assert any("60,000 sublists: " in alt for alt in alts)
    assert any("as_completed: first result after" in alt for alt in alts)
    found = str([cell["outputs"] for cell in lab.cells()])  # of those out of sight as well
    assert "Contradicted here:" not in found
    assert "and the process said:" in found and "BrokenProcessPool" in found


def test_the_puzzle_is_solved_by_keyboard(lab: Lab, make_notebook: Callable[..., str]) -> None:
    name = make_notebook(
        "puzzle.ipynb",
        "from helpers.cells.parsons import Parsons",
        "from helpers import check",
        "puzzle = Parsons(['first = 1', 'second = first', 'third = second'])",
        "puzzle",
    )
    lab.open(name).run_all()
    assert lab.errors() == []
    lines = lab.notebook.locator(".widget-html code")
    lab.wait_for(lambda: lines.count() == 3, 60, "the puzzle")
    assert lines.all_inner_texts() == ["second = first", "third = second", "first = 1"]
    focused = "document.activeElement.title"
    lab.notebook.locator("button[title='Move line 3 up']").focus()
    lab.page.keyboard.press("Enter")
    # The line takes the keyboard with it, so the same key moves it on.
    lab.wait_for(lambda: lab.page.evaluate(focused) == "Move line 2 up", 60, "the focus")
    assert lines.all_inner_texts() == ["second = first", "first = 1", "third = second"]
    lab.page.keyboard.press("Enter")
    lab.wait_for(lambda: lab.page.evaluate(focused) == "Move line 1 down", 60, "the focus")
    assert lines.all_inner_texts() == ["first = 1", "second = first", "third = second"]
