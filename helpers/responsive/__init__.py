"""Notebook 07: staying responsive."""
