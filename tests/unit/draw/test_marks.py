"""Words, rows, keys and axes that charts share, read back from where they stand."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import Patch

from helpers.draw import marks, style


def box(ax, text):
    ax.figure.canvas.draw()
    return text.get_window_extent()


@given(st.lists(st.floats(0, 100), max_size=12), st.floats(0.01, 5))
def test_labels_are_moved_apart_in_order(positions, gap):
    placed = marks.spread_labels(positions, gap)
    assert len(placed) == len(positions)
    pairs = sorted(zip(positions, placed))
    assert all(b[1] - a[1] >= gap - 1e-5 for a, b in pairwise(pairs) if b[0] > a[0])
    heights = sorted(placed)
    assert all(b - a >= gap - 1e-5 for a, b in pairwise(heights))


@given(st.lists(st.integers(0, 100), unique=True, max_size=12))
def test_labels_that_have_room_stay(positions):
    assert marks.spread_labels(positions, 0.9) == positions


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_names_of_lines_stand_beside_their_ends_on_any_axis(scale):
    ax = style.axes()
    ax.set(yscale=scale, ylim=(1, 1000))
    marks.name_lines(ax, [marks.End(900, "high"), marks.End(10, "low"), marks.End(10.1, "near")])
    high, low, near = (box(ax, text) for text in ax.texts)
    assert high.x0 > ax.bbox.x1
    assert (high.y0 + high.y1) / 2 == pytest.approx(ax.transData.transform((1, 900))[1], abs=4)
    assert not low.overlaps(near)


@pytest.mark.parametrize(
    ("dx", "dy", "place"),
    [(9, 0, ("left", "center")), (-9, 0, ("right", "center")), (0, 9, ("center", "bottom"))],
)
def test_a_text_stands_on_the_side_it_is_moved_to(dx, dy, place):
    text = marks.write(style.axes(), 0.5, 0.5, "$\\frac{", dx=dx, dy=dy)
    assert (text.get_ha(), text.get_va()) == place
    assert not text.get_parse_math()


def test_rows_make_room_for_their_names_and_begin_at_the_top():
    names = ["a", "a row with a name that is quite long", "two\nlines", "$\\frac{"]
    ax = marks.rows(names)
    ax.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert all(one.x0 > 0 for one in boxes)
    assert all(above.y0 > below.y1 for above, below in pairwise(boxes))


def test_rows_can_be_none_and_can_stand_on_given_axes():
    assert len(marks.rows([]).get_yticks()) == 0
    ax = style.axes()
    assert marks.rows(["a", "b"], ax) is ax


@pytest.mark.parametrize("n", [1, 3, 5, 8])
def test_a_key_stays_inside_its_figure(n):
    ax = marks.rows(["a row"], bottom_in=1.1)
    marks.key(ax, [Patch(label=f"the meaning of {i}") for i in range(n)])
    ax.figure.canvas.draw()
    texts = [text.get_window_extent() for text in ax.get_legend().get_texts()]
    assert all(one.x0 > 0 and one.x1 < ax.figure.bbox.x1 and one.y0 > 0 for one in texts)
    assert not any(a.overlaps(b) for a, b in combinations(texts, 2))


def test_choices_are_written_beside_the_rows():
    ax = marks.rows(["a", "b"])
    marks.choices(ax, ["a", "b"], ["b"], yes="fast", no="slow")
    assert [text.get_text() for text in ax.texts] == ["you: slow", "you: fast"]
    a, b = (box(ax, text) for text in ax.texts)
    assert a.y0 > b.y1 and a.x0 > ax.bbox.x1


def test_predictions_that_are_equal_are_written_one_above_the_other():
    ax = style.axes()
    marks.predictions(ax, [marks.Said(kind, 0.5, 0.5, "0.5") for kind in ("threads", "processes")])
    one, other = (box(ax, text) for text in ax.texts)
    assert not one.overlaps(other)


@given(st.floats(1e-6, 1e6), st.floats(1.5, 1e6))
def test_a_log_axis_has_plain_numbers_inside_it(low, ratio):
    ticks = marks.log_ticks(low, low * ratio)
    assert ticks == sorted(ticks)
    assert all(low <= tick <= low * ratio for tick in ticks)


def test_the_ticks_of_a_log_axis_are_written_out():
    ax = style.axes()
    marks.log_axis(ax, "x", 0.05, 3000, marks.log_ticks(0.05, 3000, [1]))
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        "0.1",
        "1",
        "10",
        "100",
        "1,000",
    ]
    marks.log_axis(ax, "y", 1, 64, [1, 4, 64])
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1", "4", "64"]
