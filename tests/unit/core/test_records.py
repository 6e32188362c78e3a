"""Results in files: the way there and back, and every file that is none."""

import copy
import dataclasses
import json
import math
import os
import re
import stat
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.core import store as records
from helpers.core.machine import Capacity
from helpers.core.runs import Result
from helpers.errors import LabError
from helpers.judge.curve import sentences
from tests.unit.refusals import refusal
from tests.unit.results import CAPACITY, MACHINE, result, run, serial, whole


@pytest.fixture
def file(tmp_path):
    return records.save(whole(), tmp_path / "one.json")


# -- there and back --------------------------------------------------------------------


def test_what_is_saved_is_loaded_again(file):
    loaded = records.load_as(Result, file)
    assert loaded == whole()
    assert loaded.points() == whole().points()
    assert loaded.runs[1].spans[0].label == "wait"


numbers = st.floats(0, 1e300)
counts = st.integers(1, 2**40)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    st.builds(
        Result,
        job=words,
        title=words,
        made=words,
        machine=st.just(MACHINE),
        capacity=st.just(CAPACITY),
        runs=st.lists(st.builds(serial, counts, wall_s=st.floats(1e-9, 1e9), cpu_s=numbers)).map(
            tuple
        ),
        prediction=st.dictionaries(words, numbers),
        prediction_n_workers=counts,
    )
)
@settings(deadline=None)
def test_any_result_comes_back_from_json(one):
    text = json.dumps(records.to_dict(one), allow_nan=False)
    assert records.from_dict(Result, json.loads(text)) == one


def test_the_file_is_json_with_a_version_and_the_machine(file):
    data = json.loads(file.read_text(encoding="utf-8"))
    assert (data["schema"], data["version"]) == ("gil-lab-result", records.VERSION)
    assert data["result"]["machine"]["cpu"] == MACHINE.cpu
    assert data["result"]["made"] == "2026-11-22T10:20:30+00:00"


def test_a_file_is_named_after_job_and_date(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RESULTS", tmp_path / "results")
    path = records.save(whole())
    assert path.parent == tmp_path / "results"
    assert re.fullmatch(r"numbers-20261122T102030Z-[0-9a-f]{6}\.json", path.name)
    assert records.save(whole()) == whole().save() == path
    assert len(list((tmp_path / "results").iterdir())) == 1
    # Somebody else's result of the same second does not take its place in a shared folder.
    assert records.save(dataclasses.replace(whole(), title="Another")) != path


@pytest.mark.parametrize("job", ["../../etc/x", "a/b", "a\\b:c*?", "line\nend", ""])
def test_no_name_of_a_job_leads_out_of_the_folder(tmp_path, monkeypatch, job):
    folder = tmp_path / "deep" / "results"
    monkeypatch.setattr(records, "RESULTS", folder)
    path = records.save(dataclasses.replace(whole(), job=job))
    assert path.parent == folder
    assert [path] == list(folder.iterdir())
    assert set(path.name).isdisjoint('/\\:*?"<>|\n')


def test_what_is_too_large_to_load_is_saved_without_its_spans(file, monkeypatch):
    small = len(records._as_text(records.without_spans(whole())))
    monkeypatch.setattr(records, "MAX_BYTES", small)
    saved = records.load_as(Result, records.save(whole(), file))
    assert saved == records.without_spans(whole()) != whole()
    before = file.read_bytes()
    monkeypatch.setattr(records, "MAX_BYTES", 300)
    assert "at most 300 bytes, and this one needs" in refusal(records.save, whole(), file)
    assert file.read_bytes() == before


def test_a_second_save_replaces_the_first(file):
    records.save(dataclasses.replace(whole(), title="Another"), file)
    assert records.load_as(Result, file).title == "Another"
    assert os.listdir(file.parent) == ["one.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="file permissions: not on Windows")
def test_a_class_may_read_what_one_of_it_saved(tmp_path):
    before = os.umask(0o022)
    try:
        path = records.save(whole(), tmp_path / "one.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


# -- where nothing can be written ------------------------------------------------------


@pytest.mark.parametrize("place", ["file/one.json", "file/deeper/one.json"])
def test_a_place_that_cannot_be_written_to_is_told(tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.chdir(tmp_path)
    message = refusal(records.save, whole(), place)
    assert message.startswith("results are saved in a folder that can be written to, and ")
    assert message.endswith("give save() another path")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("place", [".", "/", "folder"])
def test_a_folder_is_no_file(tmp_path, monkeypatch, place):
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    message = refusal(records.save, whole(), place)
    assert message.endswith(f"and {place} is a folder: add the name of the file")
    assert os.listdir(tmp_path) == ["folder"]


def test_a_disk_that_fills_up_leaves_the_old_file(file, monkeypatch):
    before = file.read_bytes()

    def full(*paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert "No space left on device" in refusal(records.save, result(), file)
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == ["one.json"]


def test_an_interrupt_while_saving_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*paths):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        records.save(whole(), tmp_path / "one.json")
    assert os.listdir(tmp_path) == []


# -- files that are none ---------------------------------------------------------------


def test_a_file_cut_at_any_byte_is_refused(file):
    content = file.read_bytes()
    for length in range(len(content) - 1):  # the last is a line end
        assert "one.json is not a whole JSON file" in refusal(
            records.parse_as, Result, content[:length], "one.json"
        )


@pytest.mark.parametrize("other", [lambda byte: byte ^ 1, lambda byte: 0, lambda byte: 0x22])
def test_a_file_changed_at_any_byte_is_refused_in_one_line_or_a_result(file, other):
    content, n_refused = file.read_bytes(), 0
    for at, byte in enumerate(content):
        changed = content[:at] + bytes([other(byte)]) + content[at + 1 :]
        try:
            assert isinstance(records.parse_as(Result, changed), Result)
        except LabError as error:
            n_refused += 1
            assert "\n" not in str(error) and len(str(error)) < 400
    assert n_refused > len(content) / 2  # a digit that has become another is still a result


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"\x1f\x8b\x08 packed",
        "résultat".encode("latin-1"),
        b"{",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"schema": NaN}',
        b"-Infinity",
        b"1" * 5000,
        b'"\n"',
    ],
    ids=range(11),
)
def test_a_file_that_is_no_json_is_refused(file, content):
    file.write_bytes(content)
    assert "one.json is not a whole JSON file (" in refusal(records.load_as, Result, file)


@pytest.mark.parametrize(
    "data", [None, 1, "text", [], {}, {"schema": "nbformat"}, {"cells": []}, {"schema": []}]
)
def test_json_of_another_kind_is_refused(file, data):
    file.write_text(json.dumps(data))
    assert refusal(records.load_as, Result, file) == (
        "one.json is not a result of GIL Lab: choose one of those that the notebooks save"
    )


@pytest.mark.parametrize("version", [0, 2, 1.5, "1", None, [1], {"a": "b\nc"}, "x" * 1000])
def test_another_version_is_refused(version):
    message = refusal(records.from_dict, Result, {**records.to_dict(whole()), "version": version})
    assert message.startswith("the file is of version ")
    assert message.endswith(
        ", and this GIL Lab reads version 1: get the newest GIL Lab, or open it with the one that "
        "saved it"
    )


def test_an_older_version_is_brought_up_to_this_one(monkeypatch):
    """As if two versions had followed; the second calls the title otherwise than the first did."""
    data = records.to_dict(whole())
    data["result"]["heading"] = data["result"].pop("title")

    def renamed(result):
        return {"title" if name == "heading" else name: value for name, value in result.items()}

    monkeypatch.setattr(records, "VERSION", 3)
    monkeypatch.setitem(records.UPGRADES, ("result", 1), dict)
    assert "the file is of version 2, and" in refusal(records.from_dict, Result, data)
    monkeypatch.setitem(records.UPGRADES, ("result", 2), renamed)
    assert records.from_dict(Result, data) == whole()


OLD = """\
{"schema": "gil-lab-result", "version": 1, "result": {"job": "numbers", "title": "Numbers",
"made": "2026-11-22T10:20:30+00:00", "machine": {"system": "Linux 6", "cpu": "A processor",
"n_cpus": 4, "usable_cpus": 4.0, "memory_bytes": 8589934592, "implementation": "CPython",
"python": "3.13.0", "free_threaded": false, "gil": true, "start_methods": ["forkserver", "spawn"],
"default_start_method": "forkserver"}, "capacity": {"n_threads": [1, 2, 4], "ratios": [[1.0],
[1.9], [3.8]], "core_shares": [1.0]}, "runs": [{"kind": "serial", "n_workers": 1, "round": 0,
"n_items": 8, "n_sublists": 4, "startup_s": 0.25, "wall_s": 1.25, "cpu_s": 1.0, "other_cpu_s":
0.0, "spans": []}, {"kind": "processes-spawn", "n_workers": 2, "round": 0, "n_items": 8,
"n_sublists": 4, "startup_s": 0.25, "wall_s": 0.75, "cpu_s": 1.5, "other_cpu_s": 0.25, "spans":
[{"worker": "17.4", "start_s": 0.125, "stop_s": 0.5, "label": "wait"}, {"worker": "17.4",
"start_s": 0.125, "stop_s": 0.5, "label": "wait"}]}, {"kind": "serial", "n_workers": 1, "round":
1, "n_items": 8, "n_sublists": 4, "startup_s": 0.25, "wall_s": 1.5, "cpu_s": 1.0, "other_cpu_s":
0.0, "spans": []}, {"kind": "processes-spawn", "n_workers": 2, "round": 1, "n_items": 9,
"n_sublists": 4, "startup_s": 0.25, "wall_s": 0.875, "cpu_s": 1.0, "other_cpu_s": 0.0, "spans":
[]}], "prediction": {"processes": 1.5}, "prediction_n_workers": 3}}"""


def test_a_file_saved_by_the_first_version_is_loaded():
    assert records.parse_as(Result, OLD.encode()) == whole()


def test_a_file_that_is_too_large_is_not_read(file, monkeypatch):
    monkeypatch.setattr(records, "MAX_BYTES", 100)
    message = refusal(records.load_as, Result, file)
    assert "at most 100 bytes, and one.json has more" in message


@pytest.mark.parametrize("name", ["missing.json", "", "one.json/deeper"])
def test_a_file_that_cannot_be_read_is_told(file, name):
    assert "cannot be read (" in refusal(records.load_as, Result, file.parent / name)


def places_of(data, path=()):
    """Yield the path of every value in ``data``."""
    yield path
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places_of(value, (*path, key))


OPTIONAL = (
    "spans",
    "label",
    "core_shares",
    "prediction",
    "prediction_n_workers",
    "quota_cpus",
    "stopped_share",
    "incomparable",
)
VALID = json.loads(json.dumps(records.to_dict(whole())))
PLACES = [path for path in places_of(VALID) if path]
REPLACEMENTS = [
    None, True, -1, -0.5, 0, 1.5, 2**63, 10**400, math.nan, math.inf, -math.inf, 1e308,
    "", "text", "two\nlines", [], {}, [None], {"a": 1}, [[1]], [0, 0],
    json.loads("[" * 900 + "]" * 900),
]  # fmt: skip


def changed(place, change):
    data = copy.deepcopy(VALID)
    at = data
    for key in place[:-1]:
        at = at[key]
    change(at, place[-1])
    return data


def load_or_refuse(data):
    """Return the result in ``data``, or None when it is refused in one line."""
    try:
        return records.from_dict(Result, data)
    except LabError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 400
        return None


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_a_result_with_any_value_replaced_is_refused_or_whole(place):
    for value in REPLACEMENTS:
        found = load_or_refuse(changed(place, lambda at, key: at.__setitem__(key, value)))  # noqa: B023
        if found is not None:  # the value is one that a result may have there
            assert records.from_dict(Result, records.to_dict(found)) == found
            str(found), sentences(found)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_what_a_result_lacks_takes_its_default_or_is_named(place):
    in_a_list = isinstance(place[-1], int)
    optional = in_a_list or place[:2] == ("result", "prediction") or place[-1] in OPTIONAL
    data = changed(place, lambda at, key: at.pop(key))
    if not optional and len(place) > 1:
        assert re.search(rf" needs {place[-1]}:", refusal(records.from_dict, Result, data))
    assert (load_or_refuse(data) is None) != optional or in_a_list


@pytest.mark.parametrize("place", [("result",), ("result", "machine"), ("result", "runs", 0)])
def test_a_result_that_holds_anything_else_is_refused_with_its_name(place):
    data = changed(place, lambda at, key: at[key].__setitem__("extra", 1))
    assert "has 'extra', which is no part of it" in refusal(records.from_dict, Result, data)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=4))
@settings(deadline=None, max_examples=200)
def test_no_damage_raises_anything_but_the_one_line(damage):
    data = VALID
    for place, value in damage:
        data = copy.deepcopy(data)
        at = data
        try:
            for key in place[:-1]:
                at = at[key]
            at[place[-1]] = value
        except (KeyError, IndexError, TypeError):  # damaged away before
            continue
    load_or_refuse(data)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_no_changed_letter_raises_anything_but_the_one_line(data):
    text = json.dumps(VALID)
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(max_codepoint=127))
    try:
        parsed = json.loads(text[:at] + letter + text[at + 1 :])
    except ValueError:
        return
    load_or_refuse(parsed)


@pytest.mark.parametrize("depth", [400, 800, 900, 950, 990, 20_000])
def test_deep_nesting_anywhere_is_refused(file, depth):
    nested = "[" * depth + "]" * depth
    for place in [("version",), ("result", "title"), ("result", "prediction"), ("result",)]:
        data = changed(place, lambda at, key: at.__setitem__(key, "HERE"))
        file.write_text(json.dumps(data).replace('"HERE"', nested))
        refusal(records.load_as, Result, file)


# -- recordings ------------------------------------------------------------------------


def test_a_recording_is_that_of_the_most_cpus(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDINGS", tmp_path)
    assert records.recorded("numbers") is None
    for name, cpus in [("a", 2.0), ("b", 8.0), ("c", 4.0)]:
        machine = dataclasses.replace(MACHINE, usable_cpus=cpus)
        records.save(result(serial(), machine=machine), tmp_path / f"{name}.json")
    records.save(result(serial(), job="others"), tmp_path / "d.json")
    assert records.recorded("numbers").machine.usable_cpus == 8.0
    assert records.recorded("others").job == "others"


def test_no_recordings_at_all_are_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDINGS", tmp_path / "missing")
    assert records.recorded("numbers") is None


def test_the_shipped_recordings_can_be_loaded():
    for path in records.RECORDINGS.glob("*.json"):
        assert records.load_as(Result, path).points()


# -- what nobody can have measured -----------------------------------------------------


def with_runs(*runs):
    return dataclasses.replace(whole(), runs=runs)


def with_capacity(n_points):
    counts = tuple(range(1, n_points + 1))
    return dataclasses.replace(whole(), capacity=Capacity(counts, ((1.0,),) * n_points))


def with_looks(n_looks):
    return dataclasses.replace(whole(), capacity=Capacity((1,), ((1.0,) * n_looks,)))


def with_start_methods(*methods):
    return dataclasses.replace(whole(), machine=dataclasses.replace(MACHINE, start_methods=methods))


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (with_capacity(100_000), "100000 points of capacity, and 100 is the most"),
        (with_runs(serial(), run(n_workers=2000)), "2000 workers, and 1,024 is the most"),
        (with_runs(serial(wall_s=1e9)), "1000000000.0 seconds"),
        (with_runs(serial(wall_s=1e7), run(wall_s=1e-3)), "10000000000.0 times as fast"),
        (with_runs(serial(), run("Odd kind")), "kinds of pool that GIL Lab does not have, such"),
        (with_runs(*(run(f"kind-{n}") for n in range(21))), "21 kinds of pool, and 20 is"),
        (dataclasses.replace(whole(), title="x" * 1001), "1001 letters in a name"),
        (dataclasses.replace(whole(), prediction_n_workers=9999), "9999 workers"),
        (dataclasses.replace(whole(), made="yesterday"), "a date and time in ISO 8601, not at 'y"),
        (with_runs(*(run(n_workers=n) for n in range(1, 1003))), "1002 points of its curves"),
        (with_runs(*(run(round=n) for n in range(1002))), "1002 rounds, and 1,001 is the most"),
        (with_runs(*[run(round=n) for n in range(51) for _ in range(1000)]), "51000 runs, and"),
        (with_looks(2001), "2001 looks at the capacity"),
        (with_start_methods("spawn" * 300), "1500 letters in a name"),
        (with_start_methods(*["spawn"] * 21), "21 start methods"),
    ],
)
def test_what_no_machine_can_have_measured_is_refused_at_the_door(one, said):
    content = json.dumps(records.to_dict(one)).encode()
    message = refusal(records.parse_as, Result, content, "one.json")
    assert message.startswith("one.json ") and said in message
    assert message.endswith(
        (": choose another file", ": choose one of those that the notebooks save")
    )


def test_a_name_that_stands_twice_is_refused_and_a_mark_at_the_beginning_is_not(file):
    content = file.read_bytes()
    twice = content.replace(b'"job":', b'"job":"another","job":')
    assert "a name stands twice in one object" in refusal(records.parse_as, Result, twice)
    assert records.parse_as(Result, b"\xef\xbb\xbf" + content) == whole()


def test_a_job_of_any_name_can_be_saved(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    for name in ("x" * 1000, "仕" * 1000):
        path = dataclasses.replace(whole(), job=name).save()
        assert records.load_as(Result, path).job == name


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' file names are text")
def test_a_file_whose_name_is_no_text_is_listed(tmp_path):
    os.rename(records.save(whole(), tmp_path / "a.json"), os.fsencode(tmp_path) + b"/\xff.json")
    (tmp_path / "\udcfe.json").write_text("no result")
    found = records.saved(tmp_path)
    assert (list(found.results), list(found.refused)) == (["\\udcff.json"], ["\\udcfe.json"])
    assert found.refused["\\udcfe.json"].startswith("\\udcfe.json is not a whole JSON file")
