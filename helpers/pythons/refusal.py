"""An extension module in a second interpreter: most were not made for that, and are refused."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..core.store import RECORDINGS, load_as
from ..errors import LabError
from . import find
from .find import Python, has_interpreters
from .stamp import Sourced, said_by, stamp

REFUSAL = RECORDINGS / "interpreters" / "refused.json"  # author eras --record
# Pillow where it is installed; else a module that every Python has, and that is refused as well.
_MODULES = ("PIL.Image", "faulthandler")
_PROGRAM = """
import importlib.util, sys
from concurrent import interpreters
name = sys.argv[1]
if importlib.util.find_spec(name.partition(".")[0]) is None:
    print("is not installed")
else:
    with_path = "import sys; sys.path[:] = %r" % (sys.path,)
    other = interpreters.create()
    try:
        other.exec(with_path)
        other.exec("import " + name)
        print("was loaded")
    except interpreters.ExecutionFailed as failed:
        print("refused", failed.excinfo.type.__name__, failed.excinfo.msg, sep="\\t")
"""


@dataclass(frozen=True)
class Refusal(Sourced):
    """What came of ``import module`` in a second interpreter.

    ``error`` is the error's type and text there, "" where the module was loaded.
    """

    era: str
    python: str
    cpu: str
    usable_cpus: float
    made: str
    module: str
    error: str
    recorded: bool = False

    def result(self) -> None:
        """Raise the error of the other interpreter, as a Future does."""
        if self.error:
            kind, _, text = self.error.partition(": ")
            error = ImportError if kind == "ImportError" else RuntimeError
            raise error(text)


def import_elsewhere(found: Iterable[Python]) -> Refusal:
    """Return the ``Refusal`` of Pillow, or another module, in the newest Python that can tell.

    Without one from 3.14 on, it is the recorded one.
    """
    able = [find.this_one(), *reversed(find.one_of_each(found))]
    able = [python for python in able if has_interpreters(python)]
    for module in _MODULES:
        for python in able:
            try:
                said = said_by(python, ["-c", _PROGRAM, module], limit_s=20, isolated=False)
            except LabError:
                continue
            what, *error = said.strip().split("\t")
            if what in ("refused", "was loaded"):
                return Refusal(**stamp(python), module=module, error=": ".join(error))
    return load_as(Refusal, REFUSAL)
