"""A name and its options become a job, or one line."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.attempt import Attempt
from helpers.core.scaling import Experiment
from helpers.errors import LabError
from helpers.jobs.own import again, each
from helpers.jobs.registry import Task, load_task, task_names, task_sizes


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("strings", {"format": "PNG"}, "strings takes no options, not 'format': leave it out"),
        ("pictures", {"colour": 1}, "pictures takes only format and folder, not 'colour'"),
        ("films", {}, f"a job is one of {', '.join(task_names())}, not 'films'"),
    ],
)
def test_what_a_job_does_not_take_is_told_in_one_line(name, options, said):
    with pytest.raises(LabError) as told:
        load_task(name, **options)
    assert str(told.value).startswith(said)


def test_each_item_is_a_call_and_without_items_it_is_one_for_each():
    assert each(str.upper, ["a", "b"]) == ["A", "B"]
    assert again(dict, [0, 0, 0]) == [{}, {}, {}]


@pytest.mark.parametrize("name", task_names())
def test_every_job_gives_the_same_in_parts_in_threads_and_in_processes(name):
    """It compares each run with the serial one, and so does not pass a job of other results."""
    task = load_task(name, next(iter(task_sizes(name).values())))
    assert task.name == name
    plan = Experiment(task, ("threads", "processes"), (2,), rounds=1)
    assert {run.kind for run in plan.run()} == {"serial", "threads", "processes"}


@pytest.mark.parametrize("name", task_names())
def test_every_job_tells_another_result_from_its_own(name):
    task = load_task(name, next(iter(task_sizes(name).values())))
    task = dataclasses.replace(task, items=task.items[:4])
    expected = task.function(task.items)
    assert task.difference(expected, task.function(task.items)) is None
    assert task.difference(expected, [*expected[:-1], None])


@given(st.lists(st.integers(), min_size=1), st.integers(1, 100_000))
def test_sublists_are_as_even_as_can_be_and_joined_they_are_the_list(items, n_sublists):
    task = Task("any", "Any", "numbers", list, items, None)
    sublists = task.split(n_sublists)
    assert len(sublists) == min(n_sublists, len(items))
    lengths = {len(sublist) for sublist in sublists}
    assert max(lengths) - min(lengths) <= 1 and min(lengths) >= 1
    assert Attempt(task, "threads", 2).joined(sublists) == items
