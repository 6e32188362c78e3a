"""Self-checks of notebook 05."""

from typing import Any

from ..cells.check import answered, exercise, wrong
from ..core import pools
from ..core.variants import Counter
from ..errors import is_number, shown
from ..units import bytes_
from .rows import count_block, make_matrix


@exercise("05.pays_from")
def check_pays_from(function: Any) -> str:
    """Check ``function(start_s, rate)``: the serial seconds from which new processes pay."""
    got = answered(function(0.3, 0.6), "the formula")
    if not is_number(got):
        wrong(f"a number of seconds is wanted, and {shown(got)} came back")
    if abs(got - 0.3 / 0.6) < 1e-9:
        wrong(
            "0.3 s of start-up and 0.6 s for each serial second gave 0.5 s: but then the processes "
            "take 0.3 + 0.6 x 0.5 = 0.6 s, longer than the loop; each serial second saves 0.4 s"
        )
    if abs(got - 0.75) > 1e-9 or abs(function(1.0, 0.5) - 2.0) > 1e-9:
        wrong(
            f"0.3 s of start-up and 0.6 s for each serial second gave {shown(got)}: with that many "
            "seconds for L, are L and 0.3 + 0.6 x L the same?"
        )
    return "Start-up over what each serial second saves: there both take as long."


@exercise("05.few_messages")
def check_few_messages(function: Any) -> str:
    """Check ``function(pool, matrix)``: the counts of all rows, for 16 messages at most."""
    matrix = make_matrix(240)
    expected = count_block(matrix)
    counter = Counter()
    got = answered(function(counter, matrix), "your lines")
    if not hasattr(got, "__len__"):
        wrong(f"a list is wanted, and a {type(got).__name__} came back: put list(...) around it")
    n, n_messages = len(expected), counter.n_messages
    if len(got) != n:
        wrong(
            f"{n} rows have {n} counts, and {len(got)} came back: every block gives a list of its "
            "own, so put the lists together"
        )
    if [int(count) for count in got] != expected:
        wrong("there are as many counts as rows, but others: are the blocks in order?")
    if n_messages == 0:
        wrong("the counts are right, but the pool got nothing to do: who counted?")
    if n_messages > 16:
        wrong(
            f"the counts are right, but {n_messages} messages were sent for {n} rows: cut the "
            "matrix into 16 blocks at most"
        )
    for kind in ("threads", "processes"):
        with pools.open_pool(kind, 2) as pool:
            if [int(count) for count in function(pool, matrix)] != expected:
                wrong(f"the counts in {kind} differ from the serial ones")
    return (
        f"{n_messages} messages and {bytes_(counter.n_bytes)} for {n} rows, and the same counts in "
        "threads and in processes."
    )
