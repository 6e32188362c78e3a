"""Shell scripts that stand in for another Python; the fixture ``program`` writes them."""

import sys

import pytest

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts: not on Windows")
AS_HERE = f'exec "{sys.executable}" "$@"'  # it does what this Python does


def as_python(version, script=""):
    """Return a script that says this version where it is asked, and else does what it should."""
    return f'[ "$1" = -VV ] && echo "Python {version} (main) [GCC]" && exit\n{script}'
