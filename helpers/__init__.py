"""Measure, explain and draw how parallel Python really runs.

Importing this package loads nothing else: each part is imported by its own name, so that
a worker process pays only for the part that it needs.
"""

__version__ = "0.1.0"


def load_ipython_extension(ipython):
    """Give IPython ``%%will_it_thread`` and ``%scaling``, for ``%load_ext helpers``."""
    from .shell.magics import LabMagics

    ipython.register_magics(LabMagics)


def unload_ipython_extension(ipython):
    """Take them away again, for ``%unload_ext helpers``."""
    magics = ipython.magics_manager
    magics.magics["cell"].pop("will_it_thread", None)
    magics.magics["line"].pop("scaling", None)
    magics.registry.pop("LabMagics", None)
