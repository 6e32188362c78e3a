"""HTML by templates: what a value holds is text, and nothing is loaded before it is needed."""

import subprocess
import sys
from html import unescape

import pytest
from jinja2 import UndefinedError

from helpers.draw.templates import render


def facts(value: object) -> str:
    return render("draw/facts.html", facts=[("CPU", value)])


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\" onload='x'", "{{ x }}", "a & b"])
def test_a_value_is_text_and_nothing_else(text: str) -> None:
    html = facts(text)
    assert text in unescape(html)
    assert "<script" not in html and "onload='" not in html and " & " not in html


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\x85", "\u202e", "\u2066"])
def test_characters_that_nobody_sees_become_spaces(letter: str) -> None:
    assert f"a{letter}b" not in facts(f"a{letter}b") and "a b" in facts(f"a{letter}b")


def test_ends_of_lines_and_letters_of_any_script_stay() -> None:
    assert "one\ntwo\téß上" in facts("one\ntwo\téß上")


def test_an_endless_value_is_cut() -> None:
    assert "…" in facts("long " * 100_000) and len(facts("long " * 100_000)) < 4000


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("draw/facts.html")


def test_nothing_is_loaded_before_html_is_made() -> None:
    ask = "import sys, helpers.lock.meter, helpers.draw.templates; print('jinja2' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
