"""What shared money says, in sentences: every figure in them comes out of what was measured."""

from collections.abc import Collection

from ..judge.words import how_right
from ..units import ms, per_cent
from .locks import Jam
from .losses import Ledger


def lost_share(share: float) -> str:
    """Return a share in whole per cents, and never 0 for what is more than none.

    >>> lost_share(0), lost_share(0.0004), lost_share(0.287)
    ('0 %', 'under 1 %', '29 %')
    """
    return "under 1 %" if 0 < share < 0.01 else per_cent(share)


def explain_losses(ledgers: dict[str, Ledger], chosen: Collection[str] | None = None) -> list[str]:
    """Return what was lost, as a list of texts; the verdict on the reader's choice is the last.

    Args:
        ledgers: a dict from a name to its ``Ledger``.
        chosen: the names that the reader expects to lose money; None when none was committed.
    """
    losing = [name for name, ledger in ledgers.items() if ledger.loses]
    keeping = [name for name in ledgers if name not in losing]
    paid = max(ledger.paid * len(ledger.lost) for ledger in ledgers.values())
    if losing:
        said = [
            "Money is lost here by: "
            + ", ".join(f"{name} ({lost_share(ledgers[name].lost_share)})" for name in losing)
            + "."
        ]
    else:
        said = ["In these runs nothing was lost. That is luck, and no proof: run the cell again."]
    if keeping and losing:
        said.append(
            f"Not one of {paid:,} deposits is missing from: {', '.join(keeping)}. That alone does "
            "not prove it safe."
        )
    return [*said, how_right(chosen, losing, ledgers)]


def explain_elsewhere(found: dict[str, dict[str, Ledger]]) -> list[str]:
    """Return what other Pythons make of the first account, as a list of texts.

    Args:
        found: a dict from a Python's name to a dict of ``Ledger``, the one that runs first.
    """
    here = next(iter(found))
    plain = next(iter(found[here]))
    said = []
    for gil, build in ((True, "with the lock"), (False, "without the lock")):
        results = {name: ledgers[plain] for name, ledgers in found.items()}
        results = {name: ledger for name, ledger in results.items() if ledger.gil is gil}
        if not results:
            continue
        losing = [name for name, ledger in results.items() if ledger.loses]
        shares = ", ".join(f"{name} {lost_share(results[name].lost_share)}" for name in losing)
        keeping = ", ".join(name for name in results if name not in losing)
        said.append(
            f"Pythons {build}: {plain} "
            + " and ".join(
                [f"lost money on {shares}"] * bool(losing)
                + [f"happened to lose nothing on {keeping}"] * bool(keeping)
            )
            + "."
        )
    if len(found) == 1:
        said.append(f"No other Python was found on the PATH: this is {here} alone.")
    if all(ledgers[plain].gil for ledgers in found.values()):
        said.append(
            "No Python without the lock was found on the PATH, so none could be asked. One comes "
            "with: uv python install 3.14t"
        )
    return said


def explain_costs(alone: dict[str, Ledger], together: dict[str, Ledger]) -> list[str]:
    """Return what each safe way costs, as a list of texts.

    Args:
        alone: a dict from a name to the ``Ledger`` of one thread; the first has no safety.
        together: the same for several threads.
    """
    plain, *safe = alone
    base_s = alone[plain].deposit_s
    losing = [name for name in safe if together[name].loses]
    n_threads = together[plain].n_threads
    said = []
    keeping = [name for name in safe if name not in losing]
    if keeping:
        cheapest = min(keeping, key=lambda name: together[name].deposit_s)
        said.append(f"The cheapest safe way of these, for {n_threads} threads: {cheapest}.")
    for name in safe:
        one, many = alone[name].deposit_s / base_s, together[name].deposit_s / base_s
        said.append(
            f"{name}: {one:.1f} times the plain deposit with one thread, {many:.1f} times "
            f"when {n_threads} threads deposit at once."
        )
    if losing:
        said.append(f"But money is missing from: {', '.join(losing)}. They are not safe.")
    return said


def explain_jam(jam: Jam) -> list[str]:
    """Return who waits for whom, as a list of texts."""
    if jam.deadlock:
        chain = "; ".join(
            f"“{job}” waits for {lock}, which “{holder}” holds" for job, lock, holder in jam.circle
        )
        return [
            f"Deadlock: {chain}. Nobody can get on.",
            "The watched locks gave up, so that your kernel does not hang. Plain locks would "
            "wait for ever.",
        ]
    done = " and ".join(f"“{job}”" for job in jam.finished)
    return [f"No deadlock: {done} came to an end after {ms(jam.wall_s)}."]
