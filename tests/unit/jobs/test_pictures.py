"""The pictures: the maps themselves, the same pixels from any worker, and what is refused."""

import math
import multiprocessing
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import combinations

import pytest
from PIL import Image, ImageChops

from helpers.core.same_answers import difference
from helpers.errors import LabError
from helpers.jobs import maps
from helpers.jobs.pictures import (
    PICTURES,
    Picture,
    Rendered,
    draw,
    drawn_map,
    encode,
    fingerprint,
    finish,
    render,
    render_all,
    save,
    steps,
)
from helpers.jobs.places import Place, load_places
from tests.unit.refusals import refusal

SMALL = 0.1
JOBS = [Picture(name, SMALL) for name in PICTURES]


@pytest.fixture(scope="module")
def drawn():
    """Return the four small pictures, drawn already: the job is to finish them."""
    return [Picture(name, SMALL, drawn=drawn_map(name, SMALL)) for name in PICTURES]


@pytest.fixture(scope="module")
def serial():
    """Return what the four small pictures give, one after the other."""
    return render_all(JOBS)


@pytest.fixture(scope="module")
def colours():
    """Return the colour number of every country."""
    return maps.colour_countries(load_places())


# The maps.


@pytest.mark.parametrize("latitude", [-80, -45, -10, 0.5, 30, 60, 85])
@pytest.mark.parametrize("longitude", [-170, -20, 0, 90])
def test_the_projection_keeps_areas(latitude, longitude):
    def slope(towards_latitude, towards_longitude, step=1e-4):
        x1, y1 = maps.equal_earth(
            latitude + step * towards_latitude, longitude + step * towards_longitude
        )
        x0, y0 = maps.equal_earth(
            latitude - step * towards_latitude, longitude - step * towards_longitude
        )
        return (x1 - x0) / (2 * step), (y1 - y0) / (2 * step)

    (x_north, y_north), (x_east, y_east) = slope(1, 0), slope(0, 1)
    area = (x_east * y_north - x_north * y_east) / math.radians(1) ** 2
    assert area == pytest.approx(math.cos(math.radians(latitude)), rel=1e-4)


def test_every_place_is_on_the_paper_within_the_globe():
    left, top = maps.to_paper(0, -180)[0], maps.to_paper(90, 0)[1]
    right, bottom = maps.to_paper(0, 180)[0], maps.to_paper(-90, 0)[1]
    assert 0 < left < right < 1000 and 0 < top < bottom < 707
    for x, y in maps.project(load_places()):
        assert left <= x <= right and top <= y <= bottom


LAND_BORDERS = """
    US-CA US-MX MX-GT BR-AR BR-PE BR-BO BR-CO BR-VE AR-CL BO-CL PT-ES ES-FR FR-BE FR-DE FR-IT FR-CH
    DE-PL DE-CZ DE-AT PL-UA UA-RU UA-RO NO-SE SE-FI FI-RU RS-HR HR-BA RS-BA GR-TR TR-SY IQ-IR IR-PK
    SA-YE EG-SD EG-LY LY-NE LY-TD NE-NG DZ-MA DZ-ML SD-TD CD-AO CD-ZM NA-ZA MZ-ZA KE-ET KZ-RU MN-RU
    CN-MN CN-KZ CN-TJ CN-IN CN-VN CN-MM KP-CN KP-KR KP-RU IN-PK IN-BD TH-MM TH-LA VN-LA MY-ID ID-PG
""".split()


@pytest.mark.parametrize("border", LAND_BORDERS)
def test_countries_with_a_common_border_differ_in_colour(border, colours):
    one, other = border.split("-")
    assert colours[one] != colours[other]


def test_every_country_has_a_colour_and_every_colour_about_as_many_places(colours):
    places = load_places()
    assert set(colours) == {place.country for place in places}
    n_places = Counter(colours[place.country] for place in places)
    assert max(n_places.values()) < 1.1 * min(n_places.values())


def test_bubbles_hold_every_city_without_overlapping():
    places = load_places()
    cities = [place for place in places if place.population >= 1_000_000]
    bubbles = maps.pack(maps.project(places), cities)
    assert [city for _, _, _, city in bubbles] == cities
    for x, y, radius, city in bubbles:
        assert radius**2 / city.population == pytest.approx(bubbles[0][2] ** 2 / 24_874_500)
        assert radius < x < 1000 - radius and radius < y < 640 - radius
    for (x1, y1, r1, a), (x2, y2, r2, b) in combinations(bubbles, 2):
        assert math.dist((x1, y1), (x2, y2)) > r1 + r2, (a.name, b.name)


def test_the_first_of_two_bubbles_stays_in_its_place():
    cities = [Place(name, "XX", 0, 0, 2_000_000) for name in "ab"]
    first, second = maps.pack([(300, 300), (301, 300)], cities)
    assert first[:2] == (300, 300)
    assert 0 < math.dist(first[:2], second[:2]) < 4 * first[2]


def test_names_do_not_overlap_and_stay_on_the_paper():
    places = load_places()
    names = maps.lay_out_names(maps.project(places), places[:8000])
    font = maps.ImageFont.load_default(100)
    boxes = []
    for x, y, size, name, _ in names:
        half_width = font.getlength(name) * size / 200
        boxes.append((x - half_width, y - size * 0.36, x + half_width, y + size * 0.36, name))
    for left, top, right, bottom, _ in boxes:
        assert 0 < left < right < 1000 and 0 < top < bottom < 707
    for a, b in combinations(boxes, 2):
        apart = a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
        assert apart, (a[4], b[4])
    assert len(names) > 500
    assert names[0][3] == "Shanghai"


def test_every_name_can_be_written_in_the_built_in_font():
    font = maps.ImageFont.load_default(20)
    missing = font.getmask("\ue000")  # the box that stands for a character without a shape
    shapeless = (missing.size, bytes(missing))
    for character in {letter for place in load_places() for letter in maps.plain(place.name)}:
        shape = font.getmask(character)
        assert (shape.size, bytes(shape)) != shapeless, character


def test_a_blur_spreads_the_light_of_a_dot_evenly():
    dot = Image.new("L", (235, 165))
    dot.putpixel((117, 82), 255)
    glow = maps.blur(dot, SMALL)
    assert glow.getpixel((117, 82)) == 255
    assert glow.getpixel((116, 82)) == glow.getpixel((118, 82)) > 0
    assert glow.getpixel((117, 81)) == glow.getpixel((117, 83)) > 0


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("scale, size", [(0.05, (117, 83)), (1, (2339, 1654))])
def test_a_picture_has_the_size_of_its_paper(name, scale, size):
    image = draw(Picture(name, scale))
    assert (image.mode, image.size) == ("RGB", size)
    assert len(image.getcolors(maxcolors=size[0] * size[1])) > 100


def test_the_four_pictures_are_different(serial):
    assert len({done.sha256 for done in serial}) == len(PICTURES)


# A drawn map, finished.


@pytest.mark.parametrize("number", range(len(PICTURES)))
def test_a_finished_map_is_the_drawn_one_made_smaller(number, drawn):
    one = drawn[number]
    whole, finished = draw(one), finish(one.drawn)
    assert (finished.mode, finished.size) == ("RGB", (156, 110))
    off = ImageChops.difference(finished, whole.resize(finished.size)).convert("L").histogram()
    assert sum(grey * n for grey, n in enumerate(off)) / sum(off) < 12
    assert render(one).sha256 == fingerprint(finished) != render(Picture(one.name, SMALL)).sha256


def test_a_map_is_drawn_once_and_its_bytes_are_left_out_of_what_is_shown(drawn):
    assert drawn_map("points", SMALL) is drawn_map("points", SMALL)
    assert "drawn" not in repr(drawn[0])
    message = refusal(partial(Picture, "points", drawn="a map"))
    assert message.startswith("a drawn map is the bytes of a PNG file, not 'a map'")


# The same from any worker.


def test_a_result_holds_what_it_says(serial):
    image = draw(JOBS[1])
    assert serial[1] == Rendered("density", len(encode(image, "PNG")), fingerprint(image), None)


def test_threads_draw_and_finish_the_same_pixels(serial, drawn):
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(render, JOBS + drawn)) == serial + render_all(drawn)


def test_spawned_processes_draw_and_finish_the_same_pixels(serial, drawn):
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        assert list(pool.map(render, JOBS + drawn)) == serial + render_all(drawn)


@pytest.mark.parametrize("finished", [False, True])
@pytest.mark.parametrize("name", PICTURES)
def test_steps_can_be_repeated_and_end_with_the_file_of_the_picture(name, finished):
    labelled = steps(name, SMALL, finished=finished)
    labels = [label for label, _ in labelled]
    assert len(set(labels)) == len(labels) >= 5
    last = labelled[-1][1]
    before = last()
    whole = finish(drawn_map(name, SMALL)) if finished else draw(Picture(name, SMALL))
    assert before == encode(whole, "PNG")
    for _, step in labelled:
        once, again = step(), step()
        if isinstance(once, Image.Image):
            assert fingerprint(once) == fingerprint(again)
        else:
            assert once == again
    assert last() == before


# Saving.


def test_png_gives_back_the_pixels_that_were_drawn(tmp_path):
    done = render(Picture("points", SMALL, folder=tmp_path))
    with Image.open(tmp_path / "points.png") as saved:
        assert saved.format == "PNG"
        assert fingerprint(saved) == done.sha256
    assert done.path == str(tmp_path / "points.png")
    assert done.n_bytes == os.path.getsize(done.path)


@pytest.mark.parametrize("name", ["points", "density"])
def test_jpeg_comes_close_to_the_pixels_that_were_drawn(tmp_path, name):
    picture = Picture(name, 0.5, format="JPEG", folder=str(tmp_path))
    done = render(picture)
    with Image.open(tmp_path / f"{name}.jpg") as saved:
        assert saved.format == "JPEG"
        off = ImageChops.difference(saved, draw(picture)).convert("L").histogram()
    assert sum(grey * n for grey, n in enumerate(off)) / sum(off) < 5
    assert done.sha256 == render(Picture(name, 0.5)).sha256


def test_a_folder_gets_the_four_files_and_nothing_else(tmp_path, serial):
    (tmp_path / "points.png").write_bytes(b"an older one")
    done = render_all([Picture(name, SMALL, folder=tmp_path) for name in PICTURES])
    assert sorted(os.listdir(tmp_path)) == sorted(f"{name}.png" for name in PICTURES)
    assert [one.sha256 for one in done] == [one.sha256 for one in serial]


def test_one_file_saved_by_many_threads_is_whole(tmp_path):
    image = draw(Picture("density", SMALL))
    write = partial(save, image, tmp_path / "same.png")
    if os.name == "nt":
        pytest.skip("Windows refuses to replace a file while another thread does")
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(write, ["PNG"] * 40))) == 1
    assert os.listdir(tmp_path) == ["same.png"]
    with Image.open(tmp_path / "same.png") as saved:
        assert fingerprint(saved) == fingerprint(image)


def test_a_missing_folder_is_refused(tmp_path):
    message = refusal(render, Picture("points", SMALL, folder=tmp_path / "nowhere"))
    assert "nowhere" in message and "existing folder" in message
    assert os.listdir(tmp_path) == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    in_the_way = tmp_path / "folder"
    in_the_way.write_text("not a folder")
    assert str(in_the_way) in refusal(render, Picture("points", SMALL, folder=in_the_way))
    assert os.listdir(tmp_path) == ["folder"]


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "points.png").mkdir()
    assert "cannot be saved" in refusal(render, Picture("points", SMALL, folder=tmp_path))
    assert os.listdir(tmp_path) == ["points.png"]


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="needs a user that permissions hold back",
)
def test_a_folder_without_write_permission_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    try:
        message = refusal(render, Picture("points", SMALL, folder=tmp_path))
    finally:
        tmp_path.chmod(0o700)
    assert str(tmp_path) in message
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_save_that_breaks_off_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, error):
    image = draw(Picture("points", SMALL))
    path = tmp_path / "points.png"
    path.write_bytes(b"old")

    def break_off(self, unfinished, *args, **options):
        unfinished.write_bytes(b"half a picture")
        raise error

    monkeypatch.setattr(Image.Image, "save", break_off)
    with pytest.raises(LabError if isinstance(error, OSError) else KeyboardInterrupt):
        save(image, path, "PNG")
    assert os.listdir(tmp_path) == ["points.png"]
    assert path.read_bytes() == b"old"


# Bad input.


@pytest.mark.parametrize(
    "scale", [0, -1, 0.01, 2.01, 1e9, 10**30, math.inf, -math.inf, math.nan, "1", None, True, [1]]
)
def test_a_scale_that_makes_no_sense_is_refused(scale):
    for call in (Picture, steps):
        message = refusal(call, "points", scale)
        assert "0.05 to 2" in message and repr(scale)[:60] in message


@pytest.mark.parametrize("name", ["", "POINTS", "points.png", "../points", None, 3, ["points"]])
def test_an_unknown_picture_is_refused(name):
    for call in (Picture, steps):
        message = refusal(call, name)
        assert "points, density, bubbles, labels" in message and repr(name) in message


@pytest.mark.parametrize("format", ["png", "GIF", "", None, ["PNG"]])
def test_an_unknown_format_is_refused(format):
    message = refusal(Picture, "points", format=format)
    assert "PNG, JPEG" in message and repr(format) in message


@pytest.mark.parametrize("folder", [0, True, b"folder", ["folder"]])
def test_a_folder_that_is_no_path_is_refused(folder):
    assert repr(folder) in refusal(Picture, "points", folder=folder)


# Comparing.


def test_equal_results_do_not_differ(serial):
    assert difference(serial, list(serial)) is None


@pytest.mark.parametrize(
    "spoil, told",
    [
        (lambda done: done[:-1], "3 answers came back, serially 4"),
        (
            lambda done: [done[1], done[0], *done[2:]],
            "item 0.name is 'density', serially it is 'points'",
        ),
        (lambda done: [*done[:3], None], "item 3 is None"),
        (
            lambda done: [*done[:3], Rendered("labels", 1, "0" * 64, None)],
            "item 3.n_bytes is 1, serially",
        ),
    ],
)
def test_a_difference_is_told_in_one_line(serial, spoil, told):
    message = difference(serial, spoil(serial))
    assert told in message and "\n" not in message
