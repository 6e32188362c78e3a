"""The recordings that charts show where a machine cannot show a curve."""

import re
from dataclasses import replace
from functools import partial

import pytest

from helpers.authoring import pairs, record
from helpers.authoring.pages import chosen
from helpers.cells.overlap import explain_recorded
from helpers.core import side_by_side
from helpers.core import store as records
from helpers.core.runs import Result
from helpers.errors import LabError
from helpers.jobs.registry import job_names
from helpers.pythons import crossing, elsewhere, ladder, switch
from helpers.pythons import recordings as of_pythons
from helpers.pythons.culprit import load_culprits
from helpers.pythons.find import Python
from helpers.sharing import races

FILES = sorted(records.RECORDINGS.glob("*.json"))
SHOWN = {
    name: path.stem
    for path in chosen()
    for name in re.findall(r'recorded=\\"(\w+)\\"', path.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recording_is_a_whole_result_with_its_machine_and_date(path):
    result = records.load_as(Result, path)
    assert result.machine.usable_cpus > 1
    assert result.made[:2] == "20"
    assert {point.kind for point in result.points()} >= {"serial", "threads", "processes"}
    assert path.name in (records.RECORDINGS.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("job", job_names())
def test_every_job_of_the_series_has_one(job):
    assert records.recorded(job).job == job


def put(folder, *results):
    for place, result in enumerate(results):
        result.save(folder / f"{place}.json")


def like(*, cpus, gil=True, made="2026-11-28T00:00:00+00:00", **machine):
    result = records.recorded("strings")
    machine = replace(result.machine, usable_cpus=cpus, gil=gil, **machine)
    return replace(result, machine=machine, made=made)


def test_the_recording_with_the_most_cores_and_a_gil_is_shown(tmp_path, monkeypatch):
    newer = like(cpus=4, made="2026-11-29T00:00:00+00:00")
    free, few, many = like(cpus=8, gil=False), like(cpus=2), like(cpus=4)
    monkeypatch.setattr(records, "RECORDINGS", tmp_path)
    assert records.recorded("strings") is None
    put(tmp_path, free)
    assert records.recorded("strings") == free  # better than none
    put(tmp_path, few, free, newer, many)
    assert records.recorded("strings") == newer


def test_of_each_python_the_recording_with_the_most_cores_is_shown(tmp_path, monkeypatch):
    eras = [
        like(cpus=2, python="3.14.1"),
        like(cpus=8, python="3.14.2"),
        like(cpus=4, python="3.14.1", free_threaded=True),
        like(cpus=2, python="3.15.0"),
    ]
    put(tmp_path, *eras)
    monkeypatch.setattr(elsewhere, "ERAS", tmp_path)
    assert elsewhere.load_eras() == eras[1:]


@pytest.mark.parametrize(
    ("module", "folder", "load", "wanted", "pattern"),
    [
        (ladder, "LADDERS", ladder.load_ladders, ladder.Ladder, "*"),
        (crossing, "CROSSINGS", partial(crossing.load_recorded, crossing.Crossing),
         crossing.Crossing, "crossing-*"),
        (crossing, "CROSSINGS", partial(crossing.load_recorded, crossing.Interpreters),
         crossing.Interpreters, "interpreters-*"),
        (switch, "SWITCH", lambda: [switch.switch_on([])], switch.Switch, "*"),
        (races, "RACES", races.load_races, races.Races, "*"),
    ],
    ids=["ladders", "crossing", "interpreters", "switch", "races"],
)  # fmt: skip
def test_so_it_is_with_whatever_else_is_recorded_of_each_python(
    tmp_path, monkeypatch, module, folder, load, wanted, pattern
):
    path = sorted(getattr(module, folder).glob(f"{pattern}.json"))[-1]
    one = records.load_as(wanted, path)
    if wanted is crossing.Interpreters:
        machine = replace(one.lists.machine, usable_cpus=64.0)
        many = replace(one, lists=replace(one.lists, machine=machine))
    else:
        many = replace(one, usable_cpus=64.0)
    for name, found in ((path.stem, one), (f"{path.stem}-64cpu", many)):
        records.save(found, tmp_path / f"{name}.json")
    monkeypatch.setattr(module, folder, tmp_path)
    assert load() == [many]


def test_a_job_that_cannot_be_recorded_leaves_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "SIZES", {"strings": 20_000.0, "no such job": 1.0})
    path, refused = record.record_jobs(tmp_path, rounds=1, share=0.01)
    assert records.load_as(Result, path).job == "strings"
    assert re.fullmatch(r"strings-\d+cpu-[a-z]+-[a-z]+[\d.]+t?\.json", path.name)
    assert str(refused).startswith("no such job: ")


def test_a_python_that_cannot_do_all_leaves_what_it_can(tmp_path, monkeypatch):
    def refuse(python):
        raise LabError(f"{python.name} needs a C compiler")

    one = ladder.load_ladders()[0]
    monkeypatch.setattr(of_pythons, "climb", lambda python, budget_s: one)
    monkeypatch.setattr(of_pythons, "try_switch", refuse)
    monkeypatch.setattr(of_pythons, "_example", lambda python: load_culprits()[0])
    free = Python("x", "PATH", "CPython", "3.13.5", free_threaded=True)
    path, refused, other = of_pythons.record([free], tmp_path, "4cpu-linux")
    assert path == tmp_path / "ladders" / "3.13t-4cpu-linux.json"
    assert other == tmp_path / "culprits" / "3.13t-4cpu-linux.json"
    assert str(refused) == "CPython 3.13.5 free-threaded needs a C compiler"


def test_notebooks_show_pairs_and_every_recorded_one_is_shown():
    assert len(SHOWN) == 4
    assert {path.stem for path in side_by_side.PAIRS.glob("*.json")} == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_recorded_pairs_come_from_a_machine_that_could_tell(name):
    recorded = side_by_side.load_pairs(name)
    assert recorded.machine.usable_cpus > 1
    assert recorded.made[:2] == "20"
    (said,) = explain_recorded(recorded)
    assert "Not to be told" not in said
    assert f"recorded on {recorded.made[:10]} on another machine (" in said


def test_pairs_are_saved_and_loaded(tmp_path, monkeypatch):
    recorded = side_by_side.load_pairs("turns")
    monkeypatch.setattr(side_by_side, "PAIRS", tmp_path / "pairs")
    assert side_by_side.load_pairs("turns") is None
    side_by_side.save_pairs("turns", recorded)
    assert side_by_side.load_pairs("turns") == recorded
    whole = (tmp_path / "pairs" / "turns.json").read_text(encoding="utf-8")
    for damaged in ("", "{}", whole[:-30], whole.replace('"alone_s":[', '"alone_s":[null,', 1)):
        (tmp_path / "pairs" / "turns.json").write_text(damaged, encoding="utf-8")
        assert side_by_side.load_pairs("turns") is None


def test_only_notebooks_that_show_pairs_are_run_to_record_them(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(pairs, "run_notebook", lambda nb, path, env: ran.append((path.stem, env)))
    assert [path.stem for path in pairs.record_pairs()] == sorted(set(SHOWN.values()))
    assert [name for name, _ in ran] == sorted(set(SHOWN.values()))
    assert all(env["GIL_LAB_RECORD_PAIRS"] for _, env in ran)
    assert all(env["GIL_LAB_RESULTS"] != str(records.RESULTS) for _, env in ran)
