"""The guide asks what the notebooks ask, and its hour fits into an hour."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from helpers.authoring.documents import GUIDE
from helpers.classroom.questions import catalogue
from tests.unit.authoring.test_documents import rows, section

FOLDER = GUIDE.parent
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TEXT = GUIDE.read_text(encoding="utf-8")
WORDS_PER_MINUTE = 130
SITE = FOLDER.parent / "helpers" / "classroom" / "site"
SITE_PAGES = ("teacher.html", "teacher.js", "learner.html")


def words(text: str) -> str:
    return " ".join(text.split())


# --- The questions


def pattern(node: ast.expr, source: ast.Module) -> str:
    """Return a regular expression for a question in a cell: a text, a name of one, an f-string."""
    if isinstance(node, ast.Name):
        for found in ast.walk(source):
            if isinstance(found, ast.Assign) and ast.unparse(found.targets[0]) == node.id:
                return pattern(found.value, source)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            re.escape(part.value) if isinstance(part, ast.Constant) else ".+"
            for part in node.values
        )
    assert isinstance(node, ast.Constant), ast.dump(node)
    return re.escape(node.value)


def questions(path: Path) -> list[tuple[str, str]]:
    """Return of each prediction what it asks: a regular expression, or the prose above sliders."""
    found, above = [], ""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            above = words(cell.source)
            continue
        lines = [line for line in cell.source.splitlines() if not line.startswith("%")]
        source = ast.parse("\n".join(lines))
        for call in ast.walk(source):
            name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
            if name == "lab.predict":
                found.append(("", above))
            elif name in ("lab.predict_which", "lab.predict_time"):
                found.append((pattern(call.args[0], source), ""))
    return found


def asked(stem: str) -> list[str]:
    """Return the questions that the guide quotes under Ask, for a notebook."""
    part = TEXT.split(f"\n### {stem}\n")[1].split("\n- **They say:**")[0]
    return re.findall(r'"([^"]+)"', words(part.split("**Ask:**")[1]))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_guide_asks_each_prediction_of_the_notebook_word_for_word(path: Path) -> None:
    left, wanted = asked(path.stem), questions(path)
    assert wanted
    for known, above in wanted:
        n_before = len(left)
        while left and (re.fullmatch(known, left[0]) if known else left[0] in above):
            del left[0]
            if not known:
                break
        assert len(left) < n_before, f"not asked: {known or above[-200:]}; the guide has {left}"
    assert left == []


# --- The hour


def steps() -> list[tuple[int, int, str]]:
    """Return of each step of the script when it begins and ends, in minutes, and its text."""
    parts = section("The script of the hour").split("\n### Minutes ")[1:]
    found = [re.match(r"(\d+) to (\d+): .+\n", part) for part in parts]
    return [(int(m[1]), int(m[2]), part) for m, part in zip(found, parts, strict=True) if m]


def spent(text: str) -> float:
    """Return the minutes of a step: its quoted words, the talk and the cells that it names."""
    quoted = [line.lstrip("> ") for line in text.splitlines() if line.startswith(">")]
    said = len(" ".join(quoted).split()) / WORDS_PER_MINUTE
    (talk,) = re.findall(r"\*Talk: (\d+) minutes", text)
    cells = sum(map(int, re.findall(r"Cells: (\d+) s", text)))
    return said + int(talk) + cells / 60


def test_every_step_of_the_script_fits_into_its_minutes() -> None:
    over = {begin: spent(text) for begin, end, text in steps() if spent(text) > end - begin}
    assert over == {}


def test_the_script_is_the_plan_and_leaves_slack() -> None:
    plan = [int(row[0]) for row in rows(section("One hour"))]
    lengths = [end - begin for begin, end, _ in steps()]
    assert lengths == plan[:-1] and plan[-1] >= 5
    assert steps()[0][0] == 0
    assert [end for _, end, _ in steps()][:-1] == [begin for begin, _, _ in steps()][1:]
    all_in_all = sum(spent(text) for _, _, text in steps())
    said = f"{all_in_all:.0f} minutes of the {sum(plan[:-1])} before the slack"
    assert said in words(section("The script of the hour"))


def test_each_step_says_what_to_expect_or_to_draw() -> None:
    assert [begin for begin, _, text in steps() if not re.search(r"\*\*(Expect|Draw)", text)] == []


def test_each_step_says_what_the_projector_shows() -> None:
    assert [begin for begin, _, text in steps() if "**Projector:**" not in text] == []


def test_what_the_guide_presses_and_chooses_is_on_the_class_page() -> None:
    parts = ("One hour", "The script of the hour", "Votes and results on one page")
    told = words(" ".join(section(part) for part in parts))
    pages = "".join((SITE / name).read_text("utf-8") for name in SITE_PAGES)
    labels = set(re.findall(r"(?<!\*)\*([A-Z][^*:]+)\*(?!\*)", told)) - {"Cells", "Projector"}
    assert {"Talk", "Reveal", "How to join", "Save everything"} < labels
    assert [label for label in labels if label not in pages] == []
    asked = [f"{one.notebook} {one.text}" for one in catalogue()]
    chosen = re.findall(r'"(\d\d \w[^"]+?)(?: \.\.\.)?"', told)
    assert len(chosen) == 3
    assert [one for one in chosen if not any(text.startswith(one) for text in asked)] == []


def test_the_cells_of_the_script_take_no_less_than_the_notebook_does() -> None:
    """The seconds of notebook 00 are at most those that the table of seconds has for all of it."""
    measured = {
        row[0]: row[1] for row in rows(section("What they will see").split("seconds and")[1])
    }
    of_00 = [
        int(s) for _, end, text in steps() if end <= 35 for s in re.findall(r"Cells: (\d+)", text)
    ]
    assert sum(of_00) >= int(measured["00_start_here"].split()[0])
