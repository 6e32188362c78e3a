"""A learner's side of a class: what is committed and measured travels there by itself."""

import atexit
import contextlib
import hashlib
import http.client
import json
import os
import queue
import random
import re
import secrets
import socket
import threading
import time
import urllib.error
import urllib.request
import weakref
from pathlib import Path
from typing import Any

import psutil

from ..core import news
from ..core.machine import describe
from ..core.runs import Result
from ..core.store import to_dict, without_spans, write
from ..errors import LabError, check_text, shown
from .guard import MOST_BYTES
from .questions import Question, question_of
from .short_code import WHO_BITS, answer_code

_ANSWER_S = 5.0  # for one request
_LOOK_S = 2.0  # between two looks at what the class is at
_LONGEST_S = 15.0  # between two tries
_ADDRESS = re.compile(r"https?://[^/\s#]+/?", re.IGNORECASE)
_joined: "Session | None" = None


class Session:
    """A class that this notebook takes part in; what it sends, and what is still on its way.

    ``waiting`` is how many votes and results have not arrived yet, ``refused`` the last line with
    which something was refused, "" where nothing was. Nothing here blocks a cell.
    """

    def __init__(
        self, address: str = "", secret: str = "", stages: dict[str, str] | None = None
    ) -> None:
        self.address, self._secret = address, secret
        self.refused = ""
        self.who = secrets.randbelow(1 << WHO_BITS)
        self._votes: dict[tuple[str, int], tuple[Question, Any]] = {}
        self._results: dict[str, Result] = {}
        self._predictions: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
        self._stages = stages or {}
        self._queue: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._ended = threading.Event()
        if address:
            self._thread = threading.Thread(target=self._work, name="class", daemon=True)
            self._thread.start()

    # --- what this notebook tells

    def committed(self, prediction: Any) -> None:
        """Send a prediction that was committed just now."""
        question = question_of(prediction)
        self._predictions[question.id] = prediction
        vote = 2 if self._stages.get(question.id) == "second" else 1
        self._votes[question.id, vote] = question, prediction.answer
        if self.address:
            told = {"question": question.as_dict(), "answer": prediction.answer, "vote": vote}
            self._queue.put(("vote", json.dumps(told).encode()))
        else:
            code = answer_code(question, vote, self.who, prediction.answer)
            prediction.tell(f"Your code for the class: {code}")

    def measured(self, result: Result) -> None:
        """Send a result that is complete."""
        result = without_spans(result)
        self._results[result.job] = result
        content = json.dumps(to_dict(result), allow_nan=False).encode()
        most = MOST_BYTES["/api/result"]
        if len(content) > most:  # it would be refused, and hold up what comes after it
            raise LabError(
                f"a class takes results of at most {most:,} bytes, and this one has "
                f"{len(content):,}: hand in the file that its save() writes"
            )
        if self.address:
            self._queue.put(("result", content))

    def save(self, path: str | Path = "class-votes.json") -> Path:
        """Write all votes and results into a file that the teacher can take, and return its Path.

        Raises:
            LabError: the file cannot be written.
        """
        votes = [
            {"question": question.as_dict(), "vote": vote, "answer": answer}
            for (_, vote), (question, answer) in self._votes.items()
        ]
        results = [to_dict(result) for result in self._results.values()]
        who = hashlib.sha256(self._secret.encode()).hexdigest() if self._secret else self.who
        told = {"schema": "gil-lab-class", "who": who, "votes": votes, "results": results}
        write(path, json.dumps(told, allow_nan=False).encode())
        return Path(path)

    def leave(self, wait_s: float = 0.0) -> None:
        """Take no part any longer; wait so many seconds for what is on its way."""
        end_s = time.monotonic() + wait_s
        while self.waiting and time.monotonic() < end_s and not self.refused:
            time.sleep(0.05)
        self._ended.set()
        news.LISTENERS.discard(self._heard)

    def is_of(self, secret: str) -> bool:
        """Return whether this is the session of the learner who has a secret, and goes on."""
        return bool(secret) and secret == self._secret and not self._ended.is_set()

    @property
    def waiting(self) -> int:
        """How many votes and results have not arrived yet."""
        return self._queue.unfinished_tasks

    def _heard(self, what: str, found: Any) -> None:
        try:
            {"committed": self.committed, "measured": self.measured}[what](found)
        except LabError as error:  # no cell fails because of the class
            self.refused = str(error)

    # --- the thread that talks to the class

    def _work(self):
        pause_s = 0.0
        while not self._ended.wait(pause_s):
            try:
                name, content = self._queue.get(timeout=_LOOK_S * random.uniform(0.8, 1.2))
            except queue.Empty:
                self._look()
                continue
            pause_s = self._delivered(name, content, pause_s)

    def _delivered(self, name, content, pause_s):
        """Send one thing until it has arrived or was refused; return how long to wait then."""
        while not self._ended.is_set():
            try:
                ask(f"{self.address}api/{name}", content, self._secret)
            except Unreachable:
                pause_s = min(_LONGEST_S, max(0.5, 2 * pause_s) * random.uniform(0.8, 1.2))
                self._ended.wait(pause_s)
                continue
            except LabError as error:
                self.refused = str(error)
            self._queue.task_done()
            return 0.0
        return 0.0

    def _look(self):
        try:
            stages = dict(ask(f"{self.address}api/state", None, self._secret)["stages"])
        except (LabError, LookupError, TypeError, ValueError):  # or it is another server by now
            return
        for id, stage in stages.items():
            prediction = self._predictions.get(id)
            if stage == "second" != self._stages.get(id) and prediction is not None:
                prediction.reopen(
                    "The class votes again: change your prediction, or commit it as it is."
                )
        self._stages = stages

    def __repr__(self) -> str:
        if not self.address:
            return (
                "A class without a network: each prediction gives you a code to tell, and save() "
                "writes a file for the teacher."
            )
        state = f"{self.waiting} on their way" if self.waiting else "all has arrived"
        refused = f" Refused: {self.refused}" if self.refused else ""
        return f"The class at {self.address}: {state}.{refused}"


def join(address: str = "", code: str = "", name: str = "") -> Session:
    """Take part in a class: predictions that are committed, and results, go to its teacher.

    Nothing else travels but this machine's card, as ``lab.card()`` shows it, which is part of
    every result. That is printed before anything is sent. What cannot be sent now is sent later,
    and no cell waits for it. Several notebooks of one JupyterLab are one learner. Join again where
    the teacher's address has changed.

    Args:
        address: what the teacher's screen shows, such as "http://192.168.0.7:8642/". Without one,
            each prediction gives a short code to tell instead, and ``save()`` of what is returned
            writes a file.
        code: the six letters on the teacher's screen.
        name: a nickname, if you like; nobody else learns who you are.

    Raises:
        LabError: nobody answers at the address, or the code is another one.
    """
    global _joined
    for what, text in (("an address", address), ("a code", code), ("a name", name)):
        if not isinstance(text, str):
            check_text(what, text)
    address = _whole_address(address) if address else ""
    told = _let_in(address, code, name) if address else {}
    secret = told.get("secret", "")
    if _joined is not None and _joined.is_of(secret):
        _joined.address = address  # what has not arrived yet goes there
        return _joined
    if _joined is not None:
        _joined.leave()
    _joined = Session(address, secret, told.get("stages"))
    news.LISTENERS.add(_joined._heard)
    return _joined


def _let_in(address, code, name):
    """Say what will travel, and return what the class answers."""
    travels = [
        "predictions that you commit",
        "results of lab.compare and of notebook 00",
        f"this machine's card ({describe()})",
        "a number that makes all your notebooks one learner",
        *([f"your nickname, {shown(name)}"] if name else []),
    ]
    print(f"What goes to the class at {address}, until leave():")
    print(*(f"- {one}" for one in travels), "Nothing else.", sep="\n", flush=True)
    asked = {"code": code, "name": name, "same": _lab()}
    told = ask(f"{address}api/join", json.dumps(asked).encode())
    if not isinstance(told, dict) or not isinstance(told.get("secret"), str):
        raise LabError(f"at {address} is no class of GIL Lab: copy the teacher's address")
    return told


def _lab():
    """Return what all notebooks of this JupyterLab have in common and no other has, "" in a script.

    Who restarts a kernel, or opens a second notebook, is no second learner.
    """
    if "JPY_PARENT_PID" not in os.environ:
        return ""
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(os.getppid())
        known = f"{socket.gethostname()} {parent.pid} {parent.create_time()}"
        return hashlib.sha256(known.encode("utf-8", "surrogatepass")).hexdigest()
    return ""


def _whole_address(address):
    text = address.strip().split("#")[0]
    if "://" not in text:
        text = f"http://{text}"
    if not _ADDRESS.fullmatch(text):
        raise LabError(
            f'the address of a class is like "http://192.168.0.7:8642/", not {shown(address)}: '
            "copy it from the teacher's screen"
        )
    return text if text.endswith("/") else f"{text}/"


class Unreachable(LabError):
    """The class does not answer now; it may later."""


def ask(address: str, content: bytes | None = None, secret: str = "") -> Any:
    """Send something to a class, or only look, and return its JSON answer.

    Raises:
        Unreachable: nobody answers there.
        LabError: it was refused.
    """
    headers = {"content-type": "application/json"}
    if secret:
        headers["authorization"] = f"Bearer {secret}"
    request = urllib.request.Request(address, content, headers)
    where = address.partition("/api/")[0]
    try:
        with _opener().open(request, timeout=_ANSWER_S) as answer:
            return json.loads(answer.read(1_000_000))
    except urllib.error.HTTPError as error:
        with error:
            why = _why(error)
        if error.code >= 500 or error.code in (408, 429):
            raise Unreachable(f"the class at {where} is busy ({why}): try again") from None
        raise LabError(f"the class at {where} refused it: {why}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:  # the last: half an answer
        why = shown(getattr(error, "reason", error), 80)
        raise Unreachable(
            f"nobody answers at {where} ({why}): check the address, and that you are in the "
            "teacher's network"
        ) from None


def _opener():
    """Return what opens an address without a proxy: a class is in the same room."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _why(answer):
    try:
        return shown(json.loads(answer.read(10_000))["error"], 200).strip("'\"")
    except (OSError, ValueError, LookupError, TypeError, http.client.HTTPException):
        return "it is no class of GIL Lab"


@atexit.register
def _at_end() -> None:
    if _joined is not None and _joined.waiting:
        _joined.leave(wait_s=2.0)
