"""A network in between: bytes arrive whole, later and more slowly; nothing of it is left."""

import contextlib
import socket
import threading
import time

import pytest

from helpers.beyond import cluster, lab, trips
from helpers.beyond.errand import Errand
from helpers.beyond.network import Network, Relay
from helpers.beyond.trips_chart import plot_trips
from helpers.errors import Stopped
from tests.kernels import eventually
from tests.unit.refusals import refusal

needs_dask = pytest.mark.skipif(
    cluster.lacking() is not None, reason=f"Dask is not installed: {cluster.INSTALL}"
)


@pytest.fixture
def echo():
    """The port of a server that sends back whatever it gets, until its end."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer(connection):
        with connection:
            while chunk := connection.recv(65_536):
                connection.sendall(chunk)

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=[connection], daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def sent_through(port, data):
    """Return what comes back for some bytes, and the seconds until all of it is there."""
    began_s = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        sending = threading.Thread(target=connection.sendall, args=[data])
        sending.start()
        got = b""
        while len(got) < len(data) and (chunk := connection.recv(65_536)):
            got += chunk
        sending.join()
    return got, time.perf_counter() - began_s


def names():
    return {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("network", [Network(4, 0), Network(1_000, 60)])
def test_bytes_arrive_whole_and_no_sooner_than_the_network_allows(echo, network):
    data = bytes(range(256)) * 400
    with Relay(echo, network).up() as relay:
        got, took_s = sent_through(relay.port, data)
        assert got == data and relay.n_bytes == 2 * len(data)
    least_s = network.seconds_for(len(data)) + network.delay_ms / 1000
    assert took_s > 0.85 * least_s  # a relay may be late, and never early
    assert "gil-lab network" not in names()


def test_two_connections_share_one_line(echo):
    data, took_s = bytes(50_000), []
    with Relay(echo, Network(4)).up() as relay:
        both = [
            threading.Thread(target=lambda: took_s.append(sent_through(relay.port, data)[1]))
            for _ in range(2)
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
    assert max(took_s) > 0.85 * Network(4).seconds_for(2 * len(data))


def test_a_closed_relay_ends_what_is_on_its_way(echo):
    with Relay(echo, Network(1, 1_000)).up() as relay:
        connection = socket.create_connection(("127.0.0.1", relay.port), timeout=30)
        connection.sendall(bytes(100_000))
    with connection, contextlib.suppress(ConnectionError):  # and no TimeoutError
        while connection.recv(65_536):
            pass
    assert "gil-lab network" not in names()


@pytest.mark.parametrize(
    "wrong", [(0,), (1_001,), ("10",), (True,), (float("nan"),), (10, -1), (10, 1_001), (10, None)]
)
def test_bad_values_of_a_network_are_refused(wrong):
    assert "must be a number from" in refusal(Network, *wrong)


@pytest.mark.parametrize("wrong", [[], list(range(1, 12)), "10", None, (10, 0)])
def test_bad_bandwidths_are_refused(wrong):
    assert refusal(trips.networks_of, wrong, 0)


@needs_dask
def test_a_cluster_behind_a_network_moves_what_is_sent(monkeypatch):
    monkeypatch.setattr(trips, "_N_STRINGS", 2_000)
    *_, found = trips.measure_trips(trips.networks_of([50, 1_000], 1), 1)
    assert [trip.way for trip in found] == 2 * ["sent from here", "read there", "counted there"]
    sent, read, counted = found[:3]
    assert sent.n_bytes > read.n_bytes > counted.n_bytes > 0
    assert sent.seconds > Network(50, 1).seconds_for(sent.n_bytes / 2)
    assert eventually(lambda: "gil-lab network" not in names())
    lines = plot_trips(found, chosen=["read there"])
    assert lines.get_ylim()[0] == 0 and "50 megabits a second" in lines.get_title(loc="left")
    assert "read there, 50 megabits" in lines.get_label()
    bars = plot_trips(found[:3])
    assert [bar.get_width() for bar in bars.patches] == [trip.seconds for trip in found[:3]]


@needs_dask
def test_a_stop_leaves_nothing(monkeypatch):
    monkeypatch.setattr(trips, "_N_STRINGS", 20_000)
    stop = threading.Event()
    steps = trips.measure_trips(trips.networks_of(1, 200), 1, stop=stop)
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    with pytest.raises(Stopped):
        list(steps)
    timer.join()
    assert not {"gil-lab network", "gil-lab cluster"} & names()


@needs_dask
def test_the_lab_of_a_network_measures_what_is_set(monkeypatch):
    monkeypatch.setattr(trips, "_N_STRINGS", 1_000)
    one = lab.NetworkLab()
    one.controls["megabits_per_s"].value, one.controls["delay_ms"].value = 100, 10
    one.run()
    assert one.wait(120) and one.error is None
    assert one.said == "Done. Nothing is left running."
    assert {trip.network for trip in one.trips} == {Network(100, 10)} and len(one.trips) == 3


def test_an_errand_is_worth_it_from_its_break_even_on():
    errand = Errand(600, 100, 100, 10, start_s=2, n_here=2)
    assert errand.there_s < errand.here_s and "times as fast" in str(errand)
    level = Errand(errand.pays_from_s, 100, 100, 10, start_s=2, n_here=2)
    assert level.there_s == pytest.approx(level.here_s) and "Stay here" in str(level)
    assert "never pays" in str(Errand(600, 0, 100, 2, n_here=2))


@pytest.mark.parametrize(
    "wrong",
    [
        (0, 1, 1, 1),
        (1, -1, 1, 1),
        (1, 1, 0, 1),
        (1, 1, 1, 1.5),
        (1, 1, 1, 1, -1),
        (1, 1, 1, 1, 0, -1),
    ],
)
def test_bad_values_of_an_errand_are_refused(wrong):
    assert "must be a" in refusal(Errand, *wrong)
