"""Notebook 03: for what share of a call the GIL is held."""
