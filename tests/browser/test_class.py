"""A class in real browsers: the teacher's page, a learner's phone, and a learner's notebook."""

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytest.importorskip("starlette", reason="needs starlette: install the extra 'class'")

from helpers.classroom.client import Session, ask
from helpers.classroom.questions import Question
from helpers.classroom.short_code import answer_code
from helpers.core.store import recorded
from tests.benchmarks.class_of_forty import Served, votes, wait_for
from tests.browser.lab import Lab

WHICH = Question("predict_which", "Which of these are asked here?", ("one", "two"))
QUESTION = "Which of these are asked in a notebook?"
NOTEBOOK = """
import helpers as lab
session = lab.join({address!r}, {code!r})
"""
# The letters of a drawing grow and shrink with it.
_SIZES = """
all => all.filter(one => one.getClientRects().length).map(one => {
    const scale = one.ownerSVGElement ? one.getScreenCTM().a : 1;
    return [scale * parseFloat(getComputedStyle(one).fontSize), one.textContent];
})
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory):
    with Served(tmp_path_factory.mktemp("class") / "class.sqlite") as made:
        yield made


def opened(chromium: Browser, address: str, wrong: list[str], **size: int) -> Page:
    """Return a page of its own, which adds what goes wrong in it to a list."""
    page = chromium.new_context(viewport=size).new_page()
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address)
    return page


def check_letters(teacher: Page) -> None:
    """Fail where something is too small to be read from the last row."""
    teacher.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    sizes = teacher.locator("main :text-matches('.')").evaluate_all(_SIZES)
    assert [one for one in sizes if one[0] < 24] == [] and len(sizes) > 20


def joined(served: Served) -> Session:
    """Return a learner without a notebook."""
    told = ask(f"{served.address}api/join", json.dumps({"code": served.code}).encode())
    return Session(served.address, told["secret"], told["stages"])


def test_a_phone_votes_twice_and_the_teacher_sees_it(chromium: Browser, served: Served) -> None:
    wrong: list[str] = []
    teacher = opened(
        chromium, f"{served.address}teacher#{served.key}", wrong, width=1280, height=720
    )
    phone = opened(chromium, f"{served.address}#{served.code}", wrong, width=360, height=640)
    expect(teacher.locator("#code")).to_have_text(served.code)
    expect(teacher.locator("#qr")).to_be_visible()
    phone.get_by_role("button", name="Join").click()
    expect(phone.locator("#stage")).to_have_text("Wait for your teacher.")
    which = teacher.get_by_label("Which one")
    which.select_option(label="01 Which jobs overlap when two threads do them at once? (0)")
    phone.get_by_label("wait").check()
    phone.get_by_role("button", name="Commit").click()
    expect(teacher.locator("#votes")).to_have_text("first vote 1 ")
    for stage in ("Talk", "Second vote"):
        teacher.get_by_role("button", name=stage).press("Enter")
    expect(phone.locator("#stage")).to_have_text(re.compile("^Second vote"))
    expect(phone.get_by_label("wait")).to_be_checked()
    phone.get_by_label("compress").press("Space")
    phone.get_by_role("button", name="Commit").press("Enter")
    expect(teacher.locator("#votes")).to_have_text("first vote 1 second vote 1 ")
    teacher.get_by_role("button", name="Reveal").click()
    expect(phone.locator("#stage")).to_have_text("Look at the screen.")
    expect(phone.get_by_role("button", name="Commit")).to_be_disabled()
    check_letters(teacher)
    for page in (teacher, phone):
        wide = page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
        assert not wide
        page.context.close()
    assert wrong == []


def test_a_phone_whose_browser_keeps_nothing_votes_too(chromium: Browser, served: Served) -> None:
    page = chromium.new_context(viewport={"width": 360, "height": 640}).new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } })"
    )
    page.goto(f"{served.address}#{served.code}")
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#vote")).to_be_visible()
    page.context.close()


def test_who_has_not_the_key_is_told_so(chromium: Browser, served: Served) -> None:
    page = opened(chromium, f"{served.address}teacher#wrong", [], width=1280, height=720)
    expect(page.locator("#problem")).to_have_text(re.compile("another"))
    page.context.close()


def test_results_are_revealed_and_everything_is_taken_home(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    wrong: list[str] = []
    results = [result for job in ("strings", "pictures", "finished") if (result := recorded(job))]
    for result in results:
        learner = joined(served)
        learner.measured(result)
        assert wait_for(lambda one=learner: not one.waiting)
        learner.leave()
    address = f"{served.address}teacher#{served.key}"
    teacher = opened(chromium, address, wrong, width=1280, height=720)
    expect(teacher.locator("#measured")).to_have_text(str(len(results)))
    teacher.get_by_label("Which one").select_option(index=1)
    expect(teacher.locator("#text")).to_have_text(re.compile("how many times as fast"))
    expect(teacher.locator("#board svg")).to_have_count(0)
    teacher.get_by_role("button", name="Reveal").click()
    expect(teacher.locator("#board svg")).to_have_count(len(results))
    threads = re.compile(r"strings: threads measured \d\.\d\d×")
    expect(teacher.locator("#bars .group").first).to_have_text(threads)
    check_letters(teacher)
    own = Session()
    own._votes[WHICH.id, 1] = WHICH, ["two"]
    files = [own.save(tmp_path / f"{name}.json") for name in ("mine", "again")]
    files.append(tmp_path / "none.json")
    files[-1].write_text("<script>alert(1)</script>")
    teacher.get_by_label("A learner's code").fill(code := answer_code(WHICH, 1, 7, ["one"]))
    teacher.get_by_role("button", name="Take it").click()
    expect(teacher.locator("#said")).to_have_text(re.compile("does not know"))
    teacher.get_by_label("Learners' files").set_input_files(files)
    said = teacher.locator("#said")
    expect(said).to_have_text(re.compile("mine.json: Taken: 1 vote .*none.json: what is sent"))
    teacher.get_by_label("A learner's code").fill(code.lower())
    teacher.get_by_role("button", name="Take it").click()
    expect(said).to_have_text(f"Vote 1 on: {WHICH.text}")
    for name, kind in (("Save the class as a page", "html"), ("Save everything", "zip")):
        with teacher.expect_download() as saved:
            teacher.get_by_role("button", name=name).click()
        saved.value.save_as(tmp_path / f"class.{kind}")
    names = zipfile.ZipFile(tmp_path / "class.zip").namelist()
    assert len(names) == 2 + len(results) and {"class.html", "votes.csv"} < set(names)
    page = opened(chromium, (tmp_path / "class.html").as_uri(), wrong, width=390, height=800)
    expect(page.get_by_role("heading", name=WHICH.text)).to_be_visible()
    expect(page.locator("svg")).to_have_count(len(results))
    for one in (teacher, page):
        one.context.close()
    assert [line for line in wrong if "400 (Bad Request)" not in line] == []  # of none.json


def test_a_notebook_votes_twice_and_hands_in_what_it_measured(
    lab: Lab, make_notebook: Callable[..., str], served: Served
) -> None:
    name = make_notebook(
        "class.ipynb",
        NOTEBOOK.format(address=served.address, code=served.code),
        f"which = lab.predict_which({QUESTION!r}, ['one', 'two'])\nwhich",
        "result = lab.compare(lab.job(str.casefold, ['A'] * 99), 'threads', 2, rounds=1)",
        "session",
    )
    n_before = served.told()["measured"]
    lab.open(name).run_all()
    assert lab.errors() == []
    assert "- this machine's card (" in lab.output_texts()[0]
    assert wait_for(lambda: served.told()["measured"] == n_before + 1)
    question = Question("predict_which", QUESTION, ("one", "two"))
    lab.notebook.get_by_label("one", exact=True).check()
    lab.click("Commit")
    assert wait_for(lambda: votes(served).get(QUESTION) == [1, 0])
    served.show(question, "second")
    again = lab.notebook.get_by_text("The class votes again")
    expect(again).to_be_visible()
    lab.notebook.get_by_label("two", exact=True).check()
    lab.click("Commit")
    assert wait_for(lambda: votes(served)[QUESTION] == [1, 1])
    assert served.told()["open"]["bars"][1] == [
        {"group": "", "name": name, "n": 1} for name in question.options
    ]
