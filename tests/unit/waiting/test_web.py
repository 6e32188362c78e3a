"""The web server of this machine and its client: what is answered, and every bad ending."""

import asyncio
import socket
import threading

import psutil
import pytest

from helpers.core.scaling import Experiment
from helpers.jobs.places import load_places
from helpers.waiting.web import (
    HOST,
    described,
    fetch_all,
    fetch_async,
    open_async_client,
    open_client,
    web_job,
)
from helpers.waiting.web_server import WebServer
from tests.unit.refusals import refusal
from tests.unit.sample_jobs import runs_of

LIMIT_S = 0.3


@pytest.fixture(scope="module")
def server():
    with WebServer(latency_s=0.01, spread_s=0.005) as running:
        yield running


@pytest.fixture(scope="module")
def silent_server():
    """A server whose answers never come, as far as a test can wait."""
    with WebServer(latency_s=3600, spread_s=0) as running:
        yield running


@pytest.fixture
def closed_port():
    with socket.create_server((HOST, 0)) as listening:
        port = listening.getsockname()[1]
    return f"http://{HOST}:{port}/places/0"


def async_fetch(address, limit_s=LIMIT_S):
    """Do as ``fetch``, with asyncio."""

    async def main():
        async with open_async_client(limit_s) as client:
            return await fetch_async(client, address)

    return asyncio.run(main())


def sync_fetch(address, limit_s=LIMIT_S):
    return fetch_all([address], limit_s)[0]


both = pytest.mark.parametrize("ask", [sync_fetch, async_fetch])


# --- what is answered


@both
def test_each_address_is_answered_by_its_place(server, ask):
    places = load_places()
    for number, address in enumerate(server.addresses(3)):
        assert ask(address, 60) == described(places[number])


def test_a_connection_is_kept_for_the_next_request(server):
    with open_client() as client:
        ports = set()
        for address in server.addresses(3):
            response = client.get(address)
            stream = response.extensions["network_stream"]
            ports.add(stream.get_extra_info("client_addr"))
    assert len(ports) == 1


def test_a_hundred_wait_at_once(server):

    async def main():
        async with open_async_client(60, n_connections=100) as client:
            return await asyncio.gather(
                *(fetch_async(client, address) for address in server.addresses(100))
            )

    assert len(asyncio.run(main())) == 100


def test_proxies_of_the_environment_are_not_used(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{HOST}:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert sync_fetch(server.addresses(1)[0], 60) == async_fetch(server.addresses(1)[0], 60)


def test_it_is_a_job_for_any_kind_of_pool(server):
    job = web_job(server.addresses(32))
    plan = Experiment(job, ["threads", "processes"], worker_counts=(2,), rounds=1)
    runs = list(runs_of(plan))
    assert {run.kind for run in runs} == {"serial", "threads", "processes"}


# --- bad endings


@both
def test_a_closed_port(closed_port, ask):
    assert "nobody answers at" in refusal(ask, closed_port, 60)


@both
def test_a_response_that_never_comes(silent_server, ask):
    assert "must begin within 0.3 s" in refusal(ask, silent_server.addresses(1)[0])


@both
def test_an_address_that_is_elsewhere_is_never_asked(ask):
    assert "this machine alone" in refusal(ask, "http://example.org/")


@pytest.mark.parametrize("address", [None, 7, "https://127.0.0.1:1/", "127.0.0.1"])
def test_what_is_no_address_of_this_machine(address):
    assert "this machine alone" in refusal(sync_fetch, address)


@both
@pytest.mark.parametrize("path", ["/", "/places/", "/places/-1", "/places/99999999", "/x/1"])
def test_what_the_server_does_not_have(server, ask, path):
    assert "answers 404" in refusal(ask, f"http://{HOST}:{server.port}{path}", 60)


@both
def test_a_server_that_dies_while_it_is_asked(ask):
    with WebServer(latency_s=3600, spread_s=0) as server:
        [process] = server._pool._processes.values()
        timer = threading.Timer(0.5, process.kill)
        timer.start()
        said = refusal(ask, server.addresses(1)[0], 100)
        timer.join()
    assert "broke off" in said or "nobody answers" in said


@both
@pytest.mark.parametrize(
    "answer",
    [b"no HTTP at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort",
     b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{,}"],
    ids=["nonsense", "cut short", "no JSON"],
)  # fmt: skip
def test_an_answer_that_is_damaged(ask, answer):
    with socket.create_server((HOST, 0)) as listening:

        def reply():
            connection, _ = listening.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(answer)

        thread = threading.Thread(target=reply)
        thread.start()
        said = refusal(ask, f"http://{HOST}:{listening.getsockname()[1]}/", 10)
        thread.join()
    assert "broke off" in said


# --- the server's own end


def test_its_process_ends_with_the_with():
    with WebServer() as server:
        [pid] = server._pool._processes
        address = server.addresses(1)[0]
    assert not psutil.pid_exists(pid)
    assert "nobody answers" in refusal(sync_fetch, address, 10)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_its_process_ends_when_the_with_ends_by_an_error(error):
    with pytest.raises(error), WebServer() as server:
        [pid] = server._pool._processes
        raise error
    assert not psutil.pid_exists(pid)


def test_it_runs_from_start_to_stop():
    server = WebServer(0.001, 0)
    assert server.start() is server.start() is server
    [pid] = server._pool._processes
    assert sync_fetch(server.addresses(1)[0], 10)["name"] == "Shanghai"
    server.stop(), server.stop()
    assert not psutil.pid_exists(pid)


def test_it_can_begin_again():
    server = WebServer(0.001, 0)
    for _ in range(2):
        with server:
            assert sync_fetch(server.addresses(1)[0], 10)["name"] == "Shanghai"


@pytest.mark.parametrize("options", [
    {"latency_s": -1}, {"latency_s": "fast"}, {"latency_s": 1e9}, {"latency_s": True},
    {"latency_s": float("nan")}, {"latency_s": 0.01, "spread_s": 0.02}, {"spread_s": None},
])  # fmt: skip
def test_a_latency_that_cannot_be(options):
    assert "_s must be a number from 0 to" in refusal(WebServer, **options)


@pytest.mark.parametrize("n", [0, -1, 1.5, True, 10**6, "3"])
def test_a_number_of_addresses_that_it_does_not_have(server, n):
    assert "try 20" in refusal(server.addresses, n)


def test_before_it_has_begun_it_has_no_address():
    assert "start it" in refusal(WebServer().addresses, 1)
    assert "not begun" in repr(WebServer())
