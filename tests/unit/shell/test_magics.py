"""``%%will_it_thread`` and ``%scaling``: in a shell of IPython, and in a real kernel."""

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from helpers.advice.advice import Verdict
from helpers.core.runs import Result
from helpers.errors import LabError
from tests.kernels import Kernel


@pytest.fixture
def shell():
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "helpers")
    shell.user_ns.update(words=["a lock", "a thread"] * 50, upper=str.upper)
    yield shell
    shell.run_line_magic("unload_ext", "helpers")
    InteractiveShell.clear_instance()


def judged(shell, line, cell):
    return shell.run_cell_magic("will_it_thread", line, cell)


def scaled(shell, line):
    return shell.run_line_magic("scaling", line)


def test_a_cell_is_run_again_and_again(shell):
    said = judged(shell, "-b 0.6 -k threads -o", "n = 3\nn * n")
    assert isinstance(said, Verdict)
    assert said.evidence.n_items is None and said.evidence.answers == "numbers"
    assert "n" not in shell.user_ns and "cell" not in shell.user_ns


def test_a_cell_is_run_for_each_item(shell):
    said = judged(shell, "-b 0.6 -k threads -w 2 -o word in words", "upper(word)")
    assert said.evidence.n_items == 100 and said.evidence.n_workers == 2
    assert "word" not in shell.user_ns


def test_a_name_of_the_reader_s_own_is_kept(shell):
    shell.user_ns["cell"] = "mine"
    judged(shell, "-b 0.6 -k threads -o", "1 + 1")
    assert shell.user_ns["cell"] == "mine"


def test_without_o_the_verdict_is_shown(shell, capsys):
    assert judged(shell, "-b 0.6 -k threads", "1 + 1") is None
    assert "plain loop" in capsys.readouterr().out


@pytest.mark.parametrize(
    "job", ["map(upper, words)", "[word.upper() for word in words]", "list(words)"]
)
def test_a_line_is_a_job(shell, job, capsys):
    result = scaled(shell, f"-k threads -w 1,2 -r 1 -n 4 -o {job}")
    assert isinstance(result, Result)
    assert {(run.kind, run.n_workers) for run in result.runs} == {
        ("serial", 1), ("threads", 1), ("threads", 2)
    }  # fmt: skip
    assert {run.n_items for run in result.runs} == {100}
    assert "100 items" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "a job such as f(items) is missing"),
        ("upper(", "the job is not Python"),
        ("words", "a job is f(items), map(f, items) or"),
        ("[w for w in words if w]", "a job is f(items), map(f, items) or"),
        ("map(upper, wordz)", "'wordz' cannot be used (NameError"),
        ("nothing(words)", "'nothing' cannot be used (NameError"),
        ("map(upper, [])", "not an empty one"),
        ("-r x map(upper, words)", "rounds must be a whole number from 1 to 1,000: got 'x'"),
        ("-w x map(upper, words)", "worker counts are whole numbers"),
        ("-k thread map(upper, words)", "a kind of pool is one of"),
        ("-z map(upper, words)", "option -z not recognized"),
        ("len(words)", "returned a int"),
    ],
)
def test_a_line_that_makes_no_sense_is_told_in_one_line(shell, line, said):
    with pytest.raises((LabError, UsageError)) as told:
        scaled(shell, line)
    assert said in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("line", "cell", "said"),
    [
        ("", "  \n", "the cell is empty"),
        ("", "1 +", "the cell is not Python"),
        ("words", "1", "after the options comes NAME in ITEMS, such as word in words"),
        ("word in wordz", "word", "'wordz' cannot be used (NameError"),
        ("word in iter(words)", "word", "where it has an end, list(items)"),
        ("-b 0", "1", "budget_s must be a number from 0.5"),
        ("-b x", "1", "got 'x'"),
        ("-w 1", "1", "what one worker does is serial"),
        ("-k thread", "1", "a kind of pool is one of"),
        ("-b 1", "1 / 0", "cell() raised ZeroDivisionError"),
    ],
)
def test_a_cell_that_makes_no_sense_is_told_in_one_line(shell, line, cell, said):
    with pytest.raises((LabError, UsageError)) as told:
        judged(shell, line, cell)
    assert said in str(told.value) and "\n" not in str(told.value)


def test_help_shows_usage_options_and_examples(shell):
    for magics, name in [("line", "scaling"), ("cell", "will_it_thread")]:
        text = shell.find_magic(name, magics).__doc__
        assert all(word in text for word in ("Usage::", "Options:", "-b SECONDS", "Examples::"))


def test_unloaded_they_are_gone():
    shell = InteractiveShell.instance()
    try:
        shell.run_line_magic("load_ext", "helpers")
        shell.run_line_magic("unload_ext", "helpers")
        assert shell.find_line_magic("scaling") is None
        assert shell.find_cell_magic("will_it_thread") is None
        shell.run_line_magic("load_ext", "helpers")
        assert shell.find_line_magic("scaling") is not None
    finally:
        InteractiveShell.clear_instance()


def test_in_a_kernel_a_cell_and_a_line_are_judged_and_nothing_stays():
    with Kernel() as kernel:
        assert kernel.run("%load_ext helpers\nwords = ['a lock'] * 200").error == ()
        cell = "%%will_it_thread -b 5 -o word in words\nword.upper()"
        said = kernel.run(cell)
        assert said.error == () and "plain loop" in said.text
        answer = kernel.run("%scaling -k threads -w 1,2 -r 1 map(len, words)")
        assert answer.error == ()
        assert kernel.run("%scaling -q").text.startswith("UsageError: option -q not")
        assert kernel.run("%scaling map(len, word)").error == (
            "'word' cannot be used (NameError: name 'word' is not defined): run the cell that "
            "makes it first",
        )
        assert kernel.workers() == []
