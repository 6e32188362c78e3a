"""The recordings that charts show where a machine cannot show a curve."""

import re

import pytest

from helpers.authoring import pairs
from helpers.authoring.pages import chosen
from helpers.cells.overlap import explain_recorded
from helpers.core import side_by_side
from helpers.core import store as records
from helpers.core.runs import Result
from helpers.jobs.registry import job_names

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
