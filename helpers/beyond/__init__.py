"""Notebook 10: several servers, several machines."""
