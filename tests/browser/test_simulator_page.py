"""The simulator's page in a real browser, with the network off."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from helpers.authoring.simulator_page import write_simulator
from tests.unit.turns.cases import FILE

_RUN = """cases => cases.map(asked => {
    try {
        const { spans, wall, serial, held, handOvers } = gilLab.simulate(asked);
        const list = spans.map(s => [s.thread, s.start, s.stop, s.label]);
        return { wall, serial, held, handOvers, spans: list };
    } catch (error) {
        if (!(error instanceof gilLab.Refused) || /\\n/.test(error.message)) throw error;
        return null;
    }
})"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_simulator(tmp_path_factory.mktemp("pages"))


def opened(chromium: Browser, file: Path, **options: Any) -> Iterator[Page]:
    """Yield a tab without a network that shows the page; nothing may go wrong in it."""
    said: list[str] = []
    with chromium.new_context(offline=True, **options) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith("file:") or said.append(asked.url))
        page.goto(file.as_uri())
        yield page
        assert said == []


@pytest.fixture(scope="module")
def tab(chromium: Browser, file: Path) -> Iterator[Page]:
    yield from opened(chromium, file)


@pytest.fixture
def page(tab: Page) -> Page:
    """The tab, in which the page has been opened anew."""
    tab.reload()
    return tab


def test_both_simulators_agree_to_the_nanosecond(page: Page) -> None:
    cases = json.loads(FILE.read_text(encoding="utf-8"))
    assert len(cases) >= 40
    for case, found in zip(cases, page.evaluate(_RUN, cases), strict=True):
        assert found == case["expected"], case["rule"]


def test_a_run_by_mouse(page: Page) -> None:
    summary = page.locator("#summary")
    expect(summary).to_contain_text("2 threads on 2 cores need 80 ms")
    expect(summary).to_contain_text("1.00 times as fast")
    page.select_option("#example", label="Two calls that release the GIL")
    expect(summary).to_contain_text("2.00 times as fast")
    page.get_by_label("Thread 2 does").select_option("Python code")
    expect(page.get_by_label("The steps of thread 2")).to_have_value("python 40")
    page.fill("#threads", "3")
    expect(page.locator("#simulator-player .row")).to_have_count(3)
    page.uncheck("#gil")
    expect(summary).to_contain_text("There is no GIL")
    box = page.locator("#simulator-player")
    box.locator(".speed").select_option("true speed")
    box.get_by_role("button", name="Play").click()
    expect(box.locator(".said")).to_contain_text("That was true speed. At 60 ms.")
    box.get_by_role("button", name="Step back").click()
    expect(box.locator(".clock")).to_have_text("56 ms of 60 ms")  # a slice of a core ended
    page.click("summary:has-text('table')")
    expect(page.locator("#table tr").first).to_contain_text("thread 1")


def test_slow_motion_by_keyboard_moves_until_it_is_paused(page: Page) -> None:
    box = page.locator("#simulator-player")
    box.locator(".speed").focus()
    page.keyboard.press("End")  # the slowest
    play, clock = box.locator(".play"), box.locator(".clock")
    play.focus()
    page.keyboard.press("Enter")
    expect(clock).to_have_text(re.compile(r"^[1-9][\d.]* ms of 80 ms"))
    expect(play).to_have_text("Pause")
    page.keyboard.press("Space")
    expect(play).to_have_text("Play")
    expect(box.locator(".said")).to_contain_text(re.compile("thread 2: (wants|runs)"))
    stopped = clock.text_content()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Step
    expect(clock).not_to_have_text(stopped)
    box.locator(".time").focus()
    page.keyboard.press("Home")
    expect(clock).to_have_text("0 ms of 80 ms")
    page.get_by_label("The steps of thread 1").focus()
    page.keyboard.type(", released 40")
    expect(page.get_by_label("Thread 1 does")).to_have_value("steps of your own, below")
    expect(page.locator("#summary")).to_contain_text("One after the other: 120 ms.")


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("#threads", "", "The threads must be a whole number from 1 to 8: got none; try 2"),
        ("#threads", "9", "The threads must .* got 9; try 2"),
        ("#cores", "1.5", "The cores must be a whole number from 1 to 16: got 1.5; try 2"),
        ("#interval", "0", "The switch interval in ms must be a number from 0.1 .* got 0; try 5"),
        (".work input", "", "Thread 1: a step is python, .* got nothing; try python 40"),
        (".work input", "python 4, pyton 4", 'Thread 1: a step is .* got "pyton 4"'),
        (".work input", "python", 'Thread 1: a step is .* got "python"; try python 40'),
        (".work input", "wait 0", "Thread 1: a step takes from 0.001 to 10,000 ms: got 0"),
        (".work input", "999 x wait 1", "it takes from 1 to 400 steps: got 999; repeat less"),
        (".work input", "<b>" + "x" * 999, "Thread 1: a step is .*<b>xxx"),
    ],
)
def test_wrong_input_is_refused_in_one_line(tab: Page, field: str, text: str, message: str) -> None:
    tab.select_option("#example", label="Two threads of Python code")
    tab.select_option("#example", label="Waiting, on one core")
    refused = tab.locator("#refused")
    expect(refused).to_be_hidden()
    tab.locator(field).first.fill(text)
    expect(refused).to_have_text(re.compile(message))
    assert len(refused.inner_text()) < 200
    expect(tab.locator(field).first).to_have_attribute("aria-invalid", "true")
    expect(tab.locator("#simulator-player .row")).to_have_count(3)


def test_a_run_that_is_too_long_is_refused_in_one_line(page: Page) -> None:
    page.fill("#interval", "0.1")
    for length, message in (("300", "drawn with up to 4,000 bars"), ("9000", "at most 300,000 st")):
        page.get_by_label("The steps of thread 1").fill(f"python {length}")
        page.get_by_label("The steps of thread 2").fill(f"python {length}")
        expect(page.locator("#refused")).to_contain_text(message)


def test_recorded_races_use_the_same_player(page: Page) -> None:
    box, race = page.locator("#race-player"), page.locator("#race")
    for value in range(race.locator("option").count()):
        race.select_option(str(value))
        last = box.locator(".state").last
        expect(last).to_contain_text(re.compile(r"done after [\d.,]+ ms, \d\.\d\d times as fast"))
        box.locator(".time").fill("0")
        expect(last).to_have_text(re.compile(r"^0 of \d+ parts done$"))
        box.get_by_role("button", name="Step", exact=True).click()
        expect(box.locator(".said")).to_contain_text("the loop: 0 of")
    box.locator(".speed").select_option("true speed")
    box.get_by_role("button", name="Play").click()
    expect(box.locator(".said")).to_contain_text("That was true speed.")


def test_less_movement_is_respected(chromium: Browser, file: Path) -> None:
    for page in opened(chromium, file, reduced_motion="reduce"):
        box = page.locator("#simulator-player")
        expect(box.locator(".still")).to_be_visible()
        box.locator(".time").fill("0")
        box.get_by_role("button", name="Play").click()
        # At once: nothing is left to come that could move.
        assert box.locator(".clock").text_content() == "80 ms of 80 ms"
        expect(box.locator(".play")).to_have_text("Play")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it(chromium: Browser, file: Path, scheme: str) -> None:
    phone = {"viewport": {"width": 360, "height": 700}, "has_touch": True, "color_scheme": scheme}
    for page in opened(chromium, file, **phone):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.select_option("#example", label="The same without a GIL")
        page.locator("#simulator-player .step").tap()
        expect(page.locator("#simulator-player .clock")).to_have_text(re.compile("^0 ms"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_another_page_is_told_how_high_it_is(chromium: Browser, file: Path) -> None:
    outer = file.parent / "outer.html"
    outer.write_text(
        f"""<iframe src="{file.name}" sandbox="allow-scripts" title="it"></iframe><script>
        addEventListener("message", ({{data}}) => {{ document.title = data.gilLabHeight }});
        </script>""",
        encoding="utf-8",
    )
    for page in opened(chromium, outer):
        expect(page).to_have_title(re.compile(r"^\d{4}$"))
        inner = page.frame_locator("iframe")
        before = page.title()
        inner.locator("#threads").fill("8")
        expect(page).not_to_have_title(before)
