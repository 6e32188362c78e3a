"""The pages as a reader meets them: from a folder or in somebody's blog, without a network."""

import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html import unescape
from pathlib import Path

import nbformat
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from helpers.authoring import documents, embed, pages, units
from helpers.authoring.controls import made_by
from helpers.authoring.page import LEFT_OUT

pytestmark = pytest.mark.timeout(1800)  # with --full, the first test waits for all notebooks
NUMBERS = sorted(units.QUESTIONS)
LINK = re.compile(r'(?:href|src)="([^"]+)"')
# What only somebody with a kernel can do, or what such a one is told.
NEEDS_A_KERNEL = re.compile(
    r"(?<!to )\bpress (?:Run|Play|Stop|Cancel)|Run All|Shift\+|interrupt button|toolbar"
    r"|\brun (?:it|this|that|the|both|all|these|everything)\b[^.]* (?:again|cells?)\b"
    r"|\bpredict\w*\(|Parsons\(|\w+Lab\(|no prediction|committed no|none committed|○ Still open"
    r"|Download all",
    re.IGNORECASE,
)


def said_and_drawn(site: Path, number: str) -> tuple[list[str], list[dict]]:
    """Return the sentences of a unit and its rows, as its own page holds them."""
    html = (site / "units" / f"{number}.html").read_text(encoding="utf-8")
    said = re.findall(r'<p class="unit-said">(.*?)</p>', html)
    data = re.search(r'<script type="application/json">(.*?)</script>', html)[1]
    return [unescape(sentence) for sentence in said], json.loads(data)["rows"]


def shows_all(page: Page, site: Path, number: str) -> None:
    said, rows = said_and_drawn(site, number)
    assert said and rows
    for sentence in said:
        expect(page.locator(".unit-said", has_text=sentence)).to_be_visible()
    alt = page.locator(".unit-chart").get_attribute("aria-label") or ""
    assert all(f"{row['label']}: measured {row['text']}" in alt for row in rows)
    assert alt.count("you said") == sum(not row["given"] for row in rows)
    source = page.locator(".unit-source")
    expect(source).to_have_text(re.compile(r"^Measured on \d{4}-\d\d-\d\d: .* CPUs? usable"))


@pytest.mark.parametrize("number", NUMBERS)
def test_without_a_run_a_unit_shows_its_recording(
    site: Path, pytestconfig: pytest.Config, number: str
) -> None:
    if pytestconfig.getoption("full"):
        pytest.skip("--full runs the notebooks, so units show what these have measured")
    unit = units.recorded(number)
    said, rows = said_and_drawn(site, number)
    assert said == list(unit.said)
    assert [(row["value"], row["text"]) for row in rows] == [
        (row.value, row.text) for row in unit.rows
    ]


@pytest.mark.parametrize("number", NUMBERS)
def test_each_unit_by_mouse(page: Page, site: Path, number: str) -> None:
    page.goto((site / "units" / f"{number}.html").as_uri())
    expect(page.locator(".unit-result")).to_be_hidden()
    commit = page.get_by_role("button", name="Commit")
    commit.click()
    expect(page.get_by_role("status")).to_contain_text("press Commit again")
    expect(page.locator(".unit-result")).to_be_hidden()
    page.locator(".unit input").first.click()
    commit.click()
    if commit.is_enabled():  # not every slider was moved
        commit.click()
    shows_all(page, site, number)
    expect(commit).to_be_disabled()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("number", NUMBERS)
def test_each_unit_by_keyboard(page: Page, site: Path, number: str) -> None:
    page.goto((site / "units" / f"{number}.html").as_uri())
    is_choice = units.QUESTIONS[number].control == "which"
    for _ in range(page.locator(".unit input").count()):
        page.keyboard.press("Tab")
        page.keyboard.press("Space" if is_choice else "ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    shows_all(page, site, number)


@pytest.mark.parametrize("number", ["01", "02"])
def test_a_unit_that_is_come_back_to_asks_anew(page: Page, site: Path, number: str) -> None:
    page.goto((site / "units" / f"{number}.html").as_uri())
    first = page.locator(".unit input").first
    before = first.evaluate("one => [one.checked, one.value]")
    first.press("Space" if number == "01" else "End")
    assert first.evaluate("one => [one.checked, one.value]") != before
    page.goto((site / "index.html").as_uri())
    page.go_back()
    assert first.evaluate("one => [one.checked, one.value]") == before
    page.get_by_role("button", name="Commit").click()
    expect(page.get_by_role("status")).to_contain_text("press Commit again")


def lightness(page: Page, of: str) -> float:
    """Return how light a colour of a page is, from 0 to 255."""
    colour = page.evaluate(f"getComputedStyle(document.body).{of}")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3


@pytest.mark.parametrize("number", NUMBERS)
def test_each_unit_in_light_and_dark_and_on_paper(page: Page, site: Path, number: str) -> None:
    page.goto((site / "units" / f"{number}.html").as_uri())
    page.emulate_media(color_scheme="light")
    assert lightness(page, "backgroundColor") > 200 > 100 > lightness(page, "color")
    page.emulate_media(color_scheme="dark")
    assert lightness(page, "backgroundColor") < 100 < 200 < lightness(page, "color")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Commit")).to_be_hidden()
    for sentence in said_and_drawn(site, number)[0]:
        expect(page.locator(".unit-said", has_text=sentence)).to_be_visible()


def test_each_page_opens_from_a_folder_with_its_unit(page: Page, site: Path) -> None:
    for path in sorted(site.glob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path.name
        expect(page.locator("section.unit")).to_have_count(0 if path.name == "index.html" else 1)


def test_no_page_tells_a_reader_to_do_what_needs_a_kernel(site: Path) -> None:
    paths = sorted(site.glob("[01]*.html"))
    assert len(paths) == len(NUMBERS)
    for path in paths:
        html = path.read_text(encoding="utf-8")
        text = unescape(re.sub(r"<script.*?</script>|<[^>]+>", "", html, flags=re.DOTALL))
        assert NEEDS_A_KERNEL.findall(" ".join(text.split())) == [], path.name


def test_each_page_leads_to_those_beside_it(site: Path) -> None:
    names = sorted(path.name for path in site.glob("[01]*.html"))
    for n, name in enumerate(names):
        html = (site / name).read_text(encoding="utf-8")
        assert re.findall(r'href="([^"]+)" rel="prev"', html) == names[max(0, n - 1) : n]
        assert re.findall(r'href="([^"]+)" rel="next"', html) == names[n + 1 : n + 2]


def test_the_index_has_the_answer_and_a_measured_sentence_for_each_notebook(site: Path) -> None:
    html = unescape((site / "index.html").read_text(encoding="utf-8"))
    text = re.sub(r"<[^>]+>", "", html)
    for line in re.findall(r"^- (.+)", documents.answer(), re.MULTILINE):
        assert line in text
    assert re.search(r'<img src="pictures/answer.png" alt="[^"]{20,}"', html)
    assert re.findall(r'<h2 id="group-\d">(.+?)</h2>', html) == ["Start", "Understand", "Use"]
    entries = re.findall(r'<li><a href="(\d\d)_\w+\.html">(.+?)</li>', html, re.DOTALL)
    assert [number for number, _ in entries] == NUMBERS
    for number, entry in entries:
        assert f'<p class="said">{said_and_drawn(site, number)[0][0]}</p>' in entry
        assert re.search(r"\d+ minutes", entry) and '<p class="asked">' in entry


def test_two_units_on_one_page_do_not_meet(page: Page, site: Path, tmp_path: Path) -> None:
    texts = [(site / "units" / f"{n}.html").read_text(encoding="utf-8") for n in ("01", "02")]
    sections = [re.search(r"<section.*</section>", text, re.DOTALL)[0] for text in texts]
    script = (site / "unit.js").as_uri()
    (tmp_path / "two.html").write_text(
        f'<meta charset="utf-8">{"".join(sections)}<script src="{script}"></script>', "utf-8"
    )
    page.goto((tmp_path / "two.html").as_uri())
    second = page.locator("section.unit").nth(1)
    second.get_by_role("button").click()
    second.get_by_role("button").click()
    expect(second.locator(".unit-result")).to_be_visible()
    expect(page.locator(".unit-result").first).to_be_hidden()
    expect(page.get_by_role("button").first).to_be_enabled()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine and yield its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_blog_on_another_origin_gives_a_unit_the_height_it_needs(
    chromium: Browser, site: Path, tmp_path: Path
) -> None:
    with served(site) as ours, served(tmp_path) as theirs:
        blog = f'<!DOCTYPE html><link rel="icon" href="data:,">{embed.lines("02", ours)}'
        (tmp_path / "blog.html").write_text(blog, encoding="utf-8")
        tab = chromium.new_page()
        errors: list[str] = []
        tab.on("console", lambda said: errors.append(said.text))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(f"{theirs}/blog.html")
        frame, inside = tab.locator("iframe"), tab.frame_locator("iframe")
        inside.get_by_role("button", name="Commit").click()
        before = frame.evaluate("one => one.clientHeight")
        inside.get_by_role("button", name="Commit").click()
        expect(inside.locator(".unit-result")).to_be_visible()
        tab.wait_for_function(
            f"document.querySelector('iframe').clientHeight > {before}", timeout=60_000
        )
        body = tab.frames[1].evaluate("document.body.getBoundingClientRect().height")
        height = frame.evaluate("one => one.clientHeight")
        assert 0 <= height - body < 2
        tab.evaluate("postMessage({gilLabHeight: 7}, '*')")  # of nobody, and then too much
        tab.frames[1].evaluate("parent.postMessage({gilLabHeight: 1e9}, '*')")
        tab.wait_for_timeout(200)
        assert frame.evaluate("one => one.clientHeight") == height
        tab.close()
        assert errors == []


def test_the_site_is_small_and_whole(site: Path) -> None:
    files = [path for path in site.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 12_000_000
    script_and_style = sum((site / name).stat().st_size for name in ("unit.js", "site.css"))
    for path in site.rglob("*.html"):
        size, text = path.stat().st_size, path.read_text(encoding="utf-8")
        assert size < (60_000 if path.parent.name == "units" else 1_000_000), path.name
        if path.parent == site:  # what is read at once: the other pictures come when they are near
            eager = re.findall(r'<img (?![^>]*loading="lazy")[^>]*src="([^"]+)"', text)
            first = size + script_and_style + sum((site / one).stat().st_size for one in eager)
            assert first < 1_000_000, path.name
        for link in LINK.findall(text):
            if not link.startswith(("https:", "http:", "#", "data:")):
                target = path.parent / link.partition("#")[0]
                assert target.is_file(), f"{path.name} links to {link}"
        assert not re.search(r"<(?:script|link|img|iframe)[^>]*=\"(?:https?:)?//", text), path.name


@pytest.mark.parametrize("number", NUMBERS)
def test_a_unit_says_what_its_page_has_found(
    site: Path, pytestconfig: pytest.Config, number: str
) -> None:
    if not pytestconfig.getoption("full"):
        pytest.skip("nothing was run: only --full runs the notebooks")
    [path] = site.glob(f"{number}_*.html")
    html = unescape(path.read_text(encoding="utf-8"))
    said = re.findall(r'<p class="unit-said">(.*?)</p>', html)
    here = re.findall(r"Shown here:</b> (.*?)</div>", re.sub("</?code>", "`", html))
    assert said == list(units.recorded(number).said) or {*said} <= {*here}


@pytest.mark.parametrize("path", pages.chosen(), ids=lambda path: path.stem)
def test_each_later_prediction_is_a_question(
    site: Path, pytestconfig: pytest.Config, path: Path
) -> None:
    if not pytestconfig.getoption("full"):
        pytest.skip("nothing was run: only --full runs the notebooks")
    cells = nbformat.read(path, as_version=4).cells
    sources = [
        cell.source
        for cell in cells
        if cell.cell_type == "code" and LEFT_OUT not in cell.metadata.get("tags", ())
    ]
    n_asked = sum("predict" in made_by(source) for source in sources)
    html = (site / f"{path.stem}.html").read_text(encoding="utf-8")
    assert html.count("Before you read on:") == n_asked - 1  # the first is the unit


@pytest.mark.parametrize("number", NUMBERS)
def test_a_link_that_is_shared_has_a_picture(site: Path, number: str) -> None:
    [path] = site.glob(f"{number}_*.html")
    text = path.read_text(encoding="utf-8")
    assert f'/{number}.png">' in re.search(r'<meta property="og:image".*', text)[0]
    assert re.search(r'<meta property="og:description" content="[^"]{20,}">', text)
    with Image.open(site / "pictures" / f"{number}.png") as picture:
        assert picture.size == (1200, 630)
