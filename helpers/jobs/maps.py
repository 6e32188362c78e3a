"""The steps that turn places into maps, drawn with Pillow.

Positions and sizes on paper are in thousandths of its width, whatever the scale; ``scale`` 1.0 is
A4 at 200 dots per inch. No step changes what it is given, so each can be repeated.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count, product
from textwrap import wrap
from unicodedata import combining, normalize

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

from .places import Place

Spot = tuple[float, float]  # x and y on paper
Bubble = tuple[float, float, float, Place]  # x, y, radius, city
Name = tuple[float, float, float, str, Place]  # x, y, size, name, place

_PAPER = (2339, 1654)  # pixels at scale 1
_FINER = 2  # drawn this many times larger, then shrunk, so that edges come out smooth
_CREDIT = "Data: GeoNames (geonames.org), CC BY 4.0. Equal Earth projection."


# From degrees to paper.

_GLOBE_CENTRE = (500, 382)
_GLOBE_WIDTH = 940
_CENTRAL_MERIDIAN = 11  # the edge then runs through the Bering Strait


def equal_earth(latitude: float, longitude: float) -> Spot:
    """Return x and y on a globe of radius 1, for degrees from the equator and the middle.

    The Equal Earth projection keeps areas: B. Savric, T. Patterson and B. Jenny, "The Equal
    Earth map projection", International Journal of Geographical Information Science 33 (2019).
    """
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    root = math.sqrt(3)
    t = math.asin(root / 2 * math.sin(math.radians(latitude)))
    t2 = t * t
    t6 = t2 * t2 * t2
    slope = 9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1
    x = 2 * root * math.radians(longitude) * math.cos(t) / (3 * slope)
    y = t * (a4 * t6 * t2 + a3 * t6 + a2 * t2 + a1)
    return x, y


def to_paper(latitude: float, longitude: float) -> Spot:
    """Return x and y on paper, for degrees from the equator and the middle of the map."""
    x, y = equal_earth(latitude, longitude)
    return _GLOBE_CENTRE[0] + x * _GLOBE_RADIUS, _GLOBE_CENTRE[1] - y * _GLOBE_RADIUS


_GLOBE_RADIUS = _GLOBE_WIDTH / 2 / equal_earth(0, 180)[0]


def project(places: Iterable[Place]) -> list[Spot]:
    """Return a list with x and y on paper for every place."""
    middle = _CENTRAL_MERIDIAN
    return [to_paper(p.latitude, (p.longitude - middle + 180) % 360 - 180) for p in places]


# The steps.


def colour_countries(places: Sequence[Place]) -> dict[str, int]:
    """Return a dictionary from country to a colour number, so that neighbours differ.

    Two countries are the closer neighbours the more squares of three degrees, with places of
    the one, touch such squares of the other. The countries with most places choose first: the
    colour that clashes least with their neighbours, and of several the least used one.

    >>> from helpers.jobs.places import Place
    >>> there = [("FR", 7.75), ("DE", 7.8), ("DE", 9.0), ("NZ", 174.8)]
    >>> colour_countries([Place("", country, 48, east, 0) for country, east in there])
    {'DE': 0, 'FR': 1, 'NZ': 2}
    """
    squares: dict[tuple[int, int], set[str]] = defaultdict(set)
    for place in places:
        squares[round(place.latitude / 3), round(place.longitude / 3)].add(place.country)
    neighbours: dict[str, Counter[str]] = defaultdict(Counter)
    for (row, column), here in squares.items():
        for down, across in ((0, 0), (0, 1), (1, -1), (1, 0), (1, 1)):
            there = squares.get((row + down, column + across), ())
            for one, other in product(here, there):
                neighbours[one][other] += 1
                neighbours[other][one] += 1
    colours: dict[str, int] = {}
    used: Counter[int] = Counter()
    for country, n_places in Counter(place.country for place in places).most_common():
        clashes: Counter[int] = Counter()
        for other in neighbours[country].keys() & colours:
            clashes[colours[other]] += neighbours[country][other]
        number = min(range(_N_COLOURS), key=lambda number: (clashes[number], used[number]))
        colours[country] = number
        used[number] += n_places
    return colours


_N_COLOURS = 8


def draw_dots(
    spots: Iterable[Spot], places: Iterable[Place], colours: dict[str, int], scale: float
) -> Image.Image:
    """Return the globe with one dot for every place, large ones first, in its country's colour."""
    palette = "#c8553d #f0a202 #2a9d8f #264f7a #8d5a97 #6a994e #d1798b #4f9fc4".split()
    sea = "#fbf8f1"
    image, pen, unit = _globe("#f4efe4", sea, "#e2dacb", scale)
    for (x, y), place in zip(spots, places):
        radius = 0.45 + 0.5 * math.sqrt(place.population / 1e6)
        x, y = x * unit, y * unit
        pen.circle((x, y), (radius + 0.15) * unit, sea)
        pen.circle((x, y), radius * unit, palette[colours[place.country]])
    return image


def draw_lights(spots: Sequence[Spot], places: Sequence[Place], scale: float) -> Image.Image:
    """Return a grey image, black but for one dot for every place, brighter with its people."""
    unit = _unit(scale)
    image = Image.new("L", _size(scale))
    pen = ImageDraw.Draw(image)
    for (x, y), place in zip(reversed(spots), reversed(places)):
        grey = min(255, 60 + round(195 * math.sqrt(place.population / 3e6)))
        pen.circle((x * unit, y * unit), 0.35 * unit, grey)
    return image


def blur(image: Image.Image, scale: float) -> Image.Image:
    """Return the grey image with three glows laid over it, from narrow to wide.

    Each glow is the one before, blurred again and then amplified, because a wide blur of small
    dots would fade below the 256 steps of grey.
    """
    unit = _unit(scale)
    sum_of_glows = glow = image
    for radius, gain in ((0.5, 1.4), (1.4, 1.3), (7, 1.3)):
        glow = glow.filter(ImageFilter.GaussianBlur(radius * unit))
        glow = glow.point([min(255, round(gain * grey)) for grey in range(256)])
        sum_of_glows = ImageChops.screen(sum_of_glows, glow)
    return sum_of_glows


def draw_faint_globe(scale: float) -> Image.Image:
    """Return a grey image of the globe that hardly differs from black."""
    image, _, _ = _globe(0, 7, 24, scale, mode="L")
    return shrink(image)


def colour(glow: Image.Image, globe: Image.Image) -> Image.Image:
    """Return the lighter of two grey images, grey for grey in colours from night to fire."""
    stops = "#090818 #280b54 #65156e #9f2a63 #d44842 #f57d15 #fac127 #fcffc8".split()
    image = ImageChops.lighter(glow, globe)
    image.putpalette([channel for grey in range(256) for channel in _blend(stops, grey / 255)])
    return image.convert("RGB")


def pack(spots: Iterable[Spot], cities: Iterable[Place]) -> list[Bubble]:
    """Return a list of (x, y, radius, city) on paper, in which no two bubbles overlap.

    The largest choose first; each takes the free spot nearest to its own, on a spiral around it.
    """
    paper = _Paper()
    bubbles = []
    for (x, y), city in zip(spots, cities):
        radius = bubble_radius(city.population)
        spans = paper.disc(radius + 0.3)
        for dx, dy in _spiral(0.6 * radius):
            if spot := paper.claim(x + dx, y + dy, spans):
                bubbles.append((*spot, radius, city))
                break
    return bubbles


def bubble_radius(population: float) -> float:
    """Return the radius, on paper, of a bubble whose area stands for so many people."""
    return 2.8 * math.sqrt(population / 1e6)


def draw_bubbles(bubbles: Iterable[Bubble], spots: Iterable[Spot], scale: float) -> Image.Image:
    """Return the globe with all places as dust, and the bubbles, those with room for it named."""
    stops = "#fad696 #f6b26b #ec8256 #ce5454 #aa3a5c".split()
    image, pen, unit = _globe("#10343c", "#174751", "#2a5c66", scale)
    _scatter(pen, spots, unit, "#3f8791")
    width = cache(ImageFont.load_default(100).getlength)
    for x, y, radius, city in bubbles:
        share = min(1, math.log(city.population / 1e6, 25))
        pen.circle((x * unit, y * unit), radius * unit, _blend(stops, share))
        name = plain(city.name)
        lines = wrap(name, len(name) // 2 + 2, break_long_words=False)
        size = min(180 * radius / max(map(width, lines)), 1.3 * radius / len(lines))
        if size >= 3.4:
            ink = "#fff4e0" if share > 0.5 else "#4a1f2b"
            centre = x * unit, y * unit
            pen.multiline_text(centre, "\n".join(lines), ink, _font(size * unit), "mm", 0, "center")
    legend = ((840, 1e6, "1"), (868, 5e6, "5"), (910, 20e6, "20 million"))
    for x, population, text in legend:
        radius = bubble_radius(population)
        pen.circle((x * unit, 668 * unit), radius * unit, outline="#9cc0c0", width=round(unit / 2))
        place = (x + radius + 3) * unit, 668 * unit
        pen.text(place, text, "#9cc0c0", _font(9.5 * unit), anchor="lm")
    return image


def lay_out_names(spots: Iterable[Spot], places: Iterable[Place]) -> list[Name]:
    """Return a list of (x, y, size, name, place) on paper, in which no two names overlap.

    The largest choose first: over their own spot or a little beside it, or not at all.
    """
    paper = _Paper()
    width = cache(ImageFont.load_default(100).getlength)
    names = []
    for (x, y), place in zip(spots, places):
        size = max(4, round(2 * 1.9 * (place.population / 1e5) ** 0.38) / 2)
        name = plain(place.name)
        half_width = size * sum(map(width, name)) / 200
        half_height = size * 0.36
        spans = paper.rectangle(half_width + 0.7, half_height + 0.3)
        for across, down in _BESIDE:
            if spot := paper.claim(x + across * half_width, y + down * half_height, spans):
                names.append((*spot, size, name, place))
                break
    return names


_BESIDE = ((0, 0), (0, 2), (0, -2), (1, 0), (-1, 0), (1, 2), (-1, 2), (1, -2), (-1, -2))


def draw_names(
    names: Iterable[Name], spots: Iterable[Spot], colours: dict[str, int], scale: float
) -> Image.Image:
    """Return the globe with all places as dust and the names over it, in their country's colour."""
    palette = "#c8553d #b87a00 #1f8578 #264f7a #7b4a86 #55803d #b85c70 #2f82aa".split()
    image, pen, unit = _globe("#f7f5f0", "#ffffff", "#e3e6ea", scale)
    _scatter(pen, spots, unit, "#dcd5c8")
    font = cache(_font)
    for x, y, size, name, place in names:
        ink = palette[colours[place.country]]
        pen.text((x * unit, y * unit), name, ink, font(size * unit), anchor="mm")
    return image


def shrink(image: Image.Image) -> Image.Image:
    """Return the image at the size of its paper: every pixel the mean of those it stands for."""
    return image.reduce(_FINER)


def letter(image: Image.Image, title: str, subtitle: str, ink: str, faint_ink: str) -> Image.Image:
    """Return the image with its title, subtitle and credit line."""
    image = image.copy()
    pen = ImageDraw.Draw(image)
    unit = image.width / 1000
    title_font = _font(46 * unit)
    x = 30 * unit
    for character in title:  # one by one: titles are spaced out
        pen.text((x, 86 * unit), character, ink, title_font, anchor="ls")
        x += title_font.getlength(character) + 4 * unit
    pen.text((31 * unit, 113 * unit), subtitle, faint_ink, _font(15 * unit), anchor="ls")
    pen.text((31 * unit, 676 * unit), _CREDIT, faint_ink, _font(9.5 * unit), anchor="ls")
    return image


# What several steps share.


def plain(name: str) -> str:
    """Return the name in the characters that Pillow's built-in font has.

    >>> plain("Łódź"), plain("São Paulo")
    ('Lodz', 'Sao Paulo')
    """
    decomposed = normalize("NFKD", name.translate(_LETTERS))
    return "".join([letter for letter in decomposed if not combining(letter)])


_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "ı": "i"}
    | {"ə": "a", "Ə": "A", "ß": "ss", "æ": "ae", "œ": "oe", "–": "-", "ʻ": "‘"}
)


class _Paper:
    """The paper as a grid of small cells, each free or taken.

    A shape is a list of spans: where each of its rows of cells begins and ends, counted from the
    shape's middle, the middle row first. Searching a row is a single call.
    """

    CELL = 0.5
    N_COLUMNS = 2000
    N_ROWS = 1416

    def __init__(self):
        self.taken = bytearray(self.N_COLUMNS * self.N_ROWS)

    def disc(self, radius):
        """Return the spans of a disc."""
        n = radius / self.CELL
        return self._spans(lambda row: int(math.sqrt(n * n - row * row)), int(n))

    def rectangle(self, half_width, half_height):
        """Return the spans of a rectangle."""
        return self._spans(lambda row: int(half_width / self.CELL), int(half_height / self.CELL))

    def _spans(self, half_width, n_rows):
        rows = sorted(range(-n_rows, n_rows + 1), key=abs)
        middles = [(row * self.N_COLUMNS, half_width(row)) for row in rows]
        return [(middle - n, middle + n + 1) for middle, n in middles]

    def claim(self, x, y, spans):
        """Take a shape's cells and return x and y of its middle, or None where one is taken.

        The middle returned is that of the cell nearest to ``x`` and ``y``.
        """
        row, column = round(y / self.CELL), round(x / self.CELL)
        middle = row * self.N_COLUMNS + column
        for start, stop in spans:
            if self.taken.find(1, middle + start, middle + stop) >= 0:
                return None
        for start, stop in spans:
            self.taken[middle + start : middle + stop] = b"\1" * (stop - start)
        return column * self.CELL, row * self.CELL


def _spiral(step):
    """Yield dx, dy on a spiral that covers the plane evenly (Vogel 1979), ``step`` apart."""
    turn = math.pi * (3 - math.sqrt(5))
    for n in count():
        distance = step * math.sqrt(n)
        yield distance * math.cos(n * turn), distance * math.sin(n * turn)


def _globe(paper, sea, lines, scale, mode="RGB"):
    """Return a finely drawn empty globe, a pen to go on drawing, and the pixels of a unit."""
    width, height = _size(scale)
    image = Image.new(mode, (width * _FINER, height * _FINER), paper)
    pen = ImageDraw.Draw(image)
    unit = image.width / 1000

    def meridian(longitude):
        ends = [to_paper(latitude, longitude) for latitude in range(-90, 91, 2)]
        return [(x * unit, y * unit) for x, y in ends]

    outline = meridian(-180) + meridian(180)[::-1]
    pen.polygon(outline, sea)
    for longitude in range(-161, 180, 30):
        pen.line(meridian(longitude), lines, round(0.6 * unit))
    for latitude in range(-60, 61, 30):
        ends = to_paper(latitude, -180), to_paper(latitude, 180)
        pen.line([(x * unit, y * unit) for x, y in ends], lines, round(0.6 * unit))
    pen.line([*outline, outline[0]], lines, round(0.9 * unit))
    return image, pen, unit


def _scatter(pen, spots, unit, ink):
    """Draw every spot as a speck of dust."""
    for x, y in spots:
        pen.rectangle((x * unit, y * unit, (x + 0.4) * unit, (y + 0.4) * unit), ink)


def _blend(stops, share):
    """Return red, green and blue at a share of the way along evenly spaced colours."""
    at = share * (len(stops) - 1)
    first = min(int(at), len(stops) - 2)
    a, b = ImageColor.getrgb(stops[first]), ImageColor.getrgb(stops[first + 1])
    return tuple([round(p + (q - p) * (at - first)) for p, q in zip(a, b)])


def _font(n_pixels):
    return ImageFont.load_default(max(1, n_pixels))


def _size(scale):
    """Return the width and height of the paper in pixels."""
    return round(_PAPER[0] * scale), round(_PAPER[1] * scale)


def _unit(scale):
    """Return how many pixels a thousandth of the paper's width is."""
    return _size(scale)[0] / 1000
