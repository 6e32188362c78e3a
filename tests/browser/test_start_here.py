"""Notebook 00 as a reader meets it: Run All by the menu, then the lab's buttons."""

import re

from tests.browser.lab import Lab

NOTEBOOK = "notebooks/00_start_here.ipynb"


def chart_texts(lab: Lab) -> list[str]:
    """Return the alternative texts of all pictures that are shown."""
    images = lab.notebook.locator(".jp-OutputArea-output img").all()
    return [image.get_attribute("alt") or "" for image in images]


def outputs(lab: Lab) -> str:
    """Return the text form of all outputs, also of those that are scrolled out of sight."""
    data = [output.get("data", {}) for cell in lab.cells() for output in cell["outputs"]]
    return "\n".join("".join(item.get("text/plain", "")) for item in data)


def test_run_all_shows_three_jobs_and_the_lab_runs_and_stops(ran: Lab) -> None:
    assert ran.errors() == []
    (chart,) = [text for text in chart_texts(ran) if "times as fast as the plain loop" in text]
    said = outputs(ran)
    for kind in ("threads", "processes"):
        assert len(re.findall(rf"\w+ with {kind} \d", chart)) == 3
        assert len(re.findall(rf"{kind.capitalize()} \(2 workers\): strings \d", said)) == 1
    assert len(re.findall(r"(Shown here|Not shown on this machine):", said)) == 9

    before = ran.images()
    ran.click("Run")
    first = ran.wait_for(lambda: ran.images() != before and ran.images(), 60, "a chart of the lab")
    ran.wait_for(lambda: ran.images() != first, 60, "the chart to change")
    assert not ran.busy()
    ran.click("Stop")
    ran.wait_for(lambda: "stopped after" in ran.text(), 60, "the lab to say that it has stopped")
    assert ran.kernel_status() == "idle"
    assert "Stopped." in outputs(ran)
    after = ran.images()

    ran.click("Run")  # once more, so that a Stop is no end
    ran.wait_for(lambda: ran.images() != after, 60, "a chart of the second run")
    ran.click("Stop")
    ran.wait_for(lambda: "stopped after" in ran.text(), 60, "the second Stop")
    assert ran.errors() == []


def test_the_pictures_stay_when_the_kernel_is_gone(ran: Lab) -> None:
    pictures = len(ran.images())
    ran.save()
    ran.server.shut_kernels_down()
    ran.reload()
    ran.wait_for(lambda: len(ran.images()) == pictures, 60, "the saved pictures")
    ran.wait_for(lambda: "Loading" not in ran.text(), 60, "the widgets")
    assert "Error displaying widget" not in ran.text()
    assert ran.errors() == []


def test_an_interrupt_ends_the_experiment_in_one_line(lab: Lab) -> None:
    lab.open(NOTEBOOK).start_all()
    lab.wait_for(lambda: "still empty" in outputs(lab), 90, "the first experiment to begin")
    lab.interrupt()
    lab.wait_idle()
    (error,) = lab.errors()
    assert re.match(r"Stopped: Stopped after \d+ of \d+ runs", error)
    assert "Stopped." in outputs(lab)
