"""What tests of several rooms need: programs that stand in for a Python, and nothing left of them.

Generated examples have no deadline: that a machine is busy is no fault of what is tested.
"""

import pytest
from hypothesis import settings

from tests.kernels import eventually
from tests.processes import come_from, started_as

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def program(tmp_path):
    """A function that writes a shell script and returns its path; see ``shell_scripts``."""

    def write(script, name="python3"):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    return write


@pytest.fixture
def nothing_stays():
    """Compare the processes that come from this one afterwards with those from before.

    Python's own two servants of multiprocessing may stay.
    """
    before = come_from()
    yield

    def left():
        return [text for text in map(started_as, come_from() - before) if "import main" not in text]

    assert eventually(lambda: not left()), left()
