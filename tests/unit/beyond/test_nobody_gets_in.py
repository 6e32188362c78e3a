"""While a distributed pool is open, nobody but its owner gets anything from it."""

import asyncio
import contextlib
import os
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from helpers.beyond.moves import cluster
from helpers.beyond.servers import AppServer
from helpers.core import pools
from helpers.waiting.web_server import WebServer

pytestmark = pytest.mark.skipif(
    cluster.lacking() is not None, reason=f"Dask is not installed: {cluster.INSTALL}"
)
CHECKOUT = Path(__file__).parents[3]
NOBODY = 65534
# Has a scheduler at each address run code, with Dask's own client, as the user of that number.
INTRUDER = """
import logging, os, sys
import distributed, numpy, tornado.netutil
from distributed import Client, LocalCluster, Security
logging.disable()
def tries(address):
    # One without a key lets everybody in, sooner or later.
    options = {"timeout": 3 if address.startswith("tls") else 60, "set_as_default": False}
    for security in (None, Security.temporary()):
        try:
            with Client(address, security=security, **options) as client:
                return "as user", client.run_on_scheduler(os.getuid)
        except Exception as error:
            pass
    return ("refused",)
if __name__ == "__main__":
    with LocalCluster(1, processes=False, dashboard_address=None, protocol="tcp") as known:
        tries(known.scheduler_address)  # loads all modules, which that user may not read
    user, *addresses = sys.argv[1:]
    if int(user):
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    for address in addresses:
        print(*tries(address), flush=True)
    os._exit(0)
"""


@pytest.fixture(scope="module")
def pool():
    with pools.open_pool("distributed", 2) as pool:
        pools.start(pool, 2)
        yield pool


def listening():
    """Return {(address, port)} of what this process and those that come from it listen at."""
    me = psutil.Process()
    found = set()
    for process in [me, *me.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            for connection in process.net_connections("inet"):
                if connection.status == psutil.CONN_LISTEN:
                    found.add(tuple(connection.laddr))
    return found


@pytest.fixture(scope="module")
def doors(pool):
    """Return the addresses of Dask's own servers, and that of the pages."""
    there = listening()
    pages = {where for where in there if where[1] == urlsplit(pool.dashboard or "").port}
    assert len(there - pages) >= 5  # the scheduler, two workers, and what starts each of them
    return there - pages, pages


def test_all_of_it_is_on_the_loopback(doors):
    dask, pages = doors
    assert {host for host, _ in dask | pages} == {"127.0.0.1"}


def answer_to(where, message, context=None):
    """Return what a server says to somebody without a key; None where it refuses."""
    try:
        plain = socket.create_connection(where, timeout=30)
        with plain, context.wrap_socket(plain) if context else plain as line:
            line.sendall(message)
            return line.recv(100) or None
    except (ssl.SSLError, ConnectionError):
        return None


def test_no_server_of_dask_answers_without_the_key(doors):
    for where in doors[0]:
        assert answer_to(where, b"GET / HTTP/1.0\r\n\r\n") in (None, b"\x15\x03\x03\x00\x02\x02F")
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        assert answer_to(where, b"\0" * 100, anybody) is None


def test_a_key_of_ones_own_opens_nothing(pool, doors):
    from distributed import Security
    from distributed.comm import connect

    async def knock(address, security):
        arguments = security.get_connection_args("client")
        comm = await connect(address, timeout=2, **arguments)
        await comm.close()

    for host, port in doors[0]:
        with pytest.raises(OSError):
            asyncio.run(knock(f"tls://{host}:{port}", Security.temporary()))
        with pytest.raises((OSError, TypeError, RuntimeError)):
            asyncio.run(knock(f"tcp://{host}:{port}", Security()))


@pytest.mark.skipif(
    not hasattr(os, "setuid") or os.getuid() != 0,
    reason="only root can become another user, so that was not tried",
)
def test_another_user_is_refused_where_dask_alone_lets_everybody_in(pool, tmp_path):
    from distributed import LocalCluster

    script = tmp_path / "intruder.py"
    script.write_text(INTRUDER)
    ours = pool._connection._client.scheduler.address
    with LocalCluster(
        1, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1"
    ) as open_to_all:
        addresses = [ours, open_to_all.scheduler_address]
        command = [sys.executable, str(script), str(NOBODY), *addresses]
        done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.stdout.splitlines() == ["refused", "as user 0"], done.stderr


def test_the_files_of_it_are_its_owners_alone(pool):
    folder = Path(pool._connection._own._folder)
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0
    keys = [p for p in folder.rglob("*") if p.is_file() and b"PRIVATE KEY" in p.read_bytes()]
    assert keys == []  # they are kept in memory
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            said = [*process.cmdline(), *process.environ().values()]
            assert "PRIVATE KEY" not in " ".join(said)


def status_of(address):
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_dashboard_is_shown_to_whoever_has_its_address(pool, doors):
    if pool.dashboard is None:
        pytest.skip("bokeh is not installed, so there are no pages to be looked at")
    parts = urlsplit(pool.dashboard)
    secret = parts.path.split("/")[1]
    assert len(secret) == 32 and status_of(pool.dashboard) == 200
    root = f"http://{parts.netloc}"
    assert status_of(f"{root}/{secret}/json/counts.json") == 200
    shown = "status", "", "sitemap.json", "health", "json/counts.json", "info/main/workers.html"
    others = [f"{root}/{page}" for page in (*shown, f"{'0' * 32}/status", f"{secret[:-1]}/status")]
    assert [status_of(address) for address in others] == [404] * len(others)


def test_the_other_servers_give_everybody_on_the_machine_a_page_and_nothing_else():
    before = listening()
    with AppServer() as app, WebServer(0, 0) as web:
        there = listening() - before
        assert {where for where in there if where[1] in (app.port, web.port)} == there
        assert {host for host, _ in there} == {"127.0.0.1"}
        known = app.address("compute"), web.addresses(1)[0]
        assert [status_of(address) for address in known] == [200, 200]
        for address in known:
            root = address[: address.index("/", 8)]
            pages = "", "status", "places", "places/../../etc/passwd", "places/-1", "docs"
            assert {status_of(f"{root}/{page}") for page in pages} == {404}


def test_nothing_of_dask_stays_in_this_process():
    before, path = dict(os.environ), [*sys.path]
    with pools.open_pool("distributed", 1) as pool:
        assert pool.submit(abs, -1).result(120) == 1
        assert dict(os.environ) == before  # what is measured later has the threads that it had
        assert pool.submit(os.getenv, "OMP_NUM_THREADS").result(120) == "1"
    assert sys.path == path
