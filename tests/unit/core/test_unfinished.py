"""Answers that are none yet are found beside objects that raise when they are asked anything."""

import io
import os
import warnings

import pytest

from helpers.core.unfinished import Unfinished, check_finished, check_parts


class Odd:
    """Says nothing of its class."""

    @property
    def __class__(self):
        raise ValueError("odd")


async def promise():
    pass


@pytest.mark.parametrize("check", [check_finished, check_parts])
def test_a_coroutine_beside_an_odd_object_is_found_and_closed(check):
    check([Odd()], "f")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a coroutine that was never awaited
        with pytest.raises(Unfinished, match="coroutine"):
            check([Odd(), {"a": Odd(), "b": promise()}], "f")


def test_a_file_in_memory_has_all_that_is_in_it():
    check_finished([io.BytesIO(b"a"), {"a": io.StringIO("b")}], "f")
    with open(os.devnull) as file, pytest.raises(Unfinished, match="gone through"):
        check_finished(file, "f")
