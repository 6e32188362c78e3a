"""Take screenshots of a notebook, top to bottom, after Run All in a real JupyterLab.

python -m tests.browser.shots notebooks/00_start_here.ipynb OUT_DIR [--dark] [--width 1280]
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.browser.lab import NO_NEWS, Lab, Server, browser, find_chromium

# Every cell is drawn at once, so that scrolling shows finished pictures.
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none", "scrollPastEnd": False},
    "@jupyterlab/apputils-extension:notification": NO_NEWS,
}
PICTURES = Path(__file__).resolve().parents[2] / "data" / "pictures"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.shots", description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--light", action="store_true", help="the light theme only")
    parser.add_argument("--dark", action="store_true", help="the dark theme only")
    parser.add_argument("--width", type=int, default=1280, help="pixels (default 1280)")
    parser.add_argument("--height", type=int, default=1200, help="pixels (default 1200)")
    parser.add_argument("--no-run", action="store_true", help="as it opens, nothing is run")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for Run All")
    parser.add_argument(
        "--click", action="append", default=[], metavar="TEXT", help="click this button afterwards"
    )
    parser.add_argument("--after", type=float, default=2, help="seconds to wait after each click")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Take the pictures; return 1 where the notebook shows an exception."""
    options = parse(arguments)
    if find_chromium() is None:
        sys.exit("no Chromium found: install it, or name it in GIL_LAB_CHROMIUM")
    chosen = [theme for theme in THEMES if getattr(options, theme)] or list(THEMES)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        root = Path(scratch, "root")
        (root / "notebooks").mkdir(parents=True)
        shutil.copy(options.notebook, root / "notebooks")
        shutil.copytree(PICTURES, root / "data" / "pictures")
        with Server(root, Path(scratch, "state"), SETTINGS) as server, browser() as chromium:
            lab = Lab(chromium, server, options.width, options.height)
            lab.open(f"notebooks/{options.notebook.name}")
            lab.command("application:toggle-left-area")
            if not options.no_run:
                start_s = time.monotonic()
                lab.run_all(options.timeout)
                print(f"Run All took {time.monotonic() - start_s:.1f} s")
            for text in options.click:
                lab.click(text)
                time.sleep(options.after)
            for theme in chosen:
                lab.command("apputils:change-theme", theme=THEMES[theme])
                time.sleep(1)  # the style sheet of the new theme is loaded without a signal
                for file in lab.screenshots(options.folder, f"{options.notebook.stem}-{theme}"):
                    print(file)
            errors = lab.errors()
            lab.close()
    for error in errors:
        print(f"the notebook shows: {error}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
