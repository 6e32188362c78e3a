"""How soon a page is seen, from disk: `python -m tests.benchmarks.first_view FOLDER [ROUNDS]`.

FOLDER holds the pages that `make pages` has made. Each is opened in a Chromium with an empty cache
and without a network, as wide as a laptop's. The table has the median milliseconds from the request
to the first words, to the largest thing in the window and to the end of loading, and how much was
read by then. What lies far below the window is fetched later.
"""

import statistics
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser

from tests.browser.lab import browser

SEEN = """() => new Promise(done => {
  let largest = 0;
  new PerformanceObserver(list => { largest = list.getEntries().at(-1).startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => done([
    performance.getEntriesByName("first-contentful-paint")[0].startTime,
    largest,
    performance.getEntriesByType("navigation")[0].loadEventEnd,
  ]), 200);
})"""


def view(chromium: Browser, page: Path) -> list[float]:
    """Return the milliseconds to each step of one visit, and the bytes that it read."""
    with chromium.new_context(offline=True, viewport={"width": 1280, "height": 800}) as context:
        tab = context.new_page()
        files: set[Path] = set()
        tab.on("request", lambda asked: files.add(Path(unquote(urlsplit(asked.url).path))))
        tab.goto(page.as_uri())
        seen = tab.evaluate(SEEN)
        return [*seen, sum(file.stat().st_size for file in files if file.is_file())]


def main(folder: str, n_rounds: int = 5) -> None:
    """Print the table."""
    root = Path(folder).resolve()
    pages = sorted([*root.glob("*.html"), *root.glob("units/*.html")])
    print(f"{'median of ' + str(n_rounds):<36}{'words':>8}{'largest':>9}{'loaded':>8}{'kB':>7}")
    with browser() as chromium:
        view(chromium, pages[0])  # the browser's own start
        for page in pages:
            rounds = [view(chromium, page) for _ in range(n_rounds)]
            words, largest, loaded, n_bytes = map(statistics.median, zip(*rounds, strict=True))
            name = f"{page.parent.name}/{page.name}" if page.parent.name == "units" else page.name
            print(f"{name:<36}{words:>8.0f}{largest:>9.0f}{loaded:>8.0f}{n_bytes / 1000:>7.0f}")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:3]))
