"""Whose computer this is: a reader's own, or one that is lent for a session and then taken away."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_HERE = "They stay on this computer."
LOST = "They are lost when this session ends: download them."
UNASKED = "GIL_LAB_UNASKED"  # the variable that says so


@dataclass(frozen=True)
class Host:
    """A place where notebooks run.

    ``lasts`` says how long a session lasts, ``kept`` what becomes of files that are saved.
    ``elsewhere`` says where a second core can be had that is missing here; "" for nothing to say.
    """

    name: str
    lasts: str = ""
    kept: str = LOST
    elsewhere: str = "a computer of your own with two cores"

    @property
    def is_own(self) -> bool:
        """Whether it is the reader's own, which has all its cores for them when it is quiet."""
        return self.kept == _HERE


_OWN = Host("your own computer", kept=_HERE, elsewhere="another computer with two cores")
_CONTAINER = Host(
    "a container", kept="They may be lost with this container: download what you want to keep."
)
#: What Docker and Podman put into each container. A folder of yours in it would stay; none tells.
_SIGNS = (".dockerenv", "run/.containerenv")

#: The names that the environment has there -> the host. What stands first is asked first: Kaggle
#: has variables of Colab, and Binder has all those of a JupyterHub.
_HOSTS: dict[tuple[str, ...], Host] = {
    ("KAGGLE_KERNEL_RUN_TYPE", "KAGGLE_URL_BASE"): Host(
        "Kaggle", "a session ends after a time without use"
    ),
    ("COLAB_RELEASE_TAG", "COLAB_GPU", "COLAB_BACKEND_VERSION"): Host(
        "Colab", "a session ends after a time without use"
    ),
    ("CODESPACES", "CODESPACE_NAME"): Host(
        "Codespaces",
        "it stops after a time without use, and goes on when you open it again",
        kept="They stay until this codespace is deleted: download what you want to keep.",
        elsewhere="a codespace with more cores",
    ),
    ("BINDER_REPO_URL", "BINDER_LAUNCH_HOST", "BINDER_REQUEST", "BINDER_SERVICE_HOST"): Host(
        "Binder",
        "a session ends after about ten minutes without use",
        elsewhere="GitHub's Codespaces or a computer of your own with two cores",
    ),
    ("JUPYTERHUB_API_URL", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_USER"): Host(
        "a JupyterHub",
        "the hub decides when it ends",
        kept="They stay as long as this hub keeps your files: download what you want to keep.",
    ),
    ("KUBERNETES_SERVICE_HOST",): Host(
        "a host that does not give its name",
        "it may end at any time",
        kept="They may be lost when this session ends: download them.",
    ),
}


def host(environment: Mapping[str, str] = os.environ, root: Path = Path("/")) -> Host:
    """Return the ``Host`` that a process runs on, by the names of its environment.

    Where they name none, a file below ``root`` tells a container.

    Codespaces: "Default environment variables for your codespace" in GitHub's documentation.
    Binder: ``binderhub/app.py`` and its launcher, which hand ``BINDER_*`` to what they start, and
    Kubernetes, which names a service called binder. JupyterHub: ``Spawner.get_env`` sets
    ``JUPYTERHUB_*``. Colab and Kaggle document none, so these are what programs for them look for.

    >>> host({"CODESPACES": "true"}).kept
    'They stay until this codespace is deleted: download what you want to keep.'
    """
    for names, found in _HOSTS.items():
        if any(environment.get(name) for name in names):
            return found
    return _CONTAINER if any((root / sign).exists() for sign in _SIGNS) else _OWN


def to_install_free_threaded() -> str:
    """Return what to type into a terminal here for a Python without the GIL.

    A terminal's own ``python`` may be another one, or none, so this one is named in full.

    >>> to_install_free_threaded().endswith("uv python install 3.14t")
    True
    """
    install = "uv python install 3.14t"
    if shutil.which("uv"):
        return install
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    first = "" if find_spec("uv") else f"{python} -m pip install uv, then "
    return f"{first}{python} -m {install}"


def nobody_asked() -> bool:
    """Return whether nobody is there to predict, as when the project's pages are made.

    Then charts and words say nothing of a prediction that was left open.
    """
    return os.environ.get(UNASKED) == "1"
