"""What shared money says, in sentences: every figure in them comes out of what was measured."""

from collections.abc import Collection

from ..judge.words import how_right
from ..units import ms, per_cent
from .locks import Jam
from .losses import Ledger


def lost_share(share: float) -> str:
    """Return a share in whole per cents, and never 0 for what is more than none."""
    return "under 1 %" if 0 < share < 0.01 else per_cent(share)


def explain_losses(ledgers: dict[str, Ledger], chosen: Collection[str] | None = None) -> list[str]:
    """Return what was lost, and at the end how right it was to expect it of those ``chosen``."""
    losing = [name for name, ledger in ledgers.items() if ledger.loses]
    keeping = [name for name in ledgers if name not in losing]
    paid = max(ledger.paid * len(ledger.lost) for ledger in ledgers.values())
    shares = ", ".join(f"{name} ({lost_share(ledgers[name].lost_share)})" for name in losing)
    said = [f"Money is lost here by: {shares}."]
    if not losing:
        said = ["In these runs nothing was lost. That is luck, and no proof: run the cell again."]
    if keeping and losing:
        said.append(
            f"Not one of {paid:,} deposits is missing from: {', '.join(keeping)}. That alone does "
            "not prove it safe."
        )
    return [*said, how_right(chosen, losing, ledgers)]


def explain_elsewhere(found: dict[str, dict[str, Ledger]]) -> list[str]:
    """Return what other Pythons make of the first account; the one that runs is the first."""
    here = next(iter(found))
    plain = next(iter(found[here]))
    said = []
    for gil, build in ((True, "with the GIL"), (False, "without the GIL")):
        results = {name: one[plain] for name, one in found.items() if one[plain].gil is gil}
        losing = [
            f"{name} {lost_share(one.lost_share)}" for name, one in results.items() if one.loses
        ]
        keeping = [name for name, one in results.items() if not one.loses]
        parts = [f"lost money on {', '.join(losing)}"] * bool(losing)
        parts += [f"happened to lose nothing on {', '.join(keeping)}"] * bool(keeping)
        if parts:
            said.append(f"Pythons {build}: {plain} {' and '.join(parts)}.")
    if len(found) == 1:
        said.append(f"No other Python was found on the PATH: this is {here} alone.")
    if all(ledgers[plain].gil for ledgers in found.values()):
        said.append(
            "No Python without the GIL was found on the PATH, so none could be asked. One comes "
            "with: uv python install 3.14t"
        )
    return said


def explain_costs(alone: dict[str, Ledger], together: dict[str, Ledger]) -> list[str]:
    """Return what each safe way costs with one thread and with several; the first has no safety."""
    plain, *safe = alone
    base_s = alone[plain].deposit_s
    losing = [name for name in safe if together[name].loses]
    n_threads = together[plain].n_threads
    said = []
    if keeping := [name for name in safe if name not in losing]:
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
    """Return who waits for whom."""
    if jam.deadlock:
        return [
            f"Deadlock: {jam.told}. Nobody can get on.",
            "The watched locks gave up, so that your kernel does not hang. Plain locks would wait "
            "for ever.",
        ]
    done = " and ".join(f"“{job}”" for job in jam.finished)
    return [f"No deadlock: {done} came to an end after {ms(jam.wall_s)}."]
