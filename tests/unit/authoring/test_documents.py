"""README.md and the guide hold what recordings and model give, and plans that add up."""

import dataclasses
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from PIL import Image

from helpers.authoring import blocks, documents
from helpers.authoring.cli import line as author
from helpers.cells import check
from helpers.core import executors
from helpers.core import store as records
from helpers.errors import LabError
from helpers.jobs import registry
from helpers.shell.cli import line as learner

CHECKOUT = Path(__file__).parents[3]
GUIDE = documents.GUIDE.read_text(encoding="utf-8")
README = documents.README.read_text(encoding="utf-8")
CONTRIBUTING = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DATA = (CHECKOUT / "data" / "README.md").read_text(encoding="utf-8")
FILES = sorted(documents.GUIDE.parent.glob("*.ipynb"))
NOTEBOOKS = [path.stem for path in FILES]
PLANS = {"One hour": 60, "Half a day": 240}


def section(heading):
    """Return the part of the guide below a heading of the second level."""
    return GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def rows(text):
    """Return the cells of a Markdown table's rows, its head left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize(
    ("text", "name", "content"),
    [
        (README, "the answer", documents.answer),
        (GUIDE, "what they will see", documents.expectations),
    ],
)
def test_what_is_computed_is_current(text, name, content):
    assert blocks.replace(text, name, content()) == text, "run python -m helpers author documents"


def test_the_answer_is_the_recordings():
    said = documents.answer()
    for job in documents.JOBS:
        speed_up = records.recorded(job).point("processes", 2).speed_up
        assert f"2 processes {speed_up:.2f} times." in said


def test_recordings_of_two_machines_are_told_apart(monkeypatch):
    found = {job: records.recorded(job) for job in documents.JOBS}
    one, other, _ = documents.JOBS
    larger = dataclasses.replace(found[other].machine, usable_cpus=64)
    found[other] = dataclasses.replace(found[other], machine=larger)
    monkeypatch.setattr(records, "recorded", found.get)
    source = documents.answer().splitlines()[-1]
    assert re.fullmatch(rf"Recorded {one} on .*; {other} on .* 64 of .*; finished on .*\.", source)


@pytest.mark.parametrize("path", sorted(documents.FIGURE.parent.glob("*.png")), ids=str)
def test_pictures_are_shown_with_a_text_that_tells_them(path):
    with Image.open(path) as image:
        assert image.width >= 600
    (alt,) = re.findall(rf"!\[([^\]]+)\]\({path.relative_to(CHECKOUT).as_posix()}\)", README)
    assert len(alt.split()) >= 10
    assert path.stat().st_size < 400_000


def test_models_pass_through_the_recorded_point_and_rise_with_cores():
    table = {cells[1]: cells[2:] for cells in rows(documents.expectations())}
    for job in documents.JOBS:
        result = records.recorded(job)
        for kind, curve in (("threads", documents._threads), ("processes", documents._processes)):
            recorded = result.point(kind, 2).speed_up
            assert curve(result, recorded)(2) == pytest.approx(recorded, rel=0.02)
            one, two, four, eight = table[f"{job}, {kind}"]
            assert two == f"**{recorded:.2f}** recorded"
            assert float(one) <= 1 <= float(four) <= float(eight)
    assert [float(cell) for cell in table["two threads: waiting"]] == [2, 2, 2, 2]
    assert [float(cell) for cell in table["two threads: Python loop"]] == [1, 1, 1, 1]


@pytest.mark.parametrize(("heading", "minutes"), PLANS.items())
def test_a_plan_adds_up_and_names_notebooks_that_exist(heading, minutes):
    plan = rows(section(heading))
    assert sum(int(row[0]) for row in plan) == minutes
    assert [row[2] for row in plan if row[2] and row[2] not in NOTEBOOKS] == []


def test_the_places_where_the_hour_stops_are_headings_of_their_notebooks():
    stops = [(row[2], row[3]) for row in rows(section("One hour")) if row[3]]
    stops.append(("12_the_answer", section("The class board")))
    for name, text in stops:
        cells = json.loads((documents.GUIDE.parent / f"{name}.ipynb").read_text(encoding="utf-8"))
        headings = [line.strip() for cell in cells["cells"] for line in cell["source"]]
        found = re.findall(r'"([^"]+)"', text)
        assert found and [one for one in found if f"## {one}" not in headings] == []


def test_each_notebook_has_its_part_with_all_five_answers():
    parts = section("Notebook by notebook").split("\n### ")[1:]
    named = [part.split("\n")[0] for part in parts]
    assert named == NOTEBOOKS
    starts = ["Ask", "They say", "They see", "Misconception", "If a laptop disagrees"]
    for part in parts:
        assert re.findall(r"^- \*\*(.+?):\*\*", part, re.MULTILINE) == starts


def test_the_map_has_each_notebook_with_its_title_question_and_minutes():
    table = rows(README.split("\n## The notebooks\n")[1].split("\n## ")[0])
    assert [re.search(r"\(notebooks/(.+)\.ipynb\)", row[0])[1] for row in table] == NOTEBOOKS
    first = [json.loads(path.read_text(encoding="utf-8"))["cells"][0] for path in FILES]
    titles = [cell["source"][0].strip().removeprefix("# ") for cell in first]
    assert [re.match(r"\[(.+?)\]\(", row[0])[1] for row in table] == titles
    assert all(row[1].endswith("?") and int(row[2]) > 0 for row in table)
    rooms = [re.fullmatch(r"\[(\w+)\]\(helpers/(\w+)\)", row[3]).groups() for row in table]
    assert all(name == room and (CHECKOUT / "helpers" / room).is_dir() for name, room in rooms)


@pytest.mark.parametrize("text", [README, CONTRIBUTING, GUIDE, DATA])
def test_every_command_that_is_named_is_one(text):
    named = [command.split() for command in re.findall(r"python -m helpers ([^`\n]+)", text)]
    assert named
    for words in named:
        line = author if words[0] in ("author", "links", "embed") else learner
        words = words[words[0] == "author" :]
        assert callable(line._parser.parse_args(words).command)


def test_what_the_recipes_point_to_is_there():
    found = set(re.findall(r"(?:helpers|tests|notebooks|data)/[\w./-]*\w", CONTRIBUTING))
    here = {path for path in found if not re.search("NAME|13|8cpu", path)}
    assert len(here) > 15
    assert [path for path in sorted(here) if not (CHECKOUT / path).exists()] == []
    assert {"strings", "_NAMED"} <= vars(registry).keys() and "_WHERE" in vars(check)
    assert "`ThreadExecutor`" in CONTRIBUTING and callable(executors.ThreadExecutor.kill_workers)


def test_every_notebook_that_the_guide_names_is_one_of_the_series():
    known = set(re.findall(r"^### (\S+)", GUIDE, re.MULTILINE))
    assert set(re.findall(r"\b\d\d_[a-z_]+", GUIDE)) <= known


def test_a_file_without_the_markers_is_refused_in_one_line():
    begin, end = "<!-- a -->\n", "<!-- end of a -->"
    for text in ("", begin, end + begin, f"{begin}{end}{begin}{end}"):
        with pytest.raises(LabError, match="put these two lines where it belongs"):
            blocks.replace(text, "a", "new")
    assert blocks.replace(f"x {begin}old\n{end} y", "a", r"\1") == f"x {begin}\\1\n{end} y"


def test_writing_says_whether_something_is_new(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("<!-- a -->\nold\n<!-- end of a -->\n", encoding="utf-8")
    assert blocks.write(file, "a", "new") is True
    assert blocks.write(file, "a", "new") is False
    assert file.read_bytes() == b"<!-- a -->\nnew\n<!-- end of a -->\n"


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert citation["authors"] == project["authors"]
    assert {"cff-version", "message", "title", "type"} <= citation.keys()
