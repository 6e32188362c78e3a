"""Charts, images and sentences as notebooks show them, and as scripts print them."""

import base64
import io
import re

import pytest
from PIL import Image

from helpers.cells import progress
from helpers.cells.controls import display_widget
from helpers.cells.picture import Picture, bundle, say, show
from helpers.cells.predict import predict
from helpers.core.spans import Span
from helpers.draw import style
from helpers.draw.scaling import plot_scaling
from helpers.errors import LabError
from helpers.turns.chart import draw_timeline
from tests.unit.results import curves


def test_a_picture_is_an_image_with_its_alternative_text():
    ax = plot_scaling(curves({"threads": {2: 1.5}}, title='A <script> & "quotes"'))
    data, metadata = bundle(ax.figure, "<p>in HTML</p>", "in words")
    png = base64.b64decode(data["image/png"])
    assert png[:4] == b"\x89PNG"
    alt = style.alt_text(ax.figure)
    assert "threads 1.50 with 2" in alt
    assert metadata["image/png"] == {"width": 760, "alt": alt}
    assert data["text/plain"] == f"{alt}\nin words"
    assert "&lt;script&gt; &amp; &quot;quotes&quot;" in data["text/html"]
    assert "<script>" not in data["text/html"]
    assert "<figcaption><p>in HTML</p></figcaption>" in data["text/html"]


def test_a_narrow_window_can_put_the_second_of_two_charts_below_the_first():
    charts = draw_timeline([Span("a", 0, 0.005), Span("b", 0.005, 0.010)])
    data, metadata = bundle(charts)
    images = re.findall(r'<img alt="([^"]*)" width="(\d+)"', data["text/html"])
    assert [alt.split(",")[0] for alt, _ in images] == ["2 workers over 10 ms", "Beside it"]
    assert sum(int(width) for _, width in images) == metadata["image/png"]["width"]
    whole = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    images = [Image.open(io.BytesIO(part.image)) for part in style.parts(charts)]
    assert sum(image.width for image in images) == whole.width
    assert {image.height for image in images} == {whole.height}


def test_an_image_of_pillow_is_shown_with_its_alternative_text(displays):
    show(Image.new("RGB", (40, 30), "red"), "a line", alt='A "red" <card>')
    (one,) = displays
    (data,) = one.all
    assert data["text/plain"] == 'A "red" <card>\na line'
    assert 'alt="A &quot;red&quot; &lt;card&gt;" width="40"' in data["text/html"]
    encoded = re.search(r"base64,([^\"]+)", data["text/html"])[1]
    image = Image.open(io.BytesIO(base64.b64decode(encoded)))
    assert (image.size, image.getpixel((0, 0))) == ((40, 30), (255, 0, 0))


def test_a_picture_is_shown_once_and_then_updated_in_place(displays):
    place = Picture()
    ax = plot_scaling(curves({"threads": {2: 1.5}}))
    for text in ("first", "second", "third"):
        place.update(ax.figure, text=text)
    (one,) = displays
    assert one.options == {"raw": True, "display_id": True}
    assert [data["text/plain"].splitlines()[-1] for data in one.all] == ["first", "second", "third"]


def test_a_picture_that_has_its_place_appears_there(displays):
    place = Picture()
    place.place("it comes < here")
    place.update(plot_scaling(curves({"threads": {2: 1.5}})).figure)
    (one,) = displays
    assert one.all[0]["text/html"] == "<em>it comes &lt; here</em>"
    assert "image/png" in one.all[1]


@pytest.mark.parametrize("what", [None, "a map", [1, 2], Image.new("RGB", (1, 1))])
def test_what_is_no_picture_and_an_image_without_words_are_refused(what):
    with pytest.raises(LabError, match=r"show takes an Axes, .* not .*: try show\(image, alt="):
        show(what)


def test_show_displays_the_figure_of_some_axes(displays):
    show(plot_scaling(curves({"threads": {2: 1.5}})), "words")
    assert displays[0].all[0]["text/plain"].endswith("\nwords")


def test_a_plain_script_gets_words_and_no_bytes(capsys):
    show(plot_scaling(curves({"threads": {2: 1.5}})), "the words")
    predict()._ipython_display_()
    Picture().place("nothing to see")
    said = capsys.readouterr().out
    assert re.search(r"\nthe words\nWith 2 workers, .*\n- threads\n- processes\n$", said)
    assert len(said) < 1000


def test_a_widget_has_words_for_where_it_cannot_be_shown(displays):
    display_widget(predict().box, "the words")
    data = displays[0].all[0]
    assert data["text/plain"] == "the words"
    assert "application/vnd.jupyter.widget-view+json" in data


def test_sentences_are_paragraphs_in_a_notebook_and_lines_in_a_script(
    displays, capsys, monkeypatch
):
    say("one < two", 3)
    (one,) = displays
    assert one.all[0] == {"text/html": "<p>one &lt; two</p><p>3</p>", "text/plain": "one < two\n3"}
    monkeypatch.setattr(progress, "in_notebook", lambda: False)
    say("one < two", 3)
    assert capsys.readouterr().out == "one < two\n3\n"
