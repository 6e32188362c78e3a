"""What came of the search, in words, for a terminal, a notebook and JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..core import machine
from ..core.same_answers import compare
from ..core.silence import silence
from ..draw.templates import render
from ..errors import shown
from ..units import counted
from .frozen import Thing, leaves
from .record import Record, Seen
from .run import NAMES
from .search import Found, Search
from .search import names as in_words

_MOST_LINES, _END_LINES = 14, 6  # of a turn that are shown, and of these at its end
_MOST_PARTS = 4
_WIDE = 44  # letters of a column in a terminal
State = tuple[tuple[str, str], ...]  # of what is shared, each with its value


@dataclass(frozen=True)
class Turn:
    """What one call does until another goes on: its lines, and what is shared after each."""

    call: str
    lines: tuple[str, ...]
    numbers: tuple[int, ...]
    note: str
    states: tuple[State, ...]

    @property
    def after(self) -> State:
        """What is shared at its end."""
        return self.states[-1]


@dataclass(frozen=True, repr=False)
class Safety:
    """Whether an order of calls was found that breaks a function; in a notebook it shows itself.

    ``breaks`` is True, False where none of those ``tried`` does, or None where it cannot be told.
    ``kind`` is "differs", "check", "error" or "deadlock". ``turns`` are the order that breaks,
    ``before`` what is shared at its beginning. ``switches`` is up to how many stops of a thread
    that could go on all orders were tried; ``more`` whether there are others.
    """

    name: str
    n_calls: int
    breaks: bool | None
    headline: str
    tried: int
    switches: int
    more: bool = False
    kind: str = ""
    before: State = ()
    turns: tuple[Turn, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def order(self) -> list[dict[str, Any]]:
        """The order that breaks: for each turn the call, its lines, and why it went no further."""
        return [
            {
                "call": turn.call,
                "lines": [f"{n}: {text}" for n, text in zip(turn.numbers, turn.lines)],
                "note": turn.note,
                "after": dict(turn.after),
            }
            for turn in self.turns
        ]

    @property
    def caveat(self) -> str:
        """What the search cannot see, in a sentence."""
        return " ".join(self.unseen)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "function": self.name,
            "breaks": self.breaks,
            "kind": self.kind,
            "order": self.order,
            "tried": self.tried,
            "switches": self.switches,
            "sentences": [self.headline, *self.unseen],
        }

    def play(self) -> Any:
        """Show the order that breaks step by step: with a slider in a notebook, else as text.

        Raises:
            LabError: no order is known that breaks it.
        """
        from .play import play  # widgets, only where they are asked for

        return play(self)

    def __str__(self) -> str:
        names = NAMES[: self.n_calls]
        lines = [self.headline]
        if self.turns:
            lines += ["", "   ".join(f"{name:<{_WIDE}}" for name in names).rstrip()]
            lines += [_state_line("before", self.before)] * bool(self.before)
            for turn in self.turns:
                indent = " " * (names.index(turn.call) * (_WIDE + 3))
                lines += [indent + one for one in turn.lines]
                lines += [f"{indent}^ {turn.note}"] * bool(turn.note)
                lines += [_state_line("then", turn.after)] * bool(turn.after)
        return "\n".join([*lines, "", self.caveat]).rstrip()

    __repr__ = __str__

    def _repr_html_(self):
        return self.html(self.turns)

    def html(self, turns: Sequence[Turn]) -> str:
        """Return it as HTML, with these of its turns."""
        tried = f"{counted(self.tried, 'order')} tried. " if self.breaks else ""
        names = NAMES[: self.n_calls]
        return render("safety/answer.html", safety=self, turns=turns, names=names, tried=tried)


def _state_line(word, parts):
    return f"--- {word}: {', '.join(f'{name} = {value}' for name, value in parts)}"


# --- Made of a search


def told(search: Search, found: Found) -> Safety:
    """Return the ``Safety`` that a search leaves; the order that breaks is run once more."""
    subject = search.subject
    about = {
        "name": subject.name,
        "n_calls": len(subject.calls),
        "tried": found.tried,
        "switches": max(0, found.full),
        "unseen": _unseen(search),
    }
    if found.unclear:
        headline = f"It cannot be told: {subject.name} {found.unclear}."
        return Safety(breaks=None, headline=headline, **about)
    if found.broken is None or found.outcome is None:
        more = found.left > 0
        return Safety(breaks=False, headline=_none_breaks(search, found), more=more, **about)
    record = Record(subject.now)
    with silence():
        subject.run(found.broken, search.stop, record=record, in_turn=search.in_turn)
    before, turns = _turns(record)
    about["switches"] = found.broken.cost
    return Safety(
        breaks=True,
        headline=_what_breaks(search, found),
        kind=found.outcome.wrong,
        before=before,
        turns=turns,
        **about,
    )


def _none_breaks(search, found):
    name = search.subject.name
    if not found.left:
        orders = counted(found.tried, "order")
        return f"None of {orders} with up to {_switches(search.switches)} breaks {name}."
    whole = (
        f" All orders with up to {_switches(found.full)} are among them." if found.full > 0 else ""
    )
    return (
        f"None of the {found.tried:,} orders that were tried breaks {name}; there are more with up "
        f"to {_switches(search.switches)}, so give it a larger budget.{whole}"
    )


def _switches(n):
    return f"{n} switch{'es' * (n != 1)}"


def _unseen(search):
    """Return what the answer does not hold for, in sentences."""
    said = [
        "A call into C, or into a library, counts as one step. Files, servers and other processes "
        "are not looked at."
    ]
    if machine.free_threaded_build():
        said.append("Without the GIL, cores may also see what others write in another order.")
    state = search.subject.state
    if state.lasting:
        names = ", ".join(state.lasting[:3])
        said.append(f"It cannot set back {names}: let setup make it for each order.")
    if state.is_too_much:
        said.append("There is too much shared data to set back all of it: pass less.")
    return tuple(said)


# --- What breaks, in a sentence


def _what_breaks(search, found):
    name, kind, ran = search.subject.name, found.outcome.wrong, found.outcome.ran
    if kind == "deadlock":
        waits = [f"{NAMES[one]} {words}" for one, words in ran.circle]
        return f"A deadlock stops {name}: {'; '.join(waits)}. No call can go on."
    if search.in_turn:
        return f"{name} breaks without any switch: {in_words(search.in_turn)}."
    n_calls = {2: "two", 3: "three"}[len(search.subject.calls)]
    begin = f"An order of {n_calls} calls breaks {name}:"
    if kind == "error":
        raises = [
            f"{NAMES[i]} raises {_error(result[1])}"
            for i, result in enumerate(found.outcome.said["results"])
            if not result[0]
        ]
        return f"{begin} {', '.join(raises)}, and one call after the other does not."
    if kind == "check":
        return f"{begin} {found.outcome.why}."
    return f"{begin} {_difference(found)}."


def _error(frozen):
    name, args = frozen
    return f"{name}: {', '.join(map(shown, args))}" if args else name


def _difference(found):
    """Return where the outcome differs from the serial one that is nearest to it."""
    got = _parts(found.outcome.said)
    best: list[str] | None = None
    for one in found.serial:
        expected = _parts(one.said)
        unlike = [
            f"{name} {shown(value, 40)}, not {shown(expected.get(name), 40)}"
            for name, value in got.items()
            if name not in expected or compare([expected[name]], [value]).differs
        ]
        unlike += [f"{name} is missing" for name in expected if name not in got]
        if best is None or len(unlike) < len(best):
            best = unlike
    if not best:
        return "its calls return different objects, and one after the other they return the same"
    return "afterwards " + ", and ".join(best[:2]) + _and_more(best)


def _and_more(parts):
    return f" ({len(parts) - 2} more differ)" if len(parts) > 2 else ""


def _parts(said):
    """Return what was left, by names as they stand before a value."""
    found = {}
    for name, value in said["state"].items():
        found |= {f"{part} is": leaf for part, leaf in leaves(value, name)}
    for index, (is_fine, value) in enumerate(said["results"]):
        found[f"{NAMES[index]} {'returns' if is_fine else 'raises'}"] = value
    return found


# --- The order, turn by turn


def _turns(record):
    """Return the state before, and the turns, with what changes in the shared state."""
    states = [one.before for one in record.seen] + [record.after]
    flat = [dict(part for n, v in state.items() for part in leaves(v, n)) for state in states]
    changing = [
        name
        for name in dict.fromkeys(name for state in flat for name in state)
        if any(_unlike(state.get(name), flat[0].get(name)) for state in flat)
    ][:_MOST_PARTS]

    def shown_at(index):
        return tuple((name, _short(flat[index][name])) for name in changing if name in flat[index])

    turns, begin = [], 0
    for index in range(1, len(record.seen) + 1):
        is_last = index == len(record.seen)
        if is_last or record.seen[index].thread != record.seen[begin].thread:
            after = [shown_at(i) for i in range(begin + 1, index + 1)]
            turns.append(_turn(record.seen[begin:index], after))
            begin = index
    return shown_at(0), tuple(turns)


def _unlike(one, other):
    try:
        return type(one) is not type(other) or bool(one != other)
    except ValueError:  # arrays
        return compare([one], [other]).differs is not None


def _short(value):
    return f"{value.of} object" if isinstance(value, Thing) else shown(value, 40)


def _turn(seen: list[Seen], after):
    lines = [f"... {one.text}" if one.goes_on else one.text for one in seen]
    numbers = [one.line for one in seen]
    if (n := len(lines) - _MOST_LINES) > 0:
        first = _MOST_LINES - _END_LINES
        lines = [*lines[:first], f"... {counted(n, 'line')} more", *lines[-_END_LINES:]]
        numbers = [*numbers[:first], numbers[first], *numbers[-_END_LINES:]]
        after = [*after[:first], after[-_END_LINES - 1], *after[-_END_LINES:]]
    last = seen[-1]
    return Turn(NAMES[last.thread], tuple(lines), tuple(numbers), last.note, tuple(after))
