"""How charts look, wherever they are drawn, and that nothing else looks different for it."""

import io
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib
import pytest
from matplotlib import colors
from matplotlib.figure import Figure
from PIL import Image

from helpers.draw import style
from helpers.draw.scaling import plot_scaling
from helpers.kind import KINDS
from tests.unit.results import curves

CHECKOUT = Path(__file__).parents[3]
TWO = {"threads": {1: 0.9, 2: 1.0}, "processes": {1: 0.8, 2: 1.7}}


def test_charts_change_no_setting_and_bring_no_window():
    code = (
        "import matplotlib; before = dict(matplotlib.rcParams); "
        "from helpers.draw import style; from helpers.draw.scaling import plot_scaling; "
        "from tests.unit.results import curves; "
        "style.png(plot_scaling(curves({'threads': {2: 1.0}}))); "
        "assert dict(matplotlib.rcParams) == before; "
        "from matplotlib import pyplot; print(pyplot.get_fignums())"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_charts_drawn_in_several_threads_at_once_are_those_drawn_one_by_one():
    results = [curves({"threads": {2: 1 + n / 10}}, title=f"Job {n}") for n in range(6)]
    alone = [style.png(plot_scaling(result), dpi=50) for result in results]
    together = threading.Barrier(len(results), timeout=60)

    def draw(result):
        together.wait()
        return style.png(plot_scaling(result), dpi=50)

    with ThreadPoolExecutor(len(results)) as pool:
        assert list(pool.map(draw, results)) == alone


def test_whoever_draws_meanwhile_sees_its_own_settings(monkeypatch):
    """A lab draws in a thread of its own; the reader's cell may draw in another."""
    seen, put = [], matplotlib.RcParams.__setitem__
    monkeypatch.setattr(
        matplotlib.RcParams, "__setitem__", lambda rc, *item: (seen.append(item), put(rc, *item))
    )
    style.png(plot_scaling(curves(TWO)), dpi=50)
    assert seen == []
    with matplotlib.rc_context({"font.size": 20}):
        assert seen  # or the test would see nothing


def test_a_readers_own_style_does_not_reach_the_charts():
    usual = style.png(plot_scaling(curves(TWO)), dpi=50)
    own = {"font.size": 20, "text.color": "red", "axes.titlesize": 30, "axes.labelcolor": "red"}
    with matplotlib.rc_context(own):
        assert style.png(plot_scaling(curves(TWO)), dpi=50) == usual


def luminance(colour):
    """Return the relative luminance of a colour as WCAG 2 defines it, 0 to 1."""
    rgb = colors.to_rgb(colour)
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@pytest.mark.parametrize(
    "ink", sorted({kind.ink for kind in KINDS.values()} | {style.INK, style.QUIET})
)
def test_every_colour_of_letters_can_be_read_on_white(ink):
    assert 1.05 / (luminance(ink) + 0.05) >= 4.5


def test_axes_that_are_given_get_the_same_frame():
    ax = Figure().add_subplot()
    assert style.axes(ax) is ax
    assert not ax.spines["top"].get_visible()
    assert style.axes(style.axes(ax)) is ax  # once more changes nothing
    assert ax.yaxis.get_gridlines()[0].get_visible()


def test_margins_are_kept_in_inches():
    ax = style.axes(width_in=5, height_in=3, left_in=1, right_in=0.5, bottom_in=0.5, top_in=0.25)
    box = ax.get_position()
    assert (5 * box.x0, 5 * box.x1) == pytest.approx((1, 4.5))
    assert (3 * box.y0, 3 * box.y1) == pytest.approx((0.5, 2.75))
    assert (style.width_in(ax), style.height_in(ax)) == pytest.approx((3.5, 2.25))


def test_a_title_is_no_formula():
    ax = style.label(style.axes(), "$\\frac{", x="$x", y="seconds", alt="A fraction.")
    assert style.png(ax)[:4] == b"\x89PNG"


def test_several_figures_are_one_image_and_one_text():
    charts = [style.label(style.axes(width_in=w), "", alt=f"{w} inches.") for w in (3, 5)]
    charts.append(style.figure(2, 1))
    with Image.open(io.BytesIO(style.png(charts, dpi=100))) as whole:
        assert whole.size == (1000, 400)
    assert style.alt_text(charts) == "3 inches. 5 inches."
    assert [part.width_in for part in style.parts(charts)] == [3, 5, 2]
