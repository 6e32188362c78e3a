"""The work that is measured: each task is a pure function over a list."""
