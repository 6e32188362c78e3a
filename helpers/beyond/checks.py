"""Self-checks of notebook 10."""

from typing import Any

from ..cells.check import answered, exercise, wrong
from ..core import pools
from ..core.variants import Counter
from ..errors import shown
from ..jobs.places import load_spellings
from ..jobs.strings import count_changed
from .file_parts import cut_file, spellings_file

_N_STRINGS = 2000
_MOST_BYTES = 4000


@exercise("10.little_is_moved")
def check_little_is_moved(function: Any) -> str:
    """Check ``function(pool, path)``: how many lines of a file are changed, with little sent."""
    expected = count_changed(load_spellings(_N_STRINGS))[0]
    with spellings_file(_N_STRINGS) as path:
        counter = Counter()
        got = answered(function(counter, path), "your lines")
        if isinstance(got, list):
            wrong(f"one number is wanted, and a list of {len(got)} came back: add them up")
        if got != expected:
            wrong(f"of the file's {_N_STRINGS} lines {expected} are changed, and {shown(got)} came")
        if counter.n_messages < 2:
            said = f"the number is right, but the pool got {counter.n_messages} calls"
            wrong(f"{said}: cut the file into several parts, one or more for each worker")
        if counter.n_bytes > _MOST_BYTES:
            said = f"the number is right, but {counter.n_bytes:,} bytes were sent"
            wrong(f"{said}, as many as the strings: send parts, and let the workers read")
        for kind in ("threads", "processes"):
            with pools.open_pool(kind, 2) as pool:
                if (got := function(pool, path)) != expected:
                    wrong(f"serially it gave {expected}, and {shown(got)} in {kind}")
        n_bytes = sum(part.stop - part.start for part in cut_file(path, 1))
    sent = f"{counter.n_bytes:,} bytes were sent for {n_bytes:,} bytes of strings"
    return f"{sent}, and the number is the same serially, in threads and in processes."


@exercise("10.processes_needed")
def check_processes_needed(function: Any) -> str:
    """Check ``function(requests_per_s, compute_s)``: the fewest server processes that keep up."""
    cases = {(100, 0.025): 3, (200, 0.025): 5, (8, 0.01): 1, (1000, 0.0075): 8}
    for (rate, compute_s), right in cases.items():
        got = answered(function(rate, compute_s), "the formula")
        case = f"{rate} requests a second of {1000 * compute_s:g} ms each"
        if not isinstance(got, int) or isinstance(got, bool):
            wrong(f"processes are whole, and {case} gave {shown(got)}: round up with math.ceil")
        if got < right:
            work = f"{case} are {rate * compute_s:g} s of computing in every second"
            wrong(f"{work}, and {got} cannot do that: requests would queue up for ever")
        if got > right:
            wrong(f"{case} keep {right} busy at most, and {got} are more than it takes")
    return "Seconds of computing that come in each second, rounded up: each needs a core."
