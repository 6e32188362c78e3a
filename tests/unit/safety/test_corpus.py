"""Every race of the corpus is found, as it is, and none of the safe functions is accused."""

import pytest

from helpers.safety.safe import is_safe
from tests.unit.safety.corpus import RACY, SAFE, Case
from tests.unit.safety.known import KNOWN


def asked(case: Case):
    return is_safe(case.func, case.calls, case.check, setup=case.setup)


@pytest.mark.parametrize("case", [*RACY, *KNOWN], ids=lambda case: case.name)
def test_a_race_is_found(case: Case) -> None:
    said = asked(case)
    assert said.breaks is True and said.kind == case.kind, str(said)
    assert {turn.call for turn in said.turns} == {"A", "B"}


@pytest.mark.parametrize("case", SAFE, ids=lambda case: case.name)
def test_what_is_safe_is_not_accused(case: Case) -> None:
    said = asked(case)
    assert said.breaks is False and not said.more, str(said)
    assert said.turns == () and "safe" not in said.headline


def test_the_same_order_is_found_again() -> None:
    case = RACY[4]
    assert asked(case) == asked(case)
