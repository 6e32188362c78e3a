"""A name and its options become a job, or one line."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.core.attempt import Attempt
from helpers.core.job import Job
from helpers.core.scaling import Experiment
from helpers.errors import LabError
from helpers.jobs.own import again, each
from helpers.jobs.registry import as_job, job, job_names, job_sizes, load_job
from tests.unit.refusals import refusal
from tests.unit.sample_jobs import runs_of


def small(name):
    """Return a job of a size that takes little time: the first that the lab offers, or less."""
    return load_job(
        name, {"pictures": 0.1, "finished": 0.1}.get(name, next(iter(job_sizes(name).values())))
    )


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("strings", {"format": "PNG"}, "strings takes no options, not 'format': leave it out"),
        ("pictures", {"colour": 1}, "pictures takes only format and folder, not 'colour'"),
        ("finished", {"colour": 1}, "finished takes only format and folder, not 'colour'"),
        ("films", {}, f"a job is one of {', '.join(job_names())}, not 'films'"),
    ],
)
def test_what_a_job_does_not_take_is_told_in_one_line(name, options, said):
    with pytest.raises(LabError) as told:
        load_job(name, **options)
    assert str(told.value).startswith(said)


def test_each_item_is_a_call_and_without_items_it_is_one_for_each():
    assert each(str.upper, ["a", "b"]) == ["A", "B"]
    assert again(dict, [0, 0, 0]) == [{}, {}, {}]


@pytest.mark.parametrize("name", job_names())
def test_every_job_gives_the_same_in_parts_in_threads_and_in_processes(name):
    """It compares each run with the serial one, and so does not pass a job of other results."""
    job = small(name)
    assert job.name == name
    plan = Experiment(job, ("threads", "processes"), (2,), rounds=1)
    assert {run.kind for run in runs_of(plan)} == {"serial", "threads", "processes"}


@pytest.mark.parametrize("name", job_names())
def test_every_job_tells_another_result_from_its_own(name):
    job = small(name)
    job = dataclasses.replace(job, items=job.items[:4])
    expected = job.function(job.items)
    assert job.compare(expected, job.function(job.items), 60).differs is None
    assert job.compare(expected, [*expected[:-1], None], 60).differs


@given(st.lists(st.integers(), min_size=1), st.integers(1, 100_000))
def test_sublists_are_as_even_as_can_be_and_joined_they_are_the_list(items, n_sublists):
    job = Job("any", "Any", list, items, None)
    sublists = job.split(n_sublists)
    assert len(sublists) == min(n_sublists, len(items))
    lengths = {len(sublist) for sublist in sublists}
    assert max(lengths) - min(lengths) <= 1 and min(lengths) >= 1
    assert Attempt(job, "threads", 2).joined(sublists) == items


# A function of the reader's own.


def test_a_function_with_a_list_is_a_job_in_every_kind():
    own = job(str.upper, ["a", "b", "c"])
    runs = list(runs_of(Experiment(own, ("threads", "processes"), (2,), rounds=1)))
    assert {run.kind for run in runs} == {"serial", "threads", "processes"}
    assert (own.name, own.title) == ("str.upper", "str.upper for 3 items")
    assert own.function(own.items) == ["A", "B", "C"]


def test_a_job_is_told_by_itself_or_by_name():
    own = job(len, ["a"], title="Mine")
    assert as_job(own) is own and own.title == "Mine"
    assert as_job("pictures").name == "pictures"


@pytest.mark.parametrize("wanted", [None, len, 5, ["strings"], "films"])
def test_what_is_no_job_is_refused_in_one_line(wanted):
    message = refusal(as_job, wanted)
    assert repr(wanted)[:20] in message and "strings" in message


@pytest.mark.parametrize(
    ("items", "remedy"),
    [
        ([], "pass some to try"),
        ("a text", "pass a list such as [1, 2, 3]"),
        ({"a": 1}, "pass a list such as [1, 2, 3]"),
        (3, "pass a list such as [1, 2, 3]"),
        (iter([1]), "where it has an end, list(items)"),
    ],
)
def test_items_come_in_a_list(items, remedy):
    assert refusal(job, len, items).endswith(remedy)


def test_a_job_needs_functions_and_a_title_in_words():
    assert refusal(job, "len", ["a"]).startswith("a job takes a function, not 'len'")
    assert refusal(job, len, ["a"], same="==").startswith(
        "same is a function of two answers, not '=='"
    )
    assert refusal(job, len, ["a"], title=5).startswith("a title is a text, not 5")


def test_same_says_which_answers_are_the_same():
    close = job(float, ["1"], same=lambda one, other: abs(one - other) < 0.5)
    assert close.compare([1.0], [1.2], 60).differs is None
    assert close.compare([1.0], [2.0], 60).differs == "item 0 is 2.0, serially it is 1.0"
    broken = job(float, ["1"], same=lambda one: True)
    assert "and it raised TypeError" in refusal(broken.compare, [1.0], [1.0], 60)
