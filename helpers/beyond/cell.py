"""A cluster behind a network, measured in a cell and drawn below it."""

from collections.abc import Sequence

from ..cells.predict import Prediction, answer_of
from ..cells.watch import watch
from .trips import Trip, measure_trips, networks_of
from .trips_chart import plot_trips


def behind_network(
    megabits_per_s: float | Sequence[float],
    delay_ms: float = 0,
    guess: Prediction | None = None,
    *,
    rounds: int = 1,
) -> list[Trip]:
    """Do the strings on a cluster behind a network of each bandwidth, draw and return the trips.

    The network is a relay on this machine that passes bytes on as slowly and as late as said.

    Args:
        megabits_per_s: 1 to 1,000 each way: a number, or up to ten of them.
        delay_ms: milliseconds until a byte arrives, each way, from 0 to 1,000.
        guess: what ``predict_which`` made of the ways; what was ticked is marked.
        rounds: how often each way is timed in each network, from 1 to 100.

    Raises:
        Stopped: the kernel was interrupted. Nothing of the cluster is left.
        LabError: a value is out of its range, or there is no cluster here.
    """
    networks = networks_of(megabits_per_s, delay_ms)
    chosen = answer_of(guess, "predict_which")
    return watch(
        measure_trips(networks, rounds),
        lambda trips: plot_trips(trips, chosen=chosen),
        lambda trips: [],
    )
