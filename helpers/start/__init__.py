"""Notebook 00: its checks."""
