"""What stands between a hostile room and the class: sizes, hosts, origins, and how often."""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from ..errors import one_line

MOST_BYTES = {"/api/result": 2_000_000, "/api/file": 5_000_000}  # of a body; of any other:
_MOST_BYTES = 20_000
# Of one address, which a whole class may share:
_PER_S, _BURST = 100.0, 500.0  # requests
_NEW_PER_S, _NEW_BURST = 0.05, 120.0  # learners and questions that it adds
_MOST_CONNECTIONS = 150  # at once
_IDLE_S = 10.0  # a connection in which nothing is asked in twice that time is closed
_BODY_S = 10.0  # in which what is sent must have come
_WRONG_PER_S, _WRONG_BURST = 1.0, 20.0  # wrong codes and secrets of all addresses together
_MOST_ADDRESSES = 10_000
_QUIET_S = 10.0  # a line of the log is not said again for so long
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
App = Callable[[Any, Any, Any], Awaitable[None]]


class Log:
    """Lines for the teacher: each is told once in ten seconds, however often it comes."""

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self.lines: deque[str] = deque(maxlen=30)
        self.n_lines = 0
        self._told_s: dict[str, float] = {}
        self._unsaid: Counter[str] = Counter()
        self._say = say or (lambda line: print(line, file=sys.stderr, flush=True))

    def __call__(self, line: str) -> None:
        """Tell a line, in one line, unless it was told a moment ago."""
        line, now = one_line(line, 200), time.monotonic()
        if now - self._told_s.get(line, -_QUIET_S) < _QUIET_S:
            self._unsaid[line] += 1
            return
        if len(self._told_s) > 1000:
            self._told_s.clear()
        self._told_s[line] = now
        more = self._unsaid.pop(line, 0)
        told = f"{time.strftime('%H:%M:%S')} {line}{f' ({more:,} times more)' if more else ''}"
        self.lines.append(told)
        self.n_lines += 1
        self._say(told)


class Bucket:
    """So many at once, and so many a second after that."""

    def __init__(self, per_s: float, burst: float) -> None:
        self.per_s, self.burst = per_s, burst
        self._left, self._at_s = burst, time.monotonic()

    def take(self) -> bool:
        """Return whether there is one more."""
        now = time.monotonic()
        self._left = min(self.burst, self._left + self.per_s * (now - self._at_s))
        self._at_s = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Buckets:
    """One for each address."""

    def __init__(self, per_s: float, burst: float) -> None:
        self._rate = per_s, burst
        self._of: dict[str, Bucket] = {}

    def take(self, address: str) -> bool:
        """Return whether an address has one more."""
        if len(self._of) > _MOST_ADDRESSES:
            self._of.clear()
        return self._of.setdefault(address, Bucket(*self._rate)).take()


class Refused(Exception):
    """A request that is not served: its status, and why, in one line."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Guard:
    """An ASGI application that lets through what a class sends, and refuses the rest in one line.

    ``hosts`` are the names that this server has; a page of any other name, or one that has another
    origin, is refused, so that no other site can act for a visitor.
    """

    def __init__(self, app: App, hosts: Collection[str], log: Log) -> None:
        self._app, self._hosts, self._log = app, {host.lower() for host in hosts}, log
        self._requests = Buckets(_PER_S, _BURST)
        self._new = Buckets(_NEW_PER_S, _NEW_BURST)
        self._wrong = Bucket(_WRONG_PER_S, _WRONG_BURST)

    def may_try(self) -> bool:
        """Return whether one more wrong code, or secret, is answered at once."""
        return self._wrong.take()

    def check_new(self, address: str) -> None:
        """Raise Refused where an address adds one more learner or question than it may."""
        if not self._new.take(address):
            raise Refused(429, "too many new learners and questions come from there")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send) if scope["type"] == "lifespan" else None
        try:
            self._check(scope)
            body = await _in_time(_whole(receive, MOST_BYTES.get(scope["path"], _MOST_BYTES)))
        except Refused as refused:
            self._log(f"refused {_where(scope)}: {refused.why}")
            return await _answer(send, refused)
        return await self._app(scope, _given(body), _with_headers(send))

    def _check(self, scope):
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            raise Refused(421, "it asks for a server of another name")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            raise Refused(403, "it comes from a page of another address")
        if scope["method"] not in ("GET", "POST"):
            raise Refused(405, "only GET and POST are served")
        if scope["method"] == "POST" and headers.get("content-type") != "application/json":
            raise Refused(415, "what is sent to a class is JSON")
        if not self._requests.take((scope.get("client") or ("",))[0]):
            raise Refused(429, "too many requests")


def _name(host):
    """Return the name in a Host header, without the port."""
    return host.rpartition(":")[0].lower() if host[-1:] != "]" and ":" in host else host.lower()


def _where(scope):
    return f"{(scope.get('client') or ('somebody',))[0]} {scope['method']} {scope['path'][:40]!a}"


async def _in_time(coming):
    try:
        async with asyncio.timeout(_BODY_S):
            return await coming
    except TimeoutError:
        raise Refused(408, f"it took longer than {_BODY_S:g} s to come") from None


async def _whole(receive, most):
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400, "it was broken off")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise Refused(413, f"it is larger than {most:,} bytes")
        more = message.get("more_body", False)
    return b"".join(parts)


def _given(body):
    """Return what gives a body that was read already."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _with_headers(send):
    added = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]

    async def sending(message):
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *added]}
        await send(message)

    return sending


async def _answer(send, refused):
    body = json.dumps({"error": refused.why}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    start = {"type": "http.response.start", "status": refused.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})


def limited_connections(log: Log) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol, which closes what asks nothing, and what one address has too many.

    Without it, a few hundred connections that send nothing would keep everybody else out.
    """
    from uvicorn.protocols.http.h11_impl import H11Protocol

    n_open: Counter[str] = Counter()

    class Limited(H11Protocol):
        def connection_made(self, transport):
            super().connection_made(transport)
            self._address = (self.client or ("",))[0]
            self._asked = self._next_look = None
            n_open[self._address] += 1
            if n_open[self._address] > _MOST_CONNECTIONS:
                log(f"refused {self._address}: more than {_MOST_CONNECTIONS} connections at once")
                transport.abort()
            else:
                self._next_look = self.loop.call_later(_IDLE_S, self._look)

        def _look(self):
            answered = self.cycle is None or self.cycle.response_complete
            if answered and self.cycle is self._asked:
                self.transport.abort()
                return
            self._asked = self.cycle
            self._next_look = self.loop.call_later(_IDLE_S, self._look)

        def connection_lost(self, exc):
            n_open[self._address] -= 1
            if self._next_look is not None:
                self._next_look.cancel()
            super().connection_lost(exc)

    return Limited
