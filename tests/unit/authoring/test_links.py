"""Links come out of the address that git knows, in any of its forms, for each host that has one."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from helpers.__main__ import main
from helpers.authoring import link_blocks, links, pages, publish
from helpers.authoring.clear import clear
from helpers.errors import LabError
from tests.notebooks import test_form as form

CHECKOUT = Path(__file__).parents[3]
HERE = links.Place("https://github.com/owner/name", "v1.0")


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
def test_every_usual_form_of_an_address_is_the_same_place(address):
    assert links.parse_remote(address) == "https://github.com/owner/na.me"


@pytest.mark.parametrize(
    "address",
    ["", "name", "/srv/name.git", "../name", "C:/work/name", "file:///srv/a/name",
     "https://github.com/", "https://github.com/owner", "a b:c/d", "https://github.com/a/b?c",
     "https://github.com/a/b/tree/main", "https://github.com/a/..", "https://github.com/a/$(b)",
     'https://github.com/a/b"><script>', "git@github.com:a/b)", "https://github.com/a/b\n"],
)  # fmt: skip
def test_what_is_no_address_on_a_server_is_refused_in_one_line(address):
    with pytest.raises(LabError, match="repository's address") as error:
        links.parse_remote(address)
    assert "\n" not in str(error.value)


# -- links and badges --------------------------------------------------------------------------


def test_each_host_opens_the_notebook_at_the_ref():
    path = "notebooks/00_a b.ipynb"
    binder = urlsplit(HERE.link("binder", path))
    assert (binder.scheme, binder.netloc) == ("https", "mybinder.org")
    assert binder.path == "/v2/gh/owner/name/v1.0"
    assert parse_qs(binder.query) == {"labpath": [path]}
    assert HERE.link("codespaces", path) == (
        "https://codespaces.new/owner/name/tree/v1.0?quickstart=1"
    )
    assert HERE.link("colab", path) == (
        "https://colab.research.google.com/github/owner/name/blob/v1.0/notebooks/00_a%20b.ipynb"
    )


def test_other_servers_are_opened_by_binder_alone():
    gitlab = links.Place("https://gitlab.com/group/sub/name")
    assert gitlab.link("binder", "a.ipynb") == (
        "https://mybinder.org/v2/gl/group%2Fsub%2Fname/HEAD?labpath=a.ipynb"
    )
    other = links.Place("https://git.example.org/a/b", "a/branch")
    assert other.link("binder", "a.ipynb") == (
        "https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2Fa%2Fb/a%2Fbranch"
        "?labpath=a.ipynb"
    )
    for place in (gitlab, other):
        assert place.hosts == ["binder"]
        with pytest.raises(LabError, match=r"github\.com alone.*--host binder"):
            place.link("colab", "a.ipynb")


def test_a_badge_is_markdown_html_or_the_address_alone():
    url = HERE.link("binder", "a.ipynb")
    assert HERE.badge("binder", "a.ipynb", "url") == url
    markdown = HERE.badge("binder", "a.ipynb", pictures="here")
    assert markdown == f"[![Open in Binder](here/open-in-binder.svg)]({url})"
    picture = '<img src="https://mybinder.org/badge_logo.svg" alt="Open in Binder">'
    assert HERE.badge("binder", "a.ipynb", "html") == f'<a href="{url}">{picture}</a>'


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--host", "mars"], "a link leads to one of binder, codespaces, colab, not 'mars'"),
        (["--format", "pdf"], "a link is written as one of markdown, html, url, not 'pdf'"),
        (["--remote", "the checkout"], "a repository's address has a form"),
        (["--remote", "https://gitlab.com/a/b", "--host", "colab"], "github.com alone"),
        (["--ref", "no-such-tag"], "this checkout has no 'no-such-tag': git fetch --tags"),
        (["--ref", "a;b"], "is spelt in letters, digits"),
        (["--ref", "a b"], "is spelt in letters, digits"),
        (["--ref=-x"], "is spelt in letters, digits"),
        (["--ref", "a..b"], "is spelt in letters, digits"),
        (["--ref", ""], "is spelt in letters, digits"),
        (["77"], "no notebook's name begins with '77'"),
    ],
)
def test_a_wrong_word_is_told_in_one_line(arguments, says, capsys):
    if "--remote" not in arguments:
        arguments = [*arguments, "--remote", HERE.address]
    assert main(["links", *arguments]) == 2
    said = capsys.readouterr()
    assert says in said.err and said.err.count("\n") == 1 and said.out == ""


@pytest.mark.parametrize("what", [["--write", "00"], ["--remove", "--host", "binder"]])
def test_badges_are_not_written_for_some_notebooks_or_hosts_alone(what, capsys, monkeypatch):
    monkeypatch.setattr(link_blocks, "write", lambda place: pytest.fail("it wrote"))
    assert main(["links", *what, "--remote", HERE.address]) == 2
    said = capsys.readouterr().err
    assert "for all notebooks and all hosts, not for" in said and said.count("\n") == 1


def test_both_spellings_print_a_line_for_each_notebook(capsys):
    for names in (["links"], ["author", "links"]):
        assert main([*names, "--remote", HERE.address, "--host", "binder"]) == 0
        lines = capsys.readouterr().out.splitlines()
        found = [re.search(r"\((https://mybinder.org/v2\S+)\)", line)[1] for line in lines]
        asked = [parse_qs(urlsplit(link).query)["labpath"] for link in found]
        assert asked == [[path] for path in links.notebooks()]
    assert main(["links", "00", "--remote", HERE.address, "--format", "url"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        links.Place(HERE.address).link(host, links.notebooks()[0]) for host in links.HOSTS
    ]


def test_a_learner_is_not_shown_the_makers_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "links" not in capsys.readouterr().out


# -- what git knows ----------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path):
    """A git checkout with one commit, tagged; and a function that calls git in it."""
    folder = tmp_path / "checkout"
    folder.mkdir()

    def git(*arguments):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        command = ["git", "-C", str(folder), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "one")
    git("tag", "v1.0")
    return folder, git


def test_the_address_is_the_one_that_git_knows(repository, tmp_path):
    folder, git = repository
    with pytest.raises(LabError, match="--remote"):
        links.remote(folder)
    git("remote", "add", "origin", "git@github.com:owner/name.git")
    assert links.remote(folder) == "git@github.com:owner/name.git"
    with pytest.raises(LabError, match="git clone"):
        links.remote(tmp_path / "nowhere")


def test_a_ref_is_one_that_git_knows_and_a_commit_is_named_in_full(repository):
    folder, git = repository
    commit = git("rev-parse", "HEAD")
    for ref in ("HEAD", "v1.0", git("branch", "--show-current")):
        assert links.existing(ref, folder) == ref
    assert links.existing(commit[:8], folder) == commit
    for ref in ("v1.1", "0" * 40):
        with pytest.raises(LabError, match="has no"):
            links.existing(ref, folder)


# -- what stands in this repository --------------------------------------------------------------


def test_what_stands_here_is_what_the_command_writes():
    place = links.public()
    for path, text in link_blocks.wanted(place):
        there = path.read_text(encoding="utf-8") if path.exists() else None
        assert there == text, f"{path.name}: run python -m helpers links --write, or --remove"


@pytest.fixture
def copy(tmp_path):
    """README.md and the notebooks, in a checkout of their own."""
    (tmp_path / "notebooks").mkdir()
    for path in links.notebooks():
        shutil.copy(CHECKOUT / path, tmp_path / path)
    shutil.copytree(CHECKOUT / "data" / "pictures", tmp_path / "data" / "pictures")
    shutil.copy(CHECKOUT / "README.md", tmp_path)
    link_blocks.write(None, tmp_path)
    return tmp_path


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_badges_are_written_once_and_go_without_a_trace(copy):
    before = files(copy)
    written = link_blocks.write(HERE, copy)
    assert {*links.notebooks(copy), "README.md", "data/links.json"} < {*written}
    assert links.public(copy) == HERE
    assert link_blocks.write(HERE, copy) == []
    elsewhere = link_blocks.write(links.Place("https://gitlab.com/a/b"), copy)
    assert "data/pictures/open-in-colab.svg" in elsewhere
    assert not any(b"Open in Colab" in text for text in files(copy).values())
    link_blocks.write(None, copy)
    assert files(copy) == before
    assert links.public(copy) is None


def test_the_notebooks_keep_their_form_with_badges(copy, monkeypatch):
    link_blocks.write(HERE, copy)
    monkeypatch.setattr(form, "NOTEBOOKS", [copy / path for path in links.notebooks(copy)])
    for path in links.notebooks(copy):
        notebook = nbformat.read(copy / path, as_version=4)
        first = notebook.cells[0].source
        assert all(HERE.link(host, path) in first for host in links.HOSTS)
        assert first.count("After Run All") == (path != links.notebooks()[0])
        assert pages.question(notebook)
        assert not clear(copy / path)
        for name, test in vars(form).items():
            if name.startswith("test_") and name != "test_there_are_notebooks":
                test(notebook)


def test_a_page_has_buttons_in_place_of_badges_and_no_cell_for_colab(copy, tmp_path, monkeypatch):
    link_blocks.write(HERE, copy)
    monkeypatch.setattr(links, "public", lambda: HERE)
    made = pages.make_pages(tmp_path / "out", ["07"], copy / "notebooks", run=False)
    html, name = next(made).read_text(encoding="utf-8"), links.notebooks(copy)[7]
    assert all(f'class="run" href="{HERE.link(host, name)}"' in html for host in links.HOSTS)
    assert "google.colab" not in html and "open-in-" not in html and "After Run All" not in html
    assert 'property="og:image"' not in html  # no unit belongs to another folder's notebook


def test_the_list_of_pages_leads_to_each_host(monkeypatch):
    monkeypatch.setattr(links, "public", lambda: HERE)
    assert publish.published_at() == "https://owner.github.io/name"
    path = pages.chosen()[0]
    assert [address for _, address in publish.ways_in(path)] == [
        HERE.link(host, f"notebooks/{path.name}") for host in links.HOSTS
    ]
    monkeypatch.setattr(links, "public", lambda: None)
    assert publish.ways_in(path) == [] and publish.published_at() == ""


def test_a_badge_is_a_drawing_that_says_where_it_leads(copy):
    link_blocks.write(HERE, copy)
    for host, name in links.HOSTS.items():
        drawing = ElementTree.parse(copy / f"data/pictures/open-in-{host}.svg").getroot()
        assert drawing[0].text == f"Open in {name}"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"address": "https://github.com/a/b"}', "\0"])
def test_a_broken_note_of_the_address_is_told_in_one_line(copy, text):
    (copy / links.PLACE).write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match=r"links\.json") as error:
        links.public(copy)
    assert "\n" not in str(error.value)


# -- Colab's cell --------------------------------------------------------------------------------


@pytest.fixture
def shell(copy, monkeypatch):
    """A function that runs the cell as IPython would; it returns the installations it asked for."""
    link_blocks.write(HERE, copy)
    notebook = nbformat.read(copy / links.notebooks(copy)[0], as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.metadata.get("tags") == ["colab"]]
    assert notebook.cells[1] is cell
    monkeypatch.setattr(sys, "path", [*sys.path])

    def run():
        asked, ipython = [], InteractiveShell()
        ipython.system = lambda command: asked.append(ipython.var_expand(command))
        ipython.run_cell(cell.source).raise_error()
        return asked

    return run


def test_colabs_cell_does_nothing_elsewhere(shell):
    before = [*sys.path]
    assert shell() == []
    assert sys.path == before


def test_colabs_cell_fetches_this_repository_at_its_ref(shell, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    (asked,) = shell()
    assert asked.split()[-1] == "git+https://github.com/owner/name@v1.0#egg=gil-lab"
    assert "pip install" in asked and "--no-deps" in asked
    assert sys.path[-1] == "/content/gil-lab"
    assert json.loads(HERE.as_json())["ref"] == "v1.0"
