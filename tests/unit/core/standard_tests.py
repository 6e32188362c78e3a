"""CPython's own tests of ``concurrent.futures``, run with our executors in place of its own.

    python tests/unit/core/standard_tests.py threads [--full]

They are those of the package ``test`` of the Python that runs, and are run by a program of their
own, because they reap the children and count the threads of the whole process. Without ``--full``
it is the part that is quick. The last line is JSON: how many ran, and the names of those that
failed; what they said goes to standard error.
"""

import contextlib
import importlib
import inspect
import json
import pkgutil
import sys
import unittest
from concurrent import futures

from helpers.beyond.cluster import ClusterExecutor
from helpers.core import worker
from helpers.core.executors import ProcessExecutor, SerialExecutor, ThreadExecutor
from helpers.core.interpreters import InterpreterExecutor

#: Deliberate differences, by the name of a test: whose, and why.
DIFFERENCES = {
    "test_map_timeout": ("serial", "its calls are made before map returns, so none is late"),
    "test_max_workers_negative": ("distributed", "open_pool sees to it, for all kinds"),
    "test_kill_workers": ("processes", "what workers started is killed too, in every Python"),
    "test_python_finalization_error": ("processes", "what cannot be started is one line"),
    "test_submit_closure": ("interpreters", "what stands in no module is sent by value"),
    "test_submit_local_instance": ("interpreters", "what stands in no module is sent by value"),
    "test_submit_instance_method": ("interpreters", "what stands in no module is sent by value"),
    "test_submit_exception_in_func": ("interpreters", "the cause of an error is its traceback"),
    "test_pickle_errors_propagate": ("interpreters", "an error in unpacking arrives as itself"),
}

#: These start a script that imports the standard executor: they say nothing of ours.
_OF_THE_STANDARD = (
    "test_interpreter_shutdown", "test_submit_after_interpreter_shutdown", "test_hang_gh83386",
    "test_cancel_futures_wait_false",
)  # fmt: skip
_QUICK = "ExecutorTest"  # the classes that are run at first, without these:
_LONG = (
    "test_hang_global_shutdown_lock", "test_map_timeout", "test_max_tasks_early_shutdown",
    "test_saturation", "test_free_reference",
)  # fmt: skip


class Threads(ThreadExecutor):
    """Ours, with the arguments of the standard one."""

    def __init__(self, *args, **named):
        super(ThreadExecutor, self).__init__(*args, **named)


class Processes(ProcessExecutor):
    """The same for processes."""

    def __init__(self, max_workers=None, mp_context=None, initializer=None, initargs=(), **named):
        method = mp_context and mp_context.get_start_method()
        super().__init__(2, method)
        standard = super(ProcessExecutor, self)
        standard.__init__(max_workers, mp_context, initializer, initargs, **named)
        self._initargs = (self.words, self._mark, initializer, initargs)
        self._initializer = _begin


def _begin(words, mark, initializer, initargs):
    worker.begin_process(words, mark)
    if initializer is not None:
        initializer(*initargs)


class Interpreters(InterpreterExecutor):
    """The same for interpreters, which find this program's modules by ``PYTHONPATH``."""

    def __init__(self, *args, **named):
        super(InterpreterExecutor, self).__init__(*args, **named)


class Cluster(ClusterExecutor):
    """The same for a cluster of Dask's; each test starts one, which takes seconds."""

    def __init__(self, max_workers=2):
        super().__init__(max_workers)


class Serial(SerialExecutor):
    """The serial one for as many workers as a test wants."""

    def __init__(self, max_workers=1):
        if max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        super().__init__(1)


_OURS = {
    "ThreadPoolExecutor": ("threads", Threads),
    "ProcessPoolExecutor": ("processes", Processes),
    "InterpreterPoolExecutor": ("interpreters", Interpreters),
}


def modules():
    """Return the modules of the tests: there is one, or there is a package of them."""
    found = importlib.import_module("test.test_concurrent_futures")
    names = [m.name for m in pkgutil.iter_modules(getattr(found, "__path__", ()))]
    wanted = [f"{found.__name__}.{name}" for name in names if name.startswith("test_")]
    return [importlib.import_module(name) for name in wanted] or [found]


def cases(kind):
    """Yield the classes of tests for a kind, each with our executor."""
    seen: set[type] = set()
    for module in modules():
        for name, case in inspect.getmembers(module, inspect.isclass):
            standard = getattr(case, "executor_type", None)
            if standard is None or not issubclass(case, unittest.TestCase):
                continue
            family, ours = _OURS[standard.__name__]
            method = getattr(case, "ctx", None)
            if kind == (f"{family}-{method}" if method else family):
                derived = type(
                    name, (case,), {"executor_type": ours, "__module__": case.__module__}
                )
                setattr(module, name, derived)  # so that its methods are sent by name
                yield derived
        yield from composed(module, kind, seen)


def composed(module, kind, seen):
    """Yield the classes for a kind that CPython has not, of what its tests of threads share."""
    shared, ours = {
        "serial": (("ExecutorTest",), Serial),
        "distributed": (
            ("WaitTests", "AsCompletedTests", "ExecutorTest", "ExecutorShutdownTest"),
            Cluster,
        ),
    }.get(kind, ((), None))
    util = sys.modules.get("test.test_concurrent_futures.util", module)
    for name in shared:
        if (tests := vars(module).get(name)) and tests not in seen:
            seen.add(tests)  # several modules have it
            bases = (tests, util.ThreadPoolMixin, util.BaseTestCase)
            yield type(f"{kind}{name}", bases, {"executor_type": ours})


def suite(kind, is_full):
    """Return the tests of a kind."""
    found = unittest.TestSuite()
    for case in cases(kind):
        for test in unittest.defaultTestLoader.loadTestsFromTestCase(case):
            name = test.id().rpartition(".")[2]
            is_quick = name not in _LONG and (_QUICK in case.__name__ or kind == "serial")
            if name not in _OF_THE_STANDARD and (is_full or is_quick):
                found.addTest(test)
    return found


def main(kind, *options):
    """Run them, and print what came of it."""
    with contextlib.redirect_stdout(sys.stderr):
        tests = suite(kind, "--full" in options)
        for name, (family, ours) in _OURS.items():  # some tests take them from there
            if kind.startswith(family):
                setattr(futures, name, ours)
        result = unittest.TextTestRunner(sys.stderr, verbosity=2).run(tests)
    failed = [test for test, _ in (*result.failures, *result.errors)] + result.unexpectedSuccesses
    names = [test.id() for test in failed if not _is_meant(kind, test.id())]
    said = {"ran": result.testsRun, "skipped": len(result.skipped), "failed": names}
    print(json.dumps({**said, "meant": len(failed) - len(names)}))


def _is_meant(kind, name):
    whose, _ = DIFFERENCES.get(name.rpartition(".")[2], (None, ""))
    return whose == kind.partition("-")[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
