"""Ask the package index which packages have wheels for the free-threaded Pythons."""

import datetime
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution, requires

from ..errors import LabError, shown
from ..pythons.wheels import Wheels
from .links import CHECKOUT

#: The Pythons that are asked about, and the tags that a wheel for each may have. From 3.15 on one
#: wheel may serve all builds (PEP 803).
ABIS = {"3.13t": ("cp313t",), "3.14t": ("cp314t",), "3.15t": ("cp315t", "abi3t")}
_PLATFORMS = [f"manylinux_2_{n}_x86_64" for n in (28, 27, 26, 24, 17, 12, 5)]
_LIMIT_S = 120.0
_NAME = re.compile(r"[\w.-]+")
_PINNED = re.compile(r"([\w.-]+)==(\S+)(?!.*python_full_version <)")  # not for old Pythons alone


def compiled() -> dict[str, str]:
    """Return the tested version of each package with C code that the lab needs, by its name.

    It needs what it names in its dependencies, and what these need in turn. Whether they have C
    code is seen where they are installed; the version is the one that requirements.txt has for
    new Pythons.
    """
    named, waiting = {}, ["gil-lab"]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in named:
            continue
        try:
            named[name] = distribution(name)
        except ImportError:  # of another system, or of an extra that is not installed
            continue
        needed = [one for one in requires(name) or [] if "extra ==" not in one]
        waiting += [match[0] for one in needed if (match := _NAME.match(one))]
    lines = (CHECKOUT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {match[1]: match[2] for line in lines if (match := _PINNED.match(line))}
    with_c = {name: one for name, one in named.items() if _has_c_code(one)}
    return {
        one.metadata["Name"]: pinned.get(name, one.version) for name, one in sorted(with_c.items())
    }


def _has_c_code(package):
    tags = re.findall(r"^Tag: (\S+)", package.read_text("WHEEL") or "", re.MULTILINE)
    return bool(tags) and not any(tag.endswith("-none-any") for tag in tags)


def ask_index() -> Iterator[str]:
    """Yield a line for each package asked about, and save the ``Wheels`` in the end.

    Raises:
        LabError: no index can be reached, or pip is not here.
    """
    from ..core.store import save
    from ..pythons.wheels import WHEELS

    versions = compiled()
    if not versions:
        raise LabError(
            "no package with C code is installed here: run it where the lab is installed"
        )
    check_index(next(iter(versions)))
    lacks: dict[str, dict[str, str]] = {era: {} for era in ABIS}
    for name, version in versions.items():
        for era in ABIS:
            if wheel(f"{name}=={version}", era) is None:
                lacks[era][name] = _version_of(wheel(name, era))
        yield f"{name} {version}: {_told(name, lacks)}"
    made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    yield str(save(Wheels(made, versions, lacks), WHEELS))


def _told(name: str, lacks: Mapping[str, Mapping[str, str]]) -> str:
    without = [era for era, packages in lacks.items() if name in packages]
    return f"no wheel for {', '.join(without)}" if without else "wheels for all"


def check_index(name: str) -> None:
    """Raise a LabError where pip finds no package at all: then nothing is known of any."""
    if _pip(name, ["--python-version", "3.13"]) is None:
        raise LabError(
            f"the package index tells nothing of {shown(name)} here: wheels are looked up where "
            "pip is installed and reaches an index, so go online and try again"
        )


def wheel(wanted: str, era: str) -> str | None:
    """Return the file name of the wheel that pip would take for a free-threaded Python, or None.

    A wheel of another stable interface is none: pip may offer it, and it cannot be loaded.
    """
    options = ["--python-version", era.rstrip("t")]
    for abi in ABIS[era]:
        options += ["--abi", abi]
    for platform in _PLATFORMS:
        options += ["--platform", platform]
    name = _pip(wanted, options)
    return name if name and fits(name, era) else None


def fits(name: str, era: str) -> bool:
    """Return whether a wheel's file name says that it is for a free-threaded Python.

    >>> fits("psutil-7.2.2-cp36-abi3-manylinux_2_12_x86_64.whl", "3.15t")
    False
    >>> fits("cryptography-50.0.2-cp315-abi3.abi3t-manylinux_2_28_x86_64.whl", "3.15t")
    True
    """
    abis = name.removesuffix(".whl").split("-")[-2].split(".")
    return bool({"none", *ABIS[era]}.intersection(abis))


def _version_of(name):
    """Return the version in a wheel's file name, "" for None."""
    return name.split("-")[1] if name else ""


def _pip(wanted, options):
    """Return the file name of what pip would install, or None where it finds nothing."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--report", "-",
            "--ignore-installed", "--ignore-requires-python", "--no-deps", "--only-binary",
            ":all:", "--target", folder, "--implementation", "cp", *options, wanted,
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_LIMIT_S, check=False
            )
        except subprocess.TimeoutExpired:
            return None
    if done.returncode:
        return None
    (one,) = json.loads(done.stdout)["install"]
    return one["download_info"]["url"].rpartition("/")[2]
