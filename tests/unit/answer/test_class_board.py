"""The class board: nothing, one, hundreds of files, and every kind of file that is none."""

import dataclasses
import io
import json
import math
import pickle
import random
import zipfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.answer import board
from helpers.answer import board_cell as class_board
from helpers.answer.board_cell import ClassBoard
from helpers.answer.board_chart import plot_curves, plot_medians, plot_predictions
from helpers.core import store as records
from helpers.draw import style
from helpers.errors import LabError
from tests.unit.results import CAPACITY, MACHINE, curves, result


def reader(number=0, n_cpus=4, threads=1.0, processes=1.8, n_workers=2, **others):
    """Return the result of one reader of a class."""
    machine = dataclasses.replace(
        MACHINE, usable_cpus=float(n_cpus), cpu=f"secret chip {number}", memory_bytes=number + 1
    )
    shape = {"threads": {1: 1.0, n_workers: threads}, "processes": {1: 0.9, n_workers: processes}}
    return curves(
        shape,
        n_rounds=1,
        machine=machine,
        made=f"2026-11-22T{number // 60:02}:{number % 60:02}",
        **others,
    )


def a_class(n):
    chance = random.Random(n)
    return {
        f"reader-{i}.json": reader(
            i,
            chance.choice([2, 4, 8]),
            chance.uniform(0.9, 1.1),
            chance.uniform(1.5, 1.9),
            prediction={"threads": chance.uniform(0.5, 2), "processes": 2.0},
        )
        for i in range(n)
    }


def content(one):
    return json.dumps(records.to_dict(one)).encode()


def filled(results, refused=None):
    one = ClassBoard()
    one._add(results, refused or {})
    return one


def test_at_first_nobody_stands_out():
    assert ClassBoard().controls["machine"].label == "nobody"


def drawn(one):
    """Return the two figures of a board, drawn to the end."""
    assert style.png(one.charts)[:4] == b"\x89PNG"
    return one.charts


# -- names of machines -----------------------------------------------------------------


def test_names_of_machines_stand_above_each_other_where_their_curves_end_together():
    rows = {f"{i}.json": reader(i, processes=1.8) for i in range(9)}
    rows |= {f"slow {i}.json": reader(20 + i, processes=0.7 + i / 1000) for i in range(3)}
    _, right = drawn(filled(rows))
    names = [text for text in right.axes[0].texts if text.get_text().startswith("machine")]
    assert len(names) == 3
    boxes = sorted((text.get_window_extent() for text in names), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 for below, above in pairwise(boxes))


# -- how many --------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 1, 200])
def test_a_board_of_any_size_is_drawn(n):
    one = filled(a_class(n))
    assert len(one.entries) == n
    alt = style.alt_text(drawn(one))
    assert f"Threads: {n} curve" in alt and f"{2 * n} prediction" in alt
    assert repr(one) == f"ClassBoard: {n} results, 0 files refused"


def test_the_title_counts_results_and_kinds_of_machine():
    again = dataclasses.replace(reader(1), made="2026-12-01")
    one = filled({"a": reader(1), "b": again, "c": reader(2)})
    assert drawn(one)[0].texts[0].get_text() == "numbers\n3 results from 2 kinds of machine"
    assert drawn(filled({}))[0].texts[0].get_text() == "No results yet"


def test_a_thousand_curves_are_few_artists():
    ax = plot_curves(board.entries(a_class(1000)), "threads")
    assert len(ax.get_lines()) + len(ax.collections) < 10  # so that a redraw stays quick


def test_a_folder_is_read_with_its_folders(tmp_path):
    for name in ("a.json", "anna/b.json"):
        records.save(reader(len(name)), tmp_path / name)
    (tmp_path / "note.txt").write_text("no result")
    one = ClassBoard()
    one.read_folder(tmp_path)
    assert len(one.entries) == 2
    for folder in ("", str(tmp_path / "missing"), "nul\0", "x" * 5000):
        with pytest.raises(LabError, match="there is no folder"):
            ClassBoard().read_folder(folder)


def test_what_this_reader_saved_is_added(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    one = ClassBoard()
    one.add_saved()
    assert one.entries == []
    records.save(reader())
    one.add_saved()
    one.add_saved()
    assert len(one.entries) == 1  # the same file twice counts once


# -- files that are none ---------------------------------------------------------------


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a file was unpickled",)


WORKERS = records.to_dict(reader())
WORKERS["result"]["runs"][-1]["n_workers"] = 2**60
BAD = {
    "empty.json": b"",
    "cut.json": content(reader())[:-40],
    "foreign.json": b'{"cells": [], "nbformat": 4}',
    "photo.json": b"\x89PNG\r\n\x1a\n\x00",
    "pickle.json": pickle.dumps(Bomb()),
    "code.json": b"__import__('os').system('echo harm')",
    "deep.json": b"[" * 200_000,
    "numbers.json": content(reader()).replace(b'"wall_s": 1.0', b'"wall_s": NaN'),
    "negative.json": content(reader()).replace(b'"wall_s": 1.0', b'"wall_s": -1.0'),
    "workers.json": json.dumps(WORKERS).encode(),
    "kinds.json": content(reader()).replace(b'"threads"', b'"$\\\\frac{"'),
    "half.json": content(reader(title="HALF")).replace(b"HALF", b"\\ud800"),
    "version.json": content(reader()).replace(b'"version": 1', b'"version": 99'),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_by_name_while_the_others_load(name):
    one = ClassBoard()
    one.add({"good.json": content(reader(1)), name: BAD[name], "fine.json": content(reader(2))})
    assert len(one.entries) == 2 and list(one.refused) == [name]
    assert name in one.refused[name] and "\n" not in one.refused[name]
    assert any(line.startswith("Refused: ") and name in line for line in one.lines())
    drawn(one)


def test_a_zip_file_of_results_comes_in_with_a_name_for_each(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.json", content(reader(1)))
        archive.writestr("b.json", content(reader(2)))
        archive.writestr("../c.json", content(reader(3)))
    one = ClassBoard()
    one.add({"ada.zip": file.getvalue(), "ben.zip": file.getvalue()})
    assert [entry.name for entry in one.entries] == ["ada.zip/a.json", "ada.zip/b.json"]
    assert list(one.refused) == ["../c.json"]
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "all.zip").write_bytes(file.getvalue())
    other = ClassBoard()
    other.read_folder(tmp_path)
    assert len(other.entries) == 2


def test_a_huge_file_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(records, "MAX_BYTES", 50)
    monkeypatch.setattr(records.json, "loads", lambda *a, **k: pytest.fail("it was read"))
    one = ClassBoard()
    one.add({"huge.json": content(reader())})
    assert "at most 50 bytes" in one.refused["huge.json"]


def test_bad_files_in_a_folder_are_refused_too(tmp_path):
    for name, data in BAD.items():
        (tmp_path / name).write_bytes(data)
    records.save(reader(), tmp_path / "good.json")
    one = ClassBoard()
    one.read_folder(tmp_path)
    assert len(one.entries) == 1 and sorted(one.refused) == sorted(BAD)


@given(st.dictionaries(st.text(max_size=8), st.binary(max_size=40), max_size=3))
@settings(max_examples=50, deadline=None)
def test_no_bytes_raise_anything(files):
    one = ClassBoard()
    one.add(files)
    assert one.entries == [] and len(one.refused) <= len(files)


def test_hostile_names_are_shown_as_text(monkeypatch):
    shown = []
    monkeypatch.setattr(class_board.Picture, "update", lambda self, *what: shown.append(what))
    one = ClassBoard()
    one._ipython_display_()
    one.add({"<script>alert(1)</script>.json": b"{"})
    assert "&lt;script&gt;" in shown[-1][1] and "<script>" not in shown[-1][1]


def test_text_that_looks_like_a_formula_is_drawn_as_it_is():
    drawn(filled({"a": reader(job="$\\frac{", title="$$")}))


def test_a_result_without_a_round_is_no_curve():
    assert filled({"a.json": result()}).entries == []


# -- what is seen ----------------------------------------------------------------------


def test_two_files_of_one_name_are_both_kept():
    one = ClassBoard()
    for number in (1, 2):
        one.add({"strings.json": content(reader(number))})
    assert len(one.entries) == 2


def test_files_that_come_later_change_nothing_about_the_first():
    results = a_class(9) | {"again.json": reader(3), "without.json": result()}
    one = ClassBoard()
    for name, later in results.items():
        one._add({name: later}, {})
    assert one.entries == board.entries(results)
    one.clear()
    assert one.entries == []


def test_equal_machines_share_a_number_and_names_are_hidden_until_asked_for():
    results = {f"anna-{i}.json": reader(i, threads=0.3 if i == 3 else 1.0) for i in range(9)}
    one = filled(results)
    said = "\n".join(one.lines())
    assert "Machine 4 is far from its like: threads 0.30× on 2 cores, where those on 2" in said
    assert (
        "cores reach 1.00×. It did this: Numbers. CPython 3.13.0, default build; lock on; 4 of 4"
        in said
    )
    assert "secret" not in said and "anna" not in said and "Linux" not in said
    one.controls["names"].value = True
    assert "secret chip 3" in "\n".join(one.lines()) and "anna-3.json" in "\n".join(one.lines())
    same = filled({"a": reader(1), "b": dataclasses.replace(reader(1), made="2026-12-01")})
    assert [entry.number for entry in same.entries] == [1, 1]


def test_medians_are_by_the_workers_that_had_a_cpu_each():
    found = board.entries({str(i): reader(i, 2 if i < 3 else 8, 1 + i / 10) for i in range(5)})
    found += board.entries({"one": reader(9, 1, 0.9)})
    rows = board.medians(found, "threads")
    assert [(n, pytest.approx(m), k) for n, m, _, _, k in rows] == [(1, 0.9, 1), (2, 1.2, 5)]
    said = style.alt_text(plot_medians(found).figure)
    assert "threads on 1 core 0.90 (1 result); threads on 2 cores 1.20 (5 results)" in said


def test_nobody_is_far_from_a_few_or_from_equals():
    assert board.outliers(board.entries({str(i): reader(i, 4, 10.0**i) for i in range(4)})) == []
    assert board.outliers(board.entries({str(i): reader(i) for i in range(20)})) == []


@pytest.mark.parametrize(("threads", "told"), [(0.45, 1), (0.6, 0)])
def test_where_few_had_as_many_cores_those_with_half_to_twice_as_many_are_the_like(threads, told):
    counts = [3, 4, 6, 8, 10, 12, 16, 32]
    results = {str(n): reader(n, n, threads if n == 8 else 1.0, n_workers=n) for n in counts}
    far = board.outliers(board.entries(results))
    assert [(entry.n_cores["threads"], like) for entry, _, _, like in far] == [
        (8, "those on 4 to 16 cores reach 1.00×")
    ] * told


def test_predictions_are_drawn_against_results():
    found = board.entries({"a": reader(threads=1.0, prediction={"threads": 2.0, "other": 3.0})})
    ax = plot_predictions(found)
    dots = [line.get_xydata().tolist() for line in ax.get_lines()]
    assert [[2.0, 1.0]] in dots
    assert "1 prediction: 1 too high and 0 too low" in style.alt_text(ax.figure)


def test_the_curve_of_an_outlier_is_named_in_the_chart_among_many():
    results = {str(i): reader(i, processes=0.3 if i == 7 else 1.8) for i in range(12)}
    threads, processes = (figure.axes[0] for figure in drawn(filled(results)))
    assert [t.get_text() for t in threads.texts] == []
    assert [t.get_text() for t in processes.texts] == ["machine 8"]


def test_one_machine_stands_out_when_chosen():
    one = filled(a_class(12))
    one.controls["machine"].value = 3
    texts = [text for figure in drawn(one) for ax in figure.axes for text in ax.texts]
    assert any("machine 3" in text.get_text() for text in texts)
    assert any(line.startswith("Machine 3: ") for line in one.lines())


def test_each_job_has_a_board_of_its_own_and_clear_takes_all():
    one = filled({"a": reader(1, job="strings"), "b": reader(2, job="pictures")})
    assert set(one.controls["job"].options) == {"strings", "pictures"}
    one.controls["job"].value = "pictures"
    assert [entry.result.job for entry in one.shown_entries] == ["pictures"]
    one.controls["clear"].click()
    assert one.entries == [] and one.refused == {} and one.controls["job"].options == ()


def test_an_upload_comes_in_and_a_missing_folder_is_told():
    one = ClassBoard()
    file = {"name": "a.json", "type": "", "size": 1, "last_modified": datetime.now(UTC)}
    one.controls["upload"].value = [file | {"content": memoryview(content(reader()))}]
    assert len(one.entries) == 1
    one.controls["folder"].value = "no such folder"
    one.controls["read"].click()
    assert "there is no folder" in one.said and str(Path.cwd()) in one.said


def test_a_folder_s_path_may_be_copied_in_quotes(tmp_path):
    records.save(reader(), tmp_path / "a.json")
    one = ClassBoard()
    one.read_folder(f'"{tmp_path}" ')
    assert len(one.entries) == 1


def test_a_busy_machine_is_told_since_it_explains_most_outliers():
    busy = dataclasses.replace(CAPACITY, core_shares=(0.3,))
    results = {str(i): reader(i) for i in range(5)} | {"far": reader(9, processes=0.4)}
    one = filled(results | {"far": dataclasses.replace(results["far"], capacity=busy)})
    first, chosen, second = one.lines()
    assert chosen == "What the job should get: processes by 5 results."
    assert first.startswith("1 of 6 results came while other programs kept the machine busy")
    assert "Other programs left a thread 0.30 of a core." in second


def test_what_came_in_and_is_not_drawn_is_counted():
    one = filled({"a.json": reader(), "copy of a.json": reader(), "stopped.json": result()})
    one._ipython_display_()
    one.add({"bad.json": b""})
    assert "1 result on the board, 1 refused, 2 left out: the same as another" in one.said


def test_the_folder_of_a_refused_file_is_a_name_and_told_when_asked_for():
    one = filled({}, {"anna/a.json": "a.json is damaged"})
    assert one.lines() == ["Refused: a.json is damaged"]
    one.controls["names"].value = True
    assert one.lines() == ["Refused: a.json is damaged (anna/a.json)"]


def test_numbers_that_are_no_speed_are_not_drawn():
    values = [v for e in board.entries(a_class(50)) for v in e.reached.values()]
    assert all(math.isfinite(value) and value > 0 for value in values)
