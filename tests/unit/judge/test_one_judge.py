"""One judge: chart, verdict, sentence, report and board name the same kind of worker."""

import pytest

from helpers.advice.advice import advise
from helpers.answer import board, words
from helpers.judge.choose import BRANCHES, OTHERWISE, decide
from helpers.judge.curve import findings
from tests.unit.judge.grid import SITUATIONS, SPEED_UPS, grid

SOME = SPEED_UPS[::3]  # 0.95, 1.04, ... 1.97: 144 pairs


def best_named(found):
    """Return the kind that the first sentence below a curve calls best."""
    (whole,), *_ = findings(found)
    return whole.figures["way"].kind if whole.name == "best" else "serial"


def kinds_of(found, evidence):
    """Return the kind that each reader of a measurement names."""
    (entry,) = board.entries({"one": found})
    return {
        "chart": decide(found).kind,
        "verdict": advise(evidence).kind,
        "sentence": best_named(found),
        "board": entry.kind,
    }


@pytest.mark.parametrize("situation", SITUATIONS)
def test_all_readers_name_the_same_kind(situation):
    speed_ups = SPEED_UPS if situation == "computes" else SOME
    disagree = {
        (threads, processes): named
        for threads, processes, found, evidence in grid(situation, speed_ups)
        if len(set((named := kinds_of(found, evidence)).values())) > 1
    }
    assert disagree == {}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_report_ends_at_the_leaf_of_that_kind_or_stays_open(situation):
    leaves = {branch.leaf: branch.kind for branch in (*BRANCHES, OTHERWISE)}
    for _, _, found, _ in grid(situation, SPEED_UPS[::6]):
        decision, said = decide(found), words.answer(found)[-1]
        if decision.branch is None:
            assert "stays open" in said and decision.reason in said
            continue
        (leaf,) = [leaf for leaf in leaves if f"So for the numbers: {leaf}. " in said]
        assert leaves[leaf] == decision.kind


@pytest.mark.parametrize(
    ("situation", "reached", "key"),
    [
        ("computes", (1.0, 1.6), "processes"),
        ("computes", (1.07, 1.09), "none"),  # a tenth is asked for
        ("computes", (1.04, 1.13), "processes"),  # near the fastest, but no gain
        ("computes", (1.7, 1.85), "threads"),  # within a tenth the simpler wins
        ("waits", (1.9, 1.9), "waits"),
        ("waits", (1.0, 1.9), "processes"),  # it holds the GIL while it waits
        ("one CPU", (1.9, 1.9), "alone"),
        ("one CPU, waits", (1.9, 1.9), "waits"),
        ("few cores", (1.2, 1.2), "none"),
        ("few cores", (1.0, 1.3), "processes"),
        ("busy", (1.0, 1.9), None),
        ("busy, waits", (1.9, 1.9), "waits"),
        ("free-threaded", (1.9, 1.9), "no GIL"),
        ("free-threaded", (1.0, 1.9), "processes"),
        ("processes refused", (1.9, 1.9), "threads"),
    ],
)
def test_where_the_way_ends(situation, reached, key):
    ((found, evidence),) = [
        (found, evidence)
        for threads, processes, found, evidence in grid(situation, sorted(set(reached)))
        if (threads, processes) == reached
    ]
    branch = decide(found).branch
    assert (branch and branch.key) == key
    assert advise(evidence).kind == (branch.kind if branch else "serial")
