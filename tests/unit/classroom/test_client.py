"""A learner's notebook in a class: a real server, which is also killed."""

import json
import signal

import pytest

pytest.importorskip("starlette", reason="needs starlette: install the extra 'class'")

import helpers as lab
from helpers.cells.predict import predict, predict_which
from helpers.classroom import client
from helpers.classroom.questions import question_of
from helpers.classroom.short_code import read_code
from helpers.core import news
from helpers.errors import LabError
from tests.benchmarks import class_of_forty
from tests.benchmarks.class_of_forty import Served, votes, wait_for
from tests.unit.results import whole


@pytest.fixture(autouse=True)
def no_class_is_left():
    yield
    if client._joined is not None:
        client._joined.leave()
    client._joined = None
    assert set() == news.LISTENERS


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with Served(tmp_path_factory.mktemp("class") / "class.sqlite") as made:
        yield made


def test_nothing_is_lost_where_the_server_is_killed(tmp_path):
    assert class_of_forty.lost(tmp_path / "killed.sqlite", 6, 2, 2) == 0


def test_what_is_committed_and_measured_goes_to_the_class_and_comes_back_for_a_second_vote(served):
    session = lab.join(served.address, served.code.lower(), "Ada")
    assert str(lab.machine()) in repr(session)  # what travels is told first
    prediction = predict_which("Which of these go to the class?", ["one", "two"])
    prediction.controls["one"].value = True
    prediction.commit()
    news.tell("measured", whole())
    assert wait_for(lambda: not session.waiting), session
    assert "all has arrived" in repr(session) and not session.refused
    assert votes(served)[prediction.question] == [1, 0]
    assert [job["n"] for job in served.told()["jobs"]] == [1]
    stage = {"question": question_of(prediction).id, "stage": "second"}
    client.ask(f"{served.address}api/stage", json.dumps(stage).encode(), served.key)
    assert wait_for(lambda: prediction.answer is None), "it can be changed again"
    assert not prediction.controls["two"].disabled
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
    assert said == {"said": "Taken: 1 votes."}
    assert votes(served)[prediction.question] == [1, 0]
