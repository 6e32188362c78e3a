"""Where the series opens in a browser: links to Binder, Codespaces and Colab, and their badges.

They name a tag or a commit, not a moving branch: then Binder's image stays as it was built. A
git-puller, which keeps the notebooks apart from their environment, would gain nothing then. It adds
a package and a download to each start, and can bring notebooks that this environment never ran.
"""

import html
import json
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from ..errors import LabError, shown

CHECKOUT = Path(__file__).resolve().parents[2]
PLACE = Path("data/links.json")  # the one place that holds the address; without it, no badge
HOSTS = {"binder": "Binder", "codespaces": "Codespaces", "colab": "Colab"}
FORMATS = ("markdown", "html", "url")
COLAB_TAG = "colab"  # of the cell that fetches the lab there
# The hosts' own pictures are for other pages. This repository has drawings of its own: they
# are there without a network, and no server learns who reads.
_PICTURES = {
    "binder": "https://mybinder.org/badge_logo.svg",
    "codespaces": "https://github.com/codespaces/badge.svg",
    "colab": "https://colab.research.google.com/assets/colab-badge.svg",
}
_FORMS = "https://github.com/OWNER/NAME or git@github.com:OWNER/NAME.git"
# What Binder calls a server that it knows. Anything else is given as a whole address.
_PROVIDERS = {"github.com": "gh", "gitlab.com": "gl"}
# Only letters that need no care in Markdown, in HTML and in a shell.
_PATH = r"(?P<path>[\w.~+-]+(?:/[\w.~+-]+)+)/?"
_SCP = re.compile(rf"(?:[\w.-]+@)?(?P<host>[\w.-]{{2,}}):{_PATH}", re.ASCII)  # one letter is a disk
_URL = re.compile(
    rf"(?:https?|ssh|git)://(?:[^/@\s]+@)?(?P<host>[\w.-]{{2,}})(?::\d+)?/{_PATH}", re.ASCII
)
_REF = re.compile(r"[A-Za-z0-9][\w.+-]*(?:/[\w+-][\w.+-]*)*", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class Place:
    """A public repository, and the branch, tag or commit of it that links open.

    >>> place = Place("https://github.com/owner/name", "v1.0")
    >>> place.link("colab", "notebooks/a.ipynb")
    'https://colab.research.google.com/github/owner/name/blob/v1.0/notebooks/a.ipynb'
    """

    address: str  # as parse_remote has it, https://SERVER/PATH
    ref: str = "HEAD"  # the default branch

    @property
    def hosts(self) -> list[str]:
        """What opens it. Codespaces and Colab open repositories of GitHub alone."""
        return [*HOSTS] if self.address.startswith("https://github.com/") else ["binder"]

    def link(self, host: str, path: str) -> str:
        """Return the address at which a host opens a file, given from the top of the checkout.

        Codespaces opens the whole repository; .devcontainer/ says at which notebook. GitHub's pages
        tell of a branch at this address only, not of a tag or a commit.

        Raises:
            LabError: there is no such host, or it does not open this repository.
        """
        if host not in HOSTS:
            known = ", ".join(HOSTS)
            raise LabError(f"a link leads to one of {known}, not {shown(host)}: choose one")
        if host not in self.hosts:
            raise LabError(
                f"{HOSTS[host]} opens repositories of github.com alone, not {self.address}: "
                "use --host binder"
            )
        server, repository = self.address.removeprefix("https://").split("/", 1)
        if host == "codespaces":
            tree = "" if self.ref == "HEAD" else f"/tree/{quote(self.ref)}"
            return f"https://codespaces.new/{repository}{tree}?quickstart=1"
        if host == "colab":
            file = f"{repository}/blob/{quote(self.ref)}/{quote(path)}"
            return f"https://colab.research.google.com/github/{file}"
        provider = _PROVIDERS.get(server, "git")
        spec = repository if provider == "gh" else quote(repository, safe="")
        if provider == "git":
            spec = quote(self.address, safe="")
        rest = f"{quote(self.ref, safe='')}?labpath={quote(path, safe='')}"
        return f"https://mybinder.org/v2/{provider}/{spec}/{rest}"

    def badge(
        self, host: str, path: str, form: str = "markdown", pictures: str | None = None
    ) -> str:
        """Return a link to a file at one of the hosts: with a picture, or the address alone.

        ``pictures`` is where this repository's own drawings are seen from; without it the pictures
        are the hosts'.

        Raises:
            LabError: there is no such host or format, or the host does not open this repository.
        """
        if form not in FORMATS:
            known = ", ".join(FORMATS)
            raise LabError(f"a link is written as one of {known}, not {shown(form)}: choose one")
        url = self.link(host, path)
        picture = _PICTURES[host] if pictures is None else f"{pictures}/open-in-{host}.svg"
        if form == "markdown":
            return f"[![Open in {HOSTS[host]}]({picture})]({url})"
        if form == "html":
            picture = f'<img src="{picture}" alt="Open in {HOSTS[host]}">'
            return f'<a href="{html.escape(url)}">{picture}</a>'
        return url

    def badges(self, path: str, pictures: str) -> str:
        """Return the Markdown badges of all hosts for a file, with this repository's drawings."""
        return " ".join(self.badge(host, path, pictures=pictures) for host in self.hosts)

    def as_json(self) -> str:
        """Return the text of the file in which it is kept."""
        return json.dumps(asdict(self), indent=2) + "\n"


def public(checkout: Path = CHECKOUT) -> Place | None:
    """Return where a checkout says that it is public, None where it says nothing.

    Raises:
        LabError: what it says is no address of a repository.
    """
    try:
        kept = json.loads((checkout / PLACE).read_text(encoding="utf-8"))
        return Place(parse_remote(kept["address"]), spelt(kept["ref"]))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise LabError(
            f'{PLACE} holds {{"address": ..., "ref": ...}}, and not what it says now: '
            "write it by python -m helpers links --write"
        ) from error


def remote(checkout: Path = CHECKOUT) -> str:
    """Return the address that git has for ``origin``.

    Raises:
        LabError: this is no git checkout, there is no git, or it has no address.
    """
    if "origin" not in _git(checkout, "remote").split():
        raise LabError(
            "git knows no address of this repository yet: give it by --remote, or to git by "
            "git remote add origin ADDRESS"
        )
    return _git(checkout, "remote", "get-url", "origin")


def parse_remote(address: str) -> str:
    """Return the address of a repository on a server as https://SERVER/PATH.

    Names and passwords in the address are left out.

    Raises:
        LabError: it is not the address of a repository on a server.

    >>> parse_remote("git@github.com:owner/name.git")
    'https://github.com/owner/name'
    """
    found = _URL.fullmatch(address) or (None if "://" in address else _SCP.fullmatch(address))
    host, path = found.group("host", "path") if found else ("", "")
    host, path = host.lower(), path.removesuffix(".git")
    parts = path.split("/")
    if len(parts) < 2 or {"", ".", ".."} & {*parts} or (host == "github.com" and len(parts) > 2):
        raise LabError(
            f"a repository's address has a form such as {_FORMS}, not {shown(address)}: "
            "look at git remote get-url origin"
        )
    return f"https://{host}/{path}"


def spelt(ref: str) -> str:
    """Return the name of a branch, tag or commit.

    Raises:
        LabError: it has letters that such a name, or the address of a page, cannot have.
    """
    if not _REF.fullmatch(ref) or ".." in ref or ref.endswith((".", ".lock")):
        raise LabError(
            "a branch, tag or commit is spelt in letters, digits and . _ + - /, not as "
            f"{shown(ref)}: git tag lists the tags"
        )
    return ref


def existing(ref: str, checkout: Path = CHECKOUT) -> str:
    """Return the name of a branch, tag or commit that a checkout has; a commit's in full.

    Raises:
        LabError: there is none of that name, or it has letters that it cannot have.
    """
    for name in (spelt(ref), f"origin/{ref}"):
        found = _git(checkout, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if found:
            return found if _COMMIT.fullmatch(ref) and found.startswith(ref) else ref
    raise LabError(
        f"links open a branch, tag or commit that is there, and this checkout has no {shown(ref)}: "
        f"git fetch --tags, or make it by git tag {ref}"
    )


def notebooks(checkout: Path = CHECKOUT) -> list[str]:
    """Return the paths of the notebooks, from the top of the checkout, with forward slashes."""
    found = sorted(checkout.glob("notebooks/*.ipynb"))
    return [path.relative_to(checkout).as_posix() for path in found]


def _git(checkout, *arguments):
    """Return what git says, "" where it refuses."""
    command = ["git", "-C", str(checkout)]
    try:
        inside = subprocess.run([*command, "rev-parse", "--git-dir"], capture_output=True)
        inside.check_returncode()
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabError(
            "links are made from the address and the names that git knows, and there is no git "
            "checkout here: use git clone"
        ) from error
    return subprocess.run([*command, *arguments], capture_output=True, text=True).stdout.strip()
