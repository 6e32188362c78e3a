"""The way back of a reader's results: the file that another session gave to download."""

from html import escape
from pathlib import Path

import ipywidgets as widgets

from ..cells.controls import display_widget, emptied, uploaded
from ..core import parcel
from ..errors import LabError, shown

_TOLD = 8  # refused files that are listed


class BringBack:
    """A button for the file that "Download all as one file" gave, in this session or another.

    Its results come into ``data/results``, beside what is there. ``said`` are the lines below the
    button. Without widgets, ``read`` takes the name of the file.
    """

    def __init__(self) -> None:
        self.said: list[str] = []
        self.upload = widgets.FileUpload(
            accept=".zip,.json", multiple=True, description="Bring back", layout={"width": "12em"}
        )
        self.upload.observe(lambda _: self._take(), "value")
        self._note = widgets.HTML()
        self.box = widgets.VBox([self.upload, self._note])

    def read(self, file: str | Path) -> None:
        """Take the results of a file on this computer and print what came of them.

        Raises:
            LabError: there is no such file, or it cannot be read.
        """
        if not isinstance(file, str | Path):
            raise LabError(f"a file is named by a text or a Path, not {shown(file)}: name one")
        content = parcel.read_file(Path(file).expanduser())
        self.add({Path(file).name: content})
        print(*self.said, sep="\n")

    def add(self, files: dict[str, bytes]) -> None:
        """Take the results of files, given as a dict from name to content."""
        self.said = []
        for name, content in files.items():
            found = parcel.unpack(name, content)
            refused = list(found.refused.values())
            self.said += [str(found), *refused[:_TOLD]]
            if len(refused) > _TOLD:
                self.said.append(f"And {len(refused) - _TOLD:,} more were refused.")
            if found.kept:
                self.said.append("Run the cell above again, and all below.")
        lines = "<br>".join(map(escape, self.said))
        self._note.value = f'<span role="status">{lines}</span>'

    def _take(self):
        if files := uploaded(self.upload):
            self.add(files)
            emptied(self.upload)

    def __repr__(self) -> str:
        return "Open this notebook in JupyterLab to bring back what you downloaded elsewhere."

    def _ipython_display_(self):
        display_widget(self.box, repr(self))
