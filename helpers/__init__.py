"""Measure, explain and draw how parallel Python really runs: ``import helpers as lab``.

    jobs        strings, pictures, finished, job
    measure     compare, race, overlap, timeline, meter, copying, verdict, is_safe,
                what_is_shared
    workers     pool, kinds, card, machine
    exercises   predict, predict_which, predict_time, check, Parsons
    look        finding, say, show, plot_scaling, model_threads, ScalingLab, five_minutes
    results     saved, recorded, decide, report, board, join
    errors      LabError, Stopped

A name is loaded when it is first used, so that a worker process pays only for what it needs.
Each lesson has a room of its own beside them: ``from helpers import sharing``, for one.
"""

from .lazy import lazily

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .advice.verdict import verdict
    from .answer.board_cell import ClassBoard as board
    from .answer.report import make_report as report
    from .cells.card import card
    from .cells.check import check
    from .cells.compare import compare
    from .cells.finding import finding
    from .cells.overlap import overlap
    from .cells.parsons import Parsons
    from .cells.picture import say, show
    from .cells.predict import predict, predict_time, predict_which
    from .cells.race import race
    from .cells.scaling_lab import ScalingLab
    from .classroom.client import join
    from .core.machine import describe as machine
    from .core.pools import kinds
    from .core.pools import open_pool as pool
    from .core.store import recorded, saved
    from .draw.scaling import plot_scaling
    from .errors import LabError, Stopped
    from .jobs.registry import finished, job, pictures, strings
    from .judge.choose import decide
    from .judge.theory import model_threads
    from .lock.meter import gil_meter as meter
    from .processes.copying import copying
    from .pythons.what_is_shared import what_is_shared
    from .safety.safe import is_safe
    from .shell.five_minutes import five_minutes
    from .turns.timeline_lab import timeline
else:
    __getattr__, __dir__ = lazily(__name__)


def load_ipython_extension(ipython: "InteractiveShell") -> None:
    """Give IPython the magics ``%%will_it_thread``, ``%%is_it_safe`` and ``%scaling``."""
    from .shell.magics import LabMagics

    ipython.register_magics(LabMagics)


def unload_ipython_extension(ipython: "InteractiveShell") -> None:
    """Take them away again, for ``%unload_ext helpers``."""
    magics = ipython.magics_manager
    for name in ("will_it_thread", "is_it_safe"):
        magics.magics["cell"].pop(name, None)
    magics.magics["line"].pop("scaling", None)
    magics.registry.pop("LabMagics", None)
