"""The self-checks of notebook 06: each passes the solution, leaves a stub open, tells a mistake."""

import re
import threading
import time
from itertools import permutations

import pytest

from helpers.cells.check import check
from helpers.errors import LabError
from helpers.sharing import checks


@pytest.mark.parametrize("order", ["ABBBBABAAAAB", "BAAAABABBBBA"])
def test_an_order_that_leaves_two_passes(order):
    outcome = check("06.order", order)
    assert outcome.passed
    assert "6 deposits, and 2" in outcome.message


def test_no_order_leaves_less_than_two():
    for order in set(permutations("AAAABBBB")):  # two deposits each leave two at least, so do more
        balance, read = 0, {}
        for name in order:
            if name in read:
                balance = read.pop(name) + 1
            else:
                read[name] = balance
        assert balance >= 2


def test_dots_leave_the_order_open():
    assert not check("06.order", ...).passed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("AB" * 6, "leaves 3, and 2 is possible"),
        ("A" * 6 + "B" * 6, "leaves 6"),
        ("ABBA", "A comes 6 times, not 2"),
        ("ABC", "of the letters A and B"),
        ("", "of the letters A and B"),
        (["A", "B"], "of the letters A and B"),
        (12, "of the letters A and B"),
    ],
)
def test_a_wrong_order_is_told_in_one_line(wrong, hint):
    with pytest.raises(LabError, match=hint) as error:
        check("06.order", wrong)
    assert "\n" not in str(error.value)


def in_order(source, target, amount):
    first, second = sorted([source, target], key=lambda account: account.number)
    with first.lock, second.lock:
        source.balance -= amount
        target.balance += amount


def source_first(source, target, amount):
    with source.lock, target.lock:
        source.balance -= amount
        target.balance += amount


def by_balance(source, target, amount):
    first, second = sorted([source, target], key=lambda account: account.balance)
    with first.lock, second.lock:
        source.balance -= amount
        target.balance += amount


def without_locks(source, target, amount):
    source.balance -= amount
    target.balance += amount


def one_lock(source, target, amount):
    with source.lock:
        source.balance -= amount
    target.balance += amount


def wrong_way(source, target, amount):
    in_order(target, source, amount)


def twice(source, target, amount):
    with source.lock, source.lock:
        pass


def test_locks_in_one_order_pass():
    assert check("06.transfer", in_order).passed


def test_dots_leave_the_transfer_open():
    assert not check("06.transfer", lambda source, target, amount: ...).passed


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (source_first, "for ever: .* waits for Bob's lock, which “Bob pays Ann” holds"),
        (by_balance, "for ever|did not hold"),
        (twice, "for ever: .* waits for .* lock, which"),
        (without_locks, "did not hold Ann's lock"),
        (one_lock, "did not hold"),
        (wrong_way, "leaves 120 and 80, not 80 and 120"),
        (lambda source, target, amount: 1 / 0, "raised ZeroDivisionError"),
        (lambda source: None, "raised TypeError"),
    ],
)
def test_a_wrong_transfer_is_told_in_one_line_and_leaves_no_thread(wrong, hint):
    before = threading.active_count()

    def told():
        try:
            check("06.transfer", wrong)
        except LabError as error:
            return str(error)
        return ""  # the threads came one after the other, as on a busy machine

    said = next(filter(None, (told() for _ in range(20))), "")
    assert re.search(hint, said) and "\n" not in said
    assert threading.active_count() <= before


def asks_first(account):
    time.sleep(0.1)
    with account.lock:
        account.balance += 1


def asks_inside(account):
    with account.lock:
        time.sleep(0.1)
        account.balance += 1


def asks_nobody(account):
    with account.lock:
        account.balance += 1


def reads_outside(account):
    new = account.balance + 1
    time.sleep(0.1)
    with account.lock:
        account.balance = new


def books_nothing(account):
    time.sleep(0.1)
    with account.lock:
        pass


def test_asking_before_the_lock_passes_and_asking_inside_is_still_open():
    assert check("06.short", asks_first).passed
    outcome = check("06.short", asks_inside)
    assert not outcome.passed
    assert "move sleep(0.1) out of the with" in outcome.message


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (asks_nobody, "still asks the head office"),
        (reads_outside, "did not hold the lock"),
        (books_nothing, "make 103 of 100, not 100"),
    ],
)
def test_a_deposit_that_asks_elsewhere_is_wrong(wrong, hint, monkeypatch):
    if wrong is asks_nobody:  # on a busy machine, too, this is over before anybody could answer
        monkeypatch.setattr(checks, "_ASKED_S", 5.0)
    with pytest.raises(LabError, match=hint) as error:
        check("06.short", wrong)
    assert "\n" not in str(error.value)


table, loading = {"ready": False, "rows": []}, threading.Lock()


def n_rows():
    if not table["ready"]:
        with loading:
            if not table["ready"]:
                table["ready"] = True
                table["rows"] = ["Ann", "Bob"]
    return len(table["rows"])


def ready_last():
    if not table["ready"]:
        with loading:
            if not table["ready"]:
                table["rows"] = ["Ann", "Bob"]
                table["ready"] = True
    return len(table["rows"])


def always_locked():
    with loading:
        if not table["ready"]:
            table["ready"] = True
            table["rows"] = ["Ann", "Bob"]
        return len(table["rows"])


def filled_row_by_row():
    if not table["rows"]:
        with loading:
            if not table["rows"]:
                table["rows"].append("Ann")
                table["rows"].append("Bob")
    return len(table["rows"])


@pytest.mark.parametrize("repaired", [ready_last, always_locked])
def test_a_repaired_table_passes(repaired):
    outcome = check("06.repair", repaired)
    assert outcome.passed and "None of" in outcome.message


def test_the_table_as_it_was_is_open_and_a_mistake_is_told():
    assert not check("06.repair", n_rows).passed
    with pytest.raises(LabError, match="breaks filled_row_by_row"):
        check("06.repair", filled_row_by_row)
