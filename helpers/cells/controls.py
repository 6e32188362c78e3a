"""How the controls of labs and predictions look, and how a widget gets into its cell."""

from typing import Any

from IPython.display import display

from . import progress

VIEW = "application/vnd.jupyter.widget-view+json"
LOOK: dict[str, Any] = {  # of a slider or a menu
    "style": {"description_width": "8em"},
    "layout": {"width": "32em", "max_width": "100%"},
}
WRAP = {"flex_flow": "row wrap"}  # of controls side by side, where a window is narrow


def display_widget(widget: Any, text: str) -> None:
    """Display a widget, with ``text`` for where widgets cannot be shown (a printed page)."""
    if not progress.in_notebook():
        print(text)
        return
    display({VIEW: widget.get_view_spec(), "text/plain": text}, raw=True)  # in ipywidgets 7, too


def uploaded(upload: Any) -> dict[str, bytes]:
    """Return what came in by a ``FileUpload`` of ipywidgets 7 or 8: a dict from name to content."""
    files = upload.value
    if isinstance(files, dict):  # as 7 has it
        files = [{"name": name, **file} for name, file in files.items()]
    return {file["name"]: bytes(file["content"]) for file in files}


def emptied(upload: Any) -> None:
    """Make a ``FileUpload`` ready for the next file, or for the same once more."""
    upload.set_trait("value", type(upload.value)())  # 7 allows it no other way
