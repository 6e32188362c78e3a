"""The verdict as a reader meets it: in a notebook's kernel, in a script, and interrupted."""

import time

import pytest

from helpers.advice.advice import Verdict
from helpers.advice.verdict import verdict
from helpers.errors import LabError
from tests.kernels import Kernel, eventually
from tests.unit.patience import given_time


def test_it_shows_itself_as_text_and_as_html():
    said = verdict(abs, [-1, 2, -3], budget_s=0.6, kinds=["threads"])
    assert isinstance(said, Verdict)
    assert str(said).startswith(said.headline)
    assert said.headline in said._repr_html_() and "<script" not in said._repr_html_()


def test_the_machine_is_not_left_with_threads():
    import threading

    before = threading.active_count()
    verdict(time.sleep, [0.001] * 50, budget_s=2, kinds=["threads"])
    assert threading.active_count() <= before


@pytest.fixture(scope="module")
def kernel():
    with Kernel() as kernel:
        kernel.run("import time\nfrom helpers.advice.verdict import verdict")
        yield kernel


def test_functions_of_a_cell_get_a_verdict(kernel):
    def judge(budget_s):
        return kernel.run(f"verdict(lambda n: n * n, list(range(200)), budget_s={budget_s})")

    answer = given_time(judge, lambda answer: "processes" in answer.text, 6)
    assert answer.error == () and "plain loop" in answer.text
    assert "processes" in answer.text
    assert eventually(lambda: kernel.workers() == [])


def test_an_interrupt_ends_it_in_one_line_and_nothing_is_left(kernel):
    kernel.begin("print('on')\nverdict(time.sleep, [0.02] * 500, budget_s=60)")
    kernel.said("on")
    time.sleep(3)
    kernel.interrupt()
    answer = kernel.said()
    assert len(answer.error) == 1 and answer.error[0].startswith("Stopped after ")
    assert eventually(lambda: kernel.workers() == [])
    # And the next one runs as if nothing had been.
    assert kernel.run("verdict(len, ['a'] * 50, budget_s=1, kinds=['threads']).kind").error == ()


def test_bad_input_in_a_cell_is_one_line(kernel):
    (line,) = kernel.run("verdict(len, (n for n in [1]))").error
    assert line.startswith("items come in a list") and "\n" not in line


def test_one_at_a_time_in_a_kernel(kernel):
    code = (
        "from helpers.cells.watch import exclusive\n"
        "with exclusive():\n    verdict(len, ['a'], budget_s=1)"
    )
    (line,) = kernel.run(code).error
    assert line.startswith("one experiment runs at a time")


def test_what_raises_only_sometimes_names_its_item():
    with pytest.raises(LabError, match="item 2 "):
        verdict(lambda n: 1 // (n - 2), [0, 1, 2], budget_s=1)
