"""Notebook 06: sharing data between threads."""
