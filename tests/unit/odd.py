"""Strategies for what readers may pass, odd in every way, as the text of Python expressions.

A text can be shown, whatever its value does when it is; ``value`` makes the value of it. The names
in it are those of ``odd_things``.
"""

import builtins

from hypothesis import strategies as st

from . import odd_things

one_of = st.sampled_from

#: Values that are no containers of others.
LEAVES = [
    "None", "True", "0", "-1", "7", "1.5", "math.nan", "math.inf", "-0.0", "10**30", "10**5000",
    "''", "'text'", "'\\ud800'", "'a\\nb'", "'x' * 10**6", "b''", "b'\\xff' * 9", "bytearray(3)",
    "object()", "...", "NotImplemented", "OddClass", "OddClass()", "int", "type", "len", "same",
    "(lambda x: x)", "ring()", "ring(5)", "crowd()", "dict_ring()", "record_ring()", "deep(50)",
    "deep(5000)", "deep_dict(3000)", "shared(40)", "Node()", "Slots()", "Slots(ring())", "Local()",
    "local_class()", "threading.Lock()", "threading.current_thread()", "memoryview(b'abc')",
    "(n for n in range(3))", "iter([1, 2])", "itertools.count()", "map(str, [1])", "range(5)",
    "range(10**19)", "range(10**9)", "awaits()", "sys", "decimal.Decimal('NaN')", "complex(1, 2)",
    "asyncio.CancelledError", "sys._getframe()", "SETTING", "{1, 'a'}", "frozenset()", "slice(3)",
]  # fmt: skip

FUNCTIONS = [
    "same", "prints", "writes", "asks", "adds_to_global", "adds_to_default", "adds_to_itself",
    "draws", "draws_seeded", "sets_decimal", "sets_context", "sets_environment", "sleeps", "spins",
    "generates", "awaits", "generates_async", "runs_loop", "ends_worker", "takes_two", "takes_none",
    "takes_named", "takes_what_goes", "lock_in_answer", "changes_item", "deep_answer",
    "large_answer", "from_nowhere()", "endless()", "with_odd_names()", "counts()", "counts(40)",
    "len", "hash", "iter", "id", "type", "next", "bool", "int", "callable", "vars", "input",
    "object", "reversed", "super", "property",
    "Record", "Record().grows", "Record(1).method", "Record.of_class", "Record.of_none", "Node",
    "Slots", "OddClass", "TwoArguments", "Panic", "ValueError", "threading.Lock", "local_class",
    "operator.itemgetter(0)", "operator.methodcaller('append', 1)", "operator.neg", "math.sqrt",
    "functools.partial(same)", "functools.partial(takes_two, 1)", "[].append", "{}.get",
    "(lambda x: x)", "(lambda: 1)", "(lambda x=None: (yield))", "functools.lru_cache(same)",
    "itertools.count().__next__", "itertools.repeat", "asyncio.sleep", "odd_function", "sys.exit",
    "functools.singledispatch(same)", "type('Made', (), {})", "staticmethod(same)", "ring", "crowd",
    "record_ring", "dict_ring", "Local", "makes(itertools.count)", "makes(object)", "shared",
    "None", "3", "'text'", "[]",
]  # fmt: skip

odd_objects = st.builds(
    "odd({!r}, {!r})".format, one_of(odd_things.METHODS), one_of([*odd_things.BEHAVIOURS])
)
errors = one_of(odd_things.ERRORS)
leaves = one_of(LEAVES) | odd_objects | errors


def _holding(inner):
    """Return the strategy for containers of what another strategy gives."""
    several = st.lists(inner, max_size=4).map(", ".join)
    return st.one_of(
        st.builds("[{}]".format, several),
        st.builds("({},)".format, inner),
        st.builds("{{'a': {}, 2: {}}}".format, inner, inner),
        st.builds("deque([{}])".format, several),
        st.builds("UserList([{}])".format, several),
        st.builds("OrderedDict(a={})".format, inner),
        st.builds("defaultdict(list, a={})".format, inner),
        st.builds("SimpleNamespace(a={})".format, inner),
        st.builds("Record({}, [{}])".format, inner, several),
        st.builds("Slots({})".format, inner),
        st.builds("functools.partial(same, {})".format, inner),
        st.builds("gives({})".format, inner),
        st.builds("ValueError({})".format, inner),
    )


values = st.recursive(leaves, _holding, max_leaves=6)
lists_of_values = st.builds("[{}]".format, st.lists(values, max_size=5).map(", ".join))
#: What items may be: mostly lists, and whatever else.
items = st.one_of(
    st.just("[1, 2, 3, 4, 5, 6, 7, 8]"),
    lists_of_values,
    st.builds("[{}] * {}".format, values, one_of([2, 40, 30_000])),
    st.builds(
        "Sequence({}, {}, {})".format, one_of([0, 3, 10, 10**6]), one_of([0, 2, 10**9]), values
    ),
    one_of(
        ["Sequence(-1, 3)", "Sequence(10**19, 5)", "Sequence('3', 3)", "Sequence(99, 99, 1, 0.01)"]
    ),
    values,
)

_plain_functions = one_of(FUNCTIONS)
_functions_of_values = st.one_of(
    st.builds("gives({})".format, values),
    st.builds("makes(lambda: {})".format, values),
    st.builds("always({})".format, errors),
    st.builds("now_and_then({})".format, errors),
    st.builds("in_workers({})".format, errors),
    st.builds("functools.partial(takes_two, {})".format, values),
    st.builds("Record({}).method".format, values),
    st.builds(
        "odd_function({!r}, {!r})".format,
        one_of(odd_things.METHODS),
        one_of([*odd_things.BEHAVIOURS]),
    ),
)  # fmt: skip
functions = st.one_of(
    _plain_functions,
    _functions_of_values,
    st.builds("wrapped({})".format, _functions_of_values),
    values,
)
#: The ``same=`` of most is none at all.
sames = one_of(
    ["None"] * 8 + ["is_odd", "(lambda a, b: a is b)", "takes_none", "draws", "3", "gives('')"]
)

#: The lines of a cell; not all of them are Python.
STATEMENTS = [
    "pass", "n = 1", "n += 1", "x", "print(1)", "await asyncio.sleep(0)", "return 3", "yield 1",
    "yield", "break", "continue", "# a remark", "", "'''", "def f(:", "  indented", "\ttab",
    "%time",
    "!", "?", "x?", "import math", "from math import *", "global x", "nonlocal x", "del x", "del n",
    "class A: x = 1", "lambda: 1", "raise ValueError", "for i in range(3): i", "1/0", "'\\ud800'",
    "\ud800", "\0", "a b", "x := 3", "(x := 3)", "1;", ";", "@same", "async with x: pass",
    "from __future__ import annotations", "exec('n = 1')", "locals()", "[i async for i in x]",
    "match x:\n case 1: pass", "try:\n 1/0\nexcept* ValueError: 3", "with x: 1", "é = 1", "__x__",
    "(" * 300, "f'{n:>{n}}'", "if 1:", "else:", "x = x", "GLOBAL.append(1)", "TOTAL += 1", "\\",
    "super()", "__class__", "type X = int", "assert 0", "x.y = 1", "globals()['n'] = 2", "-" * 3000,
]  # fmt: skip
cells = st.lists(one_of(STATEMENTS) | values | functions, max_size=4).map("\n".join)
_targets = st.one_of(
    st.just(""),
    st.builds("x in {}".format, items),
    one_of(
        ["x", "x in", "in y", "x not in y", "x in y in z", "x.y in [1]", "1 in [1]", "x in (", "'"]
    ),
)
_options = st.lists(
    one_of(["-k threads", "-w 2", "-w 0", "-w x", "-s is_odd", "-s (", "-s", "-o", "-z", "-k x",
            "-k", "-w 1,2", "-w 99999999999", "-b nan", "-b", "--", "-", "-o -o", "-n 3", "-n -1"]),
    max_size=2,
).map(" ".join)  # fmt: skip
verdict_lines = st.builds("{} -o {}".format, _options, _targets)
_jobs = st.one_of(
    st.builds("map({}, {})".format, functions, items),
    st.builds("{}({})".format, functions, items),
    st.builds("[{} for x in {}]".format, values | functions, items),
    st.builds("list(map({}, {}))".format, functions, items),
    cells,
)
scaling_lines = st.builds("{} -o {}".format, _options, _jobs)


def value(text):
    """Return a new value of an expression."""
    return eval(text, {"__builtins__": builtins, **vars(odd_things)})
