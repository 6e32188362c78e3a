"""``%%will_it_thread`` and ``%scaling``: in a shell of IPython, and in a real kernel."""

import itertools
import time

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from helpers.advice.advice import Verdict
from helpers.core.runs import Result
from helpers.errors import LabError
from tests.kernels import Kernel
from tests.unit.patience import given_time
from tests.unit.shell_scripts import AS_HERE, as_python, needs_sh

CODE = """
import asyncio
async def ask(n):
    await asyncio.sleep(0)
    return n
async def cancel():
    raise asyncio.CancelledError
def generate(n):
    yield n
def leave():
    raise SystemExit(3)
def interrupt():
    raise KeyboardInterrupt
"""


@pytest.fixture
def shell(quick_capacity):
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "helpers")
    exec(CODE, shell.user_ns)
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


def test_same_says_which_answers_count(shell):
    shell.user_ns.update(numbers=itertools.count(), always=lambda one, other: True)
    cell = "next(numbers)"
    assert judged(shell, "-b 2 -k threads -o", cell).evidence.unsteady is not None
    assert judged(shell, "-b 2 -k threads -s always -o", cell).evidence.unsteady is None
    for job in ("[next(numbers) for word in words]", "list(map(lambda n: next(numbers), words))"):
        assert scaled(shell, f"-k threads -w 2 -r 1 -s always -o {job}").runs
    numbers = shell.user_ns["numbers"]
    shell.user_ns["each"] = lambda part: [next(numbers) for _ in part]
    assert scaled(shell, "-k threads -w 2 -r 1 -s always -o each(words)").runs


@needs_sh
def test_a_cell_goes_to_another_python_as_its_source(shell, program):
    path = program(as_python("3.99.5", AS_HERE))
    shell.user_ns["table"] = {"a lock": 1, "a thread": 2}
    line = f"-b 20 -k threads -w 2 -p {path} -o word in words"
    said = judged(shell, line, "n = table[word]\nn * n")
    (there,) = said.pythons.others
    assert there.refused is None and there.evidence.serial_runs


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


@pytest.mark.parametrize("job", ["map(str, SlowToRead())", "list(SlowToRead())"])
def test_items_that_are_slow_to_read_are_read_for_a_part_of_the_budget(shell, job, capsys):
    class SlowToRead:
        def __len__(self):
            return 1000

        def __iter__(self):
            for place in range(1000):
                time.sleep(0.2)
                yield place

    shell.user_ns["SlowToRead"] = SlowToRead
    result = scaled(shell, f"-k threads -w 1 -r 1 -b 1 -o {job}")
    n_items = result.runs[0].n_items
    assert 1 <= n_items <= 3
    assert f"the first {n_items} of 1,000 items, read in " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "a job such as f(items) is missing"),
        ("-b x map(upper, words)", "budget_s must be a number"),
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
        ("-s missing map(upper, words)", "'missing' cannot be used (NameError"),
        ("-s 3 list(words)", "same is a function of two answers, not 3"),
        ("-s 3 map(upper, words)", "same is a function of two answers, not 3"),
        ("-s ( map(upper, words)", "what -s names is not Python"),
        ("len(words)", "returned a int"),
        (
            "map(ask, words)",
            "ask returned a coroutine, which does its work when it is awaited: run",
        ),
        ("ask(words)", "the job returned a coroutine, which does its work when it is awaited"),
        ("[ask(w) for w in words]", "awaited: write await before it"),
        ("map(generate, words)", "wrap it in list(...), as in lambda x: list(generate(x))"),
        ("[map(str, w) for w in words]", "gone through: put list(...) around it"),
        ("zip(words)", "the job returned a zip, which does its work when it is gone through"),
        ("[[map(str, w)] for w in words]", "the code's answer is a list with a map"),
        ("map(list, [generate(1)])", "an item is used in every call, and a generator is used up"),
        (
            "[w for w in await ask(1)]",
            "'await ask(1)' cannot be used (SyntaxError: 'await' outside",
        ),
        ("map(upper, leave())", "'leave()' cannot be used (SystemExit: 3): mend it"),
        ("map(leave, words)", "raised TypeError"),
        ("[leave() for w in words]", "cell in a serial run raised SystemExit: 3; mend"),
        ("[interrupt() for w in words]", "cell in a serial run raised KeyboardInterrupt; mend"),
        ("[w async for w in words]", "a job is f(items), map(f, items) or"),
        ("words = 3", "the job is not Python (invalid syntax; 'words = 3'): mend it"),
        ("map(upper, words) -k threads", "the job is not Python (invalid syntax; 'map("),
        ("-r 1 -r x map(upper, words)", "got 'x'"),
        ("\"rock 'n roll", "the job is not Python (unterminated string literal"),
    ],
)
def test_a_line_that_makes_no_sense_is_told_in_one_line(shell, line, said):
    with pytest.raises((LabError, UsageError)) as told:
        scaled(shell, line)
    assert said in str(told.value) and "\n" not in str(told.value)
    assert len(str(told.value)) < 400


@pytest.mark.parametrize(
    ("line", "cell", "said"),
    [
        ("", "  \n", "the cell is empty"),
        ("", "1 +", "the cell is not Python (invalid syntax; line 2: '1 +'): mend it"),
        ("", "# a remark\n\n  # and another", "the cell is empty"),
        ("", "n = 1\nbreak", "the cell is not Python ('break' outside loop; line 3: 'break')"),
        ("", "return 1", "'return' outside function; line 2"),
        ("", "yield 1", "'yield' outside function; line 2"),
        ("", "nonlocal words", "not allowed at module level; line 2"),
        ("", "from math import *", "import * only allowed at module level; line 2: 'from math"),
        ("", "from __future__ import annotations", "put that into a cell above, or leave it out"),
        ("", "1\n%time 1", "line 3 of the cell, '%time 1', is IPython's own and no Python"),
        ("", "!ls", "line 2 of the cell, '!ls', is IPython's own"),
        ("", "n = !ls", "is IPython's own"),
        ("", "words?", "is IPython's own"),
        ("", "x\0y", "the cell is not Python ("),
        ("", "(" * 300 + ")" * 300, "the cell is not Python ("),
        (
            "",
            "words += [1]",
            "and words has no value in it yet: let the cell begin with words = ...",
        ),
        ("", "del words", "and words has no value in it yet"),
        (
            "",
            "ask(1)",
            "a coroutine, which does its work when it is awaited: write await before it",
        ),
        ("", "generate(1)", "when it is gone through: put list(...) around it"),
        ("", "interrupt()", "cell() raised KeyboardInterrupt; mend it"),
        ("", "leave()", "cell() raised SystemExit: 3; mend it"),
        ("", "await cancel()", "cell() raised CancelledError; mend it"),
        ("None in words", "1", "after the options comes NAME in ITEMS"),
        ("__debug__ in words", "1", "cannot assign to __debug__"),
        ("word in list", "1", "items come in a list"),
        ("'", "1", "after the options comes NAME in ITEMS"),
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
    assert len(str(told.value)) < 400


@pytest.mark.parametrize(
    ("line", "cell"),
    [
        ("", "await ask(3)"),
        (
            "",
            "async with asyncio.timeout(9):\n    n = await ask(3)\n[await ask(n) for n in [n]][0]",
        ),
        ("n in [3] * 20", "await ask(n)"),
        ("", "  n = 3\n  n"),
        ("", "global three\nthree = 3\nthree;"),
        ("", "class A:\n    n = 3\n\n(n := A.n)"),
        ("", "import functools\n@functools.cache\ndef f(n):\n    return n\nf(3)"),
        ("zürich in [\"rock 'n roll\", 'a\\\\b', '{3}', '$upper']", "'!ls'; 3"),
    ],
)
def test_code_of_every_kind_is_measured(shell, line, cell):
    said = judged(shell, f"-b 0.6 -k threads -o {line}", cell)
    assert said.evidence.answers == "numbers"


@pytest.mark.parametrize(
    "job",
    [
        "[await ask(word) for word in words]",
        'map("rock \'n roll {upper} $upper".count, words);',
        "list(map(upper, words))",
        '[f"{upper} {word}" for word in words]',
    ],
)
def test_a_line_of_every_kind_is_measured(shell, job):
    assert scaled(shell, f"-k threads -w 1 -r 1 -o {job}").points()


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


ASYNC = """%load_ext helpers
import asyncio, gc
import concurrent.futures
import helpers as lab
async def ask(n=1):
    await asyncio.sleep(0.001)
    return n
"""
OFFERED = "lambda x: concurrent.futures.ThreadPoolExecutor(1).submit(asyncio.run, ask(x)).result()"


def test_in_a_kernel_what_awaits_is_measured_and_what_a_refusal_proposes_works():
    with Kernel() as kernel:
        assert kernel.run(ASYNC).error == ()

        def judge(budget_s):
            options = f"-o -b {budget_s} -k threads,processes"
            return kernel.run(f"%%will_it_thread {options}\nawait ask(3)")

        said = given_time(judge, lambda said: "processes, " in said.text, 5)
        assert said.error == () and "threads, " in said.text and "processes, " in said.text
        assert "not used" not in said.text
        quick = "budget_s=4, kinds=['threads', 'processes'])"
        [refused] = kernel.run(f"lab.verdict(ask, [1] * 20, {quick}").error
        assert refused.endswith(f"run it, as in {OFFERED}")
        said = kernel.run(f"lab.verdict({OFFERED}, [1] * 20, {quick}")
        assert said.error == () and "not used" not in said.text
        [refused] = kernel.run(
            f"lab.verdict(lambda n: asyncio.run(ask(n)), [1] * 20, {quick}"
        ).error
        assert (
            "let another thread run it: concurrent.futures.ThreadPoolExecutor(1).submit(asyncio.run"
            in refused
        )
        [refused] = kernel.run("%%will_it_thread -b 2 -k threads\nasyncio.run(ask(3))").error
        assert refused.endswith("write await in the cell")
        [refused] = kernel.run("lab.meter(ask, 2)").error
        assert refused.endswith("run it, as in lambda: asyncio.run(ask(2))")
        assert kernel.run("lab.meter(lambda: asyncio.run(ask(2)), seconds=0.1)").error == ()
        [refused] = kernel.run("lab.meter(asyncio.run, ask(2), seconds=0.1)").error
        assert "a coroutine is used up after one" in refused
        assert kernel.run("gc.collect() * 0").text == "0"  # nothing was said of never awaited
