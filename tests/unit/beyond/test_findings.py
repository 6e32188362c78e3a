"""The claims of notebook 10: made-up results show each, deny it, and are excused."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from helpers import beyond
from helpers.beyond import findings
from helpers.beyond.network import Network
from helpers.beyond.servers import ServerLoad
from helpers.beyond.trips import Trip
from helpers.cells.finding import finding
from helpers.core.machine import Capacity
from helpers.judge import claims
from helpers.judge.theory import ProcessModel
from helpers.processes.split import PARTS


@pytest.fixture(autouse=True)
def a_quiet_machine_with_eight_cpus(monkeypatch):
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: None)
    monkeypatch.setattr(findings, "one_cpu", lambda: None)
    monkeypatch.setattr(claims.machine, "gil_enabled", lambda: True)


def strings(near, far, start_s=2.0, loop_s=0.5):
    points = {
        "processes": SimpleNamespace(speed_up=near), "distributed": SimpleNamespace(speed_up=far)
    }  # fmt: skip
    runs = [
        SimpleNamespace(kind="serial", n_workers=1, wall_s=loop_s),
        SimpleNamespace(kind="distributed", n_workers=2, wall_s=loop_s / far),
    ]
    return SimpleNamespace(
        point=lambda kind, n: points[kind], timed_runs=runs, startup_s=lambda kind, n: start_s
    )


def split(computing_s, n_bytes=1_000):
    return SimpleNamespace(
        part_s=lambda name: computing_s, median_s=1.0, working_s=computing_s,
        bytes_out=n_bytes, bytes_back=n_bytes,
    )  # fmt: skip


def moves(sent_s=0.1, pictures_s=0.9):
    return {"sent from here": split(sent_s, 2_000_000), "pictures": split(pictures_s)}


def trips(sent_s=3.0, counted_s=0.3, slowest=5):
    took_s = {
        ("sent from here", slowest): sent_s, ("counted there", slowest): counted_s,
        ("sent from here", 1_000): 0.3, ("counted there", 1_000): 0.3,
    }  # fmt: skip
    return [Trip(way, Network(speed, 5), (s,), 1_000) for (way, speed), s in took_s.items()]


def loads(one=100.0, two=190.0, threads=100.0, wait=200.0, wait_four=210.0):
    rates = {
        ("compute", 1, 0): one, ("compute", 2, 0): two, ("compute", 1, 8): threads,
        ("wait", 1, 0): wait, ("wait", 4, 0): wait_four,
    }  # fmt: skip
    return [
        ServerLoad(e, n, t, n_at_once=16, rates_per_s=(rate,), answered=(), latencies_s=())
        for (e, n, t), rate in rates.items()
    ]


def model(n_calls):
    return ProcessModel(work_s=3600, copy_s=0.01 * n_calls, n_sublists=10**6)


SHOWN = {
    "10.same-lines": (["lodz"], ["lodz"]),
    "10.cluster-not-ahead": (strings(1.6, 1.4),),
    "10.move-less": (moves(),),
    "10.network": (trips(),),
    "10.small-jobs-stay": (strings(1.6, 1.4),),
    "10.large-sublists": (model(50_000), model(500)),
    "10.threads-do-not": (loads(),),
    "10.processes-help": (loads(),),
    "10.waiting-needs-no-process": (loads(),),
}
DENIED = {
    "10.same-lines": (["lodz"], ["zurich"]),
    "10.cluster-not-ahead": (strings(1.4, 1.9),),
    "10.move-less": (moves(pictures_s=0.05),),
    "10.network": (trips(sent_s=0.5),),
    "10.small-jobs-stay": (strings(1.6, 1.9, start_s=0.1, loop_s=60.0),),
    "10.large-sublists": (model(500), model(50_000)),
    "10.threads-do-not": (loads(threads=180.0),),
    "10.processes-help": (loads(two=100.0),),
    "10.waiting-needs-no-process": (loads(wait_four=800.0),),
}


@pytest.mark.parametrize("id", SHOWN)
def test_it_is_shown_or_denied(id):
    assert finding(id, *SHOWN[id]).state == "shown"
    assert finding(id, *DENIED[id]).state == "contradicted"


@pytest.mark.parametrize("id", sorted({*SHOWN} - {"10.same-lines", "10.large-sublists"}))
def test_other_programs_are_an_excuse(id, monkeypatch):
    monkeypatch.setattr(findings, "crowded", lambda *results, **asked: "other programs were busy")
    assert finding(id, *DENIED[id]).state == "not shown"


def test_a_second_process_that_a_quota_lets_run_for_an_instant_is_not_shown(monkeypatch):
    monkeypatch.setattr(findings, "one_cpu", lambda: "only one CPU can be used")
    assert finding("10.processes-help", *SHOWN["10.processes-help"]).state == "not shown"
    assert finding("10.processes-help", *DENIED["10.processes-help"]).state == "not shown"


def test_what_the_machine_gave_while_servers_were_asked_is_known_afterwards(monkeypatch):
    monkeypatch.setattr(findings, "crowded", claims.crowded)
    monkeypatch.setattr(claims.allowed, "usable_cpus", lambda: 2.0)
    narrow = Capacity((1, 2), ((1.0,), (1.1,)))
    asked = [replace(load, capacity=narrow) for load in loads(two=100.0)]
    found = finding("10.processes-help", asked)
    assert (found.state, "the time of 1.1 CPUs" in found.reason) == ("not shown", True)


def test_a_cluster_ahead_of_processes_that_were_stopped_is_excused(monkeypatch):
    monkeypatch.setattr(findings, "preempted", lambda *results: "each process got 50 % of a CPU")
    assert finding("10.cluster-not-ahead", *DENIED["10.cluster-not-ahead"]).state == "not shown"


def test_a_fast_network_is_an_excuse():
    assert finding("10.network", trips(sent_s=0.5, slowest=100)).state == "not shown"


def test_the_recorded_moves_are_drawn_though_older_ones_have_a_part_less():
    moves = beyond.load_beyond().moves
    for split in moves.values():
        assert sum(map(split.part_s, PARTS)) == pytest.approx(split.median_s)
    beyond.plot_moves(list(moves.values()), list(moves))
