"""The table of cases that both simulators are held to, as the one in Python has it."""

import json
from typing import Any

import pytest

from helpers.errors import LabError
from tests.unit.turns.cases import FILE, by_hand, figures, run

CASES = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["rule"] for case in CASES])
def test_python_agrees_with_the_table(case: dict[str, Any]) -> None:
    if case["expected"] is None:
        with pytest.raises(LabError):
            run(case)
    else:
        assert figures(run(case)) == case["expected"]


def test_the_table_has_every_case_by_hand_and_some_by_seed() -> None:
    written = [{k: v for k, v in case.items() if k != "expected"} for case in CASES]
    hand = by_hand()
    assert written[: len(hand)] == hand, "write it again: python -m tests.unit.turns.cases"
    assert sum(case["rule"].startswith("seed") for case in written) >= 20
    assert {case["rule"][0] for case in written} >= set("12345")
