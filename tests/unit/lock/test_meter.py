"""The GIL meter: what it derives from its raw values, and how it treats calls of every sort."""

import asyncio
import functools
import gc
import json
import re
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from html import unescape

import pytest

from helpers.core import executors, machine
from helpers.core.spans import Span
from helpers.errors import LabError
from helpers.judge.theory import held_by_two, model_threads
from helpers.lock import meter
from helpers.lock.meter import gil_meter, late_from, late_share
from helpers.lock.reading import MeterReading
from helpers.pythons.states import HOLDS as HAS
from helpers.pythons.states import WAITS as ASKS
from helpers.pythons.states import WITHOUT
from helpers.pythons.witness import Witness
from tests.kernels import eventually
from tests.unit.refusals import refusal

QUIET = machine.Capacity((1, 2, 4), ((1.0,), (2.0,), (4.0,)), (1.0,))
BUSY = machine.Capacity((1, 2), ((1.0,), (1.1,)), (1.0,))


def meter_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("gil-meter")]


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    interval_s = sys.getswitchinterval()
    yield
    assert sys.getswitchinterval() == interval_s
    assert not meter_threads()


# --- Ticks ----------------------------------------------------------------------------

T = meter._TICK_S


def on_time(first, last):
    return [(i * T, i * T + 0.00005) for i in range(first, last)]


def test_ticks_that_come_in_time_are_no_sign_of_the_lock():
    assert late_share(on_time(0, 100), 0, 100 * T, 0.0003) == 0


def test_ticks_missed_while_one_waits_are_late_as_well():
    """The lock is held from tick 20 to tick 70 of 100."""
    ticks = [*on_time(0, 20), (20 * T, 70.01 * T), *on_time(71, 100)]
    assert late_share(ticks, 0, 99.5 * T, 0.0003) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_short_stretches_of_holding_are_found_with_their_share(share):
    """The lock is held for a part of every 5 ms."""
    ticks, due = [], 0
    while due < 1000:
        in_period_s = (due * T) % 0.005
        wait_s = share * 0.005 - in_period_s if in_period_s < share * 0.005 else 0
        ticks.append((due * T, due * T + wait_s + 0.00002))
        due += 1 + int(wait_s / T)
    assert late_share(ticks, 0, 1000 * T, 0.0003) == pytest.approx(share, abs=0.1)


def test_only_the_time_of_the_call_counts():
    ticks = [(1 * T, 50.1 * T), *on_time(51, 100)]
    assert late_share(ticks, 60 * T, 100 * T, 0.0003) == 0
    assert late_share(ticks, 1 * T, 40 * T, 0.0003) == 1
    assert late_share([], 0, 1, 0.0003) == 0


def test_what_counts_as_late_follows_from_the_ticks_beside_released_work():
    def control(lateness_s):
        return [(i * T, i * T + lateness_s) for i in range(100)]

    assert late_from(control(0.0001)) == 0.00025
    assert late_from(control(0.001)) == pytest.approx(0.001)
    assert late_from(control(0.5)) == 0.002
    assert late_from([]) == 0.00025


# --- What is derived ------------------------------------------------------------------


def reading(**change):
    """Return the reading of a call of 10 ms that holds the lock all the time."""
    facts = {
        "name": "work",
        "gil": True,
        "switch_interval_s": 0.005,
        "n_calls": 4,
        "lateness_s": ((0.01, 0.03), (0.02,)),
        "late_shares": (1.0, 1.0),
        "control_shares": (0.0, 0.0),
        "alone_s": (0.01, 0.01),
        "together_s": (0.02, 0.02),
        "alone_cpu_s": (0.01, 0.01),
        "together_cpu_s": (0.01, 0.01),
        "capacity": QUIET,
    }
    return MeterReading(**{**facts, **change})


HOLDS = reading()
RELEASES = reading(late_shares=(0.0, 0.02), together_s=(0.01, 0.01))
WAITS = replace(RELEASES, alone_cpu_s=(0.0001, 0.0001), together_cpu_s=(0.0002, 0.0002))
IN_PART = reading(late_shares=(0.6, 0.6), together_s=(0.0125, 0.0125))
MEMORY = replace(RELEASES, together_s=(0.014, 0.014), together_cpu_s=(0.014, 0.014))
# Rows of a query: let go at each, two at once are slower, and compute more.
HANDS_OVER = reading(
    late_shares=(0.1, 0.2), together_s=(0.025, 0.025), together_cpu_s=(0.015, 0.015)
)


def test_a_call_that_holds_the_lock():
    assert HOLDS.held_share == 1.0
    assert HOLDS.more_cores == (1.0, 1.0)
    assert [HOLDS.predicted_speed_up(n) for n in (1, 2, 100)] == [1, 1, 1]
    assert "threads take turns" in HOLDS.finding
    assert HOLDS.longest_s == 0.03
    assert HOLDS.n_rounds == 2


def test_a_call_that_lets_the_lock_go():
    assert RELEASES.held_share == 0.01
    assert RELEASES.quartiles == pytest.approx((0.005, 0.015))
    assert [RELEASES.speed_up_at_most(n) for n in (1, 2, 4)] == [1, 2, 4]
    assert [RELEASES.predicted_speed_up(n) for n in (1, 2, 4)] == pytest.approx([1, 2, 4], rel=0.01)
    assert RELEASES.speed_up_at_most(64) == 4  # cores were seen for four
    assert "as far as there are cores" in RELEASES.finding
    assert replace(RELEASES, together_s=(0.02, 0.02)).predicted_speed_up(2) == pytest.approx(
        RELEASES.predicted_speed_up(2)
    ), "what two at once took is no part of a prediction of it"


def test_a_call_that_waits_needs_no_cores():
    assert WAITS.predicted_speed_up(50) == pytest.approx(50, rel=0.03)
    assert not WAITS.hands_over
    assert "Many threads can wait" in WAITS.finding


def test_a_call_that_holds_the_lock_for_a_part():
    assert IN_PART.held_share == pytest.approx(0.6)
    assert [IN_PART.speed_up_at_most(n) for n in (2, 16)] == pytest.approx([1 / 0.6, 1 / 0.6])
    assert IN_PART.predicted_speed_up(2) == pytest.approx(2 / (1 + 0.6**2))
    assert IN_PART.predicted_speed_up(2) == model_threads(0.6, [2], n_cores=2).speed_up(2)
    assert "help a little" in IN_PART.finding


def test_calls_that_share_the_memory_are_not_blamed_on_the_lock():
    assert MEMORY.held_share == RELEASES.held_share
    assert MEMORY.longer == pytest.approx(1.4)
    assert MEMORY.predicted_speed_up(2) == pytest.approx(2, rel=0.01)  # the ticks see none of it
    assert MEMORY.speed_up_at_most(2) == 2
    assert "memory" in MEMORY.finding


def test_less_cpu_time_beside_another_is_noise():
    assert replace(RELEASES, together_cpu_s=(0.009, 0.009)).longer == 1


def test_a_lock_let_go_for_instants_is_found_by_running_two_at_once():
    assert HANDS_OVER.hands_over
    assert HANDS_OVER.held_share == 1.0  # two at once are slower than one
    some = replace(HANDS_OVER, together_s=(0.016, 0.016), together_cpu_s=(0.0096, 0.0096))
    assert some.hands_over and some.held_share == pytest.approx(held_by_two(1.2))
    assert HANDS_OVER.predicted_speed_up(2) == pytest.approx(2 / (1 + 0.15**2))
    assert HANDS_OVER.speed_up_at_most(2) == 2
    assert "passing it on" in HANDS_OVER.finding
    assert "0.80 times as fast" in HANDS_OVER.finding
    assert "as if it held the GIL 100 %" in str(HANDS_OVER)


@pytest.mark.parametrize(("together_s", "passes"), [(0.06, True), (0.018, False)])
def test_passing_the_lock_on_may_keep_both_cores_busy(together_s, passes):
    """As at every row of a query on 3.15: both cores are busy, and two are a third as fast."""
    busy_s = 0.85 * together_s  # of each thread's time
    times = {"together_s": (together_s,) * 2, "together_cpu_s": (busy_s,) * 2}
    rows = replace(RELEASES, **times)
    assert min(rows.more_cores) == pytest.approx(1.7)
    assert rows.hands_over is passes
    assert rows.held_share == (1.0 if passes else 0.01)
    assert ("passing it on" if passes else "memory") in rows.finding


@pytest.mark.parametrize("together_s", [0.01, 0.015, 0.025])
def test_the_ticks_alone_predict_and_two_at_once_only_check(together_s):
    """Whatever two at once took, no model has it: neither a prediction, nor its bound."""
    for known in (HOLDS, RELEASES, IN_PART, HANDS_OVER):
        times = {"together_s": (together_s,) * 2, "together_cpu_s": (together_s,) * 2}
        checked = replace(known, **times)
        assert checked.likely_share == statistics.median(known.ticked_shares)
        for n in (2, 4):
            assert checked.predicted_speed_up(n) == known.predicted_speed_up(n)
            assert checked.speed_up_at_most(n) == known.speed_up_at_most(n)


def test_rounds_that_disagree_are_no_sign_of_handing_over():
    """In some of them a neighbour took a core away."""
    disturbed = reading(
        late_shares=(0.0,) * 4,
        control_shares=(0.0,) * 4,
        alone_s=(0.01,) * 4,
        together_s=(0.02, 0.02, 0.01, 0.01),
        alone_cpu_s=(0.01,) * 4,
        together_cpu_s=(0.01,) * 4,
    )
    assert not disturbed.hands_over
    assert disturbed.held_share == 0


def test_late_ticks_of_the_machine_are_taken_off():
    both = replace(HOLDS, late_shares=(0.55, 0.55), control_shares=(0.1, 0.1))
    assert both.ticked_shares == pytest.approx((0.5, 0.5))
    less = replace(HOLDS, late_shares=(0.0, 0.0), control_shares=(0.1, 1.0))
    assert less.ticked_shares == (0, 0)


@pytest.mark.parametrize(
    ("control", "disturbed"),
    [((0.05, 0.05), BUSY), ((0.0, 0.0), replace(BUSY, core_shares=(0.6,)))],
)
@pytest.mark.parametrize("late", [0.15, 0.5, 0.85])
def test_a_busy_machine_is_told_and_the_lock_not_blamed(late, control, disturbed):
    busy = replace(IN_PART, capacity=disturbed, late_shares=(late, late), control_shares=control)
    assert busy.held_share is None
    assert busy.predicted_speed_up(2) is None
    assert "too busy" in busy.finding
    assert "do not blame the GIL" in busy.finding
    assert "cannot tell" in repr(busy)
    assert busy.as_dict()["held_share"] is None


@pytest.mark.parametrize("known", [HOLDS, IN_PART, HANDS_OVER])
def test_where_even_released_work_is_late_nothing_is_told(known):
    assert replace(known, control_shares=(0.3, 0.3)).held_share is None


def test_ticks_in_time_tell_on_any_machine_and_all_late_ones_on_a_busy_one():
    noisy = (0.2, 0.2)
    assert replace(RELEASES, control_shares=(0.9, 0.9), capacity=BUSY).held_share == 0.0
    assert replace(HOLDS, control_shares=noisy, capacity=BUSY).held_share == 1.0
    in_part = replace(IN_PART, control_shares=noisy, capacity=BUSY)
    assert in_part.held_share is None
    assert in_part.likely_share == pytest.approx(0.5)
    assert replace(in_part, control_shares=(0.9, 0.9)).likely_share is None


def test_with_few_cores_the_ticks_alone_tell_what_is_clear():
    """So on a machine with one CPU. What two at once would do stays open there."""
    held, released = replace(HOLDS, capacity=BUSY), replace(RELEASES, capacity=BUSY)
    assert held.held_share == 1.0
    assert released.held_share == 0.01
    assert released.predicted_speed_up(2) == pytest.approx(1.1, rel=0.01)  # the machine's limit
    for known in (held, released):
        assert "cannot be seen" in known.finding
        assert not replace(known, together_s=(0.03, 0.03)).hands_over


def test_on_one_quiet_cpu_the_ticks_tell_a_part_as_well():
    alone = replace(IN_PART, capacity=BUSY, control_shares=(0.01, 0.01))
    assert alone.held_share == pytest.approx(statistics.median(alone.ticked_shares))
    assert 0.5 < alone.held_share < 0.65
    assert "holds the GIL for a part of its time" in alone.finding
    assert "cannot be seen" in alone.finding


def test_without_a_lock_there_is_none_to_hold():
    free = replace(HOLDS, gil=False, together_s=(0.011, 0.011))
    assert free.held_share == 0.0
    assert not free.hands_over
    assert free.predicted_speed_up(2) == 2
    assert "none to hold" in free.finding


@pytest.mark.parametrize("n_threads", [0, -1, 1.5, True, "two", None])
def test_a_prediction_needs_a_whole_number_of_threads(n_threads):
    with pytest.raises(LabError, match="n_threads must be a whole number of 1 or more: got"):
        HOLDS.predicted_speed_up(n_threads)


ALL = [HOLDS, RELEASES, WAITS, IN_PART, MEMORY, HANDS_OVER, replace(IN_PART, capacity=BUSY)]


@pytest.mark.parametrize("known", [*ALL, replace(HOLDS, gil=False)])
def test_a_reading_is_one_line_a_table_and_json(known):
    assert "\n" not in str(known)
    assert str(known).endswith(known.finding)
    html = replace(known, name="<lambda>")._repr_html_()
    assert "&lt;lambda&gt;" in html
    assert known.finding in unescape(html)
    loaded = json.loads(json.dumps(known.as_dict()))
    assert loaded["held_share"] == known.held_share
    assert loaded["finding"] == known.finding
    assert loaded["rounds"]["alone_s"] == [0.01, 0.01]


def seen(alone=(0.9, 0.0, 0.1), each=(0.45, 0.5, 0.05)):
    """Return a witness that saw these shares of one second: holds, waits, without."""

    def spans(worker, shares):
        edges = [0.0, shares[0], shares[0] + shares[1], 1.0]
        labels = (HAS, ASKS, WITHOUT)
        return [Span(worker, a, b, of) for a, b, of in zip(edges, edges[1:], labels)]

    phases = tuple(spans("alone", alone)), tuple(spans("thread 1", each))
    return Witness("CPython 3.15.2", phases, (), b"{}")


def test_what_a_witness_saw_stands_beside_the_share_and_changes_none_of_it():
    known = replace(HOLDS, witness=seen())
    assert str(known) == (
        f"{HOLDS} The profiler of CPython 3.15.2 saw it hold the GIL 90 % of the time; each of two "
        "at once held it 45 %, waited for it 50 %, and was without it 5 %."
    )
    assert "it hold the GIL for 90 % of the call" in known._repr_html_()
    told = json.loads(json.dumps(known.as_dict()))
    assert told["witness"]["alone"]["holds"] == pytest.approx(0.9)
    assert told["witness"]["together"]["waits"] == pytest.approx(0.5)
    told["witness"] = None
    assert told == json.loads(json.dumps(HOLDS.as_dict()))
    denying = replace(HOLDS, witness=seen(alone=(0.0, 0.0, 1.0)))
    assert (denying.held_share, denying.finding) == (HOLDS.held_share, HOLDS.finding)


def test_why_there_is_no_witness_is_told():
    known = replace(HOLDS, witness="there is none")
    assert str(known) == f"{HOLDS} No second witness: there is none."
    assert "nothing: there is none" in known._repr_html_()
    assert known.as_dict()["witness"] == {"none": "there is none"}
    busy = replace(known, control_shares=(0.9, 0.9))
    assert "cannot be told" in busy._repr_html_() and "nothing: there is" in busy._repr_html_()


def test_what_a_witness_saw_is_saved_by_one_call(tmp_path):
    path = replace(HOLDS, witness=seen()).save_gecko(tmp_path / "call.json")
    assert path.read_bytes() == b"{}"
    assert "measure with witness=True" in refusal(HOLDS.save_gecko, path)
    nowhere = tmp_path / "call.json" / "more.json"
    assert "cannot" in refusal(replace(HOLDS, witness=seen()).save_gecko, nowhere)


def test_the_formula_is_told_with_its_source():
    assert "Muntz and Wong 1974" in HOLDS._repr_html_()
    assert "2 threads 1.00, 4 threads 1.00" in HOLDS._repr_html_()
    busy = replace(IN_PART, capacity=BUSY, control_shares=(0.05, 0.05))
    assert "Predicted" not in busy._repr_html_()


# --- Real calls -----------------------------------------------------------------------


def loop():
    return sum(i * i for i in range(10_000))


@pytest.mark.alone
def test_python_code_is_seen_to_hold_the_lock():
    def is_seen():
        held = gil_meter(loop, seconds=0.5).held_share
        if machine.gil_enabled():
            return held is None or held > 0.8  # None: the machine is busy
        return held == 0.0

    assert eventually(is_seen)


@pytest.mark.alone
def test_sleeping_is_seen_to_let_the_lock_go():
    def is_seen():
        found = gil_meter(time.sleep, 0.02, seconds=0.5)
        released = found.held_share is None or found.held_share < 0.5
        return released and found.two_at_once.speed_up > 1.5

    assert eventually(is_seen)


def test_a_call_that_returns_at_once_is_repeated():
    found = gil_meter(lambda: None, seconds=0.05)
    assert found.n_calls > 1  # thousands, unless the machine stops it at every try
    assert found.n_rounds >= 1


def test_arguments_are_passed_on():
    seen = set()

    def note(*args):
        seen.add(args)
        time.sleep(0.02)

    gil_meter(note, 1, "two", seconds=0.01)
    assert seen == {(1, "two")}


class Job:
    def run(self):
        time.sleep(0.02)

    def __call__(self):
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (functools.partial(functools.partial(time.sleep), 0.02), "sleep"),
        (Job().run, "Job.run"),
        (Job(), "Job"),
    ],
)
def test_a_reading_knows_what_was_called(call, name):
    assert gil_meter(call, seconds=0.01).name == name


def test_the_interval_is_long_beside_the_ticks_and_as_it_was_for_two_at_once(monkeypatch):
    seen = []

    def spy(call, n_threads, *args, **kwargs):
        seen.append((n_threads, round(sys.getswitchinterval(), 6)))
        return run(call, n_threads, *args, **kwargs)

    run = meter._run
    monkeypatch.setattr(meter, "_run", spy)
    found = gil_meter(time.sleep, 0.02, seconds=0.01)
    before_s = round(sys.getswitchinterval(), 6)
    assert {interval_s for n, interval_s in seen if n == 2} == {before_s}
    assert (1, 0.1) in seen
    assert found.switch_interval_s == sys.getswitchinterval()


# --- Calls that misbehave -------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 2, 5])
def test_the_error_of_a_call_comes_out_once(after):
    """After so many calls: at the first, while it counts how many fill a batch, and later."""
    calls = []

    def failing():
        time.sleep(0.02)
        calls.append(None)
        if len(calls) > after:
            raise ZeroDivisionError("mine")

    with pytest.raises(LabError, match="failing raised ZeroDivisionError: mine; mend it") as told:
        gil_meter(failing, seconds=10)
    assert isinstance(told.value.__cause__, ZeroDivisionError)


def test_a_call_that_only_fails_beside_another_is_told_by_its_own_error():
    alone, refused = threading.Lock(), threading.Event()

    def failing():
        if not alone.acquire(blocking=False):
            refused.set()
            raise BlockingIOError("only one at a time")
        others = {thread.name for thread in meter_threads()} & {"gil-meter 0", "gil-meter 1"}
        refused.wait(60 if len(others) == 2 else 0.05)
        alone.release()

    with pytest.raises(LabError, match="failing raised BlockingIOError: only one at a time"):
        gil_meter(failing, seconds=0.01)


class Panic(BaseException):
    """As an extension written in Rust raises it."""


@pytest.mark.parametrize(
    "error",
    [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError(), Panic("deep")],
)
def test_whatever_a_call_raises_is_told_in_one_line(error):
    def failing():
        raise error

    said = refusal(gil_meter, failing, seconds=0.01)
    assert said.startswith(f"failing raised {type(error).__name__}")


def test_an_interrupt_ends_everything(monkeypatch):
    run = meter._run

    def interrupted(call, n_threads, *args, **kwargs):
        if sys.getswitchinterval() > 0.05:  # beside the ticks
            raise KeyboardInterrupt
        return run(call, n_threads, *args, **kwargs)

    monkeypatch.setattr(meter, "_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        gil_meter(time.sleep, 0.02, seconds=10)


def test_an_interrupt_in_the_middle_of_a_call_ends_the_call(monkeypatch):
    entered = threading.Event()

    def endless():
        entered.set()
        while True:
            time.sleep(0.001)

    class Interrupted(threading.Thread):
        def join(self, timeout=None):
            if entered.is_set() and not interrupted:
                interrupted.append(True)
                raise KeyboardInterrupt
            super().join(timeout)

    interrupted = []
    monkeypatch.setattr(meter.threading, "Thread", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        gil_meter(endless)


def test_python_code_that_never_returns_is_ended(monkeypatch):
    give_up = executors.give_up

    def patiently(threads, limit_s):  # it may take longer on a busy machine
        return give_up(threads, limit_s) or give_up(threads, 60)

    monkeypatch.setattr(executors, "give_up", patiently)

    def endless():
        while True:
            pass

    with pytest.raises(LabError, match=r"within 0.2 s, and endless is not.*has been ended"):
        gil_meter(endless, limit_s=0.2)


def test_c_code_that_never_returns_is_told_to_be_still_there(monkeypatch):
    monkeypatch.setattr(meter, "_GRACE_S", 0.2)
    forever = threading.Lock()
    forever.acquire()
    with pytest.raises(LabError, match=r"could not be ended.*inside C code") as caught:
        gil_meter(forever.acquire, limit_s=0.2)
    assert "\n" not in str(caught.value)
    assert len(meter_threads()) == 1  # that thread, and no other
    forever.release()
    for thread in meter_threads():
        thread.join(10)


def test_python_can_exit_while_a_call_is_still_there():
    code = (
        "import time; from helpers.errors import LabError; "
        "from helpers.lock.meter import gil_meter\n"
        "try: gil_meter(time.sleep, 600, limit_s=0.1)\n"
        "except LabError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert "sleep is not" in done.stdout
    assert not done.stderr


@pytest.fixture
def no_warnings(recwarn):
    """No coroutine is said to have never been awaited."""
    yield
    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []


async def coroutine_function():
    pass


def generator_function(*_):
    yield 1


async def asynchronous_generator():
    yield 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ((None,), "something that can be called, not None"),
        ((3,), "not 3"),
        (("sorted",), "not 'sorted'"),
        ((coroutine_function,), r"coroutine, .*: run it, as in lambda: asyncio.run\(coroutine_fun"),
        ((generator_function, 3), r"as in lambda: list\(generator_function\(3\)\)"),
        ((asynchronous_generator,), "an async_generator, which does its work when it is gone thr"),
        ((map, len, ["a"]), "a map is used up|map returned a map, which does its work when it is"),
        ((lambda: [map(len, ["a"])],), "returned a list with a map, which"),
        ((lambda: {1: (n for n in "a")},), "returned a dict with a generator, which"),
        ((Future,), r"returned a Future, .* when its result is asked for: return its .result\(\)"),
        ((list, map(len, ["a"])), "an argument is used in every call, and a map is used up after"),
        ((sum, (n for n in [1])), "a generator is used up"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(call, said, no_warnings):
    assert re.search(said, refusal(gil_meter, *call))


def test_a_coroutine_is_no_argument(no_warnings):
    said = refusal(gil_meter, asyncio.run, coroutine_function())
    assert "a coroutine is used up after one" in said
    assert said.endswith("as in asyncio.run(coroutine_function(...))")


def test_what_a_refusal_proposes_works():
    assert gil_meter(lambda: asyncio.run(coroutine_function()), seconds=0.01).n_calls
    assert gil_meter(lambda: list(generator_function(3)), seconds=0.01).n_calls

    async def all_of():
        return [y async for y in asynchronous_generator()]

    said = refusal(gil_meter, asynchronous_generator)
    assert "as in async def all_of(): return [y async for y in asynchronous_generator()]" in said
    assert said.endswith("and pass lambda: asyncio.run(all_of())")
    assert gil_meter(lambda: asyncio.run(all_of()), seconds=0.01).n_calls


@pytest.mark.parametrize("name", ["seconds", "limit_s"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "long", None, True])
def test_times_out_of_range_are_refused_in_one_line(name, value):
    with pytest.raises(LabError, match=f"{name} must be a number from 0.01 to 3,600") as caught:
        gil_meter(loop, **{name: value})
    assert "\n" not in str(caught.value)
