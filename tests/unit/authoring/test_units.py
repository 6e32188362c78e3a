"""Units say what their notebooks say, and what was recorded of them is there."""

import ast
import inspect
import json
import re
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import helpers as lab
from helpers.__main__ import main
from helpers.authoring import pages, units
from helpers.cells.finding import claims_of
from helpers.core.store import recorded
from helpers.errors import LabError


@pytest.mark.parametrize("number", sorted(units.QUESTIONS))
def test_each_notebook_has_a_unit_with_a_recording_that_shows_its_claims(number):
    unit, question = units.recorded(number), units.QUESTIONS[number]
    assert unit.shown and unit.said and unit.rows
    assert all(sentence.endswith(".") for sentence in unit.said)
    is_choice = question.control == "which"
    assert all((row.right is not None) == is_choice or row.given for row in unit.rows)
    if is_choice:
        assert {row.right for row in unit.rows} == {True, False}
    else:
        assert all(row.value is not None for row in unit.rows)
    assert json.loads(units.as_json(question, unit))["rows"][0]["label"] == unit.rows[0].label


def is_told(value, text):
    """Return whether a text has a value: as it is, inverted, in thousandths or in a million."""
    for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text):
        told, digits = float(number.replace(",", "")), len(number.partition(".")[2])
        as_said = (value, 1000 * value, 10_000 * value, 1 / value if value else 0)
        near = any(abs(told - one) <= 0.501 * 10**-digits for one in as_said)
        if near and (digits or told >= 10 or told == value == 0):
            return True
    return False


def tells_what_is_drawn(id, figures, unit):
    """Return whether the figures of a claim are those of a bar."""
    drawn = [row.value for row in unit.rows if row.value is not None]
    # The figure of this one is that of the start, which is not drawn.
    return id == "05.not-too-slow" or any(is_told(value, figures) for value in drawn)


def ids_of(number):
    """Return the ids of the claims that a unit shows."""
    return re.findall(rf'"({number}\.[\w-]+)"', inspect.getsource(units.QUESTIONS[number].read))


@pytest.mark.parametrize("number", sorted(units.QUESTIONS))
def test_a_recording_says_what_the_claims_say_and_what_is_drawn(number):
    claims = {claim.id: claim.sentence for claim in claims_of(number)}
    unit = units.recorded(number)
    for id, said in zip(ids_of(number), unit.said, strict=True):
        assert said.startswith(f"{claims[id]} ")
        assert tells_what_is_drawn(id, said.removeprefix(claims[id]), unit), said


@pytest.mark.parametrize("number", sorted(units.QUESTIONS))
def test_each_unit_reads_variables_that_its_notebook_has(number):
    [path] = pages.chosen([number])
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    code = re.sub(r"^[%!].*", "", code, flags=re.MULTILINE)
    stored = {
        node.id
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    read = re.findall(r'found\["(\w+)"\]', inspect.getsource(units.QUESTIONS[number].read))
    assert read and {*read} <= stored


def test_a_page_says_the_same_in_its_unit_and_in_its_notebook(tmp_path):
    found = 'lab.finding("02.processes-gain", result)'
    cells = [
        new_markdown_cell("# 02 Small\n\n> Is it?"),
        new_code_cell("import helpers as lab\nfrom helpers.core.store import recorded"),
        new_code_cell("lab.predict()"),
        new_code_cell(f'result = recorded("strings")\n{found}'),
    ]
    (tmp_path / "in").mkdir()
    nbformat.write(new_notebook(cells=cells), tmp_path / "in" / "02_small.ipynb")
    page, unit, *_ = pages.make_pages(tmp_path / "out", notebooks=tmp_path / "in")
    html = page.read_text(encoding="utf-8")
    words = lab.finding("02.processes-gain", recorded("strings")).words[1]
    assert f'<p class="unit-said">{words}</p>' in html
    assert f"Shown here:</b> {words}</div>" in html
    assert words in unit.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("number", "found"),
    [("10", {}), ("11", {"verdicts": {"log hours": SimpleNamespace(ways=[])}})],
)
def test_what_was_not_measured_is_not_kept(tmp_path, number, found):
    units.keep(number, found, tmp_path / "unit.json")
    assert not (tmp_path / "unit.json").exists()


def test_a_recording_that_is_missing_ends_the_build_in_one_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(units, "FOLDER", tmp_path)
    monkeypatch.setattr(units.recorded, "__defaults__", (tmp_path,))
    assert main(["author", "pages", "--no-run", "--folder", str(tmp_path / "out"), "03"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "03.json" in said and "--record 03" in said


def test_embed_prints_an_iframe_and_a_link_for_feeds(capsys):
    assert main(["embed", "02", "--address", "https://owner.github.io/name/"]) == 0
    said = capsys.readouterr().out
    assert '<iframe src="https://owner.github.io/name/units/02.html" title="Split a long' in said
    assert '<p><a href="https://owner.github.io/name/02_a_long_list_of_strings.html">' in said


@pytest.mark.parametrize(
    "arguments", [["13"], ["2"], ["02", "--address", "pages"], ["02", "--address", "javascript:x"]]
)
def test_embed_refuses_in_one_line(arguments, capsys):
    assert main(["embed", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_embed_is_an_authors_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "embed" not in capsys.readouterr().out


def test_a_damaged_recording_is_refused(tmp_path):
    (tmp_path / "02.json").write_text("{}", encoding="utf-8")
    with pytest.raises(LabError, match=r"02\.json is damaged"):
        units.recorded("02", tmp_path)
