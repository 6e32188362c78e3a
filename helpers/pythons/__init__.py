"""Notebook 09: other Pythons, with and without the GIL."""
