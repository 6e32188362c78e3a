"""Is the GIL meter right? Calls of the standard library, NumPy and Pillow, both kinds, some sizes.

    python -m tests.benchmarks.meter_table [--rounds 12] [--only WORD] [--json]

A pass goes once through all calls. For each it reads the meter, and right after it measures the
speed-up of two threads independently, by ``side_by_side``. So what is predicted and what is
measured come from the same stretch of time. Both look at the machine in each of their rounds; a
round in which other programs took the cores is left out, and passes are made until each call has
enough quiet rounds, up to ``--passes``.

The table shows the held share, the speed-up of two threads as the ticks alone predict it and as
measured, with its quartiles, and the error of the prediction. Below it: whether the sign is right
for all calls that are clear, and the median error.
"""

import argparse
import contextlib
import dataclasses
import functools
import json
import os
import random
import statistics
import tempfile
import time
from pathlib import Path

from helpers.core import machine
from helpers.core.runs import quartiles
from helpers.core.side_by_side import side_by_side
from helpers.core.worker import now
from helpers.judge.facts import HELD, RELEASED
from helpers.lock.meter import gil_meter
from helpers.lock.reading import MeterReading

QUIET = 1.7  # cores for two threads, at least
CORE_SHARE = 0.9  # of a core for one thread, at least
PER_ROUND = (
    "lateness_s",
    "late_shares",
    "control_shares",
    "alone_s",
    "together_s",
    "alone_cpu_s",
    "together_cpu_s",
)
HELPS = 1.25  # two threads that are faster than this help; the same bound as in the verdicts


def standard_library(folder):
    """Return calls of the standard library: a dict from a name to a function."""
    import base64
    import bz2
    import hashlib
    import re
    import sqlite3
    import zlib

    noise = random.Random(1).randbytes(1 << 22)
    words = [f"{i * 7919 % 100003} Zürich" for i in range(20_000)]
    text = " ".join(words)
    records = [{"name": word, "at": [1.5, 2.5], "n": i} for i, word in enumerate(words[:3000])]
    digits = re.compile(r"\d+7 ")
    database, file = folder / "meter.db", folder / "meter.bin"
    file.write_bytes(noise)
    with sqlite3.connect(database) as made:
        made.execute("create table numbers (a, b, c)")
        made.executemany(
            "insert into numbers values (?, ?, ?)", ((i, i * 2, str(i)) for i in range(30_000))
        )
    made.close()

    def loop():
        total = 0
        for i in range(200_000):
            total += i * i
        return total

    def hashes(size, count):
        pieces = [noise[i * size : (i + 1) * size] for i in range(count)]
        return lambda: [hashlib.sha256(piece).digest() for piece in pieces]

    def query(sql):
        def rows():
            connection = sqlite3.connect(database)
            try:
                return connection.execute(sql).fetchall()
            finally:
                connection.close()

        return rows

    return {
        "Python loop": loop,
        "str.upper, long": text.upper,
        "str.split and join": lambda: " ".join(text.split()),
        "sorted strings": lambda: sorted(words),
        "re.findall": lambda: digits.findall(text),
        "json.dumps": lambda: json.dumps(records),
        "base64": lambda: base64.b64encode(noise),
        "sha256 of 500 B": hashes(500, 2000),
        "sha256 of 4 kB": hashes(4096, 1000),
        "sha256 of 64 kB": hashes(65_536, 64),
        "sha256 of 4 MB": lambda: hashlib.sha256(noise).digest(),
        "zlib 16 kB": lambda: zlib.compress(noise[:16_384]),
        "zlib 1 MB": lambda: zlib.compress(noise[: 1 << 20]),
        "bz2 256 kB": lambda: bz2.compress(noise[: 1 << 18]),
        "sqlite3 all rows": query("select * from numbers"),
        "sqlite3 aggregate": query("select sum(a * b), count(distinct c) from numbers"),
        "read a file": file.read_bytes,
        "sleep": lambda: time.sleep(0.01),
    }


def numpy_calls():
    """Return calls of NumPy: a dict from a name to a function."""
    # A BLAS of two threads would compete with the two threads that are measured.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    import numpy as np

    draws = np.random.default_rng(1).random(2_000_000)
    short, square = np.arange(20.0), draws[:90_000].reshape(300, 300)
    objects = draws[:50_000].astype(object)

    def many_short():
        for _ in range(5000):
            short + short

    return {
        "np.add, 20 numbers": many_short,
        "np.add, objects": lambda: objects + objects,
        "np.add, 2 M": lambda: draws + draws,
        "np.exp, 20 k": lambda: np.exp(draws[:20_000]),
        "np.exp, 200 k": lambda: np.exp(draws[:200_000]),
        "np.sort, 200 k": lambda: np.sort(draws[:200_000]),
        "matmul, 300": lambda: square @ square,
    }


def pillow_calls(folder):
    """Return calls of Pillow: a dict from a name to a function."""
    import io
    import threading

    from PIL import Image, ImageChops, ImageDraw, ImageFilter

    small = Image.effect_noise((300, 200), 50).convert("RGB")
    large = Image.effect_noise((1500, 1000), 50).convert("RGB")

    def draw():
        image = Image.new("RGB", (600, 400))
        pen = ImageDraw.Draw(image)
        for i in range(300):
            pen.ellipse((i, i, i + 200, i + 100), fill=(i % 255, 0, 0))

    def to_path():
        large.save(folder / f"{threading.get_ident()}.jpg")

    return {
        "ImageDraw ellipses": draw,
        "GaussianBlur, small": lambda: small.filter(ImageFilter.GaussianBlur(3)),
        "GaussianBlur, large": lambda: large.filter(ImageFilter.GaussianBlur(3)),
        "MedianFilter": lambda: small.filter(ImageFilter.MedianFilter(5)),
        "resize": lambda: large.resize((700, 500), Image.Resampling.LANCZOS),
        "rotate": lambda: large.rotate(31),
        "convert": lambda: large.convert("L"),
        "ImageChops.add, small": lambda: ImageChops.add(small, small),
        "ImageChops.add, large": lambda: ImageChops.add(large, large),
        "effect_noise": lambda: Image.effect_noise((600, 400), 50),
        "PNG to memory": lambda: small.save(io.BytesIO(), "PNG"),
        "JPEG to memory": lambda: large.save(io.BytesIO(), "JPEG"),
        "JPEG to a path": to_path,
    }


@dataclasses.dataclass
class Row:
    """What is known of one call so far: rounds of the meter, and pairs measured beside it.

    Both look at the machine in each of their rounds. One in which it gave less than ``QUIET`` cores
    is left out, whatever it says about the call.
    """

    rounds: list = dataclasses.field(default_factory=list)
    measured: list = dataclasses.field(default_factory=list)
    n_left_out: int = 0
    last: MeterReading | None = None

    def take(self, function, seconds, wait_s):
        give_up_s = now() + wait_s
        while machine.capacity(2, slice_s=0.04, rounds=3).at(2) < QUIET and now() < give_up_s:
            time.sleep(1)
        self.last = reading = gil_meter(function, seconds=seconds)
        capacities = zip(*reading.capacity.ratios, strict=True)
        columns = [getattr(reading, name) for name in PER_ROUND]
        rounds = zip(capacities, reading.capacity.core_shares, *columns, strict=True)
        for ratios, core_share, *values in rounds:
            control_share = values[PER_ROUND.index("control_shares")]
            if self._is_quiet(ratios[1], core_share) and control_share < RELEASED:
                self.rounds.append((ratios, core_share, *values))
        pairs = side_by_side(function, seconds=seconds / 2)
        for speed_up, cores, core_share in zip(
            pairs.speed_ups, pairs.capacities, pairs.core_shares, strict=True
        ):
            if self._is_quiet(cores, core_share):
                self.measured.append(speed_up)

    def _is_quiet(self, cores, core_share):
        quiet = cores > QUIET and core_share > CORE_SHARE
        self.n_left_out += not quiet
        return quiet

    def is_enough(self, wanted):
        return min(len(self.rounds), len(self.measured)) >= wanted

    @property
    def reading(self):
        """The rounds that are kept, as one reading."""
        ratios, core_shares, *columns = zip(*self.rounds, strict=True)
        capacity = machine.Capacity(
            self.last.capacity.n_threads, tuple(zip(*ratios, strict=True)), core_shares
        )
        columns = dict(zip(PER_ROUND, columns, strict=True))
        return dataclasses.replace(self.last, capacity=capacity, **columns)

    def figures(self):
        """Return the row as a dict; errors are relative to what was measured."""
        reading = self.reading
        measured = statistics.median(self.measured)
        predicted = reading.predicted_speed_up(2)
        ticked = statistics.median(reading.ticked_shares)
        return {
            "call_ms": 1e3 * reading.call_s,
            "held": reading.held_share,
            "ticked": ticked,
            "hands_over": reading.hands_over,
            "predicted": predicted,
            "measured": measured,
            "quartiles": quartiles(self.measured),
            "error": predicted / measured - 1,
            "n_rounds": reading.n_rounds,
            "n_pairs": len(self.measured),
            "n_left_out": self.n_left_out,
        }


def measure(calls, wanted, passes, seconds, wait_s, show):
    """Return {name: Row}, each with ``wanted`` quiet rounds where the machine allowed it."""
    rows = {name: Row() for name in calls}
    with contextlib.suppress(KeyboardInterrupt):  # what was measured until then is shown
        for number in range(1, passes + 1):
            for name, row in rows.items():
                if not row.is_enough(wanted):
                    row.take(calls[name], seconds, wait_s)
            n_enough = sum(row.is_enough(wanted) for row in rows.values())
            show(f"pass {number}: {n_enough} of {len(calls)} calls have enough quiet rounds")
            if n_enough == len(calls):
                break
    return {name: row for name, row in rows.items() if row.is_enough(3)}


def is_right(row):
    """Return whether threads help as the held share says, None where that is not clear."""
    if row["held"] > HELD:
        return row["measured"] < HELPS
    if row["held"] < RELEASED:
        return row["measured"] > HELPS
    return None


def lines(table):
    """Yield the table and its summary."""
    yield (
        f"{'call':22} {'ms':>7} {'held':>5} {'ticks':>5} {'predicted':>9} {'measured':>8} "
        f"{'(quartiles)':>13} {'error':>6}"
    )
    for name, row in table.items():
        low, high = row["quartiles"]
        mark = {True: "", False: "  WRONG SIGN", None: "  not clear"}[is_right(row)]
        yield (
            f"{name:22} {row['call_ms']:7.2f} {row['held']:5.2f} {row['ticked']:5.2f} "
            f"{row['predicted']:9.2f} {row['measured']:8.2f}  ({low:.2f} to {high:.2f}) "
            f"{row['error']:+6.0%}{mark}"
        )
    clear = [is_right(row) for row in table.values() if is_right(row) is not None]
    held = sum(row["held"] > HELD for row in table.values())
    yield ""
    yield (
        f"{len(table)} calls, {len(clear)} clear ({held} hold the lock, {len(clear) - held} let it "
        f"go): the sign is right for {sum(clear)}"
    )
    errors = sorted(abs(row["error"]) for row in table.values())
    yield (
        f"predicted by the ticks alone: off by {statistics.median(errors):.1%} in the median, "
        f"{errors[int(0.9 * (len(errors) - 1))]:.0%} in nine of ten, {errors[-1]:.0%} at worst"
    )
    n_left_out = sum(row["n_left_out"] for row in table.values())
    n_kept = sum(row["n_rounds"] + row["n_pairs"] for row in table.values())
    yield f"{n_kept} rounds kept, {n_left_out} left out because the machine was busy"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12, help="quiet rounds of each call")
    parser.add_argument("--passes", type=int, default=10, help="passes at most")
    parser.add_argument("--seconds", type=float, default=1.0, help="for one reading")
    parser.add_argument("--wait", type=float, default=10, help="seconds, for a quiet moment")
    parser.add_argument("--only", default="", help="calls that have this in their name")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    began_s = now()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calls = standard_library(folder) | numpy_calls() | pillow_calls(folder)
        calls = {name: call for name, call in calls.items() if options.only in name}
        show = (lambda _: None) if options.json else functools.partial(print, flush=True)
        rows = measure(calls, options.rounds, options.passes, options.seconds, options.wait, show)
    table = {name: row.figures() for name, row in rows.items()}
    if not table:
        raise SystemExit("the machine was never quiet enough to tell anything: try later")
    if options.json:
        print(json.dumps({"machine": str(machine.describe()), "calls": table}, indent=2))
        return
    print(machine.describe())
    print("\n".join(lines(table)))
    lacking = sorted(set(calls) - set(rows))
    if lacking:
        print(f"never quiet enough to tell: {', '.join(lacking)}")
    print(f"{now() - began_s:.0f} s")


if __name__ == "__main__":
    main()
