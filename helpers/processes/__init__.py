"""Notebooks 02 and 05: what a process costs, and what copying does."""
