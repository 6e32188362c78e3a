"""Are the verdicts right? Each against a long measurement of all kinds, in turns.

    python -m tests.benchmarks.verdict_table --save FILE
    python -m tests.benchmarks.verdict_table --save FILE --only zlib,decimal --times 4
    python -m tests.benchmarks.verdict_table --save FILE --report

The jobs are of all kinds, and none of the verdict's rules was made with a look at one of them. The
truth is measured without the lab's own harness: a plain ``with``, a pool's own ``map``, start-up
included, in turns with the plain loop. A verdict is right when its kind is the fastest or
within 15 % of it. What is in FILE already is not measured again. With ``--times`` the lists are
longer, so that starting processes pays for more of the jobs; a share, as 0.25, makes them shorter.
"""

import argparse
import contextlib
import decimal
import functools
import hashlib
import io
import json
import math
import os
import pickle
import random
import re
import sqlite3
import statistics
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from helpers.advice.subject import default_kinds
from helpers.advice.verdict import verdict
from helpers.core.pools import open_pool
from tests.benchmarks.plain_jobs import (
    RIGHT,
    deflates,
    encodes,
    hashes,
    normalises,
    packs_lzma,
    reads_csv,
    reads_json,
    some_data,
    some_texts,
    timed,
    waits,
)

# --- The jobs: functions of one item, at module level, and the making of their items --------


def loop(n):
    total = 0
    for number in range(n):
        total += number * number % 7
    return total


def primes(n):
    return [k for k in range(2, n) if all(k % d for d in range(2, math.isqrt(k) + 1))]


LINE = re.compile(r"(\d+\.\d+\.\d+\.\d+) .*?\[(.*?)\] \"(\w+) (\S+).*?\" (\d{3}) (\d+)")


def matches(lines):
    return sum(1 for line in lines if LINE.search(line))


def sha_small(pieces):
    return [hashlib.sha256(piece).digest() for piece in pieces]


def array_of(seed):
    return np.random.default_rng(seed).random(400_000)


def numpy_elementwise(seed):
    values = np.linspace(seed, seed + 1, 400_000)
    return float((np.sin(values) * np.exp(-values) + values**3).sum())


def numpy_sorted(seed):
    return float(np.sort(array_of(seed))[1000])


def numpy_solved(seed):
    rows = np.random.default_rng(seed).random((160, 160)) + 160 * np.eye(160)
    return float(np.linalg.solve(rows, np.ones(160)).sum())


def numpy_objects(n):
    values = np.arange(n).astype(object)
    return int((values * values + values).sum())


def memory_bound(array):
    return float((array + array).max())


def picture_blurred(image):
    return image.filter(ImageFilter.GaussianBlur(8)).getpixel((300, 300))


def picture_resized(image):
    return image.resize((300, 300), Image.Resampling.LANCZOS)


def picture_drawn(seed):
    image = Image.new("RGB", (300, 300))
    draw = ImageDraw.Draw(image)
    rng = random.Random(seed)
    for _ in range(800):
        x, y = rng.random() * 300, rng.random() * 300
        draw.ellipse((x, y, x + 9, y + 9), fill="red")
    return image.getpixel((150, 150))


def picture_as_jpeg(image):
    file = io.BytesIO()
    image.save(file, "JPEG")
    return len(file.getvalue())


def _database():
    return os.environ["GIL_LAB_VERDICT_TABLE"]  # workers inherit it


def _fill_database():
    with sqlite3.connect(_database()) as connection:
        connection.execute("create table t (a integer, b real, c text)")
        rows = ((n, n * 0.37 % 11, f"text {n % 97}") for n in range(60_000))
        connection.executemany("insert into t values (?, ?, ?)", rows)
    connection.close()


def sqlite_aggregates(n):
    connection = sqlite3.connect(_database())
    query = "select sum(a * b), avg(b), count(distinct c) from t where a % ? > 1"
    found = connection.execute(query, (n % 7 + 3,)).fetchone()
    connection.close()
    return found


def sqlite_rows(n):
    connection = sqlite3.connect(_database())
    rows = connection.execute("select a, b, c from t limit 20000 offset ?", (n,)).fetchall()
    connection.close()
    return len(rows)


def decimals(n):
    with decimal.localcontext() as context:
        context.prec = 60
        return str(sum(decimal.Decimal(k).sqrt() for k in range(1, n)))


def fetches(address):
    with urllib.request.urlopen(address, timeout=30) as answer:
        return len(answer.read())


def pickles_much(n):
    return [(str(k), k * 0.5) for k in range(n)]


def gets_much(rows):
    return sum(row[1] for row in rows)


def short_calls(number):
    return number * number + 1


def matrix_product(seed):
    rows = np.random.default_rng(seed).random((300, 300))
    return float((rows @ rows).trace())


def words_counted(text):
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items())


def _log(n, lines):
    line = '192.168.1.%d - - [10/Oct/2026:13:55:36] "GET /page/%d HTTP/1.1" 200 %d'
    return [[line % (k % 255, i, 17 * k) for k in range(lines)] for i in range(n)]


def _images(n):
    return [Image.effect_noise((900, 900), 30 + k).convert("RGB") for k in range(n)]


def _csv():
    rows = "\n".join(f"{k},{k * 0.3:.3f}" for k in range(4000))
    return [f"name,value\n{rows}\n"] * 500


JOBS = {
    "Python loop": (loop, lambda: [60_000] * 1600),
    "primes, uneven": (primes, lambda: list(range(500, 12_500, 20))),
    "strings, normalised": (normalises, lambda: some_texts(300_000, 12)),
    "words, counted": (words_counted, lambda: some_texts(1200, 6000)),
    "regular expression": (matches, lambda: _log(1000, 2000)),
    "json": (reads_json, lambda: [json.dumps([{"a": k, "b": "text"} for k in range(5000)])] * 800),
    "csv": (reads_csv, _csv),
    "zlib": (deflates, lambda: some_data(80, 500_000)),
    "lzma": (packs_lzma, lambda: some_data(40, 300_000)),
    "base64": (encodes, lambda: some_data(200, 1_000_000)),
    "sha256, large": (hashes, lambda: some_data(120, 4_000_000)),
    "sha256, small": (sha_small, lambda: [some_data(5000, 64)] * 500),
    "NumPy, element by element": (numpy_elementwise, lambda: list(range(100))),
    "NumPy, sort": (numpy_sorted, lambda: list(range(60))),
    "NumPy, linear algebra": (numpy_solved, lambda: list(range(600))),
    "NumPy, matrix product": (matrix_product, lambda: list(range(400))),
    "NumPy, dtype object": (numpy_objects, lambda: [40_000] * 500),
    "memory-bound": (memory_bound, lambda: [np.ones(4_000_000) + k for k in range(8)] * 6),
    "Pillow, blur": (picture_blurred, lambda: _images(8) * 8),
    "Pillow, resize": (picture_resized, lambda: _images(8) * 8),
    "Pillow, ellipses": (picture_drawn, lambda: list(range(500))),
    "Pillow, JPEG in memory": (picture_as_jpeg, lambda: _images(8) * 40),
    "SQLite, aggregates": (sqlite_aggregates, lambda: list(range(60))),
    "SQLite, many rows": (sqlite_rows, lambda: list(range(200))),
    "decimal": (decimals, lambda: [1500] * 1500),
    "sleeping": (waits, lambda: list(range(150))),
    "HTTP to the loopback": (fetches, lambda: [f"{_server()}/{k}" for k in range(100)]),
    "large results": (pickles_much, lambda: [20_000] * 200),
    "large items": (gets_much, lambda: [[(str(k), k * 0.5) for k in range(20_000)]] * 150),
    "a very short job": (short_calls, lambda: list(range(3000))),
    "many short calls": (short_calls, lambda: list(range(2_000_000))),
}


@functools.cache
def _server():
    """Return the address of a server of this machine that answers after 15 ms."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(0.015)
            self.send_response(200)
            self.send_header("Content-Length", "2000")
            self.end_headers()
            self.wfile.write(bytes(2000))

        def log_message(self, *what):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # as in real servers; the default of 5 loses connections

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


# --- The truth ----------------------------------------------------------------------------


def truth(function, items, ways, seconds, rounds):
    """Return the speed-ups of each way over the plain loop, in turns: a dict of lists."""
    found = {way: [] for way in ways}
    began_s = time.perf_counter()
    n_rounds = 0
    while n_rounds < rounds or (time.perf_counter() - began_s < seconds and n_rounds < 100):
        serial_s = timed(function, items, "serial", 1, open_pool)
        for way in ways:
            found[way].append(serial_s / timed(function, items, *way, open_pool))
        n_rounds += 1
    return found


def job(name, times):
    """Return the function of a job, and so often its items: of a share, every n-th."""
    function, make = JOBS[name]
    return function, make() * int(times) if times >= 1 else make()[:: round(1 / times)]


def examined(name, budget_s, seconds, rounds=5, times=1):
    """Return one row: the verdict, and what a long measurement says."""
    function, items = job(name, times)
    said = verdict(function, items, budget_s=budget_s)
    ways = [(way.kind, way.n_workers) for way in said.ways if way.kind != "serial"]
    if len(items) <= 2000:
        ways.append(("threads", 8))  # tried here, whether the verdict tried it or not
    ways = [way for way in dict.fromkeys(ways) if way[0] not in said.evidence.refused]
    found = {way: statistics.median(tries) for way, tries in
             truth(function, items, ways, seconds, rounds).items()}  # fmt: skip
    found["serial", 1] = 1.0
    best = max(found, key=found.get)
    chosen = (said.kind, said.n_workers)
    return {
        "name": name,
        "times": times,
        "kind": said.kind,
        "n_workers": said.n_workers,
        "predicted": said.speed_up,
        "measured": found.get(chosen),
        "fastest": best[0],
        "fastest_speed_up": found[best],
        "all": {f"{kind} {n}": speed_up for (kind, n), speed_up in found.items()},
        "predicted_all": {f"{w.kind} {w.n_workers}": w.speed_up for w in said.ways if w.speed_ups},
        "refused": said.evidence.refused,
        "capacity": said.figures["capacity"],
        "core_share": said.figures["core_share"],
        "limits": said.limits,
        "close": said.close,
        "spent_s": said.evidence.spent_s,
    }


@contextlib.contextmanager
def prepared():
    """Make what the jobs need, and remove it again."""
    with tempfile.TemporaryDirectory(prefix="gil-lab-") as folder:
        os.environ["GIL_LAB_VERDICT_TABLE"] = str(Path(folder, "table.sqlite"))
        _fill_database()
        with open_pool("processes", 1) as pool:  # a server that starts processes begins only once
            pool.submit(pickle.dumps, 0).result()
        yield


# --- The table ----------------------------------------------------------------------------


def is_right(row):
    """Return whether the verdict's kind is the fastest or within 15 % of it."""
    is_near = (row["measured"] or 0) >= (1 - RIGHT) * row["fastest_speed_up"]
    return row["kind"] == row["fastest"] or is_near


def error(row):
    """Return by what share the predicted speed-up is off; None where the plain loop is advised."""
    if row["kind"] == "serial" or row["predicted"] is None or not row["measured"]:
        return None
    return abs(row["predicted"] - row["measured"]) / row["measured"]


def report(rows):
    """Return the table, the shares and the misses as text."""
    lines = [f"{'job':<27}{'verdict':<14}{'predicted':>10}{'measured':>10}{'off':>7}  fastest"]
    for row in rows:
        off = error(row)
        verdict_told = f"{row['kind']} {row['n_workers']}"
        lines.append(
            f"{row['name']:<27}{verdict_told:<14}{_told(row['predicted']):>10}"
            f"{_told(row['measured']):>10}{'' if off is None else f'{off:.0%}':>7}  "
            f"{row['fastest']} {row['fastest_speed_up']:.2f}{'' if is_right(row) else '   MISS'}"
        )
    errors = [off for off in map(error, rows) if off is not None]
    misses = [row for row in rows if not is_right(row)]
    lines.append(
        f"\n{len(rows) - len(misses)} of {len(rows)} right "
        f"({1 - len(misses) / max(1, len(rows)):.0%}); where workers are advised, their predicted "
        f"speed-up is off by {statistics.median(errors) if errors else math.nan:.0%} in the median"
    )
    for row in misses:
        lines.append(f"missed: {row['name']}: {row['kind']}, measured {row['all']}, "
                     f"predicted {row['predicted_all']}, {row['limits']}")  # fmt: skip
    return "\n".join(lines)


def _told(speed_up):
    return "-" if speed_up is None else f"{speed_up:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="names or parts of names, with commas")
    parser.add_argument("--save", help="a JSON file that keeps every row, and is read again")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds for each verdict")
    parser.add_argument("--seconds", type=float, default=40.0, help="seconds for each truth")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each truth, at least")
    parser.add_argument("--times", type=float, default=1, help="go so often through each list")
    parser.add_argument("--report", action="store_true", help="print what is saved, measure none")
    options = parser.parse_args()
    path = Path(options.save) if options.save else None
    rows = json.loads(path.read_text()) if path and path.exists() else []
    if options.report:
        print(report(rows))
        return
    with prepared():
        _measure_all(options, rows, path)
    print(f"kinds: {', '.join(default_kinds())}\n{report(rows)}")


def _row(name, options):
    return examined(name, options.budget, options.seconds, options.rounds, options.times)


def _measure_all(options, rows, path):
    """Measure what is wanted and not in ``rows`` yet, add it, and save after each."""
    wanted = [w.strip() for w in options.only.split(",")] if options.only else [""]
    for name in JOBS:
        if any(row["name"] == name for row in rows) or not any(w in name for w in wanted):
            continue
        rows.append(_row(name, options))
        print(report(rows[-1:]).splitlines()[1], flush=True)
        if path:
            path.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
