"""Interpreters: what crosses, who is refused; and what switches a GIL on."""

import dataclasses

import pytest

from helpers.authoring import wheels as asking
from helpers.errors import LabError
from helpers.jobs.registry import load_job
from helpers.pythons import crossing, refusal, switch
from helpers.pythons.chart import plot_crossing, plot_interpreters, plot_price
from helpers.pythons.crossing import (
    LIST,
    TEXT,
    Crossing,
    Interpreters,
    crossing_jobs,
    load_recorded,
    measure_crossing,
    measure_interpreters,
    newest_with_interpreters,
    text_job,
)
from helpers.pythons.elsewhere import answered
from helpers.pythons.find import Python, find_pythons
from helpers.pythons.price import load_price
from helpers.pythons.refusal import REFUSAL, Refusal, import_elsewhere
from helpers.pythons.switch import Switch, switch_on
from helpers.pythons.wheels import Wheels, load_wheels


@pytest.fixture
def strings():
    return load_job("strings", 400)


def test_one_text_gives_the_same_strings(strings) -> None:
    job = text_job(strings)
    done = [line for text in job.function(job.items) for line in text.split("\n")]
    assert done == strings.function(strings.items)
    assert text_job(answered(strings)).answers == job.function(job.items)


def test_the_same_strings_cross_in_both_forms(strings) -> None:
    jobs = crossing_jobs(strings.items)
    assert jobs[LIST].items == strings.items
    assert [line for text in jobs[TEXT].items for line in text.split("\n")] == strings.items
    assert {len(job.split(job.n_sublists)) for job in jobs.values()} == {2}


def test_interpreters_run_where_there_are_some(strings) -> None:
    python = newest_with_interpreters(find_pythons())
    if python is None:
        pytest.skip("no CPython from 3.14 on: interpreters were not tried; put it on the PATH")
    found = measure_crossing(python, strings)
    assert set(found.form_s) == {LIST, TEXT} and found.capacity is not None
    assert len(measure_interpreters(python, strings).gains) == 3


def test_without_one_the_newest_recording_tells(strings) -> None:
    (found,) = crossing.crossings([], strings)
    assert found.recorded and found == load_recorded(Crossing)[-1]
    broken = Python("gone", "PATH", "CPython", "3.15.0")
    (split,) = crossing.interpreters([broken], strings)
    assert split.recorded and ", recorded on 2026-" in split.source


def test_charts_say_what_was_found_and_begin_at_nought() -> None:
    made = dataclasses.replace(load_recorded(Crossing)[-1], form_s={LIST: (0.01,), TEXT: (0.0005,)})
    charts = [plot_crossing(made), plot_interpreters(load_recorded(Interpreters)[-1])]
    charts.append(plot_price(load_price()))
    assert charts[0].get_title(loc="left") == "One string crosses 20 times as fast as a list"
    for ax in charts:
        assert ax.get_xlim()[0] == 0 and {bar.get_x() for bar in ax.patches} == {0}
    assert "3.14t: release notes: 1.05 to 1.10×" in charts[2].get_label()


def test_a_refusal_is_raised_as_a_future_raises_it() -> None:
    with pytest.raises(ImportError, match="does not support loading in subinterpreters"):
        import_elsewhere(find_pythons()).result()


def test_without_interpreters_the_recorded_refusal_tells(monkeypatch) -> None:
    monkeypatch.setattr(refusal, "has_interpreters", lambda python: False)
    found = import_elsewhere([])
    assert found.recorded and f"recorded on {found.made[:10]}" in found.source
    loaded = Refusal("3.16", "3.16.0", "a CPU", 2, "2026", "PIL.Image", "")
    loaded.result()  # which raises nothing


def test_a_switch_is_measured_or_recorded(monkeypatch) -> None:
    for found in (switch_on(find_pythons()), switch_on([])):
        assert (found.before, found.after) == (False, True)
        assert found.starts == {"": False, "-X gil=1": True, "-X gil=0": False}
        assert "'not_ready'" in found.said
        assert "<td" in found._repr_html_() and found.said in repr(found)
    assert found.recorded


@pytest.mark.parametrize("fault", ["no compiler", "an error", "no end"])
def test_without_a_module_the_recorded_switch_tells(monkeypatch, fault) -> None:
    free = Python("python", "PATH", "CPython", "3.14.2", free_threaded=True)

    def output_of(command, limit_s):
        if fault == "no end":
            raise LabError("gave no answer within 30 s")
        return 1, "", "an error"

    monkeypatch.setattr(switch, "said_by", lambda *_, **__: f'["{__file__[:-3]}", ".so"]')
    monkeypatch.setattr(switch.shutil, "which", lambda name: "cc" * (fault != "no compiler"))
    monkeypatch.setattr(switch, "output_of", output_of)
    assert switch_on([free]).recorded


def test_recordings_have_a_machine_and_a_date() -> None:
    paths = [*REFUSAL.parent.glob("*.json"), *switch.SWITCH.glob("*.json")]
    kinds = {"refused": Refusal, "crossing": Crossing, "interpreters": Interpreters}
    for path in paths:
        made = switch.load_as(kinds.get(path.stem.partition("-")[0], Switch), path)
        one = getattr(made, "lists", made)
        assert made.recorded and one.made.startswith("2026-")


# -- wheels -----------------------------------------------------------------------------


def test_the_table_of_wheels_has_its_date() -> None:
    table = load_wheels()
    assert [row[0] for row in table.rows] == ["Python", *asking.ABIS]
    assert table.made[:10] in repr(table) and table.made[:10] in table._repr_html_()
    some = Wheels("2026-11-28", {"a": "1", "b": "2"}, {"3.14t": {"a": "1.1", "b": ""}})
    assert some.rows[1] == ["3.14t", "0", "a (1.1 has one), b"]


def test_packages_are_asked_for_and_the_newest_release_is_named(monkeypatch, tmp_path) -> None:
    def pip(wanted, options):
        if "cp315t" in options and "==" in wanted:
            return "x-1.0-cp36-abi3-manylinux_2_17_x86_64.whl"  # of no use without the GIL
        return (
            "x-1.1-cp315-abi3.abi3t-manylinux_2_17_x86_64.whl"
            if "cp315t" in options
            else ("x-1.0-cp314-cp314t-manylinux_2_17_x86_64.whl" if "cp314t" in options else None)
        )

    monkeypatch.setattr(asking, "compiled", lambda: {"x": "1.0"})
    monkeypatch.setattr(asking, "check_index", lambda name: None)
    monkeypatch.setattr(asking, "_pip", pip)
    monkeypatch.setattr("helpers.pythons.wheels.WHEELS", tmp_path / "wheels.json")
    said = list(asking.ask_index())
    assert said[0] == "x 1.0: no wheel for 3.13t, 3.15t"
    made = switch.load_as(Wheels, tmp_path / "wheels.json")
    assert made.lacks == {"3.13t": {"x": ""}, "3.14t": {}, "3.15t": {"x": "1.1"}}


def test_without_an_index_one_line_says_so(monkeypatch) -> None:
    monkeypatch.setattr(asking, "_pip", lambda wanted, options: None)
    with pytest.raises(LabError, match="the package index tells nothing of 'numpy' here") as caught:
        asking.check_index("numpy")
    assert "\n" not in str(caught.value)
