"""Notebook 01: threads that take turns, recorded and simulated."""
