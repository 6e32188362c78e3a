"""Kinds of worker: one entry is all that a new one needs."""

from pkgutil import resolve_name

import pytest

from helpers.cells.scaling_lab import ScalingLab
from helpers.core import pools
from helpers.core.executors import ThreadExecutor
from helpers.draw import style
from helpers.kind import KINDS, Kind, families, kind, usual
from helpers.turns.record import record

NEW = "fibres"


@pytest.fixture
def fibres(monkeypatch):
    entry = Kind(
        NEW, NEW, "fibre", "#123456", "#123456", "h", opens=f"{__name__}:ThreadExecutor",
        standard="ThreadPoolExecutor", shares_memory=True, own_lock=False,
    )  # fmt: skip
    monkeypatch.setitem(KINDS, NEW, entry)
    return entry


def test_a_new_kind_needs_one_entry(fibres):
    assert pools.kinds()[NEW] is None and NEW in families() and NEW in usual()
    with pools.open_pool(NEW, 2) as pool:
        assert isinstance(pool, ThreadExecutor)
        assert pool.submit(len, "GIL").result() == 3
    assert (style.colour(NEW), style.ink(NEW), style.marker(NEW)) == ("#123456", "#123456", "h")
    assert record(NEW, ["loop", "wait"], seconds=0.02).workers == ("fibre 1", "fibre 2")
    assert NEW in ScalingLab().controls


def test_a_variant_looks_like_its_family():
    assert kind("processes-forkserver").family == "processes"
    assert style.colour("processes-forkserver") == style.colour("processes")
    assert kind("free-threaded").family == "free-threaded"
    assert style.colour("something else") == style.INK
    assert kind("threads-of-tomorrow").marker == kind("threads").marker


def test_each_family_has_a_look_of_its_own():
    shown = [KINDS[name] for name in families()]
    assert len({one.colour for one in shown}) == len({one.marker for one in shown}) == len(shown)


@pytest.mark.parametrize("name", [name for name, one in KINDS.items() if one.opens])
def test_what_the_table_names_is_there(name):
    assert callable(resolve_name(KINDS[name].opens))
    assert not KINDS[name].lacks or callable(resolve_name(KINDS[name].lacks))


def test_what_is_only_drawn_cannot_be_opened():
    assert "free-threaded" not in pools.kinds()
