"""Notebook 00 as a reader meets it: Run All by the menu, then the lab's buttons."""

import re

import pytest

from tests.browser.lab import Lab

pytestmark = pytest.mark.alone

NOTEBOOK = "notebooks/00_start_here.ipynb"


def chart_texts(lab: Lab) -> list[str]:
    """Return the alternative texts of all pictures that are shown."""
    images = lab.notebook.locator(".jp-OutputArea-output img").all()
    return [image.get_attribute("alt") or "" for image in images]


def outputs(lab: Lab) -> str:
    """Return the text form of all outputs, also of those that are scrolled out of sight."""
    data = [output.get("data", {}) for cell in lab.cells() for output in cell["outputs"]]
    return "\n".join("".join(item.get("text/plain", "")) for item in data)


def test_run_all_shows_both_jobs_and_the_lab_runs_and_stops(lab: Lab) -> None:
    lab.open(NOTEBOOK).run_all(timeout_s=180)
    assert lab.errors() == []
    assert len([text for text in chart_texts(lab) if "median speed-up" in text]) == 2
    said = outputs(lab)
    for kind in ("Threads", "Processes"):
        assert len(re.findall(rf"{kind} with \d+ workers: \d", said)) == 2

    before = lab.images()
    lab.click("Run")
    first = lab.wait_for(lambda: lab.images() != before and lab.images(), 60, "a chart of the lab")
    lab.wait_for(lambda: lab.images() != first, 60, "the chart to change")
    assert not lab.busy()
    lab.click("Stop")
    lab.wait_for(lambda: "stopped after" in lab.text(), 20, "the lab to say that it has stopped")
    assert lab.kernel_status() == "idle"
    assert "Stopped." in outputs(lab)
    after = lab.images()

    lab.click("Run")  # once more, so that a Stop is no end
    lab.wait_for(lambda: lab.images() != after, 60, "a chart of the second run")
    lab.click("Stop")
    lab.wait_for(lambda: "stopped after" in lab.text(), 20, "the second Stop")
    assert lab.errors() == []


def test_the_pictures_stay_when_the_kernel_is_gone(lab: Lab) -> None:
    lab.open(NOTEBOOK).run_all(timeout_s=180)
    pictures = len(lab.images())
    lab.save()
    lab.server.shut_kernels_down()
    lab.reload()
    lab.wait_for(lambda: len(lab.images()) == pictures, 30, "the saved pictures")
    lab.wait_for(lambda: "Loading" not in lab.text(), 30, "the widgets")
    assert "Error displaying widget" not in lab.text()
    assert lab.errors() == []


def test_an_interrupt_ends_the_experiment_in_one_line(lab: Lab) -> None:
    lab.open(NOTEBOOK).start_all()
    lab.wait_for(lambda: "still empty" in outputs(lab), 90, "the first experiment to begin")
    lab.interrupt()
    lab.wait_idle(30)
    (error,) = lab.errors()
    assert re.match(r"Stopped: Stopped after \d+ of \d+ runs", error)
    assert "Stopped." in outputs(lab)
