"""What copying costs: processes share no memory, so items and results travel as bytes.

The sender packs a list with pickle, a pipe carries the bytes, the receiver unpacks them into
a list of its own. Packing and unpacking are measured here, apart from any pool.
"""

import pickle
import statistics
import sys
import time
from dataclasses import dataclass, field

from ..core.by_value import goes_by_value, pack
from ..core.job import Job
from ..core.own_code import errors_of
from ..errors import LabError, shown, whole
from ..jobs.registry import as_job
from ..units import bytes_, counted, per_cent

# CPU time leaves out what other programs take. Windows counts it in steps of 16 ms, too coarse.
_clock = time.perf_counter if sys.platform == "win32" else time.thread_time

HEAVY_BYTES = 10_000  # a function that travels as its name has about a hundred
Seconds = tuple[tuple[float, ...], ...]  # shape (n_sublists, rounds)


@dataclass(frozen=True)
class Copying:
    """What it takes to send a job's items to other processes, and its results back.

    ``items_bytes`` and ``results_bytes`` are what travels in all. With each sublist goes the
    function, with all that it refers to: ``function_bytes``, and ``function_s`` CPU seconds to
    pack and unpack it. ``work_s`` holds the CPU
    seconds of the job itself, shape (n_sublists,). The others are CPU seconds of packing and
    unpacking, shape (n_sublists, rounds), measured in turns with the job in one process.
    """

    job: str
    n_items: int
    items_bytes: int
    results_bytes: int
    work_s: tuple[float, ...] = field(repr=False)
    pack_items_s: Seconds = field(repr=False)
    unpack_items_s: Seconds = field(repr=False)
    pack_results_s: Seconds = field(repr=False)
    unpack_results_s: Seconds = field(repr=False)
    function_bytes: int = 0
    function_s: float = 0.0

    @property
    def n_sublists(self) -> int:
        """Into how many sublists the items were split."""
        return len(self.work_s)

    @property
    def out_s(self) -> float:
        """CPU seconds to pack all items and to unpack them where they arrive."""
        return _total_s(self.pack_items_s + self.unpack_items_s)

    @property
    def back_s(self) -> float:
        """CPU seconds to pack all results and to unpack them where they arrive."""
        return _total_s(self.pack_results_s + self.unpack_results_s)

    @property
    def share(self) -> float:
        """Seconds of copying for each second of the job itself."""
        function_s = self.n_sublists * self.function_s
        return (self.out_s + self.back_s + function_s) / sum(self.work_s)

    def __str__(self) -> str:
        function = ""
        if self.function_bytes > HEAVY_BYTES:
            function = f", with each a function of {bytes_(self.function_bytes)}"
            function += f" in {self.function_s:.3f} s"
        return (
            f"{counted(self.n_sublists, 'sublist')}: "
            f"{bytes_(self.items_bytes)} out in {self.out_s:.3f} s, "
            f"{bytes_(self.results_bytes)} back in {self.back_s:.3f} s{function}: "
            f"{per_cent(self.share)} of the job"
        )


def _total_s(seconds):
    """Return the sum over sublists of the median over rounds."""
    return sum(map(statistics.median, seconds))


def copying(job: Job | str, n_sublists: int | None = None, *, rounds: int = 3) -> Copying:
    """Return the measured ``Copying`` of a job that is split into ``n_sublists``.

    Each sublist is packed, unpacked and worked on in turn, so that a change of the machine's
    speed meets all steps alike. The job itself is done once.

    Args:
        job: the job, or its name.
        n_sublists: from 1 to the number of items; the job's own number when None.
        rounds: how often each sublist is packed and unpacked.

    Raises:
        LabError: a number is out of its range, or something cannot be packed.

    >>> copying("strings", 4).n_sublists
    4
    """
    job = as_job(job)
    n_sublists = job.n_sublists if n_sublists is None else n_sublists
    n_sublists = whole("n_sublists", n_sublists, 1, len(job.items))
    rounds = whole("rounds", rounds, 1, 1000, "try 3")
    function_bytes, *function_s = _copied(job.function, 1, f"the function of {job.name}")
    sublists = []  # of each: bytes, seconds of packing and of unpacking; out, the work, and back
    for sublist in job.split(n_sublists):
        out = _copied(sublist, rounds, f"the items of {job.name}")
        began_s = _clock()
        with errors_of(job.name):
            results = job.function(sublist)
        work_s = _clock() - began_s
        back = _copied(results, rounds, f"what {job.name} returns")
        sublists.append((*out, work_s, *back))
    sent, pack_s, unpack_s, work, returned, pack_back_s, unpack_back_s = zip(*sublists, strict=True)
    steps = pack_s, unpack_s, pack_back_s, unpack_back_s
    return Copying(
        job.name, len(job.items), sum(sent), sum(returned), work, *steps,
        function_bytes, _total_s(function_s),
    )  # fmt: skip


def _copied(value, rounds, what):
    """Return the bytes of ``value``, the seconds of packing, and the seconds of unpacking."""
    pack_s, unpack_s = [], []
    for _ in range(rounds):
        began_s = _clock()
        try:
            packed = pack(value) if goes_by_value(value) else pickle.dumps(value)
        except (pickle.PicklingError, TypeError, AttributeError) as error:  # pickle's own
            raise LabError(
                f"processes get and return what pickle can pack, and {what} cannot be packed "
                f"({shown(error, 120)}): use plain data, or threads"
            ) from error
        packed_at_s = _clock()
        pickle.loads(packed)
        unpack_s.append(_clock() - packed_at_s)
        pack_s.append(packed_at_s - began_s)
    return len(packed), tuple(pack_s), tuple(unpack_s)
