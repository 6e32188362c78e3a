"""A prediction and a lab without a mouse: Tab reaches them, is seen, and Enter presses them."""

from collections.abc import Callable

from playwright.sync_api import Locator

from tests.browser.lab import Lab

# Returns what tells a reader where the focus is: the outline or the frame of the element.
_LOOK = """element => {
    const style = getComputedStyle(element);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor,
            style.boxShadow, style.borderColor, style.backgroundColor].join(" ");
}"""
_IS_FOCUSED = "element => element === document.activeElement"
_START_ABOVE = """element => {
    const area = element.closest(".jp-OutputArea");
    area.tabIndex = -1;
    area.focus();
}"""


def tab_to(lab: Lab, target: Locator, n_most: int = 30) -> None:
    """Press Tab until ``target`` has the focus."""
    for _ in range(n_most):
        lab.page.keyboard.press("Tab")
        if target.evaluate(_IS_FOCUSED):
            return
    raise AssertionError(f"{n_most} times Tab did not lead there")


CELLS = (
    "from helpers.cells.predict import predict\npredict()",
    "from helpers.cells.scaling_lab import ScalingLab\nlab = ScalingLab('strings')\nlab",
)


def test_a_prediction_and_a_lab_are_used_by_keys(
    lab: Lab, make_notebook: Callable[..., str]
) -> None:
    lab.open(make_notebook("keys.ipynb", *CELLS)).run_all()
    commits_a_prediction(lab)
    runs_and_stops(lab)
    assert lab.errors() == []


def commits_a_prediction(lab: Lab) -> None:
    slider, button = lab.notebook.locator(".noUi-handle").first, lab.button("Commit").first
    plain = slider.evaluate(_LOOK), button.evaluate(_LOOK)

    slider.evaluate(_START_ABOVE)
    tab_to(lab, slider)
    before = slider.get_attribute("aria-valuenow")
    focused_slider = slider.evaluate(_LOOK)
    lab.page.keyboard.press("ArrowRight")
    lab.wait_for(lambda: slider.get_attribute("aria-valuenow") != before, 60, "the slider to move")
    tab_to(lab, button)
    assert plain[0] != focused_slider, "the focus on the slider cannot be seen"
    assert plain[1] != button.evaluate(_LOOK), "the focus on the button cannot be seen"
    lab.page.keyboard.press("Enter")
    lab.wait_for(lambda: "Committed." in lab.text(), 60, "the prediction to be committed")


def runs_and_stops(lab: Lab) -> None:
    run, stop = lab.button("Run"), lab.button("Stop")
    run.evaluate(_START_ABOVE)
    tab_to(lab, run)
    lab.page.keyboard.press("Enter")
    lab.wait_for(stop.is_enabled, 60, "the run to begin")
    tab_to(lab, stop)
    lab.page.keyboard.press("Enter")
    lab.wait_for(lambda: "stopped after" in lab.text(), 60, "the lab to say that it has stopped")
