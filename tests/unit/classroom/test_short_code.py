"""Votes that are typed: every code is read as it was meant, and a wrong letter is found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.classroom.questions import Question, catalogue
from helpers.classroom.short_code import answer_code, read_code
from helpers.errors import LabError

QUESTIONS = catalogue()


def answers(question):
    if question.form == "predict_which":
        return st.lists(st.sampled_from(question.options), unique=True)
    if question.form == "predict_time":
        return st.floats(1e-5, 60)
    tenths = st.integers(0, 20 * question.n_workers).map(lambda n: n / 10)
    return st.fixed_dictionaries(dict.fromkeys(question.options, tenths))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.data())
def test_a_code_says_what_it_was_made_of(data):
    question = data.draw(st.sampled_from(QUESTIONS))
    answer = data.draw(answers(question))
    vote, who = data.draw(st.sampled_from([1, 2])), data.draw(st.integers(0, 32767))
    code = answer_code(question, vote, who, answer)
    assert len(code) <= 26
    typed = read_code(code.lower().replace("-", " ").replace("0", "o").replace("1", "l"), QUESTIONS)
    assert (typed.question, typed.vote, typed.who) == (question, vote, who)
    if question.form == "predict_time":
        assert typed.answer == pytest.approx(answer, rel=0.07)
    elif question.form == "predict":
        assert typed.answer == pytest.approx(answer)
    else:
        assert typed.answer == question.checked(answer)


def test_every_single_wrong_letter_is_found():
    question = QUESTIONS[1]
    code = answer_code(question, 1, 77, question.checked(list(question.options[:1])))
    for place, right in enumerate(code):
        for wrong in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if right not in ("-", wrong):
                try:
                    read_code(code[:place] + wrong + code[place + 1 :], QUESTIONS)
                except LabError:
                    continue
                # Two letters of check leave one chance in a thousand.
                assert place < len(code) - 3


@pytest.mark.parametrize("code", ["", "-", "ABC", "A" * 500, None, 5, "<script>", "ÄÖÜ-ÄÖÜ"])
def test_what_is_no_code_is_refused_in_a_line(code):
    with pytest.raises(LabError, match=r"type it once more$"):
        read_code(code, QUESTIONS)


def test_a_code_about_another_question_is_refused():
    other = Question("predict_which", "Something else?", ("yes", "no"))
    with pytest.raises(LabError, match="does not know"):
        read_code(answer_code(other, 1, 1, ["yes"]), QUESTIONS)
