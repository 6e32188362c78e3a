"""An interrupt that comes while something is imported waits until that is whole."""

import signal
import sys
import textwrap
import time

import pytest

from helpers.interrupts import held, noted
from helpers.lazy import lazily
from tests.kernels import Kernel, eventually


def test_an_interrupt_is_held_back_until_the_end():
    done = []
    with pytest.raises(KeyboardInterrupt), held():
        signal.raise_signal(signal.SIGINT)
        done.append("whole")
    assert done == ["whole"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_is_not_lost_by_an_error():
    with pytest.raises(KeyboardInterrupt), held():
        signal.raise_signal(signal.SIGINT)
        raise ValueError


def test_an_interrupt_is_noted_and_told():
    with noted() as seen:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert seen == [signal.SIGINT]


def test_a_name_that_is_loaded_is_whole_after_an_interrupt(tmp_path, monkeypatch):
    package = tmp_path / "slow_to_load"
    package.mkdir()
    listed = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from .part import value\n"
    (package / "__init__.py").write_text(listed, "utf-8")
    source = """
        import signal
        signal.raise_signal(signal.SIGINT)
        value = 5
    """
    (package / "part.py").write_text(textwrap.dedent(source), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import slow_to_load

    load, _ = lazily("slow_to_load")
    with pytest.raises(KeyboardInterrupt) as told:
        load("value")
    assert told.value._render_traceback_() == [str(told.value)]
    assert str(told.value).startswith("Stopped while slow_to_load was loading")
    assert slow_to_load.part.value == load("value") == 5
    monkeypatch.delitem(sys.modules, "slow_to_load.part")


@pytest.mark.parametrize("named", ["lab.verdict", "verdict"])
def test_an_interrupt_in_the_first_second_of_the_first_verdict(named):
    with Kernel() as kernel:
        kernel.run("import helpers as lab")
        if named == "verdict":
            kernel.run("from helpers.advice.verdict import verdict")
        kernel.begin(f"print('on')\n{named}(len, ['a'] * 200, budget_s=60)")
        kernel.said("on")
        time.sleep(0.2)  # what was printed is on its way, and an import has begun
        kernel.interrupt()
        (line,) = kernel.said().error
        assert line.startswith("Stopped ") and "\n" not in line
        said = kernel.run(f"{named}(len, ['a'] * 200, budget_s=1, kinds=['threads'])")
        assert said.error == () and "plain loop" in said.text
        assert eventually(lambda: kernel.workers() == [])
