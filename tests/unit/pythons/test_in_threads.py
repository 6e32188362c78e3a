"""Calls in threads of their own: their answers, and the first error."""

import threading

import pytest

from helpers.pythons.in_threads import in_threads


def test_each_call_has_a_thread_and_answers_come_in_their_order() -> None:
    gate = threading.Barrier(3)

    def call(n):
        gate.wait()
        return n, threading.get_ident()

    answers = in_threads([lambda n=n: call(n) for n in range(3)], gate)
    assert [n for n, _ in answers] == [0, 1, 2]
    assert len({who for _, who in answers} | {threading.get_ident()}) == 4


def test_the_first_error_is_raised_and_nobody_waits_for_whoever_failed() -> None:
    gate = threading.Barrier(2)

    def fails():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        in_threads([gate.wait, fails], gate)
