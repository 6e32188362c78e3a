"""The scaling experiment in a cell."""

import dataclasses

import pytest

from helpers.cells import compare, watch
from helpers.cells.predict import predict
from helpers.cells.watch import exclusive
from helpers.core import machine, store
from helpers.core.scaling import Experiment
from helpers.errors import LabError, Stopped
from tests.unit import sample_jobs as jobs
from tests.unit.results import MACHINE, curves


def compared(function=jobs.doubles, rounds=1, **options):
    return compare.compare(jobs.job(function), "threads", (1, 2), rounds=rounds, **options)


def test_an_experiment_runs_in_a_plain_script_and_says_its_verdict(capsys):
    result = compared()
    assert len(result.runs) == 6
    said = capsys.readouterr().out
    assert said.count("Threads with 2 workers:") == 1
    assert "base64" not in said and len(said) < 2000


def test_an_experiment_in_a_notebook_ends_with_a_picture_and_the_verdict(displays):
    result = compared()
    (one,) = displays
    first, last = one.all[1], one.all[-1]
    assert one.all[0]["text/plain"] == "Measuring ..."
    assert '<progress max="6" value="0"></progress> 0 of 6 runs' in first["text/html"]
    assert "still empty" in first["text/plain"]
    assert "<progress" not in last["text/html"]
    assert "Threads with 2 workers:" in last["text/plain"]
    assert '<p style="font-weight:bold">' in last["text/html"]
    assert result.prediction == {}


def test_a_committed_prediction_is_kept_with_the_result(displays):
    prediction = predict(workers=4)
    prediction.commit()
    result = compared(guess=prediction)
    assert result.prediction == {"threads": 1.0, "processes": 1.0}
    assert result.prediction_n_workers == 4


def test_the_chart_is_drawn_again_only_now_and_then(displays, monkeypatch):
    monkeypatch.setattr(watch, "REDRAW_S", 3600)
    compared(rounds=5)
    assert len(displays[0].all) == 3  # what is awaited, the empty frame and the end
    monkeypatch.setattr(watch, "REDRAW_S", 0)
    compared(rounds=1)
    assert len(displays[1].all) == 3 + 6


def test_an_interrupt_keeps_what_was_measured_and_ends_in_one_line(displays, monkeypatch):
    def run(self, stop, run=Experiment.run):
        for result in run(self, stop):
            yield result
            if len(result.runs) == 5:
                raise KeyboardInterrupt

    monkeypatch.setattr(Experiment, "run", run)
    with pytest.raises(Stopped, match=r"^Stopped after 5 of 6 runs: nothing is left") as caught:
        compared()
    assert caught.value._render_traceback_() == [str(caught.value)]
    last = displays[0].all[-1]["text/plain"]
    assert "\nStopped." in last and "Threads with 1 worker:" in last
    with exclusive():
        pass


def test_an_interrupt_before_the_first_run_ends_in_one_line(displays, monkeypatch):
    def interrupted(n_threads):
        raise KeyboardInterrupt

    monkeypatch.setattr(machine, "capacity", interrupted)
    with pytest.raises(Stopped, match=r"^Stopped: nothing is left running"):
        compared()
    assert displays[0].all[-1]["text/plain"] == "Stopped."
    with exclusive():
        pass


def test_a_refused_run_says_so_below_the_chart(displays):
    with pytest.raises(LabError, match="must give what it gives serially"):
        compared(jobs.tells_who)
    assert displays[0].all[-1]["text/plain"].endswith("\nRefused.")
    with exclusive():
        pass


def test_on_one_cpu_a_recording_stands_beside_the_curve(displays, monkeypatch, tmp_path):
    monkeypatch.setattr(store, "RECORDINGS", tmp_path)
    store.save(curves({"processes": {2: 1.8}}, made="2026-01-02T03:04:05+00:00", title="More"),
                 tmp_path / "one.json")  # fmt: skip
    one_cpu = dataclasses.replace(MACHINE, usable_cpus=1.0)
    monkeypatch.setattr(machine, "describe", lambda: one_cpu)
    drawn = []
    plot = compare.plot_scaling
    monkeypatch.setattr(
        compare, "plot_scaling", lambda *a, **k: (drawn.append(k), plot(*a, **k))[1]
    )
    compared()
    said = displays[0].all[-1]["text/plain"]
    assert "Only one CPU is usable here" in said
    assert "recorded on 2026-01-02 on another machine (CPython 3.13.0" in said
    assert said.endswith(', for another variant of the job: "More".')
    assert all(options["recorded"].kinds == ("serial", "processes") for options in drawn)


def test_on_one_cpu_without_a_recording_nothing_is_missing(displays, monkeypatch, tmp_path):
    monkeypatch.setattr(store, "RECORDINGS", tmp_path)
    one_cpu = dataclasses.replace(MACHINE, usable_cpus=1.0)
    monkeypatch.setattr(machine, "describe", lambda: one_cpu)
    compared()
    assert "recorded" not in displays[0].all[-1]["text/plain"]
