"""What two tools from npm say of the pages: axe-core, and html-validate.

npm install --prefix FOLDER axe-core html-validate
make test ARGS=tests/browser/test_pages_checked.py GIL_LAB_NPM=FOLDER
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(1800)  # with --full, the first test waits for all notebooks
VARIABLE = "GIL_LAB_NPM"
BAD = """async () => (await axe.run({ preload: false })).violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes.map(node => node.html).join(" ")}`.slice(0, 300))"""


@pytest.fixture(scope="module")
def modules() -> Path:
    """The folder in which npm has put the tools."""
    if not os.environ.get(VARIABLE):
        pytest.skip(
            "pages were not checked by axe-core and html-validate: npm install --prefix FOLDER "
            f"axe-core html-validate, and name the folder by {VARIABLE}"
        )
    return Path(os.environ[VARIABLE], "node_modules")


def paths(site: Path) -> list[Path]:
    return sorted([*site.glob("*.html"), *site.glob("units/*.html")])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Page, site: Path, modules: Path, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    found = {}
    for path in paths(site):
        page.goto(path.as_uri())
        page.add_script_tag(path=modules / "axe-core" / "axe.min.js")
        before = page.evaluate(BAD)
        for unit in page.locator("section.unit").all():
            while unit.get_by_role("button").is_enabled():
                unit.get_by_role("button").click()
        found[path.name] = before + page.evaluate(BAD)
    assert {name: bad for name, bad in found.items() if bad} == {}


def test_html_validate_finds_no_error(site: Path, modules: Path, tmp_path: Path) -> None:
    program = shutil.which("html-validate", path=str(modules / ".bin"))
    assert program is not None
    rules = tmp_path / "rules.json"
    rules.write_text('{"root": true, "extends": ["html-validate:standard"]}', encoding="utf-8")
    command = [program, "--config", str(rules), *map(str, paths(site))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
