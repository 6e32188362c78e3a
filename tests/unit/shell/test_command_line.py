"""The command line: a table, JSON, a picture, and one line for everything that goes wrong."""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from helpers.__main__ import main
from helpers.core import store as records
from helpers.core.machine import describe
from helpers.core.runs import Result
from helpers.core.scaling import Experiment
from helpers.jobs import pictures
from helpers.jobs.registry import job_names
from tests.kernels import eventually
from tests.processes import come_from, has_ended

CHECKOUT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "helpers"]
QUICK = ["measure", "strings", "--size", "200", "--kinds", "threads", "--workers", "1,2",
         "--rounds", "1"]  # fmt: skip


def ran(*arguments, **options):
    """Return what a real call of the command line did."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=CHECKOUT, capture_output=True, text=True, timeout=120, **options
    )


def told(capsys, *arguments):
    """Return the one line with which a call in this process is refused."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("helpers: ") and captured.err.count("\n") == 1
    return captured.err.removeprefix("helpers: ").rstrip()


# -- what it prints --------------------------------------------------------------------


def test_machine_prints_the_card():
    done = ran("machine")
    assert (done.returncode, done.stderr) == (0, "")
    assert describe().python in done.stdout
    assert "CPUs you may use" in done.stdout


def test_machine_as_json(capsys):
    assert main(["machine", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["machine"]["python"] == describe().python
    assert card["capacity"]["n_threads"][0] == 1


def test_measure_prints_a_table_and_the_verdict():
    done = ran(*QUICK)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "Normalise 200 spellings of place names"
    (header,) = [at for at, line in enumerate(lines) if line.startswith("kind ")]
    rows = [line.split()[:2] for line in lines[header + 1 : header + 4]]
    assert rows == [["serial", "1"], ["threads", "1"], ["threads", "2"]]
    assert any(line.startswith("Threads with 2 workers: ") for line in lines)


def test_measure_as_json_is_a_record_with_its_points_and_sentences(capsys):
    assert main([*QUICK, "--json"]) == 0
    data = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    result = records.from_dict(Result, {key: data[key] for key in ("schema", "version", "result")})
    assert result.job == "strings" and len(result.runs) == 6
    assert [(p["kind"], p["n_workers"]) for p in data["points"]] == [
        ("serial", 1),
        ("threads", 1),
        ("threads", 2),
    ]
    assert data["points"][2]["speed_up"] == result.point("threads", 2).speed_up
    assert len(data["sentences"]) == 2


def test_json_has_no_figure_where_the_clock_saw_no_cpu_time(capsys, monkeypatch):
    monkeypatch.setattr("time.thread_time", lambda: 0.0)
    monkeypatch.setattr("time.process_time", lambda: 0.0)
    assert main([*QUICK, "--json"]) == 0
    data = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert data["points"][2]["cpu_ratio"] is None


@pytest.fixture
def one_picture(monkeypatch):
    """Make the job one picture instead of four."""
    monkeypatch.setattr(pictures, "PICTURES", ("points",))


def test_pictures_in_processes_to_a_folder(tmp_path, capsys, one_picture):
    arguments = ["measure", "pictures", "--size", "0.05", "--kinds", "processes", "--workers", "2",
                 "--rounds", "1", "--format", "JPEG", "--folder", str(tmp_path)]  # fmt: skip
    assert main(arguments) == 0
    assert "Draw and save 1 maps as JPEG on disk" in capsys.readouterr().out
    assert os.listdir(tmp_path) == ["points.jpg"]


def test_the_result_and_its_picture_are_saved(tmp_path, capsys):
    result, picture = tmp_path / "deep" / "one.json", tmp_path / "one.png"
    assert main([*QUICK, "--save", str(result), "--save-figure", str(picture)]) == 0
    assert records.load_as(Result, result).job == "strings"
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_a_number_of_sublists_is_passed_on(capsys):
    for given, expected in (("3", {3}), ("one per worker", {1, 2})):
        assert main([*QUICK, "--json", "--sublists", given]) == 0
        runs = json.loads(capsys.readouterr().out)["result"]["runs"]
        assert {run["n_sublists"] for run in runs} == expected


def test_help_shows_seven_commands_and_a_line_for_classes(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = capsys.readouterr().out.split("COMMAND\n")[1]
    commands = [line.split()[0] for line in listed.splitlines() if line.startswith("    ")]
    assert commands == ["machine", "measure", "meter", "verdict", "safe", "pythons", "report"]
    assert "python -m helpers ready" in listed and "author" not in listed


# -- one line for everything that goes wrong -------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--workers", "0"], "the number of workers must be a whole number from 1 to"),
        (["--workers", "2,-1"], "got -1; try"),
        (["--workers", "1000000"], "got 1000000; try"),
        (["--workers", "9" * 4000], "the number of workers must be a whole number from 1 to"),
        (["--workers", "1.5"], "worker counts are whole numbers with commas between, not '1.5'"),
        (["--workers", "two"], "not 'two': try 1, 2, 4"),
        (["--workers", ""], "worker counts come in a list of one or more, not ()"),
        (["--kinds", "thread"], "a kind of pool is one of serial, threads"),
        (["--kinds", "threads;processes"], "not 'threads;processes': choose one"),
        (["--size", "0"], "the number of spellings must be a whole number from 1 to 3"),
        (["--size", "-5"], "got -5"),
        (["--size", "1e3"], "got 1000.0"),
        (["--size", "many"], "got 'many'"),
        (["--size", "1000000000"], "got 1000000000"),
        (["--rounds", "0"], "rounds must be a whole number from 1 to 1,000: got 0"),
        (["--rounds", "x"], "got 'x'; try 5"),
        (["--sublists", "0"], "sublists must be a whole number from 1 to 100,000: got 0"),
        (["--sublists", "all"], "got 'all'"),
        (["--budget", "-1"], "budget_s must be a number of 0.001 or more: got -1"),
        (["--budget", "nan"], "got nan; try 60"),
        (["--format", "PNG"], "strings takes no --format: leave it out"),
        (["--folder", "x"], "strings takes no --folder: leave it out"),
    ],
)
def test_an_option_that_makes_no_sense_is_told_in_one_line(capsys, arguments, said):
    assert said in told(capsys, "measure", "strings", "--size", "100", *arguments)


@pytest.mark.parametrize("job", ["string", "", "../strings", "Strings"])
def test_an_unknown_job_is_told_in_one_line(capsys, job):
    assert told(capsys, "measure", job) == (
        f"a job is one of {', '.join(job_names())}, not {job!r}: choose one"
    )


def test_other_pythons_are_asked_only_for_jobs_that_they_know(capsys):
    said = "other Pythons know strings and pictures, not 'films': choose one"
    assert told(capsys, "author", "eras", "--job", "films") == said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--size", "9"], "scale must be a number from 0.05 to 2: got 9"),
        (["--size", "large"], "got 'large'"),
        (["--format", "GIF"], "a format is one of PNG, JPEG, not 'GIF'"),
    ],
)
def test_an_option_of_the_pictures_that_makes_no_sense(capsys, arguments, said):
    assert said in told(capsys, "measure", "pictures", *arguments)


@pytest.mark.parametrize("folder", ["missing", "file", "file/deeper"])
def test_a_folder_where_no_picture_can_be_saved(tmp_path, capsys, folder, one_picture):
    (tmp_path / "file").write_text("not a folder")
    where = ["--folder", str(tmp_path / folder)]
    message = told(capsys, "measure", "pictures", "--size", "0.05", "--workers", "2", *where)
    assert message.startswith("pictures need an existing folder that can be written to, but ")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("option", ["--save", "--save-figure"])
def test_where_nothing_can_be_saved_the_figures_are_not_lost(tmp_path, option):
    (tmp_path / "file").write_text("not a folder")
    done = ran(*QUICK, option, str(tmp_path / "file" / "one"))
    assert done.returncode == 2
    assert "Threads with 2 workers: " in done.stdout
    assert done.stderr.startswith("helpers: ") and done.stderr.count("\n") == 1
    assert done.stderr.rstrip().endswith("another path")
    assert os.listdir(tmp_path) == ["file"]


def test_a_real_call_that_is_refused_has_status_2_and_no_traceback():
    done = ran("measure", "nothing")
    assert (done.returncode, done.stdout) == (2, "")
    known = ", ".join(job_names())
    assert done.stderr == f"helpers: a job is one of {known}, not 'nothing': choose one\n"


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["measure"], ["machine", "--nothing"]])
def test_what_is_no_command_is_told_in_one_line(capsys, arguments):
    assert told(capsys, *arguments).endswith("--help shows what there is")


# -- the verdict -----------------------------------------------------------------------

JOBS = """
import itertools
import time

print("the file is run")


def double(number):
    print("called")
    return 2 * number


def fails(number):
    raise ValueError("the first line\\nand the second")


def nothing():
    return None


class Thing:
    def __init__(self, number):
        self.number = number


def twice(thing):
    return Thing(2 * thing.number)


def draw(number):
    return next(drawn)


def alike(one, other):
    return True


def make():
    return [Thing(number) for number in range(40)]


class SlowToRead:
    def __len__(self):
        return 1000

    def __getitem__(self, place):
        time.sleep(0.2)
        return place


numbers, drawn = list(range(40)), itertools.count()
endless = (number for number in numbers)
"""
SHORT = ["--budget", "0.6", "--kinds", "threads"]


@pytest.fixture
def jobs(tmp_path):
    """Return the path of a file with jobs, in a folder of its own."""
    path = tmp_path / "their_jobs.py"
    path.write_text(JOBS)
    return path


def asked(jobs, *arguments, command="verdict"):
    """Return what a command says when it is asked in the jobs' own folder."""
    path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return subprocess.run(
        [*COMMAND, command, *arguments], cwd=jobs.parent, capture_output=True, text=True,
        timeout=120, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def test_the_verdict_as_text_and_as_json_with_nothing_else_in_it(jobs):
    done = asked(jobs, "their_jobs:double", "--items", "their_jobs.py:numbers", *SHORT)
    assert done.returncode == 0 and done.stdout.splitlines()[1].split()[0] == "serial"
    assert "called" not in done.stdout
    # Processes print as well, and that is no part of the answer either.
    done = asked(jobs, "their_jobs:double", "--items", "their_jobs.py:numbers", "--json",
                 "--budget", "4")  # fmt: skip
    data = json.loads(done.stdout, parse_constant=pytest.fail)
    assert data["kind"] in ("serial", "threads", "processes")
    assert data["figures"]["n_items"] == 40 and "processes 2" in data["figures"]["speed_ups"]


def test_other_pythons_are_asked_and_what_goes_wrong_there_is_no_error_of_the_command(jobs):
    items = ["--items", "their_jobs.py:numbers", "--budget", "4", "--kinds", "threads"]
    missing = str(jobs.parent / "no-python")
    done = asked(jobs, "their_jobs:double", *items, "--pythons", missing, "--json")
    data = json.loads(done.stdout, parse_constant=pytest.fail)["pythons"]
    assert done.returncode == 0 and "there is no such program" in data["others"][0]["refused"]
    assert data["advice"].startswith("Stay with this Python")
    told = asked(jobs, "their_jobs:double", *items, "--pythons", missing).stdout
    assert "there is no such program" in told


def test_items_may_come_from_a_function_and_be_of_a_class_of_the_file(jobs):
    done = asked(jobs, "their_jobs:twice", "--items", str(jobs) + ":make", "--json",
                 "--budget", "4", "--kinds", "threads,processes")  # fmt: skip
    data = json.loads(done.stdout)
    assert data["figures"]["n_items"] == 40 and data["refused"] == {}


def test_same_says_which_answers_count(jobs):
    items, same = ["--items", "their_jobs.py:numbers"], ["--same", "their_jobs:alike"]
    told = asked(jobs, "their_jobs:draw", *items, *SHORT[2:], "--budget", "2").stdout
    assert told.startswith("Refused") and "--same" in told
    found = json.loads(asked(jobs, "their_jobs:draw", *items, *same, "--json", *SHORT).stdout)
    assert not found["sentences"][0].startswith("Refused")
    quick = ["--workers", "2", "--rounds", "1", "--kinds", "threads"]
    done = asked(jobs, "their_jobs:draw", *items, *same, *quick, command="measure")
    assert done.returncode == 0 and "threads" in done.stdout


def test_without_items_the_function_is_called_again_and_again(jobs):
    data = json.loads(asked(jobs, "their_jobs:nothing", "--json", *SHORT).stdout)
    assert data["figures"]["n_items"] is None and data["figures"]["total_s"] is None


def test_a_function_with_a_list_is_measured_like_a_job(jobs):
    """What it prints, in whatever process, is no part of the answer."""
    items = ["--items", "their_jobs.py:numbers"]
    quick = ["--workers", "2", "--rounds", "1", "--json"]
    done = asked(jobs, "their_jobs:double", *items, *quick, command="measure")
    data = json.loads(done.stdout, parse_constant=pytest.fail)
    assert data["result"]["job"] == "double"
    assert [point["kind"] for point in data["points"]] == ["serial", "threads", "processes"]


def test_items_that_are_slow_to_read_are_read_for_a_part_of_the_budget(jobs):
    items = ["--items", "their_jobs.py:SlowToRead", "--budget", "2"]
    quick = ["--workers", "1", "--rounds", "1", "--kinds", "threads"]
    done = asked(jobs, "their_jobs:double", *items, *quick, command="measure")
    assert re.match(r"double for the first \d of 1,000 items, read in ", done.stdout), done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["math:sqrt"], "none is given: add --items FILE.py:NAME"),
        (["math:sqrt", "--size", "9"], "a function of your own takes no --size"),
        (["math:root", "--items", "x.py:y"], "'math:root' cannot be loaded (AttributeError"),
        (["math:sqrt", "--items", "missing.py:x"], "there is no file 'missing.py'"),
        (["strings", "--items", "x.py:y"], "strings takes no --items: leave it out"),
        (["strings", "--same", "operator:eq"], "strings takes no --same: leave it out"),
    ],
)
def test_a_function_that_cannot_be_measured_is_told_in_one_line(capsys, arguments, said):
    assert said in told(capsys, "measure", *arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["their_jobs:double"], "double() raised TypeError"),
        (["their_jobs:none"], "'their_jobs:none' cannot be loaded (AttributeError"),
        (["their_jobs"], "a function is named as MODULE:FUNCTION"),
        (["their_jobs.py:double"], "write 'their_jobs:double'"),
        (["their_jobs:fails", "--items", "their_jobs.py:numbers"], "item 0 (0) made fails raise"),
        (
            ["their_jobs:double", "--items", "their_jobs.py:endless"],
            "where it has an end, list(items)",
        ),
        (["their_jobs:double", "--items", "their_jobs.py:nobody"], "has no attribute 'nobody'"),
        (["their_jobs:double", "--items", "their_jobs.py"], "items are named as FILE.py:NAME"),
        (["their_jobs:double", "--items", "missing.py:x"], "there is no file 'missing.py'"),
        (["their_jobs:nothing", "--budget", "0"], "budget_s must be a number from 0.5 to 3,600"),
        (["their_jobs:nothing", "--budget", "x"], "got 'x'; try 20"),
        (["their_jobs:nothing", "--kinds", "thread"], "a kind of pool is one of"),
        (["their_jobs:nothing", "--workers", "two"], "got 'two'"),
        (["their_jobs:nothing", "--same", "alike"], "a function is named as MODULE:FUNCTION"),
        (["their_jobs:nothing", "--same", "math:pi"], "'math:pi' is float, not a function"),
    ],
)
def test_a_verdict_that_makes_no_sense_is_told_in_one_line(jobs, arguments, said):
    done = asked(jobs, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("helpers: ")]
    assert said in line
    assert "Traceback" not in done.stderr


def test_items_in_a_file_with_the_name_of_another_module(tmp_path, capsys):
    before = list(sys.path)
    path = tmp_path / "json.py"
    path.write_text("items = [1]")
    message = told(capsys, "verdict", "math:sqrt", "--items", f"{path}:items")
    assert message.endswith("has the name of another module, json: rename the file")
    assert sys.path == before


# -- the end, from outside -------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="pipes that are closed early: not on Windows")
def test_a_reader_that_goes_away_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(
        [*COMMAND, "machine"],
        cwd=CHECKOUT,
        env=buffered,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


@contextlib.contextmanager
def begun(*arguments):
    """Yield a command once it has threads or workers of its own: it measures, or is about to.

    Whatever becomes of the test, nothing of it goes on.
    """
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        seen = psutil.Process(process.pid)
        assert eventually(lambda: seen.num_threads() > 2 or seen.children())
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)


INTERRUPTS = [
    (kind, send, signal.SIGINT, 130)
    for kind in ("threads", "processes", "processes-spawn")
    for send in ("kill", "killpg")
]
TERMINATIONS = [("threads", "kill", signal.SIGTERM, 143),
                ("processes", "killpg", signal.SIGTERM, 143),
                ("processes", "kill", getattr(signal, "SIGHUP", 0), 129),
                ("processes-fork", "killpg", signal.SIGTERM, 143)]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="real signals: not on Windows")
@pytest.mark.parametrize(("kind", "send", "sent", "status"), INTERRUPTS + TERMINATIONS)
def test_an_interrupt_or_a_sigterm_ends_it_in_one_line(kind, send, sent, status):
    """A terminal sends Ctrl+C to all processes of the command, and timeout its SIGTERM."""
    options = ["--kinds", kind, "--workers", "2", "--rounds", "1000"]
    with begun("measure", "strings", *options) as process:
        time.sleep(random.Random(kind).random())
        workers = come_from(process.pid)
        getattr(os, send)(process.pid, sent)
        output, errors = process.communicate(timeout=60)
    assert errors == "helpers: stopped; nothing is left running\n"
    assert process.returncode == status
    assert eventually(lambda: all(map(has_ended, workers)))
    # What was finished is printed; before the first round there is nothing.
    assert output == "" or output.startswith("Normalise ")


@pytest.mark.skipif(sys.platform == "win32", reason="a real SIGINT: not on Windows")
def test_an_interrupt_ends_the_verdict_in_one_line():
    items = "tests/unit/shell/test_command_line.py:MOMENTS"
    with begun("verdict", "time:sleep", "--items", items) as process:
        time.sleep(1)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert output == "" and errors.startswith("helpers: ") and errors.count("\n") == 1
    assert process.returncode == 130


def test_what_an_interrupt_finds_finished_is_printed_and_saved(capsys, monkeypatch, tmp_path):
    def run(self, stop=None, run=Experiment.run):
        for result in run(self, stop):
            yield result
            if len(result.runs) == 8:  # the next is in the third round of serial, one thread, two
                raise KeyboardInterrupt

    monkeypatch.setattr(Experiment, "run", run)
    path = tmp_path / "one.json"
    quick = ["measure", "strings", "--size", "200", "--kinds", "threads", "--workers", "1,2"]
    assert main([*quick, "--save", str(path)]) == 130
    captured = capsys.readouterr()
    assert "threads" in captured.out
    assert captured.err == "helpers: stopped; nothing is left running\n"
    assert len(records.load_as(Result, path).runs) == 8


MOMENTS = [0.05] * 300
