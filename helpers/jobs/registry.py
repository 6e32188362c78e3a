"""A name -> a task, with its items ready to be split."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ..errors import LabError, is_whole, shown


@dataclass(frozen=True)
class Task:
    """A pure function over a list, the list, and how to tell two results apart.

    ``function`` takes a part of ``items`` and returns what the parts together would give:
    a list with one result for every item, or one for every sublist that can be added up.
    """

    name: str
    title: str
    unit: str
    function: Callable[[list], list] = field(repr=False)
    items: list = field(repr=False)
    difference: Callable[[Any, Any], str | None] = field(repr=False)
    n_sublists: int = 16

    def split(self, n_sublists):
        """Return ``items`` in ``n_sublists`` consecutive lists whose lengths differ by one at most.

        >>> Task("demo", "Demo", "numbers", sorted, [1, 2, 3], None).split(2)
        [[1], [2, 3]]
        """
        n_sublists = max(1, min(n_sublists, len(self.items)))
        cuts = [len(self.items) * i // n_sublists for i in range(n_sublists + 1)]
        return [self.items[a:b] for a, b in pairwise(cuts)]


def task_names():
    """Return the names of the jobs that ``load_task`` knows.

    >>> task_names()[:2]
    ('strings', 'pictures')
    """
    return tuple(_JOBS)


def task_sizes(name):
    """Return the sizes that a lab offers for a job: a dict from what the reader sees to the size.

    A lab begins with the one in the middle.

    >>> task_sizes("strings")["60,000"]
    60000
    """
    return dict(_job(name).sizes)


def task_options(name):
    """Return the names of the options that a job takes beside its size: a tuple.

    >>> task_options("strings"), task_options("pictures")
    ((), ('format', 'folder'))
    """
    code = _job(name).load.__code__
    return code.co_varnames[1 : code.co_argcount]


def load_task(name, size=None, **options):
    """Return the task ``name`` with its items loaded.

    Args:
        name: one of ``task_names()``, such as "strings" or "pictures".
        size: strings: how many spellings (all of them when None); pictures: the scale of
            the paper, 1.0 when None.
        options: pictures: ``format`` ("PNG" or "JPEG") and ``folder`` (where to save; None
            keeps the files in memory).

    Raises:
        LabError: the name, the size or an option is not one that the task takes.

    >>> load_task("strings", 1000).title
    'Normalise 1,000 spellings of place names'
    """
    known = task_options(name)
    for option in options:
        if option not in known:
            takes = f"only {' and '.join(known)}" if known else "no options"
            raise LabError(f"{name} takes {takes}, not {shown(option)}: leave it out")
    return _job(name).load(size, **options)


@dataclass(frozen=True)
class _Job:
    """A function that takes a size and returns the ``Task``, and the sizes that a lab offers."""

    load: Callable[..., Task]
    sizes: dict


def _job(name):
    if name not in task_names():
        raise LabError(f"a job is one of {', '.join(task_names())}, not {shown(name)}: choose one")
    return _JOBS[name]


# Each loader imports its own module: the pictures need Pillow, the strings do not.


def _load_strings(size):
    from . import strings
    from .places import load_spellings

    if size is not None and not is_whole(size):
        raise LabError(f"strings takes a whole number of spellings, not {shown(size)}: try 60000")
    spellings = load_spellings(size)
    if size is not None and size > len(spellings):
        raise LabError(
            f"the list holds {len(spellings)} spellings, not {size}: ask for that many or fewer"
        )
    return Task(
        name="strings",
        title=f"Normalise {len(spellings):,} spellings of place names",
        unit="spellings",
        function=strings.normalise_all,
        items=spellings,
        difference=strings.difference,
    )


def _load_pictures(size, format="PNG", folder=None):
    from . import pictures

    jobs = [
        pictures.Picture(name, scale=1.0 if size is None else size, format=format, folder=folder)
        for name in pictures.PICTURES
    ]
    where = "in memory" if folder is None else "on disk"
    return Task(
        name="pictures",
        title=f"Draw and save {len(jobs)} maps as {format} {where}",
        unit="pictures",
        function=pictures.render_all,
        items=jobs,
        difference=pictures.difference,
        n_sublists=len(jobs),
    )


# All that the command line, the labs and the tests know of a job.
_JOBS = {
    "strings": _Job(
        _load_strings, {"10,000 spellings": 10_000, "60,000": 60_000, "all of them": None}
    ),
    "pictures": _Job(
        _load_pictures, {"a quarter of the paper's width": 0.25, "half": 0.5, "print size": 1.0}
    ),
}
