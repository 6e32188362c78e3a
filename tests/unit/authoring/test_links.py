"""Binder links come out of the address that git knows, in any of its forms."""

import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from helpers.__main__ import main
from helpers.authoring import links
from helpers.errors import LabError

CHECKOUT = Path(__file__).parents[3]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/owner/na.me",
        "https://github.com/owner/na.me.git",
        "https://github.com/owner/na.me/",
        "https://user:secret@github.com/owner/na.me.git",
        "http://github.com/owner/na.me",
        "git@github.com:owner/na.me.git",
        "github.com:owner/na.me",
        "ssh://git@github.com/owner/na.me.git",
        "ssh://git@github.com:22/owner/na.me",
        "git://github.com/owner/na.me.git",
        "https://GitHub.com/owner/na.me",
    ],
)
def test_every_usual_form_of_an_address_gives_the_same_link(address):
    link = links.binder_link(address, "notebooks/00_a.ipynb")
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc) == ("https", "mybinder.org")
    assert parts.path == "/v2/gh/owner/na.me/HEAD"
    assert parse_qs(parts.query) == {"labpath": ["notebooks/00_a.ipynb"]}


def test_other_hosts_get_the_form_that_binder_has_for_them():
    gitlab = links.binder_link("git@gitlab.com:group/sub/name.git", "a.ipynb")
    assert gitlab == "https://mybinder.org/v2/gl/group%2Fsub%2Fname/HEAD?labpath=a.ipynb"
    other = links.binder_link("https://git.example.org/a/b.git", "a.ipynb", ref="a/branch")
    assert other == (
        "https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2Fa%2Fb/a%2Fbranch"
        "?labpath=a.ipynb"
    )


@pytest.mark.parametrize(
    "address",
    ["", "name", "/srv/name.git", "../name", "C:/work/name", "file:///srv/a/name",
     "https://github.com/", "https://github.com/owner", "a b:c/d", "https://github.com/a/b?c"],
)  # fmt: skip
def test_what_is_no_address_on_a_server_is_refused_in_one_line(address):
    with pytest.raises(LabError, match="repository's address") as error:
        links.binder_link(address)
    assert "\n" not in str(error.value)


def test_the_address_is_the_one_that_git_knows(tmp_path):
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    assert links.remote(tmp_path) is None
    address = "git@github.com:owner/name.git"
    subprocess.run([*git, "remote", "add", "origin", address], check=True)
    assert links.remote(tmp_path) == address
    with pytest.raises(LabError, match="git clone"):
        links.remote(tmp_path / "nowhere")


def test_the_command_prints_a_badge_for_each_notebook(capsys):
    assert main(["author", "links", "--remote", "https://github.com/owner/name"]) == 0
    lines = capsys.readouterr().out.splitlines()
    paths = [parse_qs(urlsplit(re.search(r"\((https://mybinder.org/v2\S+)\)", line)[1]).query)
             for line in lines]  # fmt: skip
    assert [path["labpath"] for path in paths] == [[path] for path in links.notebooks()]
    assert all((CHECKOUT / path).is_file() for path in links.notebooks())


def test_the_command_says_what_to_do_without_an_address(capsys, monkeypatch):
    monkeypatch.setattr(links, "remote", lambda: None)
    assert main(["author", "links"]) == 2
    assert "--remote" in capsys.readouterr().err


def test_the_readme_has_no_invented_address():
    block = README.split("<!-- Binder links -->\n")[1].split("<!-- end of Binder links -->")[0]
    found = re.findall(r"https://mybinder\.org/v2/\S+?(?=\))", README)
    if not found:
        assert "python -m helpers author links --write" in README
        return
    # Written by the command, of one repository, for notebooks that there are.
    assert all(link in block for link in found)
    assert len({urlsplit(link).path for link in found}) == 1
    named = [path for link in found for path in parse_qs(urlsplit(link).query)["labpath"]]
    assert named == links.notebooks()
