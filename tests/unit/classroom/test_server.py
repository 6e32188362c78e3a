"""The class's server, as learners, the teacher and a hostile room meet it."""

import asyncio
import contextlib
import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest

pytest.importorskip("starlette", reason="needs starlette: install the extra 'class'")

import uvicorn
from starlette.testclient import TestClient

from helpers.classroom import server, teach
from helpers.classroom.book import Book
from helpers.classroom.guard import Guard, Log, limited_connections
from helpers.classroom.questions import Question
from helpers.classroom.server import Classroom
from helpers.classroom.short_code import answer_code
from helpers.core.store import to_dict
from helpers.errors import LabError
from tests.kernels import eventually
from tests.unit.results import whole

WHICH = Question("predict_which", "Which overlap?", ("a loop", "a download"))
JSON = {"content-type": "application/json"}


class Room:
    """A class and whoever talks to it."""

    def __init__(self, path):
        self.said = []
        self.book = Book(path)
        self.app = Classroom(self.book, ["testserver"], Log(self.said.append)).app
        self.client = TestClient(self.app)

    def ask(self, path, told=None, secret="", **headers):
        headers = {**JSON, **headers, **({"authorization": f"Bearer {secret}"} if secret else {})}
        if told is None:
            return self.client.get(f"/api/{path}", headers=headers)
        content = told if isinstance(told, bytes) else json.dumps(told).encode()
        return self.client.post(f"/api/{path}", content=content, headers=headers)

    def join(self, **others):
        return self.ask("join", {"code": self.book.code, **others}).json()["secret"]

    def vote(self, secret, answer, question=None):
        told = {"question": WHICH.as_dict() if question is None else question, "answer": answer}
        return self.ask("vote", told, secret)

    def stage(self, stage):
        told = {"question": WHICH.id, "stage": stage}
        assert self.ask("stage", told, self.book.key).status_code == 200

    def teacher(self):
        return self.ask("teacher", secret=self.book.key).json()


@pytest.fixture
def room(tmp_path):
    made = Room(tmp_path / "class.sqlite")
    yield made
    made.client.close()
    made.book.close()


def test_a_class_votes_talks_votes_again_and_sees_it(room):
    learners = [room.join() for _ in range(5)]
    for secret in learners:
        assert room.vote(secret, ["a loop"]).json() == {"vote": 1}
    room.stage("second")
    for secret in learners[:3]:
        assert room.vote(secret, ["a download"], WHICH.id).json() == {"vote": 2}
    told = room.teacher()
    assert (told["learners"], told["open"]["n"]) == (5, [5, 3])
    assert [[row["n"] for row in bars] for bars in told["open"]["bars"]] == [[5, 0], [0, 3]]
    mine = room.ask("state", secret=learners[0]).json()
    assert mine["mine"] == {"1": ["a loop"], "2": ["a download"]}
    assert room.ask(f"teacher?version={told['version']}", secret=room.book.key).status_code == 204


def test_results_come_to_the_board_the_page_and_the_archive(room):
    secret = room.join(name="<script>alert(1)</script>")
    result = json.dumps(to_dict(whole())).encode()
    assert room.ask("result", result, secret).json() == {"kept": whole().job}
    assert (room.teacher()["jobs"], room.teacher()["measured"]) == ([], 1)
    room.vote(secret, ["a loop"])
    room.stage("reveal")
    [job] = room.teacher()["jobs"]
    assert job["job"] == whole().job and job["n"] == 1
    page = room.ask("class.html", secret=room.book.key).text
    assert "Which overlap?" in page and "<script" not in page
    assert room.ask("class.zip", secret=room.book.key).content[:2] == b"PK"


def test_who_has_no_network_votes_by_a_code_or_a_file(room):
    room.book.ask(WHICH)
    code = answer_code(WHICH, 1, 7, ["a loop"])
    for _ in range(2):  # typed twice it counts once
        assert room.ask("code", {"code": code}, room.book.key).status_code == 200
    file = {
        "schema": "gil-lab-class",
        "who": 8,
        "votes": [{"question": WHICH.as_dict(), "vote": 1, "answer": []}],
        "results": [to_dict(whole())],
    }
    assert room.ask("file", file, room.book.key).status_code == 200
    assert room.book.votes(WHICH.id, 1) == [["a loop"], []] and len(room.book.results()) == 1


def test_without_the_code_the_secret_or_the_key_nothing_is_told(room):
    secret = room.join()
    assert room.ask("join", {"code": "WRONG1"}).status_code == 403
    assert room.ask("vote", {}, "another").status_code == 403
    assert room.ask("state").status_code == 403
    for path in ("teacher", "class.html", "class.zip"):
        assert room.ask(path, secret=secret).status_code == 403
    for path in ("stage", "code", "file"):
        assert room.ask(path, {}, secret).status_code == 403
    tries = [room.ask("join", {"code": f"GUESS{n}"}).status_code for n in range(40)]
    assert 429 in tries  # guessing is slowed down
    assert room.join()  # and whoever has the code still comes in


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b"[" * 15_000, 400),
        (b'{"question": 5, "answer": NaN}', 400),
        (b'{"question": {"form": "predict_which"}, "answer": []}', 400),
        (b'{"question": "nothing", "answer": []}', 400),
        (b" " * 25_000, 413),
    ],
)
def test_what_is_no_vote_is_refused_in_one_line_and_the_class_goes_on(room, sent, status):
    secret = room.join()
    answer = room.ask("vote", sent, secret)
    assert answer.status_code == status
    line = answer.json()["error"]
    assert line and "\n" not in line and len(line) < 300
    assert any(line[:40] in said for said in room.said)
    assert room.vote(secret, []).status_code == 200


def test_results_of_another_version_or_too_large_are_refused(room):
    secret = room.join()
    newer = json.dumps({**to_dict(whole()), "version": 99}).encode()
    assert "version" in room.ask("result", newer, secret).json()["error"]
    assert room.ask("result", b"[" + b" " * 2_100_000 + b"]", secret).status_code == 413
    assert room.book.results() == {}


def test_pages_of_another_address_and_servers_of_another_name_are_refused(room):
    secret = room.join()
    foreign = {"origin": "http://elsewhere.example"}
    assert room.ask("vote", {}, secret, **foreign).status_code == 403
    assert room.ask("vote", {}, secret, origin="null").status_code == 403
    assert room.ask("state", secret=secret, host="elsewhere.example").status_code == 421
    assert room.ask("vote", {}, secret, **{"content-type": "text/plain"}).status_code == 415
    assert room.client.request("DELETE", "/api/vote").status_code == 405
    own = {"origin": "http://testserver"}
    assert room.vote(secret, []).status_code == room.ask("state", secret=secret, **own).status_code


def test_a_vote_counts_as_the_one_that_it_was_although_it_comes_late(room):
    first, second, third = (room.join() for _ in range(3))
    told = {"question": WHICH.as_dict(), "answer": ["a loop"]}
    assert room.ask("vote", {**told, "vote": 2}, first).json() == {"vote": 1}  # none is open yet
    room.stage("second")
    assert room.ask("vote", {**told, "vote": 1}, second).json() == {"vote": 1}
    room.stage("reveal")
    late = {**told, "answer": ["a download"], "vote": 2}
    assert room.ask("vote", late, first).json() == {"vote": 2}
    assert room.ask("vote", {**told, "vote": "two"}, third).json() == {"vote": 1}
    assert room.book.votes(WHICH.id, 1) == [["a loop"]] * 3
    assert room.book.votes(WHICH.id, 2) == [["a download"]]


def test_who_changes_a_first_vote_that_is_closed_is_told_so(room):
    secret = room.join()
    room.vote(secret, ["a loop"])
    room.stage("talk")
    assert room.vote(secret, ["a loop"]).status_code == 200  # sent once more: nothing is changed
    assert "yours stands" in room.vote(secret, []).json()["error"]
    assert room.book.votes(WHICH.id, 1) == [["a loop"]]


def test_one_address_can_add_only_so_many_learners_and_questions(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.classroom.guard._NEW_PER_S", 0.0)
    monkeypatch.setattr("helpers.classroom.guard._NEW_BURST", 3.0)
    room = Room(tmp_path / "class.sqlite")
    secret = room.join()
    for name, status in (("one", 200), ("two", 200), ("three", 429)):
        asked = Question("predict_which", f"{name}?", ("yes",)).as_dict()
        assert room.vote(secret, [], asked).status_code == status
    refused = room.ask("join", {"code": room.book.code})
    assert refused.status_code == 429 and "too many" in refused.json()["error"]
    room.book.close()


def test_what_comes_too_slowly_is_refused(monkeypatch):
    monkeypatch.setattr("helpers.classroom.guard._BODY_S", 0.01)
    sent, said = [], []

    async def never():
        await asyncio.sleep(60)

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"here"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/api/vote", "headers": headers}
    asyncio.run(Guard(None, ["here"], Log(said.append))(scope, never, send))
    assert sent[0]["status"] == 408 and "longer than" in said[0]


def test_connections_that_ask_nothing_keep_nobody_out(room, monkeypatch):
    monkeypatch.setattr("helpers.classroom.guard._MOST_CONNECTIONS", 5)
    monkeypatch.setattr("helpers.classroom.guard._IDLE_S", 0.1)
    listening = server._bound("127.0.0.1", 0)
    protocol = limited_connections(Log(room.said.append))
    made = uvicorn.Config(room.app, http=protocol, log_level="error", lifespan="off")
    serving = uvicorn.Server(made)
    thread = Thread(target=serving.run, kwargs={"sockets": [listening]})
    thread.start()
    with contextlib.ExitStack() as stack:
        stack.callback(thread.join, 30)
        stack.callback(setattr, serving, "should_exit", True)
        address = listening.getsockname()
        idle = [stack.enter_context(socket.create_connection(address, 30)) for _ in range(8)]
        idle[0].sendall(b"GET / HTTP/1.1\r\n")  # and never the rest
        for connection in idle:
            with contextlib.suppress(ConnectionError):
                assert connection.recv(1) == b""  # closed, and not by the limit of 30 s

        def is_let_in():  # where it takes long to ask, it is closed as well, and asks again
            with contextlib.closing(http.client.HTTPConnection(*address, timeout=30)) as own:
                try:
                    own.request("GET", "/", headers={"Host": "testserver"})
                    return own.getresponse().status == 200
                except (http.client.HTTPException, OSError):
                    return False

        assert eventually(is_let_in)
    assert any("more than 5 connections at once" in line for line in room.said)


def test_a_flood_is_refused_and_the_log_stays_short(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.classroom.guard._PER_S", 0.0)
    monkeypatch.setattr("helpers.classroom.guard._BURST", 20.0)
    room = Room(tmp_path / "class.sqlite")
    secret = room.join()
    tried = [room.ask("state", secret=secret).status_code for _ in range(60)]
    assert tried[0] == 200 and tried[-1] == 429
    assert sum("too many requests" in line for line in room.said) == 1
    room.book.close()


def test_a_whole_room_that_loads_its_page_again_at_once_is_served(room):
    secret = room.join()
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(room.client.get, ["/"] * 40)]
        states = [*pool.map(lambda _: room.ask("state", secret=secret), range(40))]
    assert {answer.status_code for answer in answers + states} == {200}


def test_pages_run_no_code_but_their_own(room):
    for path in ("/", "/teacher", "/learner.js", "/teacher.js", "/class.css"):
        answer = room.client.get(path)
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "").replace(
            '"http://"', ""
        )


def test_where_nobody_can_listen_is_told_in_one_line(tmp_path):
    book = Book(tmp_path / "class.sqlite")
    for host, port in (("203.0.113.7", None), ("127.0.0.1", 99_999), ("no such host", None)):
        with pytest.raises(LabError) as refused:
            server.serve(book, host, port)
        assert "\n" not in str(refused.value)
    book.close()


def test_a_second_class_takes_another_port(tmp_path):
    first = server._bound("127.0.0.1", 0)
    try:
        second = server._listening("127.0.0.1", None, str(first.getsockname()[1]))
        assert second.getsockname()[1] != first.getsockname()[1]
        second.close()
    finally:
        first.close()


def test_the_names_of_a_server_that_all_may_reach_are_those_of_this_computer():
    assert server.names_of("127.0.0.1") == ["127.0.0.1", "localhost"]
    assert server.names_of("127.0.0.2") == ["127.0.0.2", "127.0.0.1", "localhost"]
    assert {"127.0.0.1", "localhost"} < set(server.names_of("0.0.0.0"))


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("127.0.0.1", "Only this computer"),
        ("127.0.0.2", "Only this computer"),
        ("::1", "Only this computer"),
        ("localhost", "Only this computer"),
        ("0.0.0.0", "Everybody in this network"),
        ("192.0.2.7", "Everybody in this network"),
        ("a-laptop", "Everybody in this network"),
    ],
)
def test_the_teacher_is_told_who_can_reach_the_class(host, says):
    assert teach._reach(host).startswith(says)


def test_other_addresses_of_the_computer_are_told_too(monkeypatch):
    names = ["192.0.2.7", "172.17.0.1", "a-laptop", "127.0.0.1", "localhost"]
    monkeypatch.setattr(teach, "names_of", lambda host: names)
    [line] = teach._others("0.0.0.0", "http://192.0.2.7:8642/")
    assert line.endswith(": http://172.17.0.1:8642/")
    monkeypatch.setattr(teach, "names_of", lambda host: [names[0], *names[2:]])
    assert teach._others("0.0.0.0", "http://192.0.2.7:8642/") == []
