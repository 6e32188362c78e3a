"""Timing: scaling experiments, timelines and the share of time that the lock is held."""
