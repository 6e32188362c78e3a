"""Stop, at hundreds of moments: no worker stays, and what was measured before is whole.

GIL_LAB_STOPS=1000 tries as many moments for each kind; without it, as many as take little time.
"""

import os
import random
import threading
import time

import pytest

from helpers.core import pools
from helpers.core.scaling import Experiment
from tests.faults.test_nothing_left import in_this_process, servants, temporary, workers_of
from tests.faults.test_nothing_left import nothing_left as nothing_left
from tests.unit import sample_jobs as jobs

__all__ = ["nothing_left", "servants", "temporary"]
N_STOPS = {
    "threads": 150,
    "processes-fork": 60,
    "processes-forkserver": 30,
    "processes-spawn": 20,
}
KINDS = [kind for kind in N_STOPS if pools.kinds()[kind] is None]
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
    pytest.mark.usefixtures("quick_capacity"),
]


def stopped_after(seconds, plan):
    """Return the result of an experiment that is stopped after so many seconds, or at once."""
    stop = threading.Event()
    if not seconds:
        stop.set()
    timer = threading.Timer(seconds, stop.set)
    timer.start()
    try:
        *_, result = plan.run(stop)
        return result
    finally:
        timer.cancel()
        timer.join()


@in_this_process
@pytest.mark.parametrize("kind", KINDS)
def test_stops_at_many_moments(kind):
    plan = Experiment(jobs.job(jobs.doubles, 40, 10), kinds=(kind,), worker_counts=(2,), rounds=2)
    began_s = time.monotonic()
    whole = list(jobs.runs_of(plan))
    longest_s = time.monotonic() - began_s
    before = workers_of(os.getpid())
    moments = random.Random(kind)
    n_cut = 0
    n_stops = int(os.environ.get("GIL_LAB_STOPS", N_STOPS[kind]))
    for moment_s in [0, *(moments.uniform(0, longest_s) for _ in range(n_stops - 1))]:
        result = stopped_after(moment_s, plan)
        runs = result.runs
        assert workers_of(os.getpid()) <= before
        planned = [(run.kind, run.n_workers, run.round) for run in whole]
        assert [(run.kind, run.n_workers, run.round) for run in runs] == planned[: len(runs)]
        assert all(run.wall_s > 0 and len(run.spans) == 10 for run in runs)
        n_cut += len(runs) < len(whole)
        result.points()
    assert n_cut > 0
