"""The command line: ``python -m helpers --help``, and ``python -m helpers author --help``.

``links`` and ``embed`` belong to the second, and may be called without ``author``.
"""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 2 after one line of error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in ("author", "links", "embed"):
        from .authoring.cli import line

        return line.run(arguments[arguments[0] == "author" :])
    from .shell.cli import line

    return line.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
