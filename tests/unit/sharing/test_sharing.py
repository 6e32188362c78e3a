"""Accounts that lose money, here and on other Pythons, their charts, and locks that are watched."""

import dataclasses
import inspect
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest

from helpers.core.machine import Capacity
from helpers.draw import style
from helpers.errors import LabError
from helpers.pythons import find as pythons
from helpers.sharing import bank, cell, races
from helpers.sharing.chart import plot_jam, plot_losses, plot_prices, plot_races
from helpers.sharing.locks import Jam, Use, WatchedLock, watch
from helpers.sharing.losses import Ledger, Prices, audit, price
from helpers.sharing.races import Races, load_races, race
from helpers.sharing.words import explain_jam, explain_losses, explain_races, title_of_jam

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "06_sharing_safely.ipynb"
KEPT = Ledger(400, (0, 0, 0))
GONE = Ledger(400, (100, 0, 200))
PLAIN = Races(
    "3.13", "3.13.0", True, "a CPU", 2.0, "2026-11-28T00:00:00+00:00", 400,
    {"plain": (0, 0), "rounded": (100, 0), "items.append(x)": (0, 0)},
)  # fmt: skip
FREE = dataclasses.replace(
    PLAIN, era="3.13t", gil=False, wrong=PLAIN.wrong | {"plain": (40, 0)}, recorded=True
)


class Asleep(bank.Plain):
    """Whoever deposits hands over between reading and writing, whatever the build."""

    def deposit(self):
        before = self.balance
        time.sleep(0.001)
        self.balance = before + 1


class Closed(bank.Plain):
    def deposit(self):
        raise ValueError("the bank\nis closed")


def four_threads(account):
    bank.deposits_in(account, 4, 10)
    return account.balance


def once(account):
    account.deposit()
    return account.balance


def test_a_ledger_derives_its_figures():
    assert (GONE.lost_shares, GONE.loses) == ((0.25, 0.0, 0.5), True)
    assert GONE.lost_share == pytest.approx(0.25)
    assert not KEPT.loses


def test_a_gap_loses_money_and_a_lock_keeps_it():
    before = sys.getswitchinterval()
    found = audit(four_threads, {"asleep": Asleep, "locked": bank.Locked}, 40, rounds=2)
    assert found["asleep"].loses
    assert found["asleep"].lost_share <= 0.75
    assert found["locked"].missing == (0, 0)
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((None, {"a": bank.Plain}, 1), "a function of an account"),
        ((once, bank.Plain, 1), "accounts are a dict"),
        ((once, {"a": bank.Plain()}, 1), "accounts are a dict"),
        ((once, {"a": bank.Plain}, 0), "paid must be a whole number from 1"),
        ((once, {"a": Closed}, 1), "a must take deposits, and raised ValueError: the bank is"),
        ((lambda account: None, {"a": bank.Plain}, 1), "the balance is a number, not None"),
    ],
)
def test_bad_accounts_are_refused_in_one_line(arguments, said):
    before_s, n_threads = sys.getswitchinterval(), threading.active_count()
    with pytest.raises(LabError, match=said) as error:
        audit(*arguments)
    assert "\n" not in str(error.value)
    assert sys.getswitchinterval() == before_s and threading.active_count() <= n_threads


def test_a_deposit_has_its_price_in_every_way():
    prices = price(rounds=1, n_each=100)
    assert list(prices.alone_ns) == list(prices.together_ns) == ["no lock", "Lock", "Queue"]
    assert 0 <= prices.n_met < prices.n_deposits == 400


@pytest.mark.parametrize("account", [bank.Locked, bank.Noting, bank.Posted])
def test_a_safe_account_keeps_its_money(account):
    assert bank.lost(account, 200) == 0


@pytest.mark.parametrize("step", ["items.append(x)", "seats.setdefault(n, me)"])
def test_one_step_is_never_wrong(step):
    assert bank.STEPS[step](300) == 0


def test_what_is_given_out_twice_is_counted():
    class Stuck:
        def __init__(self):
            self.left = [1, 1, 2, 3, 3, 3]

        def __iter__(self):
            return self

        def __next__(self):
            try:
                return self.left.pop()
            except IndexError:
                raise StopIteration from None

    assert bank._handed_out_again(Stuck()) == 2


def test_the_notebook_runs_the_accounts_of_the_other_pythons():
    cells = [c.source for c in nbformat.read(NOTEBOOK, 4).cells if c.cell_type == "code"]
    shown = "\n".join(cells)
    for account in (bank.Plain, bank.Rounded):
        line = inspect.getsource(account.deposit).strip().splitlines()[-1]
        assert line in shown


def test_this_python_runs_the_bank_as_a_program():
    found = race(sys.executable)
    assert set(found.wrong) == {*bank.STEPS, "plain", "rounded"}
    assert (found.capacity is None) is found.gil
    assert all(0 <= n <= found.n_steps for rounds in found.wrong.values() for n in rounds)


def test_a_python_that_does_not_work_is_told_in_one_line(tmp_path, monkeypatch):
    with pytest.raises(LabError, match="no such program"):
        race(str(tmp_path / "nothing"))
    broken = tmp_path / "bank.py"
    broken.write_text("1 / 0")
    monkeypatch.setattr(races.bank, "__file__", str(broken))
    with pytest.raises(LabError, match=r"ended with 'Zero.*: division by zero': leave"):
        race(sys.executable)
    broken.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(races, "_LIMIT_S", 0.1)
    with pytest.raises(LabError, match="gave no answer within"):
        race(sys.executable)


def test_the_recordings_hold_every_build():
    found = {races.era: races for races in load_races()}
    assert list(found) == ["3.11", "3.12", "3.13", "3.13t", "3.14", "3.15"]
    assert not any(any(one.wrong["plain"]) for one in found.values() if one.gil)
    assert any(found["3.13t"].wrong["plain"])
    assert not any(any(one.wrong["items.append(x)"]) for one in found.values())


def test_what_is_not_here_is_shown_as_recorded(monkeypatch):
    here = pythons.Python("at 3.13", "this one", "CPython", "3.13.5")
    broken = pythons.Python("at 3.14", "PATH", "CPython", "3.14.1")
    monkeypatch.setattr(races, "this_and_others", lambda: [here, broken])

    def run(path):
        if path == "at 3.14":
            raise LabError("it does not start")
        return PLAIN

    monkeypatch.setattr(races, "race", run)
    *_, found = races.everywhere()
    assert [one.name for one in found][:2] == ["3.13", "3.11, recorded"]
    assert "3.14, recorded" in [one.name for one in found]


def test_losses_are_told_and_drawn():
    ledgers = {"plain": KEPT, "call": GONE}
    said = explain_losses(ledgers, ["call"])
    assert said == ["Money is missing from: call (25 %).", "Your prediction was right for 2 of 2."]
    assert explain_losses(ledgers)[-1] == "You committed no prediction."
    assert explain_losses({"plain": KEPT}, "") == ["No money is missing."]
    assert explain_losses({"rare": Ledger(4000, (1,))}, "") == [
        "Money is missing from: rare (under 1 %)."
    ]
    ax = plot_losses(ledgers, chosen=["call"])
    texts = [text.get_text() for text in ax.texts]
    assert "25 %" in texts
    assert texts[-2:] == ["you: keeps all", "you: loses"]
    assert ax.get_title(loc="left") == "1 of 2 accounts loses money"
    assert (
        style.alt_text(ax.figure) == "Share of the deposits that is missing: plain 0 %, call 25 %."
    )


@pytest.mark.parametrize(
    ("ledgers", "title"),
    [
        ({"a": KEPT}, "The account keeps all its money"),
        ({"a": GONE}, "The account loses money"),
        ({"a": KEPT, "b": KEPT}, "None of the accounts loses money"),
        ({"a": GONE, "b": GONE}, "All accounts lose money"),
        ({"a": GONE, "b": GONE, "c": KEPT}, "2 of 3 accounts lose money"),
    ],
)
def test_the_title_says_what_was_found(ledgers, title):
    assert plot_losses(ledgers).get_title(loc="left") == title


def test_other_pythons_are_told_and_drawn():
    ax = plot_races([PLAIN, FREE])
    ax.figure.canvas.draw()
    assert min(label.get_window_extent().x0 for label in ax.get_yticklabels()) >= 0
    assert [label.get_text() for label in ax.get_yticklabels()] == ["3.13", "3.13t, recorded"]
    assert ax.get_title(loc="left") == "The plain += loses money without the GIL only"
    assert plot_races([PLAIN]).get_title(loc="left") == "The plain += keeps the money here"
    assert explain_races([PLAIN, dataclasses.replace(FREE, recorded=False)]) == []


@pytest.mark.parametrize(
    ("on_path", "in_python", "said"),
    [
        (True, True, "In a terminal: uv python install 3.14t. Then"),
        (False, True, "In a terminal: /a/python -m uv python install 3.14t. Then"),
        (
            False,
            False,
            "In a terminal: /a/python -m pip install uv, then /a/python -m uv python install",
        ),
    ],
)
def test_a_python_without_the_gil_is_had_by_what_is_there(monkeypatch, on_path, in_python, said):
    monkeypatch.setattr("shutil.which", lambda name: on_path and name)
    monkeypatch.setattr("helpers.core.host.find_spec", lambda name: in_python or None)
    monkeypatch.setattr("sys.executable", "/a/python")
    recorded, live = explain_races([PLAIN, FREE])
    assert recorded.endswith("so its row is a recording.")
    assert live.startswith(said)
    monkeypatch.setenv("GIL_LAB_UNASKED", "1")
    assert explain_races([PLAIN, FREE]) == [recorded]


def test_prices_are_drawn():
    alone = {"no lock": (10.0,), "Lock": (50.0,), "Queue": (1000.0,)}
    prices = Prices(alone, alone, 12, 4000, Capacity((1, 2), ((1.0,), (1.9,))))
    ax = plot_prices(prices)
    assert ax.get_title(loc="left") == (
        "A deposit takes 5 times as long with a lock, 100 times with a queue"
    )
    assert "50 ns, 50 ns" in [text.get_text() for text in ax.texts]
    assert "12 of 4,000 found the lock taken" in ax.get_legend().get_texts()[-1].get_text()


def test_steps_are_a_table():
    steps = cell.steps([PLAIN, FREE])
    assert steps.rows == [
        ["step, by 4 threads", "3.13 (GIL)", "3.13t, recorded (no GIL)"],
        ["items.append(x)", "0 of 800 wrong", "0 of 800 wrong"],
    ]
    assert "<code>items.append(x)</code>" in steps._repr_html_()
    assert "from 3.15 on" in repr(cell.steps([PLAIN, dataclasses.replace(FREE, wrong={"x": (0,)})]))


def hold(first, second, before=lambda: time.sleep(0.1)):
    """Return a job that has one lock, does something, then wants the other as well."""

    def job():
        with first:
            before()
            with second:
                pass

    return job


def test_a_deadlock_is_seen_told_and_over():
    a, b = WatchedLock("A"), WatchedLock("B")
    before, both = threading.active_count(), threading.Barrier(2)
    jam = watch({"one": hold(a, b, both.wait), "two": hold(b, a, both.wait)}, limit_s=60)
    assert set(jam.circle) == {("one", "B", "two"), ("two", "A", "one")}
    assert jam.finished == ()
    assert [use.got_s is None for use in jam.uses].count(True) == 2
    assert "“one” waits for B, which “two” holds" in explain_jam(jam)[0]
    assert threading.active_count() <= before
    with a, b:  # both are free again
        assert a.is_mine
        assert b.is_mine
    ax = plot_jam(jam)
    assert ax.get_title(loc="left") == title_of_jam(jam)
    assert "waits for B and gives up" in style.alt_text(ax.figure)


def test_a_thread_that_waits_for_itself_is_a_circle_of_one():
    lock = WatchedLock("A")
    assert watch({"one": hold(lock, lock)}).circle == (("one", "A", "one"),)


def test_one_order_has_no_deadlock():
    a, b = WatchedLock("A"), WatchedLock("B")
    jam = watch({"one": hold(a, b), "two": hold(a, b), "three": hold(a, b)})
    assert not jam.deadlock
    assert jam.finished == ("one", "two", "three")
    assert all(use.asked_s <= use.got_s <= use.done_s <= jam.wall_s for use in jam.uses)
    assert explain_jam(jam)[0].startswith("All threads ended")
    assert "of their time waiting for a lock" in plot_jam(jam).get_title(loc="left")


def test_a_lock_that_is_never_let_go_ends_at_the_limit():
    lock, kept = WatchedLock("A"), threading.Event()

    def wait():
        kept.wait()
        with lock:
            pass

    def keep():
        lock.__enter__()
        kept.set()

    with pytest.raises(LabError, match="two waits for a lock that nobody releases"):
        watch({"one": keep, "two": wait}, limit_s=0.6)


def test_an_error_in_a_job_frees_the_others():
    a, taken = WatchedLock("A"), threading.Event()
    before = threading.active_count()

    def fail():
        with a:
            taken.set()
            time.sleep(0.05)
            raise KeyError("gone")

    def wait():
        taken.wait()
        with a:
            pass

    with pytest.raises(LabError, match="one raised KeyError: 'gone'"):
        watch({"one": fail, "two": wait})
    assert threading.active_count() <= before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (({},), "jobs are a dict"),
        (({"a": 1},), "jobs are a dict"),
        (({"a": len}, 0), "from 0.1 to 60: got 0"),
    ],
)
def test_bad_jobs_are_refused(arguments, said):
    with pytest.raises(LabError, match=said):
        watch(*arguments)


def test_an_empty_jam_can_be_drawn():
    plot_jam(Jam(("one",), ("one",), (), 0.1, ()))
    plot_jam(Jam(("one",), (), (("one", "A", "one"),), 0.1, (Use("one", "A", 0, None, 0.1),)))


def test_a_timeout_gives_up_and_is_no_deadlock():
    a, b = WatchedLock("A"), WatchedLock("B")
    took, both = [], threading.Barrier(2)

    def patient(first, second, pause_s):
        wait = both.wait  # the first time, each has the lock that the other wants
        while True:
            with first:
                wait()
                wait = int
                if second.acquire(timeout=0.05):
                    second.release()
                    took.append(first.name)
                    return
            time.sleep(pause_s)

    jobs = {"one": lambda: patient(a, b, 0.01), "two": lambda: patient(b, a, 0.4)}
    jam = watch(jobs, limit_s=60)
    assert not jam.deadlock
    assert sorted(took) == ["A", "B"]
    assert any(use.got_s is None for use in jam.uses)
    ax = plot_jam(jam)
    assert "gives up" in style.alt_text(ax.figure)
    assert ax.get_title(loc="left").endswith("given up, all threads end")


def test_a_lock_without_a_watch_has_a_timeout_too():
    lock = WatchedLock("A")
    assert lock.acquire(timeout=0)
    assert not lock.acquire(timeout=0.01)
    lock.release()
    with lock:
        assert lock.is_mine
