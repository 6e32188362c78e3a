"""Notebook 07 as a reader meets it: the kernel is the interface, and Cancel cancels."""

import re

import pytest

from tests.browser.lab import Lab
from tests.browser.test_start_here import outputs

NOTEBOOK = "notebooks/07_staying_responsive.ipynb"


def choose(lab: Lab, place: str) -> None:
    lab.notebook.get_by_label("the job runs in").select_option(label=place)


def test_run_all_says_who_was_deaf_and_cancels(ran: Lab) -> None:
    assert ran.errors() == []
    said = outputs(ran)
    assert re.search(r"Deaf for longer than 0\.1 s: the main thread \(", said)
    assert re.search(r"It ended [\d.,]+ m?s after Cancel, with [\d,]+ of 30,000 pieces done", said)
    assert re.search(r"[\d,]+ round trips a second alone", said)
    assert said.count("You committed no prediction.") == 2


@pytest.mark.parametrize("place", ["a thread", "a process"])
def test_the_bar_moves_and_cancel_cancels(ran: Lab, place: str) -> None:
    choose(ran, place)
    ran.click("Run")
    ran.wait_for(lambda: not ran.button("Run").last.is_enabled(), 60, "the job to run")
    ran.wait_for(lambda: bar(ran) > 0, 60, "the bar to move")
    ran.click("Cancel", nth=1)
    said = r"cancelled: \d+ of 6000 pieces done; it ended [\d.,]+ ms after Cancel"
    ran.wait_for(lambda: re.search(said, ran.text()), 60, "the job to say that it is cancelled")
    assert ran.errors() == []


def bar(lab: Lab) -> float:
    """Return how much of the lab's bar is full, in per cent."""
    style = lab.notebook.locator(".widget-hprogress .progress-bar").last.get_attribute("style")
    width = re.search(r"width: ([\d.]+)%", style or "")
    return float(width[1]) if width else 0.0
