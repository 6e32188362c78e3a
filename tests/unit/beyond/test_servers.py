"""A server with several processes: it answers, is measured, and leaves nothing."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from helpers.beyond.moves import servers
from tests.kernels import eventually
from tests.processes import come_from, has_ended
from tests.unit.refusals import refusal

CHECKOUT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(
    servers.lacking() is not None, reason=f"uvicorn is not installed: {servers.INSTALL}"
)


def family(pid):
    """Return this process and all that come from it."""
    return {psutil.Process(pid), *come_from(pid)}


def test_its_processes_answer_and_end_with_the_with():
    with servers.AppServer(2) as server:
        processes = family(server._program.pid)
        answer = httpx.get(server.address("compute"), trust_env=False, timeout=30)
        assert answer.json()["process"] in {process.pid for process in processes}
        elsewhere = server.address("wait")[:-4]
        assert httpx.get(elsewhere, trust_env=False, timeout=30).status_code == 404
        with servers.AppServer(1) as other:
            assert other.port != server.port
    assert len(processes) >= 3
    assert eventually(lambda: all(map(has_ended, processes)))
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.address("wait"), trust_env=False)


def test_an_error_in_the_with_ends_it_too():
    with pytest.raises(ZeroDivisionError), servers.AppServer(1) as server:
        processes = family(server._program.pid)
        divmod(1, 0)
    assert eventually(lambda: all(map(has_ended, processes)))


@pytest.mark.skipif(sys.platform == "win32", reason="a process is killed otherwise on Windows")
def test_no_process_outlives_a_program_that_is_killed():
    script = (
        "import time; from helpers.beyond.servers import AppServer\n"
        "with AppServer(2) as server:\n"
        "    print(server._program.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=CHECKOUT, text=True
    )
    try:
        processes = family(int(program.stdout.readline()))
    finally:
        program.kill()
        program.wait()
        program.stdout.close()
    assert len(processes) >= 3
    assert eventually(lambda: all(map(has_ended, processes)))


def test_every_request_counts_once():
    ways = [(2, 0), (1, 4)]
    loads = servers.measure_servers(ways, n_requests=12, rounds=2)
    assert [(load.endpoint, load.n_processes, load.n_threads) for load in loads] == [
        (endpoint, *way) for endpoint in ("compute", "wait") for way in ways
    ]
    for load in loads:
        assert len(load.capacity.core_shares) == 3  # before the first round, and after each
        assert sum(load.answered) == len(load.latencies_s) == 24
        assert 1 <= len(load.answered) <= load.n_processes
        assert len(load.rates_per_s) == 2 and load.latencies_s[0] <= load.p95_s
        if load.endpoint == "wait":
            assert load.latencies_s[0] >= 0.04


@pytest.mark.parametrize("wrong", [(0,), (65,), (1.5,), (True,), ("2",), (1, -1)])
def test_numbers_out_of_their_range_are_refused(wrong):
    assert "must be a whole number from" in refusal(servers.AppServer, *wrong)


def test_options_out_of_their_range_are_refused():
    assert "n_requests" in refusal(servers.measure_servers, n_requests=0)
    assert "endpoint is one of" in refusal(servers.AppServer().address, "shout")
    assert "in its with" in refusal(servers.AppServer().address, "wait")


def test_a_server_that_does_not_begin_is_told_with_what_it_said(monkeypatch):
    monkeypatch.setattr(servers, "_ROOT", Path(os.devnull))
    monkeypatch.setattr(servers.sys, "executable", "/bin/false")
    if not Path("/bin/false").exists():
        pytest.skip("there is no program that fails at once")
    assert "must be up within" in refusal(servers.AppServer().__enter__)


def test_without_uvicorn_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(servers.importlib.util, "find_spec", lambda name: None)
    assert servers.INSTALL in refusal(servers.AppServer().__enter__)
