"""A learner's commands: ``python -m helpers --help``. The same code as in the notebooks."""

import contextlib
import dataclasses
import json
import math

from ..cells.card import card
from ..cells.progress import cleared, to_terminal
from ..core import pools
from ..core import store as records
from ..core.job import name_of, read_within
from ..core.scaling import ONE_PER_WORKER, Experiment, parse_counts
from ..core.silence import silent
from ..errors import LabError, shown
from ..jobs.registry import job, job_names, job_options, load_job
from .command import CommandLine, listed, named_pythons, number, option
from .loading import load_callable, load_items
from .streams import output_to_stderr

SAME = option(
    "--same",
    metavar="MODULE:FUNCTION",
    help="a function of two answers that says whether they count as the same",
)
JSON = option("--json", action="store_true", help="print JSON")
KINDS = f"with commas: {', '.join(pools.kinds())}"
line = CommandLine(
    "python -m helpers",
    "Measure how parallel Python runs on this machine.",
    "Before a class: python -m helpers ready tells whether this computer is ready for it. For a "
    "class: python -m helpers class collects its votes and results.",
)


@line.command("machine", "what this computer can do", JSON)
def _machine(options):
    found = card()
    print(json.dumps(found.as_dict(), indent=2) if options.json else found)


# --- Scaling curves -----------------------------------------------------------------------


@line.command(
    "measure",
    "scaling curves of a job",
    option("job", help=f"{', '.join(job_names())} or MODULE:FUNCTION, called with each item"),
    option("--items", metavar="FILE.py:NAME", help="the list of a MODULE:FUNCTION"),
    SAME,
    option("--kinds", default="threads,processes", help=KINDS),
    option("--workers", help="worker counts with commas, such as 1,2,4"),
    option("--size", help="how many items; pictures: the scale of the paper"),
    option("--format", help="pictures: PNG or JPEG"),
    option("--folder", help="pictures: save them here (default: in memory)"),
    option("--rounds", default="5", help="timed runs of each (default 5)"),
    option("--sublists", help=f"into how many the job is split, or '{ONE_PER_WORKER}'"),
    option(
        "--budget",
        metavar="SECONDS",
        help="begin no round past it; items that are slow to read are read for a part of it",
    ),
    JSON,
    option("--save", metavar="FILE", help="keep the result as a JSON file"),
    option("--save-figure", metavar="FILE", help="draw the chart into a PNG file"),
)
def _measure(options):
    result = None
    try:
        with output_to_stderr():
            experiment = _experiment(options)
            with contextlib.closing(silent(experiment.run())) as results, cleared():
                for result in results:
                    done, planned = len(result.runs), experiment.n_runs
                    to_terminal(done, planned, f"run {done} of {planned}")
    except KeyboardInterrupt:  # what is finished is not lost
        if result is not None and result.points():
            _print_and_save(result, options)
        raise
    _print_and_save(result, options)


def _experiment(options):
    budget_s = number(options.budget)
    if ":" in options.job:
        chosen, budget_s = _own_job(options, budget_s)
    else:
        chosen = _named_job(options)
    return Experiment(
        chosen,
        kinds=tuple(listed(options.kinds)),
        worker_counts=parse_counts(options.workers) if options.workers is not None else None,
        rounds=number(options.rounds),
        n_sublists=number(options.sublists),
        budget_s=budget_s,
    )


def _named_job(options):
    known = job_options(options.job)
    given = {name: value for name in ("format", "folder", "items", "same")
             if (value := getattr(options, name)) is not None}  # fmt: skip
    for name in given:
        if name not in known:
            raise LabError(f"{options.job} takes no --{name}: leave it out")
    return load_job(options.job, number(options.size), **given)


def _own_job(options, budget_s):
    """Return the job of the reader's own function, and what reading left of the budget."""
    for name in ("size", "format", "folder"):
        if getattr(options, name) is not None:
            raise LabError(f"a function of your own takes no --{name}: leave it out")
    if options.items is None:
        raise LabError(
            f"{shown(options.job)} is called with each item of a list, and none is given: "
            "add --items FILE.py:NAME"
        )
    function, read = load_callable(options.job), read_within(load_items(options.items), budget_s)
    title = f"{name_of(function)} for {read}"
    return job(function, read.items, title=title, same=_same(options)), read.left_of(budget_s)


def _same(options):
    return None if options.same is None else load_callable(options.same)


def _print_and_save(result, options):
    """Print a result and save it; where one of the two is impossible, the other is done."""
    try:
        _print_result(result, options.json)
    finally:
        _save(result, options)


def _print_result(result, as_json):
    from ..judge.curve import sentences

    said = sentences(result)
    if as_json:
        points = [_as_dict(point) for point in result.points()]
        print(json.dumps({**records.to_dict(result), "points": points, "sentences": said}))
        return
    print(f"{result.title}\n{result.machine}\n{result.capacity}\n")
    print(f"{'kind':<22}{'workers':>8}{'seconds':>10}{'speed-up':>10}{'quartiles':>14}"
          f"{'cores busy':>12}{'start-up s':>12}")  # fmt: skip
    for p in result.points():
        low, high = p.quartiles
        startup_s = result.startup_s(p.kind, p.n_workers)
        print(f"{p.kind:<22}{p.n_workers:>8}{p.wall_s:>10.3f}{p.speed_up:>10.2f}"
              f"{f'{low:.2f}-{high:.2f}':>14}{p.cores_used:>12.2f}{startup_s:>12.3f}")  # fmt: skip
    print("\n" + "\n".join(said))


def _as_dict(point):
    ratio = None if math.isnan(point.cpu_ratio) else point.cpu_ratio  # JSON has no such number
    derived = {"cpu_ratio": ratio, "speed_up": point.speed_up, "quartiles": point.quartiles}
    return dataclasses.asdict(point) | derived


def _save(result, options):
    if options.save:
        records.save(result, options.save)
    if options.save_figure:
        from ..draw import style
        from ..draw.scaling import plot_scaling

        picture = style.png(plot_scaling(result).figure)
        try:
            with open(options.save_figure, "wb") as file:
                file.write(picture)
        except OSError as error:
            raise LabError(
                f"{options.save_figure} cannot be written ({error.strerror}): give another path"
            ) from error


# --- A function of the reader's own -------------------------------------------------------


@line.command(
    "meter",
    "how long a call keeps the GIL from other threads",
    option("function", metavar="MODULE:FUNCTION", help="it is called without argument"),
    option("--seconds", default="2", help="how long to measure (default 2)"),
    option("--limit", default="60", help="give a call up after so many seconds"),
    option("--witness", action="store_true", help="let the profiler of a Python 3.15 look on"),
    option("--gecko", metavar="FILE", help="keep what it saw, for profiler.firefox.com"),
    JSON,
)
def _meter(options):
    from ..lock.meter import gil_meter

    with output_to_stderr():
        reading = gil_meter(
            load_callable(options.function),
            seconds=number(options.seconds),
            limit_s=number(options.limit),
            witness=options.witness or options.gecko is not None,
        )
    print(json.dumps(reading.as_dict(), indent=2) if options.json else reading)
    if options.gecko is not None:
        reading.save_gecko(options.gecko)


@line.command(
    "verdict",
    "what to use for your own function, and why",
    option("function", metavar="MODULE:FUNCTION", help="it is called with each item"),
    option(
        "--items",
        metavar="FILE.py:NAME",
        help="a list, or a function that returns one; without it there is no argument",
    ),
    SAME,
    option("--budget", default="20", help="seconds it may take (default 20)"),
    option("--kinds", help=KINDS),
    option("--workers", help="how many (default: one for each usable CPU)"),
    option(
        "--pythons",
        metavar="NAMES",
        help="try it in other Pythons, too: all, or with commas 3.14t or the path of a program",
    ),
    JSON,
)
def _verdict(options):
    from ..advice.verdict import verdict

    with output_to_stderr():
        function = load_callable(options.function)
        items = None if options.items is None else load_items(options.items)
        result = verdict(
            function,
            items,
            budget_s=number(options.budget),
            kinds=None if options.kinds is None else listed(options.kinds),
            n_workers=number(options.workers),
            same=_same(options),
            pythons=named_pythons(options.pythons),
        )
    print(json.dumps(result.as_dict(), indent=2, allow_nan=False) if options.json else result)


@line.command(
    "safe",
    "whether calls in threads can break your function",
    option("function", metavar="MODULE:FUNCTION", help="it is called two or three times"),
    option(
        "--calls",
        metavar="FILE.py:NAME",
        help="a list of two or three tuples of arguments; without it two calls without arguments",
    ),
    option("--check", metavar="MODULE:FUNCTION", help="a function of the results: what must hold"),
    option("--setup", metavar="MODULE:FUNCTION", help="makes the first argument for each order"),
    option("--switches", default="2", help="how often a call is stopped, at most (default 2)"),
    option("--budget", default="10", help="seconds it may take (default 10)"),
    JSON,
)
def _safe(options):
    from ..safety.safe import is_safe

    with output_to_stderr():
        functions = {
            name: load_callable(given)
            for name in ("check", "setup")
            if (given := getattr(options, name)) is not None
        }
        result = is_safe(
            load_callable(options.function),
            2 if options.calls is None else load_items(options.calls),
            switches=number(options.switches),
            budget_s=number(options.budget),
            **functions,
        )
    print(json.dumps(result.as_dict(), indent=2) if options.json else result)


# --- What stands around the notebooks -----------------------------------------------------


@line.command("pythons", "the Pythons that this computer has", JSON)
def _pythons(options):
    from ..pythons.find import find_pythons

    found = find_pythons()
    if options.json:
        print(json.dumps([dataclasses.asdict(python) for python in found], indent=2))
    else:
        print(*found, sep="\n")


@line.command(
    "report",
    "an HTML page out of all saved results",
    option("--folder", help="where they are saved (default: data/results)"),
    option("--output", metavar="FILE", help="default: report.html beside them"),
)
def _report(options):
    from ..answer.report import make_report

    folder = options.folder and records.existing_folder(options.folder)
    report = make_report(folder)
    path = report.save(options.output or (folder and folder / "report.html"))
    print(f"{report}\n\n{path}")


@line.command("ready", None)
def _ready(options):
    from . import ready

    print(ready.verdict())


@line.command(
    "class",
    None,
    option(
        "--host",
        default="127.0.0.1",
        help="where to listen: 127.0.0.1 (the default) is this computer alone; with 0.0.0.0 "
        "everybody in this network can reach the class, who has the code may vote, and nothing is "
        "encrypted",
    ),
    option("--port", help="which port (default: the one of before, or any)"),
    option("--file", default="class.sqlite", help="where the class is kept (class.sqlite)"),
    option("--no-browser", action="store_true", help="only print the addresses"),
)
def _class(options):
    from ..classroom import teach

    teach.teach(options.file, options.host, number(options.port), browser=not options.no_browser)
