"""Accounts that lose money, their charts and sentences, and locks that are watched."""

import sys
import threading
import time
from operator import add
from pathlib import Path

import pytest

from helpers.draw import style
from helpers.errors import LabError
from helpers.pythons import find as pythons
from helpers.sharing import bank, losses
from helpers.sharing.bank import balance_after
from helpers.sharing.chart import plot_costs, plot_locks, plot_losses
from helpers.sharing.locks import Jam, Use, WatchedLock, watch
from helpers.sharing.losses import Ledger, audit, audit_elsewhere, audit_in_turns
from helpers.sharing.words import explain_costs, explain_elsewhere, explain_jam, explain_losses


class Plain:
    balance = 0

    def deposit(self):
        self.balance += 1


class Called(Plain):
    def deposit(self):
        before = self.balance
        self.balance = add(before, 1)


class Locked(Plain):
    def __init__(self):
        self.lock = threading.Lock()

    def deposit(self):
        with self.lock:
            self.balance += 1


class Asleep(Plain):
    """Whoever deposits hands over between reading and writing, whatever the build."""

    def deposit(self):
        before = self.balance
        time.sleep(0.001)
        self.balance = before + 1


class Far(Plain):
    def deposit(self):
        return Path()  # a name that other Pythons are not sent


class Closed(Plain):
    def deposit(self):
        raise ValueError("the bank\nis closed")


KEPT = Ledger(4, 100, (0, 0, 0), (0.1, 0.2, 0.3))
GONE = Ledger(4, 100, (100, 0, 200), (0.4, 0.4, 0.4))
FREE = Ledger(4, 100, (40, 40, 40), (0.4, 0.4, 0.4), gil=False)


def test_a_ledger_derives_its_figures():
    assert (GONE.paid, GONE.lost_shares, GONE.loses) == (400, (0.25, 0.0, 0.5), True)
    assert GONE.lost_share == pytest.approx(0.25)
    assert KEPT.deposit_s == pytest.approx(0.2 / 400)
    assert not KEPT.loses


def test_a_gap_loses_money_and_a_lock_keeps_it():
    before = sys.getswitchinterval()
    found = audit({"asleep": Asleep, "locked": Locked}, n_threads=4, n_deposits=10, rounds=2)
    assert found["asleep"].loses
    assert found["asleep"].lost_share <= 0.75
    assert found["locked"].lost == (0, 0)
    assert sys.getswitchinterval() == before


def test_all_counts_of_threads_take_turns():
    alone, together = audit_in_turns({"a": Plain, "b": Locked}, (1, 2), 1500, rounds=2)
    assert [alone["a"].n_threads, together["b"].n_threads] == [1, 2]
    assert alone["a"].lost == (0, 0)  # one thread has nobody to lose money to
    assert together["b"].lost == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (({},), "accounts are a dict"),
        ((Plain,), "accounts are a dict"),
        (({"a": Plain()},), "accounts are a dict"),
        (({"a": Plain}, 0), "workers"),
        (({"a": Plain}, 2, 0), "n_deposits must be a whole number from 1"),
        (({"a": Plain}, 2, 1.5), "n_deposits must be a whole number from 1"),
        (({"a": Closed}, 2, 10), "a must take deposits, and raised ValueError: the bank is closed"),
    ],
)
def test_bad_accounts_are_refused_in_one_line(arguments, said):
    before = sys.getswitchinterval(), threading.active_count()
    with pytest.raises(LabError, match=said) as error:
        audit(*arguments)
    assert "\n" not in str(error.value)
    assert (sys.getswitchinterval(), threading.active_count()) == before


def test_no_deposit_is_begun_once_one_has_failed():
    class Broken(Plain):
        def deposit(self):
            if threading.current_thread() is broken[0]:
                raise ValueError("the bank is closed")
            made.append(1)
            time.sleep(0.001)

    class First(threading.Thread):
        def run(self):
            broken.append(self)
            super().run()

    broken, made = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bank.threading, "Thread", First)
        with pytest.raises(ValueError, match="closed"):
            balance_after(Broken, 2, 5000)
    assert len(made) <= 1000  # the batch that was begun


def test_another_python_runs_the_same_classes():
    found = audit_elsewhere(sys.executable, {"plain": Plain, "call": Called}, 2, 2000, rounds=2)
    assert list(found) == ["plain", "call"]
    assert found["plain"].paid == 4000
    assert all(0 <= lost < 4000 for ledger in found.values() for lost in ledger.lost)


def test_a_python_without_the_lock_loses_with_the_plain_line():
    free = next((path for era, path in losses.other_pythons().items() if era[-1] == "t"), None)
    if free is None:
        pytest.skip("no other free-threaded Python was found: uv python install 3.14t brings one")
    ledger = audit_elsewhere(free, {"plain": Plain, "locked": Called}, rounds=2)["plain"]
    assert ledger.gil is False


def test_a_python_that_does_not_work_is_told_in_one_line(tmp_path, monkeypatch):
    with pytest.raises(LabError, match="does not"):
        audit_elsewhere(str(tmp_path / "nothing"), {"plain": Plain})
    with pytest.raises(LabError, match="NameError") as error:
        audit_elsewhere(sys.executable, {"far": Far}, 1, 1, rounds=1)
    assert "\n" not in str(error.value)
    monkeypatch.setattr(losses, "_LIMIT_S", 0.01)
    with pytest.raises(LabError, match="gave no answer within"):
        audit_elsewhere(sys.executable, {"plain": Plain})


def test_a_class_without_text_is_refused():
    exec("class Typed:\n    def deposit(self):\n        pass", namespace := {})
    with pytest.raises(LabError, match="cannot be read"):
        audit_elsewhere(sys.executable, {"typed": namespace["Typed"]})


def test_what_other_pythons_are_found(monkeypatch):
    versions = [("3.12.9", False), ("3.13.5", True), ("3.14.2", False), ("3.14.10", False)]
    found = [pythons.Python(f"at {v}", "PATH", "CPython", v, free) for v, free in versions]
    found += [
        pythons.Python("pypy", "PATH", "PyPy", "3.11.13"),
        pythons.Python("broken", "PATH", problem="it does not start"),
    ]
    monkeypatch.setattr(losses.pythons, "find_pythons", lambda: found)
    monkeypatch.setattr(losses.platform, "python_version", lambda: "3.13.0")
    monkeypatch.setattr(losses.machine, "free_threaded_build", lambda: False)
    assert losses.other_pythons() == {"3.13t": "at 3.13.5", "3.14": "at 3.14.10"}


def test_losses_are_told_and_drawn():
    ledgers = {"plain": KEPT, "call": GONE}
    said = explain_losses(ledgers, ["call"])
    assert said[0] == "Money is lost here by: call (25 %)."
    assert said[-1] == "Your prediction was right for 2 of 2."
    assert explain_losses(ledgers)[-1] == "You committed no prediction."
    assert "luck, and no proof" in explain_losses({"plain": KEPT})[0]
    rare = explain_losses({"rare": Ledger(4, 1000, (1,), (0.1,))})
    assert rare[0] == "Money is lost here by: rare (under 1 %)."
    ax = plot_losses(ledgers, chosen=["call"])
    texts = [text.get_text() for text in ax.texts]
    assert "25 %" in texts
    assert texts[-2:] == ["you: keeps all", "you: loses"]
    assert style.alt_text(ax.figure) == "Share of the deposits that is lost: plain 0 %, call 25 %."


def test_every_row_has_its_name_inside_the_figure():
    ax = plot_losses({"3.13t: read, call, write": FREE, "plain": KEPT}, chosen="")
    ax.figure.canvas.draw()
    assert min(label.get_window_extent().x0 for label in ax.get_yticklabels()) >= 0
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "with the GIL",
        "without the GIL",
    ]


def test_other_pythons_are_told():
    both = explain_elsewhere({"3.13": {"plain": KEPT}, "3.13t": {"plain": FREE}})
    assert both == [
        "Pythons with the GIL: plain happened to lose nothing on 3.13.",
        "Pythons without the GIL: plain lost money on 3.13t 10 %.",
    ]
    alone = explain_elsewhere({"3.13": {"plain": KEPT}})
    assert "this is 3.13 alone" in alone[1]
    assert "uv python install" in alone[2]


def test_costs_are_told_and_drawn():
    alone = {"no lock": Ledger(1, 400, (0,), (0.1,)), "Lock": Ledger(1, 400, (0,), (0.2,))}
    together = {"no lock": Ledger(4, 100, (0,), (0.1,)), "Lock": Ledger(4, 100, (0,), (0.3,))}
    said = explain_costs(alone, together)
    assert said[0] == "The cheapest safe way of these, for 4 threads: Lock."
    assert said[1].startswith("Lock: 2.0 times the plain deposit with one thread, 3.0 times")
    unsafe = {**together, "Lock": Ledger(4, 100, (5,), (0.3,))}
    assert explain_costs(alone, unsafe)[-1].endswith("They are not safe.")
    ax = plot_costs(alone, together)
    assert [text.get_text() for text in ax.texts] == ["1.0×  →  1.0×", "2.0×  →  3.0×"]


def hold(first, second, seconds=0.1):
    def job():
        with first:
            time.sleep(seconds)
            with second:
                pass

    return job


def test_a_deadlock_is_seen_told_and_over():
    a, b = WatchedLock("A"), WatchedLock("B")
    before = threading.active_count()
    jam = watch({"one": hold(a, b, 0.3), "two": hold(b, a, 0.3)})
    assert set(jam.circle) == {("one", "B", "two"), ("two", "A", "one")}
    assert jam.finished == ()
    assert [use.got_s is None for use in jam.uses].count(True) == 2
    assert "“one” waits for B, which “two” holds" in explain_jam(jam)[0]
    assert threading.active_count() == before
    with a, b:  # both are free again
        assert a.is_mine
        assert b.is_mine
    ax = plot_locks(jam)
    assert ax.get_title(loc="left") == "A deadlock"
    assert "waits for B and never gets it" in style.alt_text(ax.figure)


def test_a_thread_that_waits_for_itself_is_a_circle_of_one():
    lock = WatchedLock("A")
    assert watch({"one": hold(lock, lock, 0)}).circle == (("one", "A", "one"),)


def test_one_order_has_no_deadlock():
    a, b = WatchedLock("A"), WatchedLock("B")
    jam = watch({"one": hold(a, b), "two": hold(a, b), "three": hold(a, b)})
    assert not jam.deadlock
    assert jam.finished == ("one", "two", "three")
    assert all(use.asked_s <= use.got_s <= use.done_s <= jam.wall_s for use in jam.uses)
    assert explain_jam(jam)[0].startswith("No deadlock")
    assert plot_locks(jam).get_title(loc="left") == "No deadlock"


def test_a_lock_that_is_never_let_go_ends_at_the_limit():
    lock = WatchedLock("A")

    def wait():
        with lock:
            pass

    def keep():
        lock.__enter__()

    with pytest.raises(LabError, match="two waits for a lock that nobody releases"):
        watch({"one": keep, "two": lambda: (time.sleep(0.2), wait())}, limit_s=0.6)


def test_an_error_in_a_job_frees_the_others():
    a = WatchedLock("A")
    before = threading.active_count()

    def fail():
        with a:
            time.sleep(0.05)
            raise KeyError("gone")

    with pytest.raises(LabError, match="one raised KeyError: 'gone'"):
        watch({"one": fail, "two": hold(a, a, 0)})
    assert threading.active_count() == before


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
    plot_locks(Jam(("one",), ("one",), (), 0.1, ()))
    plot_locks(Jam(("one",), (), (("one", "A", "one"),), 0.1, (Use("one", "A", 0, None, 0.1),)))
