"""The recordings that charts show where a machine cannot show a curve."""

import pytest

from helpers import records

FILES = sorted(records.RECORDINGS.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recording_is_a_whole_result_with_its_machine_and_date(path):
    result = records.load(path)
    assert result.machine.usable_cpus > 1
    assert result.made[:2] == "20"
    assert {point.kind for point in result.points()} >= {"serial", "threads", "processes"}
    assert path.name in (records.RECORDINGS.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("job", ["strings", "pictures"])
def test_both_jobs_have_one(job):
    assert records.load_recording(job).job == job
