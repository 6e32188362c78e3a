# ruff: noqa: B009, C402, RUF007, UP004, UP024, UP031, UP036
# (what ruff would modernise must also run on Python 2.7)
"""What another Python runs to do a job for this one: valid Python 2.7 and 3, nothing installed.

It reads lines of JSON and answers each with a line of JSON, in ASCII:

    {"job": ..., "items": [...], "table": {...}, "n_sublists": n}  ->  {"protocol": 1, ...}
    {"sent": a folder, "path": [...], "n_sublists": n}            ->  {"protocol": 1, ...}
    {"kind": ..., "n_workers": n}                                 ->  {"wall_s": ..., ...}
    {"send": "results"}                                           ->  {"results": [...]}

The first answer says what this Python is, after the job's modules are imported; in place of a job
of the lab, a function and its items may have been sent as files of a folder. Each of the third is
one run of the whole job, and holds a digest of its results, or what was sent has them in a file of
that folder; the fourth sends those of the last run. Whatever goes wrong is answered by
{"error": one line}. The end of the input ends it.
"""

import hashlib
import json
import os
import pickle
import platform
import signal
import sys
import sysconfig
import threading
import time
import unicodedata
import warnings

try:
    from queue import Queue
    from threading import get_ident
except ImportError:  # Python 2
    from Queue import Queue
    from thread import get_ident

PROTOCOL = 1
_LAST_S = 3.0  # for the pools to end by themselves

# --- Clocks: seconds of wall time, of this thread's CPU time, and of all threads'

if platform.python_implementation() == "Jython":
    from java.lang import System
    from java.lang.management import ManagementFactory

    def now():
        return System.nanoTime() / 1e9

    def thread_cpu_s():
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e9

    def process_cpu_s():
        return ManagementFactory.getOperatingSystemMXBean().getProcessCpuTime() / 1e9

else:
    now = getattr(time, "perf_counter", time.time)
    process_cpu_s = getattr(time, "process_time", getattr(time, "clock", None))
    # Before Python 3.7 there is none: all CPU time then counts as the process's.
    thread_cpu_s = getattr(time, "thread_time", lambda: 0.0)


# --- The job


def load_job(job, table):
    """Return the job's function, from a sublist to a list of strings, one for each item."""
    if job in IMPORTED:
        from helpers.pythons import other_python as importable

        return getattr(importable, IMPORTED[job])
    if job == "pictures":
        if sys.version_info < (3, 11):
            raise RuntimeError("the pictures need Python 3.11 or newer")
        return draw_all
    if sys.version_info >= (3, 9):
        from helpers.jobs.strings import normalise_all

        return normalise_all
    return older_normalise_all(dict((int(code), text) for code, text in table.items()))


def draw_all(pictures):
    """Return [its name, the digest of its pixels] as text for each picture."""
    from helpers.jobs.pictures import Picture, render_all

    drawn = render_all([Picture(**options) for options in pictures])
    return ["%s %s" % (done.name, done.sha256) for done in drawn]


def older_normalise_all(table):
    """Return ``helpers.jobs.strings.normalise_all`` for a Python that cannot import it.

    A string has no ``casefold`` there: ``lower`` does most of it, and the table that was sent has
    the rest.
    """
    combining, normalize = unicodedata.combining, unicodedata.normalize

    def normalise(text):
        decomposed = normalize("NFKD", text.strip())
        bare = "".join([letter for letter in decomposed if not combining(letter)])
        return " ".join(sorted(set(bare.lower().translate(table).split())))

    return lambda texts: [normalise(text) for text in texts]


def normalise_text(text):
    """Return a text whose lines are brought to one form: it crosses as one string."""
    return "\n".join(load_job("strings", {})(text.split("\n")))


def same(what):
    """Return what came: for jobs that only cross."""
    return what


# --- A function that was sent, with all it needs

_HIGHEST = 5  # of the protocols of pickle: this one reads no higher


def turning_on(watched):
    """Return which modules turned the GIL on, by the warnings that were watched."""
    words = [str(one.message).split("'") for one in watched if "(GIL)" in str(one.message)]
    return [said[1] for said in words if len(said) > 2]


# Interpreters import what they run, so these are looked for where they can be imported.
IMPORTED = {
    "texts": "normalise_text",
    "a text there and back": "same",
    "a list there and back": "same",
}
# A call of these gets one item and no list: a string in a list is pickled, and takes far longer.
ONE_EACH = ("texts", "a text there and back")


def timed(function, sublist):
    """Return the worker, its (begin, end, CPU seconds), and the result of a call."""
    cpu_began_s, began_s = thread_cpu_s(), now()
    result = function(sublist)
    ended_s, cpu_s = now(), thread_cpu_s() - cpu_began_s
    return "%s.%s" % (os.getpid(), get_ident()), (began_s, ended_s, cpu_s), result


# --- Pools: a ``map`` that returns when all is done, and ``shutdown``


class Serial(object):
    def __init__(self, n_workers):
        self.map = lambda function, *lists: [function(*items) for items in zip(*lists)]
        self.shutdown = lambda: None


class Threads(object):
    """As much of a ThreadPoolExecutor as Python 2.7 needs; the same in every Python."""

    def __init__(self, n_workers):
        self.calls, self.answers = Queue(), Queue()
        self.threads = [threading.Thread(target=self.work) for _ in range(n_workers)]
        for thread in self.threads:
            thread.daemon = True
            thread.start()

    def work(self):
        while True:
            call = self.calls.get()
            if call is None:
                return
            index, function, items = call
            try:
                self.answers.put((index, function(*items), None))
            except BaseException as error:
                self.answers.put((index, None, error))

    def map(self, function, *lists):
        calls = list(zip(*lists))
        for index, items in enumerate(calls):
            self.calls.put((index, function, items))
        answers = [self.answers.get() for _ in calls]
        for _, _, error in answers:
            if error is not None:
                raise error
        results = dict((index, result) for index, result, _ in answers)
        return [results[index] for index in range(len(calls))]

    def shutdown(self):
        for _ in self.threads:
            self.calls.put(None)


def processes(n_workers):
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    method = multiprocessing.get_all_start_methods()[0]  # the system's own, but never fork
    context = multiprocessing.get_context("forkserver" if method == "fork" else method)
    return ProcessPoolExecutor(n_workers, mp_context=context)


def interpreters(n_workers):
    import builtins
    from concurrent.futures import InterpreterPoolExecutor

    # An interpreter begins with the path that Python started with.
    path = "import sys; sys.path[:] = %r" % (sys.path,)
    run = getattr(builtins, "exec")  # a keyword in Python 2
    return InterpreterPoolExecutor(n_workers, initializer=run, initargs=(path,))


KINDS = {
    "serial": Serial,
    "threads": Threads,
    "processes": processes,
    "interpreters": interpreters,
}


# --- What this Python is


def identity():
    """Return a dict that says what this Python is now, at run time."""
    variable = sysconfig.get_config_var
    return {
        "protocol": PROTOCOL,
        "implementation": platform.python_implementation(),
        "python": platform.python_version(),
        "build": " ".join(str(sys.version).split()),
        "free_threaded": bool(variable("Py_GIL_DISABLED")),
        "gil": has_a_lock(),
        "jit": has_a_jit(),
        "unicode": unicodedata.unidata_version,
        "flags": variable("CONFIG_ARGS") or "",
        "system": "%s %s" % (platform.system(), platform.release()),
    }


def has_a_lock():
    """Return whether one thread at a time runs Python code: never on Java's and .NET's threads."""
    if platform.python_implementation() in ("Jython", "IronPython"):
        return False
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def has_a_jit():
    """Return "on", "off" or "none" for CPython's own compiler at run time."""
    jit = getattr(sys, "_jit", None)
    if jit is None or not jit.is_available():
        return "none"
    return "on" if jit.is_enabled() else "off"


def memory_bytes():
    """Return the most memory that this process ever held, or None where nobody keeps count."""
    try:
        with open("/proc/self/status") as file:
            rows = dict(line.split(":", 1) for line in file)
        return 1024 * int(rows["VmHWM"].split()[0])
    except (IOError, KeyError):  # not Linux
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS


# --- The conversation


class Conversation(object):
    def __init__(self):
        self.pools, self.results = {}, []

    def answer(self, asked):
        """Return the dict that answers one question."""
        if "send" in asked:
            return {"results": self.results}
        if "kind" in asked:
            return self.run(asked["kind"], asked["n_workers"])
        with warnings.catch_warnings(record=True) as watched:
            warnings.simplefilter("always")
            self.begin(asked)
        return dict(identity(), turned_on=turning_on(watched))

    def begin(self, asked):
        """Load the function and its items; one call imports what the job needs."""
        self.folder, self.n_runs = asked.get("sent"), 0
        if self.folder is not None:
            from helpers.pythons.sent import load

            self.function, items = load(self.folder, asked["path"])
        else:
            self.function, items = load_job(asked["job"], asked["table"]), asked["items"]
        n = asked["n_sublists"]
        cuts = [len(items) * i // n for i in range(n + 1)]
        self.sublists = [items[a:b] for a, b in zip(cuts, cuts[1:])]
        self.one_each = asked.get("job") in ONE_EACH
        if self.one_each:
            self.sublists = items
        self.function(items[0] if self.one_each else items[:1])

    def run(self, kind, n_workers):
        startup_s = 0.0
        if (kind, n_workers) not in self.pools:
            began_s = now()
            self.pools[kind, n_workers] = pool = KINDS[kind](n_workers)
            list(pool.map(time.sleep, [0.01] * n_workers))
            startup_s = now() - began_s
        pool = self.pools[kind, n_workers]
        call = timed
        if kind in ("processes", "interpreters"):  # they import this file, which is here a script
            from helpers.pythons.other_python import timed as call
        functions = [self.function] * len(self.sublists)
        cpu_began_s, began_s = process_cpu_s(), now()
        answers = list(pool.map(call, functions, self.sublists))
        wall_s, process_s = now() - began_s, process_cpu_s() - cpu_began_s
        parts = [part for _, _, part in answers]
        self.results = parts if self.one_each else [result for part in parts for result in part]
        cpu_s = sum(times[2] for _, times, _ in answers)
        other_cpu_s = process_s if kind == "processes" else max(0.0, process_s - cpu_s)
        moved = [(who, [max(0.0, t - began_s) for t in times[:2]]) for who, times, _ in answers]
        answer = {
            "startup_s": startup_s,
            "wall_s": wall_s,
            "cpu_s": cpu_s,
            "other_cpu_s": other_cpu_s,
            "spans": [[who, began, ended] for who, (began, ended) in moved],
            "gil": has_a_lock(),
            "memory_bytes": memory_bytes(),
        }
        if self.folder is not None:
            return dict(answer, **self.put_down())
        text = "\n".join(self.results)
        return dict(answer, sha256=hashlib.sha256(text.encode("utf-8")).hexdigest())

    def put_down(self):
        """Write the results into a new file, and return its name; or why they cannot be sent."""
        self.n_runs += 1
        name = "results-%d-%d.pickle" % (os.getpid(), self.n_runs)
        results, self.results = self.results, []
        try:
            with open(os.path.join(self.folder, name), "wb") as file:
                pickle.dump(results, file, min(_HIGHEST, pickle.HIGHEST_PROTOCOL))
        except Exception as error:
            return {"results": None, "unsent": told(error)}
        return {"results": name}


def told(error):
    """Return an error as text; a pool of interpreters has the real one in an error's cause."""
    if type(error).__name__ == "Lacking":  # by ``sent``, in a line
        return str(error)
    cause = error
    while cause is not None:
        for line in str(cause).splitlines():
            if "does not support loading in subinterpreters" in line:
                return line.strip()
        cause = getattr(cause, "__cause__", None)
    return "%s: %s" % (type(error).__name__, error)


def own_streams():
    """Return a file to read questions from and one for the answers.

    What a job reads or prints by the usual ones comes from nowhere and goes nowhere.
    """
    if platform.python_implementation() == "Jython":  # it has no numbers of files
        out, sys.stdout = sys.stdout, sys.stderr
        return sys.stdin, out
    asked, out = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return asked, out


def lines_of(file):
    """Return the lines of a file, one after the other.

    They end when whoever asks has ended, perhaps killed. Then a job that goes on is ended as well.
    """
    lines = Queue()

    def read():
        for line in iter(file.readline, ""):
            lines.put(line)
        lines.put("")
        time.sleep(_LAST_S)
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():  # the workers, too
            os.killpg(os.getpid(), signal.SIGKILL)
        os._exit(1)

    reader = threading.Thread(target=read)
    reader.daemon = True
    reader.start()
    return iter(lines.get, "")


def main():
    asked, out = own_streams()
    conversation = Conversation()
    for line in lines_of(asked):
        try:
            answer = conversation.answer(json.loads(line))
        except Exception as error:
            answer = {"error": told(error)}
        out.write(json.dumps(answer) + "\n")
        out.flush()
    for pool in conversation.pools.values():
        pool.shutdown()


if __name__ == "__main__":
    main()
