"""What the teacher sees of a class, and takes home: one page, and an archive of everything."""

import csv
import io
import json
import math
import re
import statistics
import zipfile
from typing import Any

from ..answer.board import entries, jobs, medians
from ..draw.templates import render
from ..kind import kind as kind_of
from .book import Book


def overview(book: Book) -> dict[str, Any]:
    """Return what the teacher's page shows but the results, as plain data: questions and votes."""
    questions, stages, counts = book.questions(), book.stages(), book.counts()
    listed = [
        {
            "id": id,
            "notebook": question.notebook,
            "text": question.text,
            "stage": stages[id],
            "n": [counts.get((id, vote), 0) for vote in (1, 2)],
        }
        for id, question in questions.items()
    ]
    return {
        "code": book.code,
        "learners": book.n_learners,
        "measured": book.n_measured,
        "questions": listed,
        "open": _asked(book, book.open, stages) if book.open else None,
    }


def _asked(book, id, stages):
    question = book.questions()[id]
    votes = [book.votes(id, vote) for vote in (1, 2)]
    return {
        "id": id,
        "stage": stages[id],
        "text": question.text,
        "form": question.form,
        "n": [len(answers) for answers in votes],
        "bars": [question.bars(answers) for answers in votes],
    }


def board(book: Book) -> list[dict[str, Any]]:
    """Return for each job: its title, curves, medians by cores, and what was predicted."""
    found = entries(book.results())
    told = []
    for job in jobs(found):
        here = [entry for entry in found if entry.result.job == job]
        curves: list[dict[str, Any]] = [
            {"family": family, "n": counts, "speed_ups": speed_ups}
            for entry in here
            for family, (counts, speed_ups) in entry.curves.items()
        ]
        families = list(dict.fromkeys(curve["family"] for curve in curves))
        told.append(
            {
                "job": job,
                "n": len(here),
                "drawing": _drawing(curves),
                "families": [
                    {
                        "name": family,
                        "colour": kind_of(family).colour,
                        "medians": [list(row) for row in medians(here, family)],
                        "predicted": _predicted(here, family),
                        "measured": _median([one.reached.get(family) for one in here]),
                    }
                    for family in families
                ],
            }
        )
    return told


def _drawing(curves):
    """Return everybody's curves as points in a picture of 380 by 280, and what stands around.

    Where all have a single point, as in notebook 00, the points stand side by side, by height.
    """
    most_workers = max(2, *(n for curve in curves for n in curve["n"]))
    most = max(2, *(math.ceil(value) for curve in curves for value in curve["speed_ups"]))
    side_by_side = {tuple(curve["n"]) for curve in curves} == {(most_workers,)}
    if side_by_side:
        curves = sorted(
            curves, key=lambda curve: (curve["family"] != "threads", curve["speed_ups"])
        )
    lines = []
    for number, curve in enumerate(curves):
        across = [(n - 1) / (most_workers - 1) for n in curve["n"]]
        if side_by_side:
            across = [(number + 0.5) / len(curves)]
        points = zip(across, curve["speed_ups"], strict=True)
        lines.append(
            {
                "colour": kind_of(curve["family"]).colour,
                "points": [[round(55 + 310 * x, 1), _height(y, most)] for x, y in points],
            }
        )
    ticks = range(0, most + 1, math.ceil(most / 4))
    below = "each with" if side_by_side else "1 to"
    return {
        "lines": lines,
        "ticks": [{"y": _height(tick, most), "text": f"{tick}×"} for tick in ticks],
        "below": f"{below} {most_workers} workers",
    }


def _height(speed_up, most):
    return round(240 - 220 * speed_up / most, 1)


def _predicted(here, family):
    """Return the median of what was predicted of a family, None where nobody did."""
    given = [
        value
        for entry in here
        for kind, value in entry.result.prediction.items()
        if kind_of(kind).family == family
    ]
    return _median(given)


def _median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def page(book: Book) -> str:
    """Return the class as one HTML page that needs no script and no other file."""
    questions = [
        {**_asked(book, one["id"], book.stages()), "notebook": one["notebook"]}
        for one in overview(book)["questions"]
        if any(one["n"])
    ]
    return render("classroom/site/class.html", questions=questions, jobs=board(book), book=book)


def archive(book: Book) -> bytes:
    """Return a ZIP archive: the page, the votes as a table, and each result as a file."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("class.html", page(book))
        files.writestr("votes.csv", _table(book))
        for name, content in book.contents():
            files.writestr(f"results/{re.sub(r'[^A-Za-z0-9.-]+', '-', name)}.json", content)
    return kept.getvalue()


def _table(book):
    lines = io.StringIO()
    table = csv.writer(lines)
    table.writerow(["notebook", "question", "vote", "answer"])
    for id, question in book.questions().items():
        for vote in (1, 2):
            for answer in book.votes(id, vote):
                row = [question.notebook, question.text, vote, json.dumps(answer)]
                table.writerow([_harmless(one) for one in row])
    return lines.getvalue()


def _harmless(cell):
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell
