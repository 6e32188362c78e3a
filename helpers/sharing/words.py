"""What shared money says, in sentences: every figure in them comes out of what was measured."""

from collections.abc import Collection

from ..core.host import nobody_asked, to_install_free_threaded
from ..judge.words import how_right
from ..units import counted, ms, per_cent
from .locks import Jam
from .losses import Ledger, Prices
from .races import Races


def lost_share(share: float) -> str:
    """Return a share in whole per cents, and never 0 for what is more than none."""
    return "under 1 %" if 0 < share < 0.01 else per_cent(share)


def explain_losses(ledgers: dict[str, Ledger], chosen: Collection[str] | None = None) -> list[str]:
    """Return what was lost; where names were ``chosen``, also how right that was."""
    losing = [name for name, ledger in ledgers.items() if ledger.loses]
    shares = ", ".join(f"{name} ({lost_share(ledgers[name].lost_share)})" for name in losing)
    said = [f"Money is missing from: {shares}." if losing else "No money is missing."]
    return said if chosen == "" else [*said, how_right(chosen, losing, ledgers)]


def explain_races(found: list[Races]) -> list[str]:
    """Return how to have a Python without the GIL, where none was found here."""
    if any(not races.gil and not races.recorded for races in found):
        return []
    said = ["No Python without the GIL was found here, so its row is a recording."]
    live = f"In a terminal: {to_install_free_threaded()}. Then run the cell again to see it live."
    return said if nobody_asked() else [*said, live]


def explain_jam(jam: Jam) -> list[str]:
    """Return who waits for whom."""
    if jam.deadlock:
        return [
            f"Deadlock: {jam.told}. Neither can go on.",
            "The watched locks gave up, so that your kernel does not hang. Plain locks would wait "
            "for ever.",
        ]
    return [f"All threads ended, after {ms(jam.wall_s)}."]


def title_of_losses(ledgers: dict[str, Ledger]) -> str:
    """Return what was found, as a chart's title."""
    n, total = sum(ledger.loses for ledger in ledgers.values()), len(ledgers)
    if total == 1:
        return "The account loses money" if n else "The account keeps all its money"
    which = "None of the" if n == 0 else "All" if n == total else f"{n} of {total}"
    return f"{which} accounts {'loses' if n < 2 else 'lose'} money"


def title_of_races(found: list[Races]) -> str:
    """Return what was found of the plain line, as a chart's title."""
    keeps = not any(any(races.wrong["plain"]) for races in found if races.gil)
    loses = any(any(races.wrong["plain"]) for races in found if not races.gil)
    if keeps and loses:
        return "The plain += loses money without the GIL only"
    return "The plain += loses money" if loses or not keeps else "The plain += keeps the money here"


def title_of_prices(prices: Prices) -> str:
    """Return what was found, as a chart's title."""
    plain_ns = min(prices.alone_ns["no lock"])
    lock, queue = (min(prices.alone_ns[name]) / plain_ns for name in ("Lock", "Queue"))
    return f"A deposit takes {lock:.0f} times as long with a lock, {queue:.0f} times with a queue"


def title_of_jam(jam: Jam) -> str:
    """Return what was found, as a chart's title."""
    if jam.deadlock:
        return "Deadlock: each thread waits for a lock that another holds"
    if n := sum(use.got_s is None for use in jam.uses):
        return f"After {counted(n, 'attempt')} given up, all threads end"
    if jam.waited_share < 0.05:
        return "The threads hardly wait for each other"
    return f"The threads spend {per_cent(jam.waited_share)} of their time waiting for a lock"
