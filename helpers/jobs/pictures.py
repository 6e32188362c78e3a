"""Four different maps of the places, drawn, finished and saved with Pillow.

The job comes in two forms. A map is *drawn* in a handful of steps, most of them functions of
``maps``: some are Python loops over the places, some are single calls into Pillow's C code. A map
that is drawn already is *finished* in a few calls into C, each on the whole image. Which steps can
run side by side in threads is for the reader to find out: ``steps`` hands them out.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import ImageFilter
from PIL.Image import Image, Resampling, blend
from PIL.Image import open as open_image

from ..core.worker import worker_id
from ..errors import LabError, number, shown
from . import maps
from .places import load_places

PICTURES = ("points", "density", "bubbles", "labels")
FORMATS = {"PNG": ".png", "JPEG": ".jpg"}
SCALES = (0.05, 2.0)  # a thumbnail and A2


@dataclass(frozen=True)
class Picture:
    """A picture to draw and save: one item of the job.

    ``scale`` 1.0 is A4 at 200 dots per inch, 2.0 is A2. ``format`` is "PNG" or "JPEG". ``folder``
    is where the file goes; None keeps it in memory. ``drawn`` holds the bytes of a PNG file where
    the map is drawn already: it is then only finished and saved.

    Raises LabError when one of them is not what a picture can have.
    """

    name: str
    scale: float = 1.0
    format: str = "PNG"
    folder: str | os.PathLike | None = None
    drawn: bytes | None = field(default=None, repr=False)

    def __post_init__(self):
        for what, value, known in (
            ("picture", self.name, [*PICTURES]),
            ("format", self.format, [*FORMATS]),
        ):
            if not (isinstance(value, str) and value in known):
                choice = f"a {what} is one of {', '.join(known)}"
                raise LabError(f"{choice}, not {shown(value)}: choose one")
        number("scale", self.scale, *SCALES, "1.0 is A4")
        if not (self.folder is None or isinstance(self.folder, str | os.PathLike)):
            raise LabError(
                f"a folder is a path or None, not {shown(self.folder)}: None keeps files in memory"
            )
        if not isinstance(self.drawn, bytes | None):
            raise LabError(
                f"a drawn map is the bytes of a PNG file, not {shown(self.drawn, 40)}: take "
                "drawn_map(name)"
            )


@dataclass(frozen=True)
class Rendered:
    """What is left of a picture once it is saved: enough to tell two of them apart.

    ``sha256`` is that of the pixels, ``path`` is None for a picture kept in memory.
    """

    name: str
    n_bytes: int
    sha256: str
    path: str | None


def render_all(pictures: Iterable[Picture]) -> list[Rendered]:
    """Return a list with ``render(picture)`` for every picture, in order."""
    return [render(picture) for picture in pictures]


def render(picture: Picture) -> Rendered:
    """Draw or finish one picture, save it, and return it as ``Rendered``.

    Raises LabError when its folder is missing or cannot be written to.
    """
    image = draw(picture) if picture.drawn is None else finish(picture.drawn)
    if picture.folder is None:
        n_bytes = len(encode(image, picture.format))
        return Rendered(picture.name, n_bytes, fingerprint(image), None)
    path = Path(picture.folder) / (picture.name + FORMATS[picture.format])
    n_bytes = save(image, path, picture.format)
    return Rendered(picture.name, n_bytes, fingerprint(image), str(path))


def draw(picture: Picture) -> Image:
    """Return the picture as a Pillow image in RGB."""
    return _DRAW[picture.name](_do, picture.scale)


@lru_cache(maxsize=2 * len(PICTURES))
def drawn_map(name: str, scale: float = 1.0) -> bytes:
    """Return the bytes of a PNG file with the drawn map; it is drawn once, then kept."""
    return encode(draw(Picture(name, scale)), "PNG")


def finish(drawn: bytes) -> Image:
    """Return a drawn map, given as the bytes of a PNG file, finished at two thirds of its size."""
    return _finish(_do, drawn)


def steps(
    name: str, scale: float = 1.0, *, finished: bool = False
) -> list[tuple[str, Callable[[], Any]]]:
    """Return the steps of a picture, as a list of (label, function without arguments).

    The steps of drawing come first, or with ``finished`` those of finishing the drawn map, then
    saving as PNG in memory. Each has its input ready, so it can be called alone and as often as
    wanted.

    Raises LabError when there is no such picture or scale.

    >>> [label for label, step in steps("density", 0.1)]
    ['project', 'draw dots', 'blur', 'draw globe', 'colour', 'letter', 'encode PNG']
    >>> [label for label, step in steps("density", 0.1, finished=True)]
    ['open', 'blur', 'blend', 'resize', 'sharpen', 'encode PNG']
    """
    picture = Picture(name, scale)
    recorded = []

    def record(label, function, *inputs):
        recorded.append((label, partial(function, *inputs)))
        return function(*inputs)

    if finished:
        image = _finish(record, drawn_map(name, picture.scale))
    else:
        image = _DRAW[name](record, picture.scale)
    recorded.append(("encode PNG", partial(encode, image, "PNG")))
    return recorded


# Saving.


def encode(image: Image, format: str) -> bytes:
    """Return the bytes of the image as a file in ``format``, made in memory."""
    file = BytesIO()
    image.save(file, format, quality=_JPEG_QUALITY)
    return file.getvalue()


def save(image: Image, path: Path, format: str) -> int:
    """Write the image to ``path`` in ``format``, and return the number of bytes.

    Pillow encodes straight into the file, by another way than into memory. The file gets its
    name only when it is complete.
    """
    unfinished = path.with_name(f".{path.name}.{worker_id()}.unfinished")
    try:
        image.save(unfinished, format, quality=_JPEG_QUALITY)
        os.replace(unfinished, path)
        return path.stat().st_size
    except OSError as error:
        raise LabError(
            f"pictures need an existing folder that can be written to, but {path} cannot be saved "
            f"({error.strerror or error}): make {path.parent} or choose another folder"
        ) from None
    finally:
        with suppress(FileNotFoundError, NotADirectoryError):  # the usual case: it has its name
            unfinished.unlink()


_JPEG_QUALITY = 90  # PNG has no such setting and passes over it


def fingerprint(image: Image) -> str:
    """Return the SHA-256 of the image's pixels, as hexadecimal digits."""
    return sha256(image.tobytes()).hexdigest()


# The four pictures. ``step(label, function, *inputs)`` calls the function with the inputs and
# returns what it returns; ``steps`` takes the same walk with a step that also writes it down.


def _do(label, function, *inputs):
    return function(*inputs)


def _points(step, scale):
    places = load_places()
    spots = step("project", maps.project, places)
    colours = step("colour countries", maps.colour_countries, places)
    large = step("draw dots", maps.draw_dots, spots, places, colours, scale)
    small = step("shrink", maps.shrink, large)
    subtitle = (
        f"Each dot is one of {len(places):,} towns and cities. "
        "Neighbouring countries differ in colour; no border is drawn."
    )
    return step("letter", maps.letter, small, "EVERY DOT A TOWN", subtitle, "#2b2b2b", "#7a7266")


def _density(step, scale):
    places = load_places()
    spots = step("project", maps.project, places)
    dots = step("draw dots", maps.draw_lights, spots, places, scale)
    glow = step("blur", maps.blur, dots, scale)
    globe = step("draw globe", maps.draw_faint_globe, scale)
    image = step("colour", maps.colour, glow, globe)
    subtitle = f"The lights of {len(places):,} places, blurred until they flow together."
    return step("letter", maps.letter, image, "WHERE PEOPLE GATHER", subtitle, "#fdf3d8", "#a88fb0")


def _bubbles(step, scale):
    places = load_places()
    cities = [place for place in places if place.population >= 1_000_000]
    spots = step("project", maps.project, places)
    bubbles = step("pack", maps.pack, spots, cities)
    large = step("draw bubbles", maps.draw_bubbles, bubbles, spots, scale)
    small = step("shrink", maps.shrink, large)
    n_people = sum(city.population for city in cities)
    subtitle = (
        f"{len(cities):,} cities, {n_people / 1e9:.1f} billion people. "
        "A bubble whose place is taken moves to the nearest free spot."
    )
    return step("letter", maps.letter, small, "A MILLION OR MORE", subtitle, "#fdf3d8", "#9cc0c0")


def _labels(step, scale):
    places = load_places()
    spots = step("project", maps.project, places)
    colours = step("colour countries", maps.colour_countries, places)
    names = step("lay out names", maps.lay_out_names, spots, places[:8000])
    large = step("draw names", maps.draw_names, names, spots, colours, scale)
    small = step("shrink", maps.shrink, large)
    subtitle = (
        f"{len(names):,} of {len(places):,} places, the largest first, no name touching another. "
        "Accents are left out."
    )
    return step("letter", maps.letter, small, "A WORLD OF NAMES", subtitle, "#1d2b3a", "#7b8794")


_DRAW = {"points": _points, "density": _density, "bubbles": _bubbles, "labels": _labels}


# The second form: a few calls on the whole image, the same for each map.


def _finish(step, png):
    drawn = step("open", _read, png)
    glow = step("blur", drawn.filter, ImageFilter.GaussianBlur(drawn.width / 500))
    soft = step("blend", blend, drawn, glow, 0.3)
    size = max(1, drawn.width * 2 // 3), max(1, drawn.height * 2 // 3)
    small = step("resize", soft.resize, size, Resampling.LANCZOS)
    return step("sharpen", small.filter, ImageFilter.UnsharpMask(2, 100))


def _read(png):
    """Return the image in the bytes of a PNG file, decoded."""
    image = open_image(BytesIO(png))
    image.load()
    return image
