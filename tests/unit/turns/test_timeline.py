"""Recording who ran when, and drawing it."""

import dataclasses
import itertools
import multiprocessing
import sys
import threading
import time
import zlib
from functools import partial

import pytest

from helpers.core.machine import gil_enabled
from helpers.core.spans import Span
from helpers.core.switch_interval import switch_interval
from helpers.core.switches import Switches
from helpers.draw import style
from helpers.errors import LabError, Stopped
from helpers.jobs import works as chunks
from helpers.jobs.registry import job
from helpers.pythons.states import HOLDS, WAITS, WITHOUT
from helpers.pythons.witness import Witness
from helpers.turns import record as timeline
from helpers.turns.chart import draw_timeline, plot_concurrency, plot_timeline
from helpers.turns.lanes import lanes_of
from helpers.turns.record import Timeline, record
from helpers.turns.summary import concurrency_shares, turns
from helpers.turns.words import explain

needs_gil = pytest.mark.skipif(not gil_enabled(), reason="this Python runs without a lock")


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    interval_s, threads = sys.getswitchinterval(), set(threading.enumerate())
    yield
    assert sys.getswitchinterval() == interval_s
    assert not multiprocessing.active_children()
    assert {t for t in threading.enumerate() if t.name.startswith("gil-lab")} <= threads


@pytest.fixture
def sizes(monkeypatch):
    """Make the pieces of work small and known, so that nothing depends on the machine."""
    monkeypatch.setattr(
        chunks, "fitting_size", {"loop": 200, "wait": 500, "c-releases": 500, "c-holds": 500}.get
    )


# --- From stamps to a Timeline --------------------------------------------------------


def put_together(works, *stamps):
    answers = [(True, 0.0, [10 + s for s in lane]) for lane in stamps]
    return timeline._timeline("threads", works, 0.005, 10.0, answers)


def test_python_code_that_was_interrupted_leaves_the_stretch_open():
    lane = [0.0, 1.0, 2.0, 20.0, 21.0]  # the third piece took 18 times as long
    made = put_together(("loop",), lane)
    assert made.spans == (
        Span("thread 1", 0.0, 2.0, "python"),
        Span("thread 1", 20.0, 21.0, "python"),
    )
    assert made.chunk_s == (1.0,)
    assert made.n_chunks == (4,)
    assert made.wall_s == 21.0


def test_a_worker_that_never_had_its_turn_has_an_empty_lane():
    made = put_together(("loop", "loop"), [0.0, 1.0], [5.0])
    assert made.n_chunks == (1, 0)
    assert made.wall_s == 1.0
    assert {span.worker for span in made.spans} == {"thread 1"}
    assert "thread 2: Python loop" in texts(plot_timeline(made))


def test_a_call_into_c_is_shown_from_stamp_to_stamp():
    made = put_together(("c-holds", "wait"), [0.0, 1.0, 1.5, 40.0], [0.0, 3.0])
    assert made.spans == (
        Span("thread 1", 0.0, 1.0, "c-hold"),
        Span("thread 1", 1.5, 40.0, "c-hold"),
        Span("thread 2", 0.0, 3.0, "wait"),
    )


# --- Real recordings ------------------------------------------------------------------


def recorded_until(is_so, *what, **options):
    """Return a recording of which something is so: on a busy machine it takes some until then."""
    made = record(*what, **options)
    for _ in range(9):
        if is_so(made):
            break
        made = record(*what, **options)
    return made


def each_had_a_turn(made):
    return all(n > 0 for n in made.n_chunks)


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["serial", "threads", "processes", "processes-spawn"])
def test_every_kind_of_pool_can_be_recorded(kind, sizes):
    n_workers = 1 if kind == "serial" else 2
    made = recorded_until(each_had_a_turn, kind, ["loop"] * n_workers, seconds=0.3)
    assert made.kind == kind
    assert made.n_workers == len(made.workers) == n_workers
    assert each_had_a_turn(made)
    assert all(0 <= span.start_s <= span.stop_s <= made.wall_s for span in made.spans)
    assert {span.worker for span in made.spans} <= set(made.workers)
    assert made.gil is gil_enabled()


@pytest.mark.alone
@needs_gil
@pytest.mark.parametrize("works", [["loop", "loop"], ["loop", "c-holds"], ["c-holds", "c-holds"]])
def test_under_the_lock_no_two_threads_are_seen_holding_it_at_once(works):
    def one_at_a_time(made):
        return concurrency_shares(turns(made.spans), 2, 0.0, made.wall_s)[2] < 0.05

    assert one_at_a_time(recorded_until(one_at_a_time, "threads", works, seconds=0.15))


@pytest.mark.alone
@needs_gil
def test_waiting_and_released_calls_of_two_threads_overlap():
    def overlap(made):
        one, two = ([s for s in made.spans if s.worker == name] for name in made.workers)
        return any(max(a.start_s, b.start_s) < min(a.stop_s, b.stop_s) for a in one for b in two)

    for work in ("wait", "c-releases"):
        assert overlap(recorded_until(overlap, "threads", work, seconds=0.5)), work


def test_the_work_can_differ_from_worker_to_worker(sizes, monkeypatch):
    # Not real work, because a thread may wait for the lock so long that it never has its turn.
    def follow(name, size, begin_s, seconds, ended):
        return True, begin_s - 1, [begin_s, begin_s + len(name) / 100]

    monkeypatch.setattr(chunks, "follow", follow)
    made = record("threads", ["wait", "loop", "c-holds"], seconds=0.02)
    assert made.works == ("wait", "loop", "c-holds")
    assert [(span.worker, span.label) for span in made.spans] == [
        ("thread 1", "wait"),
        ("thread 2", "python"),
        ("thread 3", "c-hold"),
    ]
    assert [span.stop_s for span in made.spans] == pytest.approx([0.04, 0.04, 0.07], abs=1e-6)


@pytest.mark.alone
def test_the_switch_interval_is_in_force_while_it_records_and_set_back(sizes, monkeypatch):
    seen = []
    follow = chunks.follow

    def spy(*args):
        seen.append(sys.getswitchinterval())
        return follow(*args)

    monkeypatch.setattr(chunks, "follow", spy)
    made = record("threads", seconds=0.02, switch_interval_s=0.05)
    assert seen == pytest.approx([0.05, 0.05])
    assert made.switch_interval_s == pytest.approx(0.05)


def test_a_common_start_that_was_missed_is_set_again_further_ahead(sizes, monkeypatch):
    leads = []

    def late_at_first(name, size, begin_s, seconds, ended):  # and nobody waits for the start
        leads.append(begin_s - chunks.now())
        return True, begin_s + (1 if len(leads) <= 2 else -1), [begin_s, begin_s + seconds]

    monkeypatch.setattr(chunks, "follow", late_at_first)
    monkeypatch.setattr(timeline, "_LEADS_S", (100.0, 1000.0))
    record("threads", seconds=0.01)
    assert len(leads) == 4
    assert min(leads[2:]) > max(leads[:2])


def test_workers_that_never_begin_together_are_refused(sizes, monkeypatch):
    monkeypatch.setattr(chunks, "follow", lambda *args: (True, float("inf"), []))
    with pytest.raises(LabError, match=r"must begin together.*try fewer"):
        record("threads", seconds=0.01)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_stop_ends_a_recording_and_all_its_workers(kind):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(Stopped):
        record(kind, seconds=10, switch_interval_s=0.02, stop=stop)


def test_an_interrupt_ends_a_recording_and_all_its_workers(monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(timeline, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        record("threads", seconds=10, switch_interval_s=0.02)


def test_an_error_in_a_worker_comes_out_once(sizes, monkeypatch):
    def failing(*args):
        raise MemoryError("no room")

    monkeypatch.setattr(chunks, "follow", failing)
    with pytest.raises(LabError, match="loop raised MemoryError: no room"):
        record("threads", seconds=0.02, switch_interval_s=0.02)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"kind": "fibres"}, "kind of pool is one of"),
        ({"works": "sing"}, "the work is one of loop, wait.*, a job or a function, not 'sing'"),
        ({"works": ["loop", "sing"]}, "'sing'"),
        ({"works": []}, "works come in a list of one or more, not"),
        ({"works": None}, "not None"),
        ({"works": ["loop"] * 1000}, "number of workers"),
        ({"seconds": 0}, "seconds must be a number from 0.01 to 10: got 0"),
        ({"seconds": -1}, "got -1"),
        ({"seconds": 1e9}, "got 1000000000.0"),
        ({"seconds": float("nan")}, "got nan"),
        ({"seconds": "long"}, "got 'long'"),
        ({"switch_interval_s": 0}, "switch_interval_s must be a number from 0.0002 to 1: got 0"),
        ({"switch_interval_s": -0.005}, "got -0.005"),
        ({"switch_interval_s": float("nan")}, "got nan"),
        ({"switch_interval_s": float("inf")}, "got inf"),
        ({"switch_interval_s": "fast"}, "got 'fast'"),
    ],
)
def test_bad_input_is_refused_in_one_line(call, said):
    with pytest.raises(LabError, match=said) as caught:
        record(**{"kind": "threads", "seconds": 0.02, **call})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("microseconds", [19, 50, 57, 999, 5000])
def test_the_switch_interval_is_set_back_to_the_microsecond(microseconds):
    with switch_interval(microseconds * 1e-6) as before_s:
        assert round(before_s * 1e6) == microseconds
        with switch_interval(None), switch_interval(0.5):
            pass
        assert sys.getswitchinterval() == before_s


def test_the_switch_interval_is_set_back_after_an_error():
    before_s = sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError), switch_interval(0.5) as in_force_s:
        assert in_force_s == sys.getswitchinterval() == 0.5
        raise ZeroDivisionError
    assert sys.getswitchinterval() == before_s


# --- Charts ---------------------------------------------------------------------------

TURNS = [Span(f"thread {1 + i % 2}", i * 0.005, (i + 1) * 0.005, "python") for i in range(20)]
OVERLAP = [Span("a", 0.0, 0.1, "released"), Span("b", 0.0, 0.1, "released")]
WAITING = [Span("a", 0.0, 0.1, "wait"), Span("b", 0.0, 0.1, "wait")]


def recorded(spans=TURNS, **change):
    facts = {"kind": "threads", "works": ("loop", "c-holds"), "switch_interval_s": 0.005}
    facts |= {"gil": True, "wall_s": 0.1, "chunk_s": (1e-5, 1e-5), "n_chunks": (9, 9)}
    return Timeline(**{**facts, "spans": tuple(spans), **change})


def bars(ax):
    """Return {label: [(left, right, lane)]} as drawn, in ms."""
    found = {}
    for bunch in ax.collections:
        if bunch.get_hatch() is not None or len(bunch.get_facecolor()):
            for path in bunch.get_paths():
                (left, low), _, (right, high) = path.vertices[:3]
                found.setdefault(bunch.get_label(), []).append((left, right, (low + high) / 2))
    return found


def texts(ax):
    return [text.get_text() for text in ax.texts] + [ax.get_title(loc="left")]


def test_every_span_is_drawn_in_the_lane_of_its_worker_with_the_first_on_top():
    drawn = bars(plot_timeline(TURNS))["python"]
    assert drawn == [
        pytest.approx((5.0 * i, 5.0 * (i + 1), 1 - i % 2), abs=1e-9) for i in range(20)
    ]


STATES = tuple(
    Span(f"thread {n}", start_s, start_s + 0.05, label)
    for n, labels in ((1, (HOLDS, WITHOUT)), (2, (WAITS, HOLDS)))
    for start_s, label in zip((0.0, 0.05), labels)
)
SEEN = Witness("CPython 3.15.2", (STATES,), (), b"{}")


def test_what_a_profiler_saw_is_drawn_below_the_bars_and_told():
    one = recorded(witness=SEEN)
    drawn = bars(ax := plot_timeline(one))
    assert drawn["profiler: holds"] == [
        pytest.approx((0, 50, 1 - 0.325), abs=1e-9),
        pytest.approx((50, 100, -0.325), abs=1e-9),
    ]
    assert drawn["profiler: waits for it"] == [pytest.approx((0, 50, -0.325), abs=1e-9)]
    assert "Below each, when a profiler saw it hold the GIL" in ax.get_label()
    assert explain(one, 2)[-1] == (
        "Recorded in CPython 3.15.2, whose profiler saw this: thread 1 held the GIL 50 %, waited "
        "for it 0 %, was without it 50 %; thread 2 held the GIL 50 %, waited for it 50 %, was "
        "without it 0 %."
    )


def test_without_a_profiler_one_sentence_says_why(tmp_path):
    none = recorded(witness="there is none")
    assert explain(none, 2)[-1] == "No second witness: there is none."
    assert not [label for label in bars(plot_timeline(none)) if "profiler" in label]
    with pytest.raises(LabError, match=r"here is none \(there is none\)"):
        none.save_gecko(tmp_path / "none.json")
    assert recorded(witness=SEEN).save_gecko(tmp_path / "it.json").read_bytes() == b"{}"


def test_lanes_are_named_by_worker_and_work():
    ax = plot_timeline(recorded())
    assert "thread 1: Python loop" in texts(ax)
    assert "thread 2: re.findall, which holds the GIL" in texts(ax)
    assert ax.get_xlabel() == "time (ms)"


def test_many_lanes_are_named_at_the_axis():
    ax = plot_timeline([Span(f"w{i}", 0, 1) for i in range(100)])
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names[0] == "w0"
    assert len(names) <= 25


@pytest.mark.parametrize(
    ("spans", "gist"),
    [
        (TURNS, "one at a time"),
        (OVERLAP, "side by side"),
        (WAITING, "waiting side by side"),
        ([*OVERLAP[:1], *WAITING[1:]], "one waits while another works"),
        ([Span("a", 0, 2), Span("b", 1, 2)], "side by side 50 % of the time"),
        ([Span("a", 0, 1), Span("b", 9, 10)], "nobody seen running 80 % of the time"),
    ],
)
def test_the_title_says_what_is_to_be_seen(spans, gist):
    assert plot_timeline(spans).get_title(loc="left").endswith(f": {gist}")


def test_the_title_names_the_interval_only_where_it_matters():
    assert "switch interval 5 ms" in plot_timeline(recorded()).get_title(loc="left")
    others = [Span("process 1", 0, 1), Span("process 2", 1, 2)]
    title = plot_timeline(recorded(others, kind="processes")).get_title(loc="left")
    assert title == "2 processes: one at a time"
    assert "no GIL" in plot_timeline(recorded(gil=False)).get_title(loc="left")


def test_calls_that_share_a_core_with_other_programs_are_not_called_side_by_side():
    calls = [Span(f"thread {n}", 0.0, 0.1, "call") for n in (1, 2)]
    starved = recorded(calls, lost=(Switches(own=0, forced=20),) * 2)
    assert plot_timeline(starved).get_title(loc="left").endswith(": under way at once")
    assert explain(starved, 2) == [
        "Side by side: both were under way at once for 100 % of the time.",
        "Other programs took the CPUs: the system took the threads off their cores 40 times in "
        "100 ms. A call into C is drawn from its start to its end, so that cannot be seen.",
    ]
    assert len(explain(starved, 1)) == 2 and "Only one CPU" in explain(starved, 1)[1]
    for quiet in (recorded(calls, lost=(Switches(20, 1),) * 2), recorded(calls, lost=(None,) * 2)):
        assert explain(quiet, 2) == ["Side by side: both ran at once for 100 % of the time."]
        assert plot_timeline(quiet).get_title(loc="left").endswith(": side by side")


def test_a_turn_is_marked_where_turns_are_taken():
    assert "turns of about 5 ms" in texts(plot_timeline(TURNS))
    assert not any("turns of" in text for text in texts(plot_timeline(OVERLAP)))


def test_the_key_says_what_a_blank_means():
    def key(spans):
        return [text.get_text() for text in plot_timeline(spans).get_legend().get_texts()]

    assert "not seen running: waits for the GIL or a core" in key(recorded())
    assert "waits for the GIL or a core" in key(TURNS)  # a simulation misses nothing
    assert "in C, GIL released" in key(OVERLAP)


def test_labels_differ_without_colour():
    labels = ["python", "c-hold", "released", "wait"]
    ax = plot_timeline([Span("a", i, i + 1, label) for i, label in enumerate(labels)])
    looks = {}
    for bunch in ax.collections:
        if bunch.get_label() in labels:
            r, g, b, _ = bunch.get_facecolor()[0]
            looks[bunch.get_label()] = 0.3 * r + 0.59 * g + 0.11 * b
    shades = sorted(looks.values())
    assert len(shades) == 4
    assert all(b - a > 0.1 for a, b in itertools.pairwise(shades))


def test_thousands_of_spans_are_few_artists():
    many = [Span(f"t{i % 3}", i, i + 0.5, "python") for i in range(5000)]
    assert len(plot_timeline(many).collections) == 2  # the lanes, and all bars


def test_shares_of_time_are_drawn_and_written():
    ax = plot_concurrency(TURNS)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([0, 100, 0])
    assert [text.get_text() for text in ax.texts] == ["0 %", "100 %", "0 %"]
    assert ax.get_title(loc="left") == "How many ran at once"


def test_waiting_workers_are_counted_as_nobody_running():
    ax = plot_concurrency(WAITING)
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([100, 0, 0])


def test_charts_draw_into_given_axes_and_keep_alternative_text():
    ax = style.axes()
    assert plot_timeline(TURNS, ax=ax) is ax
    assert style.alt_text(ax).startswith("2 workers over 100 ms, one at a time: 20 turns")
    charts = draw_timeline(recorded())
    assert len(charts) == 2
    assert "20 turns" in style.alt_text(charts)
    assert style.png(charts).startswith(b"\x89PNG")


def test_an_empty_timeline_can_be_drawn():
    assert style.png(draw_timeline([])).startswith(b"\x89PNG")
    assert plot_timeline([]).get_label() == "A timeline, still empty."


def test_the_description_tells_work_and_turns():
    said = plot_timeline(recorded()).get_label()
    assert "2 threads, switch interval 5 ms over 100 ms, one at a time" in said
    assert "(Python loop; re.findall, which holds the GIL): 20 turns of about 5 ms" in said
    assert "nobody ran 0 %, 1 alone 100 %, 2 at once 0 %" in said


def test_turns_are_counted_only_where_they_are_taken():
    beside = [Span(f"process {1 + i % 2}", i, i + 2, "python") for i in range(20)]
    assert "turns" not in plot_timeline(recorded(beside, kind="processes")).get_label()
    paused = [Span("thread 1", 0, 1), Span("thread 1", 3, 4), Span("thread 2", 4, 5)]
    again = [dataclasses.replace(s, start_s=s.start_s + 5, stop_s=s.stop_s + 5) for s in paused]
    # A thread that was sent off its core in the middle of a turn has kept the GIL.
    held = recorded([*paused, *again], wall_s=10.0).held
    assert [turn.duration_s for turn in held] == [4, 1, 4, 1]
    assert lanes_of([*paused, *again], "threads").turns == "4 turns of about 2,500 ms"


def test_who_is_shut_out_is_named_in_the_title():
    spans = [Span("thread 1", 0, 0.01, "python"), Span("thread 2", 0.01, 0.1, "call")]
    frozen = recorded(spans)
    later = [Span("thread 1", 0.1, 0.11, "python"), Span("thread 2", 0.11, 0.13, "call")]
    assert recorded([*spans, *later], wall_s=0.13).shut_out == frozen.shut_out
    assert frozen.shut_out == ("thread 1", pytest.approx(0.09))
    title = plot_timeline(frozen).get_title(loc="left")
    assert title.endswith("one at a time, thread 1 shut out for 90 ms")
    assert recorded([Span("thread 1", 0.09, 0.1, "python")]).shut_out == ("", 0.0)
    never = recorded(spans[1:])
    assert never.shut_out == ("thread 1", pytest.approx(0.1))


def test_what_overlaps_is_running_or_waiting_where_all_wait():
    waits = [Span("thread 1", 0, 0.1, "wait"), Span("thread 2", 0.05, 0.1, "wait")]
    assert recorded(waits).overlap_share == pytest.approx(0.5)
    assert recorded([*waits[:1], Span("thread 2", 0, 0.1, "python")]).overlap_share == 0
    assert recorded(TURNS).overlap_share == 0


# --- A function, or a job, in place of a work ---------------------------------------------


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_function_of_the_reader_is_recorded_as_what_it_is(kind):
    def loop():
        return sum(range(300))

    works = [loop, partial(zlib.compress, b"bytes" * 20_000), partial(time.sleep, 0.004)]
    made = record(kind, works, seconds=0.05)
    assert made.titles[1:] == ("compress()", "sleep()") and "loop" in made.titles[0]
    # A thread may wait for the GIL so long that it never has its turn.
    assert made.labels <= {"python", "call", "wait"}


def test_a_call_into_c_computes_or_waits():
    assert chunks.call_of(partial(zlib.compress, b"bytes" * 20_000)).label == "call"
    assert chunks.call_of(partial(time.sleep, 0.004)).label == "wait"
    assert chunks.call_of(partial(sum, range(300))).label == "call"


@pytest.mark.parametrize(
    ("lost", "label"),
    [(None, "wait"), (Switches(own=1, forced=30), "call"), (Switches(own=30, forced=1), "wait")],
)
def test_a_call_whose_core_is_taken_does_not_wait(monkeypatch, lost, label):
    monkeypatch.setattr(chunks.time, "thread_time", lambda: 0.0)  # it never gets to compute
    monkeypatch.setattr(chunks, "since", lambda before: lost)
    assert chunks.call_of(partial(sum, range(300))).label == label


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda: time.sleep(0.01), "a call takes at most 1 ms, and .* took .*: give it less to do"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda x: x, "TypeError"),
    ],
)
def test_a_function_that_cannot_be_recorded_is_refused_in_one_line(work, said):
    with pytest.raises(LabError, match=said) as caught:
        record("threads", [work], seconds=0.02)
    assert "\n" not in str(caught.value)


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_job_is_recorded_a_few_items_at_a_time(kind):
    own = job(str.upper, ["zürich", "łódź", "lima"], title="Shout")
    made = recorded_until(each_had_a_turn, kind, [own, "loop"], seconds=0.05)
    assert made.works == ("Shout", "loop") and made.titles == ("Shout", "Python loop")
    assert each_had_a_turn(made)
    assert {span.label for span in made.spans if span.worker.endswith("1")} == {"the job"}


@pytest.mark.alone
def test_a_job_of_the_series_is_recorded_by_its_name():
    made = record("threads", ["strings"], seconds=0.02)
    assert made.works[0].startswith("Normalise ") and made.n_chunks[0] > 0
