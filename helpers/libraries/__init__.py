"""Notebook 08: libraries with threads of their own."""
