"""Several jobs with the same workers, their chart, and what notebook 00 shows of their code."""

import ast
import dataclasses
import inspect
import re
from pathlib import Path

import nbformat
import pytest

from helpers.cells.predict import predict
from helpers.core import news, store
from helpers.jobs import Picture, draw, drawn_map, finish, normalise
from helpers.jobs.registry import job
from helpers.start.chart import plot_jobs
from helpers.start.three_jobs import compare_jobs, explain
from tests.unit.refusals import refusal
from tests.unit.results import MACHINE, curves

NAMES = ["strings", "finished"]
RESULTS = {
    "strings": curves({"threads": {2: 1.0}, "processes": {2: 1.5}}, job="strings"),
    "finished": curves({"threads": {2: 1.875}, "processes": {2: 1.75}}, job="finished"),
}
NOTEBOOK = nbformat.read(
    Path(__file__).parents[3] / "notebooks" / "00_start_here.ipynb", as_version=4
)


def texts(ax):
    return [text.get_text() for text in ax.texts]


# --- The chart


def test_each_job_has_a_bar_for_each_kind_with_its_figure():
    ax = plot_jobs(RESULTS, NAMES, 2)
    assert [round(bar.get_width(), 3) for bar in ax.patches] == [1.0, 1.5, 1.875, 1.75]
    assert [text for text in texts(ax) if "×" in text] == ["1.00×", "1.50×", "1.88×", "1.75×"]
    assert ax.get_title("left") == "2 threads: 1.00 to 1.88 times as fast, depending on the job"
    assert "strings with threads 1.00; strings with processes 1.50" in ax.get_label()


def test_what_is_still_to_come_has_its_row():
    ax = plot_jobs({}, NAMES, 2)
    assert "still empty" in ax.get_label()
    assert [label.get_text() for label in ax.get_yticklabels()] == NAMES


def test_what_was_said_of_threads_is_a_ring_in_their_row():
    said = dataclasses.replace(RESULTS["finished"], prediction={"threads": 2.6})
    ax = plot_jobs({**RESULTS, "finished": said}, NAMES, 2)
    assert [text for text in texts(ax) if "you" in text] == ["you said 2.6×"]
    (ring,) = [line for line in ax.get_lines() if line.get_markerfacecolor() == "none"]
    assert ring.get_xdata() == [2.6]
    assert ax.get_xlim()[1] > 2.6


def test_a_recording_stands_beside_what_was_measured_here():
    ax = plot_jobs(RESULTS, NAMES, 2, recorded=RESULTS)
    marks = [line for line in ax.get_lines() if line.get_markerfacecolor() == "white"]
    assert [mark.get_xdata()[0] for mark in marks] == [1.0, 1.5, 1.875, 1.75]
    assert "Recorded on another machine: strings with threads 1.00" in ax.get_label()


def test_a_class_gets_each_result_with_its_prediction(monkeypatch):
    heard = []
    monkeypatch.setattr(news, "LISTENERS", {lambda *told: heard.append(told)})
    guess = predict(["str.casefold"])
    guess.commit()
    heard.clear()
    results = compare_jobs([job(str.casefold, ["A", "B"] * 50)], rounds=1, guess=guess)
    assert heard == [("measured", results["str.casefold"])]
    assert heard[0][1].prediction == {"threads": 1.0}


def test_what_was_found_is_a_line_for_each_kind():
    assert explain(RESULTS, 2) == [
        "Threads (2 workers): strings 1.00, finished 1.88 times as fast.",
        "Processes (2 workers): strings 1.50, finished 1.75 times as fast.",
    ]
    assert explain({"strings": curves({})}, 2) == []


def test_on_one_cpu_it_is_said_what_another_machine_recorded(monkeypatch):
    monkeypatch.setattr(store, "recorded", RESULTS.get)
    here = dataclasses.replace(MACHINE, usable_cpus=1.0)
    alone = {name: dataclasses.replace(found, machine=here) for name, found in RESULTS.items()}
    *_, last = explain(alone, 2)
    assert last.startswith("Hollow marks were recorded on 2026-11-22 on another machine (CPython")
    assert last.endswith(
        "threads strings 1.00, finished 1.88; processes strings 1.50, finished 1.75."
    )


# --- The measurement


def test_jobs_are_compared_one_after_the_other(capsys):
    guess = predict(["str.upper", "str.lower"])
    guess.controls["str.lower"].value = 1.5
    guess.commit()
    upper, lower = (job(function, ["a", "b"] * 50) for function in (str.upper, str.lower))
    results = compare_jobs([upper, lower], rounds=1, guess=guess)
    assert list(results) == ["str.upper", "str.lower"]
    for found in results.values():
        assert found.kinds == ("serial", "threads", "processes")
    assert [found.prediction["threads"] for found in results.values()] == [1.0, 1.5]
    assert "Processes (2 workers): str.upper" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        ("strings", "jobs come in a list, not 'strings'"),
        ([], "jobs come in a list, not []"),
        (["films"], "a job is"),
        ([job(len, ["a"]), job(len, ["b"])], "jobs have a name each, not len, len"),
    ],
)
def test_what_are_no_jobs_is_refused_in_one_line(jobs, said):
    assert refusal(compare_jobs, jobs).startswith(said)


# --- The notebook's code is that of the jobs


def test_the_listing_of_normalise_is_its_code():
    (listing,) = [
        code
        for cell in NOTEBOOK.cells
        for code in re.findall(r"```python\n(def normalise.*?)```", cell.source, re.DOTALL)
    ]
    shown = ast.parse(listing).body[0].body
    real = ast.parse(inspect.getsource(normalise)).body[0].body
    assert list(map(ast.unparse, shown)) == list(map(ast.unparse, real[1:]))  # but the docstring


def test_the_cell_that_finishes_a_picture_does_what_the_job_does():
    (cell,) = [cell.source for cell in NOTEBOOK.cells if "UnsharpMask" in cell.source]
    *lines, last = cell.splitlines()
    shown = []
    names = {"draw": draw, "Picture": Picture, "lab": _Shows(shown)}
    exec("from PIL import Image, ImageFilter", names)
    exec("\n".join([*lines, last]), names)
    scale = names["drawn"].width / 2339
    assert shown[0].tobytes() == finish(drawn_map("density", round(scale, 2))).tobytes()


class _Shows:
    """A stand-in for the lab that keeps what is shown."""

    def __init__(self, shown):
        self.show = lambda image, alt: shown.append(image)
        self.finished = lambda scale: None
