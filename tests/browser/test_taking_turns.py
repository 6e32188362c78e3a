"""Notebook 01 as a reader meets it: a prediction, Run All, then both labs."""

import re

from tests.browser.lab import Lab
from tests.browser.test_start_here import outputs

NOTEBOOK = "notebooks/01_taking_turns.ipynb"


def test_run_all_shows_every_recording_with_its_sentence(ran: Lab) -> None:
    assert ran.errors() == []
    said = outputs(ran)
    assert len(re.findall(r"at once for \d+ % of the", said)) == 6
    assert len(re.findall(r"^\d+ waits of", said, re.MULTILINE)) == 1
    assert len(re.findall(r"(Shown here|Not shown on this machine):", said)) == 10
    assert "You committed no prediction." in said
    assert "Simulated: 4 threads on 4 cores" in said


def test_a_committed_choice_is_written_beside_the_measurement(ran: Lab) -> None:
    ran.notebook.get_by_label("compress").check()
    ran.click("Commit")
    ran.wait_for(lambda: "Committed." in ran.text(), 60, "the commitment")
    select = "() => { const panel = window.jupyterapp.shell.currentWidget.content;"
    select += " panel.activeCellIndex = panel.widgets.findIndex(cell =>"
    select += " cell.model.sharedModel.getSource().startsWith('measured = ')); }"
    ran.page.evaluate(select)
    ran.command("notebook:run-cell")
    ran.wait_idle()
    assert re.search(r"Your prediction was right for \d of \d\.", outputs(ran))
    assert ran.errors() == []


def test_the_timeline_lab_records_until_stop(ran: Lab) -> None:
    before = ran.images()
    ran.click("Run")
    first = ran.wait_for(lambda: ran.images() != before and ran.images(), 60, "a recording")
    ran.wait_for(lambda: ran.images() != first, 60, "the next recording")
    assert not ran.busy()
    ran.click("Stop")
    ran.wait_for(lambda: "stopped after" in ran.text(), 60, "the lab to say that it has stopped")
    kept = ran.images()
    ran.click("Run")  # once more, so that a Stop is no end
    ran.wait_for(lambda: ran.images() != kept, 60, "a recording of the second run")
    ran.click("Stop")
    ran.wait_for(lambda: "stopped after" in ran.text(), 60, "the second Stop")
    assert ran.errors() == []


def test_the_simulator_follows_its_sliders(ran: Lab) -> None:
    threads = ran.notebook.locator(".widget-slider", has_text=re.compile(r"^\s*threads"))
    handle = threads.locator(".noUi-handle")
    handle.press("ArrowLeft")
    ran.wait_for(lambda: "3 threads on 4 cores" in outputs(ran), 60, "the simulation of three")
    assert ran.errors() == []


def test_an_interrupt_ends_a_recording_in_one_line(lab: Lab) -> None:
    lab.open(NOTEBOOK).start_all()
    lab.wait_for(lambda: "get done, still empty" in outputs(lab), 120, "the jobs to be measured")
    lab.interrupt()
    lab.wait_idle()
    (error,) = lab.errors()
    assert re.match(r"Stopped: Stopped after \d of 4 calls: nothing is left running\.", error)
