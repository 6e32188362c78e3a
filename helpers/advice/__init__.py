"""Notebook 11: the verdict on a function of your own."""
