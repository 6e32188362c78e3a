"""The load test: what it measures, says and draws, and how it ends."""

import dataclasses
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from helpers.core import machine
from helpers.draw import style
from helpers.errors import LabError, Stopped
from helpers.waiting import cell
from helpers.waiting import load as measure_load
from helpers.waiting.cell import load_test
from helpers.waiting.chart import draw_load, plot_latencies, plot_rates
from helpers.waiting.load import Load, LoadRun, LoadTest
from helpers.waiting.web_server import WebServer
from helpers.waiting.words import enough, explain
from tests.unit.sample_jobs import runs_of

CHECKOUT = Path(__file__).parents[3]
SMALL = {"at_once": (2, 8), "rounds": 1}


@pytest.fixture(scope="module")
def server():
    with WebServer(latency_s=0.005, spread_s=0.002) as running:
        yield running


@pytest.fixture
def no_thread_left():
    before = set(threading.enumerate())
    yield
    kinds = [thread.name for thread in set(threading.enumerate()) - before]
    assert [name for name in kinds if name.startswith("gil-lab")] == []


def made(kind, n_at_once, rate_per_s, latency_s, cores=0.1, round_number=1):
    """Return a LoadRun of 40 requests with these figures."""
    wall_s = 40 / rate_per_s
    return LoadRun(kind, n_at_once, round_number, wall_s, cores * wall_s, (latency_s,) * 40)


def load_of(*runs, **options):
    here = dataclasses.replace(machine.describe(), usable_cpus=2.0)
    return Load(0.05, 0.01, here, runs, **options)


SERIAL = made("serial", 1, 20, 0.05)
FLAT = load_of(
    SERIAL,
    made("threads", 8, 160, 0.05),
    made("threads", 32, 600, 0.052, 0.9),
    made("threads", 64, 620, 0.1, 0.95),
)


# --- what is measured


def test_each_combination_is_a_run_with_every_answer_in_it(server, no_thread_left):
    test = LoadTest(server, **SMALL)
    runs = list(runs_of(test))
    assert [(run.kind, run.n_at_once) for run in runs] == test.combinations
    assert len(runs) == test.n_runs == 5
    for run in runs:
        assert len(run.latencies_s) == 12 * run.n_at_once
        assert min(run.latencies_s) >= 0.002  # the server was really asked
        assert run.rate_per_s > 0 and run.cpu_s >= 0


def test_a_point_is_found_and_another_is_named():
    assert FLAT.at("threads", 32).cpu_per_request_s == pytest.approx(0.9 / 600)
    with pytest.raises(LabError, match="measured were serial 1, threads 8"):
        FLAT.at("asyncio", 32)


def test_littles_law_holds_for_real_runs(server):
    for run in runs_of(LoadTest(server, **SMALL)):
        on_their_way = sum(run.latencies_s) / run.wall_s
        assert 0 < on_their_way <= run.n_at_once * 1.001


def test_a_wrong_answer_is_no_answer(server, monkeypatch, no_thread_left):
    monkeypatch.setattr(measure_load, "fetch", lambda client, address: {"name": "nowhere"})
    with pytest.raises(LabError, match="0 were right: the run is refused"):
        list(runs_of(LoadTest(server, **SMALL)))


def test_no_round_is_begun_past_the_budget(server):
    test = LoadTest(server, (2,), ("threads",), rounds=50, budget_s=0.01)
    assert {run.round for run in runs_of(test)} == {1}


# --- how it ends


def test_a_stop_ends_it_in_the_middle_of_a_run(server, monkeypatch, no_thread_left):
    stop, ended, end = threading.Event(), threading.Event(), measure_load.pools.end

    def fetch(client, address):
        stop.set()
        ended.wait(60)

    runs = runs_of(LoadTest(server, (2,), ("threads",), rounds=1), stop)
    next(runs)
    monkeypatch.setattr(measure_load, "fetch", fetch)
    monkeypatch.setattr(measure_load.pools, "end", lambda *a, **k: (ended.set(), end(*a, **k)))
    assert list(runs) == []


def test_closing_it_early_ends_its_threads(server, no_thread_left):
    runs = runs_of(LoadTest(server, **SMALL))
    next(runs), next(runs)
    runs.close()


@pytest.mark.parametrize("kind", ["threads", "asyncio"])
def test_a_server_that_dies_in_mid_run(kind, monkeypatch, no_thread_left):
    monkeypatch.setattr(LoadTest, "combinations", [(kind, 8)])
    with WebServer(latency_s=3600, spread_s=0) as server:
        [process] = server._pool._processes.values()
        timer = threading.Timer(0.3, process.kill)
        timer.start()
        with pytest.raises(LabError, match=r"broke off|nobody answers"):
            list(runs_of(LoadTest(server, limit_s=100)))
        timer.join()


@pytest.mark.parametrize("kind", ["threads", "asyncio"])
def test_a_response_that_never_comes(kind, monkeypatch, no_thread_left):
    monkeypatch.setattr(LoadTest, "combinations", [(kind, 2)])
    with (
        WebServer(latency_s=3600, spread_s=0) as server,
        pytest.raises(LabError, match=r"must begin within 0\.3 s"),
    ):
        list(runs_of(LoadTest(server, limit_s=0.3)))


@pytest.mark.parametrize("options", [
    {"at_once": 4}, {"at_once": (0,)}, {"at_once": (2.5,)}, {"at_once": (100_000,)},
    {"at_once": "4"}, {"kinds": "threads"}, {"kinds": ("processes",)},
    {"rounds": 0}, {"rounds": True}, {"limit_s": 0}, {"budget_s": "long"},
])  # fmt: skip
def test_a_plan_that_cannot_be(server, options):
    with pytest.raises(LabError) as caught:
        LoadTest(server, **options)
    assert "\n" not in str(caught.value) and "try" in str(caught.value)


def test_something_that_is_no_server():
    with pytest.raises(LabError, match="with WebServer"):
        LoadTest("http://127.0.0.1:80")


# --- what it says


def test_enough_is_the_first_that_reaches_nine_tenths():
    assert enough(FLAT.of("threads")).n_at_once == 32
    assert enough([]) is None


def test_a_flat_curve_is_blamed_on_computing_where_the_client_computes():
    whole, limits = explain(FLAT)
    assert whole == (
        "Waiting overlaps: 64 at once (threads) got 620 answers a second, 31.0 times the 20 of one "
        "at a time."
    )
    assert (
        "32 at once get nine tenths" in limits
        and "it keeps 0.95 cores busy, and that is the limit" in limits
    )


def test_a_curve_that_rises_is_not_called_flat():
    said = explain(load_of(SERIAL, made("asyncio", 4, 80, 0.05), made("asyncio", 8, 160, 0.05)))
    assert said[1] == "Asyncio: 8 at once still mostly wait, so more would gain more."


def test_a_slow_answer_with_an_idle_client_is_not_blamed_on_the_client():
    said = explain(load_of(SERIAL, made("threads", 4, 40, 0.1), made("threads", 8, 41, 0.2)))
    assert "waits for the server or for a CPU" in said[1]


def test_where_nothing_overlaps_no_success_is_claimed():
    assert explain(load_of(SERIAL, made("threads", 4, 21, 0.2)))[0].startswith("Waiting hardly")


@pytest.mark.parametrize("runs", [(), (SERIAL,), (made("threads", 4, 80, 0.05),)])
def test_too_little_says_nothing(runs):
    assert explain(load_of(*runs)) == []


# --- what it draws


def lines(ax, colour):
    return [line for line in ax.get_lines() if line.get_color() == colour]


def words(ax):
    return {text.get_text() for text in ax.texts}


def test_the_rates_are_drawn_at_how_many_are_at_once():
    ax = plot_rates(FLAT)
    assert [8, 32, 64] in [list(line.get_xdata()) for line in lines(ax, style.colour("threads"))]
    drawn = [[round(y) for y in line.get_ydata()] for line in lines(ax, style.colour("threads"))]
    assert [160, 600, 620] in drawn
    [law] = [line for line in ax.get_lines() if line.get_linestyle() == "--"]
    assert list(law.get_xydata()[-1]) == [64, 64 / 0.05]
    assert ax.get_title(loc="left") == "64 at once: 31 times as many answers as one at a time"
    assert "threads: 620 a second" in words(ax)
    assert "threads 160 with 8, 600 with 32, 620 with 64" in style.alt_text(ax.figure)


def test_the_latencies_are_drawn_in_milliseconds():
    ax = plot_latencies(FLAT)
    drawn = [[round(y) for y in line.get_ydata()] for line in lines(ax, style.colour("threads"))]
    assert drawn.count([50, 52, 100]) == 2  # half, and 95 %
    assert {"threads: half in 100 ms", "threads: 95 % in 100 ms"} <= words(ax)


def test_a_prediction_becomes_a_rate():
    load = dataclasses.replace(FLAT, prediction={"threads": 4.0, "asyncio": 0.0})
    assert [64] in [list(line.get_xdata()) for line in lines(plot_rates(load), "#DE8F05")]
    assert "you said 4.0×" in [text.get_text() for text in plot_rates(load).texts]


@pytest.mark.parametrize("load", [load_of(), load_of(SERIAL), FLAT])
def test_it_can_be_drawn_from_the_beginning(load):
    figure = draw_load(load, counts=(1, 8, 512)).figure
    assert len(figure.axes) == 2 and style.png(figure)


def test_a_server_without_latency_has_no_dashed_line():
    load = dataclasses.replace(FLAT, latency_s=0, spread_s=0)
    assert [line for line in plot_rates(load).get_lines() if line.get_linestyle() == "--"] == []
    plot_latencies(load)


# --- in a notebook's cell


def test_a_run_in_a_cell_ends_with_its_sentences(server, capsys):
    load = load_test(server, **SMALL)
    assert len(load.points) == 5
    assert "one at a time" in capsys.readouterr().out


def test_an_interrupt_keeps_what_was_measured(server, monkeypatch, capsys, no_thread_left):
    class Interrupted(LoadTest):
        def run(self, stop=None):
            loads = super().run(stop)
            yield from (next(loads) for _ in range(3))
            raise KeyboardInterrupt

    monkeypatch.setattr(cell, "LoadTest", Interrupted)
    with pytest.raises(Stopped, match=r"^Stopped after 2 of 5 runs"):
        load_test(server, **SMALL)
    assert "Stopped." in capsys.readouterr().out


def test_a_refused_run_says_so(server, monkeypatch, capsys):
    monkeypatch.setattr(measure_load, "fetch", lambda client, address: {})
    with pytest.raises(LabError, match="refused"):
        load_test(server, **SMALL)
    assert "Refused." in capsys.readouterr().out
    monkeypatch.undo()  # and the next may begin
    load_test(server, **SMALL)


UNDER_A_LIMIT = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (1_300_000_000, 1_300_000_000))
from helpers.waiting.load import LoadTest
from helpers.waiting.web_server import WebServer
if __name__ == "__main__":
    with WebServer(0.001, 0) as server:
        *_, load = LoadTest(server, (128,), ("threads",), rounds=1).run()
    print([run.n_at_once for run in load.runs])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a limit on address space: on Linux alone")
def test_many_threads_fit_into_a_small_memory(tmp_path):
    file = tmp_path / "limited.py"
    file.write_text(UNDER_A_LIMIT)
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(file)], env=environ, capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.returncode) == ("[1, 128]\n", 0), done.stderr
