"""A real CPU quota, as a container has one."""

import contextlib
import os
import uuid
from pathlib import Path

import pytest

from tests.kernels import eventually

_CGROUP = Path("/sys/fs/cgroup")
_PERIOD_US = 100_000


@contextlib.contextmanager
def group_with_quota(n_cpus):
    """Make a control group that allows so many CPUs, and give the file that processes join by.

    A process joins when its number is written there. The group is removed once it is empty; the
    test is skipped where none can be made.
    """
    version_1, version_2 = _CGROUP / "cpu", _CGROUP / "cgroup.subtree_control"
    quota_us = round(n_cpus * _PERIOD_US)
    if version_1.is_dir() and os.access(version_1, os.W_OK):
        parent, limits = version_1, {"cpu.cfs_period_us": _PERIOD_US, "cpu.cfs_quota_us": quota_us}
    elif os.access(version_2, os.W_OK) and "cpu" in version_2.read_text().split():
        parent, limits = _CGROUP, {"cpu.max": f"{quota_us} {_PERIOD_US}"}
    else:
        pytest.skip("a real CPU quota: needs Linux and a /sys/fs/cgroup that can be written to")
    folder = parent / f"gil-lab-test-{uuid.uuid4().hex}"
    folder.mkdir()
    members = folder / "cgroup.procs"
    try:
        for name, value in limits.items():
            (folder / name).write_text(str(value))
        yield members
    finally:
        assert eventually(lambda: members.read_text() == "")
        folder.rmdir()
