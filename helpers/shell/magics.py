"""``%load_ext helpers``: the verdict on a cell, whether it is safe, and the curve of a line.

Made in the manner of ``%timeit``: options first, then code.
"""

import ast
import contextlib
import linecache
from functools import partial

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from IPython.display import display

from ..advice.advice import Verdict
from ..advice.verdict import verdict
from ..cells.compare import compare
from ..core.job import Job, read_within
from ..core.own_same import check_same
from ..core.runs import Result
from ..core.scaling import parse_counts
from ..errors import LabError, shown, told
from ..interrupts import is_interrupt
from ..jobs.own import at_once, in_silence
from ..jobs.registry import job
from ..safety.answer import Safety
from ..safety.safe import is_safe
from .code import FILE, NOT_PYTHON, cell_function, function_of, parsed, rules_of_cells
from .command import listed, named_pythons, number


@contextlib.contextmanager
def _lines_of(cell):
    """Let the lines of a cell's code be found while a ``with`` lasts."""
    linecache.cache[FILE] = (len(cell), None, cell.splitlines(keepends=True), FILE)
    try:
        yield
    finally:
        linecache.cache.pop(FILE, None)


@magics_class
class LabMagics(Magics):
    """``%%will_it_thread``, ``%%is_it_safe`` and ``%scaling``."""

    @no_var_expand
    @cell_magic
    def will_it_thread(self, line: str, cell: str) -> Verdict | None:
        """Say whether threads, processes or nothing at all would make a cell faster, and why.

        Usage::

            %%will_it_thread [-b SECONDS] [-k KINDS] [-w N] [-p NAME] [-s SAME] [-o] [NAME in ITEMS]
            code

        The cell's code is run many times: serially, and in short runs of threads and processes
        that take turns; with ``NAME in ITEMS`` for each item of a list, under that name. As in
        ``%%timeit`` its names are local: nothing that it assigns is kept. Its last line is its
        answer, the same in every way of running. If it ``await``s, each call has its own loop.

        Options:
            -b SECONDS   the budget, from 0.5 to 3600 (default 20)
            -k KINDS     kinds to compare, with commas: threads,processes (default: all there are)
            -w N         how many workers (default: one for each usable CPU)
            -p NAME      try it in other Pythons, too: all, or with commas 3.14t or a path
            -s SAME      a function of two answers that says whether they count as the same
            -o           return the verdict, and do not only show it

        Examples::

            %%will_it_thread -b 5
            sum(n * n for n in range(100_000))

            %%will_it_thread word in words
            word.casefold().translate(table)
        """
        options, target = self._parsed(line, "b:k:w:p:s:o")
        with rules_of_cells():
            result = verdict(
                *self._function(target, cell),
                budget_s=number(options.get("b", "20")),
                kinds=listed(options["k"]) if "k" in options else None,
                n_workers=number(options.get("w")),
                same=self._same(options),
                pythons=named_pythons(options.get("p")),
            )
        return result if "o" in options else display(result)

    @no_var_expand
    @cell_magic
    def is_it_safe(self, line: str, cell: str) -> Safety | None:
        """Look for an order of two calls of a cell, in threads, that breaks it.

        Usage::

            %%is_it_safe [-n N] [-c CHECK] [-m SWITCHES] [-b SECONDS] [-o] [NAME in ITEMS]
            code

        The cell's code runs in two threads that take turns, in one order after the other. Its names
        are local, as in ``%%timeit``: a ``global`` line makes them shared. Its last line is its
        answer. What it changes in your notebook is set back.

        With ``NAME in ITEMS`` there is a call for each of two or three items, under that name.

        Options:
            -n N         how many calls where there are no items: 2 or 3 (default 2)
            -c CHECK     a function of the list of answers: what must hold
            -m SWITCHES  how often a call is stopped, at most (default 2)
            -b SECONDS   the budget, from 0.1 to 3600 (default 10)
            -o           return the answer, and do not only show it

        Example::

            %%is_it_safe amount in [10, 20]
            account["balance"] = account["balance"] + amount
        """
        options, target = self._parsed(line, "n:c:m:b:o")
        function, items = self._function(target, cell)
        calls = number(options.get("n", "2")) if items is None else [(item,) for item in items]
        check = self._value(parsed(options["c"], "eval", "-c").body) if "c" in options else None
        with rules_of_cells(), _lines_of(cell):
            result = is_safe(
                function,
                calls,
                check,
                switches=number(options.get("m", "2")),
                budget_s=number(options.get("b", "10")),
            )
        return result if "o" in options else display(result)

    @no_var_expand
    @line_magic
    def scaling(self, line: str) -> Result | None:
        """Draw how many times as fast a job runs with 1, 2, 4 ... workers.

        Usage::

            %scaling [-k KINDS] [-w COUNTS] [-r ROUNDS] [-b SECONDS] [-n N] [-s SAME] [-o] JOB

        JOB is one of
            f(items)                      f takes a part of the list, and returns a list
            map(f, items)                 f takes one item
            [f(x) for x in items]         the same, written out

        The list is split among the workers. All take turns, and answers must be the serial ones.

        Options:
            -k KINDS     kinds of pool, with commas (default threads,processes)
            -w COUNTS    numbers of workers, with commas (default 1,2,4 ... to the usable CPUs)
            -r ROUNDS    timed runs of each (default 5)
            -b SECONDS   begin no round past it (default 20); slow items are read for a part of it
            -n N         into how many parts the list is split (default 16)
            -s SAME      a function of two answers that says whether they count as the same
            -o           return the result, and do not only show it

        Examples::

            %scaling normalise_all(names)
            %scaling -k threads -w 1,2 -r 3 [zlib.compress(page) for page in pages]
        """
        options, text = self._parsed(line, "k:w:r:b:n:s:o")
        with rules_of_cells():
            job, budget_s = self._job(text, options)
            result = compare(
                job,
                kinds=listed(options.get("k", "threads,processes")),
                workers=parse_counts(options["w"]) if "w" in options else None,
                rounds=number(options.get("r", "5")),
                budget_s=budget_s,
                sublists=number(options.get("n")),
            )
        return result if "o" in options else None

    # --- What is asked

    def _parsed(self, line, letters):
        """Return the options as a dict, and the rest of the line as it was written."""
        # posix=False leaves the quotes in the code alone.
        options, rest = self.parse_options(
            line, letters, posix=False, strict=False, preserve_non_opts=True
        )
        # Of an option that is given twice, the last counts.
        options = {name: v[-1] if isinstance(v, list) else v for name, v in options.items()}
        return options, rest.strip()

    def _function(self, target, cell):
        """Return a cell's code as a function in the reader's namespace, and the items or None."""
        name, items = self._name_and_items(target) if target else (None, None)
        return cell_function(cell, name, self.shell.user_ns, self.shell.transform_cell), items

    def _name_and_items(self, target):
        usage = "NAME in ITEMS, such as word in words"
        try:
            asked = ast.parse(target, mode="eval").body
        except NOT_PYTHON:
            asked = None
        is_in = isinstance(asked, ast.Compare) and isinstance(asked.ops[0], ast.In)
        if not (is_in and isinstance(asked.left, ast.Name) and len(asked.ops) == 1):
            raise LabError(f"after the options comes {usage}, not {shown(target)}: mend that line")
        return asked.left.id, self._value(asked.comparators[0])

    def _same(self, options):
        """Return the function of two answers that -s names, or None."""
        if "s" not in options:
            return None
        return self._value(parsed(options["s"], "eval", "what -s names").body)

    def _job(self, text, options):
        """Return the ``Job`` that a line of Python describes, and what reading left of the budget.

        Its items are all of them, or the first ones where the reading takes long.
        """
        same, budget_s = self._same(options), number(options.get("b", "20"))
        if not text:
            raise LabError("a job such as f(items) is missing: %scaling? shows how to write it")
        asked = parsed(text.rstrip("; "), "eval", "the job").body
        match asked:
            case ast.Call(ast.Name("list"), [ast.Call(ast.Name("map")) as asked], []):
                pass
        match asked:
            case ast.ListComp(elt, [ast.comprehension(ast.Name(name), items, [], 0)]):
                called = [ast.copy_location(ast.Expr(elt), elt)]
                function = function_of(called, name, self.shell.user_ns, "the job", text)
                by_item = True
            case ast.Call(ast.Name("map"), [mapped, items], []):
                function, by_item = self._value(mapped), True
            case ast.Call(called, [items], []):
                function, by_item = self._value(called), False
            case _:
                raise LabError(
                    f"a job is f(items), map(f, items) or [f(x) for x in items], not {shown(text)}:"
                    " write it in one of these ways"
                )
        read = read_within(self._value(items), budget_s)
        if not callable(function):
            raise LabError(f"a job calls a function, not {shown(function)}: name a function")
        title = f"{ast.unparse(asked):.50}, {read}"
        if by_item:
            return job(function, read.items, title=title, same=same), read.left_of(budget_s)
        check_same(same)
        function = partial(in_silence, at_once, function)
        return Job("the job", title, function, read.items, same=same), read.left_of(budget_s)

    def _value(self, node):
        """Return the value of an expression in the reader's namespace."""
        tree = ast.fix_missing_locations(ast.Expression(node))
        try:
            return eval(compile(tree, "<the line>", "eval"), self.shell.user_ns)
        except BaseException as error:
            if is_interrupt(error):
                raise
            unknown = isinstance(error, NameError)
            raise LabError(
                f"{shown(ast.unparse(node), 60)} cannot be used ({told(error, 100)}): "
                + ("run the cell that makes it first" if unknown else "mend it")
            ) from error
