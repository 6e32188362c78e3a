"""A name and its options become a job, or one line."""

import pytest

from helpers.errors import LabError
from helpers.tasks.each import again, each
from helpers.tasks.registry import load_task


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("strings", {"format": "PNG"}, "strings takes no options, not 'format': leave it out"),
        ("pictures", {"colour": 1}, "pictures takes only format and folder, not 'colour'"),
        ("films", {}, "a job is one of strings, pictures, not 'films'"),
    ],
)
def test_what_a_job_does_not_take_is_told_in_one_line(name, options, said):
    with pytest.raises(LabError) as told:
        load_task(name, **options)
    assert str(told.value).startswith(said)


def test_each_item_is_a_call_and_without_items_it_is_one_for_each():
    assert each(str.upper, ["a", "b"]) == ["A", "B"]
    assert again(dict, [0, 0, 0]) == [{}, {}, {}]
