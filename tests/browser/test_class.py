"""A class in two real browsers: the teacher's page, and a learner's phone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

pytest.importorskip("starlette", reason="needs starlette: install the extra 'class'")

from tests.benchmarks.class_of_forty import Served


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
    sizes = teacher.locator("main :text-matches('.')").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 24  # seen from the last row
    for page in (teacher, phone):
        wide = page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
        assert not wide
        page.context.close()
    assert wrong == []


def test_who_has_not_the_key_is_told_so(chromium: Browser, served: Served) -> None:
    page = opened(chromium, f"{served.address}teacher#wrong", [], width=1280, height=720)
    expect(page.locator("#problem")).to_have_text(re.compile("another"))
    page.context.close()
