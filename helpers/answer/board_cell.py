"""The class board: many readers' result files, side by side."""

from html import escape

import ipywidgets as widgets

from ..cells.controls import WRAP, display_widget
from ..cells.picture import Picture, paragraphs
from ..core import store as records
from ..core.runs import Result
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

    Args:
        folder: a folder to read at once; None begins with an empty board.

    ``entries`` is the list of ``helpers.answer.board.Entry``, ``refused`` a dict from a file's
    name to the reason.
    """

    def __init__(self, folder=None):
        self.entries, self.refused = [], {}
        self._results = {}
        self._picture = Picture()
        look = {"layout": {"width": "24em", "max_width": "100%"}}
        self._upload = widgets.FileUpload(
            accept=".json", multiple=True, description="Add files", layout={"width": "12em"}
        )
        self._folder = widgets.Text(
            placeholder="or the path of a folder (for more than 10 MB)", **look
        )
        self._read = widgets.Button(description="Read folder", icon="folder-open")
        self._clear = widgets.Button(description="Clear", icon="trash")
        self._job = widgets.Dropdown(description="job", **look)
        self._machine = widgets.Dropdown(description="stand out", **look)
        self._names = widgets.Checkbox(False, description="show names of files and machines",
                                       indent=False)  # fmt: skip
        self._note = widgets.HTML()
        self._upload.observe(lambda change: self._take(change["new"]), "value")
        self._read.on_click(lambda _: self._say_errors(self.read_folder, self._folder.value))
        self._clear.on_click(lambda _: self.clear())
        for control in (self._job, self._machine, self._names):
            control.observe(lambda _: self._draw(), "value")
        self.box = widgets.VBox([
            widgets.HBox([self._upload, self._folder, self._read, self._clear], layout=WRAP),
            widgets.HBox([self._job, self._machine, self._names], layout=WRAP),
            self._note,
        ])  # fmt: skip
        self._drawing = False  # not before the board is displayed, and not between two changes
        self._offer()
        if folder is not None:
            self.read_folder(folder)

    # --- what comes in

    def read_folder(self, folder):
        """Add every result file of a folder and of the folders in it.

        Raises:
            LabError: there is no such folder, or it cannot be read.
        """
        folder = records.existing_folder(folder)
        saved = records.saved(folder, spans=False)
        self._add(saved.results, saved.refused)

    def add_saved(self):
        """Add what this reader has saved; nothing at all is fine."""
        saved = records.saved(spans=False)
        self._add(saved.results, saved.refused)

    def add(self, files):
        """Add files, given as a dict from name to bytes."""
        results, refused = {}, {}
        for name, content in files.items():
            name = shown_line(name, 80)
            try:
                result = records.parse_as(Result, bytes(content), name)
                results[name] = records.without_spans(result)
            except LabError as error:
                refused[name] = str(error)
        self._add(results, refused)

    def clear(self):
        """Take everything off the board."""
        self.entries, self._results, self.refused = [], {}, {}
        self._add({}, {})

    def _take(self, uploaded):
        if uploaded:
            self.add({file["name"]: file["content"] for file in uploaded})
            self._upload.value = ()

    def _add(self, results, refused):
        for name, result in results.items():
            self._results[self._free_name(name, result)] = result
        self.refused.update(refused)
        self.entries = board.entries(self._results)
        self._offer()
        self._draw()

    def _free_name(self, name, result):
        """Return a name that no other result has: two readers may bring files of one name."""
        free, n = name, 2
        while free in self._results and self._results[free] != result:
            free, n = f"{name} ({n})", n + 1
        return free

    def _say_errors(self, call, *arguments):
        try:
            call(*arguments)
        except LabError as error:
            self._note.value = f'<span role="status">{escape(str(error))}</span>'

    # --- what is seen

    def _offer(self):
        drawing, self._drawing = self._drawing, False
        was = self._job.value
        names = board.jobs(self.entries)
        self._job.options = names
        if names:
            self._job.value = was if was in names else names[0]
        numbers = sorted({entry.number for entry in self.entries})
        self._machine.options = [("nobody", _NOBODY), *((f"machine {n}", n) for n in numbers)]
        self._machine.value = _NOBODY
        self._drawing = drawing

    @property
    def _highlight(self):
        """The number of the machine that stands out, None where none does."""
        return self._machine.value or None

    @property
    def shown_entries(self):
        """The entries of the chosen job."""
        return [entry for entry in self.entries if entry.job == self._job.value]

    def _draw(self):
        if not self._drawing:
            return
        found = self.shown_entries
        charts = plot_board(found, job=self._job.value or "", highlight=self._highlight)
        lines = self.lines()
        self._picture.update(charts, paragraphs(lines), "\n".join(lines))
        note = f"{counted(len(self.entries), 'result')} on the board, {len(self.refused):,} refused"
        left_out = len(self._results) - len(self.entries)
        if left_out:
            note += f", {left_out:,} left out: the same as another, or without a finished round"
        self._note.value = f'<span role="status">{note}</span>'

    def lines(self):
        """Return what stands below the chart: outliers with their machine, and refused files."""
        said = []
        n_busy = sum(entry.busy for entry in self.shown_entries)
        if n_busy:
            said.append(
                f"{n_busy:,} of {counted(len(self.shown_entries), 'result')} came while other "
                "programs kept the machine busy, and say little."
            )
        far = board.outliers(self.shown_entries)
        for entry, family, speed_up, like in far[:_TOLD]:
            cores = counted(entry.n_cores[family], "core")
            said.append(
                f"Machine {entry.number} is far from its like: {family} {speed_up:.2f}× on "
                f"{cores}, where {like}. {_circumstances(entry)} {self._card(entry)}."
            )
        if self._highlight is not None:
            one = next((e for e in self.entries if e.number == self._highlight), None)
            if one is not None:
                said.append(f"Machine {one.number}: {self._card(one)}.")
        for name, reason in list(self.refused.items())[:_TOLD]:
            folder = f" ({shown_line(name, 80)})" if self._names.value and "/" in name else ""
            said.append(f"Refused: {reason}{folder}")
        for name, rest in (("outliers", far), ("refused files", self.refused)):
            if len(rest) > _TOLD:
                said.append(f"And {len(rest) - _TOLD:,} more {name}.")
        return said

    def _card(self, entry):
        """Return the facts of a machine in one line; by what others could know it, when asked."""
        m = entry.machine
        build = "free-threaded" if m.free_threaded else "default"
        told = [
            f"{m.implementation} {m.python}, {build} build",
            f"lock {'on' if m.gil else 'off'}",
            f"{m.usable_cpus:g} of {counted(m.n_cpus, 'CPU')} usable",
            f"memory {memory(m.memory_bytes)}",
            f"processes started by {m.default_start_method}",
        ]
        if self._names.value:
            told += [m.cpu, m.system, f"file {shown(entry.name, 80)}"]
        return shown_line("; ".join(told))

    def __repr__(self):
        return f"ClassBoard: {len(self.entries)} results, {len(self.refused)} files refused"

    def _ipython_display_(self):
        display_widget(self.box, f"{self!r}: open this notebook in JupyterLab to use it")
        self._picture = Picture()
        self._picture.place("The board comes here.")
        self._drawing = True
        self._draw()


def _circumstances(entry):
    """Return the job with its size, and whether other programs disturbed, for an outlier."""
    said = f"It did this: {shown_line(entry.title, 80)}."
    if entry.busy:
        said += f" Other programs left a thread {entry.core_share:.2f} of a core."
    return said


def shown_line(text, n_letters=500):
    """Return a text without line ends, cut where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= n_letters else text[: n_letters - 1] + "…"
