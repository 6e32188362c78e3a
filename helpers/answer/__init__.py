"""Notebook 12: the report, the decision chart, the class board."""
