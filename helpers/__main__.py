"""The command line: ``python -m helpers --help``. The same code as in the notebooks."""

import argparse
import contextlib
import dataclasses
import importlib
import json
import math
import os
import pkgutil
import sys

from .core import machine, pools
from .core.scaling import ONE_PER_WORKER, Experiment, begin_result, extend, parse_counts
from .errors import LabError, Stopped, shown
from .jobs.registry import job_names, job_options, load_job


def main(arguments=None):
    """Run one command and return its exit status: 0, or 2 after one line of error."""
    try:
        options = _parser().parse_args(arguments)
        options.command(options)
        sys.stdout.flush()  # a reader that has gone away shows now, and not at the very end
    except LabError as error:
        print(f"helpers: {error}", file=sys.stderr)
        return 130 if isinstance(error, Stopped) else 2
    except BrokenPipeError:  # whoever read the output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("helpers: stopped; nothing is left running", file=sys.stderr)
        return 130
    return 0


class _Parser(argparse.ArgumentParser):
    """A parser that tells what is wrong in one line."""

    def error(self, message):
        raise LabError(f"{message}; {self.prog} --help shows what there is")


def _parser():
    parser = _Parser(
        prog="python -m helpers", description="Measure how parallel Python runs on this machine."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_measurements(commands)
    _add_own_function(commands)
    _add_series(commands)
    _add_pythons(commands)
    return parser


def _add_measurements(commands):
    """Add what measures this machine and the two jobs."""
    command = commands.add_parser("machine", help="what this computer can do")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    command.set_defaults(command=_machine)

    command = commands.add_parser("measure", help="scaling curves of a job")
    command.add_argument("job", help=" or ".join(job_names()))
    command.add_argument(
        "--kinds", default="threads,processes", help=f"with commas: {', '.join(pools.kinds())}"
    )
    command.add_argument("--workers", help="worker counts with commas, such as 1,2,4")
    command.add_argument("--size", help="how many items; pictures: the scale of the paper")
    command.add_argument("--format", help="pictures: PNG or JPEG")
    command.add_argument("--folder", help="pictures: save them here (default: in memory)")
    command.add_argument("--rounds", default="5", help="timed runs of each (default 5)")
    command.add_argument(
        "--sublists", help=f"into how many sublists the job is split, or '{ONE_PER_WORKER}'"
    )
    command.add_argument("--budget", metavar="SECONDS", help="begin no round past it")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    command.add_argument("--save", metavar="FILE", help="keep the result as a JSON file")
    command.add_argument("--save-figure", metavar="FILE", help="draw the chart into a PNG file")
    command.set_defaults(command=_measure)


def _add_own_function(commands):
    """Add what measures a function of the reader's own."""
    command = commands.add_parser("meter", help="how long a call keeps the lock from others")
    command.add_argument(
        "function", metavar="MODULE:FUNCTION", help="it is called without argument"
    )
    command.add_argument("--seconds", default="2", help="how long to measure (default 2)")
    command.add_argument("--limit", default="60", help="give a call up after so many seconds")
    command.add_argument("--json", action="store_true", help="print JSON instead of a line")
    command.set_defaults(command=_meter)

    command = commands.add_parser("verdict", help="what to use for your own function, and why")
    command.add_argument("function", metavar="MODULE:FUNCTION", help="it is called with each item")
    command.add_argument(
        "--items",
        metavar="FILE.py:NAME",
        help="a list, or a function that returns one; without it there is no argument",
    )
    command.add_argument("--budget", default="20", help="seconds it may take (default 20)")
    command.add_argument("--kinds", help=f"with commas: {', '.join(pools.kinds())}")
    command.add_argument("--workers", help="how many (default: one for each usable CPU)")
    command.add_argument("--json", action="store_true", help="print JSON instead of sentences")
    command.set_defaults(command=_verdict)


def _add_series(commands):
    """Add what stands around the notebooks."""
    command = commands.add_parser("report", help="an HTML page out of all saved results")
    command.add_argument("--folder", help="where they are saved (default: data/results)")
    command.add_argument("--output", metavar="FILE", help="default: report.html beside them")
    command.set_defaults(command=_report)

    command = commands.add_parser("ready", help="whether this computer is ready for the notebooks")
    command.set_defaults(command=_ready)

    command = commands.add_parser("links", help="Binder links to the notebooks")
    command.add_argument("--remote", metavar="ADDRESS", help="of the repository; git's by default")
    command.add_argument("--write", action="store_true", help="put them into README.md, too")
    command.set_defaults(command=_links)

    command = commands.add_parser(
        "documents", help="write what README.md and the guide say in figures"
    )
    command.set_defaults(command=_documents)

    command = commands.add_parser("pages", help="run the notebooks and make static pages of them")
    command.add_argument("names", nargs="*", metavar="NAME", help="such as 03; all without a name")
    command.add_argument("--folder", default="pages", help="where to write (default pages)")
    command.set_defaults(command=_pages)

    command = commands.add_parser(
        "pairs", help="record again what two threads get done, for machines that cannot show it"
    )
    command.add_argument("names", nargs="*", metavar="NAME", help="such as 03; all without a name")
    command.set_defaults(command=_pairs)

    command = commands.add_parser("clear", help="take what a run left out of the notebooks' files")
    command.add_argument("names", nargs="*", metavar="NAME", help="such as 03; all without a name")
    command.set_defaults(command=_clear)


def _add_pythons(commands):
    """Add what finds other Pythons, and runs a job in them."""
    command = commands.add_parser("pythons", help="the Pythons that this computer has")
    command.add_argument("--json", action="store_true", help="print JSON instead of a list")
    command.set_defaults(command=_pythons)

    command = commands.add_parser("eras", help="a job in threads, in one Python after another")
    command.add_argument("--job", default="strings", help="strings (the default) or pictures")
    command.add_argument("--pythons", help="such as 3.13,3.13t,jython (default: one of each era)")
    command.add_argument("--size", help="strings: how many (60000); pictures: the scale (0.3)")
    command.add_argument("--rounds", default="8", help="timed runs of each (default 8)")
    command.add_argument(
        "--record",
        action="store_true",
        help="replace the project's recordings of these Pythons, and of what the lock costs",
    )
    command.set_defaults(command=_eras)


def _pythons(options):
    from .pythons.find import find_pythons

    found = find_pythons()
    if options.json:
        print(json.dumps([dataclasses.asdict(python) for python in found], indent=2))
    else:
        print(*found, sep="\n")


_ERAS_SIZES = {"strings": "60000", "pictures": "0.3"}  # what helpers/pythons/other_python.py can do


def _eras(options):
    from .pythons.elsewhere import look_up_jobs, measure_price
    from .pythons.find import choose, find_pythons, one_of_each, price_pair

    if options.job not in _ERAS_SIZES:
        known = " and ".join(_ERAS_SIZES)
        raise LabError(f"other Pythons know {known}, not {shown(options.job)}: choose one")
    found = find_pythons()
    asked = choose(found, options.pythons.split(",")) if options.pythons else one_of_each(found)
    size = options.size or _ERAS_SIZES[options.job]
    _measure_eras(asked, load_job(options.job, _number(size)), options)
    if not options.record or options.job != "strings":
        return
    for job in look_up_jobs():
        _measure_eras([python for python in asked if python.free_threaded], job, options)
    if price_pair(found) is not None:
        from .core import store as records

        price = measure_price(*price_pair(found), load_job("strings", 60_000))
        print(price)
        records.save_price(price)


def _measure_eras(pythons, job, options):
    from .core import store as records
    from .pythons.elsewhere import measure_all
    from .pythons.find import has_interpreters

    for python in pythons:
        kinds = ("threads",)
        if has_interpreters(python) and job.name == "strings":
            kinds = ("threads", "interpreters")
        for _, outcome in measure_all([python], job, kinds=kinds, rounds=_number(options.rounds)):
            if isinstance(outcome, str):
                print(outcome, file=sys.stderr)
                continue
            lock = "GIL on" if outcome.machine.gil else "no GIL"
            points = [str(outcome.point(kind, 2)) for kind in kinds]
            print(f"{python.name} ({lock}): {'; '.join(points)}", flush=True)
            if options.record:
                name = f"{job.name}-{python.era}.json".lower().replace(" ", "-")
                records.save(outcome, records.ERAS / name)


def _machine(options):
    card = machine.card()
    print(json.dumps(card.as_dict(), indent=2) if options.json else card)


def _measure(options):
    experiment = _experiment(options)
    result = begin_result(experiment)
    try:
        with contextlib.closing(experiment.run()) as runs:
            for run in runs:
                result = extend(result, run, experiment)
                _show_progress(len(result.runs), experiment.n_runs)
    except KeyboardInterrupt:  # what is finished is not lost
        if result.points():
            _print_result(result, options.json)
            _save(result, options)
        raise
    _print_result(result, options.json)
    _save(result, options)  # last: where it cannot be written, the figures are not lost


def _meter(options):
    from .lock.meter import gil_meter

    function = load_callable(options.function)
    try:
        reading = gil_meter(
            function, seconds=_number(options.seconds), limit_s=_number(options.limit)
        )
    except LabError:
        raise
    except (Exception, SystemExit) as error:
        raise LabError(
            f"{options.function} raised {type(error).__name__}: {shown(error, 200)}; mend it first"
        ) from error
    print(json.dumps(reading.as_dict(), indent=2) if options.json else reading)


def _report(options):
    from .answer.report import make_report
    from .core import store as records

    folder = options.folder and records.existing_folder(options.folder)
    report = make_report(folder)
    output = options.output or (folder and folder / "report.html")
    path = report.save(output)
    print(f"{report}\n\n{path}")


def _ready(options):
    from .shell import ready as readiness

    print(readiness.verdict())


def _links(options):
    from .authoring import blocks, links

    address = links.remote() if options.remote is None else options.remote
    if address is None:
        raise LabError(
            "git knows no address of this repository yet: give it by --remote, or to git by "
            "git remote add origin ADDRESS"
        )
    badges = links.badges(address, links.notebooks())
    print(badges)
    if options.write:
        blocks.write(links.CHECKOUT / "README.md", "Binder links", badges)


def _documents(options):
    from .authoring import documents

    for path in documents.write_all():
        print(path)


def _pages(options):
    from .authoring import pages

    for page in pages.make_pages(options.folder, options.names):
        print(page, flush=True)


def _pairs(options):
    from .authoring.pairs import record_pairs

    for path in record_pairs(options.names):
        print(path, flush=True)


def _clear(options):
    from .authoring.clear import clear
    from .authoring.pages import chosen

    for path in chosen(options.names):
        if clear(path):
            print(path)


def _verdict(options):
    from .advice.verdict import verdict

    # What the function prints, in whatever process, is no part of the answer.
    with _output_to_stderr():
        function = load_callable(options.function)
        items = None if options.items is None else load_items(options.items)
        result = verdict(
            function,
            items,
            budget_s=_number(options.budget),
            kinds=None if options.kinds is None else options.kinds.replace(",", " ").split(),
            n_workers=_number(options.workers),
        )
    print(json.dumps(result.as_dict(), indent=2, allow_nan=False) if options.json else result)


@contextlib.contextmanager
def _output_to_stderr():
    """Let what this process and its workers print go where errors go."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def load_items(name):
    """Return the list that "FILE.py:NAME" names; where NAME is a function, what it returns.

    Raises:
        LabError: there is no such file or name, or running the file fails.
    """
    path, colon, attribute = name.rpartition(":")
    if not (colon and attribute.isidentifier() and path.endswith(".py")):
        raise LabError(f"items are named as FILE.py:NAME, not {shown(name)}: try jobs.py:items")
    folder, stem = os.path.split(os.path.abspath(path)[: -len(".py")])
    if not os.path.isfile(path):
        raise LabError(f"there is no file {shown(path)}: give the path of the one with the items")
    added = folder not in sys.path
    if added:  # workers get the same path: they can import what items are made of
        sys.path.insert(0, folder)
    try:
        module = importlib.import_module(stem)
        same_file = os.path.samefile(getattr(module, "__file__", None) or os.devnull, path)
        found = getattr(module, attribute) if same_file else None
        items = found() if callable(found) else found
    except (Exception, SystemExit) as error:  # whatever the file does when it is run
        raise LabError(
            f"{shown(name)} cannot be loaded ({type(error).__name__}: {shown(error, 120)}): check "
            "the name, and run the file by itself"
        ) from error
    if not same_file:
        if added:
            sys.path.remove(folder)  # workers would find the file in place of that module
        raise LabError(f"{shown(path)} has the name of another module, {stem}: rename the file")
    return items


def load_callable(name):
    """Return the function that "module:function" names; modules are found from this folder on.

    Raises:
        LabError: there is no such module or function, or importing it fails.

    >>> load_callable("math:sqrt")(9)
    3.0
    """
    module, colon, path = name.partition(":")
    if not (module and colon and path):
        raise LabError(
            f"a function is named as MODULE:FUNCTION, not {shown(name)}: try random:random"
        )
    try:
        found = pkgutil.resolve_name(name)
    except (Exception, SystemExit) as error:  # whatever the module does when it is imported
        raise LabError(
            f"{shown(name)} cannot be loaded ({type(error).__name__}: {shown(error, 120)}): check "
            "its name, and run from the folder that holds the module"
        ) from error
    if not callable(found):
        raise LabError(f"{shown(name)} is {type(found).__name__}, not a function: name a function")
    return found


def _experiment(options):
    given = {
        name: value
        for name, value in (("format", options.format), ("folder", options.folder))
        if value is not None
    }
    for name in given:
        if name not in job_options(options.job):
            raise LabError(f"{options.job} takes no --{name}: leave it out")
    return Experiment(
        load_job(options.job, _number(options.size), **given),
        kinds=tuple(options.kinds.replace(",", " ").split()),
        worker_counts=parse_counts(options.workers) if options.workers is not None else None,
        rounds=_number(options.rounds),
        n_sublists=_number(options.sublists),
        budget_s=_number(options.budget),
    )


def _number(text):
    """Return the int or float that a text spells, or else the text, for the job to judge."""
    for read in (int, float):
        with contextlib.suppress(ValueError, TypeError):
            return read(text)
    return text


def _show_progress(done, planned):
    if sys.stderr.isatty():
        print(f"\rrun {done} of {planned} ", end="" if done < planned else "\n", file=sys.stderr)


def _save(result, options):
    if options.save:
        from .core import store as records

        records.save(result, options.save)
    if options.save_figure:
        from .draw import style
        from .draw.scaling import plot_scaling

        picture = style.png(plot_scaling(result).figure)
        try:
            with open(options.save_figure, "wb") as file:
                file.write(picture)
        except OSError as error:
            raise LabError(
                f"{options.save_figure} cannot be written ({error.strerror}): give another path"
            ) from error


def _print_result(result, as_json):
    from .core import store as records
    from .judge.words import sentences

    said = sentences(result)
    if as_json:
        points = [
            {**dataclasses.asdict(p), "speed_up": p.speed_up, "quartiles": p.quartiles}
            for p in result.points()
        ]
        for point in points:
            if math.isnan(point["cpu_ratio"]):  # JSON has no such number
                point["cpu_ratio"] = None
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


if __name__ == "__main__":
    sys.exit(main())
