"""The table of claims: what is read from cells, what was recorded, and what is wrong."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.authoring import claim_records, claims, found
from helpers.authoring.claim_cells import digest_of, sources, used
from helpers.authoring.claim_records import Recorded, Told, keep, load_recorded
from helpers.authoring.claims import as_text, problems, table
from helpers.authoring.found import Ran, read_findings, run_for_findings
from helpers.authoring.pages import chosen
from helpers.judge.claims import Claim, Outcome

CHECKOUT = Path(__file__).parents[3]
LINK = '([docs, 3.15](https://docs.python.org/3.15/library/threading.html "claim 01.daemon"))'
RULE = """
import json, os
import helpers as lab
from helpers.judge.claims import Outcome, claim

@claim("01.made-up", "A ratio is above 1.")
def rule(ratio):
    return Outcome(ratio > 1, f"it was {ratio}")
"""


def rule(ratio):
    return Outcome(ratio > 1, f"it was {ratio}")


CLAIM = Claim("01.made-up", "A ratio is above 1.", rule)


def cells(*sources):
    return [new_code_cell(source) for source in sources]


@pytest.fixture
def notebook(tmp_path):
    """Return a function that writes a notebook 01 of these cells."""

    def write(*made):
        path = tmp_path / "01_made_up.ipynb"
        nbformat.write(new_notebook(cells=list(made)), path)
        return path

    return write


@pytest.fixture
def listed(monkeypatch):
    """Let the room of each notebook list one claim, and return the list."""
    there = [CLAIM]
    monkeypatch.setattr(claims, "claims_of", lambda notebook: there)
    monkeypatch.setattr(claim_records, "claims_of", lambda notebook: there)
    return there


# -- the project's own -----------------------------------------------------------------


def test_every_claim_is_listed_in_a_room_and_used_in_its_notebook_or_has_a_source():
    assert problems(chosen()) == []


def test_the_command_gives_a_list_of_objects():
    command = [sys.executable, "-m", "helpers", "author", "claims", "--json"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=True, text=True)
    there = json.loads(done.stdout)
    wanted = {"id", "notebook", "sentence", "kind", "pythons", "state"}
    assert [one for one in there if one.keys() != wanted or not all(map(str, one.values()))] == []
    assert [one["id"] for one in there] == sorted({one["id"] for one in there})


def test_what_was_recorded_can_be_read():
    for one in load_recorded():
        assert one.made[:2] == "20" and one.n_cpus >= 1 and one.findings


# -- what cells say --------------------------------------------------------------------


def test_ids_are_read_from_code_also_beside_magics():
    made = cells('%timeit 1\nlab.finding("01.a", x)', "x = 1", 'show(lab.finding("01.b"))', "(")
    text = new_markdown_cell('`lab.finding("01.c")`')
    assert used([*made, text]) == {"01.a", "01.b"}
    loop = 'for name in ("01.c", "01.d-e"):\n    show(lab.finding(name, "05"), "1.5")'
    assert used(cells(loop)) == {"01.c", "01.d-e"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"First one. A daemon ends *at once* {LINK}.", "A daemon ends at once."),
        (f"First one. A daemon ends at once. {LINK}", "A daemon ends at once."),
        (f"First one.\n\n- A **daemon**\n  ends at once {LINK}", "A daemon ends at once."),
        (f"> A [daemon](a.html) ends\n> at once\n> {LINK}.", "A daemon ends at once."),
        (f"It is {LINK}. A daemon ends at once {LINK}.", "A daemon ends at once."),
        (f"`a.b` of `max_workers` is 1. Is it? {LINK}", "Is it?"),
        (f"So `max_workers` is `3.5` {LINK}.", "So `max_workers` is `3.5`."),
        (LINK, ""),
    ],
)
def test_a_source_belongs_to_the_sentence_before_it(text, sentence):
    found = list(sources([new_markdown_cell(text)]))
    assert found[-1] == ("01.daemon", sentence, "docs, 3.15")


def test_a_digest_changes_with_what_a_finding_comes_from_and_with_nothing_else():
    def digest(*code, claim=CLAIM):
        return digest_of(claim, cells(*code))

    ask = 'lab.finding("01.made-up", ratio)'
    same = digest("ratio = 2", "other = 1", ask)
    assert digest("ratio = 2", "other = 3", ask, "ratio = 4") == same
    assert digest("ratio = 1", "ratio = 2", "other = 1", ask) == same
    assert digest("ratio = 3", "other = 1", ask) != same
    assert digest("ratio = 2", "other = 1", f"print(1)\n{ask}") != same
    assert digest("ratio = 2", "other = 1", ask, claim=replace(CLAIM, sentence="No.")) != same
    assert digest("ratio = 2", "other = 1", ask, claim=replace(CLAIM, rule=cells)) != same


# -- the table -------------------------------------------------------------------------

ASKS = new_code_cell('ratio = 2\nlab.finding("01.made-up", ratio)')


def run(era, state, digest):
    told = Told(state, "it was 2", "", digest)
    return Recorded("2026-11-28T02:00:00+00:00", "A machine", era, era, 2, {"01.made-up": told})


@pytest.mark.parametrize(
    ("runs", "state", "pythons"),
    [
        ([], "never run", ()),
        ([("3.11", "shown", "old")], "stale", ()),
        ([("3.11", "shown", "")], "shown", ("3.11",)),
        ([("3.11", "not shown", ""), ("3.11", "not shown", "")], "not shown", ("3.11",)),
        ([("3.11", "shown", ""), ("3.13t", "not shown", "")], "shown", ("3.11", "3.13t")),
        ([("3.11", "shown", ""), ("3.13t", "contradicted", "old")], "shown", ("3.11",)),
        ([("3.11", "shown", ""), ("3.15", "contradicted", "")], "contradicted", ("3.11", "3.15")),
    ],
)
def test_the_state_is_what_was_recorded_of_the_claim_as_it_is(
    notebook, listed, runs, state, pythons
):
    digest = digest_of(CLAIM, [ASKS])
    recorded = [run(era, was, old or digest) for era, was, old in runs]
    (line,) = table([notebook(ASKS)], recorded)
    assert (line.id, line.notebook, line.kind) == ("01.made-up", "01_made_up", "experiment")
    assert (line.state, line.pythons) == (state, pythons)


def test_a_source_is_listed_with_the_version_it_was_read_for(notebook, listed):
    lines = table([notebook(new_markdown_cell(f"A daemon ends {LINK}."), ASKS)])
    assert [one.id for one in lines] == ["01.daemon", "01.made-up"]
    assert (lines[0].kind, lines[0].pythons, lines[0].state) == ("source", ("3.15",), "sourced")
    text = as_text(lines)
    assert text.splitlines()[-1] == "2 claims: 1 sourced, 1 never run"
    assert as_text([]) == "no claims yet"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ([], "01.made-up is listed in a room, and 01_made_up.ipynb does not use it"),
        ([ASKS, new_code_cell('lab.finding("01.other")')], "01.other is used in 01_made_up.ipynb"),
        (
            [ASKS, new_markdown_cell("So it is ([docs, 3.15](https://a.org 'claim 01.A'))")],
            None,  # another kind of quotes makes no claim
        ),
        (
            [ASKS, new_markdown_cell('So it is ([docs, 3.15](https://a.org "claim 02.a"))')],
            "02.a in 01_made_up.ipynb is no id",
        ),
        (
            [ASKS, new_markdown_cell('So it is ([docs](https://a.org "claim 01.a"))')],
            "01.a in 01_made_up.ipynb does not say for which version",
        ),
        (
            [ASKS, new_markdown_cell('[docs, 3.15](https://a.org "claim 01.a")')],
            "01.a in 01_made_up.ipynb stands behind no sentence",
        ),
        (
            [ASKS, new_markdown_cell('So it is ([docs, 3.15](https://a.org "claim 01.made-up"))')],
            "01.made-up is the id of 2 claims",
        ),
    ],
)
def test_what_is_wrong_is_told_in_a_line(notebook, listed, made, said):
    wrong = problems([notebook(*made)])
    assert [line for line in wrong if said is None or not line.startswith(said)] == []
    assert len(wrong) == (said is not None) and "\n" not in "".join(wrong)


# -- running and recording ---------------------------------------------------------------


def test_notebooks_are_run_for_their_findings(notebook):
    path = notebook(
        new_code_cell(RULE),
        new_code_cell('lab.finding("01.made-up", 0), lab.finding("01.made-up", 2)'),
        new_code_cell('assert os.environ["GIL_LAB_QUICK"] == "1"'),
        new_code_cell('len(os.sched_getaffinity(0)) / (len(os.sched_getaffinity(0)) - 1)'),
    )  # fmt: skip
    before = path.read_bytes()
    (ran,) = run_for_findings([path], cpus=[0], quick=True)
    assert ran.contradicted == {"01.made-up"} and path.read_bytes() == before
    assert "fails (ZeroDivisionError" in ran.problem


def test_of_several_findings_the_worst_counts(tmp_path):
    file = tmp_path / "findings.jsonl"
    assert read_findings(file) == {}
    states = ["shown", "contradicted", "not shown"]
    lines = [json.dumps({"id": "01.a", "state": state}) for state in states]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert read_findings(file)["01.a"]["state"] == "contradicted"


def test_a_record_is_kept_for_each_python_and_number_of_cpus(
    notebook, listed, tmp_path, monkeypatch
):
    one = {"id": "01.made-up", "state": "shown", "figure": "it was 2", "reason": ""}
    monkeypatch.setattr(
        claim_records,
        "run_for_findings",
        lambda paths, python, cpus: [Ran(path, {"01.made-up": one}) for path in paths],
    )
    monkeypatch.setattr(claim_records, "_cpus", lambda: [None, [0]])
    this = claim_records.Python(sys.executable, "this one", "CPython", "3.11.7")
    monkeypatch.setattr(claim_records, "find_pythons", lambda: [this])
    said = list(claim_records.record([notebook(ASKS)], folder=tmp_path))
    assert len(said) == 2 and said[1].endswith("cpython3.11-1cpu.json: 1 claims")
    runs = load_recorded(tmp_path)
    assert {run.era for run in runs} == {"3.11"} and len({run.n_cpus for run in runs}) >= 1
    (line,) = table([notebook(ASKS)], runs)
    assert line.state == "shown"


def test_what_is_known_of_other_notebooks_stays(tmp_path):
    new = run("3.13t", "shown", "a")
    other = replace(new, findings={"02.b": new.findings["01.made-up"]})
    keep(new, ["01"], tmp_path)
    path = keep(other, ["02"], tmp_path)
    assert [*load_recorded(tmp_path)[0].findings] == ["01.made-up", "02.b"]
    keep(replace(new, findings={}), ["01"], tmp_path)
    assert [*load_recorded(tmp_path)[0].findings] == ["02.b"] and path.name.startswith(
        "cpython3.13t"
    )


def test_a_python_that_cannot_be_equipped_is_told(tmp_path, monkeypatch):
    python = found.Python(str(tmp_path / "none"), "asked for", "CPython", "3.14.0")
    with pytest.raises(found.LabError, match="cannot be equipped") as refused:
        found.equipped(python, tmp_path / "environment")
    assert "\n" not in str(refused.value)
