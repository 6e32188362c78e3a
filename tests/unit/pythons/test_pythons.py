"""Other Pythons: found by their version alone, and told in one line when they are no use."""

import json
import os
import signal
import subprocess
import sys
import threading

import psutil
import pytest

from helpers.errors import LabError
from helpers.jobs.registry import load_job
from helpers.pythons import elsewhere
from helpers.pythons.cell import _first, _without_a_turn
from helpers.pythons.chart import plot_eras
from helpers.pythons.elsewhere import (
    Elsewhere,
    load_eras,
    measure_all,
    measure_elsewhere,
)
from helpers.pythons.find import (
    Python,
    ask,
    choose,
    find_pythons,
    one_of_each,
    price_pair,
)
from helpers.pythons.price import load_price, measure_price
from tests.kernels import eventually
from tests.processes import come_from, started_as
from tests.unit.shell_scripts import AS_HERE, as_python, needs_sh

HERE = ask(sys.executable)
JAVA_OR_PYPY = ["jython", "pypy3"]
FREE = "3.13.5 experimental free-threading build"


@pytest.fixture
def strings():
    return load_job("strings", 400)


def environ_of(tmp_path, **variables):
    return {"HOME": str(tmp_path), "PATH": "", **variables}


# -- finding ----------------------------------------------------------------------------


@needs_sh
def test_pythons_are_found_where_they_are_kept(tmp_path, program) -> None:
    for folder in (
        "path", ".pyenv/versions/3.13.5t/bin", ".local/share/uv/python/cpython-3.13/bin",
        "miniforge3/envs/free/bin",
    ):  # fmt: skip
        (tmp_path / folder).mkdir(parents=True)
        os.rename(program(as_python(FREE)), tmp_path / folder / "python3.13t")
    named = program(as_python(FREE), "mine")
    environ = environ_of(tmp_path, PATH=str(tmp_path / "path"), GIL_LAB_PYTHONS=named)
    found = {p.source: p for p in find_pythons(environ) if p.path.startswith(str(tmp_path))}
    assert set(found) == {"PATH", "pyenv", "uv", "conda", "GIL_LAB_PYTHONS"}
    assert all(p.free_threaded and p.era == "3.13t" for p in found.values())


@needs_sh
def test_nothing_is_run_but_the_question_for_the_version(tmp_path, program) -> None:
    asked = tmp_path / "asked"
    path = program(f'echo "$@" >> {asked}\n{as_python(FREE)}')
    one_of_each(find_pythons(environ_of(tmp_path, PATH=str(tmp_path))))
    find_pythons(environ_of(tmp_path, PATH=str(tmp_path)))
    assert asked.read_text() == "-VV\n"
    assert ask(path).version == "3.13.5"


@needs_sh
def test_a_program_behind_two_names_is_one_python(tmp_path, program) -> None:
    os.symlink(program(as_python(FREE)), tmp_path / "python")
    found = find_pythons(environ_of(tmp_path, PATH=str(tmp_path)))
    assert len([p for p in found if p.path.startswith(str(tmp_path))]) == 1


@needs_sh
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sleep 600", "gave no answer within 0.5 s"),
        ("sleep 600 &\nsleep 600", "gave no answer within 0.5 s"),
        ("exit 3", "ended with status 3"),
        ("echo hello", "said 'hello'"),
        ("head -c 3000 /dev/urandom", "said"),
    ],
)
def test_one_that_does_not_say_its_version_is_told_in_one_line(program, script, said) -> None:
    path = program(script)
    python = ask(path, limit_s=0.5 if "sleep" in script else 60)
    assert said in python.problem and python.problem.startswith(path)
    assert "\n" not in python.problem
    assert one_of_each([python]) == []
    assert eventually(lambda: not any(path in started_as(p) for p in come_from()))


def test_one_that_is_named_by_hand_and_missing_is_listed_with_the_reason(tmp_path) -> None:
    missing = str(tmp_path / "no-python")
    found = find_pythons(environ_of(tmp_path, GIL_LAB_PYTHONS=missing))
    assert f"{missing}: there is no such program" in str(found[-1])


def test_a_pair_differs_in_the_lock_and_little_else() -> None:
    names = [("3.13.0", False), ("3.13.7", False), ("3.14.0", False), ("3.13.5", True)]
    found = [Python(v, "PATH", "CPython", v, free) for v, free in names]
    assert [p.version for p in price_pair(found)] == ["3.13.7", "3.13.5"]
    assert price_pair(found[:3]) is None


def test_what_is_not_here_is_refused_with_what_is() -> None:
    with pytest.raises(
        LabError, match=r"no-such-python: there is no such program .*: choose one of 3"
    ):
        choose([HERE], ["no-such-python"])


# -- running ----------------------------------------------------------------------------


def test_a_job_runs_in_another_python_and_gives_ordinary_runs(strings) -> None:
    result = measure_elsewhere(HERE, strings, kinds=("threads", "processes"), rounds=1)
    assert result.kinds == ("serial", "threads", "processes")
    assert result.point("threads", 2).speed_up > 0
    assert {len(run.workers) for run in result.runs if run.kind == "serial"} == {1}
    assert result.machine.python == HERE.version


@pytest.mark.parametrize("name", JAVA_OR_PYPY)
def test_the_strings_are_the_same_in_other_implementations(name, strings) -> None:
    found = [p for p in one_of_each(find_pythons()) if p.implementation.lower() in name]
    if not found:
        pytest.skip(f"no {name} was found; put it on the PATH to try the strings there")
    with Elsewhere(found[-1], strings) as there:
        assert there.run("threads", 2).n_items == 400
        assert there.identity["gil"] == (name != "jython")


def test_the_older_way_gives_the_same_strings() -> None:
    from helpers.pythons.other_python import older_normalise_all

    spellings = load_job("strings", 60_000).items
    job = load_job("strings", 60_000)
    assert older_normalise_all(elsewhere._fold_table())(spellings) == job.function(spellings)


@needs_sh
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo oops >&2; exit 3", "ended with status 3 in the middle of the job: 'oops'"),
        ("kill -9 $$", "ended by signal 9"),
        ("echo 'Welcome to Python!'", "said 'Welcome to Python!\\n', not an answer"),
        ("echo '[1, 2]'", "not an answer"),
        ("echo '{}'; cat", "not as this lab's program"),
        ("""echo '{"error": "no module named PIL"}'""", "cannot do it (no module named PIL)"),
        ("sleep 60", "gave no answer within 1 s and was ended"),
        ("sleep 60 & kill -11 $$", "ended by signal 11 in the middle of the job"),
        ("setsid sleep 60 & kill -11 $$", "ended by signal 11 in the middle of the job"),
        ("setsid sleep 60 & sleep 60", "gave no answer within 1 s and was ended"),
        ("setsid env -i sleep 2 & sleep 60", "gave no answer within 1 s and was ended"),
        ("""echo '{"protocol": 1}'; echo '{"sha256": 3}'; cat""", "cannot"),
    ],
)
@pytest.mark.usefixtures("nothing_stays")
def test_what_goes_wrong_there_is_one_line_with_its_name(program, strings, script, said) -> None:
    python = ask(program(as_python(FREE, script)))
    limit_s = 1 if said.startswith(("gave no answer", "cannot")) else 60
    with pytest.raises(LabError) as caught, Elsewhere(python, strings, limit_s=limit_s) as there:
        there.identity["unicode"] = "0"
        there.run("serial", 1)
    line = str(caught.value)
    assert "\n" not in line and line.startswith("CPython 3.13.5 free-threaded (")
    assert said in line or said == "cannot"


@needs_sh
@pytest.mark.usefixtures("nothing_stays")
def test_one_that_dies_while_it_has_processes_is_noticed_at_once(strings) -> None:
    with pytest.raises(LabError) as caught, Elsewhere(HERE, strings, limit_s=200) as there:
        there.run("processes", 2)
        os.kill(there._process.pid, signal.SIGKILL)
        there.run("processes", 2)
    assert "ended by signal 9 in the middle of the job" in str(caught.value)


@needs_sh
@pytest.mark.usefixtures("nothing_stays")
def test_a_program_of_a_session_of_its_own_does_not_hold_anything_up(program, strings) -> None:
    sleep = f"sleep 321.{os.getpid()}"
    left = program(as_python(FREE, f"setsid {sleep} &\n{AS_HERE}"))
    with Elsewhere(ask(left), strings) as there:
        assert there.run("serial", 1).n_items == 400
    assert eventually(lambda: sleep not in map(started_as, psutil.process_iter()))


@needs_sh
def test_others_go_on_when_one_fails(program, strings) -> None:
    broken = ask(program(as_python(FREE, "exit 3")))
    counts = []
    for eras in measure_all([broken, HERE], strings, rounds=1):
        counts.append((len(eras.results), len(eras.refused)))
    assert counts == [(0, 0), (0, 1), (1, 1)]
    assert "ended with status 3" in eras.refused[0]
    assert eras.results[0].job == "strings"


@needs_sh
def test_other_results_are_counted_and_refused(strings) -> None:
    with pytest.raises(LabError) as caught, Elsewhere(HERE, strings) as there:
        there.expected[7] = "something else"
        there.run("serial", 1)
    assert "gives other results for 1 of 400 items: item 7 is" in str(caught.value)
    assert "it knows Unicode" in str(caught.value)


@needs_sh
@pytest.mark.usefixtures("nothing_stays")
def test_an_interrupt_leaves_nothing_running(program, strings) -> None:
    python = ask(program(as_python(FREE, "sleep 60 & sleep 60")))
    threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt), Elsewhere(python, strings):
        pass


def test_what_is_recorded_can_be_told() -> None:
    assert "times as long as one of CPython" in str(load_price())
    assert str(load_price()).startswith("Recorded on 2026-")


def test_the_price_of_the_same_python_is_measured_and_called_no_pair(strings) -> None:
    price = measure_price(HERE, HERE, strings, rounds=2)
    assert price.slow_down > 0 and len(price.plain_s) == 2
    assert len(price.core_shares) == 4 and min(price.core_shares) > 0
    assert len(measure_price(HERE, HERE, strings, budget_s=1e-6).plain_s) == 3
    assert "no pair" in str(price)


def test_what_else_differs_between_two_pythons_is_named(strings, monkeypatch) -> None:
    enter = Elsewhere.__enter__
    versions = iter(["3.13.5", "3.13.7"])

    def renamed(there):
        enter(there).identity["python"] = next(versions)
        return there

    monkeypatch.setattr(Elsewhere, "__enter__", renamed)
    price = measure_price(HERE, HERE, strings, rounds=1)
    assert price.differences[0] == "the version, 3.13.5 and 3.13.7"


# -- telling ----------------------------------------------------------------------------


def test_the_list_is_printed_as_json() -> None:
    command = [sys.executable, "-m", "helpers", "pythons", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert sys.version.split()[0] in {python["version"] for python in json.loads(done.stdout)}


def test_the_chart_has_a_row_for_each_python_and_the_live_one_wins(strings) -> None:
    recorded = load_eras()
    live = measure_elsewhere(HERE, strings, rounds=1)
    ax = plot_eras([live], recorded=recorded, prediction={"without a GIL": 1.7})
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert len(names) == len(set(names))
    assert HERE.era in names and "3.13t" in names
    assert names.index("3.11") < names.index("3.13t")
    times = f"{recorded_speed_up(recorded, '3.13.5', True):.2f} times"
    assert f"3.13t without a GIL: {times}" in ax.get_label()


def recorded_speed_up(recorded, version, free):
    wanted = [r for r in recorded if (r.machine.python, r.machine.free_threaded) == (version, free)]
    return wanted[0].point("threads", 2).speed_up


def test_seconds_of_another_computer_are_not_shown(strings) -> None:
    recorded = [one for one in load_eras() if one.machine.free_threaded]
    live = measure_elsewhere(HERE, strings, rounds=1)
    texts = {text.get_text() for text in plot_eras([live], recorded=recorded).texts}
    assert {"one thread", f"{live.serial_s:.2f} s"} <= texts
    assert f"{recorded[0].serial_s:.2f} s" not in texts
    assert "one thread" not in {text.get_text() for text in plot_eras([], recorded=recorded).texts}


def test_many_pythons_share_the_time_and_none_is_begun_when_it_is_over(
    monkeypatch, strings
) -> None:
    budgets, answers, at_s = [], [], [0.0]

    def refuse(python, job, *, budget_s, **options):
        budgets.append(budget_s)
        answers.append(job.answers)
        at_s[0] += 4.0  # on a busy machine two rounds take longer than they should
        raise LabError("no")

    monkeypatch.setattr(elsewhere, "measure_elsewhere", refuse)
    monkeypatch.setattr(elsewhere.worker, "now", lambda: at_s[0])
    *_, last = measure_all([HERE] * 4, strings, budget_s=10.0)
    assert budgets == [10 / 4, 6 / 3, 2 / 2]
    assert (len(last.refused), last.left) == (3, (HERE.era,))
    assert all(one is answers[0] for one in answers) and len(answers[0]) == 400


def test_those_without_a_turn_are_named() -> None:
    assert _without_a_turn((), 15.0) == []
    assert _without_a_turn(("3.11", "PyPy 3.9", "Jython 2.7"), 15.0) == [
        "15 s were too short for 3.11, PyPy 3.9 and Jython 2.7: pass fewer, or a longer budget_s."
    ]


def test_this_python_comes_first_and_then_the_newest_without_a_gil() -> None:
    versions = "3.12.1", "3.11.2", "3.15.2", "3.14.0"
    others = [Python(v, "PATH", "CPython", v) for v in versions]
    others[1:1] = [
        Python("p", "PATH", "PyPy", "3.11.1"),
        Python("h", "this one", "CPython", "3.11.7"),
    ]
    others += [Python(v, "PATH", "CPython", v, free_threaded=True) for v in ("3.13.5", "3.14.0")]
    assert [one.era for one in sorted(others, key=_first)] == [
        "3.11", "3.14t", "3.13t", "3.15", "3.14", "3.12", "3.11", "PyPy 3.11",
    ]  # fmt: skip


def test_an_empty_chart_is_a_chart() -> None:
    assert plot_eras([]).get_label() == "A chart of Pythons, still empty."
