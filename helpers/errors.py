"""Errors that a reader is meant to see, and how a value is judged and shown in them."""

from _operator import index  # operator's own, without the cost of operator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Thread

_INFINITY = float("inf")  # every worker imports this module, so it does without math
_SHOWN_S = 1.0  # how long the code that shows a value may take
_MOST_LOOKS, _MOST_PARTS = (
    10_000,
    10_000_000,
)  # that are looked at, and that repr writes in a second
_CLOSED = {"type", "ABCMeta", "module", "function", "frame", "code"}
_BRACKETS = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}


class LabError(Exception):
    """A wrong input or a failed run, told in one line: the rule, the value, the remedy.

    In a notebook it shows as that one line, without a traceback.
    """

    def _render_traceback_(self):
        """Return the lines that IPython prints for this error."""
        return [str(self)]


class Stopped(LabError):
    """The reader interrupted a run. What was measured until then is kept."""


class TooLong(LabError):
    """Something was given up, because it took longer than it may."""


def shown(value: object, n_letters: int = 60) -> str:
    """Return a value, or an error, as a piece of one line: without line ends, and not too long.

    Whatever its own code does when it is shown, raise, go on for ever or give no text, is told.

    >>> shown("a list"), shown(ValueError("first\\nsecond")), shown([1] * 100, 9)
    ("'a list'", 'first second', '[1, 1, 1…')
    """
    text = _spelt(value, n_letters)
    if text is not None:
        return text
    if type(value) is int:  # Python spells no whole number of more than 4300 digits
        return "a number of thousands of digits"
    return f"{one_of_class(value)} that cannot be shown"


def told(error: BaseException, n_letters: int) -> str:
    """Return an error with the name of its class, as a piece of one line.

    >>> told(ValueError("no such column"), 40), told(AssertionError(), 40)
    ('ValueError: no such column', 'AssertionError')
    """
    text = _spelt(error, n_letters)
    said = "what it says cannot be shown" if text is None else text
    return f"{class_name(error)}: {said}" if said else class_name(error)


def one_line(text: str, n_letters: int) -> str:
    """Return a text without line ends, and no longer than so many letters.

    >>> one_line("first\\nsecond", 20), one_line("first\\nsecond", 8)
    ('first second', 'first s…')
    """
    text = " ".join(text[: 8 * n_letters].split())
    return text if len(text) <= n_letters else text[: n_letters - 1] + "…"


def class_name(value: object) -> str:
    """Return the name of a value's class, as a piece of one line, whatever its metaclass says."""
    return one_line(type.__dict__["__name__"].__get__(type(value)), 40)


def one_of_class(value: object) -> str:
    """Return a value's class with its article.

    >>> one_of_class([]), one_of_class(1)
    ('a list', 'an int')
    """
    name = class_name(value)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def ask_to_end(thread: "Thread") -> None:
    """Raise GivenUp in a thread, once it comes to run Python code and where Python can do so."""
    import ctypes

    from .interrupts import GivenUp

    if hasattr(ctypes, "pythonapi"):
        ident, error = ctypes.c_ulong(thread.ident or 0), ctypes.py_object(GivenUp)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, error)


def _spelt(value, n_letters):
    """Return what a value's own code says of it; None where it does not say in a second."""
    from contextlib import suppress
    from threading import Thread

    said = []

    def try_it():
        try:
            spell = _said if isinstance(value, BaseException) else _beginning
            said.append(one_line(spell(value, n_letters + 1), n_letters))
        except BaseException:  # an extension's may derive from nothing else
            pass

    if any(type(value) is kind for kind in (int, float, str, bool)):  # a class may compare oddly
        with suppress(ValueError):
            return one_line(_beginning(value, n_letters + 1), n_letters)
        return None
    try:
        thread = Thread(target=try_it, name="gil-lab shows", daemon=True)
        thread.start()
    except RuntimeError:  # none is to be had, as in an interpreter of a pool
        if _is_of_python(value):
            try_it()
        return said[0] if said else None
    thread.join(_SHOWN_S)
    if thread.is_alive():
        ask_to_end(thread)
    return said[0] if said else None


def _is_of_python(error):
    """Return whether it is one of Python's own errors, which says at once what it says."""
    is_known = type(error).__module__ == "builtins" and isinstance(error, BaseException)
    return is_known and all(type(arg) is str for arg in error.args)


def _beginning(value, n, level=3):
    """Return as many letters and more of what repr says, without most of what is far inside.

    C code writes lists in lists to the end, and no thread can end it: there may be 2**40 of them.
    """
    if type(value) in (str, bytes):
        return repr(value[:n])
    if type(value) not in _BRACKETS or not value:
        return f"{one_of_class(value)} of too many parts" if _never_ends(value) else repr(value)
    before, after = _BRACKETS[type(value)]
    if not level:
        return f"{before}...{after}"
    from itertools import islice

    def spelt(part):
        return _beginning(part, n, level - 1)

    parts = islice(value.items() if type(value) is dict else value, n // 3 + 1)
    if type(value) is dict:
        spelt_parts = [f"{spelt(key)}: {spelt(part)}" for key, part in parts]
    else:
        spelt_parts = [*map(spelt, parts)]
    after = "," * (type(value) is tuple and len(value) == 1) + after
    return before + ", ".join(spelt_parts) + after


def _never_ends(value):
    """Return whether there are objects in objects, so many that repr never ends.

    What an object writes of those in it is not known, so each counts.
    """
    from gc import get_referents
    from itertools import islice

    n_parts = {}  # of each list, by its id: those inside of those inside count, too

    def count(part):
        kind = type(part)
        if id(part) in n_parts or len(n_parts) > _MOST_LOOKS:
            return n_parts.get(id(part), 1)
        n_parts[id(part)] = 1  # a ring is written once
        if kind.__repr__ is object.__repr__ or class_name(part) in _CLOSED:
            return 1
        parts = islice(get_referents(part), _MOST_LOOKS)
        n_parts[id(part)] += sum(count(inner) for inner in parts if inner is not kind)
        return n_parts[id(part)]

    try:
        count(value)
    except RecursionError:
        return True  # C code goes down further than this
    return max(n_parts.values()) > _MOST_PARTS


def _said(error, n):
    """Return what str says of an error, or the beginning of it."""
    args, is_plain = error.args, type(error).__str__ is BaseException.__str__
    if is_plain and len(args) == 1 and type(args[0]) in _BRACKETS:
        return _beginning(args[0], n)
    if (is_plain and len(args) > 1) or _never_ends(error):
        return _beginning(args, n)
    return str(error)


def whole(
    name: str, value: object, low: int = 1, high: float = _INFINITY, remedy: str | None = None
) -> int:
    """Return ``value`` as an int; raise LabError when it is no whole number in that range.

    Integers of NumPy are whole numbers; True, False and 2.0 are none.
    """
    try:
        count = index(value)  # type: ignore[arg-type]
    except Exception:  # whatever the code of an object raises
        count = None
    if count is None or isinstance(value, bool) or not low <= count <= high:
        raise _out_of_range(f"{name} must be a whole number", value, low, high, remedy)
    return int(count)


def number(
    name: str,
    value: object,
    low: float = -_INFINITY,
    high: float = _INFINITY,
    remedy: str | None = None,
) -> float:
    """Return ``value``; raise LabError when it is no number in that range: NaN never is."""
    if is_number(value, low, high):
        try:
            as_float = float(value)  # type: ignore[arg-type]
        except OverflowError:  # a whole number of hundreds of digits
            raise _out_of_range(f"{name} must be a number", value, low, high, remedy) from None
        return value if isinstance(value, int) else as_float
    raise _out_of_range(f"{name} must be a number", value, low, high, remedy)


def check_text(name: str, value: object) -> None:
    """Raise LabError when ``value`` is no text."""
    if not isinstance(value, str):
        raise LabError(f"{name} is a text, not {shown(value)}: put it in quotes")


def check_functions(name: str, value: object, remedy: str) -> None:
    """Raise LabError when ``value`` is no dict from a name to a function, or an empty one."""
    pairs = value.items() if isinstance(value, dict) else ()
    if not pairs or not all(isinstance(key, str) and callable(one) for key, one in pairs):
        raise LabError(f"{name} are a dict from a name to a function, not {shown(value)}: {remedy}")


def is_number(value: object, low: float = -_INFINITY, high: float = _INFINITY) -> bool:
    """Return whether a value is a number from ``low`` to ``high``: NaN, True and False are none.

    >>> is_number(0.5, 0, 1), is_number(2, 0, 1), is_number(float("nan")), is_number(True)
    (True, False, False, False)
    """
    if isinstance(value, bool):
        return False
    if not isinstance(value, int | float):  # NumPy's scalars and fractions count as numbers too
        from numbers import Real

        if not isinstance(value, Real):
            return False
    return bool(low <= value <= high)  # type: ignore[operator]


def _out_of_range(rule, value, low, high, remedy):
    if high < _INFINITY:
        rule += f" from {_bound(low)} to {_bound(high)}"
    elif low > -_INFINITY:
        rule += f" of {_bound(low)} or more"
    return LabError(f"{rule}: got {shown(value)}; {remedy or f'try {_bound(low)}'}")


def _bound(limit):
    return f"{limit:,.0f}" if 1000 <= abs(limit) < 1e15 else f"{limit:g}"
