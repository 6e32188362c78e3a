"""``%load_ext helpers``: the verdict on a cell, and the scaling curve of a line.

Made in the manner of ``%timeit``: options first, then code.
"""

import ast
import contextlib
import sys

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

from ..advice.verdict import verdict
from ..core.job import Job, check_items
from ..core.scaling import Experiment, begin_result, extend, parse_counts
from ..errors import LabError, Stopped, shown
from ..jobs.own import each
from ..judge.curve import sentences


@magics_class
class LabMagics(Magics):
    """``%%will_it_thread`` and ``%scaling``."""

    @cell_magic
    def will_it_thread(self, line, cell):
        """Say whether threads, processes or nothing at all would make a cell faster, and why.

        Usage::

            %%will_it_thread [-b SECONDS] [-k KINDS] [-w N] [-o] [NAME in ITEMS]
            code

        The cell's code is run many times: serially, and in short runs of threads and processes
        that take turns. As in ``%%timeit`` its names are local: nothing that it assigns is kept.
        Its last line is its answer, which has to be the same in every way of running.

        With ``NAME in ITEMS`` the code is run for each item of a list, under that name.

        Options:
            -b SECONDS   the budget, from 0.5 to 3600 (default 20)
            -k KINDS     kinds to compare, with commas: threads,processes (default: all there are)
            -w N         how many workers (default: one for each usable CPU)
            -o           return the verdict, and do not only show it

        Examples::

            %%will_it_thread -b 5
            sum(n * n for n in range(100_000))

            %%will_it_thread word in words
            word.casefold().translate(table)
        """
        options, target = self._parsed(line, "b:k:w:o")
        function, items = self._function(target, cell)
        result = verdict(
            function,
            items,
            budget_s=_number("-b", options.get("b", "20"), float),
            kinds=_kinds(options.get("k")),
            n_workers=_number("-w", options["w"], int) if "w" in options else None,
        )
        if "o" in options:
            return result
        _show(result)
        return None

    @line_magic
    def scaling(self, line):
        """Draw how many times as fast a job runs with 1, 2, 4 ... workers.

        Usage::

            %scaling [-k KINDS] [-w COUNTS] [-r ROUNDS] [-b SECONDS] [-n N] [-o] JOB

        JOB is one of

            f(items)                      f takes a part of the list, and returns a list
            map(f, items)                 f takes one item
            [f(x) for x in items]         the same, written out

        The list is split among the workers. Each kind and count takes its turn in every round, and
        is compared with the serial run of its own round; answers must be the serial ones.

        Options:
            -k KINDS     kinds of pool, with commas (default threads,processes)
            -w COUNTS    numbers of workers, with commas (default 1,2,4 ... to the usable CPUs)
            -r ROUNDS    timed runs of each (default 5)
            -b SECONDS   begin no round past it (default 20)
            -n N         into how many parts the list is split (default 16)
            -o           return the result, and do not only show it

        Examples::

            %scaling normalise_all(names)
            %scaling -k threads -w 1,2 -r 3 [zlib.compress(page) for page in pages]
        """
        options, job = self._parsed(line, "k:w:r:b:n:o")
        experiment = Experiment(
            self._task(job),
            kinds=_kinds(options.get("k")) or ("threads", "processes"),
            worker_counts=parse_counts(options["w"]) if "w" in options else None,
            rounds=_number("-r", options.get("r", "5"), int),
            budget_s=_number("-b", options.get("b", "20"), float),
            n_sublists=_number("-n", options["n"], int) if "n" in options else None,
        )
        result = self._scaled(experiment)
        return result if "o" in options else None

    # --- What is asked

    def _parsed(self, line, letters):
        """Return the options as a dict, and the rest of the line as it was written."""
        # posix=False leaves the quotes in the code alone.
        options, rest = self.parse_options(line, letters, posix=False, preserve_non_opts=True)
        return options, rest.strip()

    def _function(self, target, cell):
        """Return a cell's code as a function in the reader's namespace, and the items or None."""
        if not cell.strip():
            raise LabError("the cell is empty: write the code to be run below the first line")
        tree = _parsed_python(cell, "exec", "the cell")
        if isinstance(tree.body[-1], ast.Expr):
            tree.body[-1] = ast.copy_location(ast.Return(tree.body[-1].value), tree.body[-1])
        name, items = None, None
        if target:
            name, items = self._name_and_items(target)
        arguments = ast.arguments([], [ast.arg(name)] if name else [], None, [], [], None, [])
        made = ast.parse("def cell(): pass")
        made.body[0].args, made.body[0].body = arguments, tree.body
        return self._made(made, "cell"), items

    def _name_and_items(self, target):
        usage = "NAME in ITEMS, such as word in words"
        try:
            asked = ast.parse(target, mode="eval").body
        except SyntaxError:
            asked = None
        is_in = isinstance(asked, ast.Compare) and isinstance(asked.ops[0], ast.In)
        if not (is_in and isinstance(asked.left, ast.Name) and len(asked.ops) == 1):
            raise LabError(f"after the options comes {usage}, not {shown(target)}: mend that line")
        return asked.left.id, check_items(self._value(asked.comparators[0]))

    def _task(self, job):
        """Return the ``Job`` that a line of Python describes."""
        if not job:
            raise LabError("a job such as f(items) is missing: %scaling? shows how to write it")
        asked = _parsed_python(job, "eval", "the job").body
        match asked:
            case ast.ListComp(elt, [ast.comprehension(ast.Name(name), items, [], 0)]):
                # A lambda with the comprehension's expression, which the parser has read already.
                made = ast.parse(f"lambda {name}: 0", mode="eval")
                made.body.body = elt
                function = self._by_item(self._value(made.body))
            case ast.Call(ast.Name("map"), [mapped, items], []):
                function = self._by_item(self._value(mapped))
            case ast.Call(called, [items], []):
                function = self._value(called)
            case _:
                raise LabError(
                    f"a job is f(items), map(f, items) or [f(x) for x in items], not {shown(job)}: "
                    "write it in one of these ways"
                )
        chosen = check_items(self._value(items))
        if not callable(function):
            raise LabError(f"a job calls a function, not {shown(function)}: name a function")
        title = f"{ast.unparse(asked):.50}, {len(chosen):,} items"
        return Job("the job", title, function, chosen)

    def _by_item(self, function):
        from functools import partial

        return partial(each, function)

    def _value(self, node):
        """Return the value of an expression in the reader's namespace."""
        tree = ast.fix_missing_locations(ast.Expression(node))
        try:
            return eval(compile(tree, "<the line>", "eval"), self.shell.user_ns)
        except Exception as error:
            raise LabError(
                f"{shown(ast.unparse(node), 60)} cannot be used ({type(error).__name__}: "
                f"{shown(error, 100)}): run the cell that makes it first"
            ) from error

    def _made(self, tree, name):
        here = {}
        code = compile(ast.fix_missing_locations(tree), "<the cell>", "exec")
        # In the reader's own namespace, so that its globals are theirs; the name is taken away.
        kept = self.shell.user_ns.get(name, here)
        exec(code, self.shell.user_ns)
        function = self.shell.user_ns.pop(name)
        if kept is not here:
            self.shell.user_ns[name] = kept
        return function

    # --- How it is shown

    def _scaled(self, experiment):
        if getattr(self.shell, "kernel", None) is not None:
            from ..cells.compare import run_live

            return run_live(experiment)
        result = begin_result(experiment)
        try:
            with contextlib.closing(experiment.run()) as runs:
                for run in runs:
                    result = extend(result, run, experiment)
                    if sys.stderr.isatty():
                        done = f"\rrun {len(result.runs)} of {experiment.n_runs} "
                        print(done, end="", file=sys.stderr)
        except KeyboardInterrupt:
            raise Stopped(
                f"Stopped after {len(result.runs)} of {experiment.n_runs} runs; nothing is left "
                "running. Run it again when you like."
            ) from None
        finally:
            if result.runs:
                print("\n".join(["", str(result), *sentences(result)]))
        return result


def _parsed_python(text, mode, what):
    try:
        return ast.parse(text, mode=mode)
    except SyntaxError as error:
        raise LabError(
            f"{what} is not Python ({error.msg}, line {error.lineno}): {shown(text, 40)}; mend it"
        ) from error


def _number(option, text, read):
    try:
        return read(text)
    except (TypeError, ValueError):
        raise LabError(f"{option} takes a number, not {shown(text)}: try {option} 5") from None


def _kinds(text):
    return None if text is None else tuple(text.replace(",", " ").split())


def _show(result):
    from IPython.display import display

    display(result)
