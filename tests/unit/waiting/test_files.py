"""Many files, cold and cached: the same bytes, and an honest word about what was measured."""

import os
import random
import zlib

import pytest

from helpers.core.scaling import Experiment
from helpers.errors import LabError
from helpers.waiting import files
from helpers.waiting.files import (
    files_job,
    is_in_memory,
    read_cached,
    read_cold,
    temporary_files,
    what_is_measured,
)
from tests.unit.sample_jobs import runs_of


@pytest.fixture(scope="module")
def paths():
    with temporary_files(30, 20_000) as written:
        yield written


def test_both_ways_read_the_same_bytes(paths):
    source = random.Random(0)
    expected = [zlib.crc32(source.randbytes(20_000)) for _ in paths]
    assert read_cached(paths) == read_cold(paths) == expected


def test_where_nothing_can_be_forgotten_cold_reads_as_well(paths, monkeypatch):
    monkeypatch.setattr(files, "CAN_ASK_TO_FORGET", False)
    assert read_cold(paths) == read_cached(paths)
    assert what_is_measured(paths).startswith("Not cold: this system")


@pytest.mark.skipif(not files.CAN_ASK_TO_FORGET, reason="no posix_fadvise on this system")
def test_cold_asks_for_every_file_and_cached_for_none(paths, monkeypatch):
    asked = []
    monkeypatch.setattr(os, "posix_fadvise", lambda *what: asked.append(what))
    read_cached(paths)
    assert asked == []
    read_cold(paths)
    assert len(asked) == len(paths)
    assert {what[1:] for what in asked} == {(0, 0, os.POSIX_FADV_DONTNEED)}


@pytest.mark.skipif(not files.CAN_ASK_TO_FORGET, reason="no posix_fadvise on this system")
@pytest.mark.parametrize(
    ("answer", "said"),
    [(False, "Cold: of 20 files"), (True, "Not cold: of 20 files"), (None, "Perhaps cold")],
)
def test_the_label_says_what_was_found(paths, monkeypatch, answer, said):
    monkeypatch.setattr(files, "is_in_memory", lambda path: answer)
    assert what_is_measured(paths).startswith(said)


def test_what_was_just_read_is_in_memory_where_the_system_tells(paths):
    read_cached(paths)
    assert is_in_memory(paths[0]) in (True, None)


def test_it_is_a_job_for_a_pool(paths):
    for cold in (True, False):
        plan = Experiment(files_job(paths, cold), ["threads"], worker_counts=(2,), rounds=1)
        assert len(list(runs_of(plan))) == plan.n_runs


def test_the_folder_is_gone_after_the_with():
    with pytest.raises(KeyboardInterrupt), temporary_files(2, 10) as paths:
        folder = paths[0].parent
        assert len(list(folder.iterdir())) == 2
        raise KeyboardInterrupt
    assert not folder.exists()


def test_files_that_are_gone_are_told_in_one_line():
    with temporary_files(1, 10) as paths:
        pass
    with pytest.raises(LabError, match="keep the reading inside the with"):
        read_cached(paths)


@pytest.mark.parametrize("options", [{"n_files": 0}, {"n_files": "many"}, {"n_bytes": 10**9},
                                     {"n_bytes": True}])  # fmt: skip
def test_a_number_that_cannot_be(options):
    with (
        pytest.raises(LabError, match="must be a whole number from 1 to"),
        temporary_files(**options),
    ):
        pass


def test_a_folder_without_room_is_told(monkeypatch):
    def full(*what):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.Path, "write_bytes", full)
    with pytest.raises(LabError, match="No space left on device"), temporary_files(1, 10):
        pass
