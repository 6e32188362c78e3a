"""The class board: many readers' result files, side by side."""

from html import escape
from pathlib import Path

import ipywidgets as widgets

from ..cells.controls import WRAP, display_widget, emptied, uploaded
from ..cells.picture import Picture, paragraphs
from ..core import store as records
from ..core.parcel import read_file, results_of
from ..core.runs import Result
from ..draw.style import Chart
from ..errors import LabError, shown
from ..units import counted, memory
from . import board
from .board_chart import plot_board

_NOBODY = 0  # numbers begin with 1, and a Dropdown shows None as nothing at all
_TOLD = 8  # outliers and refused files that are listed


class ClassBoard:
    """Drop in result files, or name a folder of them, and see all their curves.

    Machines have a number; file names, processors and systems are shown only when asked for. A
    file that is no result is refused by name and the others stay. Nothing of a file is executed.
    ``entries`` are the results, ``refused`` maps a file's name to the reason, ``said`` is the line
    below the controls, and ``controls`` maps a name to a widget.
    """

    def __init__(self) -> None:
        self.entries: list[board.Entry] = []
        self.refused: dict[str, str] = {}
        self.said = ""
        self._results: dict[str, Result] = {}
        self._picture = Picture()
        look = {"layout": {"width": "24em", "max_width": "100%"}}
        upload = widgets.FileUpload(
            accept=".json,.zip", multiple=True, description="Add files", layout={"width": "12em"}
        )
        folder = widgets.Text(placeholder="or the path of a folder (for more than 10 MB)", **look)
        read = widgets.Button(description="Read folder", icon="folder-open")
        clear = widgets.Button(description="Clear", icon="trash")
        job = widgets.Dropdown(description="job", **look)
        machine = widgets.Dropdown(description="stand out", **look)
        names = widgets.Checkbox(
            False, description="show names of files and machines", indent=False
        )
        upload.observe(lambda _: self._take(), "value")
        read.on_click(lambda _: self._read(folder.value))
        clear.on_click(lambda _: self.clear())
        self.controls = {
            "upload": upload, "folder": folder, "read": read, "clear": clear, "job": job,
            "machine": machine, "names": names,
        }  # fmt: skip
        for control in (job, machine, names):
            control.observe(lambda _: self._draw(), "value")
        self._note = widgets.HTML()
        self.box = widgets.VBox([
            widgets.HBox([upload, folder, read, clear], layout=WRAP),
            widgets.HBox([job, machine, names], layout=WRAP),
            self._note,
        ])  # fmt: skip
        self._drawing = False  # not before the board is displayed, and not between two changes
        self._offer()

    # --- what comes in

    def read_folder(self, folder: str | Path) -> None:
        """Add every result file of a folder and of the folders in it, also in zip files.

        Raises:
            LabError: there is no such folder, or it cannot be read.
        """
        there = records.existing_folder(folder)
        saved = records.saved(there, spans=False)
        self._add(saved.results, saved.refused)
        for path in sorted([*there.glob("*.zip"), *there.glob("*/*.zip")]):
            self.add({path.relative_to(there).as_posix(): read_file(path)})

    def add_saved(self) -> None:
        """Add what this reader has saved; nothing at all is fine."""
        saved = records.saved(spans=False)
        self._add(saved.results, saved.refused)

    def add(self, files: dict[str, bytes]) -> None:
        """Add files, given as a dict from name to content: single results, or zip files of some."""
        results: dict[str, Result] = {}
        refused: dict[str, str] = {}
        for name, content in files.items():
            name = _line(name, 80)
            for inside, result in results_of(name, bytes(content), refused):
                own = inside if inside == name else f"{name}/{inside}"  # many may hold an a.json
                results[own] = records.without_spans(result)
        self._add(results, refused)

    def clear(self) -> None:
        """Take everything off the board."""
        self._results, self.refused = {}, {}
        self._add({}, {})

    def _take(self):
        if files := uploaded(self.controls["upload"]):
            self.add(files)
            emptied(self.controls["upload"])

    def _add(self, results, refused):
        for name, result in results.items():
            free, n = name, 2  # two readers may bring files of one name
            while self._results.get(free, result) != result:
                free, n = f"{name} ({n})", n + 1
            self._results[free] = result
        self.refused.update(refused)
        self.entries = board.entries(self._results)
        self._offer()
        self._draw()

    def _read(self, folder):
        try:
            self.read_folder(folder)
        except LabError as error:
            self._say(str(error))

    # --- what is seen

    def _say(self, text):
        self.said = text
        self._note.value = f'<span role="status">{escape(text)}</span>'

    def _offer(self):
        job, machine = self.controls["job"], self.controls["machine"]
        drawing, self._drawing = self._drawing, False
        was, names = job.value, board.jobs(self.entries)
        job.options = names
        if names:
            job.value = was if was in names else names[0]
        numbers = sorted({entry.number for entry in self.entries})
        machine.options = [("nobody", _NOBODY), *((f"machine {n}", n) for n in numbers)]
        machine.value = _NOBODY
        self._drawing = drawing

    @property
    def shown_entries(self) -> list[board.Entry]:
        """The entries of the chosen job."""
        job = self.controls["job"].value
        return [entry for entry in self.entries if entry.result.job == job]

    @property
    def charts(self) -> Chart:
        """The charts of the chosen job, with the machine that stands out."""
        job, machine = self.controls["job"].value, self.controls["machine"].value
        return plot_board(self.shown_entries, job=job or "", highlight=machine or None)

    def _draw(self):
        if not self._drawing:
            return
        lines = self.lines()
        self._picture.update(self.charts, paragraphs(lines), "\n".join(lines))
        said = f"{counted(len(self.entries), 'result')} on the board, {len(self.refused):,} refused"
        left_out = len(self._results) - len(self.entries)
        if left_out:
            said += f", {left_out:,} left out: the same as another, or without a finished round"
        self._say(said)

    def lines(self) -> list[str]:
        """Return what stands below the chart: outliers with their machine, and refused files."""
        said, here = [], self.shown_entries
        n_busy = sum(entry.result.is_busy for entry in here)
        if n_busy:
            n = f"{n_busy:,} of {counted(len(here), 'result')}"
            said.append(f"{n} came while other programs kept the machine busy, and say little.")
        if n_busy < len(here):
            said.append(board.chosen(here))
        far, refused = board.outliers(here), list(self.refused.items())
        said += [self._outlier(*row) for row in far[:_TOLD]]
        number = self.controls["machine"].value
        chosen = [entry for entry in self.entries if entry.number == number]
        said += [f"Machine {number}: {self._card(entry)}." for entry in chosen[:1]]
        said += [self._refusal(*row) for row in refused[:_TOLD]]
        for name, rows in (("outliers", far), ("refused files", refused)):
            if len(rows) > _TOLD:
                said.append(f"And {len(rows) - _TOLD:,} more {name}.")
        return said

    def _outlier(self, entry, family, speed_up, like):
        result, cores = entry.result, counted(entry.n_cores[family], "core")
        busy = ""
        if result.is_busy:
            busy = f" Other programs left a thread {result.capacity.core_share:.2f} of a core."
        return (
            f"Machine {entry.number} is far from its like: {family} {speed_up:.2f}× on {cores}, "
            f"where {like}. It did this: {_line(result.title, 80)}.{busy} {self._card(entry)}."
        )

    def _refusal(self, name, reason):
        folder = f" ({_line(name, 80)})" if self.controls["names"].value and "/" in name else ""
        return f"Refused: {reason}{folder}"

    def _card(self, entry):
        """Return the facts of a machine in one line; by what others could know it, when asked."""
        m = entry.result.machine
        build = "free-threaded" if m.free_threaded else "default"
        told = [
            f"{m.implementation} {m.python}, {build} build",
            f"lock {'on' if m.gil else 'off'}",
            f"{m.usable_cpus:g} of {counted(m.n_cpus, 'CPU')} usable",
            f"memory {memory(m.memory_bytes)}",
            f"processes started by {m.default_start_method}",
        ]
        if self.controls["names"].value:
            told += [m.cpu, m.system, f"file {shown(entry.name, 80)}"]
        return _line("; ".join(told))

    def __repr__(self) -> str:
        return f"ClassBoard: {len(self.entries)} results, {len(self.refused)} files refused"

    def _ipython_display_(self):
        display_widget(self.box, f"{self!r}: open this notebook in JupyterLab to use it")
        self._picture = Picture()
        self._picture.place("The board comes here.")
        self._drawing = True
        self._draw()


def _line(text, n_letters=500):
    """Return a text without line ends, cut where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= n_letters else text[: n_letters - 1] + "…"
