"""Small pieces of work, and how a worker stamps them."""

import time

import pytest

from helpers.core.machine import gil_enabled
from helpers.jobs import works


def fake_clock(monkeypatch, ticks):
    """Let ``follow`` read these seconds, one after the other, and return what it slept."""
    slept = []
    monkeypatch.setattr(works, "now", iter(ticks).__next__)
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_a_worker_waits_for_the_common_start_then_stamps_after_each_piece(monkeypatch):
    slept = fake_clock(monkeypatch, [7.0, 10.0, 10.5, 12.25])
    gil, ready_s, stamps_s, _ = works.follow("loop", 1, begin_s=10.0, seconds=2.0)
    assert slept == [3.0]
    assert ready_s == 7.0
    assert list(stamps_s) == [10.0, 10.5, 12.25]  # the last piece is finished
    assert gil is gil_enabled()


def test_a_call_into_c_is_stamped_before_and_after(monkeypatch):
    fake_clock(monkeypatch, [7.0, 9.5, 10.0, 10.5, 10.75, 12.25])
    assert list(works.follow("c-holds", 1, 10.0, 2.0)[2]) == [10.0, 10.5, 10.75, 12.25]


def test_a_worker_that_is_late_does_not_sleep(monkeypatch):
    slept = fake_clock(monkeypatch, [11.0, 11.5, 12.5])
    assert list(works.follow("loop", 1, begin_s=10.0, seconds=2.0)[2]) == [11.5, 12.5]
    assert slept == []


@pytest.mark.parametrize("name", works.WORKS)
def test_a_worker_ends_early_when_it_is_told_to(name):
    assert len(works.follow(name, 1, time.perf_counter(), 60.0, ["over"])[2]) <= 1


@pytest.mark.parametrize("name", works.WORKS)
def test_a_piece_of_every_work_can_be_made_of_any_size(name):
    works.WORKS[name].make(1)()
    works.WORKS[name].make(1000)()


def test_the_size_of_a_piece_follows_from_how_long_one_takes(monkeypatch):
    """Here a piece of size n takes n / 1000 s, by a clock of its own."""
    at_s = [0.0]
    monkeypatch.setattr(works, "now", lambda: at_s[0])

    def make(size):
        def chunk():
            at_s[0] += size / 1000

        return chunk

    loop = works.WORKS["loop"]._replace(make=make, chunk_s=0.4)
    monkeypatch.setitem(works.WORKS, "loop", loop)
    assert works.fitting_size("loop") == 400
