"""Measure, explain and draw how parallel Python really runs.

Importing this package loads nothing else: each part is imported by its own name, so that
a worker process pays only for the part that it needs.
"""

__version__ = "0.1.0"
