"""The other Pythons of this computer: found, and asked for nothing but their version.

They are looked for on the PATH, where pyenv, uv and conda keep theirs, and in the environment
variable ``GIL_LAB_PYTHONS``: paths or commands, with ``os.pathsep`` (a colon, on Windows a
semicolon) between them.
"""

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core import family
from ..core.worker import MARK
from ..errors import LabError, shown

VARIABLE = "GIL_LAB_PYTHONS"
_LIMIT_S = 5.0  # a Python that is well says its version in 0.02 s, Jython in 0.3 s
_CLOSING_S = 1.0
_AT_ONCE = 16  # they mostly wait for the disk
_COMMAND = re.compile(r"(python(\d(\.\d+)?t?)?|pypy\d?(\.\d+)?|jython)(\.exe)?", re.IGNORECASE)
_SAID = re.compile(r"(Python|Jython) (\d+\.\d+\.\d+\S*)(.*)", re.DOTALL)


@dataclass(frozen=True)
class Python:
    """A Python of this computer: ``said`` is its version line, from which the rest is known.

    ``path`` is the command that starts it, ``source`` where it was found. ``problem`` is one line
    on why it cannot be used, and has no version; else None. Only once it runs it is known whether
    the GIL is on.
    """

    path: str
    source: str
    implementation: str = ""
    version: str = ""
    free_threaded: bool = False
    said: str = ""
    problem: str | None = None

    @property
    def name(self) -> str:
        """A name for readers, such as "CPython 3.14.2 free-threaded"."""
        if self.problem is not None:
            return self.path
        return f"{self.implementation} {self.version}{' free-threaded' * self.free_threaded}"

    @property
    def era(self) -> str:
        """The name without the last number: "3.13", "3.13t", "PyPy 3.9", "Jython 2.7"."""
        return era(self.implementation, self.version, self.free_threaded)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version to compare, such as (3, 14, 2); empty where it cannot be used."""
        return tuple(map(int, re.findall(r"\d+", self.version)[:3]))

    def __str__(self) -> str:
        return self.problem or f"{self.name}: {self.path} ({self.source})"


def era(implementation: str, version: str, free_threaded: bool) -> str:
    """Return what a Python is called in a chart: its version without the last number.

    >>> era("CPython", "3.14.2", True), era("PyPy", "3.11.13", False)
    ('3.14t', 'PyPy 3.11')
    """
    minor = ".".join(version.split(".")[:2]) + "t" * free_threaded
    return minor if implementation == "CPython" else f"{implementation} {minor}"


def find_pythons(environ: Mapping[str, str] | None = None) -> list[Python]:
    """Return every ``Python`` found here, each program once, this one included.

    Nothing is run but the question for the version (``-VV``), of all of them at the same time.
    The answers are kept for as long as this process lives. ``environ`` stands for ``os.environ``.
    """
    found: dict[str, tuple[str, str]] = {}  # the program behind all links -> path, source
    for path, source in _candidates(os.environ if environ is None else environ):
        found.setdefault(os.path.realpath(path), (path, source))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sorted(pool.map(lambda what: ask(*what), found.values()), key=_rank)


def ask(path: str, source: str = "asked for", *, limit_s: float = _LIMIT_S) -> Python:
    """Return the ``Python`` at ``path`` after asking its version; ``problem`` says what failed."""
    try:
        facts = os.stat(path)
    except OSError as error:
        return Python(path, source, problem=f"{path}: there is no such program ({error.strerror})")
    said = _version_line(path, limit_s, facts.st_mtime_ns, facts.st_size)
    match = _SAID.search(said)
    if match is None:
        return Python(path, source, problem=f"{path}: asked for its version, it {said}")
    word, version, rest = match.groups()
    implementation = "PyPy" if "[PyPy" in rest else {"Python": "CPython"}.get(word, word)
    free_threaded = "free-threading build" in rest
    return Python(path, source, implementation, version, free_threaded, " ".join(said.split()))


def one_of_each(pythons: Iterable[Python]) -> list[Python]:
    """Return the newest ``Python`` of each era: of 3.13, 3.13t, PyPy 3.11, Jython 2.7 and so on.

    CPython counts from 3.11 on, like this project. Where two are equally new, the one named in
    ``GIL_LAB_PYTHONS`` and then this one come first.

    >>> pair = [Python("a", "PATH", "CPython", v) for v in ("3.13.2", "3.13.10")]
    >>> [python.version for python in one_of_each(pair)]
    ['3.13.10']
    """
    first = {VARIABLE: 2, "this one": 1}
    newest: dict[str, Python] = {}
    for new in sorted(pythons, key=_rank):
        if new.problem is None and (new.implementation != "CPython" or new.numbers >= (3, 11)):
            both = newest.get(new.era, new), new
            newest[new.era] = max(both, key=lambda p: (p.numbers, first.get(p.source, 0)))
    return list(newest.values())


def this_one() -> Python:
    """Return the ``Python`` that runs this notebook."""
    return ask(sys.executable, "this one")


def choose(pythons: Iterable[Python], wanted: Iterable[str]) -> list[Python]:
    """Return those of the ``pythons`` that are wanted, by era ("3.13t"), or other programs.

    Raises:
        LabError: one of them is not here.

    >>> choose([Python("a", "PATH", "CPython", "3.14.2")], ["3.14"])[0].path
    'a'
    """
    usable = one_of_each(pythons)
    chosen = named(usable, wanted)
    for python in chosen:
        if python.problem:
            eras = ", ".join(python.era for python in usable)
            raise LabError(f"{python.problem}: choose one of {eras}, or name another program")
    return chosen


def named(usable: Iterable[Python], wanted: Iterable[str | Python]) -> list[Python]:
    """Return the same; one that is not here has its ``problem``."""
    eras = {python.era.lower(): python for python in usable}
    return [
        one if isinstance(one, Python) else eras.get(one.lower()) or ask(shutil.which(one) or one)
        for one in wanted
    ]


def price_pair(pythons: Iterable[Python]) -> tuple[Python, Python] | None:
    """Return the newest free-threaded ``Python`` that has its like with the GIL, as (like, it).

    The like has the same second number, and the nearest third. None where there is no such pair.
    """
    usable = [p for p in pythons if p.implementation == "CPython" and p.problem is None]
    for free in sorted((p for p in usable if p.free_threaded), key=_rank, reverse=True):
        likes = [p for p in usable if not p.free_threaded and p.numbers[:2] == free.numbers[:2]]
        if likes:
            return min(likes, key=lambda p: abs(p.numbers[2] - free.numbers[2])), free
    return None


def has_interpreters(python: Python) -> bool:
    """Return whether a ``Python`` is new enough for a pool of interpreters: CPython from 3.14 on.

    >>> has_interpreters(Python("a", "PATH", "CPython", "3.14.0"))
    True
    """
    return python.implementation == "CPython" and python.numbers >= (3, 14)


def has_profiler(python: Python) -> bool:
    """Return whether a ``Python`` can look at threads under the GIL from outside: 3.15 or newer.

    >>> has_profiler(Python("a", "PATH", "CPython", "3.15.0"))
    True
    """
    is_new = python.implementation == "CPython" and python.numbers >= (3, 15)
    return is_new and not python.free_threaded


def _rank(python):
    """Order CPython before the others, each by version, the builds without the GIL last."""
    others = (python.implementation != "CPython", python.implementation)
    return python.problem is not None, others, python.free_threaded, python.numbers


# --- Where they may be


def _candidates(environ):
    """Yield (path, source) of every command that may be a Python, those named by hand first."""
    for name in filter(None, environ.get(VARIABLE, "").split(os.pathsep)):
        yield shutil.which(name) or name, VARIABLE
    yield sys.executable, "this one"
    for source, folder in _folders(environ):
        yield from ((path, source) for path in _commands(folder))


def _folders(environ):
    """Yield (source, folder) of every folder that may hold commands."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    for folder in filter(None, environ.get("PATH", "").split(os.pathsep)):
        # pyenv's shims are scripts that look for a Python; Windows' own aliases open its shop.
        if Path(folder) != pyenv / "shims" and "WindowsApps" not in folder:
            yield "PATH", folder
    for source, environments in {
        "pyenv": sorted(pyenv.glob("versions/*")),
        "uv": sorted(_uv_folder(environ, home).glob("*")),
        "conda": _conda_environments(environ, home),
    }.items():
        for environment in environments:
            yield source, environment / "bin"
            yield source, environment  # as Windows has it


def _uv_folder(environ, home):
    if environ.get("UV_PYTHON_INSTALL_DIR"):
        return Path(environ["UV_PYTHON_INSTALL_DIR"])
    if sys.platform == "win32":
        return Path(environ.get("APPDATA") or home / "AppData/Roaming") / "uv" / "data" / "python"
    return Path(environ.get("XDG_DATA_HOME") or home / ".local/share") / "uv" / "python"


def _conda_environments(environ, home):
    """Yield folders, each of which may be one of conda's environments."""
    names = ("miniforge3", "mambaforge", "miniconda3", "anaconda3")
    roots = [*(home / name for name in names), Path("/opt/conda")]
    if environ.get("CONDA_EXE"):
        roots.append(Path(environ["CONDA_EXE"]).parents[1])
    if environ.get("MAMBA_ROOT_PREFIX"):
        roots.append(Path(environ["MAMBA_ROOT_PREFIX"]))
    for root in roots:
        yield from [root, *sorted(root.glob("envs/*"))]
    with contextlib.suppress(OSError, UnicodeDecodeError):  # conda keeps a list of all it made
        lines = (home / ".conda" / "environments.txt").read_text(encoding="utf-8").splitlines()
        yield from (Path(line) for line in lines if line.strip())


def _commands(folder):
    """Yield the programs in ``folder`` that have the name of a Python."""
    with contextlib.suppress(OSError):
        names = filter(_COMMAND.fullmatch, sorted(os.listdir(folder)))
        for path in (os.path.join(folder, name) for name in names):
            if os.path.isfile(path) and os.access(path, os.X_OK) and not _is_a_stub(path):
                yield path


def _is_a_stub(path):
    """Return whether the program would open a window that offers to install developer tools."""
    tools = ("/Library/Developer/CommandLineTools", "/Applications/Xcode.app")
    is_apples = sys.platform == "darwin" and path.startswith("/usr/bin/")
    return is_apples and not any(map(os.path.exists, tools))


# --- Asking


@functools.lru_cache(maxsize=1000)
def _version_line(path, limit_s, *_identity):
    """Return what the program says of itself, or what it did instead.

    ``_identity`` changes when another program takes the place.
    """
    try:
        status, *said = output_of([path, "-VV"], limit_s)
    except LabError as error:
        return str(error)
    text = "".join(said).strip()  # Python 2 says it as a complaint
    if _SAID.search(text):
        return text
    return f"said {shown(text, 60)}" if text else f"ended with status {status}"


def output_of(
    command: list[str], limit_s: float, given: str = "", env: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Return a program's status, what it said, and what it complained of; then all of it is gone.

    It reads what is ``given``, as Windows cuts long command lines, and has the environment ``env``,
    this one's when None. A LabError, when it does not start or takes too long, is a phrase that
    goes on after its name.
    """
    process = start_program(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    try:
        said, complaint = process.communicate(given.encode(), timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise LabError(f"gave no answer within {limit_s:g} s") from None
    finally:
        end_program(process)
    return process.returncode, said.decode(errors="replace"), complaint.decode(errors="replace")


class Program(subprocess.Popen[bytes]):
    """A program whose processes bear a ``mark``, so that they are found whatever becomes of it."""

    mark: str


def start_program(command: list[str], **options: Any) -> Program:
    """Return a started ``Program`` that ``end_program`` can end with all that it starts."""
    mark = uuid.uuid4().hex
    options["env"] = {**(options.get("env") or os.environ), MARK: mark}
    options |= {"stdout": subprocess.PIPE, "start_new_session": sys.platform != "win32"}
    try:
        process = Program(command, **options)
    except OSError as error:
        raise LabError(f"does not start ({error.strerror})") from error
    process.mark = mark
    return process


def end_program(process: Program) -> None:
    """Kill a program, and what it started, if they are still there, and close its pipes."""
    pipes = [pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe is not None]
    if process.poll() is None or not all(pipe.closed for pipe in pipes):
        family.kill(process.mark, [process])
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):  # the whole group is gone
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # Not here: while somebody reads from a pipe, and a program that was not found holds it, it
    # cannot be closed.
    closing = threading.Thread(target=_close, args=(pipes,), daemon=True)
    closing.start()
    closing.join(_CLOSING_S)


def _close(pipes):
    for pipe in pipes:
        with contextlib.suppress(OSError):  # what it had not read yet goes nowhere
            pipe.close()
