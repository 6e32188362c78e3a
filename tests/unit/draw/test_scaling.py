"""The scaling chart, read back from its lines, bands, ticks and words: never from pixels."""

import dataclasses
import struct
import warnings
from itertools import combinations, pairwise
from types import SimpleNamespace

import pytest
from matplotlib import colors
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.figure import Figure

from helpers.core.machine import Capacity
from helpers.draw import style
from helpers.draw.scaling import plot_scaling
from tests.unit.results import MACHINE, curves, result, run, serial

TWO = {"threads": {1: 0.9, 2: 1.0}, "processes": {1: 0.8, 2: 1.7}}


def line_of(ax, kind, style_of_line="-"):
    """Return (x, y) of the one line of a kind, as lists."""
    wanted = colors.to_hex(style.colour(kind))
    found = [
        line
        for line in ax.get_lines()
        if colors.to_hex(line.get_color()) == wanted and line.get_linestyle() == style_of_line
    ]
    assert len(found) == 1
    return [list(map(float, values)) for values in found[0].get_data()]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def tick_labels(ax):
    ax.figure.canvas.draw()
    return [label.get_text() for label in ax.get_xticklabels()]


# -- what is drawn ---------------------------------------------------------------------


def test_the_lines_are_the_medians():
    ax = plot_scaling(curves(TWO))
    assert line_of(ax, "threads") == [[1, 2], pytest.approx([0.9, 1.0])]
    assert line_of(ax, "processes") == [[1, 2], pytest.approx([0.8, 1.7])]


def test_the_band_is_between_the_quartiles_and_each_round_is_a_faint_point():
    speed_ups = (1.0, 1.5, 2.0)
    runs = [serial(number) for number in (1, 2, 3)]
    for n_workers in (1, 2):
        for number, speed_up in enumerate(speed_ups, 1):
            runs.append(run("threads", n_workers, number, 1 / speed_up))
    ax = plot_scaling(result(*runs))
    (band,) = [one for one in ax.collections if isinstance(one, FillBetweenPolyCollection)]
    vertices = {(float(x), round(float(y), 6)) for x, y in band.get_paths()[0].vertices}
    assert vertices == {(1.0, 1.25), (2.0, 1.25), (1.0, 1.75), (2.0, 1.75)}
    faint = [line for line in ax.get_lines() if line.get_alpha() and line.get_linestyle() == "None"]
    drawn = [[list(map(float, values)) for values in line.get_data()] for line in faint]
    assert drawn == [[[n, n, n], pytest.approx(speed_ups)] for n in (1, 2)]


def test_each_kind_has_its_colour_and_marker():
    ax = plot_scaling(curves({"threads": {2: 1.0}, "processes-spawn": {2: 1.5}}))
    for kind in ("threads", "processes-spawn"):
        (line,) = [
            line
            for line in ax.get_lines()
            if line.get_linestyle() == "-" and line.get_marker() == style.marker(kind)
        ]
        assert line.get_color() == style.colour(kind)


def test_two_equal_predictions_are_written_one_above_the_other():
    guessed = dataclasses.replace(curves(TWO), prediction={"threads": 1.0, "processes": 1.0})
    ax = plot_scaling(guessed)
    one, two = (text for text in ax.texts if text.get_text() == "you said 1.0")
    assert abs(one.xyann[1] - two.xyann[1]) > 10  # points
    assert one.get_ha() == "right"  # at the right stand the names of the lines


def test_a_line_is_named_in_letters_of_its_own_hue():
    ax = plot_scaling(curves(TWO))
    (name,) = [text for text in ax.texts if text.get_text() == "threads 1.00×"]
    assert name.get_color() == style.ink("threads")


def test_the_dashed_line_is_the_measured_capacity():
    ax = plot_scaling(curves(TWO, capacity=Capacity((1, 2, 4), ((1.0,), (1.9,), (3.5,)))))
    (dashed,) = [line for line in ax.get_lines() if line.get_linestyle() == "--"]
    assert [list(map(float, v)) for v in dashed.get_data()] == [[1, 2, 4], [1.0, 1.9, 3.5]]


def test_the_capacity_reaches_as_far_as_the_workers():
    ax = plot_scaling(curves({"threads": {1: 1, 8: 1}}, capacity=Capacity((1, 2), ((1,), (1.9,)))))
    (dashed,) = [line for line in ax.get_lines() if line.get_linestyle() == "--"]
    assert [list(map(float, v)) for v in dashed.get_data()] == [[1, 2, 8], [1.0, 1.9, 1.9]]


def test_lines_are_labelled_where_they_end_and_apart_from_each_other():
    ax = plot_scaling(curves({"threads": {2: 1.01}, "processes": {2: 1.02}}))
    said = texts(ax)
    for label in ("threads 1.01×", "processes 1.02×", "what the cores can do", "serial 1×"):
        assert label in said
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert ax.get_legend() is None


def test_axes_have_units_and_speed_up_begins_at_zero():
    ax = plot_scaling(curves(TWO))
    assert ax.get_xlabel() == "workers"
    assert ax.get_ylabel() == "speed-up over serial (×)"
    assert ax.get_title(loc="left") == "Numbers"
    assert ax.get_ylim()[0] == 0
    assert tick_labels(ax) == ["1", "2"]


def test_the_usable_cpus_are_marked_where_the_axis_reaches_them():
    machine = dataclasses.replace(MACHINE, usable_cpus=1.5)
    assert " 1.5 usable CPUs " in texts(plot_scaling(curves(TWO, machine=machine)))
    machine = dataclasses.replace(MACHINE, usable_cpus=1.0)
    assert " 1 usable CPU " in texts(plot_scaling(curves(TWO, machine=machine)))
    assert not any("usable" in text for text in texts(plot_scaling(curves(TWO))))


# -- few runs, and many workers --------------------------------------------------------


def test_a_result_without_runs_gives_the_frame_with_room_for_what_comes():
    ax = plot_scaling(result(), worker_counts=(1, 2, 4))
    assert tick_labels(ax) == ["1", "2", "4"]
    assert ax.get_ylim()[1] > 2
    assert "still empty" in style.alt_text(ax.figure)
    assert len(style.png(ax.figure)) > 1000


@pytest.mark.parametrize(
    "runs", [(serial(0),), (serial(1),), (serial(1), run()), (run(),), (run(round=0), serial(0))]
)
def test_one_run_is_enough_and_too_few_are_no_error(runs):
    ax = plot_scaling(result(*runs))
    assert len(style.png(ax.figure)) > 1000


def test_a_curve_of_one_point_has_its_marker():
    ax = plot_scaling(curves({"threads": {2: 1.25}}, n_rounds=1))
    assert line_of(ax, "threads") == [[2], pytest.approx([1.25])]


@pytest.mark.parametrize("right", [2, 3, 4, 6, 16, 17, 33, 63, 64, 65, 100, 256])
def test_ticks_are_whole_workers_that_do_not_touch(right):
    counts = sorted({n for n in (1, 2, 4, 8, 16, 32, 64, 128) if n < right} | {right})
    ax = plot_scaling(curves({"processes": {n: 0.8 * n for n in counts}}, n_rounds=1))
    labels = tick_labels(ax)
    assert labels[0] == "1" and labels[-1] == str(right)
    assert set(map(int, labels)) <= set(counts)
    for axis in (ax.xaxis, ax.yaxis):
        boxes = [label.get_window_extent() for label in axis.get_ticklabels()]
        boxes = [box for box in boxes if box.width]
        assert not any(a.overlaps(b) for a, b in pairwise(boxes))
    assert line_of(ax, "processes")[0] == counts


# -- beside it: a prediction, a recording, a model -------------------------------------


def test_a_prediction_is_drawn_where_it_was_made():
    ax = plot_scaling(curves(TWO, prediction={"threads": 2.0, "processes": 1.5}))
    drawn = {
        line.get_marker(): [float(value) for (value,) in line.get_data()]
        for line in ax.get_lines()
        if line.get_markerfacecolor() == "none"
    }
    assert drawn == {style.marker("threads"): [2, 2.0], style.marker("processes"): [2, 1.5]}
    assert "you said 2.0" in texts(ax) and "you said 1.5" in texts(ax)


def test_a_prediction_is_in_sight_whatever_was_measured():
    predicted = {"prediction": {"processes": 15.0}, "prediction_n_workers": 8}
    ax = plot_scaling(curves(TWO, **predicted))
    assert ax.get_xlim()[1] > 8 and ax.get_ylim()[1] > 15
    assert "8" in tick_labels(ax)


def test_no_prediction_leaves_no_trace():
    assert not any("you said" in text for text in texts(plot_scaling(curves(TWO))))


def test_a_recording_is_drawn_thin_and_named_with_its_machine():
    here = dataclasses.replace(MACHINE, usable_cpus=1.0)
    recorded = curves({"processes": {2: 1.8, 8: 6.0}}, machine=MACHINE)
    ax = plot_scaling(curves({"processes": {2: 0.9}}, machine=here), recorded=recorded)
    thin = [line for line in ax.get_lines() if line.get_markerfacecolor() == "white"]
    assert [[list(map(float, v)) for v in line.get_data()] for line in thin] == [
        [[2, 8], pytest.approx([1.8, 6.0])]
    ]
    said = texts(ax)
    assert "processes, recorded 6.00×" in said
    assert any(text.startswith("recorded on 2026-11-22: CPython 3.13.0") for text in said)
    assert ax.get_xlim()[1] > 8 and ax.get_ylim()[1] > 6


def test_a_recording_that_holds_nothing_is_no_error():
    assert plot_scaling(curves(TWO), recorded=result())


def test_a_model_is_dotted_and_named_as_one():
    curve = SimpleNamespace(kind="threads", n_workers=(1, 2, 16), speed_ups=(1.0, 1.2, 1.3))
    ax = plot_scaling(curves(TWO), models=[curve])
    assert line_of(ax, "threads", ":") == [[1, 2, 16], [1.0, 1.2, 1.3]]
    assert "threads, model" in texts(ax)
    assert ax.get_xlim()[1] > 16


# -- in words --------------------------------------------------------------------------


def test_the_alternative_text_tells_the_data():
    ax = plot_scaling(curves(TWO))
    said = style.alt_text(ax.figure)
    assert said == (
        "Numbers: median speed-up by number of workers: threads 0.90 with 1, 1.00 with 2; "
        "processes 0.80 with 1, 1.70 with 2. The machine's measured capacity is 3.80 cores with "
        "4 threads."
    )


# -- manners ---------------------------------------------------------------------------


def test_a_chart_is_drawn_where_one_says():
    figure = Figure()
    ax = figure.add_subplot()
    assert plot_scaling(curves(TWO), ax=ax) is ax
    assert ax.figure is figure


def test_two_charts_share_nothing():
    first, second = plot_scaling(curves(TWO)), plot_scaling(curves(TWO))
    assert first.figure is not second.figure


def test_the_picture_is_a_png_of_its_size():
    data = style.png(plot_scaling(curves(TWO)).figure, dpi=100)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (760, 400)


def test_drawing_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        style.png(plot_scaling(curves(TWO, prediction={"threads": 1.0})).figure)
