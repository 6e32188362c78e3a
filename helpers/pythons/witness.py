"""A second witness for the GIL: CPython's own sampling profiler, which looks on from outside.

From 3.15 on, ``python -m profiling.sampling`` reads another process's memory a thousand times a
second. It sees which thread has the GIL, which waits for it, and which does without. Only what is
documented is used: its command line, and the format that it writes for Firefox Profiler. It starts
the program itself, because many systems let a process look into no others than its own children.
"""

import json
import os
import pickle
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ..core import machine, store
from ..core.job import name_of
from ..core.spans import Span
from ..errors import LabError, one_line, shown
from . import witnessed
from .find import Python, find_pythons, has_profiler, one_of_each, output_of, this_one
from .send import folders_for, packed_for
from .states import Lane, Shares, shares_of, states_in

_CHECKOUT = Path(__file__).resolve().parents[2]
_PROFILE = "profile.json"
_START_S = 30.0  # for two Pythons to start, and a profile to be written
_FORBIDDEN = ("access process memory", "requires administrator", "access the target process")


@dataclass(frozen=True)
class Witness:
    """What a profiler saw: ``python`` says whose, ``phases`` have the spans of each phase.

    A span's label is one of ``states``; its times are seconds since its phase began. ``answers``
    are what the threads of each phase told, ``profile`` is the file for Firefox Profiler.
    """

    python: str
    phases: tuple[tuple[Span, ...], ...] = field(repr=False)
    answers: tuple[tuple[Any, ...], ...] = field(repr=False)
    profile: bytes = field(repr=False)

    @property
    def alone(self) -> Shares:
        """The shares of the first phase: of a call, when no other thread makes one."""
        return shares_of(self.phases[0])

    @property
    def together(self) -> Shares:
        """The shares of the last phase: of all its threads together."""
        return shares_of(self.phases[-1])


#: What a reading has of it: a ``Witness``, or why there is none, or None where none was asked.
Seen = Witness | str | None


class Witnessed:
    """What may have a ``witness``, beside what was measured."""

    def save_gecko(self: Any, path: str | Path) -> Path:
        """Write what the witness saw to a file for https://profiler.firefox.com; return its Path.

        Raises:
            LabError: there is no witness, or the file cannot be written.
        """
        if not isinstance(self.witness, Witness):
            seen = self.witness
            why = "none was asked: measure with witness=True" if seen is None else seen
            raise LabError(f"what a second witness saw can be saved, and here is none ({why})")
        store.write(path, self.witness.profile)
        return Path(path)


def witness_call(call: Callable[[], Any], *, seconds: float, limit_s: float) -> Seen:
    """Return the ``Witness`` of a call, alone and two at once, or in one line why there is none.

    Args:
        call: a function without arguments; it is made again and again.
        seconds: for how long, each way.
        limit_s: after so many seconds in all it is given up.
    """
    phases = partial(witnessed.calls, call, seconds)
    names = ("alone",), ("thread 1", "thread 2")
    try:
        return _witness(name_of(call), phases, names, limit_s)
    except LabError as error:
        return str(error)


def witness_works(each: list[Any], names: tuple[str, ...], **times: float) -> Seen:
    """Return the same of works that stamp their pieces: ``times`` are those of ``stamped``.

    Its ``answers`` are those of ``helpers.jobs.works.follow``, in seconds since they began.
    """
    phases = partial(witnessed.stamped, each, **times)
    try:
        return _witness("the work", phases, (names,), _START_S + 10 * times["seconds"])
    except LabError as error:
        return str(error)


def who_can_look() -> Python:
    """Return the Python whose profiler looks on: this one if it can, else the newest that can.

    Raises:
        LabError: there is none.
    """
    if has_profiler(here := this_one()):
        return here
    found = [python for python in find_pythons() if python.implementation == "CPython"]
    able = [python for python in one_of_each(found) if has_profiler(python)]
    if not able:
        newest = max([here, *found], key=lambda python: python.numbers)
        raise LabError(
            f"it takes CPython 3.15 or newer, with a GIL, and the newest here is {newest.name}: "
            "put one on the PATH, or name it in GIL_LAB_PYTHONS"
        )
    return max(able, key=lambda python: python.numbers)


def _witness(name, phases, names, limit_s):
    if not machine.gil_enabled():
        raise LabError("this Python runs without a GIL")
    python = who_can_look()
    asked = {"folders": folders_for(python), "call": packed_for(python, phases, name)}
    with tempfile.TemporaryDirectory(prefix="gil-lab-", ignore_cleanup_errors=True) as folder:
        Path(folder, witnessed.ASKED).write_bytes(pickle.dumps(asked))
        complaint = _look(python, name, Path(folder), limit_s)
        told = _read(Path(folder, witnessed.TOLD))
        if "error" in told:
            said = shown(LabError(told["error"]), 160)
            raise _error(python, f"cannot do {name} ({said})")
        profile = _read(Path(folder, _PROFILE))
    if not told or not profile:
        raise _error(python, _why_nothing(complaint))
    lanes = [
        [Lane(one, *(lane[key] for key in Lane._fields[1:])) for one, lane in zip(row, phase)]
        for row, phase in zip(names, told["phases"], strict=True)
    ]
    _name_threads(profile, lanes)
    answers = tuple(tuple(lane["answer"] for lane in phase) for phase in told["phases"])
    spans = tuple(states_in(profile, lanes))
    return Witness(python.name, spans, answers, json.dumps(profile).encode())


def _look(python, name, folder, limit_s):
    """Let the profiler run the program; return what was complained of."""
    command = [python.path, "-m", "profiling.sampling", "run", "--all-threads", "--gecko"]
    command += ["-o", str(folder / _PROFILE), "-m", witnessed.__name__, str(folder)]
    environ = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONSTARTUP")}
    path = os.pathsep.join([str(_CHECKOUT), *filter(None, [environ.get("PYTHONPATH")])])
    environ.update(PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1")
    try:
        _, _, complaint = output_of(command, limit_s, env=environ)
    except LabError as error:
        raise _error(python, f"{error} when it was asked for {name}, and was ended") from error
    return complaint


def _read(path):
    """Return what a file of JSON holds; nothing where it is missing or not whole."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}


def _why_nothing(complaint):
    if any(words in complaint for words in _FORBIDDEN):
        return (
            "may not look into another process here: let the system permit it "
            "(docs.python.org/3.15/library/profiling.sampling.html says how)"
        )
    last = "".join(complaint.strip().splitlines()[-1:])
    return f"ended before its profiler had seen anything ({one_line(last, 120) or 'no message'})"


def _error(python, what):
    return LabError(f"{python.name} ({python.path}) {what}")


def _name_threads(profile, lanes):
    """Give the threads in a profile the names that they have here."""
    names = {lane.tid: lane.worker for phase in lanes for lane in phase}
    for thread in profile["threads"]:
        thread["name"] = names.get(thread["tid"], thread["name"])
