"""A learner's notebook in a class: a real server, which is also killed."""

import json
import signal
import socketserver
import sys
import threading

import pytest

pytest.importorskip("starlette", reason="needs starlette: install the extra 'class'")

import helpers as lab
from helpers.cells.predict import predict, predict_which
from helpers.classroom import client
from helpers.classroom.guard import MOST_BYTES
from helpers.classroom.questions import question_of
from helpers.classroom.short_code import read_code
from helpers.core import news
from helpers.errors import LabError
from tests.benchmarks import class_of_forty
from tests.benchmarks.class_of_forty import Served, votes, wait_for
from tests.unit.results import whole


@pytest.fixture(autouse=True)
def no_class_is_left(monkeypatch):
    monkeypatch.setattr(client, "_ANSWER_S", 60.0)  # on a busy machine a class answers late
    yield
    if client._joined is not None:
        client._joined.leave()
    client._joined = None
    assert set() == news.LISTENERS


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with Served(tmp_path_factory.mktemp("class") / "class.sqlite") as made:
        yield made


def test_nothing_is_lost_where_server_and_learners_are_killed(tmp_path):
    assert class_of_forty.lost(tmp_path / "killed.sqlite", 8, 4) == []


def test_what_travels_is_told_before_anything_is_sent(monkeypatch, capsys):
    sent = []

    def ask(address, content, secret=""):
        if content is not None:
            sent.append((capsys.readouterr().out, json.loads(content)))
        return {"secret": "a secret", "stages": {}}

    monkeypatch.setattr(client, "ask", ask)
    session = lab.join("192.0.2.1:1", "ABCDEF", "Ada")
    [(told, asked)] = sent
    assert str(lab.machine()) in told and "'Ada'" in told and told.endswith("Nothing else.\n")
    assert asked == {"code": "ABCDEF", "name": "Ada", "same": ""}
    predict_which("Which of these are sent?", ["one"]).commit()
    news.tell("measured", whole())
    assert wait_for(lambda: not session.waiting)
    assert [sorted(one) for _, one in sent[1:]] == [
        ["answer", "question", "vote"],
        ["result", "schema", "version"],
    ]


def test_notebooks_of_one_jupyterlab_are_one_learner(served, monkeypatch):
    n_before = served.told()["learners"]
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    for _ in range(2):
        lab.join(served.address, served.code)
    assert served.told()["learners"] == n_before + 1


def test_who_joins_again_at_another_address_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    with Served(tmp_path / "class.sqlite", "--port", "0") as served:
        session = lab.join(served.address, served.code)
        served.end(signal.SIGKILL)
        prediction = predict_which("Which before the network changed?", ["one"])
        prediction.commit()
        with pytest.raises(LabError, match="nobody answers"):
            lab.join(served.address, served.code)
        before = served.address
        served.start()
        assert served.address != before
        assert lab.join(served.address, served.code) is session
        assert wait_for(lambda: not session.waiting)
        assert votes(served)[prediction.question] == [1, 0]
        session.leave()
        assert lab.join(served.address, served.code) is not session


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has 127.0.0.2 without asking")
def test_a_class_is_where_host_says_and_nowhere_else(tmp_path):
    with Served(tmp_path / "class.sqlite", "--host", "127.0.0.2", "--port", "0") as served:
        assert served.address.startswith("http://127.0.0.2:")
        lab.join(served.address, served.code)
        with pytest.raises(LabError, match="nobody answers"):
            lab.join(served.address.replace("127.0.0.2", "127.0.0.1"), served.code)


def test_what_is_committed_and_measured_goes_to_the_class_and_comes_back_for_a_second_vote(served):
    session = lab.join(served.address, served.code.lower(), "Ada")
    prediction = predict_which("Which of these go to the class?", ["one", "two"])
    prediction.controls["one"].value = True
    prediction.commit()
    news.tell("measured", whole())
    assert wait_for(lambda: not session.waiting), session
    assert "all has arrived" in repr(session) and not session.refused
    assert votes(served)[prediction.question] == [1, 0]
    assert served.told()["measured"] == 1
    served.show(question_of(prediction), "second")
    assert wait_for(lambda: not prediction.controls["two"].disabled), "it can be changed again"
    assert prediction.answer == ["one"]  # and stands for who does not change it
    prediction.controls["two"].value = True
    prediction.commit()
    assert wait_for(lambda: votes(served)[prediction.question] == [1, 1])


def test_a_class_that_is_gone_fails_no_cell_and_gets_everything_when_it_is_back(tmp_path):
    with Served(tmp_path / "class.sqlite") as served:
        session = lab.join(served.address, served.code)
        served.end(signal.SIGTERM)
        prediction = predict(["threads"], about="While nobody answers")
        prediction.commit()
        assert session.waiting and "on their way" in repr(session)
        served.start()
        assert wait_for(lambda: not session.waiting)
        assert votes(served)[prediction.question] == [1, 0]


def test_what_the_class_refuses_is_told_and_fails_no_cell(served):
    session = lab.join(served.address, served.code)
    predict_which("Too long? " * 40, ["one"]).commit()
    assert "a question" in session.refused and session.refused in repr(session)


def test_a_result_that_is_too_large_holds_nothing_up(served, monkeypatch):
    monkeypatch.setitem(MOST_BYTES, "/api/result", 100)
    session = lab.join(served.address, served.code)
    news.tell("measured", whole())
    assert "at most 100 bytes" in session.refused and not session.waiting


@pytest.mark.parametrize(
    ("address", "code", "says"),
    [
        ("http://127.0.0.1:9/", "ABCDEF", "nobody answers"),
        ("ftp://127.0.0.1/", "ABCDEF", "the address of a class"),
        ("file:///etc/passwd", "ABCDEF", "the address of a class"),
        ("", 5, "a code is a text"),
        (5, "", "an address is a text"),
    ],
)
def test_a_wrong_address_is_refused_in_one_line(address, code, says):
    with pytest.raises(LabError, match=says) as refused:
        lab.join(address, code)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "answer",
    [
        b"HT",
        b"HTTP/1.1 200 OK\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\n\r\n<html>",
        b"HTTP/1.1 404 Not Found\r\n\r\nno",
    ],
)
def test_what_answers_like_no_class_is_refused_in_one_line(answer):
    class Other(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(10_000)
            self.request.sendall(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Other) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        try:
            with pytest.raises(LabError) as refused:
                lab.join(f"http://127.0.0.1:{other.server_address[1]}/", "ABCDEF")
        finally:
            other.shutdown()
            thread.join()
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


def test_a_wrong_code_is_refused_in_one_line(served):
    with pytest.raises(LabError, match="another one"):
        lab.join(served.address, "WRONG1")


def test_without_a_network_a_prediction_gives_a_code_and_all_goes_into_a_file(served, tmp_path):
    session = lab.join()
    prediction = predict_which("Which of these go by hand?", ["one", "two"])
    prediction.controls["two"].value = True
    prediction.commit()
    code = prediction._note.value.rpartition(" ")[2]
    typed = read_code(code, [question_of(prediction)])
    assert (typed.answer, typed.who) == (["two"], session.who)
    news.tell("measured", whole())
    path = session.save(tmp_path / "mine.json")
    said = client.ask(f"{served.address}api/file", path.read_bytes(), served.key)
    assert said == {"said": "Taken: 1 vote and 1 result."}
    assert votes(served)[prediction.question] == [1, 0]


def test_who_loses_the_network_hands_in_a_file_and_counts_once(served, tmp_path):
    session = lab.join(served.address, served.code)
    arrived, late = (predict_which(f"Which {when}?", ["one"]) for when in ("arrived", "is late"))
    arrived.commit()
    assert wait_for(lambda: not session.waiting)
    session.leave()  # nothing goes there any longer
    late.commit()
    session.committed(late)
    path = session.save(tmp_path / "mine.json")
    n_learners = served.told()["learners"]
    client.ask(f"{served.address}api/file", path.read_bytes(), served.key)
    found = votes(served)
    assert [found[one.question] for one in (arrived, late)] == [[1, 0], [1, 0]]
    assert served.told()["learners"] == n_learners
