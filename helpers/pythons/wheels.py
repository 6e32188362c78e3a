"""Which packages with C code have a wheel for each free-threaded Python, as recorded."""

from dataclasses import dataclass
from html import escape

from ..core.store import RECORDINGS, load_as

WHEELS = RECORDINGS / "wheels" / "wheels.json"  # python -m helpers author wheels


@dataclass(frozen=True)
class Wheels:
    """Whether the package index had wheels, for Linux on x86-64, on the day of ``made``.

    ``versions`` has the tested release of each package with C code, by its name. ``lacks`` has, for
    each Python, the packages whose tested release has no wheel, and the newest release that has
    one: "" where there is none.
    """

    made: str
    versions: dict[str, str]
    lacks: dict[str, dict[str, str]]

    @property
    def rows(self) -> list[list[str]]:
        """The table, its header first."""
        n = len(self.versions)
        head = ["Python", f"of {n} packages have a wheel", "no wheel"]
        return [head, *([era, str(n - len(no)), _named(no)] for era, no in self.lacks.items())]

    def __repr__(self) -> str:
        lines = ["  |  ".join(row) for row in self.rows]
        return "\n".join([*lines, self._note])

    def _repr_html_(self):
        head, *rows = ([escape(text) for text in row] for row in self.rows)
        lines = [f"<tr>{''.join(f'<th>{text}</th>' for text in head)}</tr>"]
        for row in rows:
            cells = "".join(f'<td style="text-align:left">{text}</td>' for text in row)
            lines.append(f"<tr>{cells}</tr>")
        return f"<table>{''.join(lines)}</table><p>{escape(self._note)}</p>"

    @property
    def _note(self):
        tested = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"On {self.made[:10]}, for Linux on x86-64. Asked for: {tested}."


def _named(lacking):
    told = [f"{name} ({newer} has one)" if newer else name for name, newer in lacking.items()]
    return ", ".join(told) or "none"


def load_wheels() -> Wheels:
    """Return the ``Wheels`` that the authors' command found last."""
    return load_as(Wheels, WHEELS)
