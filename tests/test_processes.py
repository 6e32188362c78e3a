"""What tests ask of other processes has an answer when these have ended as well."""

import subprocess
import sys

import psutil

from tests.kernels import eventually
from tests.processes import has_ended, started_as


def test_a_process_that_has_ended_is_no_error() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as program:
        process = psutil.Process(program.pid)
        assert started_as(process).endswith("-c input()") and not has_ended(process)
        program.kill()
        assert eventually(lambda: has_ended(process))  # it has not been reaped yet
        assert started_as(process) == ""
    assert has_ended(process) and started_as(process) == ""
