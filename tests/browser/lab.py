"""A JupyterLab server of its own and a real browser that drives it as a reader would.

`Server` starts and stops JupyterLab on a private folder. `Lab` opens a notebook in Chromium,
uses JupyterLab's own menu, clicks widget buttons and looks at what a reader would see.
Both are used by the fixtures in conftest.py and by shots.py.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psutil
from playwright.sync_api import Browser, Locator, Page, sync_playwright

CHROMIUM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",  # a container may have little of it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Every process that a server starts inherits this variable, however it is orphaned later.
MARK = "GIL_LAB_TEST_SERVER"
GONE_S = 60.0  # in which the processes of a kernel that has ended must be gone
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}


def find_chromium() -> str | None:
    """Return the path of a Chromium-like browser, or None where there is none.

    The environment variable GIL_LAB_CHROMIUM names one that is not on the PATH.
    """
    named = os.environ.get("GIL_LAB_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """Run headless Chromium for as long as the `with` block lasts."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


def wait_until(condition: Callable[[], Any], timeout_s: float, what: str) -> Any:
    """Return the first true value of condition(), or raise TimeoutError that says what."""
    end = time.monotonic() + timeout_s
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {timeout_s:g} s for {what}")
        time.sleep(0.1)
    return value


class Server:
    """A JupyterLab process on a free port, with settings and state in a folder of its own.

    `root` is the folder that JupyterLab shows; `state` takes its settings, logs and run files.
    `settings` maps a plugin's id to the user settings that are laid down before the start.
    """

    def __init__(self, root: Path, state: Path, settings: dict[str, dict] | None = None) -> None:
        self.root = root
        self.state = state
        self.token = secrets.token_hex(16)
        self.log = state / "jupyterlab.log"
        for plugin, values in (settings or {}).items():
            package, name = plugin.split(":")
            file = state / "user-settings" / package / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values), encoding="utf-8")

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0", "--ip=127.0.0.1"]
        command += [f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        places = {
            MARK: self.token,
            "JUPYTER_TOKEN": self.token,
            "JUPYTER_CONFIG_DIR": self.state / "config",
            "JUPYTER_DATA_DIR": self.state / "data",
            "JUPYTER_RUNTIME_DIR": self.state / "runtime",
            "JUPYTERLAB_SETTINGS_DIR": self.state / "user-settings",
            "JUPYTERLAB_WORKSPACES_DIR": self.state / "workspaces",
            "IPYTHONDIR": self.state / "ipython",
        }
        self.state.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env=os.environ | {name: str(value) for name, value in places.items()},
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.url = wait_until(self._address, 60, f"JupyterLab to answer, see {self.log}")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _address(self) -> str | None:
        """Return the server's address once it answers there."""
        if self.process.poll() is not None:
            raise RuntimeError(f"JupyterLab ended at once:\n{self.log.read_text(errors='replace')}")
        for file in (self.state / "runtime").glob("jpserver-*.json"):
            try:
                self.url = json.loads(file.read_text(encoding="utf-8"))["url"]
                self.ask("api/status")
            except (json.JSONDecodeError, urllib.error.URLError):
                return None  # the file is half written, or the server does not listen yet
            return self.url
        return None

    def ask(self, path: str, method: str = "GET") -> Any:
        """Return the JSON answer of the server's REST interface, None where it is empty."""
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def shut_kernels_down(self) -> None:
        """End every kernel, with the session that it belongs to."""
        for session in self.ask("api/sessions"):
            self.ask(f"api/sessions/{session['id']}", "DELETE")

    def processes(self) -> list[psutil.Process]:
        """Return the living processes that the server's kernels brought into being."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.token and process.pid != self.process.pid:
                    found.append(process)
            except psutil.Error:
                pass  # it ended while it was asked, or belongs to somebody else
        return found

    def check_nothing_runs(self) -> None:
        """Raise RuntimeError that names the processes which outlive their kernels by GONE_S."""
        left = self.processes()
        end = time.monotonic() + GONE_S
        while left and time.monotonic() < end:
            time.sleep(0.1)
            left = self.processes()
        for process in left:
            process.kill()
        if left:
            raise RuntimeError(f"left running: {', '.join(map(str, left))}")

    def stop(self) -> None:
        """End the server with its kernels; raise where a process outlives it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self.check_nothing_runs()


# What the browser is asked; each is the body of a function of no argument, `app` is JupyterLab.
# A promise may never be kept, as when a dialog waits for an answer: none is awaited for ever.
_READY = """() => {
    const ready = async () => {
        const app = window.jupyterapp;
        await app.restored;
        const panel = app.shell.currentWidget;
        if (!panel || !panel.sessionContext) return false;
        await panel.context.ready;
        await panel.sessionContext.ready;
        const kernel = panel.sessionContext.session?.kernel;
        if (!kernel) return false;
        await kernel.info;
        return true;
    };
    return Promise.race([ready(), new Promise(done => setTimeout(done, 2000, false))]);
}"""
_CELLS = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    return panel.content.widgets.map(cell => ({
        type: cell.model.type,
        source: cell.model.sharedModel.getSource(),
        state: cell.model.executionState ?? null,
        count: cell.model.executionCount ?? null,
        outputs: cell.model.outputs ? cell.model.outputs.toJSON() : [],
    }));
}"""
_KERNEL_STATUS = """() =>
    window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status ?? 'none'"""
_COMMAND = """([command, args]) => Promise.race([
    window.jupyterapp.commands.execute(command, args).then(() => true),
    new Promise(done => setTimeout(done, 30000, false)),
])"""


class Lab:
    """One browser tab that shows one notebook. All waiting has a limit and says what for."""

    def __init__(self, chromium: Browser, server: Server, width: int = 1280, height: int = 900):
        self.server = server
        self.context = chromium.new_context(viewport={"width": width, "height": height})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.page_errors: list[str] = []
        self.page.on("pageerror", lambda error: self.page_errors.append(str(error)))

    def close(self) -> None:
        """Close the tab and end its kernel; raise where a process outlives that."""
        self.context.close()
        self.server.shut_kernels_down()
        self.server.check_nothing_runs()

    # -- going somewhere -------------------------------------------------------------------

    def open(self, notebook: str, timeout_s: float = 60) -> Self:
        """Open a notebook by its path below the server's root and wait for its kernel."""
        if not (self.server.root / notebook).is_file():
            raise FileNotFoundError(f"{notebook} is not in {self.server.root}")
        self.page.goto(f"{self.server.url}lab/tree/{notebook}?reset&token={self.server.token}")
        return self._wait_ready(timeout_s)

    def reload(self, timeout_s: float = 60) -> Self:
        """Reload the page, as a reader who comes back to the notebook."""
        self.page.reload()
        return self._wait_ready(timeout_s)

    def _wait_ready(self, timeout_s: float) -> Self:
        # The indicator says "idle" before the kernel is connected, and Run All is then lost.
        limit_ms = timeout_s * 1000
        self.page.wait_for_function("() => window.jupyterapp !== undefined", timeout=limit_ms)
        self.page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden)", timeout=limit_ms)
        wait_until(lambda: self.page.evaluate(_READY), timeout_s, "the notebook's kernel")
        return self

    # -- doing something ---------------------------------------------------------------------

    def command(self, name: str, **arguments: object) -> None:
        """Execute one of JupyterLab's commands, such as `apputils:change-theme`."""
        if not self.page.evaluate(_COMMAND, [name, arguments]):
            raise TimeoutError(f"waited 30 s for JupyterLab's command {name}")

    def menu(self, *labels: str) -> None:
        """Choose an entry of the menu bar by its labels: `menu("Run", "Run All Cells")`."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text=_exactly(labels[0])).click()
        for label in labels[1:]:
            entry = self.page.locator(".lm-Menu-itemLabel", has_text=_exactly(label))
            entry.locator("visible=true").click()

    def run_all(self, timeout_s: float = 240) -> None:
        """Choose Run All Cells in JupyterLab's menu and wait until all of it has run."""
        self.start_all()
        self.wait_idle(timeout_s)

    def start_all(self) -> None:
        """Choose Run All Cells in JupyterLab's menu; return once the first cell has begun."""
        before = self._progress()
        self.menu("Run", "Run All Cells")
        wait_until(lambda: self._progress() != before, 30, "Run All to begin")

    def _progress(self) -> list[tuple]:
        return [(cell["state"], cell["count"]) for cell in self.cells()]

    def wait_idle(self, timeout_s: float = 60) -> None:
        """Wait until no cell is waiting or running and the kernel has nothing to do."""
        wait_until(lambda: not self.busy(), timeout_s, "the kernel to become idle")

    def busy(self) -> bool:
        """Return whether a cell waits or runs, or the kernel is at work."""
        running = any(cell["state"] == "running" for cell in self.cells())
        return running or self.kernel_status() != "idle"

    def kernel_status(self) -> str:
        """Return the kernel's state: "idle", "busy", "starting", ..., or "none"."""
        return self.page.evaluate(_KERNEL_STATUS)

    def click(self, text: str, nth: int = 0) -> None:
        """Click the nth widget button with this text."""
        self.button(text).nth(nth).click()

    def save(self) -> None:
        """Save the notebook, with the state of its widgets where the settings say so."""
        self.command("docmanager:save")

    def interrupt(self) -> None:
        """Interrupt the kernel, as the square in the toolbar does."""
        self.command("notebook:interrupt-kernel")

    def wait_for(self, condition: Callable[[], Any], timeout_s: float, what: str) -> Any:
        """Return the first true value of condition(), or raise TimeoutError that says what."""
        return wait_until(condition, timeout_s, what)

    # -- looking -----------------------------------------------------------------------------

    @property
    def notebook(self) -> Locator:
        """The notebook as the reader sees it, for playwright's own locators."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook")

    def button(self, text: str) -> Locator:
        """Return the widget buttons with this text."""
        return self.notebook.locator("button.jupyter-button").filter(has_text=_exactly(text))

    def text(self) -> str:
        """Return all text that the notebook shows."""
        return self.notebook.inner_text()

    def output_texts(self) -> list[str]:
        """Return the text of each output area that has any, top to bottom, as it is shown."""
        shown = self.notebook.locator(".jp-OutputArea-output").all_inner_texts()
        return [text for text in shown if text.strip()]

    def images(self) -> list[str]:
        """Return the source (a data URL) of each picture in the outputs, top to bottom."""
        sources = "images => images.map(image => image.src)"
        return self.notebook.locator(".jp-OutputArea-output img").evaluate_all(sources)

    def cells(self) -> list[dict]:
        """Return type, source, state, count and outputs (nbformat's form) of each cell."""
        return self.page.evaluate(_CELLS)

    def errors(self) -> list[str]:
        """Return "Name: message" of every exception shown in the notebook."""
        return [
            f"{output['ename']}: {output['evalue']}"
            for cell in self.cells()
            for output in cell["outputs"]
            if output["output_type"] == "error"
        ]

    def screenshot(self, file: Path) -> Path:
        """Save what the tab shows now as PNG and return the file's path."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=file)
        return file

    def screenshots(self, folder: Path, name: str) -> list[Path]:
        """Save the whole notebook, top to bottom, as numbered PNG files."""
        pane = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer")
        pane.evaluate("pane => pane.scrollTo({top: 0, behavior: 'instant'})")
        total, view = pane.evaluate("pane => [pane.scrollHeight, pane.clientHeight]")
        files = []
        for number, top in enumerate(range(0, total, view - 40), start=1):
            pane.evaluate(
                """(pane, top) => new Promise(done => {
                    pane.scrollTo({top: top, behavior: 'instant'});
                    requestAnimationFrame(() => requestAnimationFrame(done));
                })""",
                top,
            )
            files.append(self.screenshot(folder / f"{name}-{number:02}.png"))
            if top + view >= total:
                break
        return files


def _exactly(text: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(text)}\s*$")
