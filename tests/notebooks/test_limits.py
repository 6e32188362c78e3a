"""The command that runs notebooks on a small machine finds what is wrong with them."""

import sys

import nbformat
import pytest

from helpers.errors import LabError

if sys.platform != "linux":
    pytest.skip("notebooks are limited by Linux's means; run it on Linux", allow_module_level=True)

from tests.benchmarks import notebooks

ROOM = 400_000_000


@pytest.fixture
def found(tmp_path):
    """Return a function that runs one cell under limits and returns the finding."""

    def find(source, n_cpus=1, memory_bytes=ROOM, limit_s=200):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        path = tmp_path / "tiny.ipynb"
        nbformat.write(notebook, path)
        before = path.read_bytes()
        finding = notebooks.run(path, n_cpus, memory_bytes, limit_s)
        assert path.read_bytes() == before
        return finding

    return find


def test_a_notebook_gets_the_cpus_and_its_memory_is_seen(found):
    finding = found("import os; assert len(os.sched_getaffinity(0)) == 1; x = bytearray(10**8)\n"
                    "import time; time.sleep(2)")  # fmt: skip
    assert (finding.failure, finding.n_cpus) == ("", 1)
    assert 1e8 < finding.peak_bytes < ROOM


def test_the_memory_of_all_processes_together_is_limited(found):
    finding = found(
        "import subprocess, sys\n"
        "hold = 'import time; x = bytearray(150_000_000); time.sleep(600)'\n"
        "workers = [subprocess.Popen([sys.executable, '-c', hold]) for _ in range(3)]\n"
        "[worker.wait() for worker in workers]"
    )
    assert finding.failure == "more than 400 MB"


def test_a_process_has_no_more_address_space_than_the_limit_and_some_room(found):
    assert found("x = bytearray(10**10)").failure.startswith("MemoryError")


def test_a_notebook_that_does_not_end_is_ended(found):
    assert found("while True: pass", limit_s=3).failure == "longer than 3 s"


def test_an_exception_and_what_is_left_running_are_named(found):
    assert found("1 / 0").failure == "ZeroDivisionError: division by zero"
    left = found(
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],\n"
        "                 start_new_session=True)\n"
        "import time; time.sleep(2)"
    )
    assert left.failure.startswith("left running: python")


def test_the_table_has_a_row_for_a_notebook_and_a_column_for_its_cpus():
    findings = [
        notebooks.Finding("00_a", 2, 20.4, 310_000_000),
        notebooks.Finding("00_a", 1, 31.6, 299_600_000),
        notebooks.Finding("01_b", 2, 1, 0, "the kernel died"),
        notebooks.Finding("01_b", 1, 2, 0),
    ]
    assert notebooks.table(findings).splitlines() == [
        "| notebook | 2 CPUs | 1 CPU |",
        "| --- | --- | --- |",
        "| 00_a | 20 s, 310 MB | 32 s, 300 MB |",
        "| 01_b | 1 s, 0 MB: **the kernel died** | 2 s, 0 MB |",
    ]


@pytest.mark.parametrize("arguments", [["99"], ["--cpus", "0"], ["--cpus", "x"], ["00", "--write"]])
def test_what_it_cannot_do_is_told_in_one_line(arguments):
    with pytest.raises(LabError) as error:
        notebooks.main(arguments)
    assert "\n" not in str(error.value)


def test_all_notebooks_are_chosen_without_a_name():
    assert len(notebooks.chosen([])) == len(list(notebooks.GUIDE.parent.glob("*.ipynb")))
    assert [path.stem for path in notebooks.chosen(["00"])] == ["00_start_here"]
    assert notebooks.cpu_counts("1") == [1]
