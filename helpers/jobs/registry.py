"""The jobs that can be measured: the three of the series, and any function with a list."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from ..core.job import Job, check_items, name_of
from ..core.own_same import Same, check_same
from ..errors import LabError, check_text, shown
from .own import each, in_silence

# Each loader imports its own module: the pictures need Pillow, the strings do not.


def strings(n: int | None = None) -> Job:
    """Return the job of normalising ``n`` spellings of place names, all of them when None.

    It is pure Python: every step works on one short string.

    Raises:
        LabError: ``n`` is not a whole number, or more than there are.
    """
    from .places import load_spellings
    from .strings import normalise_all

    spellings = load_spellings(n)
    title = f"Normalise {len(spellings):,} spellings of place names"
    return Job("strings", title, normalise_all, spellings)


def pictures(scale: float | None = None, *, format: str = "PNG", folder: str | None = None) -> Job:
    """Return the job of drawing and saving four maps with Pillow.

    Args:
        scale: of the paper, 1.0 when None; a smaller one takes less time.
        format: "PNG" or "JPEG".
        folder: where to save the files; None keeps them in memory.

    Raises:
        LabError: a value is not one that the pictures take.
    """
    return _rendering("pictures", "Draw", _pictures(scale, format, folder))


def finished(scale: float | None = None, *, format: str = "PNG", folder: str | None = None) -> Job:
    """Return the job of finishing and saving the four maps: soften, make smaller and sharpen.

    The maps are drawn here, before the job begins. What is left is a few calls into Pillow, each on
    a whole image.

    Args:
        scale: at which they are drawn, 1.0 when None; a smaller one takes less time.
        format: "PNG" or "JPEG".
        folder: where to save the files; None keeps them in memory.

    Raises:
        LabError: a value is not one that the pictures take.
    """
    from .pictures import drawn_map

    maps = _pictures(scale, format, folder)
    drawn = [replace(one, drawn=drawn_map(one.name, one.scale)) for one in maps]
    return _rendering("finished", "Finish", drawn)


def _pictures(scale, format, folder):
    from .pictures import PICTURES, Picture

    scale = 1.0 if scale is None else scale
    return [Picture(name, scale=scale, format=format, folder=folder) for name in PICTURES]


def _rendering(name, verb, maps):
    from .pictures import render_all

    where = "in memory" if maps[0].folder is None else "on disk"
    title = f"{verb} and save {len(maps)} maps as {maps[0].format} {where}"
    return Job(name, title, render_all, maps, n_sublists=len(maps))


def job(
    function: Callable[[Any], Any],
    items: list[Any],
    *,
    title: str | None = None,
    same: Same | None = None,
) -> Job:
    """Return a function of your own with a list as a job, which works wherever "strings" does.

    Args:
        function: it is called with one item and returns one answer.
        items: a list of one item or more.
        title: for charts; made of the function's name when None.
        same: a function of two answers that says whether they are the same; None compares values.

    Raises:
        LabError: there is no function, no list or no item.

    >>> job(len, ["GIL", "lock"])
    len for 2 items: 2 items, split into 16 sublists
    """
    if not callable(function):
        raise LabError(
            f"a job takes a function, not {shown(function)}: pass the function itself, without "
            "brackets, as in job(str.upper, names)"
        )
    check_same(same)
    if title is not None:
        check_text("a title", title)
    items, name = check_items(items), name_of(function)
    title = title or f"{name} for {len(items):,} items"
    return Job(name, title, partial(in_silence, each, function), items, same=same)


def as_job(job: Job | str) -> Job:
    """Return a job as it is, and the job of a name at its own size; raise a LabError for others."""
    if isinstance(job, Job):
        return job
    if isinstance(job, str):
        return load_job(job)
    rule = f"a job is {', '.join(map(repr, _NAMED))} or what job(function, items) returns"
    raise LabError(f"{rule}, not {shown(job)}: try job(function, items)")


def job_names() -> tuple[str, ...]:
    """Return the names of the jobs of the series: strings, pictures and finished."""
    return tuple(_NAMED)


def job_sizes(name: str) -> dict[str, Any]:
    """Return the sizes that a lab offers for a job: a dict from what the reader sees to the size.

    A lab begins with the one in the middle.
    """
    return _named(name)[1]


def job_options(name: str) -> tuple[str, ...]:
    """Return the names of the options that a job takes beside its size.

    >>> job_options("strings"), job_options("pictures")
    ((), ('format', 'folder'))
    """
    return tuple(_named(name)[0].__kwdefaults__ or ())


def load_job(name: str, size: float | None = None, **options: Any) -> Job:
    """Return the job of a name, as the command line knows it, with ``size`` its first argument."""
    known = job_options(name)
    for option in options:
        if option not in known:
            takes = f"only {' and '.join(known)}" if known else "no options"
            raise LabError(f"{name} takes {takes}, not {shown(option)}: leave it out")
    return _named(name)[0](size, **options)


def _named(name):
    if name not in job_names():
        raise LabError(f"a job is one of {', '.join(job_names())}, not {shown(name)}: choose one")
    return _NAMED[name]


# What makes a job of a size, and the sizes that a lab offers.
_SCALES = {"a quarter of the paper's width": 0.25, "half": 0.5, "print size": 1.0}
_NAMED: dict[str, tuple[Callable[..., Job], dict[str, Any]]] = {
    "strings": (strings, {"10,000 spellings": 10_000, "60,000": 60_000, "all of them": None}),
    "pictures": (pictures, _SCALES),
    "finished": (finished, _SCALES),
}
