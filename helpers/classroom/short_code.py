"""A vote as a few letters to type, for a class without a network that all can use.

Letters and digits are those of Crockford's base 32, which leaves out I, L, O and U. Dashes and
spaces do not count, I and L are read as 1 and O as 0. The last two letters are a check: one
wrong letter is always found.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import LabError, shown
from .questions import Question

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("ILO", "110", "- ")
_QUESTION, _CHECK = 15, 10  # bits
WHO_BITS = 20  # so many that of forty learners hardly ever two have the same
_TENTHS, _STEPS = 11, 8  # bits of a speed-up in tenths, and of a time
_LEAST_S, _STEP = 1e-5, 10**0.05  # a time is told in steps, as the slider has them


@dataclass(frozen=True)
class Typed:
    """A vote that was typed in: on which question, the first or the second, by whom, and what."""

    question: Question
    vote: int
    who: int
    answer: Any


def answer_code(question: Question, vote: int, who: int, answer: Any) -> str:
    """Return a vote as letters, in groups of four.

    Args:
        question: what is asked.
        vote: 1 before the talk, 2 after it.
        who: a number below 2**20 that tells a learner from the others.
        answer: the answer; a speed-up is rounded to tenths, and a time to a step of the slider.

    >>> question = Question("predict_which", "Which overlap?", ("a loop", "a download"))
    >>> answer_code(question, 1, 5, ["a download"])
    'YM40-001A-S6'
    """
    answer = question.checked(answer)
    bits, n_bits = 1, 1  # a leading one, so that no zero is lost
    for value, width in [
        (_short_id(question), _QUESTION),
        (vote - 1, 1),
        (who % (1 << WHO_BITS), WHO_BITS),
        *_as_numbers(question, answer),
    ]:
        bits, n_bits = bits << width | value, n_bits + width
    n_letters = -(-n_bits // 5)
    body = _spelt(bits << 5 * n_letters - n_bits, n_letters)
    whole = body + _spelt(_check(body), 2)
    return "-".join(whole[i : i + 4] for i in range(0, len(whole), 4))


def read_code(code: str, questions: Iterable[Question]) -> Typed:
    """Return what a code says; ``questions`` are those it may be about.

    Raises:
        LabError: a letter is wrong, or no such question is known.
    """
    letters = code.upper().translate(_READ_AS) if isinstance(code, str) else ""
    body, check = letters[:-2], letters[-2:]
    if (
        not 5 <= len(body) <= 100
        or set(letters) - set(_LETTERS)
        or _spelt(_check(body), 2) != check
    ):
        raise LabError(f"a code has a check, and {shown(code, 40)} fails it: type it once more")
    bits = _number(body)
    n_bits = 5 * len(body)
    lead = n_bits - bits.bit_length()
    read = _Reader(bits, n_bits - lead - 1)
    short, vote, who = read.next(_QUESTION), read.next(1) + 1, read.next(WHO_BITS)
    for question in questions:
        if _short_id(question) == short:
            return Typed(question, vote, who, question.checked(_from_numbers(question, read)))
    raise LabError(
        f"the code {shown(code, 40)} is about a question that this class does not know: "
        "let the learner run the newest notebooks"
    )


class _Reader:
    def __init__(self, bits, n_left):
        self.bits, self.n_left = bits, n_left

    def next(self, width):
        self.n_left -= width
        if self.n_left < 0:
            raise LabError("a code is whole, and this one ends too early: type it once more")
        return self.bits >> self.n_left & (1 << width) - 1


def _short_id(question):
    return int(question.id, 16) % (1 << _QUESTION)


def _as_numbers(question, answer):
    if question.form == "predict_which":
        return [(int(one in answer), 1) for one in question.options]
    if question.form == "predict":
        most = (1 << _TENTHS) - 1
        return [(min(most, round(10 * answer[kind])), _TENTHS) for kind in question.options]
    import math

    step = round(math.log(max(answer, _LEAST_S) / _LEAST_S, _STEP))
    return [(min(step, (1 << _STEPS) - 1), _STEPS)]


def _from_numbers(question, read):
    if question.form == "predict_which":
        return [one for one in question.options if read.next(1)]
    if question.form == "predict":
        return {kind: read.next(_TENTHS) / 10 for kind in question.options}
    return _LEAST_S * _STEP ** read.next(_STEPS)


def _spelt(number, n_letters):
    return "".join(_LETTERS[number >> 5 * i & 31] for i in reversed(range(n_letters)))


def _number(letters):
    number = 0
    for letter in letters:
        number = number << 5 | _LETTERS.index(letter)
    return number


def _check(letters):
    return int.from_bytes(hashlib.sha256(letters.encode()).digest()[:2], "big") % (1 << _CHECK)
