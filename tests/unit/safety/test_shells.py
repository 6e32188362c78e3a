"""is_safe from a terminal and on a cell."""

import json
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from helpers.__main__ import main
from helpers.errors import LabError

BANK = """
balance = 0
calls = [(1,), (2,)]
def deposit(amount):
    global balance
    print("called")
    before = balance
    balance = before + amount
def start():
    return [0]
def add(box, amount):
    box.append(amount)
def kept(box, results):
    return len(box) == 3
"""


@pytest.fixture
def bank(tmp_path, monkeypatch):
    (tmp_path / "their_bank.py").write_text(BANK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "their_bank", raising=False)
    yield
    sys.modules.pop("their_bank", None)


def test_the_command_answers_in_json_and_as_text(bank, capsys):
    asked = ["safe", "their_bank:deposit", "--calls", "their_bank.py:calls"]
    assert main([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["breaks"] is True and found["tried"] > 2
    assert found["order"][0] == {
        "call": "A",
        "lines": ['6: print("called")', "7: before = balance"],
        "note": "",
        "after": {"balance": "0"},
    }
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert said.startswith("An order of two calls breaks deposit") and "\ncalled" not in said


def test_the_command_takes_setup_and_check(bank, capsys):
    options = ["--setup", "their_bank:start", "--check", "their_bank:kept", "--switches", "1"]
    assert main(["safe", "their_bank:add", "--calls", "their_bank.py:calls", *options]) == 0
    assert "with up to 1 switch breaks add" in capsys.readouterr().out
    assert main(["safe", "their_bank:deposit"]) == 2
    assert "cannot be called with ()" in capsys.readouterr().err


@pytest.fixture
def shell():
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "helpers")
    shell.user_ns.update(account={"balance": 0})
    yield shell
    shell.run_line_magic("unload_ext", "helpers")
    InteractiveShell.clear_instance()


def test_a_cell_is_two_calls(shell):
    cell = 'before = account["balance"]\naccount["balance"] = before + amount\n'
    said = shell.run_cell_magic("is_it_safe", "-o amount in [10, 20]", cell)
    assert said.breaks and said.turns[0].lines == ('before = account["balance"]',)
    assert shell.user_ns["account"] == {"balance": 0} and "before" not in shell.user_ns
    said = shell.run_cell_magic("is_it_safe", "-o -m 1 -b 5 -n 3 -c all", "len(account) > 0")
    assert said.breaks is False and said.n_calls == 3


def test_a_line_that_makes_no_sense_is_refused(shell):
    with pytest.raises(LabError, match="NAME in ITEMS"):
        shell.run_cell_magic("is_it_safe", "amount", "amount")


def test_a_cell_that_breaks_the_rule_of_cells_is_told_the_rule(shell):
    shell.user_ns.update(total=0)
    with pytest.raises(LabError, match="names that a cell assigns are its own"):
        shell.run_cell_magic("is_it_safe", "", "total += 1")
