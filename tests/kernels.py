"""A real Jupyter kernel to run cells in, and what it leaves behind."""

import contextlib
import os
import signal
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import psutil
from jupyter_client.manager import KernelManager

CHECKOUT = Path(__file__).parents[1]
SHARED = Path("/dev/shm")  # where Linux keeps shared memory and named semaphores
LIMIT_S = 60.0
_SERVANTS = ("resource_tracker", "multiprocessing.forkserver")  # Python's own, one of each


@dataclass(frozen=True)
class Answer:
    """What a cell printed or gave, and the lines of the error that ended it."""

    text: str
    error: tuple[str, ...]


class Kernel:
    """A kernel for the length of a ``with``. Its processes are known by a mark they inherit."""

    def __enter__(self):
        self.mark = f"GIL_LAB_TEST_KERNEL={uuid.uuid4().hex}"
        name, value = self.mark.split("=")
        path = os.pathsep.join([str(CHECKOUT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        self.manager = KernelManager()
        self.manager.start_kernel(
            cwd=str(CHECKOUT), env={**os.environ, name: value, "PYTHONPATH": path}
        )
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=LIMIT_S)
        self.pid = self.manager.provisioner.process.pid
        return self

    def __exit__(self, *what):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()

    def begin(self, code):
        """Have the kernel execute a cell, and do not wait for it."""
        self._asked = self.client.execute(code)

    def said(self, word=None):
        """Return the ``Answer`` of the cell, or what it printed until there was ``word`` in it."""
        text, error = "", ()
        while word is None or word not in text:
            message = self.client.get_iopub_msg(timeout=LIMIT_S)
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != self._asked:
                continue
            if kind == "stream":
                text += content["text"]
            elif kind == "execute_result":
                text += content["data"]["text/plain"]
            elif kind == "error":
                error = tuple(content["traceback"])
            elif kind == "status" and content["execution_state"] == "idle":
                assert word is None, f"{word} was never printed: {text} {error}"
                break
        return Answer(text, error)

    def run(self, code):
        """Return the ``Answer`` of a cell."""
        self.begin(code)
        return self.said()

    def interrupt(self):
        """Do what the notebook's stop button does."""
        self.manager.interrupt_kernel()

    def restart(self):
        """Do what the notebook's restart button does."""
        self.manager.restart_kernel()
        self.client.wait_for_ready(timeout=LIMIT_S)
        self.pid = self.manager.provisioner.process.pid

    def process(self):
        """Return the kernel's own process."""
        return psutil.Process(self.pid)

    def kill(self):
        """End the kernel so that it can do nothing about it."""
        os.kill(self.pid, signal.SIGKILL)
        self.manager.provisioner.process.wait(30)

    def processes(self):
        """Return the kernel's own process and all that come from it, orphans included."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                name, value = self.mark.split("=")
                alive = process.status() != psutil.STATUS_ZOMBIE
                if alive and process.environ().get(name) == value:
                    found.append(process)
        return found

    def workers(self):
        """Return the processes that come from the kernel, without Python's own two servants."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                serves = process.ppid() == self.pid and any(
                    word in " ".join(process.cmdline()) for word in _SERVANTS
                )
                if process.pid != self.pid and not serves:
                    found.append(process)
        return found

    def shared(self):
        """Return the names in ``SHARED`` that the kernel or a process of it has in its memory."""
        found = set()
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                found |= {Path(entry.path) for entry in process.memory_maps()}
        return {path for path in found if path.parent == SHARED and path.exists()}


def eventually(is_so, limit_s=LIMIT_S):
    """Wait until something is so; return whether it came about."""
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        if is_so():
            return True
        time.sleep(0.05)
    return is_so()
