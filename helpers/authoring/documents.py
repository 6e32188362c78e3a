"""What README and guide say in figures, computed from the recordings and by the model."""

import math
from pathlib import Path

from matplotlib.figure import Figure

from ..core import store as records
from ..draw import style
from ..errors import LabError
from ..judge.theory import ProcessModel, model_processes, model_threads
from ..start.chart import plot_jobs
from ..turns.simulator import Hold, HoldC, Release, Wait, simulate
from ..units import counted
from . import blocks

CHECKOUT = Path(__file__).resolve().parents[2]
README = CHECKOUT / "README.md"
GUIDE = CHECKOUT / "notebooks" / "INSTRUCTORS.md"
FIGURE = CHECKOUT / "data" / "pictures" / "answer.png"
JOBS = ("strings", "pictures", "finished")
CPUS = (1, 2, 4, 8)
_RECORDED = 2  # workers of the recorded point that the models are fitted to
# What two threads do at once, in the simulator: notebook 01's four jobs.
_FOUR = {
    "Python loop": Hold(0.03),
    "waiting": Wait(0.03),
    "C code that releases the GIL": Release(0.03),
    "C code that keeps the lock": HoldC(0.03),
}


def write_all() -> list[Path]:
    """Write the figure and the parts of README.md and the guide that are computed.

    Returns:
        The Paths of the files that are new.
    """
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    FIGURE.write_bytes(style.png(answer_figure(), dpi=120))
    changed = [FIGURE]
    if blocks.write(README, "the answer", answer()):
        changed.append(README)
    if blocks.write(GUIDE, "what they will see", expectations()):
        changed.append(GUIDE)
    return changed


def answer() -> str:
    """Return Markdown: what the recordings say, with the figure and its alternative text."""
    results = [_recording(job) for job in JOBS]
    said = []
    for result in results:
        threads, processes = (result.point(kind, _RECORDED) for kind in ("threads", "processes"))
        said.append(
            f"- {result.title}: {_RECORDED} threads are {threads.speed_up:.2f} times as fast as a "
            f"plain loop, {_RECORDED} processes {processes.speed_up:.2f} times."
        )
    alt = style.alt_text(answer_figure())
    place = FIGURE.relative_to(CHECKOUT).as_posix()
    machines = {str(result.machine) for result in results}
    dates = dict.fromkeys(result.made[:10] for result in results)
    made = [f"on {' and '.join(dates)}: {machine}" for machine in machines]
    if len(machines) > 1:  # somebody sent in one of the jobs
        made = [f"{result.job} on {result.made[:10]}: {result.machine}" for result in results]
    source = f"Recorded {'; '.join(made)}."
    return "\n".join([*said, "", f"![{alt}]({place})", "", source])


def _recording(job):
    found = records.recorded(job)
    if found is None:
        raise LabError(f"{job} must have a recording in {records.RECORDINGS}, and has none")
    return found


def answer_figure() -> Figure:
    """Return a matplotlib Figure: the recorded speed-ups of all jobs, as notebook 00 shows them."""
    results = {job: _recording(job) for job in JOBS}
    return style.figure_of(plot_jobs(results, JOBS, _RECORDED))


# --- What a class will see ----------------------------------------------------------------


def expectations() -> str:
    """Return a Markdown table: speed-ups to expect with as many workers as CPUs, 1 to 8 of them.

    The column of two CPUs holds recorded medians where there is a recording. All other figures
    are a model's, fitted to that point.
    """
    head = [counted(n, "CPU") for n in CPUS]
    lines = [["notebook", "what", *head], ["---"] * (2 + len(CPUS))]
    for job, notebook in zip(JOBS, ("02", "03", "03")):
        result = _recording(job)
        for kind, curve in (("threads", _threads), ("processes", _processes)):
            recorded = result.point(kind, _RECORDED).speed_up
            modelled = curve(result, recorded)
            cells = [
                f"**{recorded:.2f}** recorded" if n == _RECORDED else f"{modelled(n):.2f}"
                for n in CPUS
            ]
            lines.append([notebook, f"{job}, {kind}", *cells])
    for name, segment in _FOUR.items():
        cells = [f"{simulate([[segment]] * 2, n_cores=n).speed_up:.2f}" for n in CPUS]
        lines.append(["01", f"two threads: {name}", *cells])
    lines += _by_the_model()
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _by_the_model():
    waiting = [model_threads(0.02, [8], n_cores=n, waiting_share=0.97).speed_up(8) for n in CPUS]
    free = [model_threads(0.0, [n], n_cores=n).speed_up(n) for n in CPUS]
    return [
        ["04", "8 threads, 97 % waiting", *(f"{speed_up:.2f}" for speed_up in waiting)],
        ["09", "threads without a lock, at best", *(f"{top:.2f}" for top in free)],
    ]


def _threads(result, recorded):
    """Return n -> speed-up of n threads on n CPUs, one that passes through the recorded point."""
    efficiency = _efficiency(result)

    def at(held_share, n):
        n_workers = max(n, 2)  # on one CPU, two workers share it
        curve = model_threads(
            held_share, [n_workers], n_cores=n, efficiency=efficiency if n > 1 else 1.0
        )
        return curve.speed_up(n_workers)

    held_share = _solve(lambda share: at(share, _RECORDED), recorded, 0.0, 1.0)
    return lambda n: at(held_share, n)


def _processes(result, recorded):
    """Return n -> speed-up of n processes on n CPUs, one that passes through the recorded point."""
    serial = result.point("serial", 1)
    n_sublists = result.runs[0].n_sublists
    efficiency = _efficiency(result)

    def at(copy_share, n):
        model = ProcessModel(
            work_s=serial.wall_s,
            copy_s=copy_share * serial.wall_s,
            worker_copy_s=copy_share * serial.wall_s,  # what is packed here is unpacked there
            n_sublists=n_sublists,
            efficiency=efficiency if n > 1 else 1.0,
        )
        return model_processes(model, [max(n, 2)], n_cores=n).speed_up(max(n, 2))

    copy_share = _solve(lambda share: at(share, _RECORDED), recorded, 0.0, 2.0)
    return lambda n: at(copy_share, n)


def _efficiency(result):
    """Return the speed of a core beside busy others, as recorded with two threads: at most 1."""
    return min(1.0, result.capacity.at(_RECORDED) / _RECORDED)


def _solve(falling, wanted, low, high):
    """Return x from ``low`` to ``high`` at which a falling function comes nearest to ``wanted``."""
    while not math.isclose(low, high, rel_tol=1e-6, abs_tol=1e-6):
        middle = (low + high) / 2
        if falling(middle) > wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2
