"""A free-threaded Python whose GIL comes on: by an option, by a variable, and by an import."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ..core.store import RECORDINGS, load_as, most_cores
from ..errors import LabError
from .find import Python, one_of_each, output_of
from .stamp import Sourced, said_by, stamp

SWITCH = RECORDINGS / "switch"  # one Python each: python -m helpers author eras --record
_COMPILE_S = 30.0
MODULE = "not_ready"
#: A whole extension module. What it does not say is that it can run without the GIL.
SOURCE = f"""#include <Python.h>

static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{MODULE}", NULL, -1, NULL}};

PyMODINIT_FUNC PyInit_{MODULE}(void)
{{
    return PyModule_Create(&module);
}}
"""
_IS_ON = "import sys; print(int(sys._is_gil_enabled()))"
_ASK_PATHS = """
import json, sysconfig
print(json.dumps([sysconfig.get_path("include"), sysconfig.get_config_var("EXT_SUFFIX")]))
"""
_IMPORT = f"""
import json, sys, warnings
sys.path.insert(0, sys.argv[1])
before = sys._is_gil_enabled()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import {MODULE}
said = [" ".join(str(one.message).split()) for one in caught]
print(json.dumps([before, sys._is_gil_enabled(), *said[:1]]))
"""


@dataclass(frozen=True, repr=False)
class Switch(Sourced):
    """Whether the GIL of a free-threaded Python was on, in programs started in several ways.

    ``starts`` says it by the way of starting. ``before`` and ``after`` are those of an import of
    an extension module that did not declare to run without the GIL; ``said`` is the warning.
    """

    era: str
    python: str
    cpu: str
    usable_cpus: float
    made: str
    starts: dict[str, bool]
    before: bool
    after: bool
    said: str
    recorded: bool = False
    _build = " free-threaded"

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What was done, and whether the GIL was on then."""
        python = f"python{self.era}"
        imported = f"import {MODULE}"
        rows = {f"{python} {way}".strip(): is_on for way, is_on in self.starts.items()}
        rows |= {f"{python}, before {imported}": self.before, f"after {imported}": self.after}
        return [(done, "on" if is_on else "off") for done, is_on in rows.items()]

    def __repr__(self) -> str:
        wide = max(len(done) for done, _ in self.rows)
        lines = [f"The GIL of {self.source}:", *(f"{done:{wide}}  {on}" for done, on in self.rows)]
        return "\n".join([*lines, f"The warning: {self.said}"])

    def _repr_html_(self):
        head = f"<tr><th>{escape(self.source)}</th><th>the GIL is</th></tr>"
        left = '<td style="text-align:left">'
        lines = [
            f"<tr>{left}<code>{escape(done)}</code></td>{left}<b>{on}</b></td></tr>"
            for done, on in self.rows
        ]
        said = escape(f"The warning: {self.said}")
        return f'<table>{head}{"".join(lines)}</table><p style="max-width:56em">{said}</p>'


def switch_on(found: Iterable[Python]) -> Switch:
    """Return the ``Switch`` of the newest free-threaded Python, or else the recorded one.

    The extension module is compiled: where there is no C compiler, or the Python came without its
    headers, what is recorded is returned, too.
    """
    free = [python for python in one_of_each(found) if python.free_threaded]
    for python in reversed(free):
        try:
            return try_switch(python)
        except LabError:
            pass
    recorded = (load_as(Switch, path) for path in sorted(SWITCH.glob("*.json")))
    return most_cores(recorded, lambda one: one.era)[-1]


def try_switch(python: Python) -> Switch:
    """Return the ``Switch`` of one free-threaded Python.

    Raises:
        LabError: there is no C compiler, or that Python cannot do it.
    """
    ways = {"": [], "-X gil=1": ["-X", "gil=1"], "-X gil=0": ["-X", "gil=0"]}
    starts = {way: said_by(python, [*o, "-c", _IS_ON]) == "1\n" for way, o in ways.items()}
    with tempfile.TemporaryDirectory() as folder:
        _compile(python, Path(folder))
        said = said_by(python, ["-c", _IMPORT, folder])
    before, after, *warning = json.loads(said)
    return Switch(**stamp(python), starts=starts, before=before, after=after, said="".join(warning))


def _compile(python, folder):
    """Compile the module for a Python; a LabError where it cannot be done."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    include, suffix = json.loads(said_by(python, ["-c", _ASK_PATHS]))
    if compiler is None or os.name == "nt" or not Path(include, "Python.h").is_file():
        raise LabError(f"{python.name} needs a C compiler and its headers to make a module")
    source, made = folder / f"{MODULE}.c", folder / f"{MODULE}{suffix}"
    source.write_text(SOURCE)
    undefined = ["-undefined", "dynamic_lookup"] * (os.uname().sysname == "Darwin")
    command = [compiler, "-shared", "-fPIC", f"-I{include}", *undefined, str(source), "-o"]
    try:
        status, *_ = output_of([*command, str(made)], _COMPILE_S)
    except LabError as error:
        raise LabError(f"{compiler} {error}") from error
    if status:
        raise LabError(f"{compiler} could not make a module for {python.name}")
