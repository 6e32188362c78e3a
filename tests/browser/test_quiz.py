"""The quiz of notebook 12 by keyboard, and a link that opens; the sheet of the hour on one page."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.lab import Lab

SHEET = Path(__file__).parents[2] / "notebooks" / "sheet.html"
CELLS = (
    "import helpers as lab",
    "from helpers import answer",
    "quiz = answer.Quiz(lab.report('nothing'))",
    "quiz",
)


def test_cards_are_answered_by_keyboard_and_a_wrong_one_links(
    lab: Lab, make_notebook: Callable[..., str]
) -> None:
    lab.open(make_notebook("notebooks/quiz.ipynb", *CELLS)).run_all()
    assert lab.errors() == []
    press = lab.page.keyboard.press
    lab.button("threads").focus()  # the first card: which was done first with the strings?
    press("Enter")
    lab.wait_for(lambda: "Not so." in lab.text(), 60, "the judgement")
    assert "0 of 1 right" in lab.text() and lab.button("✓ processes").is_visible()
    focused = "document.activeElement.innerText"
    for _ in range(6):
        if lab.page.evaluate(focused) == "Next card":
            break
        press("Tab")
    press("Enter")
    lab.wait_for(lambda: "Card 2 of 24" in lab.text(), 60, "the next card")
    lab.wait_for(lambda: lab.page.evaluate(focused) == "clearly slower", 60, "the focus")
    press("Tab")
    press("Space")
    lab.wait_for(lambda: "1 of 2 right" in lab.text(), 60, "the score")
    lab.run_all()  # nothing is lost
    lab.wait_for(lambda: "Card 3 of 24" in lab.text(), 60, "the third card")
    assert "1 of 2 right" in lab.text()
    lab.click("Back")
    lab.click("Back")
    link = lab.notebook.get_by_role("link", name=re.compile("^02, “Measure threads and processes”"))
    link.click()
    opened = ".lm-DockPanel-tabBar .lm-mod-current .lm-TabBar-tabLabel"
    name = "02_a_long_list_of_strings.ipynb"
    lab.wait_for(lambda: lab.page.locator(opened).inner_text() == name, 60, "the notebook 02")


def test_the_sheet_of_the_hour_is_one_page_and_fits_a_phone(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.goto(SHEET.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
    page.close()
