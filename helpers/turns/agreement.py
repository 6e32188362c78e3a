"""What was measured beside what the simulator says, and how far the simulator is from it."""

import statistics

from ..cells.picture import show
from ..cells.predict import Prediction, answer_of
from ..core.side_by_side import SideBySide
from ..draw.side_by_side import plot_overlaps
from ..units import ms, per_cent
from .alike import cut, simulate_alike
from .record import Timeline
from .simulation_chart import draw_real_and_simulated
from .simulator import Simulation
from .summary import median_s, turns
from .words import is_disturbed


def show_simulated(recorded: Timeline) -> None:
    """Show a recorded ``Timeline`` above a simulation of the same workers, with the error."""
    simulation = simulate_alike(recorded)
    show(draw_real_and_simulated(recorded, simulation), *compare(recorded, simulation))


def compare(timeline: Timeline, simulation: Simulation) -> list[str]:
    """Return how far a simulation is from the recording that it copies, in sentences."""
    real, model = timeline.turns, turns(cut(simulation.spans, timeline.wall_s))
    if not real or not model:
        return ["Nobody took a turn, neither measured nor simulated: all of them waited."]
    said = []
    if len(set(timeline.works)) == 1:
        error = median_s(model) / median_s(real) - 1
        said.append(
            f"The median turn: measured {ms(median_s(real))}, simulated "
            f"{ms(median_s(model))}, an error of {per_cent(abs(error))}."
        )

    def share(taken, worker):
        ran_s = sum(turn.duration_s for turn in taken if turn.worker == worker)
        return per_cent(ran_s / timeline.wall_s)

    ran = [
        f"{worker} ran for {share(real, worker)} of the time, simulated "
        f"{share(model, f'thread {i}')}"
        for i, worker in enumerate(timeline.workers, 1)
    ]
    said.append("; ".join(ran).capitalize() + ".")
    if is_disturbed(timeline):
        said.append("The simulator knows nothing of the programs that kept the cores busy.")
    return said


def show_overlaps(
    measured: dict[str, SideBySide],
    simulated: dict[str, float],
    guess: Prediction | None = None,
) -> None:
    """Show what ``overlap`` measured, the simulated speed-ups with it, and the error.

    Args:
        measured: a dict from a call's name to its ``SideBySide``.
        simulated: a dict from a call's name to a simulated speed-up.
        guess: what ``predict_which`` made of these names.
    """
    ax = plot_overlaps(measured, models=simulated, chosen=answer_of(guess, "predict_which"))
    show(ax, *explain_error(measured, simulated))


def explain_error(measured: dict[str, SideBySide], simulated: dict[str, float]) -> list[str]:
    """Return how far simulated speed-ups are from the measured ones, in sentences."""
    errors = {
        job: abs(simulated[job] / found.speed_up - 1)
        for job, found in measured.items()
        if job in simulated
    }
    worst = max(errors, key=errors.__getitem__)
    cores = statistics.median(found.capacity for found in measured.values())
    return [
        f"Simulated and measured speed-up differ by {per_cent(statistics.median(errors.values()))}"
        f" in the median, and by {per_cent(errors[worst])} at most ({worst}).",
        f"The model's cores are whole ones; this machine gave {cores:.2f} to two threads.",
    ]
