"""What notebooks show and click, without a browser: pictures, predictions and the scaling lab."""

import base64
import dataclasses
import io
import re
import threading
import time

import pytest
from PIL import Image

from helpers.cells import live, scaling_lab
from helpers.cells.live import run_live, show, show_image
from helpers.cells.parsons import Parsons
from helpers.cells.prediction import Prediction
from helpers.cells.scaling_lab import ScalingLab
from helpers.core import machine
from helpers.core import store as records
from helpers.core.scaling import Experiment
from helpers.core.spans import Span
from helpers.draw import style
from helpers.draw.scaling import plot_scaling
from helpers.errors import LabError, Stopped
from helpers.turns.chart import draw_timeline
from tests.unit import sample_jobs as jobs
from tests.unit.results import MACHINE, curves, run, serial


class Shown:
    """Stands in for IPython: keeps what is displayed, in order."""

    def __init__(self, data, metadata=None, **options):
        self.all = [data]
        self.metadata = metadata
        self.options = options

    def update(self, data, metadata=None, **options):
        self.all.append(data)
        self.metadata = metadata


@pytest.fixture
def displays(monkeypatch):
    """Return the list of what a notebook would show: one ``Shown`` for each display."""
    shown = []

    def display(data, **options):
        shown.append(Shown(data, **options))
        return shown[-1]

    monkeypatch.setattr(live, "display", display)
    monkeypatch.setattr(live, "get_ipython", lambda: "a shell")
    return shown


@pytest.fixture(autouse=True)
def quick_capacity(monkeypatch):
    """Measure the capacity as always, but in a moment."""
    measure = machine.capacity
    monkeypatch.setattr(
        machine, "capacity", lambda n, rounds=1: measure(n, slice_s=0.001, rounds=1)
    )


def experiment(function=jobs.doubles, kinds=("threads",), rounds=1):
    return Experiment(jobs.job(function), kinds=kinds, worker_counts=(1, 2), rounds=rounds)


# -- pictures --------------------------------------------------------------------------


def test_a_picture_is_an_image_with_its_alternative_text():
    ax = plot_scaling(curves({"threads": {2: 1.5}}, title='A <script> & "quotes"'))
    data, metadata = live.bundle(ax.figure, "<p>in HTML</p>", "in words")
    png = base64.b64decode(data["image/png"])
    assert png[:4] == b"\x89PNG"
    alt = style.alt_text(ax.figure)
    assert "threads 1.50 with 2" in alt
    assert metadata["image/png"] == {"width": 760, "alt": alt}
    assert data["text/plain"] == f"{alt}\nin words"
    assert "&lt;script&gt; &amp; &quot;quotes&quot;" in data["text/html"]
    assert "<script>" not in data["text/html"]
    assert "<figcaption><p>in HTML</p></figcaption>" in data["text/html"]


def test_a_narrow_window_can_put_the_second_chart_of_a_figure_below_the_first():
    figure = draw_timeline([Span("a", 0, 0.005), Span("b", 0.005, 0.010)])
    data, metadata = live.bundle(figure)
    images = re.findall(r'<img alt="([^"]*)" width="(\d+)"', data["text/html"])
    assert [alt.split(",")[0] for alt, _ in images] == ["2 workers over 10 ms", "Beside it"]
    assert sum(int(width) for _, width in images) == metadata["image/png"]["width"]
    whole = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    cut = [Image.open(io.BytesIO(part)) for part, *_ in style.parts(figure, style.png(figure))]
    assert sum(part.width for part in cut) == whole.width
    assert {part.height for part in cut} == {whole.height}


def test_an_image_of_pillow_is_shown_with_its_alternative_text(displays):
    show_image(Image.new("RGB", (40, 30), "red"), 'A "red" <card>')
    (one,) = displays
    (data,) = one.all
    assert data["text/plain"] == 'A "red" <card>'
    assert 'alt="A &quot;red&quot; &lt;card&gt;" width="40"' in data["text/html"]
    encoded = re.search(r"base64,([^\"]+)", data["text/html"])[1]
    image = Image.open(io.BytesIO(base64.b64decode(encoded)))
    assert (image.size, image.getpixel((0, 0))) == ((40, 30), (255, 0, 0))


def test_a_picture_is_shown_once_and_then_updated_in_place(displays):
    picture = live.Picture()
    ax = plot_scaling(curves({"threads": {2: 1.5}}))
    for text in ("first", "second", "third"):
        picture.update(ax.figure, text=text)
    (one,) = displays
    assert one.options == {"raw": True, "display_id": True}
    assert [data["text/plain"].splitlines()[-1] for data in one.all] == ["first", "second", "third"]


def test_a_picture_that_has_its_place_appears_there(displays):
    picture = live.Picture()
    picture.place("it comes < here")
    picture.update(plot_scaling(curves({"threads": {2: 1.5}})).figure)
    (one,) = displays
    assert one.all[0]["text/html"] == "<em>it comes &lt; here</em>"
    assert "image/png" in one.all[1]


def test_show_displays_the_figure_of_some_axes(displays):
    show(plot_scaling(curves({"threads": {2: 1.5}})), text="words")
    assert displays[0].all[0]["text/plain"].endswith("\nwords")


def test_a_plain_script_gets_words_and_no_bytes(capsys):
    show(plot_scaling(curves({"threads": {2: 1.5}})), text="the words")
    Prediction()._ipython_display_()
    live.Picture().place("nothing to see")
    said = capsys.readouterr().out
    assert said.endswith("\nthe words\nPrediction: none committed yet\n")
    assert len(said) < 1000


def test_a_widget_has_words_for_where_it_cannot_be_shown(displays):
    live.display_widget(Prediction().box, "the words")
    data = displays[0].all[0]
    assert data["text/plain"] == "the words"
    assert "application/vnd.jupyter.widget-view+json" in data


# -- one experiment at a time ----------------------------------------------------------


def test_two_experiments_at_once_are_refused_and_then_allowed_again():
    with live.exclusive():
        with pytest.raises(LabError, match="one experiment runs at a time"):
            run_live(experiment())
        with pytest.raises(LabError), live.exclusive():
            pass
    with live.exclusive():
        pass


@pytest.mark.parametrize("error", [KeyboardInterrupt, LabError, ZeroDivisionError, GeneratorExit])
def test_an_error_lets_the_next_experiment_run(error):
    with pytest.raises(error), live.exclusive():
        raise error
    with live.exclusive():
        pass


# -- an experiment in a cell -----------------------------------------------------------


def test_an_experiment_runs_in_a_plain_script_and_says_its_verdict(capsys):
    result = run_live(experiment())
    assert len(result.runs) == 6
    said = capsys.readouterr().out
    assert said.count("Threads with 2 workers:") == 1
    assert "base64" not in said and len(said) < 2000


def test_an_experiment_in_a_notebook_ends_with_a_picture_and_the_verdict(displays):
    result = run_live(experiment())
    (one,) = displays
    first, last = one.all[0], one.all[-1]
    assert '<progress max="6" value="0"></progress> run 0 of 6' in first["text/html"]
    assert "still empty" in first["text/plain"]
    assert "<progress" not in last["text/html"]
    assert "Threads with 2 workers:" in last["text/plain"]
    assert '<p style="font-weight:bold">' in last["text/html"]
    assert result.prediction == {}


def test_a_committed_prediction_is_kept_with_the_result(displays):
    prediction = Prediction(n_workers=4)
    prediction.commit()
    result = run_live(experiment(), prediction)
    assert result.prediction == {"threads": 1.0, "processes": 1.0}
    assert result.prediction_n_workers == 4


def test_the_chart_is_drawn_again_only_now_and_then(displays, monkeypatch):
    monkeypatch.setattr(live, "REDRAW_S", 3600)
    run_live(experiment(rounds=5))
    assert len(displays[0].all) == 2  # the empty frame and the end
    monkeypatch.setattr(live, "REDRAW_S", 0)
    run_live(experiment(rounds=1))
    assert len(displays[1].all) == 2 + 6


def test_an_interrupt_keeps_what_was_measured_and_ends_in_one_line(displays, monkeypatch):
    add = live.Watch.add

    def interrupted(watch, run):
        add(watch, run)
        if len(watch.result.runs) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(live.Watch, "add", interrupted)
    with pytest.raises(
        Stopped, match=r"^Stopped after 5 of 6 runs: the chart keeps them"
    ) as caught:
        run_live(experiment())
    assert caught.value._render_traceback_() == [str(caught.value)]
    last = displays[0].all[-1]["text/plain"]
    assert "\nStopped." in last and "Threads with 1 worker:" in last
    with live.exclusive():
        pass


def test_an_interrupt_before_the_first_run_ends_in_one_line(displays, monkeypatch):
    def interrupted(experiment):
        raise KeyboardInterrupt

    monkeypatch.setattr(live, "begin_result", interrupted)
    with pytest.raises(Stopped, match=r"^Stopped after 0 of 6 runs: too few to draw"):
        run_live(experiment())
    assert displays == []
    with live.exclusive():
        pass


def test_a_refused_run_says_so_below_the_chart(displays):
    with pytest.raises(LabError, match="must give what it gives serially"):
        run_live(experiment(jobs.tells_who))
    assert displays[0].all[-1]["text/plain"].endswith("\nRefused.")
    with live.exclusive():
        pass


def test_on_one_cpu_a_recording_stands_beside_the_curve(displays, monkeypatch, tmp_path):
    monkeypatch.setattr(records, "RECORDINGS", tmp_path)
    records.save(curves({"processes": {2: 1.8}}, made="2026-01-02T03:04:05+00:00", title="More"),
                 tmp_path / "one.json")  # fmt: skip
    begin = live.begin_result
    one_cpu = dataclasses.replace(MACHINE, usable_cpus=1.0)
    monkeypatch.setattr(
        live, "begin_result", lambda e: dataclasses.replace(begin(e), machine=one_cpu)
    )
    drawn = []
    plot = live.plot_scaling
    monkeypatch.setattr(live, "plot_scaling", lambda *a, **k: (drawn.append(k), plot(*a, **k))[1])
    run_live(experiment())
    said = displays[0].all[-1]["text/plain"]
    assert "Only one CPU is usable here" in said
    assert "recorded on 2026-01-02 on another machine (CPython 3.13.0" in said
    assert said.endswith(', for another variant of the job: "More".')
    assert all(options["recorded"].kinds == ("serial", "processes") for options in drawn)


def test_on_one_cpu_without_a_recording_nothing_is_missing(displays, monkeypatch, tmp_path):
    monkeypatch.setattr(records, "RECORDINGS", tmp_path)
    begin = live.begin_result
    one_cpu = dataclasses.replace(MACHINE, usable_cpus=1.0)
    monkeypatch.setattr(
        live, "begin_result", lambda e: dataclasses.replace(begin(e), machine=one_cpu)
    )
    run_live(experiment())
    assert "recorded" not in displays[0].all[-1]["text/plain"]


def test_progress_is_told_with_the_time_that_is_left(displays):
    told = []
    plan = experiment()
    watch = live.Watch(plan, on_progress=lambda *what: told.append(what))
    for one in (serial(0), run(round=0)):
        watch._drawn_s = 0.0
        watch.add(one)
    assert [(done, planned) for done, planned, _ in told] == [(0, 6), (1, 6), (2, 6)]
    assert told[0][2] == "run 0 of 6"
    assert told[2][2].startswith("run 2 of 6, about ") and told[2][2].endswith(" s to go")


# -- a prediction ----------------------------------------------------------------------


def test_a_prediction_is_open_until_it_is_committed_and_then_fixed():
    prediction = Prediction(("threads", "processes"), n_workers=3)
    assert prediction.values == {}
    assert repr(prediction) == "Prediction: none committed yet"
    prediction._sliders["threads"].value = 2.5
    assert prediction.values == {}
    prediction._button.click()
    assert prediction.values == {"threads": 2.5, "processes": 1.0}
    assert repr(prediction) == "Prediction with 3 workers: threads 2.5, processes 1.0"
    assert all(slider.disabled for slider in prediction._sliders.values())
    assert prediction._button.disabled


# -- a Parsons problem -----------------------------------------------------------------


def test_lines_are_moved_by_their_buttons():
    puzzle = Parsons(["first", "second", "third"])
    given = list(puzzle.order)
    assert sorted(given) == ["first", "second", "third"] and given != puzzle.solution
    assert puzzle.untouched
    (_, down), (up, _) = puzzle._buttons[:2]
    down.click()
    assert puzzle.order == [given[1], given[0], given[2]]
    assert not puzzle.untouched
    up.click()
    assert puzzle.untouched


def test_the_first_line_cannot_go_up_nor_the_last_down():
    puzzle = Parsons(["a", "b", "c"])
    given = list(puzzle.order)
    puzzle.move(0, -1)
    puzzle.move(2, 1)
    assert puzzle.order == given
    assert puzzle._buttons[0][0].disabled and puzzle._buttons[2][1].disabled


def test_a_puzzle_is_mixed_in_the_same_way_every_time_and_shows_code_as_it_is():
    lines = ["if a < b:", "    return a", "return b"]
    puzzle = Parsons(lines)
    assert puzzle.order == Parsons(lines).order
    assert repr(puzzle) == "\n".join(puzzle.order)
    assert any("if a &lt; b:" in code.value for code in puzzle._code)


# -- the lab ---------------------------------------------------------------------------


@pytest.fixture
def lab(displays, monkeypatch, tmp_path):
    """A lab that runs a small job in threads, stopped at the end whatever happens."""
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    one = make_lab(monkeypatch)
    yield one
    one.stop()
    assert one.wait()


@pytest.fixture
def busy_lab(lab, monkeypatch):
    """The same with a job that lasts, in the middle of a run."""
    monkeypatch.setattr(scaling_lab, "load_job", lambda *what, **options: jobs.job(jobs.spins))
    lab._rounds.value = 30
    lab.run()
    wait_until(lambda: ScalingLab._running is lab)
    return lab


def make_lab(monkeypatch, function=jobs.doubles):
    monkeypatch.setattr(scaling_lab, "load_job", lambda *what, **options: jobs.job(function))
    one = ScalingLab()
    for kind, box in one._kinds.items():
        box.value = kind == "threads"
    one._workers.value = "1, 2"
    one._rounds.value = 1
    return one


def said_by(lab):
    return lab._note.value.removeprefix('<span role="status">').removesuffix("</span>")


def wait_until(condition):
    end_s = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def test_the_lab_shows_its_controls_and_a_place_for_its_chart(lab, displays):
    lab._ipython_display_()
    controls, chart = displays
    assert controls.all[0]["text/plain"] == "ScalingLab: open this notebook in JupyterLab to use it"
    assert "The chart comes here." in chart.all[0]["text/html"]


def test_a_run_of_the_lab(lab, displays):
    lab._ipython_display_()
    lab._run.click()
    assert lab.wait()
    assert len(lab.result.runs) == 6 and lab.error is None
    assert said_by(lab) == "done: 6 runs"
    assert lab._progress.value == lab._progress.max == 6
    assert (lab._run.disabled, lab._stop_button.disabled, lab._save.disabled) == (
        False,
        True,
        False,
    )
    assert "Threads with 2 workers:" in displays[1].all[-1]["text/plain"]


def test_while_the_lab_runs_only_stop_can_be_pressed(busy_lab):
    lab = busy_lab
    assert (lab._run.disabled, lab._stop_button.disabled, lab._save.disabled) == (True, False, True)
    lab._stop_button.click()
    assert lab.wait()
    assert not lab._run.disabled and lab._stop_button.disabled


def test_a_stop_in_the_middle_keeps_what_was_measured(lab, displays, monkeypatch):
    stopping = []
    add = live.Watch.add

    def stopped_after_four(watch, run):
        add(watch, run)
        if len(watch.result.runs) == 4:
            stopping.append(lab.stop())

    monkeypatch.setattr(live.Watch, "add", stopped_after_four)
    lab._rounds.value = 30
    lab.run()
    assert lab.wait()
    assert stopping == [None]
    assert said_by(lab) == "stopped after 4 of 93 runs"
    assert len(lab.result.runs) == 4
    assert "\nStopped." in displays[0].all[-1]["text/plain"]


def test_a_stop_during_the_warm_up_keeps_the_result_before(lab, monkeypatch):
    lab.run()
    assert lab.wait()
    before = lab.result
    monkeypatch.setattr(live.Watch, "add", lambda watch, run: lab.stop())
    lab.run()
    assert lab.wait()
    assert lab.result is before and not lab._save.disabled


def test_run_pressed_twice_runs_once(busy_lab):
    lab = busy_lab
    thread = lab._thread
    lab.run()
    lab._run.click()
    assert lab._thread is thread
    assert [t.name for t in threading.enumerate()].count("ScalingLab") == 1


def test_a_second_lab_is_refused_in_one_line_while_the_first_runs(busy_lab, monkeypatch):
    lab, second = busy_lab, make_lab(monkeypatch)
    second.run()
    assert second.wait()
    assert said_by(second).startswith("one experiment runs at a time, and another is running")
    assert isinstance(second.error, LabError) and second.result is None
    with pytest.raises(LabError, match="one experiment runs at a time"):
        run_live(experiment())
    lab.stop()
    assert lab.wait()
    second.run()
    assert second.wait()
    assert said_by(second) == "done: 6 runs" and second.error is None


def test_a_lab_whose_cell_is_run_again_ends_its_old_run(busy_lab, monkeypatch):
    make_lab(monkeypatch)._ipython_display_()
    assert said_by(busy_lab).startswith("stopped after ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"_workers": "abc"}, "worker counts are whole numbers with commas between, not &#x27;abc"),
        ({"_workers": ""}, "worker counts need one number or more"),
        ({"_workers": "0"}, "the number of workers must be a whole number from 1 to"),
        ({"_workers": "1000000"}, "got 1000000; try"),
        ({"_workers": "1.5"}, "not &#x27;1.5&#x27;: try 1, 2, 4"),
    ],
)
def test_what_cannot_be_run_is_told_in_one_line(lab, displays, change, said):
    for name, value in change.items():
        getattr(lab, name).value = value
    lab.run()
    assert lab.wait()
    assert said in said_by(lab)
    assert isinstance(lab.error, LabError)
    assert lab.result is None and displays == []
    assert not lab._run.disabled and lab._save.disabled


def test_without_any_kind_there_is_nothing_to_compare(lab):
    lab._kinds["threads"].value = False
    lab.run()
    assert lab.wait()
    assert said_by(lab) == ("one kind of worker or more is compared with the loop: tick threads")


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (jobs.raises_in_a_worker, "raised ValueError: the first line and the second; mend the job"),
        (jobs.tells_who, "must give what it gives serially"),
    ],
)
def test_a_run_that_is_refused_is_told_in_one_line(lab, displays, monkeypatch, job, said):
    lab = make_lab(monkeypatch, job)
    lab.run()
    assert lab.wait()
    assert said in said_by(lab) and "\n" not in said_by(lab)
    assert displays[0].all[-1]["text/plain"].endswith("\nRefused.")
    with live.exclusive():
        pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_expects_is_shown_and_ends_the_run(lab, monkeypatch):
    def broken(*what):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(scaling_lab, "Watch", broken)
    lab.run()
    assert lab.wait()
    assert said_by(lab) == "ZeroDivisionError: by zero"
    assert not lab._run.disabled
    with live.exclusive():
        pass


def test_a_prediction_made_in_the_lab_is_kept(lab):
    lab._prediction.commit()
    lab.run()
    assert lab.wait()
    assert lab.result.prediction == {"threads": 1.0, "processes": 1.0}


def test_another_job_gets_a_prediction_of_its_own(lab):
    lab._prediction.commit()
    lab._job.value = "pictures"
    assert lab._prediction.values == {}
    assert not lab._prediction._button.disabled
    lab._prediction._sliders["threads"].value = 1.5
    lab._prediction.commit()
    assert lab._prediction.values == {"threads": 1.5, "processes": 1.0}


def test_the_result_is_saved_by_a_click(lab, tmp_path):
    lab.save()
    assert said_by(lab) == "Nothing is measured yet: press Run first."
    lab.run()
    assert lab.wait()
    lab._save.click()
    (path,) = tmp_path.iterdir()
    assert path.name in said_by(lab)
    assert records.load(path) == lab.result


def test_a_folder_that_cannot_be_written_to_is_told(lab, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setattr(records, "RESULTS", tmp_path / "file")
    lab.run()
    assert lab.wait()
    lab._save.click()
    assert said_by(lab).startswith("results are saved in a folder that can be written to")


def test_the_sizes_are_those_of_the_job(lab):
    assert lab._size.value == 60_000 and lab._format.layout.display == "none"
    lab._job.value = "pictures"
    assert lab._size.value == 0.5 and lab._format.layout.display is None
    lab._job.value = "strings"
    assert lab._size.value == 60_000


def test_the_lab_shows_what_is_chosen_also_where_it_leaves_an_option_out():
    one = ScalingLab("strings")
    assert one._sublists.label == "as the job likes"
    one._size.label = "all of them"
    assert one._size.label == "all of them"
    experiment = one.experiment()
    assert len(experiment.job.items) > 60_000
    assert experiment.n_sublists is None


def test_a_lab_opens_with_the_job_and_size_asked_for():
    assert ScalingLab("pictures", size=1.0)._size.value == 1.0
    assert ScalingLab("strings", size=10_000).experiment().job.items[0] == "Shanghai"


@pytest.mark.parametrize(("job", "size"), [("string", None), (None, None), (["strings"], None),
                                           ("strings", 5), ("strings", [1])])  # fmt: skip
def test_a_lab_for_what_it_does_not_offer_is_refused(job, size):
    with pytest.raises(LabError, match=r"not .*: (try|choose) one"):
        ScalingLab(job, size)


def test_sentences_are_paragraphs_in_a_notebook_and_lines_in_a_script(
    displays, capsys, monkeypatch
):
    live.say("one < two", 3)
    (one,) = displays
    assert one.all[0] == {"text/html": "<p>one &lt; two</p><p>3</p>", "text/plain": "one < two\n3"}
    monkeypatch.setattr(live, "get_ipython", lambda: None)
    live.say("one < two", 3)
    assert capsys.readouterr().out == "one < two\n3\n"
