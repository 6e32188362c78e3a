"""A notebook that shows what it is given to a list."""

import pytest

from helpers.cells import controls, picture, progress


class Shown:
    """Stands in for IPython: keeps what is displayed, in order."""

    def __init__(self, data, metadata=None, **options):
        self.all = [data]
        self.metadata = metadata
        self.options = options

    def update(self, data, metadata=None, **options):
        self.all.append(data)
        self.metadata = metadata


@pytest.fixture
def displays(monkeypatch):
    """Return the list of what a notebook would show: one ``Shown`` for each display."""
    shown = []

    def display(data, **options):
        shown.append(Shown(data, **options))
        return shown[-1]

    monkeypatch.setattr(picture, "display", display)
    monkeypatch.setattr(controls, "display", display)
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    return shown


@pytest.fixture(autouse=True)
def in_a_moment(quick_capacity):
    """Cells look at the machine often."""
