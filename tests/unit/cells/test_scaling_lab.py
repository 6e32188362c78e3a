"""The scaling lab, without a browser: what its controls do, and how its runs end."""

import contextlib
import threading

import pytest

from helpers.cells import compare, scaling_lab
from helpers.cells.scaling_lab import ScalingLab
from helpers.cells.watch import exclusive
from helpers.core import store as records
from helpers.core.runs import Result
from helpers.core.scaling import Experiment
from helpers.errors import LabError
from tests.kernels import eventually
from tests.unit import sample_jobs as jobs


@pytest.fixture
def lab(displays, monkeypatch, tmp_path):
    """A lab that runs a small job in threads, stopped at the end whatever happens."""
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    with running(small_lab()) as one:
        yield one


@pytest.fixture
def busy_lab(displays):
    """A lab with a job that lasts, in the middle of a run."""
    with running(small_lab(jobs.spins)) as one:
        one.controls["rounds"].value = 30
        one.run()
        assert eventually(lambda: one.said)
        yield one


@contextlib.contextmanager
def running(one):
    yield one
    one.stop()
    assert one.wait()


def small_lab(function=jobs.doubles):
    one = ScalingLab(jobs.job(function))
    one.controls["processes"].value = False
    one.controls["workers"].value = "1, 2"
    one.controls["rounds"].value = 1
    return one


def disabled(lab):
    return [lab.controls[name].disabled for name in ("run", "stop", "save")]


def test_the_lab_shows_its_controls_and_a_place_for_its_chart(lab, displays):
    lab._ipython_display_()
    controls, chart = displays
    assert controls.all[0]["text/plain"] == "ScalingLab: open this notebook in JupyterLab to use it"
    assert "The chart comes here." in chart.all[0]["text/html"]


def test_a_run_of_the_lab(lab, displays):
    lab._ipython_display_()
    lab.controls["run"].click()
    assert lab.wait()
    assert len(lab.result.runs) == 6 and lab.error is None
    assert lab.said == "done: 6 runs"
    assert (
        lab.controls["run"].disabled,
        lab.controls["stop"].disabled,
        lab.controls["save"].disabled,
    ) == (
        False,
        True,
        False,
    )
    assert "Threads with 2 workers:" in displays[1].all[-1]["text/plain"]


def test_while_the_lab_runs_only_stop_can_be_pressed(busy_lab):
    lab = busy_lab
    assert (
        lab.controls["run"].disabled,
        lab.controls["stop"].disabled,
        lab.controls["save"].disabled,
    ) == (True, False, True)
    lab.controls["stop"].click()
    assert lab.wait()
    assert not lab.controls["run"].disabled and lab.controls["stop"].disabled


def stop_after(lab, n_runs, monkeypatch):
    """Let Stop be pressed once so many runs are done."""

    def run(self, stop, run=Experiment.run):
        for result in run(self, stop):
            if len(result.runs) == n_runs:
                lab.stop()
            yield result

    monkeypatch.setattr(Experiment, "run", run)


def test_a_stop_in_the_middle_keeps_what_was_measured(lab, displays, monkeypatch):
    stop_after(lab, 4, monkeypatch)
    lab.controls["rounds"].value = 30
    lab.run()
    assert lab.wait()
    assert lab.said == "stopped after 4 of 93 runs"
    assert len(lab.result.runs) == 4
    assert "\nStopped." in displays[0].all[-1]["text/plain"]


def test_a_stop_during_the_warm_up_keeps_the_result_before(lab, monkeypatch):
    lab.run()
    assert lab.wait()
    before = lab.result
    stop_after(lab, 1, monkeypatch)
    lab.run()
    assert lab.wait()
    assert lab.result is before and not lab.controls["save"].disabled


def test_run_pressed_twice_runs_once(busy_lab):
    lab = busy_lab
    lab.run()
    lab.controls["run"].click()
    assert [t.name for t in threading.enumerate()].count("ScalingLab") == 1


def test_a_second_lab_is_refused_in_one_line_while_the_first_runs(busy_lab, monkeypatch):
    lab, second = busy_lab, small_lab()
    second.run()
    assert second.wait()
    assert second.said.startswith("one experiment runs at a time, and another is running")
    assert isinstance(second.error, LabError) and second.result is None
    with pytest.raises(LabError, match="one experiment runs at a time"):
        compare.compare(jobs.job(jobs.doubles), "threads")
    lab.stop()
    assert lab.wait()
    second.run()
    assert second.wait()
    assert second.said == "done: 6 runs" and second.error is None


def test_a_lab_whose_cell_is_run_again_ends_its_old_run(busy_lab, monkeypatch):
    small_lab()._ipython_display_()
    assert busy_lab.said.startswith("stopped after ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"workers": "abc"}, "worker counts are whole numbers with commas between, not 'abc"),
        ({"workers": ""}, "worker counts come in a list of one or more, not ()"),
        ({"workers": "0"}, "the number of workers must be a whole number from 1 to"),
        ({"workers": "1000000"}, "got 1000000; try"),
        ({"workers": "1.5"}, "not '1.5': try 1, 2, 4"),
    ],
)
def test_what_cannot_be_run_is_told_in_one_line(lab, displays, change, said):
    for name, value in change.items():
        lab.controls[name].value = value
    lab.run()
    assert lab.wait()
    assert said in lab.said
    assert isinstance(lab.error, LabError)
    assert lab.result is None and displays == []
    assert not lab.controls["run"].disabled and lab.controls["save"].disabled


def test_without_any_kind_there_is_nothing_to_compare(lab):
    lab.controls["threads"].value = False
    lab.run()
    assert lab.wait()
    assert lab.said == ("one kind of worker or more is compared with the loop: tick threads")


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (jobs.raises_in_a_worker, "raised ValueError: the first line and the second; mend the job"),
        (jobs.tells_who, "must give what it gives serially"),
    ],
)
def test_a_run_that_is_refused_is_told_in_one_line(lab, displays, monkeypatch, job, said):
    lab = small_lab(job)
    lab.run()
    assert lab.wait()
    assert said in lab.said and "\n" not in lab.said
    assert displays[0].all[-1]["text/plain"].endswith("\nRefused.")
    with exclusive():
        pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_expects_is_shown_and_ends_the_run(lab, monkeypatch):
    def broken(*what):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(scaling_lab, "Curve", broken)
    lab.run()
    assert lab.wait()
    assert lab.said == "ZeroDivisionError: by zero"
    assert not lab.controls["run"].disabled
    with exclusive():
        pass


def test_a_prediction_made_in_the_lab_is_kept(lab):
    lab.prediction.commit()
    lab.run()
    assert lab.wait()
    assert lab.result.prediction == {"threads": 1.0, "processes": 1.0}


def test_another_job_gets_a_prediction_of_its_own(lab):
    lab.prediction.commit()
    lab.controls["job"].value = "pictures"
    assert lab.prediction.answer is None
    assert not lab.prediction.controls["commit"].disabled
    lab.prediction.controls["threads"].value = 1.5
    lab.prediction.commit()
    assert lab.prediction.answer == {"threads": 1.5, "processes": 1.0}


def test_the_result_is_saved_by_a_click(lab, tmp_path):
    lab.save()
    assert lab.said == "Nothing is measured yet: press Run first."
    lab.run()
    assert lab.wait()
    lab.controls["save"].click()
    (path,) = tmp_path.iterdir()
    assert lab.said == f"Saved as {path.name} in {tmp_path}."
    assert records.load_as(Result, path) == lab.result


def test_a_folder_that_cannot_be_written_to_is_told(lab, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setattr(records, "RESULTS", tmp_path / "file")
    lab.run()
    assert lab.wait()
    lab.controls["save"].click()
    assert lab.said.startswith("results are saved in a folder that can be written to")


def test_the_sizes_are_those_of_the_job():
    lab = ScalingLab()
    assert lab.controls["size"].value == 60_000 and lab.controls["format"].layout.display == "none"
    lab.controls["job"].value = "pictures"
    assert lab.controls["size"].value == 0.5 and lab.controls["format"].layout.display is None
    lab.controls["job"].value = "strings"
    assert lab.controls["size"].value == 60_000


def test_the_lab_shows_what_is_chosen_also_where_it_leaves_an_option_out():
    one = ScalingLab("strings")
    assert one.controls["sublists"].label == "as the job likes"
    one.controls["size"].label = "all of them"
    assert one.controls["size"].label == "all of them"
    experiment = one.experiment()
    assert len(experiment.job.items) > 60_000
    assert experiment.n_sublists is None


def test_a_lab_opens_with_the_job_asked_for_and_offers_it_beside_the_others():
    assert ScalingLab("pictures").controls["size"].value == 0.5
    own = jobs.job(jobs.doubles)
    one = ScalingLab(own)
    assert one.experiment().job is own
    offered = [label for label, _ in one.controls["job"].options]
    assert offered == ["strings", "pictures", "finished", "numbers"]
    assert one.controls["format"].layout.display == "none"
    one.controls["job"].value = "strings"
    assert one.experiment().job.items[0] == "Shanghai"
    one.controls["job"].label = "numbers"
    assert one.experiment().job is own


@pytest.mark.parametrize("job", ["string", None, ["strings"], 3])
def test_a_lab_for_what_is_no_job_is_refused(job):
    with pytest.raises(LabError, match=r"a job is .*, not "):
        ScalingLab(job)
