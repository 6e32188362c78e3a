"""The class's server: learners vote and hand in results, the teacher's page shows them.

Everything that it takes is data, read as JSON and checked; nothing is executed or unpickled. What
learners may see needs the secret they got when they joined, what the teacher does needs the key.
"""

import contextlib
import functools
import hmac
import importlib.util
import json
import os
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.machine import describe
from ..errors import LabError, shown, whole
from ..units import counted
from . import export
from .book import Book
from .guard import Guard, Log, Refused, limited_connections
from .questions import Question, catalogue, from_dict
from .short_code import read_code

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_PAGES = Path(__file__).with_name("site")
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_ANYWHERE = ("0.0.0.0", "::")
_PORT = 8642  # where it is free, and no other is asked for
_MOST_VOTES = 200  # in a file that a learner hands in
_BOARD_S = 2.0  # for so long the board of results stays as it is: it takes a while to compute
INSTALL = '.venv/bin/python -m uv pip install --editable ".[class]"'


def lacking() -> str | None:
    """Return None, or why no class can be served here."""
    missing = [name for name in ("starlette", "uvicorn") if importlib.util.find_spec(name) is None]
    if not missing:
        return None
    return f"a class needs {' and '.join(missing)}: in the project's folder run {INSTALL}"


class Wrong(LabError):
    """Whoever asks has not the code, the secret or the key."""


class Classroom:
    """The application: a ``Book``, and what may be done with it over HTTP.

    ``app`` is what a server such as uvicorn runs; ``hosts`` are the names it may be asked by.
    """

    def __init__(self, book: Book, hosts: list[str], log: Log | None = None) -> None:
        from starlette.applications import Starlette
        from starlette.routing import Route

        self.book, self.log = book, log or Log()
        for question in catalogue():
            book.ask(question)
        self._overview: tuple[int, dict[str, Any]] = (-1, {})
        self._board: tuple[int, float, list[dict[str, Any]]] = (-1, -_BOARD_S, [])
        served = {
            ("/", "GET"): _page("learner.html"),
            ("/teacher", "GET"): _page("teacher.html"),
            **{
                (f"/{name}", "GET"): _page(name)
                for name in ("class.css", "learner.js", "teacher.js")
            },
            ("/api/join", "POST"): self._join,
            ("/api/state", "GET"): self._state,
            ("/api/vote", "POST"): self._vote,
            ("/api/result", "POST"): self._result,
            ("/api/teacher", "GET"): self._teacher,
            ("/api/stage", "POST"): self._stage,
            ("/api/code", "POST"): self._code,
            ("/api/file", "POST"): self._file,
            ("/api/class.html", "GET"): self._html,
            ("/api/class.zip", "GET"): self._zip,
        }
        routes = [
            Route(path, self._told(answer), methods=[method])
            for (path, method), answer in served.items()
        ]
        self.app = self._guard = Guard(Starlette(routes=routes), hosts, self.log)

    def _told(self, answer: Callable[["Request"], Awaitable[Any]]) -> Callable[..., Any]:
        """Return an endpoint that answers with JSON, and with one line where it refuses."""
        from starlette.responses import JSONResponse, Response

        async def endpoint(request: "Request") -> "Response":
            try:
                given = await answer(request)
            except Wrong as error:
                status = 403 if self._guard.may_try() else 429
                self.log(f"refused {_address(request)}: {error}")
                return JSONResponse({"error": str(error)}, status)
            except Refused as refused:
                self.log(f"refused {_address(request)}: {refused.why}")
                return JSONResponse({"error": refused.why}, refused.status)
            except LabError as error:
                self.log(f"refused {_address(request)}: {error}")
                return JSONResponse({"error": str(error)}, 400)
            return given if isinstance(given, Response) else JSONResponse(given)

        return endpoint

    # --- learners

    async def _join(self, request):
        data = await _json(request)
        code = str(data.get("code", "")).upper().replace("-", "").replace(" ", "")
        if not hmac.compare_digest(code.encode(), self.book.code.encode()):
            raise Wrong(
                "the code of a class stands on the teacher's screen, and this is another one"
            )
        self._guard.check_new(_address(request))
        secret = self.book.join(str(data.get("name") or ""), str(data.get("same") or ""))
        return {"secret": secret, "stages": self.book.stages()}

    def _learner(self, request):
        try:
            return self.book.learner(_bearer(request))
        except LabError as error:
            raise Wrong(str(error)) from None

    async def _state(self, request):
        learner = self._learner(request)
        id, questions, stages = self.book.open, self.book.questions(), self.book.stages()
        mine = self.book.voted(learner)
        asked = {"id": id, "stage": stages[id], **questions[id].as_dict()} if id else None
        return {"open": asked, "stages": stages, "mine": mine.get(id, {}), "learner": learner}

    async def _vote(self, request):
        learner, data = self._learner(request), await _json(request)
        question = self._question(data.get("question"))
        if question.id not in self.book.questions():
            self._guard.check_new(_address(request))
        vote = self.book.vote(learner, question, data.get("answer"), self._meant(question, data))
        if self.book.voted(learner)[question.id][vote] != question.checked(data["answer"]):
            raise LabError("the first vote is closed, and yours stands: wait for the second")
        return {"vote": vote}

    def _meant(self, question, data):
        """Return which vote is meant: it may come late, when the class is at another already."""
        told = data.get("vote")
        if told == 2 and self.book.stages().get(question.id) in (None, "waiting", "first"):
            return 1  # there is no second vote yet
        return told if told in (1, 2) else None

    def _question(self, told: Any) -> Question:
        if not isinstance(told, str):
            return from_dict(told)
        known = self.book.questions()
        if told not in known:
            raise LabError(f"the class has no question {shown(told)}: load the page again")
        return known[told]

    async def _result(self, request):
        learner = self._learner(request)
        return {"kept": self.book.keep(learner, await request.body()).job}

    # --- the teacher

    def _check_key(self, request):
        if not hmac.compare_digest(_bearer(request).encode(), self.book.key.encode()):
            raise Wrong("the teacher's page has a key in its address, and this one has another")

    async def _teacher(self, request):
        from starlette.responses import Response

        self._check_key(request)
        jobs = self._jobs()
        version = f"{self.book.version}.{self.log.n_lines}.{self._board[0]}"
        if request.query_params.get("version") == version:
            return Response(status_code=204)
        if self._overview[0] != self.book.version:
            self._overview = self.book.version, export.overview(self.book)
        address = self.book.remembered("address")
        return {
            **self._overview[1],
            "jobs": jobs,
            "version": version,
            "log": list(self.log.lines)[-4:],
            "address": address,
            "qr": qr_image(address, self.book.code),
        }

    def _jobs(self):
        """Return the board of results once it is revealed, at most two seconds old."""
        if self.book.stages().get(self.book.open) != "reveal":
            return []
        n_kept, made_s, jobs = self._board
        if n_kept != self.book.n_kept and time.monotonic() - made_s >= _BOARD_S:
            jobs = export.board(self.book)
            self._board = self.book.n_kept, time.monotonic(), jobs
        return jobs

    async def _stage(self, request):
        self._check_key(request)
        data = await _json(request)
        self.book.show(str(data.get("question")), str(data.get("stage")))
        return {}

    async def _code(self, request):
        self._check_key(request)
        data = await _json(request)
        typed = read_code(data.get("code"), self.book.questions().values())
        learner = self.book.guest(str(typed.who))
        vote = self.book.vote(learner, typed.question, typed.answer, typed.vote)
        return {"said": f"Vote {vote} on: {typed.question.text}"}

    async def _file(self, request):
        self._check_key(request)
        data = await _json(request)
        votes, results = data.get("votes"), data.get("results")
        if data.get("schema") != "gil-lab-class" or not isinstance(votes, list):
            raise LabError("a learner's file is what session.save() wrote: choose that one")
        learner = self.book.guest(str(data.get("who")))
        for one in votes[:_MOST_VOTES]:
            if not isinstance(one, dict):
                raise LabError(
                    f"a vote has a question and an answer, not {shown(one)}: save it again"
                )
            second = 2 if one.get("vote") == 2 else 1
            self.book.vote(learner, from_dict(one.get("question")), one.get("answer"), second)
        results = results if isinstance(results, list) else []
        for one in results:
            self.book.keep(learner, json.dumps(one).encode())
        n_votes = counted(min(len(votes), _MOST_VOTES), "vote")
        return {"said": f"Taken: {n_votes} and {counted(len(results), 'result')}."}

    async def _html(self, request):
        from starlette.responses import HTMLResponse

        self._check_key(request)
        return HTMLResponse(export.page(self.book))

    async def _zip(self, request):
        from starlette.responses import Response

        self._check_key(request)
        return Response(export.archive(self.book), media_type="application/zip")


@functools.cache
def qr_image(address: str, code: str) -> str:
    """Return a QR code of where learners come in as the address of an image, "" without segno."""
    if importlib.util.find_spec("segno") is None:
        return ""
    import segno

    return segno.make(f"{address}#{code}", error="m").svg_data_uri(scale=4, border=3, light="#fff")


def _page(name):
    content = (_PAGES / name).read_bytes()

    async def page(request):
        from starlette.responses import Response

        return Response(content, media_type=_TYPES[Path(name).suffix])

    return page


async def _json(request):
    try:
        data = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise LabError(
            f"what is sent to a class is JSON ({shown(error, 60)}): send it again"
        ) from None
    if not isinstance(data, dict):
        raise LabError(
            f"what is sent to a class is an object, not {shown(data, 40)}: send it again"
        )
    return data


def _address(request):
    return request.client.host if request.client else ""


def _bearer(request):
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret if kind == "Bearer" else ""


# --- The address ----------------------------------------------------------------------------


def serve(
    book: Book,
    host: str = "127.0.0.1",
    port: int | None = None,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve a class until an interrupt; ``ready`` is called with the address of its front page.

    Args:
        book: where everything is kept; also the port, so that a class that is begun again has
            the address that its learners know.
        host: where to listen; "0.0.0.0" is every network of this computer.
        port: which port; when None the one of before, or 8642, or any that is free.

    Raises:
        LabError: a package is missing, or nobody can listen there.
    """
    if reason := lacking():
        raise LabError(reason)
    import uvicorn

    with contextlib.closing(_listening(host, port, book.remembered("port"))) as listening:
        port = listening.getsockname()[1]
        names = names_of(host)
        address = f"http://{_in_address(names[0])}:{port}/"
        book.remember(port=str(port), address=address)
        room = Classroom(book, [*map(_in_address, names)])
        room.log(f"the class {book.code} is open, {describe().python}")
        settings: dict[str, Any] = {"log_level": "error", "access_log": False, "lifespan": "off"}
        limits: dict[str, Any] = {"limit_concurrency": 600, "timeout_keep_alive": 15, "ws": "none"}
        limits["http"] = limited_connections(room.log)
        server = uvicorn.Server(uvicorn.Config(room.app, **settings, **limits))
        ready(address)
        server.run(sockets=[listening])


def names_of(host: str) -> list[str]:
    """Return the names that a server has which listens on ``host``; the first is to be told."""
    import psutil

    if host not in _ANYWHERE:
        return [*dict.fromkeys([host, "127.0.0.1", "localhost"])]
    found = [
        address.address
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family == socket.AF_INET and not address.address.startswith("127.")
    ]
    found.sort(key=lambda address: address != _towards_others())
    return [*found, socket.gethostname(), "127.0.0.1", "localhost"]


def _towards_others():
    """Return the address by which this computer reaches other networks, "" where it reaches none.

    A computer may have others, of virtual machines for one, where no learner can come in.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks for the way there
        return probe.getsockname()[0]
    return ""


def _in_address(name):
    return f"[{name}]" if ":" in name else name


def _listening(host, port, before):
    if port is not None:
        return _bound(host, whole("port", port, 0, 65535, f"try {_PORT}"))
    for one in (int(before or _PORT), 0):
        with contextlib.suppress(LabError):
            return _bound(host, one)
    return _bound(host, 0)


def _bound(host, port):
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            if os.name != "nt":  # there it would let a second class take the port
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
            listening.listen(256)
        except BaseException:
            listening.close()
            raise
    except OSError as error:
        where = f"{shown(host)}, port {port}"
        raise LabError(
            f"a class listens at an address of this computer, and not at {where} "
            f"({error.strerror or error}): choose another by --host and --port"
        ) from error
    return listening
