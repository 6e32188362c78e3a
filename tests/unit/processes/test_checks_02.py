"""The self-checks of notebook 02: they pass the solution, leave the stub open, refuse mistakes."""

import queue
import threading
from itertools import permutations
from math import ceil
from types import SimpleNamespace

import pytest

from helpers.cells.check import check
from helpers.cells.parsons import Parsons
from helpers.jobs.strings import normalise_all
from helpers.processes.checks_02 import WORKER_LOOP
from tests.unit.refusals import hint


def ordered(*lines):
    puzzle = Parsons(WORKER_LOOP)
    puzzle.order[:] = lines
    return puzzle


# --- exercise 1: the puzzle


def test_the_right_order_passes():
    assert check("02.order", ordered(*WORKER_LOOP)).passed


def test_the_untouched_puzzle_is_open():
    puzzle = Parsons(WORKER_LOOP)
    assert puzzle.order != WORKER_LOOP
    outcome = check("02.order", puzzle)
    assert not outcome.passed and "Still open" in outcome.message


def test_an_answer_before_its_job_is_refused():
    lines = list(WORKER_LOOP)
    lines[5], lines[6] = lines[6], lines[5]
    assert "lines 1 to 5 are right, but 'keys = " in hint(check, "02.order", ordered(*lines))


def test_a_wrong_first_line_is_named():
    assert "cannot be line 1" in hint(check, "02.order", ordered(*reversed(WORKER_LOOP)))


def test_one_line_right_is_said_as_one():
    lines = [WORKER_LOOP[0], *reversed(WORKER_LOOP[1:])]
    assert "line 1 is right, but" in hint(check, "02.order", ordered(*lines))


def test_the_program_of_the_puzzle_works():
    names = {"normalise_all": normalise_all}
    exec("\n".join(WORKER_LOOP), names)
    jobs, results = queue.Queue(), queue.Queue()
    for job in ((0, ["Zürich"]), (1, ["São Paulo", "bern"]), None, None):
        jobs.put(job)
    threads = [threading.Thread(target=names["work"], args=(jobs, results)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = sorted(results.get_nowait() for _ in range(2))
    assert found == [(0, ["zurich"]), (1, ["paulo sao", "bern"])]


def test_no_other_order_of_the_puzzle_works():
    working = [order for order in permutations(WORKER_LOOP[1:]) if works([WORKER_LOOP[0], *order])]
    assert working == [tuple(WORKER_LOOP[1:])]


def works(lines):
    """Return whether a program of these lines does two jobs and then ends."""
    names = {"normalise_all": normalise_all}
    jobs = iter([(0, ["Zürich"]), (1, ["bern"]), None])
    got = []
    try:
        exec("\n".join(lines), names)
        names["work"](SimpleNamespace(get=lambda: next(jobs)), SimpleNamespace(put=got.append))
    except (SyntaxError, NameError, TypeError, StopIteration):
        return False
    return got == [(0, ["zurich"]), (1, ["bern"])]


# --- the puzzle's widget


def test_lines_move_up_and_down_and_stop_at_the_ends():
    puzzle = Parsons(["a", "b", "c"])
    puzzle.order[:] = ["a", "b", "c"]
    puzzle.move(0, 1)
    assert puzzle.order == ["b", "a", "c"]
    puzzle.move(2, -1)
    assert puzzle.order == ["b", "c", "a"]
    puzzle.move(0, -1)
    puzzle.move(2, 1)
    assert puzzle.order == ["b", "c", "a"]


def test_its_buttons_move_the_lines_that_are_shown():
    puzzle = Parsons(WORKER_LOOP)
    first, second = puzzle.order[:2]
    up, down = puzzle.box.children[0].children[:2]
    assert up.disabled and not down.disabled
    down.click()
    assert puzzle.order[:2] == [second, first]
    assert not puzzle.untouched
    assert second.strip() in puzzle.box.children[0].children[2].value


def test_every_order_can_be_reached():
    puzzle = Parsons(WORKER_LOOP)
    for at, line in enumerate(WORKER_LOOP):
        for index in range(puzzle.order.index(line), at, -1):
            puzzle.move(index, -1)
    assert check("02.order", puzzle).passed


def test_it_is_always_mixed_in_the_same_way():
    assert Parsons(WORKER_LOOP).order == Parsons(WORKER_LOOP).order
    assert sorted(Parsons(WORKER_LOOP).order) == sorted(WORKER_LOOP)


@pytest.mark.parametrize("lines", [[], ["one"], ["same", "same"]])
def test_what_cannot_be_mixed_is_no_endless_loop(lines):
    assert Parsons(lines).order == lines


def test_lines_of_code_are_not_taken_for_tags():
    puzzle = Parsons(["if a < b & c:", "    pass"])
    shown = [row.children[2].value for row in puzzle.box.children]
    assert any("a &lt; b &amp; c" in value for value in shown)


# --- exercise 2: how long a sublist has to be


def test_the_solution_passes():
    assert check("02.long_enough", lambda task_s, string_s: ceil(10 * task_s / string_s)).passed


def test_the_untouched_stub_is_open():
    outcome = check("02.long_enough", lambda task_s, string_s: ...)
    assert not outcome.passed and "Still open" in outcome.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda task_s, string_s: round(task_s / string_s), "as much as the work on 25 strings"),
        (lambda task_s, string_s: 10 * task_s / string_s, "a whole number"),
        (lambda task_s, string_s: True, "a whole number"),
        (lambda task_s, string_s: ceil(10 * string_s / task_s), "250 strings are enough"),
        (lambda task_s, string_s: 60_000, "250 strings are enough"),
    ],
)
def test_a_plausible_mistake_is_refused(answer, said):
    assert said in hint(check, "02.long_enough", answer)


def test_an_error_of_the_answer_is_its_own():
    with pytest.raises(ZeroDivisionError):
        check("02.long_enough", lambda task_s, string_s: 1 / 0)
