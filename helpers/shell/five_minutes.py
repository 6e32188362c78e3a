"""Five minutes for whoever has one CPU: what shows live there, step by step, beside a recording.

Half a minute of it is measuring. Each step belongs to a room, which measures it and draws it.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from time import perf_counter, sleep
from typing import Any

import httpx
from IPython.display import display
from matplotlib.axes import Axes
from PIL import Image, ImageFilter

from ..advice.verdict import verdict
from ..cells import progress
from ..cells.card import card
from ..cells.picture import Picture, caption, say, show
from ..core import machine, pools
from ..core.runs import Result
from ..core.store import recorded
from ..draw import marks, style
from ..draw.scaling import plot_scaling
from ..errors import Stopped
from ..jobs.registry import strings
from ..jobs.strings import normalise_all
from ..jobs.works import count_primes
from ..judge.theory import model_threads
from ..lock.listing import Listing, meter_calls
from ..processes.copying import copying
from ..responsive.beats import record_beats
from ..responsive.chart import plot_beats
from ..responsive.words import explain_beats
from ..sharing.bank import Locked, Rounded, deposits_in
from ..sharing.chart import plot_losses
from ..sharing.losses import audit
from ..sharing.words import explain_losses
from ..turns.chart import draw_timeline
from ..turns.record import record
from ..turns.words import explain, idle_share, is_disturbed
from ..units import cpus, ms, per_cent
from ..waiting.bars import plot_requests
from ..waiting.web import fetch
from ..waiting.web_server import WebServer

_CORES = 4  # of the computer that a model tells of
_PAID = 100_000
_BUSY = 0.5  # of a core for a thread that never waits: with less, a look at a call says nothing


def five_minutes(
    function: Callable[[Any], Any] = count_primes,
    items: Sequence[Any] | None = None,
    *,
    anyway: bool = False,
) -> None:
    """Show, on a computer with one CPU, what threads and processes do; elsewhere say to go on.

    Args:
        function: a function of yours, for the last step.
        items: the list that it is called with; some numbers when None.
        anyway: show it with more CPUs, too.

    Raises:
        Stopped: the kernel was interrupted. Nothing is left running.
        LabError: ``function`` or ``items`` is none, as of ``verdict``.
    """
    here = machine.describe()
    if not (here.has_one_cpu or anyway):
        say(f"You have {cpus(here.usable_cpus)}, so everything below shows live: go on.")
        return
    try:
        for step in (_answer, _share, _waiting, _turns, _meter, _bank, _freeze, _price):
            step()
        _own(function, [8_000] * 40 if items is None else items)
    except KeyboardInterrupt:
        raise Stopped("Stopped: nothing is left running. Run the cell again.") from None


def _say(*lines: object) -> None:
    """Show sentences, the first of them in bold type."""
    Picture().update(None, *caption(lines))


# --- The answer, and whose share of a computer this is ------------------------------------


def _answer():
    _say("1. The answer: Python has threads, and the job decides whether they make it faster.")
    there = [found for name in ("strings", "finished") if (found := recorded(name))]
    lines = [
        "A job that waits gets faster with threads, even on one CPU.",
        f"Python code does not: one thread at a time holds the GIL.{_far(there, 0, 'threads')}",
        f"C code that releases the GIL does, where there are cores.{_far(there, 1, 'threads')}",
        f"Processes have a GIL each, and need cores, too.{_far(there, 0, 'processes')}",
        *(f"Recorded on {found.made[:10]} on {found.machine}." for found in there[:1]),
    ]
    if there:
        show([plot_scaling(found) for found in there], *lines)
    else:
        say(*lines)


def _far(there: list[Result], n: int, kind: str) -> str:
    """Return how far a kind came in the nth recording, with the most workers, or ""."""
    points = there[n].points(kind) if n < len(there) else []
    if not points:
        return ""
    last = points[-1]
    return (
        f" {last.n_workers} {kind} were {last.speed_up:.2f} times as fast in the recording of the "
        f"job {there[n].job}."
    )


def _share():
    here = card(2)
    _say(
        f"2. Your share: {here.machine.cpus}.",
        "Real here: waiting, turns, who holds the GIL, lost money, a frozen window, starting and "
        "copying. Not here: computing that lasts and gets faster with workers. That is recorded.",
    )
    if here.capacity.is_busy(here.machine.usable_cpus):
        say("Other programs keep this computer busy now, so what follows may be less clear.")


# --- What shows live ----------------------------------------------------------------------


def _waiting():
    _say("3. Does waiting overlap? Ten requests to a web server on this computer.")
    server = WebServer(latency_s=0.05, spread_s=0.01)
    with server, httpx.Client(trust_env=False) as client:  # no proxy on the way to this machine

        def timed(address: str) -> tuple[float, float]:
            sent_s = perf_counter()
            fetch(client, address)
            return sent_s, perf_counter()

        addresses = server.addresses(10)
        fetch(client, addresses[0])
        ways = {"serial": [timed(address) for address in addresses]}
        with ThreadPoolExecutor(10) as pool:
            ways["threads"] = list(pool.map(timed, addresses))
    plain_s, threads_s = (max(map(max, spans)) - spans[0][0] for spans in ways.values())
    show(
        plot_requests(ways),
        f"They take {ms(plain_s)} one after the other, and {ms(threads_s)} in ten threads.",
        "A thread that waits for an answer releases the GIL, and needs no CPU. More of this: 04.",
    )


def _turns():
    _say("4. Do two threads with Python code run at once?")
    tries = []
    while not tries or (len(tries) < 3 and is_disturbed(tries[-1])):
        tries.append(record("threads", "loop", seconds=0.15))
    found = min(tries, key=idle_share)
    show(
        draw_timeline(found),
        *explain(found),
        "A waiting thread asks for the GIL after the switch interval, 5 ms. More of this: 01.",
    )


def _meter():
    _say("5. Who holds the GIL? That look at a call needs no second core.")
    image = Image.effect_noise((700, 500), 60)
    texts, block = strings(20_000).items, bytes(10_000_000)
    calls = {
        "normalise strings": partial(normalise_all, texts),
        "draw dots": partial(_dots, image.copy()),
        "blur a picture": partial(image.filter, ImageFilter.GaussianBlur(8)),
        "save it as PNG": lambda: image.save(BytesIO(), "PNG"),
        "SHA-256": lambda: hashlib.sha256(block),
        "wait": partial(sleep, 0.03),
    }
    before = machine.capacity(2, rounds=1)
    found = meter_calls(calls, seconds=0.3)
    looks = before.joined(machine.capacity(2, rounds=1))
    if min(looks.core_shares) < _BUSY * min(1.0, machine.usable_cpus()):
        say("The computer is too busy to tell now: run the cell again. More of this: 03.")
        return
    show(
        _plot_held(found),
        f"The figures at the right are a model's, for {_CORES} threads on {_CORES} free cores.",
        "Where a call releases the GIL, threads gain as far as there are cores. More of this: 03.",
    )


def _dots(image):
    for x in range(1000):
        image.paste(255, (x % 690, x % 490, x % 690 + 5, x % 490 + 5))


def _plot_held(found: Listing) -> Axes:
    """Draw for what share of its time each call holds the GIL, and what that means elsewhere."""
    told, names = [], [line.source for line in found.lines]
    ax = marks.rows(names, right_in=2.3)
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    for y, line in enumerate(found.lines):
        share, text = line.held_share, "unclear"
        if share is not None:
            ax.barh(y, share, 0.55, color=style.colour("threads"), alpha=0.6)
            gain = model_threads(share, [_CORES], n_cores=_CORES).speed_up(_CORES)
            text = f"{per_cent(share)}: {gain:.1f} times on {_CORES} cores"
        marks.write(ax, 1, y, text, dx=6, ha="left")
        told.append(f"{line.source} {text}")
    x = "share of its time in which a call holds the GIL"
    return style.label(ax, "Who holds the GIL?", x=x, alt=f"{x}: {'; '.join(told)}.")


def _bank():
    _say("6. Does the GIL keep your data right? Four threads pay into one account.")

    def run(account: Any) -> int:
        deposits_in(account, 4, _PAID // 4)
        return account.balance

    found = audit(run, {"no lock": Rounded, "with a lock": Locked}, _PAID, rounds=2)
    show(
        plot_losses(found, chosen=""),
        *explain_losses(found, ""),
        "Between reading a balance and writing it, another thread comes in. More of this: 06.",
    )


def _freeze():
    _say("7. My window freezes while a job runs. Does a thread help?")
    job = partial(normalise_all, strings(60_000).items * 3)
    found = {
        "the main thread": _beats(job),
        "a thread": _beats(lambda: asyncio.to_thread(job)),
    }
    show(
        plot_beats(found, chosen=""),
        *explain_beats(found)[:-1],  # the last is about a prediction
        "Each tick is an answer of the window. The job itself gets no faster. More of this: 07.",
    )


def _beats(job):
    """Record beside an event loop of its own: the kernel's own is busy with this cell."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(record_beats(job))).result()


def _price():
    began_s = perf_counter()
    with pools.started("processes", 2):
        start_s = perf_counter() - began_s
    share = copying(strings(20_000)).share
    _say(
        f"8. The price of processes: two take {ms(start_s)} to start.",
        f"And each sublist is copied there and back. For strings like those above, that takes "
        f"{per_cent(share)} of the time of the work itself. More of this: 05.",
    )


# --- The visitor's own function -----------------------------------------------------------


def _own(function: Callable[[Any], Any], items: Sequence[Any]) -> None:
    found = verdict(function, items, budget_s=10, kinds=("threads", "processes"))
    elsewhere = found.elsewhere or "Too little was measured to tell what it would be on more cores."
    _say(
        f"9. A function of your own, here {found.evidence.name}. {elsewhere}",
        "Write lab.five_minutes(your_function, your_list) to see yours. More of this: 11.",
    )
    if progress.in_notebook():
        display(found)
    else:
        print(found)
