"""How a check is found by its id, and what it returns."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers.cells.check import Outcome, check
from helpers.errors import LabError

NOTEBOOKS = sorted((Path(__file__).parents[3] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_notebook_asks_for_all_checks_of_its_own_and_no_others(path):
    source = "\n".join(cell.source for cell in nbformat.read(path, 4).cells)
    asked = re.findall(r'check\("([\w.]+)"', source)
    with pytest.raises(LabError) as refused:
        check(f"{path.stem[:2]}.nothing")
    there = re.findall(r"\d\d\.\w+", str(refused.value).partition(", not")[0])
    assert sorted(asked) == sorted(there) and asked


@pytest.mark.parametrize("name", ["", "2.order", "order", "13.rule", None, 2.0, ["02.order"]])
def test_an_id_without_a_notebook_is_refused_in_one_line(name):
    with pytest.raises(LabError, match=r"named by its notebook, 00 to 12, .*: try check\(") as said:
        check(name)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize("name", ["02.odrer", "02.", "02", "02.order.x"])
def test_an_unknown_exercise_is_refused_with_those_that_there_are(name):
    with pytest.raises(
        LabError, match=f"are 02.order and 02.long_enough, not '{re.escape(name)}'$"
    ):
        check(name, ...)


def test_a_wrong_number_of_answers_is_refused_with_what_is_checked():
    said = (
        '00.twenty_seconds checks 3, not 1: try check("00.twenty_seconds", results, threads_s, '
        "processes_s)"
    )
    with pytest.raises(LabError, match=re.escape(said)):
        check("00.twenty_seconds", 10)


def test_only_the_room_of_the_exercise_is_loaded():
    code = (
        "import sys; from helpers.cells.check import check; check('00.speed_up', lambda *s: ...)\n"
        "print([name for name in sys.modules if name.endswith('checks')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['helpers.start.checks']"


def test_an_outcome_shows_as_a_tick_or_an_open_circle():
    assert repr(Outcome(True, "Right.")) == "✓ Right."
    assert repr(Outcome(False, "Still open.")) == "○ Still open."
    assert "a &lt; b" in Outcome(True, "a < b")._repr_html_()
