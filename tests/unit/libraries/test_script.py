"""Amdahl's law through a script's curve, what a profiler says of it, and ways that are compiled."""

import importlib.util
import pstats
import sys
from cProfile import Profile
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.core.machine import Capacity
from helpers.core.variants import Comparison
from helpers.draw.variants import plot_variants
from helpers.judge.theory import amdahl
from helpers.libraries import cell, chart, compiled, two_parts
from helpers.libraries import curve as script_curve
from helpers.libraries.curve import ScriptCurve
from helpers.processes.rows import count_rows, make_matrix
from tests.unit.refusals import refusal

QUIET = Capacity((1, 2), ((1.0,), (2.0,)))


def curve(share, counts=(1, 2, 3, 4), usable=4.0):
    wall_s = tuple((1 / amdahl(share, n),) for n in counts)
    return ScriptCurve(counts, wall_s, usable, QUIET)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.45, 1.0])
def test_a_curve_of_amdahls_law_gives_its_own_share(share):
    assert curve(share).serial_share == pytest.approx(share)
    assert curve(share, (1, 2), 1.0).serial_share == pytest.approx(share)


def test_threads_without_a_cpu_do_not_bend_the_law():
    good, wall_s = curve(0.2), [*curve(0.2).wall_s]
    wall_s[2:] = [(5.0,), (5.0,)]
    assert ScriptCurve((1, 2, 3, 4), tuple(wall_s), 2.0, QUIET).serial_share == pytest.approx(
        good.serial_share
    )


def test_its_chart_begins_at_0_and_shows_the_ceiling():
    ax = chart.plot_script(curve(0.5, (1, 2), 2.0), 0.4)
    assert ax.get_ylim()[0] == 0 and ax.get_ylim()[1] > 2
    said = [text.get_text() for text in ax.texts]
    assert said == ["Amdahl's law", "with the profiler's share", "ceiling: 2.0"]
    assert ax.get_title(loc="left") == "A serial share of 50 % runs through the curve"
    assert "serial share 50 %. The profiler saw 40 %." in ax.get_label()
    assert not [t for t in chart.plot_script(curve(0.0), 0).texts if "ceiling" in t.get_text()]


def test_one_cpu_shows_no_law_that_it_has_not_measured():
    ax = chart.plot_script(curve(1.0, (1, 2), 1.0), 0.4)
    assert [t.get_text() for t in ax.texts] == ["with the profiler's share", "ceiling: 2.5"]
    assert ax.get_title(loc="left").startswith("One CPU shows no curve; the law with 40 %")


@pytest.mark.parametrize("wrong", [-0.1, 1.1, None, "0.5", True])
def test_a_share_out_of_its_range_is_refused(wrong):
    assert "profiled must be a number from 0 to 1" in refusal(cell.script_curve, wrong)


def test_the_script_is_measured_with_one_thread_and_more(monkeypatch):
    monkeypatch.setattr(script_curve, "_ROUNDS", 1)
    monkeypatch.setattr(script_curve, "make_lines", lambda: two_parts.make_lines(50))
    *_, found = script_curve.measure_script()
    assert found.n_threads[:2] == (1, 2) and all(len(own) == 1 for own in found.wall_s)
    assert 0 <= found.serial_share <= 1 and found.speed_ups[0] == 1


def test_a_profile_tells_the_share_of_a_part():
    profile = Profile()
    profile.runcall(two_parts.script, two_parts.make_lines(200))
    stats = pstats.Stats(profile)
    assert 0 < script_curve.share_of(stats, "read", "script") < 1
    assert script_curve.share_of(stats, "script", "script") == 1
    assert "no function 'shout'" in refusal(script_curve.share_of, stats, "shout", "script")


def test_the_lines_of_a_sampled_function_add_up_and_those_of_another_file_do_not():
    entries = {
        ("a.py", 3, "script"): (1, 4, 0.0, 4.0), ("a.py", 5, "script"): (2, 6, 0.0, 6.0),
        ("a.py", 9, "read"): (4, 4, 4.0, 4.0), ("thread.py", 2, "read"): (1, 1, 40.0, 40.0),
    }  # fmt: skip
    assert script_curve.share_of(SimpleNamespace(stats=entries), "read", "script") == 0.4


def test_a_sampling_profiler_is_asked_where_there_is_one(monkeypatch):
    monkeypatch.setattr(script_curve.importlib.util, "find_spec", lambda name: None)
    assert script_curve.sampled_share() is None
    # One that cannot do it, such as on a system that lets nobody look into a process.
    monkeypatch.setattr(script_curve.importlib.util, "find_spec", lambda name: "there")
    monkeypatch.setattr(script_curve.sys, "executable", sys.executable + "-of-another-day")
    assert script_curve.sampled_share() is None


@pytest.mark.skipif(importlib.util.find_spec("profiling") is None, reason="from Python 3.15 on")
def test_the_sampling_profiler_looks_at_the_script():
    share = script_curve.sampled_share()
    assert share is None or 0 < share < 1  # None: this system does not let it


def test_compiled_ways_are_those_that_are_installed():
    matrix = make_matrix(20)
    ways = compiled.compiled_ways(matrix)
    there = {way for way, name in compiled.COMPILED.items() if importlib.util.find_spec(name)}
    assert ways.keys() == there
    for kind, function in ways.values():
        assert kind == "serial"
        assert np.asarray(function(None)).tolist() == count_rows(matrix.tolist())


def test_bars_of_speed_ups_begin_at_0():
    ways = {"one": ("serial", lambda pool: [1]), "other": ("threads", lambda pool: [1])}
    *_, table = Comparison(ways, rounds=1).run()
    ax = plot_variants(table, from_zero=True)
    assert [bar.get_x() for bar in ax.patches] == [0, 0]
    assert [bar.get_width() for bar in ax.patches] == [way.speed_up for way in table.timings]
    assert ax.get_xlim()[0] == 0 and ax.get_xlabel() == "times as fast as one"
