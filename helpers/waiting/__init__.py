"""Notebook 04: waiting overlaps."""
