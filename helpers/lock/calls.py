"""Calls that people make of Pillow, to be read line by line: each line is one of them."""

import threading
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from .listing import Listing, meter_lines

_SIZE = 800, 566  # pixels
LANCZOS, BICUBIC = Image.Resampling.LANCZOS, Image.Resampling.BICUBIC


class _Pen(threading.local):
    """A pen with a font and an image: each thread has its own, because none can be shared."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.draw = ImageDraw.Draw(Image.new("RGB", size))
        self.draw.font = ImageFont.load_default(100)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.draw, name)


def common_calls(image: Image.Image) -> Listing:
    """Return the ``Listing`` of more than 20 calls of Pillow, made of an image in RGB.

    Those that release the GIL come first. The ticks predict what two threads gain from each, and
    it is measured apart: it takes about half a second a call.
    """
    image = image.resize(_SIZE)  # large enough for each call to be timed, and no larger
    png, jpeg = BytesIO(), BytesIO()
    image.save(png, "PNG")
    image.save(jpeg, "JPEG")
    other, clear = image.rotate(180), image.convert("RGBA")
    given = image, other, clear, _Pen(image.size), png.getvalue(), jpeg.getvalue()
    return meter_lines(_calls, *given, seconds=0.1, pairs=True).released_first


def _calls(image, other, clear, pen, png, jpeg):
    image.filter(ImageFilter.GaussianBlur(8))
    image.filter(ImageFilter.BoxBlur(8))
    image.filter(ImageFilter.UnsharpMask(4))
    image.filter(ImageFilter.MedianFilter(3))
    image.resize((500, 400), LANCZOS)
    image.reduce(2)
    image.rotate(10, BICUBIC)
    image.convert("HSV")
    image.quantize(64)
    image.histogram()
    Image.blend(image, other, 0.5)
    Image.alpha_composite(clear, clear)
    ImageChops.screen(image, other)
    ImageEnhance.Color(image).enhance(1.5)
    pen.ellipse((10, 10, 790, 556), "gold")
    for x in range(1000):
        pen.circle((x, 300), 3, "gold")
    pen.text((20, 20), "WHERE PEOPLE GATHER", "gold")
    Image.open(BytesIO(png)).load()
    Image.open(BytesIO(jpeg)).load()
    image.save(BytesIO(), "PNG")
    image.save(BytesIO(), "WEBP")
    image.save(BytesIO(), "JPEG")
    with TemporaryFile() as file:
        image.save(file, "JPEG")
