"""A script without the guard is told so, before any process runs it again."""

import ast
import os
import subprocess
import sys

import pytest

from helpers.core.guard import _is_guarded
from tests.kernels import CHECKOUT

GUARDED = {
    "usual": 'if __name__ == "__main__":\n    HERE',
    "else": 'if __name__ != "__main__":\n    pass\nelse:\n    HERE',
    "other way round": 'if "__main__" == __name__ and True:\n    HERE',
    "in one line": '__name__ == "__main__" and HERE',
    "as an expression": 'x = HERE if __name__ == "__main__" else None',
    "left before": 'import sys\nif __name__ != "__main__":\n    sys.exit()\nHERE',
    "raised before": 'if __name__ != "__main__":\n    raise SystemExit\nHERE',
    "the parent": "import multiprocessing\nif multiprocessing.parent_process() is None:\n    HERE",
    "tried": 'try:\n    if __name__ == "__main__":\n        HERE\nfinally:\n    pass',
    "match": 'match __name__:\n    case "__main__":\n        HERE',
}
BARE = {
    "alone": "HERE",
    "in another if": "if True:\n    HERE",
    "a logger": "log = logging.getLogger(__name__)\nHERE",
    "before it": 'HERE\nif __name__ == "__main__":\n    pass',
    "after it": 'if __name__ == "__main__":\n    pass\nHERE',
    "loop": "for n in range(3):\n    HERE",
    "with": "with open(path):\n    HERE",
}


@pytest.mark.parametrize("name", GUARDED)
def test_a_guard_is_known_in_whatever_form(name):
    lines = GUARDED[name].splitlines()
    line = 1 + next(i for i, text in enumerate(lines) if "HERE" in text)
    assert _is_guarded(ast.parse(GUARDED[name]).body, line)


@pytest.mark.parametrize("name", BARE)
def test_a_missing_guard_is_seen(name):
    lines = BARE[name].splitlines()
    line = 1 + next(i for i, text in enumerate(lines) if "HERE" in text)
    assert not _is_guarded(ast.parse(BARE[name]).body, line)


WORK = """
def slow(n):
    return sum(i * i for i in range(2_000 + n))

print("the script begins")
"""
VERDICT = "print(verdict(slow, list(range(20)), budget_s=1, kinds=['processes', 'threads']).kind)"
POOL = "with open_pool('processes-spawn', 1) as pool: print(pool.submit(slow, 1).result(60))"
IMPORTS = (
    "from helpers.advice.verdict import verdict\nfrom helpers.core.pools import open_pool\n"
    "from helpers.core.scaling import Experiment\n"
)


def ran(tmp_path, text, *arguments):
    script = tmp_path / "job.py"
    script.write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, *(arguments or [str(script)])]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=environment, cwd=tmp_path
    )


@pytest.mark.parametrize("line", [VERDICT, POOL], ids=["verdict", "pool"])
@pytest.mark.parametrize("how", ["file", "module"])
def test_a_script_without_it_is_told_before_anything_runs_twice(tmp_path, line, how):
    text = f"{IMPORTS}{WORK}def main():\n    {line}\nmain()\n"
    done = ran(tmp_path, text, *(["-m", "job"] if how == "module" else []))
    assert done.stdout == "the script begins\n" and done.returncode == 1
    said = done.stderr.splitlines()[-1]
    number = 1 + text.splitlines().index("main()")
    assert f"line {number} of job.py, which starts them, is under no if __name__ ==" in said
    assert len(said) < 400


@pytest.mark.parametrize(
    "text",
    [
        f"{IMPORTS}{WORK}if __name__ == '__main__':\n    {POOL}\n",
        # Threads run no script again, and neither does a process that is forked.
        f"{IMPORTS}{WORK}{VERDICT.replace(chr(39) + 'processes' + chr(39) + ', ', '')}\n",
    ],
    ids=["with it", "threads alone"],
)
def test_a_script_that_needs_none_or_has_it_runs(tmp_path, text):
    done = ran(tmp_path, text)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_package_s_own_script_is_not_run_again(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(f"{IMPORTS}{WORK}{POOL.replace('slow, 1', 'abs, -1')}\n")
    done = ran(tmp_path, "", "-m", "package")
    assert (done.stdout, done.stderr) == ("the script begins\n1\n", "")
