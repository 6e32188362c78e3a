"""Headline, reasons, table, code and what to try first never contradict one another."""

import dataclasses
import re

from hypothesis import event, given, settings
from hypothesis import strategies as st

from helpers.advice.advice import advise
from helpers.core.machine import Capacity
from helpers.kind import kind as kind_of
from helpers.kind import usual
from tests.unit.advice.test_advice import copied, evidence, reading
from tests.unit.results import MACHINE

KINDS = [*usual()[1:], "distributed"]
FOR_MESSAGES = {"return less", "send less", "carry less", "larger chunks", "start once"}
MACHINES = {
    "quiet": (MACHINE, ((1.0,) * 3, (1.9,) * 3), (1.0,) * 3),
    "busy": (MACHINE, ((1.0,) * 3, (1.1,) * 3), (0.5,) * 3),
    "one CPU": (dataclasses.replace(MACHINE, usable_cpus=1.0), ((1.0,) * 3,) * 2, (1.0,) * 3),
    "quota": (
        dataclasses.replace(MACHINE, usable_cpus=1.0, quota_cpus=1.0),
        ((1.0,) * 3, (1.98,) * 3),
        (1.0,) * 3,
    ),
}


@st.composite
def evidences(draw):
    name = draw(st.sampled_from([*MACHINES]))
    machine, ratios, shares = MACHINES[name]
    rates = st.lists(st.floats(0.1, 12), min_size=5, max_size=5)
    speed_ups = draw(st.dictionaries(st.sampled_from(KINDS), rates))
    refused = draw(st.dictionaries(st.sampled_from(KINDS), st.just("it cannot be sent there")))
    speed_ups = {kind: rate for kind, rate in speed_ups.items() if kind not in refused}
    serial_s = draw(st.floats(1e-4, 1e3))
    busy = draw(st.sampled_from([0.01, 0.5, 1.0, 1.9]))
    return name, evidence(
        speed_ups,
        serial_s=serial_s,
        cpu_s=busy * serial_s,
        start_s=draw(st.floats(0, 10)),
        n_items=draw(st.none() | st.integers(1, 1000)),
        machine=machine,
        capacity=Capacity((1, 2), ratios, shares),
        refused=refused,
        gave_way=draw(st.sampled_from([None, 0.0, 1.0])),
        reading=draw(st.none() | st.sampled_from([0.0, 0.05, 0.5, 1.0]).map(reading)),
        copied=draw(st.none() | st.floats(0, 3).map(copied)),
    )


@settings(deadline=None, max_examples=400)
@given(evidences())
def test_no_part_of_a_verdict_contradicts_another(made):
    where, given = made
    said = advise(given)
    event(f"{where}: {said.kind}")
    headline, chosen = said.headline, kind_of(said.kind)
    is_used = re.match(r"(Use|Probably) ([\w-]+)", headline)
    assert (is_used and is_used[2]) == (None if said.kind == "serial" else said.kind)
    # The table, the refusals and the code speak of the same kind.
    assert said.kind not in given.refused
    rows = {row.split()[0].rstrip(","): row for row in said.table()}
    for kind in given.refused:
        assert "not used" in rows[kind]
    if said.kind != "serial" and given.n_items is not None:
        pool = 'lab.pool("distributed"' if said.kind == "distributed" else chosen.standard
        assert pool in said.code
    elif given.n_items is not None:
        assert "Pool" not in said.code
    # "Do not bother" is for what is too short, and for nothing else.
    if headline.startswith("Do not bother"):
        assert said.kind == "serial" and given.total_s is not None
        too_early = [way for way in said.choice.tried if way.rate >= 1.1 > way.speed_up]
        assert given.total_s < 0.02 or too_early
    # What limits the machine is said where it is so, and nowhere else.
    assert ("because a quota" in headline) <= (where == "quota")
    assert ("because only one CPU" in headline) <= (where == "one CPU")
    if "nothing gains" in headline:
        assert said.kind == "serial" and said.speed_up in (1.0, None)
    assert ("too busy" in headline) <= (where == "busy")
    # Threads that are slower than the loop by a tenth do not just take turns.
    for finding in said.findings:
        if finding.name == "lock" and finding.case == "turns":
            assert 1 / 1.1 < finding.figures["rate"] < 1.1
    # Nothing is advised for a way that was rejected, or that sends nothing.
    tries = {finding.name for finding in said.to_try}
    if said.kind != "serial" and chosen.shares_memory:
        assert not tries & FOR_MESSAGES
    sending = [way for way in said.ways if not kind_of(way.kind).shares_memory and way.rates]
    if not sending:
        assert not tries & (FOR_MESSAGES - {"larger chunks"})
    assert ("asyncio" in tries) <= ("threads" not in given.refused)
    # A model is named one, and never for what this machine has itself.
    for n in (2, 4, 8):
        if f"with {n}" in said.elsewhere.lower():
            assert where != "quiet" or n > given.machine.usable_cpus
