"""The claims of notebook 09: made-up results show each, deny it, and are excused."""

from types import SimpleNamespace

import pytest

from helpers.cells.finding import finding
from helpers.core.machine import Capacity
from helpers.judge import claims
from helpers.pythons import findings
from helpers.pythons.crossing import LIST, TEXT, Crossing
from helpers.pythons.price import Price
from helpers.pythons.refusal import Refusal
from helpers.pythons.switch import Switch

WITH, WITHOUT = "09.with-the-gil", "09.without-the-gil"


@pytest.fixture(autouse=True)
def a_quiet_machine_with_two_cpus(monkeypatch):
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: None)
    monkeypatch.setattr(findings, "one_cpu", lambda: None)


def result(speed_up, *, gil, implementation="CPython"):
    machine = SimpleNamespace(implementation=implementation, python="3.14.2", gil=gil)
    point = SimpleNamespace(speed_up=speed_up)
    return SimpleNamespace(machine=machine, point=lambda kind, n_workers: point)


@pytest.mark.parametrize(
    ("id", "gil", "speed_ups", "state"),
    [
        (WITH, True, (1.0, 1.1), "shown"),
        (WITH, True, (1.0, 1.7), "contradicted"),
        (WITHOUT, False, (1.8, 1.6), "shown"),
        (WITHOUT, False, (1.8, 1.0), "contradicted"),
    ],
)
def test_every_cpython_of_the_kind_must_show_it(id, gil, speed_ups, state):
    results = [result(speed_up, gil=gil) for speed_up in speed_ups]
    others = [result(0.5, gil=not gil), result(1.3, gil=gil, implementation="another")]
    said = finding(id, results + others, [])
    assert said.state == state
    assert f"{speed_ups[1]:.2f} times as fast on 3.14.2" in said.figure


def test_where_there_is_no_such_python_the_recording_tells():
    said = finding(WITHOUT, [result(1.0, gil=True)], [result(1.9, gil=False)])
    assert (said.state, said.figure) == ("not shown", "nothing was measured")
    assert said.reason == "no CPython without a GIL did the job"
    assert said.recorded == "two threads were 1.90 times as fast on 3.14.2"
    assert finding(WITH, [], []).state == "not shown"


def test_other_programs_and_a_single_cpu_are_excuses(monkeypatch):
    monkeypatch.setattr(findings, "one_cpu", lambda: "only one CPU can be used")
    assert finding(WITHOUT, [result(1.0, gil=False)], []).reason == "only one CPU can be used"
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: "other programs were busy")
    assert finding(WITH, [result(1.7, gil=True)], []).reason == "other programs were busy"


# -- interpreters, the price, the switch, and the ladder ----------------------------------


def crossed(took_s, *, recorded=False, core_shares=(0.98,)):
    form_s = {LIST: (0.01,), TEXT: (took_s,)}
    given = Capacity((1, 2), ((1.0,), (1.9,)), core_shares)
    return Crossing("3.14.2", "a CPU", 2, "2026-11-28", 20_000, form_s, recorded, given)


def split(gain, *, recorded=False):
    gains = {"2 threads": 1.0, "2 interpreters, one string each": gain}
    return SimpleNamespace(
        gains=gains, gain=gains.get, source="CPython 3.14.2", lists=None, texts=None,
        recorded=recorded,
    )  # fmt: skip


def refusal(error, *, recorded=False):
    return Refusal("3.14", "3.14.2", "a CPU", 2, "2026-11-28", "PIL.Image", error, recorded)


def priced(*times, recorded=False, core_shares=(), differences=()):
    names = "2026-11-28", "a CPU", "CPython 3.14.2", "CPython 3.14.2 free-threaded"
    plain_s = (1.0,) * len(times)
    return Price(*names, plain_s, times, None, None, differences, recorded, core_shares)


def switched(after, said="module 'not_ready'", *, recorded=False):
    starts = {"": False}
    facts = "3.14t", "3.14.2", "a CPU", 2, "2026-11-28", starts, False, after, said
    return Switch(*facts, recorded)


REFUSED = "ImportError: module PIL._imaging does not support loading in subinterpreters"


@pytest.mark.parametrize(
    ("id", "shows", "denies", "recorded"),
    [
        ("09.one-string-crosses", crossed(0.0005), crossed(0.009), crossed(0.0005, recorded=True)),
        ("09.interpreters", split(1.7), split(1.0), split(1.7, recorded=True)),
        ("09.one-thread-pays", priced(1.1), priced(0.7), priced(1.4, recorded=True)),
        ("09.import-switches", switched(True), switched(False), switched(True, recorded=True)),
        ("09.import-switches", switched(True), switched(True, "?"), switched(True, recorded=True)),
        ("09.refused", refusal(REFUSED), refusal("KeyError: 1"), refusal(REFUSED, recorded=True)),
    ],
)
def test_each_is_shown_denied_and_told_from_a_recording(id, shows, denies, recorded):
    assert finding(id, shows).state == "shown"
    assert finding(id, denies).state == "contradicted"
    told = finding(id, recorded)
    assert (told.state, told.figure) == ("not shown", "it was not tried")
    assert told.reason and told.recorded


def test_a_price_of_builds_that_differ_or_of_rounds_that_do_says_nothing(monkeypatch):
    monkeypatch.setattr(findings, "crowded", claims.crowded)
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 2.0)
    known = {"core_shares": (0.98,)}
    builds = priced(0.7, differences=("the compiler, GCC and Clang",), **known)
    assert finding("09.one-thread-pays", builds).reason.endswith("GIL: the compiler, GCC and Clang")
    uneven = finding("09.one-thread-pays", priced(0.5, 0.8, 1.2, **known))
    assert (uneven.state, "the rounds differ by 54 %" in uneven.reason) == ("not shown", True)
    assert finding("09.one-thread-pays", priced(0.7, 0.7, 0.8, **known)).state == "contradicted"


@pytest.mark.parametrize(
    ("id", "denied"),
    [
        ("09.one-thread-pays", lambda share: priced(0.7, core_shares=(share, share, 0.9))),
        ("09.one-string-crosses", lambda share: crossed(0.009, core_shares=(share, share, 0.9))),
    ],
)
def test_how_much_of_a_core_the_runs_got_is_known_afterwards(id, denied, monkeypatch):
    monkeypatch.setattr(findings, "crowded", claims.crowded)
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 2.0)
    monkeypatch.delattr(claims.machine, "capacity")  # nobody asks it afterwards
    said = finding(id, denied(0.6))
    assert (said.state, "got 60 % of a CPU" in said.reason) == ("not shown", True)
    assert finding(id, denied(0.98)).state == "contradicted"


def test_interpreters_on_one_cpu_are_excused_and_a_recording_tells(monkeypatch):
    monkeypatch.setattr(findings, "one_cpu", lambda: "only one CPU can be used")
    said = finding("09.interpreters", split(1.0))
    assert said.reason == "only one CPU can be used"
    assert "recorded on 2026-" in said.recorded


def test_a_release_that_was_made_for_interpreters_is_an_excuse():
    said = finding("09.refused", refusal(""))
    assert said.state == "not shown"
    assert said.reason == "this release of PIL.Image was made for them"


def counted(gain, apart=None, *, problem="", python="3.14.2"):
    gains = {"as it is": gain, "apart": apart}
    return SimpleNamespace(
        problem=problem, gain=lambda way="as it is": gains[way], source=f"CPython {python}",
        culprits=[SimpleNamespace(shown="letters")] * (apart is not None),
    )  # fmt: skip


def test_a_counter_for_each_thread_is_faster_or_that_is_denied_or_excused(monkeypatch):
    said = finding("09.own-copy", counted(0.7, 1.8))
    assert said.state == "shown"
    assert said.figure == (
        "two threads were 0.70 times as fast as one, and 1.80 times with `letters` for each, "
        "on CPython 3.14.2"
    )
    for denies in (counted(1.5, 1.6), counted(1.9)):
        assert finding("09.own-copy", denies).state == "contradicted"
    monkeypatch.setattr(findings, "one_cpu", lambda: "only one CPU can be used")
    assert finding("09.own-copy", counted(0.9)).reason == "only one CPU can be used"


def test_without_such_a_python_the_recorded_counter_tells():
    said = finding("09.own-copy", counted(0, problem="No Python was found here: put one there."))
    assert (said.state, said.reason) == ("not shown", "no Python was found here")
    assert "with `letters` for each" in said.recorded and "recorded on 2026-" in said.recorded


def ladder(*, gil=False, recorded=False, apart=0.0, **gains):
    return SimpleNamespace(
        gil=gil, recorded=recorded, name="3.14t", gain=gains.get,
        gains=lambda rung: (gains[rung] - apart, gains[rung], gains[rung] + apart),
    )  # fmt: skip


def one_counter(nothing, counter, **options):
    return ladder(**{"nothing": nothing, "one counter": counter}, **options)


@pytest.mark.parametrize(
    ("id", "shows", "denies"),
    [
        ("09.share-nothing", (1.8, 0.4), (1.1, 0.4)),
        ("09.share-one", (1.8, 0.4), (1.8, 1.7)),
    ],
)
def test_every_python_without_a_gil_must_climb_so(monkeypatch, id, shows, denies):
    locked = one_counter(1.0, 1.0, gil=True)
    assert finding(id, [locked, one_counter(*shows)]).state == "shown"
    assert finding(id, [locked, one_counter(*shows), one_counter(*denies)]).state == "contradicted"
    monkeypatch.setattr(findings, "one_cpu", lambda: "only one CPU can be used")
    assert finding(id, [one_counter(*denies)]).reason == "only one CPU can be used"


def test_rounds_that_disagree_and_rungs_without_a_measure_are_excuses():
    scattered = finding("09.share-nothing", [one_counter(1.1, 0.9, apart=0.6)])
    assert "from 0.80 to 1.40 times" in scattered.reason
    nothing_gained = finding("09.share-one", [one_counter(1.1, 1.0)])
    assert nothing_gained.state == "not shown" and "only 1.10 times" in nothing_gained.reason
    assert finding("09.share-one", [one_counter(1.8, 0.4, apart=0.6)]).state == "shown"


def test_without_such_a_python_the_recorded_ladder_tells():
    found = [one_counter(1.0, 1.0, gil=True), one_counter(1.9, 0.4, recorded=True)]
    said = finding("09.share-one", found)
    assert said.state == "not shown" and said.figure == "it was not run without the GIL"
    assert said.recorded.endswith("0.40 times on 3.14t")
