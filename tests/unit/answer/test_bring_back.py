"""The upload that takes back what another session gave to download, with ipywidgets 7 and 8."""

import json
from datetime import datetime
from types import SimpleNamespace

import pytest

from helpers import answer
from helpers.cells.controls import uploaded
from helpers.core import store
from helpers.errors import LabError
from tests.unit.results import curves

TEXT = json.dumps(store.to_dict(curves({"threads": {1: 1.0, 2: 1.5}}))).encode()


@pytest.fixture(autouse=True)
def own_results(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "RESULTS", tmp_path / "results")


def test_an_upload_is_saved_and_the_button_is_ready_for_the_next():
    one = answer.BringBack()
    for said in ("1 result came back.", "0 results came back, 1 was here already."):
        file = {"name": "a.json", "type": "", "size": len(TEXT), "content": memoryview(TEXT)}
        one.upload.value = [file | {"last_modified": datetime(2026, 1, 1)}]
        assert one.said[0] == said and said in one._note.value
        assert one.upload.value == ()
    assert len(store.saved().results) == 1


def test_a_refusal_is_told_as_text():
    one = answer.BringBack()
    one.add({"<b>.zip": b"no"})
    assert "&lt;b&gt;.zip is no whole zip file" in one._note.value


def test_a_long_list_of_refusals_is_cut():
    one = answer.BringBack()
    one.add({f"{n}.zip": b"no" for n in range(3)})
    assert len([said for said in one.said if "no whole zip" in said]) == 3


def test_without_widgets_a_file_is_named(tmp_path, capsys):
    (tmp_path / "a.json").write_bytes(TEXT)
    answer.BringBack().read(tmp_path / "a.json")
    assert "1 result came back." in capsys.readouterr().out


@pytest.mark.parametrize("file", ["no such file", None, 3.5, "a\0b"])
def test_a_file_that_cannot_be_read_is_one_line(file):
    with pytest.raises(
        LabError,
        match=r"^.* (cannot be read \(.*\): name the file|a text or a Path, not .*: name one)$",
    ):
        answer.BringBack().read(file)


def test_what_ipywidgets_7_uploads_is_the_same():
    old = SimpleNamespace(value={"a.json": {"metadata": {"size": 3}, "content": b"abc"}})
    new = SimpleNamespace(value=({"name": "a.json", "content": memoryview(b"abc")},))
    assert uploaded(old) == uploaded(new) == {"a.json": b"abc"}
