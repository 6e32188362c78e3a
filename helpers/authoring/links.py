"""Binder links: one for each notebook, out of the address of the repository."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from ..errors import LabError, shown

CHECKOUT = Path(__file__).resolve().parents[2]
BINDER = "https://mybinder.org"
_FORMS = "https://github.com/OWNER/NAME or git@github.com:OWNER/NAME.git"
# What Binder calls a host that it knows. Anything else is given as a whole address.
_PROVIDERS = {"github.com": "gh", "gitlab.com": "gl"}
_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+):(?P<path>(?!/)[^\s]+)")
_URL = re.compile(
    r"(?:https?|ssh|git)://(?:[^/@\s]+@)?(?P<host>[\w.-]+)(?::\d+)?/(?P<path>[^\s?#]+)"
)


def remote(checkout: Path = CHECKOUT) -> str | None:
    """Return the address that git has for ``origin``, None where it has none.

    Raises:
        LabError: this is no git checkout, or there is no git.
    """
    command = ["git", "-C", str(checkout), "remote"]
    try:
        names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabError(
            "links are made from the address that git knows, and there is no git checkout here: "
            "use git clone, or give the address by --remote"
        ) from error
    if "origin" not in names:
        return None
    asked = subprocess.run([*command, "get-url", "origin"], capture_output=True, text=True)
    return asked.stdout.strip()


def parse_remote(address: str) -> tuple[str, str]:
    """Return (host, path) of a repository's address, such as ("github.com", "owner/name").

    Names and passwords in the address are left out.

    Raises:
        LabError: it is not the address of a repository on a server.

    >>> parse_remote("git@github.com:owner/name.git")
    ('github.com', 'owner/name')
    >>> parse_remote("https://github.com/owner/name")
    ('github.com', 'owner/name')
    """
    found = _URL.fullmatch(address) or (None if "://" in address else _SCP.fullmatch(address))
    host, path = found.group("host", "path") if found else ("", "")
    path = path.strip("/").removesuffix(".git")
    if "/" not in path or len(host) < 2:  # one letter is a disk of Windows
        raise LabError(
            f"a repository's address has a form such as {_FORMS}, not {shown(address)}: "
            "look at git remote get-url origin"
        )
    return host.lower(), path


def binder_link(
    address: str, path: str = "notebooks/00_start_here.ipynb", ref: str = "HEAD"
) -> str:
    """Return the address at which Binder opens a file of the repository in JupyterLab.

    Args:
        address: the repository's address, in any form that git takes for a server.
        path: the file, from the top of the checkout.
        ref: branch, tag or commit; HEAD is the default branch.

    Raises:
        LabError: it is not the address of a repository on a server.

    >>> binder_link("https://github.com/owner/name", "a.ipynb")
    'https://mybinder.org/v2/gh/owner/name/HEAD?labpath=a.ipynb'
    """
    host, repository = parse_remote(address)
    provider = _PROVIDERS.get(host, "git")
    if provider == "git":
        spec = quote(f"https://{host}/{repository}", safe="")
    else:
        spec = repository if provider == "gh" else quote(repository, safe="")
    return f"{BINDER}/v2/{provider}/{spec}/{quote(ref, safe='')}?labpath={quote(path, safe='')}"


def badges(address: str, notebooks: Iterable[str]) -> str:
    """Return a Markdown list with a Binder badge for each of the notebooks, paths in the checkout.

    Raises:
        LabError: ``address`` is not the address of a repository on a server.
    """
    return "\n".join(
        f"- [![Open in Binder]({BINDER}/badge_logo.svg)]({binder_link(address, path)}) "
        f"{Path(path).stem.replace('_', ' ')}"
        for path in notebooks
    )


def notebooks() -> list[str]:
    """Return the paths of the notebooks, from the top of the checkout, with forward slashes."""
    found = sorted(CHECKOUT.glob("notebooks/*.ipynb"))
    return [path.relative_to(CHECKOUT).as_posix() for path in found]
