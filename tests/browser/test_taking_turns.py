"""Notebook 01 as a reader meets it: a prediction, Run All, then both labs."""

import re

import pytest

from tests.browser.lab import Lab
from tests.browser.test_start_here import chart_texts, outputs

pytestmark = pytest.mark.alone

NOTEBOOK = "notebooks/01_taking_turns.ipynb"


def test_run_all_shows_every_recording_with_its_sentence(lab: Lab) -> None:
    lab.open(NOTEBOOK).run_all(timeout_s=180)
    assert lab.errors() == []
    said = outputs(lab)
    assert len(re.findall(r"ran at the same time for \d+ % of the", said)) == 7
    assert len(re.findall(r"^\d+ waits of", said, re.MULTILINE)) == 1
    assert re.search(r"Simulated and measured speed-up differ by \d+ % in the median", said)
    assert "You committed no prediction." in said
    assert len([text for text in chart_texts(lab) if text.startswith("Measured:")]) == 2
    assert "Simulated: 4 threads on 4 cores" in said


def test_a_committed_choice_is_written_beside_the_measurement(lab: Lab) -> None:
    lab.open(NOTEBOOK).run_all(timeout_s=180)
    lab.notebook.get_by_label("compress").check()
    lab.click("Commit")
    lab.wait_for(lambda: "Committed." in lab.text(), 20, "the commitment")
    select = "() => { const panel = window.jupyterapp.shell.currentWidget.content;"
    select += " panel.activeCellIndex = panel.widgets.findIndex(cell =>"
    select += " cell.model.sharedModel.getSource().startsWith('measured = ')); }"
    lab.page.evaluate(select)
    lab.command("notebook:run-cell")
    lab.wait_idle(60)
    assert re.search(r"Your prediction was right for \d of \d\.", outputs(lab))
    assert lab.errors() == []


def test_the_timeline_lab_records_until_stop(lab: Lab) -> None:
    lab.open(NOTEBOOK).run_all(timeout_s=180)
    before = lab.images()
    lab.click("Run")
    first = lab.wait_for(lambda: lab.images() != before and lab.images(), 30, "a recording")
    lab.wait_for(lambda: lab.images() != first, 30, "the next recording")
    assert not lab.busy()
    lab.click("Stop")
    lab.wait_for(lambda: "stopped after" in lab.text(), 20, "the lab to say that it has stopped")
    kept = lab.images()
    lab.click("Run")  # once more, so that a Stop is no end
    lab.wait_for(lambda: lab.images() != kept, 30, "a recording of the second run")
    lab.click("Stop")
    lab.wait_for(lambda: "stopped after" in lab.text(), 20, "the second Stop")
    assert lab.errors() == []


def test_the_simulator_follows_its_sliders(lab: Lab) -> None:
    lab.open(NOTEBOOK).run_all(timeout_s=180)
    threads = lab.notebook.locator(".widget-slider", has_text=re.compile(r"^\s*threads"))
    handle = threads.locator(".noUi-handle")
    handle.press("ArrowLeft")
    lab.wait_for(lambda: "3 threads on 4 cores" in outputs(lab), 20, "the simulation of three")
    assert lab.errors() == []


def test_an_interrupt_ends_a_recording_in_one_line(lab: Lab) -> None:
    lab.open(NOTEBOOK).start_all()
    lab.wait_for(lambda: "get done, still empty" in outputs(lab), 120, "the jobs to be measured")
    lab.interrupt()
    lab.wait_idle(30)
    (error,) = lab.errors()
    assert error.startswith("Stopped: Stopped: nothing is left running.")
