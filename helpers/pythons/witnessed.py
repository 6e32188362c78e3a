"""What runs in the Python whose own sampling profiler looks on from another process.

    python -m profiling.sampling run -a --gecko -o PROFILE -m helpers.pythons.witnessed FOLDER

FOLDER holds what was asked; what there is to tell is written there. It is done in *phases*: in each
of them some threads begin together, and each makes one call.
"""

import json
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from ..core.silence import silence
from ..core.worker import now
from ..errors import told
from ..jobs import works
from .in_threads import in_threads
from .sent import unpacked

ASKED, TOLD = "asked.pickle", "told.json"  # files in the folder
_LEAD_S = 0.05  # for the threads of a phase to be ready

#: What a thread does, given the moment at which all of them begin; the answer is sent as JSON.
Task: TypeAlias = Callable[[float], Any]
Phases: TypeAlias = list[list[Task]]


def calls(call: Callable[[], Any], seconds: float) -> Phases:
    """Return two phases: a call again and again in one thread, then in two at once."""
    call()  # a first one may take longer
    task = partial(_again, call, seconds)
    return [[task], [task, task]]


def _again(call, seconds, begin_s):
    time.sleep(max(0.0, begin_s - now()))
    end_s = begin_s + seconds
    while now() < end_s:
        call()


def stamped(each: list[Any], seconds: float, switch_interval_s: float) -> Phases:
    """Return one phase: works or calls that stamp their own pieces, one in each thread."""
    sys.setswitchinterval(switch_interval_s)
    return [[partial(_stamps, one, works.fitting_size(one), seconds) for one in each]]


def _stamps(work, size, seconds, begin_s):
    noted = works.follow(work, size, begin_s, seconds)
    return noted.gil, noted.ready_s - begin_s, [at_s - begin_s for at_s in noted.times_s]


def _run(tasks: list[Task]) -> list[dict[str, Any]]:
    """Return what each thread of a phase tells: who and when it was, and its answer."""
    begin_s = now() + _LEAD_S
    return in_threads([partial(_lane, task, begin_s) for task in tasks])


def _lane(task, begin_s):
    lane = {"tid": threading.get_native_id(), "ready_s": now(), "begin_s": begin_s}
    return lane | {"answer": task(begin_s), "end_s": now()}


def main(folder: Path) -> None:
    """Do what was asked, and write what there is to tell, or one line on what went wrong."""
    try:
        with silence():
            asked = pickle.loads((folder / ASKED).read_bytes())
            sys.path += [path for path in asked["folders"] if path not in sys.path]
            phases = [_run(tasks) for tasks in unpacked(asked["call"])()]
        answer: dict[str, Any] = {"phases": phases}
    except BaseException as error:  # the same
        answer = {"error": told(error, 200)}
    (folder / "telling").write_text(json.dumps(answer))
    os.replace(folder / "telling", folder / TOLD)  # whole, or not there


if __name__ == "__main__":
    main(Path(sys.argv[1]))
