"""The check before a class ends in one line: ready, or what to do."""

import importlib.metadata
import socket
import sys

import pytest

from helpers.__main__ import main
from helpers.core import store as records
from helpers.shell import ready as readiness


@pytest.fixture
def good(tmp_path, monkeypatch):
    """A computer on which all is well, whatever is true of this one."""
    monkeypatch.setattr(records, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: ["numpy>=2"])
    monkeypatch.setattr(readiness, "_workers", list)  # what starts one is tested below


def test_a_worker_is_started_and_is_another_process():
    assert readiness._workers() == []


def test_ready_is_one_line_with_the_cpus(good, capsys, monkeypatch):
    monkeypatch.setattr("helpers.core.allowed.usable_cpus", lambda: 8.0)
    assert main(["ready"]) == 0
    assert capsys.readouterr().out == "ready (8 usable CPUs)\n"
    assert list(records.RESULTS.iterdir()) == []


def test_one_cpu_is_enough_and_said(good, monkeypatch):
    monkeypatch.setattr("helpers.core.allowed.usable_cpus", lambda: 1.0)
    assert readiness.verdict().startswith("ready (one usable CPU: ")


def refused(capsys):
    """Return the one line with which the check ends when it does not end in "ready"."""
    assert main(["ready"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    return captured.err.removeprefix("helpers: not ready: ").rstrip()


def test_an_old_python_is_named(good, capsys, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert refused(capsys).endswith(": install 3.11 or newer")


def test_missing_packages_are_named_and_those_of_extras_are_not_missed(good, capsys, monkeypatch):
    wanted = ["numpy>=2", "no-such-a>=1,<2", "no_such_b[x]>1", 'no-such-c>1; extra == "test"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: wanted)
    assert refused(capsys).startswith("no-such-a, no_such_b not installed: run make lab")


def test_helpers_without_its_installation_is_told(good, capsys, monkeypatch):
    def requires(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", requires)
    assert refused(capsys).startswith("GIL Lab is not installed in this Python: ")


def test_a_folder_that_takes_no_results_is_named(good, tmp_path, capsys, monkeypatch):
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setattr(records, "RESULTS", file / "results")
    assert "GIL_LAB_RESULTS" in refused(capsys)


def test_workers_and_ports_that_are_forbidden_are_told_together(good, capsys, monkeypatch):
    def forbidden(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.undo()
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: ["numpy>=2"])
    monkeypatch.setattr("helpers.core.pools.open_pool", forbidden)
    monkeypatch.setattr(socket, "create_server", forbidden)
    said = refused(capsys)
    assert said.startswith("no worker process could be started (PermissionError: ")
    assert "; no port of this computer is free (Permission denied): " in said
