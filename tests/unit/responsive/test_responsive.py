"""Whether an interface answers, how late a thread wakes up, and a lab whose Cancel cancels."""

import asyncio
import sys
import threading
import time

import pytest

from helpers.core.worker import core_share
from helpers.draw import style
from helpers.errors import LabError
from helpers.responsive.beats import (
    BEAT_S,
    Beats,
    Lateness,
    busy_thread,
    measure_lateness,
    record_beats,
)
from helpers.responsive.cell import N_PIECES, CancelLab
from helpers.responsive.chart import plot_beats, plot_lateness, plot_rates
from helpers.responsive.words import explain_beats, explain_lateness, usual_row

ALIVE = Beats(0.1, (-0.01, 0.01, 0.03, 0.05, 0.07, 0.09, 0.11))
DEAF = Beats(0.5, (-0.01, 0.5, 0.52))


def lateness(beside, interval_s=0.005, *late_s, gil=True):
    return Lateness(beside, interval_s, gil, late_s)


def test_the_longest_freeze_is_beyond_the_usual_pause():
    assert ALIVE.freeze_s == pytest.approx(0.0)
    assert DEAF.freeze_s == pytest.approx(0.49)
    assert (ALIVE.freezes, DEAF.freezes) == (False, True)


def test_a_loop_that_never_answers_is_deaf_for_the_whole_job():
    assert Beats(0.7, ()).freeze_s == 0.7
    assert Beats(0.7, (-0.01, 0.0)).freeze_s == pytest.approx(0.68)


def test_a_job_on_the_loops_own_thread_freezes_it_for_as_long():
    beats = asyncio.run(record_beats(lambda: time.sleep(0.3)))
    assert beats.freezes
    assert beats.freeze_s >= 0.2
    assert beats.wall_s >= 0.3


def test_a_job_that_waits_elsewhere_lets_the_loop_answer():
    def wait_elsewhere():
        return asyncio.gather(asyncio.to_thread(answered.wait), answer())

    async def answer():
        for _ in range(5):  # as long as that takes: a beat is due each time
            await asyncio.sleep(2 * BEAT_S)
        answered.set()

    answered = threading.Event()
    beats = asyncio.run(record_beats(wait_elsewhere))
    within = [beat_s for beat_s in beats.times_s if 0 < beat_s < beats.wall_s]
    assert len(within) >= 4


def test_a_job_that_fails_stops_the_beats():
    async def fail_and_look():
        with pytest.raises(ZeroDivisionError):
            await record_beats(lambda: 1 / 0)
        await asyncio.sleep(0.1)
        return len(asyncio.all_tasks())

    assert asyncio.run(fail_and_look()) == 1


def test_what_is_no_job_is_refused():
    with pytest.raises(LabError, match="leave out the brackets"):
        asyncio.run(record_beats(3))


def test_beats_are_told_and_drawn():
    beats = {"the main thread": DEAF, "a thread": ALIVE}
    said = explain_beats(beats, ["the main thread"])
    assert said[0] == "Deaf for longer than 0.1 s: the main thread (490 ms)."
    assert said[1].startswith("Always answered within 0.1 s: a thread")
    assert said[2] == "Your prediction was right for 2 of 2."
    assert explain_beats(beats)[-1] == "You committed no prediction."
    ax = plot_beats(beats, chosen=["the main thread"])
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["deaf for 490 ms", "you: deaf", "you: answers"]
    assert "the main thread 490 ms" in style.alt_text(ax.figure)
    assert plot_beats({"a thread": ALIVE}).texts[0].get_text() == "no prediction made"


@pytest.mark.parametrize("beside", ["nothing", "loop", "c-releases", "c-holds"])
def test_the_interval_is_set_back_and_no_thread_is_left(beside):
    before_s, n_threads = sys.getswitchinterval(), threading.active_count()
    found = measure_lateness(beside, switch_interval_s=0.001, seconds=0.02)
    assert found.switch_interval_s == pytest.approx(0.001)
    assert len(found.late_s) >= 10
    assert 0 <= found.median_s <= found.worst_s
    assert len(found.core_shares) == (beside != "nothing")
    assert sys.getswitchinterval() == before_s and threading.active_count() <= n_threads


def test_a_busy_thread_is_busy_for_the_length_of_the_with_alone():
    calls, before_s, n_threads = [], sys.getswitchinterval(), threading.active_count()
    with busy_thread(lambda: calls.append(time.sleep(0.001)), 0.001) as core_shares:
        while len(calls) < 3:
            time.sleep(0.001)
        assert sys.getswitchinterval() == pytest.approx(0.001)
    n_calls = len(calls)
    assert [0 <= share < 0.9 for share in core_shares] == [True]  # it slept most of the time
    time.sleep(0.02)
    assert len(calls) == n_calls
    with pytest.raises(KeyboardInterrupt), busy_thread(int):
        raise KeyboardInterrupt
    with pytest.raises(LabError, match="a function without arguments, not 3"), busy_thread(3):
        pass
    assert sys.getswitchinterval() == before_s and threading.active_count() <= n_threads


def test_a_job_that_waits_gets_no_whole_core_and_one_that_computes_gets_some():
    assert 0 <= core_share(lambda: time.sleep(0.05)) < 0.5
    assert core_share(lambda: sum(range(2_000_000))) > 0.0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"beside": "a friend"}, "beside one of nothing, loop"),
        ({"seconds": 0}, "seconds must be a number from 0.02 to 30: got 0"),
        ({"seconds": "1"}, "must be a number from 0.02 to 30"),
        ({"seconds": float("nan")}, "must be a number from 0.02 to 30"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments, said):
    with pytest.raises(LabError, match=said) as error:
        measure_lateness(**arguments)
    assert "\n" not in str(error.value)


def test_lateness_is_told_and_drawn_with_the_guess():
    rows = {
        "alone": lateness("nothing", 0.005, 0.0001, 0.0001, 0.0002),
        "quick": lateness("loop", 0.0005, 0.0006),
        "usual": lateness("loop", 0.005, 0.005, 0.0055, 0.011),
    }
    assert usual_row(rows) is rows["usual"]
    said = explain_lateness(rows, 0.011)
    assert said[0] == (
        "Beside a Python loop, half of the wakes are late by more than 0.6 ms at an interval of "
        "0.5 ms, 5.5 ms at an interval of 5 ms."
    )
    assert said[-1] == "You said 11 ms, and the median was 5.5 ms: right to a factor of two."
    assert explain_lateness(rows, 0.055)[-1].endswith("off by a factor of 10.")
    assert explain_lateness(rows)[-1] == "You committed no prediction."
    ax = plot_lateness(rows, guess_s=0.011)
    key = [text.get_text() for text in ax.get_legend().get_texts()]
    assert key == ["median", "switch interval", "you said 11 ms"]
    assert [text.get_text() for text in ax.texts] == ["0.1 ms", "0.6 ms", "5.5 ms"]
    assert "usual 5.5 ms (worst 11 ms)" in style.alt_text(ax.figure)


def test_a_busy_thread_that_got_no_core_is_told():
    rows = {"usual": lateness("loop", 0.005, 0.0001, 0.0001, 0.02)}
    assert "For usual the GIL was free at most wakes" in explain_lateness(rows)[1]


def test_without_a_lock_there_is_no_interval_to_wait_for():
    rows = {"usual": lateness("loop", 0.005, 0.0, 0.0001, 0.0001, gil=False)}
    assert explain_lateness(rows)[0].startswith("This Python has no GIL")
    key = [text.get_text() for text in plot_lateness(rows).get_legend().get_texts()]
    assert key == ["median", "no prediction made"]


def test_rates_are_drawn_and_told_by_their_ends():
    ax = plot_rates({"alone": 60_000.0, "beside": 80.0, "quick": 900.0})
    assert [text.get_text() for text in ax.texts] == [
        "60,000 a second",
        "80 a second",
        "900 a second",
    ]
    assert "60,000 round trips a second become 80" in ax.get_title(loc="left") + ax.get_title()
    assert "beside 80" in style.alt_text(ax.figure)


def in_the_lab(place, cancel_at):
    """Run the lab on an event loop, cancel it after some pieces, and return it."""
    lab = CancelLab()
    lab.controls["place"].value = place

    async def use():
        lab.run()
        while lab.running:
            if lab.done >= cancel_at:
                lab.controls["stop"].click()  # more than once, as people do
            await asyncio.sleep(0.005)

    asyncio.run(use())
    assert lab.error is None
    return lab


@pytest.mark.parametrize("place", ["a thread", "a process"])
def test_cancel_ends_the_job_with_the_piece_at_hand(place):
    before = threading.active_count()
    lab = in_the_lab(place, cancel_at=3)
    assert 3 <= lab.done < N_PIECES
    assert lab.controls["bar"].value == lab.done
    assert lab.cancel_s is not None
    assert "cancelled: " in lab.said
    assert lab.beats[place].times_s
    assert not lab.controls["run"].disabled
    assert threading.active_count() <= before + 1  # asyncio may keep a thread of its pool


def test_a_job_that_is_not_cancelled_does_all_pieces(monkeypatch):
    monkeypatch.setattr("helpers.responsive.cell.N_PIECES", 5)
    lab = in_the_lab("a thread", cancel_at=1000)
    assert (lab.done, lab.cancel_s) == (5, None)


def test_where_nobody_was_asked_nothing_is_said_of_a_prediction(monkeypatch):
    monkeypatch.setenv("GIL_LAB_UNASKED", "1")
    rows = {"usual": lateness("loop", 0.005, 0.0, 0.0001, 0.0001, gil=False)}
    key = [text.get_text() for text in plot_lateness(rows).get_legend().get_texts()]
    assert key == ["median"] and explain_lateness(rows)[-1] == ""
    assert explain_beats({"a thread": ALIVE})[-1] == ""
    assert "no prediction made" not in [t.get_text() for t in plot_beats({"a": ALIVE}).texts]
