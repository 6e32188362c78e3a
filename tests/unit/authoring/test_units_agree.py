"""A unit says the same as its notebook: the notebook's own lines judge what the unit draws.

No notebook is run. What its variables hold is recorded, or made up by the tests of its findings.
"""

import ast
import json
import re
from dataclasses import replace
from html import unescape
from types import SimpleNamespace

import nbformat
import pytest

import helpers as lab
from helpers.authoring import pages, publish, units
from helpers.beyond import load_beyond
from helpers.core import allowed, machine
from helpers.core.side_by_side import load_pairs
from helpers.core.store import load_as, recorded
from helpers.pythons.elsewhere import load_eras
from helpers.responsive.beats import Beats
from helpers.sharing.losses import Ledger
from tests.unit.advice import test_findings as advice
from tests.unit.answer import test_findings as answer
from tests.unit.authoring.test_units import ids_of, tells_what_is_drawn
from tests.unit.libraries import test_findings as libraries
from tests.unit.processes import test_findings_05 as processes
from tests.unit.responsive import test_findings as responsive

MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)
VERDICTS = {
    "log hours": advice.SHOWN["11.holds"],
    "fingerprints": advice.SHOWN["11.releases"],
    "questions": advice.SHOWN["11.waits"],
    "lengths": advice.SHOWN["11.short"],
}


def with_two_workers(job):
    """Return a recorded result as notebook 00 has it."""
    result = recorded(job)
    runs = tuple(run for run in result.runs if run.kind == "serial" or run.n_workers == 2)
    return replace(result, runs=runs)


def found(number):
    """Return variables of a notebook as a run leaves them, by name."""
    kept, lost = Ledger(200_000, (0,) * 5), Ledger(200_000, (105_000, 98_000, 0, 120_000, 7))
    late = Beats(0.5, (0.0, 0.02, 0.05, *(k * 0.02 for k in range(3, 26))))
    variables = {
        "00": {"results": {n: with_two_workers(n) for n in ("strings", "pictures", "finished")}},
        "01": {"measured": load_pairs("turns").pairs},
        "02": {"result": recorded("strings")},
        "03": {"drawn": recorded("pictures"), "finished": recorded("finished")},
        "04": {"serial_s": 0.5117, "threads_s": 0.0649},
        "05": {"lengths": processes.lengths(0.093, 0.65)},
        "06": {"ledgers": {"b += 1": kept, "b = b + 1": kept, "b = round(b + 1, 2)": lost}},
        "07": {"beats": responsive.places(**{"a thread": late, "a process": late})},
        "08": {"table": libraries.counts()},
        "09": {"results": load_eras(), "recorded": load_eras()},
        "10": {"strings": load_beyond().strings},
        "11": {
            "verdicts": VERDICTS,
            **dict(zip(("on_hours", "on_files", "on_questions", "on_lengths"), VERDICTS.values())),
        },
        "12": {"report": answer.report()},
    }
    return variables[number]


@pytest.fixture(autouse=True)
def a_quiet_machine_with_two_cpus_and_a_gil(monkeypatch):
    quiet = machine.Capacity((1, 2), ((1.0,), (2.0,)), (1.0,))
    monkeypatch.setattr(machine, "capacity", lambda *_, **__: quiet)
    monkeypatch.setattr(machine, "gil_enabled", lambda: True)
    monkeypatch.setattr(allowed, "usable_cpus", lambda: 2.0)


def judged_by_the_notebook(number, variables):
    """Return the findings of a unit's claims, by id, as the lines of the notebook ask for them."""
    said, ids = {}, ids_of(number)

    def finding(id, *results):
        if id in ids:
            said[id] = lab.finding(id, *results)

    names = {**variables, "lab": SimpleNamespace(finding=finding), "display": lambda *_: None}
    [path] = pages.chosen([number])
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        for statement in ast.parse(MAGIC.sub("", cell.source)).body:
            text = ast.unparse(statement)
            if "lab.finding(" in text and any(f"'{id}'" in text for id in ids):
                exec(text, dict(names))
    return said


@pytest.mark.parametrize("number", sorted(units.QUESTIONS))
def test_a_unit_says_and_draws_what_its_notebook_finds(number, tmp_path):
    units.keep(number, found(number), tmp_path / "unit.json")
    unit = load_as(units.Unit, tmp_path / "unit.json")
    notebook = judged_by_the_notebook(number, found(number))
    assert {one.state for one in notebook.values()} == {"shown"} and unit.shown
    assert list(unit.said) == [notebook[id].words[1] for id in ids_of(number)]
    for id in ids_of(number):
        assert tells_what_is_drawn(id, notebook[id].figure, unit)
    html = publish.unit_html(number, unit)
    drawn = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert [(row["value"], row["text"]) for row in drawn["rows"]] == [
        (row.value, row.text) for row in unit.rows
    ]
    assert re.findall(r'<p class="unit-said">(.*?)</p>', unescape(html)) == list(unit.said)


def test_a_recording_that_a_notebook_falls_back_on_keeps_its_machine_and_its_date(tmp_path):
    strings = load_beyond().strings
    units.keep("10", {"strings": strings}, tmp_path / "unit.json")
    unit = load_as(units.Unit, tmp_path / "unit.json")
    assert (unit.made, unit.machine) == (strings.made, str(strings.machine))
