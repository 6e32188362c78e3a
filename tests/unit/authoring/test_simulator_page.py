"""The page of the simulator as a file; tests/browser/test_simulator_page.py uses it."""

import re
from pathlib import Path

import pytest

from helpers.authoring import simulator_page
from helpers.authoring.simulator_page import recorded_races, write_simulator
from helpers.core.store import recorded
from helpers.errors import LabError


def test_the_page_is_one_small_file_that_names_no_other_address(tmp_path: Path) -> None:
    page = write_simulator(tmp_path)
    assert page == tmp_path / "units" / "simulator.html"
    assert page.stat().st_size <= 120_000
    text = page.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"https?:|src=|@import|url\(", text) == []


def test_every_kind_of_worker_races_as_it_was_recorded() -> None:
    races = recorded_races()
    assert {racer["kind"] for race in races for racer in race["racers"]} == {
        "serial",
        "threads",
        "processes",
        "interpreters",
        "free-threaded",
    }
    strings = recorded("strings")
    assert strings is not None
    for racer, kind in zip(races[0]["racers"], ("serial", "threads", "processes")):
        point = strings.point(kind, 1 if kind == "serial" else 2)
        assert point is not None
        assert racer["speed_up"] == point.speed_up
        seen = races[0]["racers"][0]["wall_us"] / racer["wall_us"]
        assert seen == pytest.approx(point.speed_up, rel=0.05)
    for race in races:
        for racer in race["racers"]:
            assert sum(map(len, racer["tracks"])) == race["parts"]
            assert all(stop <= racer["wall_us"] for track in racer["tracks"] for _, stop in track)


def test_a_missing_recording_and_a_folder_that_is_none_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LabError, match=r"cannot be written to .*: name another by --folder"):
        write_simulator(tmp_path / "file")
    monkeypatch.setattr(simulator_page, "load_eras", list)
    with pytest.raises(LabError, match="the strings in interpreters must have a recording in"):
        write_simulator(tmp_path)
