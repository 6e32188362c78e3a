"""All results as one file: there and back again, and what is no such file is refused."""

import base64
import dataclasses
import io
import json
import re
import stat
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.core import parcel, store
from helpers.core.host import host
from tests.unit.results import curves

ONE = curves({"threads": {1: 1.0, 2: 1.5}})
OTHER = dataclasses.replace(ONE, job="pictures")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def zipped(*files, kind=zipfile.ZIP_DEFLATED):
    """Return a zip file of (name or ZipInfo, content)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in files:
            archive.writestr(name, content, kind)
    return file.getvalue()


def text(found=ONE):
    return json.dumps(store.to_dict(found))


def refusal(content, name="a.zip"):
    """Return the one reason, in one line, for which everything in a file was refused."""
    before = store.saved().results
    found = parcel.unpack(name, content)
    (said,) = found.refused.values()
    assert not found.kept and "\n" not in said and len(said) < 400
    assert store.saved().results == before
    return said


def test_what_a_link_downloads_comes_back_in_another_session(folder, tmp_path):
    store.save(ONE)
    store.save(OTHER)
    page = store.saved()._repr_html_()
    assert 'download="gil-lab-results.zip"' in page
    content = base64.b64decode(re.search('base64,([^"]+)', page)[1])
    there = tmp_path / "there"
    found = parcel.unpack("gil-lab-results.zip", content, there)
    assert (len(found.kept), found.n_had, found.refused) == (2, 0, {})
    assert list(store.saved(there).results.values()) == list(store.saved().results.values())
    again = parcel.unpack("gil-lab-results.zip", content, there)
    assert str(again) == "0 results came back, 2 were here already."
    assert len(list(there.iterdir())) == 2


def test_a_single_result_comes_back_too(folder):
    assert str(parcel.unpack("x.JSON", text().encode())) == "1 result came back."
    assert list(store.saved().results.values()) == [ONE]


def test_what_is_saved_is_said_with_what_becomes_of_it_here(folder, tmp_path, monkeypatch):
    assert (
        repr(store.saved()) == "Nothing is saved yet." and "href" not in store.saved()._repr_html_()
    )
    environment = {}
    monkeypatch.setattr(store, "host", lambda: host(environment, tmp_path))
    store.save(ONE)
    assert f"1 result is saved in {folder}. They stay on this computer." in repr(store.saved())
    environment["BINDER_REPO_URL"] = "x"
    assert "They are lost when this session ends: download them." in store.saved()._repr_html_()


def test_where_nothing_can_be_written_results_are_lent_a_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("GIL_LAB_RESULTS", raising=False)
    assert store.results_folder(tmp_path) == (tmp_path / "results", False)
    monkeypatch.setattr(store.os, "access", lambda *_: False)
    folder, is_lent = store.results_folder(tmp_path)
    assert is_lent and folder.parent == Path(tempfile.gettempdir())
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    monkeypatch.setattr(store, "_IS_LENT", True)
    store.save(ONE)
    assert repr(store.saved()).endswith("They are lost when this session ends: download them.")
    monkeypatch.setenv("GIL_LAB_RESULTS", "named")
    assert store.results_folder(tmp_path) == (Path("named"), False)


def test_what_is_too_large_for_a_link_gets_none(folder, monkeypatch):
    store.save(ONE)
    monkeypatch.setattr(parcel, "MOST_BYTES", 10)
    assert "download the folder itself" in store.saved()._repr_html_()


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no whole zip file"),
        (b"PK\x03\x04 no more", "no whole zip file"),
        (zipped(("a.json", text()))[:-30], "no whole zip file"),
        (bytes(parcel.MOST_BYTES + 1), "more than 8,000,000 bytes"),
        (zipped(*((f"{n}.json", "") for n in range(1001))), "holds 1,001 files"),
        (zipped(("a.json", "[]")), "is not a result of GIL Lab"),
        (zipped(("a.json", text()[:-9])), "not a whole JSON file"),
        (zipped(("a.json", text().replace('"version": 1', '"version": 99'))), "version 99"),
        (zipped(("../a.json", text())), "not named as a result is"),
        (zipped(("x/../../a.json", text())), "not named as a result is"),
        (zipped(("/etc/a.json", text())), "not named as a result is"),
        (zipped(("C:\\a.json", text())), "not named as a result is"),
        (zipped(("..\\a.json", text())), "not named as a result is"),
        (zipped((".a.json", text())), "not named as a result is"),
        (zipped(("a.py", "print(1)")), "not named as a result is"),
        (zipped((link("a.json"), "/etc/passwd")), "a link or a device"),
        (zipped(("a.json", text()), kind=zipfile.ZIP_LZMA), "packed in a way"),
        (zipped(("a.json", bytes(parcel._MOST_UNPACKED + 1))), "would unpack to more"),
        (zipped(("a.json", bytes(store.MAX_BYTES + 1))), "at most 20,000,000 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_what_is_no_archive_of_results_is_refused_in_one_line(folder, content, said):
    store.save(OTHER)
    assert said in refusal(content)


def test_an_archive_that_unpacks_to_more_than_it_says_is_refused(folder, monkeypatch):
    content = zipped(("a.json", bytes(5000)))
    size = (5000).to_bytes(4, "little")
    lying = content.replace(size, (10).to_bytes(4, "little"))
    assert lying != content and refusal(lying)
    monkeypatch.setattr(parcel, "_MOST_UNPACKED", 100)
    assert refusal(zipped(("a.json", bytes(90)), ("b.json", bytes(90)))).count("would unpack") == 1


def test_the_good_files_of_an_archive_come_in_beside_the_bad(folder):
    files = [
        ("mine/a.json", text()),
        ("b.json", "{"),
        ("c.json", text(OTHER)),
        ("__MACOSX/a.json", ""),
    ]
    found = parcel.unpack("a.zip", zipped(*files))
    assert (len(found.kept), list(found.refused)) == (2, ["b.json"])
    assert all(path.parent == folder for path in found.kept)


def test_no_result_takes_the_place_of_another_of_its_name(folder, monkeypatch):
    monkeypatch.setattr(store, "_name", lambda found, text: "same.json")
    first = store.save(ONE).read_bytes()
    (kept,) = parcel.unpack("a.zip", zipped(("a.json", text(OTHER)))).kept
    assert (folder / "same.json").read_bytes() == first
    assert kept != folder / "same.json" and len(store.saved().results) == 2


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_archive_never_raises(tmp_path_factory, data):
    content = bytearray(zipped(("a.json", text()), ("b.json", text(OTHER))))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=5)):
        content[place] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("damaged")
    found = parcel.unpack("a.zip", bytes(content), folder)
    assert all("\n" not in said for said in found.refused.values())
    assert {path.parent for path in found.kept} <= {folder}
