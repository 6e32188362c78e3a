"""The machine's card: the same facts as HTML, text and JSON, and what can be seen here."""

import dataclasses

import pytest

from helpers.cells.card import Card, card
from helpers.core import machine
from helpers.core.host import host
from helpers.core.machine import Capacity


def card_of(cpus, cores):
    described = dataclasses.replace(machine.describe(), usable_cpus=cpus, cpu="A <fast> one")
    return Card(described, Capacity((1, 2), ((1.0,), (cores,))))


@pytest.mark.parametrize(
    ("cpus", "cores", "said"),
    [
        (1.0, 1.0, "gets faster with workers: a recording beside your own curve shows it."),
        (4.0, 1.1, "work of only 1.10 cores done now"),
        (4.0, 1.9, "best speed-up you can hope for with 2 workers is about 1.90"),
    ],
)
def test_the_card_says_what_can_be_seen_here(cpus, cores, said):
    one = card_of(cpus, cores)
    assert said in one.sentence()
    assert said in str(one)
    assert said in one._repr_html_()


def test_the_card_holds_the_same_facts_as_html_text_and_dict():
    one = card_of(4.0, 1.9)
    assert "A &lt;fast&gt; one" in one._repr_html_()
    assert "A <fast> one" in str(one)
    assert all(f"{name:<28}{value}" in str(one).splitlines() for name, value in one.facts())
    assert one.as_dict()["machine"]["usable_cpus"] == 4.0
    assert one.as_dict()["capacity"]["n_threads"] == (1, 2)


def test_the_card_of_this_machine_is_measured_now():
    shown = card()
    assert shown.machine == machine.describe()
    assert shown.capacity.n_threads[-1] >= 2


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        (("fork", "spawn", "forkserver"), ("fork, if you do", "forkserver, since a kernel has")),
        (("forkserver", "spawn", "fork"), ("forkserver, if you do", "forkserver")),
    ],
)
def test_python_s_own_way_to_start_processes_is_told_apart_from_the_lab_s(methods, said):
    one = dataclasses.replace(machine.describe(), start_methods=methods)
    one = dataclasses.replace(one, default_start_method="forkserver")
    facts = dict(Card(one, Capacity((1,), ((1.0,),))).facts())
    assert facts["Python starts processes by"].startswith(said[0])
    assert facts["This lab starts them by"].startswith(said[1])


def test_the_card_names_the_host_and_where_a_second_core_is():
    binder = host({"BINDER_REPO_URL": "https://example.org", "JUPYTERHUB_USER": "somebody"})
    one = dataclasses.replace(card_of(1.0, 1.0), host=binder)
    assert dict(one.facts())["You are on"].startswith("Binder: a session ends")
    assert one.sentence().endswith(
        "a recording beside your own curve shows it, and you see it live on GitHub's Codespaces or "
        "a computer of your own with two cores."
    )
    two = dataclasses.replace(card_of(2.0, 1.9), host=binder)
    assert "Codespaces" not in two.sentence()


def test_lent_cpus_that_give_less_than_two_cores_say_where_there_are_more(tmp_path):
    narrow = dataclasses.replace(card_of(2.0, 1.2), host=host({"COLAB_RELEASE_TAG": "x"}))
    assert "of only 1.20 cores done now" in narrow.sentence()
    assert narrow.sentence().endswith("You see more on a computer of your own with two cores.")
    own = dataclasses.replace(narrow, host=host({}, tmp_path))  # it may be quiet later
    assert "You see more" not in own.sentence()


@pytest.mark.parametrize(("left", "said"), [(400_000_000, True), (2_000_000_000, False)])
def test_the_card_says_what_to_close_where_little_memory_is_left(left, said):
    one = dataclasses.replace(card_of(2.0, 1.9), memory_left_bytes=left)
    assert "are left now" in dict(one.facts())["Memory you may use"]
    assert ("Shut Down All Kernels" in one.sentence()) is said
