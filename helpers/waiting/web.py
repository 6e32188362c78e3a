"""Web requests to a server on this machine: what the server's process runs, and the client.

The client is httpx, one library for threads and for asyncio. A worker imports this module, so
it imports only what is light; httpx comes with the first client.
"""

import contextlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import httpx

    from ..core.job import Job
    from ..jobs.places import Place

HOST = "127.0.0.1"  # the loopback: what is sent there never leaves this machine
LIMIT_S = 5.0
_STACK_BYTES = 1 << 19
_TAKE = "take an address from the server, as in server.addresses(5)"


# --- The server, in a process of its own ------------------------------------------------


def serve(latency_s: float, spread_s: float) -> int:
    """Begin to answer requests, in threads of this process, and return the port.

    ``/places/7`` is answered by the place number 7 as JSON, after a wait between ``latency_s -
    spread_s`` and ``latency_s + spread_s`` seconds that depends on the number alone. Each
    connection has a thread, which sleeps meanwhile, so hundreds can wait at once.
    """
    import sys
    import threading
    from http.server import ThreadingHTTPServer

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 1024

        def handle_error(self, *what):
            if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that gave up
                super().handle_error(*what)

    # Hundreds of threads with the usual 8 MB each are more than a small container's limit allows.
    threading.stack_size(_STACK_BYTES)
    server = Server((HOST, 0), _handler(latency_s, spread_s))  # the system chooses a free port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def _handler(latency_s, spread_s):
    """Return the class that answers a request."""
    import json
    import random
    import time
    from http.server import BaseHTTPRequestHandler

    from ..jobs.places import load_places

    places = load_places()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # a connection is kept for the next request
        wbufsize = -1  # head and body leave together
        disable_nagle_algorithm = True  # at once

        def do_GET(self):
            folder, _, number = self.path.rpartition("/")
            if folder != "/places" or not number.isdecimal() or int(number) >= len(places):
                self.send_error(404)
                return
            number = int(number)
            time.sleep(random.Random(number).uniform(latency_s - spread_s, latency_s + spread_s))
            body = json.dumps(described(places[number])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *what):
            pass

    return Handler


def described(place: "Place") -> "dict[str, Any]":
    """Return what the server says about a ``Place``."""
    return {"name": place.name, "country": place.country, "population": place.population}


# --- The client -------------------------------------------------------------------------


def open_client(limit_s: float = LIMIT_S) -> "httpx.Client":
    """Return a client for requests to this machine, of which each part may take ``limit_s``.

    What the environment says about proxies is not heeded. Threads get a client each: all
    connections of a client are looked through, under a lock, at every request.
    """
    return _client("Client", limit_s, 1)


def open_async_client(limit_s: float = LIMIT_S, n_connections: int = 1) -> "httpx.AsyncClient":
    """Return the same for asyncio, with so many connections."""
    return _client("AsyncClient", limit_s, n_connections)


def _client(kind, limit_s, n_connections):
    import ssl

    import httpx

    return getattr(httpx, kind)(
        trust_env=False,
        # Nothing is encrypted on the way to this machine. Certificates take long to load.
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        timeout=limit_s,
        limits=httpx.Limits(max_connections=n_connections, max_keepalive_connections=n_connections),
    )


def fetch(client: "httpx.Client", address: str) -> "dict[str, Any]":
    """Return what the server says, from an ``httpx.Client``.

    Raises:
        LabError: the address is not on this machine, nobody answers there, the server ends
            in the middle or is silent for longer than the client's limit, or it refuses.
    """
    with _told_in_a_line(client, address):
        return _content(client.get(address))


async def fetch_async(client: "httpx.AsyncClient", address: str) -> "dict[str, Any]":
    """Return the same from an ``httpx.AsyncClient``."""
    with _told_in_a_line(client, address):
        return _content(await client.get(address))


def fetch_all(addresses: list[str], limit_s: float = LIMIT_S) -> "list[dict[str, Any]]":
    """Return what the server says at each address, one after the other; errors as ``fetch``."""
    with open_client(limit_s) as client:
        return [fetch(client, address) for address in addresses]


def web_job(addresses: "Sequence[str]") -> "Job":
    """Return the ``Job`` of fetching all ``addresses``, for any kind of pool."""
    from ..core.job import Job

    title = f"Send {len(addresses):,} requests to a local server"
    return Job("web", title, fetch_all, list(addresses))


def _content(response):
    response.raise_for_status()  # anything but a success, a redirection too
    return response.json()


@contextlib.contextmanager
def _told_in_a_line(client, address):
    """Turn what goes wrong with a request into a LabError."""
    import httpx

    from ..errors import LabError, shown

    if not isinstance(address, str) or not address.startswith(f"http://{HOST}:"):
        raise LabError(f"requests go to this machine alone, not to {shown(address)}: {_TAKE}")
    try:
        yield
    except httpx.TimeoutException as error:
        raise LabError(
            f"an answer must begin within {client.timeout.read:g} s, and {address} was silent for "
            "longer: look at what the server does, or give the client a longer limit_s"
        ) from error
    except httpx.ConnectError as error:
        raise LabError(
            f"nobody answers at {address}: keep the requests inside the with of a running server"
        ) from error
    except httpx.HTTPStatusError as error:
        code, reason = error.response.status_code, error.response.reason_phrase
        raise LabError(f"the server answers {code} ({reason}) for {address}: {_TAKE}") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise LabError(
            f"the server at {address} broke off in the middle of an answer "
            f"({type(error).__name__}: {shown(error, 80)}): it has ended, so start it again"
        ) from error
