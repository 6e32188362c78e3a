"""How a finding is found by its id, what it says, and where it is kept."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

import helpers as lab
from helpers.cells import finding as module
from helpers.cells.finding import Finding, claims_of, finding
from helpers.errors import LabError
from helpers.judge.claims import CLAIMS, Outcome, claim
from tests.unit.refusals import refusal

NAME = "01.made-up"


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    """Let notebook 01 have one more claim: a ratio is above 1."""
    monkeypatch.delenv(module.VARIABLE, raising=False)

    @claim(NAME, "A ratio is above 1.")
    def rule(ratio):
        excuse = "it was asked for" if ratio == 1 else None
        lacks = "only one CPU can be used" if ratio == 9 else None
        return Outcome(ratio > 1, f"it was {ratio:.2f}", (excuse,), "it is 2.00", lacks)

    yield
    del CLAIMS[NAME]


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (2, "✓ Shown here: A ratio is above 1. It was 2.00."),
        (
            1,
            "○ Not shown on this machine: A ratio is above 1. Here it was 1.00, because it was "
            "asked for. A recording shows: it is 2.00.",
        ),
        (
            9,
            "○ Not shown on this machine: A ratio is above 1. Here it was 9.00, because chance or "
            "a short burst made it so: only one CPU can be used. A recording shows: it is 2.00.",
        ),
        (
            0,
            "✗ Contradicted here: A ratio is above 1. Here it was 0.00, and nothing that was "
            "measured explains it; please report it (01.made-up).",
        ),
    ],
)
def test_a_finding_says_the_claim_and_the_figure_in_one_line(ratio, said):
    found = lab.finding(NAME, ratio)
    assert repr(found) == said
    assert said.partition(": ")[2] in found._repr_html_()


def test_the_states_look_different_and_let_the_theme_through():
    shown = [finding(NAME, ratio)._repr_html_() for ratio in (0, 1, 2)]
    tints = {html.partition("rgba(")[2].partition(")")[0] for html in shown}
    assert len(tints) == 3 and all(tint.endswith(",.13") for tint in tints)
    assert not any("color:" in html.replace("background:", "") for html in shown)


def test_what_a_claim_says_is_text_and_its_code_is_code():
    found = Finding("01.x", "So `a` < b.", "shown", "it was so")
    assert "So <code>a</code> &lt; b." in found._repr_html_() and "So `a` < b." in repr(found)


@pytest.mark.parametrize("id", ["", "made-up", "13.rule", None, 1.5, ["01.made-up"]])
def test_an_id_without_a_notebook_is_refused(id):
    assert "a claim is named by its notebook" in refusal(finding, id)


@pytest.mark.parametrize("id", ["01.maed-up", "01.", "01"])
def test_an_unknown_claim_is_refused_with_those_that_there_are(id):
    said = refusal(finding, id, 2)
    assert said.startswith("the claims of notebook 01 are ") and NAME in said


def test_a_wrong_number_of_results_is_refused():
    said = 'is found in 1, not 2: try finding("01.made-up", ratio)'
    assert refusal(finding, NAME, 1, 2) == f"{NAME} {said}"


def test_a_result_that_a_rule_cannot_read_is_refused():
    said = refusal(finding, NAME, "two")
    assert "01.made-up cannot be found in 'two' (TypeError" in said and "run the experiment" in said


def test_only_the_room_of_the_claim_is_asked():
    assert NAME in [claim.id for claim in claims_of("01")]
    assert NAME not in [claim.id for claim in claims_of("02")]


def test_findings_are_kept_where_the_variable_says(monkeypatch, tmp_path):
    path = tmp_path / "findings.jsonl"
    monkeypatch.setenv(module.VARIABLE, str(path))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: finding(NAME, n % 3), range(60)))
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len(lines) == 60
    assert {line["state"] for line in lines} == {"shown", "not shown", "contradicted"}
    wanted = {"id", "figure", "reason", "python", "implementation", "gil", "usable_cpus", "time"}
    assert wanted <= lines[0].keys()
    assert {line["reason"] for line in lines if line["state"] != "not shown"} == {""}


def test_a_file_that_cannot_be_written_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv(module.VARIABLE, str(tmp_path / "no folder" / "file"))
    with pytest.raises(LabError, match="GIL_LAB_FINDINGS names a file that cannot be written"):
        finding(NAME, 2)
