"""The commands of the series' own makers: ``python -m helpers author --help``."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from ..errors import LabError, shown
from ..errors import number as limited
from ..shell.command import CommandLine, listed, number, option

NAMES = option("names", nargs="*", metavar="NAME", help="such as 03; all without a name")
line = CommandLine("python -m helpers author", "What the makers of the notebooks run.")


@line.command(
    "links",
    "badges for Binder, Codespaces and Colab",
    NAMES,
    option("--host", help="binder, codespaces or colab (default: all)"),
    option("--ref", help="tag, commit or branch to open (default: the one written, or HEAD)"),
    option("--format", default="markdown", help="markdown (the default), html or url"),
    option("--remote", metavar="ADDRESS", help="of the repository; git's by default"),
    option("--write", action="store_true", help="put them into README.md and the notebooks"),
    option("--remove", action="store_true", help="take them out again"),
)
def _links(options):
    from . import link_blocks, links
    from .pages import chosen

    if (options.write or options.remove) and (options.names or options.host):
        raise LabError(
            "--write and --remove are for all notebooks and all hosts, not for "
            f"{shown(options.host or options.names[0])}: leave it out"
        )
    if options.remove:
        print(*link_blocks.write(None), sep="\n")
        return
    place, paths = _place(options, links), chosen(options.names)
    if options.write:
        print(*link_blocks.write(place), sep="\n")
    else:
        print(*link_blocks.printed(place, paths, options.host, options.format), sep="\n")


def _place(options, links):
    """Return the Place that is asked for; what is not said is as written, or as git has it."""
    written = links.public()
    if options.remote is not None:
        address = links.parse_remote(options.remote)
    elif written is not None and not options.write:
        address = written.address
    else:
        address = links.parse_remote(links.remote())
    if options.ref is not None:
        return links.Place(address, links.existing(options.ref))
    return links.Place(address, written.ref if written is not None else "HEAD")


@line.command("documents", "write what README.md and the guide say in figures")
def _documents(options):
    from .documents import write_all

    print(*write_all(), sep="\n")


@line.command(
    "pages",
    "run the notebooks and make static pages of them",
    NAMES,
    option("--folder", default="pages", help="where to write (default pages)"),
    option("--no-run", action="store_true", help="in seconds: without what the cells show"),
    option("--record", action="store_true", help="keep what the units show as recordings"),
)
def _pages(options):
    from .pages import make_pages

    how = {"run": not options.no_run, "record": options.record}
    for page in make_pages(options.folder, options.names, **how):
        print(page, flush=True)


@line.command(
    "embed",
    "lines for a blog that show a notebook's unit in place",
    option("number", help="of the notebook, such as 02"),
    option("--address", help="where the pages are published; git's repository tells it by default"),
)
def _embed(options):
    from .embed import lines

    print(lines(options.number, options.address))


@line.command("clear", "take what a run left out of the notebooks' files", NAMES)
def _clear(options):
    from .clear import clear
    from .pages import chosen

    for path in chosen(options.names):
        if clear(path):
            print(path)


@line.command(
    "pairs", "record again what two threads get done, for machines that cannot show it", NAMES
)
def _pairs(options):
    from .pairs import record_pairs

    for path in record_pairs(options.names):
        print(path, flush=True)


@line.command(
    "claims",
    "the table of all claims of the notebooks, and where each was shown",
    NAMES,
    option("--json", action="store_true", help="as a list of objects"),
    option(
        "--record",
        action="store_true",
        help="first run the notebooks on each Python that is found, on all CPUs and on one",
    ),
    option("--pythons", default="", help="with --record: only these, such as 3.13,3.13t"),
)
def _claims(options):
    from .claim_records import load_recorded, record
    from .claims import as_text, problems, table, with_findings
    from .pages import chosen

    notebooks = chosen(options.names)
    if wrong := problems(notebooks):
        print(*wrong[:-1], sep="\n", end="\n" * (len(wrong) > 1), file=sys.stderr)
        raise LabError(wrong[-1])
    if options.record:
        for said in record(with_findings(notebooks), listed(options.pythons)):
            print(said, file=sys.stderr, flush=True)
    claims = table(notebooks, load_recorded())
    if options.json:
        print(json.dumps([asdict(one) for one in claims], ensure_ascii=False, indent=1))
    else:
        print(as_text(claims))


@line.command("races", "record again, in each Python here, what threads do to shared data")
def _races(_):
    from ..sharing.races import record

    for path in record():
        print(path, flush=True)


@line.command("witness", "record again what a profiler sees of a loop beside a search")
def _witness(_):
    from ..turns.beside_a_search import record

    print(record())


@line.command("wheels", "ask the package index who has wheels for the free-threaded Pythons")
def _wheels(_):
    from .wheels import ask_index

    for said in ask_index():
        print(said, flush=True)


# --- What is measured here, for charts where there is no curve ------------------------------

FOLDER = option("--folder", help="where to save (default: the project's data/recordings)")


@line.command(
    "record",
    "the jobs of the series, recorded on this machine",
    FOLDER,
    option("--rounds", default="5", help="timed runs of each (default 5)"),
    option("--share", default="1", help="of the usual sizes, for a try (default 1)"),
)
def _record(options):
    from .record import record_jobs

    share = limited("--share", number(options.share), 0.1, 1, "try 0.1")
    _tell(record_jobs(_folder(options), rounds=number(options.rounds), share=share))


def _folder(options):
    from ..core.store import RECORDINGS

    return Path(options.folder) if options.folder else RECORDINGS


def _tell(found):
    """Print the Path of each recording as it comes, and why others were not made.

    Raises:
        LabError: none was made.
    """
    n_made, errors = 0, []
    for one in found:
        if isinstance(one, LabError):
            errors.append(one)
            print(one, file=sys.stderr, flush=True)
        else:
            n_made += 1
            print(one, flush=True)
    if errors and not n_made:
        raise LabError("nothing was recorded; the lines above say why")


# --- A job in threads, in one Python after another ----------------------------------------

_SIZES = {"strings": "60000", "pictures": "0.3"}  # what helpers/pythons/other_python.py can do


@line.command(
    "eras",
    "a job in threads, in one Python after another",
    option("--job", default="strings", help="strings (the default) or pictures"),
    option("--pythons", help="such as 3.13,3.13t,jython (default: one of each era)"),
    option("--size", help="strings: how many (60000); pictures: the scale (0.3)"),
    option("--rounds", default="8", help="timed runs of each (default 8)"),
    option(
        "--record",
        action="store_true",
        help="replace the project's recordings of these Pythons, and all else that 09 records",
    ),
    option("--folder", help="with --record: save them here, with this machine in their names"),
)
def _eras(options):
    from ..jobs.registry import load_job
    from ..pythons.find import choose, find_pythons, one_of_each

    if options.job not in _SIZES:
        known = " and ".join(_SIZES)
        raise LabError(f"other Pythons know {known}, not {shown(options.job)}: choose one")
    found = find_pythons()
    asked = choose(found, options.pythons.split(",")) if options.pythons else one_of_each(found)
    _measure(asked, load_job(options.job, number(options.size or _SIZES[options.job])), options)
    if options.record and options.job == "strings":
        from ..pythons.recordings import record

        _tell(record(asked, _folder(options), _machine(options)))


def _machine(options):
    from .record import here

    return here() if options.folder else ""


def _measure(pythons, job, options):
    from ..pythons.elsewhere import ERAS, measure_elsewhere

    behind = f"-{_machine(options)}" if options.folder else ""
    for python in pythons:
        try:
            result = measure_elsewhere(python, job, rounds=number(options.rounds))
        except LabError as error:
            print(error, file=sys.stderr)
            continue
        lock = "GIL on" if result.machine.gil else "no GIL"
        print(f"{python.name} ({lock}): {result.point('threads', 2)}", flush=True)
        if options.record:
            name = f"{job.name}-{python.era}{behind}.json".lower().replace(" ", "-")
            print(result.save(_folder(options) / ERAS.name / name), flush=True)
