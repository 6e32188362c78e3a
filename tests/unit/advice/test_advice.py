"""The decision: evidence made by hand goes in, advice comes out, and nothing is measured."""

import dataclasses
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.advice.advice import advise
from helpers.advice.card import advice_html, facts
from helpers.advice.chart import plot_verdicts
from helpers.advice.evidence import Evidence
from helpers.advice.words import HEADLINES, PYTHONS, REASONS, TRIES
from helpers.core.machine import Capacity
from helpers.judge.choose import Way
from helpers.judge.words import TEMPLATES, Finding, told
from helpers.kind import kind as kind_of
from helpers.kind import usual
from helpers.lock import words as lock_words
from helpers.lock.reading import MeterReading
from helpers.processes.copying import Copying
from tests.unit.results import CAPACITY, MACHINE, result, run, serial

TWO = Capacity((1, 2), ((1.0, 1.0, 1.0), (1.9, 1.9, 1.9)), (1.0, 1.0, 1.0))


def evidence(
    speed_ups, *, serial_s=1.0, n_rounds=5, cpu_s=None, n_items=100, start_s=0.1, **others
):
    """Return ``Evidence`` of runs that were this many times as fast as the serial ones.

    ``speed_ups`` goes from a kind to a speed-up, or to a list with one for each round.
    """
    runs = []
    for number in range(1, n_rounds + 1):
        runs.append(serial(number, serial_s, cpu_s=serial_s if cpu_s is None else cpu_s))
        for kind, reached in speed_ups.items():
            kind, n_workers = kind if isinstance(kind, tuple) else (kind, 2)
            rate = reached[number - 1] if isinstance(reached, list) else reached
            cpu = serial_s if cpu_s is None else cpu_s
            runs.append(run(kind, n_workers, number, serial_s / rate, cpu_s=cpu))
    capacity = others.pop("capacity", TWO)
    machine = others.pop("machine", dataclasses.replace(MACHINE, usable_cpus=2.0))
    kinds = [kind[0] if isinstance(kind, tuple) else kind for kind in speed_ups]
    given = {
        "name": "work",
        "n_workers": 2,
        "budget_s": 20.0,
        "kinds": tuple(dict.fromkeys([*kinds, *others.get("refused", ())])),
        "machine": machine,
        "first_s": 0.01,
        "item_s": (serial_s / 100,) * 99,
        "item_cpu_s": ((serial_s if cpu_s is None else cpu_s) / 100,) * 99,
        "n_sample": 100,
        "capacity": capacity,
        "result": result(*runs, machine=machine, capacity=capacity) if runs else None,
        "starts_s": {kind: (start_s,) for kind in kinds if kind != "threads"},
        "spent_s": 18.0,
        **others,
    }
    if "item_s" in others and "item_cpu_s" not in others:
        given["item_cpu_s"] = others["item_s"]
    return Evidence(n_items=n_items, **given)


def reading(late, *, alone_s=0.1, together_s=0.2):
    """Return a ``MeterReading`` of a call that holds the lock for a share of its time."""
    return MeterReading(
        name="work", gil=True, switch_interval_s=0.005, n_calls=1, lateness_s=((0.0,),) * 3,
        late_shares=(late,) * 3, control_shares=(0.0,) * 3, alone_s=(alone_s,) * 3,
        together_s=(together_s,) * 3, alone_cpu_s=(alone_s,) * 3, together_cpu_s=(alone_s,) * 3,
        capacity=TWO,
    )  # fmt: skip


def copied(share, n_items=100, work_s=1.0):
    """Return a ``Copying`` that takes this many seconds for each second of work, half each way."""
    step = ((share * work_s / 4,),)
    return Copying("work", n_items, 10_000, 20_000, (work_s,), step, step, step, step)


# -- which kind ------------------------------------------------------------------------


def test_the_fastest_kind_is_advised_with_its_speed_up_and_start():
    said = advise(evidence({"threads": 1.0, "processes": 1.8}, serial_s=10.0))
    assert (said.kind, said.n_workers) == ("processes", 2)
    assert said.speed_up == pytest.approx(10 / (0.1 + 10 / 1.8))
    assert said.pays_from_s == pytest.approx(0.1 / (1 - 1 / 1.8))
    assert said.headline.startswith("Use processes: 2 workers are 1.77 times as fast")


def test_the_start_up_decides_for_a_short_job_and_against_it():
    said = advise(evidence({"threads": 1.0, "processes": 1.8}, serial_s=0.15))
    assert said.kind == "serial" and said.speed_up == 1.0
    assert said.headline.startswith("Do not bother")
    assert said.pays_from_s == pytest.approx(0.225)
    assert "start-up" in said.limits


def test_a_whole_list_is_told_from_its_sample():
    short, long = (
        advise(evidence({"processes": 1.8}, serial_s=0.15, scale=scale)) for scale in (1, 100)
    )
    assert (short.kind, long.kind) == ("serial", "processes")
    assert long.evidence.total_s == pytest.approx(15)


def test_threads_are_preferred_where_processes_are_hardly_faster():
    said = advise(evidence({"threads": 1.75, "processes": 1.8}, serial_s=60.0))
    assert said.kind == "threads"
    assert said.close == "processes" and "close call" in said.limits
    assert "1.75" in said.sentences[1]


def test_the_fewest_workers_that_do_are_advised():
    reached = {("threads", 2): 1.99, ("threads", 16): 15.5, ("threads", 32): 15.9}
    said = advise(evidence(reached, cpu_s=0.01))
    assert (said.kind, said.n_workers) == ("threads", 16)
    assert "waiting" in said.limits


@pytest.mark.parametrize(
    ("cpu_s", "limit"), [(0.1, "waiting"), (0.5, "waiting in part"), (0.95, None)]
)
def test_it_says_for_how_much_of_the_time_calls_wait(cpu_s, limit):
    said = advise(evidence({("threads", 8): 1.9}, cpu_s=cpu_s))
    assert [name for name in said.limits if name.startswith("waiting")] == [limit] * bool(limit)


def test_a_kind_that_nobody_foresaw_is_compared_like_any_other():
    said = advise(evidence({"threads": 1.0, "interpreters": 1.6, "starships": 1.9}, serial_s=60.0))
    assert said.kind == "starships"


def test_without_items_the_calls_alone_are_compared():
    said = advise(evidence({"threads": 1.0, "processes": 1.8}, serial_s=0.15, n_items=None))
    assert said.speed_up == 1.8 and "once they are started" in said.headline
    assert said.code == ""


def test_a_small_gain_is_no_reason_to_bother():
    assert advise(evidence({"threads": 1.08})).kind == "serial"


@pytest.mark.parametrize(
    ("reached", "kind"),
    [
        ([0.9, 1.2, 1.2, 0.95, 1.3], "serial"),  # some rounds deny it
        ([1.15, 1.2, 1.2, 1.25, 1.3], "threads"),
        ([0.9, 1.6, 1.5, 0.95, 1.7], "threads"),
    ],
)
def test_rounds_that_differ_need_a_larger_gain(reached, kind):
    assert advise(evidence({"threads": reached})).kind == kind


def test_a_gain_that_the_lock_does_not_leave_is_not_believed_on_a_busy_machine():
    busy = Capacity((1, 2), ((1.0,), (1.0,)))
    held = evidence({"threads": 1.5}, reading=reading(1.0), capacity=busy)
    assert advise(held).kind == "serial"
    # Nor is one that the cores did not have to give, unless the job waits.
    assert advise(evidence({"threads": 1.5}, capacity=busy)).kind == "serial"
    assert advise(evidence({"threads": 1.5}, capacity=busy, cpu_s=0.01)).kind == "threads"
    assert advise(evidence({"threads": 1.5}, reading=reading(1.0))).kind == "threads"
    # What waits holds no lock meanwhile, however late the ticks of a busy machine are.
    asks = evidence({("threads", 8): 3.4}, reading=reading(1.0), capacity=busy, cpu_s=0.25)
    assert advise(asks).speed_up == pytest.approx(3.4)


def test_more_than_the_cores_is_believed_where_the_rounds_agree_and_explained():
    said = advise(evidence({"threads": [3.4, 3.5, 3.6, 3.5]}, n_rounds=4))
    assert said.speed_up == pytest.approx(3.5)
    assert "more than the cores" in said.limits
    assert "2 threads reached 3.50 times the serial speed" in "".join(said.sentences)
    doubtful = advise(evidence({"threads": [1.9, 1.9, 3.6, 3.5]}, n_rounds=4))
    assert doubtful.speed_up <= 2 and "more than the cores" not in doubtful.limits


def test_one_round_needs_a_larger_gain_and_says_so():
    assert advise(evidence({"threads": 1.2}, n_rounds=1)).kind == "serial"
    said = advise(evidence({"threads": 1.5}, n_rounds=1))
    assert said.kind == "threads" and "few rounds" in said.limits


def test_differing_answers_are_refused():
    said = advise(evidence({"threads": 2.0}, unsteady="item 0 is 2, serially it is 1"))
    assert said.kind == "serial" and said.speed_up is None
    assert said.sentences == (
        "Refused: work does not give the same answers when it is called again.",
        "Called again serially, with the same items: item 0 is 2, and before it was 1.",
        "Try first: same=, a function of two answers that says whether they count as the same "
        "(-s in a magic, --same in a terminal).",
    )


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        ("random", "a generator of its own in each call, random.Random(seed), with a seed from"),
        ("numpy.random", "in each call, numpy.random.default_rng(seed), with a seed from the item"),
        ("time", "leave the time out of the answer: work uses time."),
        ("uuid", "leave out of the answer what uuid gives"),
    ],
)
def test_what_to_do_about_chance_is_told(chance, said):
    first, second = advise(evidence({}, unsteady="item 0 is 2", chance=chance)).first_try
    assert said in first and second.startswith("same=")


def test_answers_that_cannot_be_compared_are_measured_and_it_is_said():
    said = advise(evidence({"threads": 1.9}, incomparable="item 0 is a lock"))
    assert said.kind == "threads"
    assert dict(said.reasons)["incomparable"].startswith(
        "Whether all answers are the same is not known: item 0 is a lock. Say it by same="
    )


def test_a_refused_kind_is_named_and_the_rest_goes_on():
    said = advise(
        evidence({"threads": 1.7}, refused={"processes": "work refers to `log`, an open file"})
    )
    assert said.kind == "threads"
    assert "Processes are out: work refers to `log`, an open file." in said.sentences
    assert "not used: work refers to `log`" in str(said)


# -- what was not measured -------------------------------------------------------------


def long_call(**others):
    given = {"kinds": ("threads", "processes"), "item_s": (30.0,), "first_s": 30.0, **others}
    return evidence({}, n_rounds=0, n_items=8, starts_s={}, **given)


def test_a_call_longer_than_the_budget_gives_what_is_known():
    said = advise(long_call(item_cpu_s=(30.0,)))
    assert said.kind == "processes" and said.speed_up is None
    assert said.headline.startswith("Probably processes, but that is not measured")
    assert said.figures["total_s"] == 240
    waiting = advise(long_call(item_cpu_s=(0.1,)))
    assert waiting.kind == "threads"
    json.dumps(waiting.as_dict(), allow_nan=False)


def test_a_call_that_was_stopped_by_others_does_not_wait():
    idle = {"item_cpu_s": (0.1,), "capacity": TWO}
    assert long_call(**idle).facts.waits and long_call(gave_way=0.9, **idle).facts.waits
    assert not long_call(gave_way=0.1, **idle).facts.waits
    # A server on the same machine takes the core at every answer.
    assert long_call(gave_way=0.4, **idle).facts.waits
    assert not long_call(gave_way=0.4, **{**idle, "item_cpu_s": (6.0,)}).facts.waits


def test_one_item_cannot_be_shared():
    given = dataclasses.replace(long_call(item_cpu_s=(30.0,)), n_items=1)
    said = advise(given)
    assert said.kind == "serial" and "too few items" in said.limits


def test_nothing_measured_at_all_still_gives_advice():
    said = advise(Evidence("work", 3, 2, 20.0, ("threads",), MACHINE))
    assert said.kind == "serial" and said.speed_up is None
    json.dumps(said.as_dict(), allow_nan=False)
    assert advice_html(said) and facts(said) and str(said)


# -- why -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("lock", {"reading": reading(1.0)}),
        ("lock", {"reading": reading(0.5)}),
        ("lock", {}),
        ("no lock", {"reading": reading(0.0, together_s=0.1), "speed_ups": {"threads": 1.8}}),
        ("waiting", {"cpu_s": 0.02}),
        ("own threads", {"cpu_s": 1.9}),
        ("copying", {"copied": copied(0.5)}),
        (
            "carrying",
            {"copied": dataclasses.replace(copied(0.0), function_s=0.1, function_bytes=10**8)},
        ),
        ("start-up", {"start_s": 0.4}),
        ("too few items", {"n_items": 3}),
        ("one slow item", {"item_s": (0.002,) * 98 + (0.8,)}),
        ("cache", {"item_s": (0.5,) * 99}),
        ("side effect", {"changed": "`seen`"}),
        ("fills a cache", {"filled": "`known`"}),
        ("not compared", {"not_compared": "`table`"}),
        ("one CPU", {"machine": dataclasses.replace(MACHINE, usable_cpus=1.0)}),
        ("busy machine", {"capacity": Capacity((1, 2), ((1.0,), (1.1,)))}),
        ("busy machine", {"capacity": Capacity((1, 2), ((1.0,), (1.9,)), (0.5,))}),
    ],
)
def test_each_limit_is_recognised(name, given):
    given = dict(given)
    speed_ups = given.pop("speed_ups", {"threads": 1.0, "processes": 1.5})
    said = advise(evidence(speed_ups, **given))
    assert name in dict(said.reasons)
    assert (name in said.limits) == (name != "no lock")  # which is a reason, and limits nothing
    assert all(sentence[0].isupper() or sentence.startswith("work") for sentence in said.sentences)


def on_one_cpu(speed_ups, usable_cpus=1.0, **others):
    narrow = Capacity((1, 2), ((1.0,) * 3, (1.0,) * 3))
    machine = dataclasses.replace(MACHINE, usable_cpus=usable_cpus)
    return advise(evidence(speed_ups, **{"machine": machine, "capacity": narrow, **others}))


def test_on_one_cpu_no_rise_is_promised_to_what_computes():
    said = on_one_cpu({"threads": 1.15, "processes": 1.2}, start_s=0.4)
    assert (said.kind, said.speed_up, said.pays_from_s) == ("serial", 1.0, None)
    text = " ".join(said.sentences)
    assert "no way of computing can be faster than a loop" in text
    assert "pay from" not in text and "several jobs" not in text
    busy = on_one_cpu({"threads": 0.9}, capacity=Capacity((1, 2), ((1.0,), (1.0,)), (0.3,)))
    assert busy.headline.startswith("On this machine nothing gains, because only one CPU")


def test_from_one_cpu_a_model_tells_what_more_would_do():
    flat = {"threads": 1.0, "processes": 0.9}
    held = on_one_cpu(flat, serial_s=60.0, reading=reading(1.0), copied=copied(0.1))
    free = on_one_cpu(flat, serial_s=60.0, reading=reading(0.0, together_s=0.1), copied=copied(0.1))
    assert (held.kind, free.kind) == ("serial", "serial")
    assert held.would_be[4].kind == "processes" and 2 < held.would_be[4].speed_up <= 4
    assert free.would_be[4].kind == "threads" and free.would_be[4].speed_up == pytest.approx(4)
    for said in (held, free):
        assert said.headline.startswith("On this machine nothing gains, because only one CPU")
        assert "With 4 free cores: " + said.would_be[4].kind in said.headline
        assert said.as_dict()["would_be"]["4"]["kind"] == said.would_be[4].kind
    assert on_one_cpu(flat, serial_s=60.0, copied=copied(0.1)).would_be == {}  # the lock is unknown
    waits = on_one_cpu({"threads": 1.9}, serial_s=60.0, cpu_s=0.6)
    for found in waits.would_be.values():  # what waits needs no second core, and gains no more
        assert (found.kind, found.speed_up) == ("threads", pytest.approx(waits.speed_up))


@pytest.mark.parametrize("reached", [1.3, 1.5, 1.72])
@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_model_goes_through_what_was_measured_and_keeps_what_limits_it(kind, reached):
    known = {"reading": reading(0.0, together_s=0.1), "copied": copied(0.001, work_s=600.0)}
    given = evidence({kind: reached}, serial_s=600.0, **known)
    said = advise(dataclasses.replace(given, kinds=(kind,)))
    two, four, eight = (said.would_be[n].speed_up for n in (2, 4, 8))
    assert two == pytest.approx(reached, rel=0.01)
    # Each doubling gains less than the one before, and the first less than it did here.
    assert reached < four < 2 * reached and four < eight < four * four / reached
    assert eight < 1 / (1 / reached - 1 / 1.9)  # no number of cores makes up for what is shared


@pytest.mark.parametrize("rates", [[1.07, 1.1, 1.24, 1.78, 1.8], 1.3])
def test_what_two_threads_gained_is_no_ground_for_a_model(rates):
    """They check what the ticks predict. Without ticks nothing is known of the lock."""
    uneven = {"threads": rates, "processes": 1.0}
    assert not advise(evidence(uneven, serial_s=60.0, copied=copied(0.05))).would_be.get(4)


@pytest.mark.parametrize("late", [0.02, 0.4])
def test_what_two_calls_at_once_took_is_in_no_model(late):
    """Here they deny the ticks: the meter says so, and the model stays that of the ticks."""
    given = {"serial_s": 60.0, "copied": copied(0.01)}
    agree, deny = (
        advise(evidence({"threads": 1.5}, reading=reading(late, together_s=both_s), **given))
        for both_s in (0.1, 0.25)
    )
    assert deny.evidence.reading.hands_over and not agree.evidence.reading.hands_over
    assert deny.would_be == agree.would_be


def test_under_a_quota_the_headline_says_what_limits_and_what_would_be():
    machine = dataclasses.replace(MACHINE, usable_cpus=1.0, quota_cpus=1.0)
    flat = {"threads": 1.07, "processes": 1.3}
    given = {"serial_s": 60.0, "reading": reading(1.0), "copied": copied(0.01)}
    said = advise(evidence(flat, machine=machine, **given))
    assert said.kind == "serial"
    assert "because a quota allows 1 CPU of time. With 4 free cores: processes" in said.headline
    assert "quota" in said.limits and "one CPU" not in said.limits


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_busy_machine_is_told_apart_from_what_would_be(share):
    busy = Capacity((1, 2), ((1.0,) * 3, (1.1,) * 3), (0.5,) * 3)
    said = advise(
        evidence(
            {"threads": 1.0, "processes": 1.0},
            serial_s=60.0,
            cpu_s=30.0,
            capacity=busy,
            gave_way=0.0,
            reading=reading(share, together_s=0.1 * (1 + share**2)),
            copied=copied(0.01, work_s=30.0),
        )
    )
    assert said.kind == "serial" and "too busy to tell" in said.headline
    found = said.would_be[2]
    assert found.kind == ("processes" if share == 1 else "threads")
    assert found.low <= found.speed_up <= found.high <= 2
    assert said.elsewhere.startswith("By a model, with 2 free cores")


@settings(deadline=None)
@given(
    held=st.floats(0, 1),
    sending=st.floats(0, 2),
    start_s=st.floats(0, 5),
    serial_s=st.floats(0.05, 100),
    n_items=st.integers(2, 1000),
)
def test_no_model_promises_more_than_its_cores_or_its_items(
    held, sending, start_s, serial_s, n_items
):
    said = on_one_cpu(
        {"threads": 1.0, "processes": 0.9},
        serial_s=serial_s,
        start_s=start_s,
        n_items=n_items,
        reading=reading(held),
        copied=copied(sending, work_s=serial_s),
    )
    for n, one in said.would_be.items():
        assert one.low <= one.speed_up <= one.high
        assert one.speed_up <= min(n, n_items) + 1e-9
        assert one.kind == "serial" or one.speed_up >= 1.1 - 1e-9


def test_one_cpu_and_a_part_of_another_may_give_that_much():
    said = on_one_cpu({"processes": 1.6}, usable_cpus=1.4, capacity=TWO, serial_s=60.0)
    assert said.kind == "processes" and said.speed_up == pytest.approx(1.4, rel=0.01)
    assert "no way of computing can be more than 1.4 times as fast as" in said.sentences[-2]


def test_one_cpu_is_no_limit_for_what_waits():
    said = on_one_cpu({"threads": 1.9}, cpu_s=0.01)
    assert said.kind == "threads" and "one CPU" not in said.limits


def test_a_plain_job_on_a_quiet_machine_has_none_of_these_limits():
    said = advise(evidence({"threads": 1.0, "processes": 1.8}, serial_s=10.0, copied=copied(0.01)))
    assert set(said.limits) == {"lock", "start"}


def test_memory_bandwidth_is_told_by_the_cpu_seconds_of_calls_beside_others():
    runs = []
    for number in range(1, 6):
        runs += [serial(number), run("processes", 2, number, 0.8, cpu_s=1.6)]
    given = evidence({"processes": 1.25})
    given = dataclasses.replace(given, result=result(*runs, capacity=TWO, machine=given.machine))
    said = advise(given)
    assert "memory bandwidth" in said.limits
    assert any("1.52 times as long beside others" in sentence for sentence in said.sentences)


def test_one_slow_item_limits_what_is_promised():
    slow = evidence({"processes": 1.9}, item_s=(0.002,) * 98 + (0.8,), start_s=0.0)
    assert advise(slow).speed_up == pytest.approx(1 / 0.8)


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("vectorise", {"reading": reading(1.0), "numbers_in": True, "answers": "numbers"}),
        ("return less", {"copied": copied(0.5)}),
        ("send less", {"copied": copied(0.5)}),
        ("larger chunks", {"serial_s": 20.0, "n_items": 100_000, "n_sample": 100_000}),
        ("asyncio", {"cpu_s": 0.01, "speed_ups": {"threads": 1.9}}),
        ("cut the slow item", {"item_s": (0.002,) * 98 + (0.8,)}),
        ("start once", {"start_s": 0.4}),
        ("nothing", {"serial_s": 0.001}),
    ],
)
def test_what_to_try_first(said, given):
    given = dict(given)
    speed_ups = given.pop("speed_ups", {"threads": 1.0, "processes": 1.8})
    advice = advise(evidence(speed_ups, **given))
    assert said in [finding.name for finding in advice.to_try]


# -- how it is shown -------------------------------------------------------------------


@pytest.fixture
def said():
    given = evidence({"threads": 1.0, "processes": 1.8}, serial_s=10.0, copied=copied(0.05))
    return advise(dataclasses.replace(given, reading=reading(1.0), name="<lambda>"))


@pytest.mark.parametrize(
    ("rate", "given", "is_tried"),
    [
        (1.2, {}, True),
        (1.85, {}, False),
        (1.2, {"cpu_s": 0.1}, False),  # it waits
        (1.2, {"capacity": Capacity((1, 2), ((1.0,) * 3, (1.1,) * 3), (1.0,) * 3)}, False),
    ],
)
def test_without_a_gil_it_is_said_who_finds_what_holds_threads_up(rate, given, is_tried):
    free = dataclasses.replace(MACHINE, usable_cpus=2.0, gil=False)
    said = advise(evidence({"threads": rate}, serial_s=10.0, machine=free, **given))
    assert ("lab.what_is_shared(work, items)" in " ".join(said.first_try)) == is_tried
    said = advise(evidence({"threads": rate}, serial_s=10.0, **given))
    assert "what_is_shared" not in " ".join(said.first_try)  # the GIL holds them up


def test_json_holds_the_kind_and_the_figures(said):
    data = json.loads(json.dumps(said.as_dict(), allow_nan=False))
    assert data["kind"] == "processes"
    assert data["figures"]["total_s"] == 10.0
    assert data["figures"]["held_share"] == 1.0
    assert data["figures"]["copying_share"] == pytest.approx(0.005)


def test_html_escapes_names_and_shows_every_way(said):
    html = advice_html(said)
    assert "<lambda>" not in html and "&lt;lambda&gt;" in html
    assert "processes, 2" in html and "plain loop" in html and "1.77×" in html


def test_text_has_the_headline_the_table_and_the_reasons(said):
    lines = str(said).splitlines()
    assert lines[0] == said.headline
    assert any(line.split()[0] == "processes," for line in lines[1:])
    assert sum(line.startswith("- ") for line in lines) == len(said.sentences) - 1


@pytest.mark.parametrize(
    ("kind", "call_s", "expected"),
    [("processes", 1.0, "chunksize="), ("threads", 1e-5, "parts ="), ("threads", 1.0, "pool.map")],
)
def test_the_code_is_python_and_gives_the_answers(kind, call_s, expected):
    given = evidence({kind: 1.8}, serial_s=100 * call_s, start_s=0.0, n_items=1000, scale=10)
    code = advise(given).code
    assert expected in code
    names = {"work": abs, "items": list(range(-1000, 0))}
    exec(code.replace("Process", "Thread"), names)
    assert names["results"] == list(range(1000, 0, -1))


def test_a_model_for_more_cores_is_named_a_model(said):
    assert said.elsewhere == "" or said.elsewhere.startswith("By a model, ")
    for n, one in said.would_be.items():
        assert one.n_cores == n and one.low <= one.speed_up <= one.high


def test_what_the_function_takes_along_is_named_and_counts_as_copying():
    heavy = dataclasses.replace(copied(0.0), function_bytes=96_000_000, function_s=0.1)
    given = evidence({"processes": 0.2}, copied=heavy, carried="table")
    said = dict(advise(given).reasons)
    # 16 messages for two workers, and the job takes one second.
    assert "work takes 96 MB along with each of 16 messages, above all `table`" in said["carrying"]
    assert given.copying_share >= given.carrying_share == pytest.approx(1.6 / given.total_s)
    assert any("initializer=" in text for text in advise(given).first_try)
    light = dataclasses.replace(heavy, function_bytes=115)
    said = advise(dataclasses.replace(given, copied=light))
    assert "carrying" not in said.limits and "initializer=" not in " ".join(said.first_try)


def test_what_the_function_takes_along_is_told_where_no_process_was_over_in_time():
    heavy = dataclasses.replace(copied(0.0), function_bytes=96_000_000, function_s=0.1)
    given = evidence({"threads": 1.0}, copied=heavy, refused={"processes": "a run may take 5 s"})
    assert "carrying" in advise(given).limits and "copying" not in advise(given).limits


def test_several_verdicts_in_a_chart(said):
    other = advise(evidence({"threads": 1.7}))
    ax = plot_verdicts({"lines": said, "files": other}, said=["lines"])
    told = [label.get_text() for label in ax.get_yticklabels()]
    assert told == ["lines\nyou said threads ✗", "files\nyou said not threads ✗"]
    assert len(ax.patches) == 5
    assert said.headline in plot_verdicts({"lines": said}).get_label()
    plain = plot_verdicts({"lines": said})
    assert [label.get_text() for label in plain.get_yticklabels()] == ["lines"]


SAMPLE = Way("threads", 2, (1.5,), (1.5,))
FIGURES = dict.fromkeys(
    "back budget_s busy call_s changed core_share cores filled first_s held longer most n n_bytes "
    "n_calls n_items n_rounds kinds name out own pays_s quota rate ratio said serial share size "
    "slowest_s speed_up stopped spread takes_s total_s usable what alone cost gain modules "
    "python items".split(), 1
) | dict.fromkeys("best other point rival way".split(), SAMPLE)  # fmt: skip
FIGURES |= {"said": "so", "chance": "random", "generator": "random.Random(seed)"}


@pytest.mark.parametrize(
    "templates", [TEMPLATES, lock_words.FINDINGS, HEADLINES, REASONS, TRIES, PYTHONS]
)
def test_every_template_can_be_filled(templates):
    for key in templates:
        name, _, case = key.partition(", ")
        figures = {**FIGURES, "kind": "threads", "reason": "no.", "quartiles": (1, 2)}
        text = told(Finding(name, case, **figures), templates)
        assert text.endswith(".") and not text.endswith("..") and "{" not in text


def test_nothing_else_can_do_it_only_where_all_was_tried():
    def headline(refused, kinds=None, **others):
        refused = dict.fromkeys(refused, "a lock cannot be sent")
        kinds = [kind for kind in kinds or usual()[1:] if kind_of(kind).lacking is None]
        return advise(
            evidence({}, refused=refused, kinds=tuple(kinds), doing="done", **others)
        ).headline

    assert headline(usual()[1:]).endswith("nothing else can do it as it is.")
    said = headline(["processes"], ["processes", "threads"])
    assert said.endswith("no other way could be compared in this budget of 20 s.")
    assert headline(["processes"], ["processes"]).endswith("processes cannot do it as it is.")
    assert headline(["processes"], n_items=1).endswith("no other way could be tried.")


# -- it never claims more than was measured --------------------------------------------

speeds = st.floats(0.05, 64)
rounds = st.lists(speeds, min_size=5, max_size=5)


@settings(deadline=None, max_examples=150)
@given(
    reached=st.dictionaries(st.sampled_from([*usual()[1:], "distributed"]), rounds),
    serial_s=st.floats(1e-4, 1e4),
    start_s=st.floats(0, 100),
    scale=st.floats(1, 1e6),
    n_items=st.none() | st.integers(1, 10**6),
    cores=st.floats(0.5, 2.5),
    busy=st.floats(0.01, 4),
)
def test_it_never_claims_more_than_was_measured(
    reached, serial_s, start_s, scale, n_items, cores, busy
):
    given = evidence(
        reached, serial_s=serial_s, start_s=start_s, scale=scale, n_items=n_items,
        cpu_s=busy * serial_s, capacity=Capacity((1, 2), ((1.0,), (cores,))),
    )  # fmt: skip
    said = advise(given)
    json.dumps(said.as_dict(), allow_nan=False)
    assert str(said) and advice_html(said)
    if said.speed_up is None:
        assert said.kind == "serial" or not reached
        return
    best = max([1.0, *reached.get(said.kind, [])])
    assert said.speed_up <= best * (1 + 1e-9)
    if said.kind == "serial":
        assert said.speed_up == 1.0
    else:
        assert said.speed_up >= 1.1 and said.kind in reached
        assert math.isfinite(said.pays_from_s) and said.pays_from_s >= 0
    # What is better by far is never passed over.
    others = [way.speed_up for way in said.ways if way.speed_ups and way.quartiles[0] > 1.25]
    assert said.speed_up >= 0.9 * max(others, default=0)


def test_capacity_of_results_is_not_needed():
    given = dataclasses.replace(evidence({"threads": 1.0}), capacity=CAPACITY)
    assert advise(given).figures["capacity"] == 1.9


def test_handing_the_lock_over_is_not_blamed_where_threads_reach_what_the_cores_can_give():
    slow, quick = (
        advise(evidence({"threads": rate}, reading=reading(0.0))) for rate in (0.6, 1.75)
    )
    assert slow.findings[0] == Finding("lock", "instants", n=2, rate=0.6, name="work", held=1.0)
    assert "lock" not in quick.limits


def test_threads_that_all_change_one_thing_are_told_of_is_safe():
    in_threads = advise(evidence({"threads": 1.8}, changed="`seen`"))
    assert in_threads.kind == "threads"
    assert "lab.is_safe(work, ...)" in dict(in_threads.reasons)["side effect"]
    stay = advise(evidence({"threads": 0.9}, changed="`seen`"))
    assert stay.kind == "serial" and "is_safe" not in dict(stay.reasons)["side effect"]
