"""Parts of a text file that a command writes, between two markers that a reader does not see."""

import re
from pathlib import Path

from ..errors import LabError


def replace(text: str, name: str, content: str) -> str:
    """Return a Markdown text with what stands between the two markers of ``name`` replaced.

    Raises:
        LabError: the text does not have the two markers, once each.

    >>> print(replace("<!-- sums -->\\nold\\n<!-- end of sums -->", "sums", "1 + 1 = 2"))
    <!-- sums -->
    1 + 1 = 2
    <!-- end of sums -->
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if len(pattern.findall(text)) != 1 or text.count(begin) != 1:
        raise LabError(
            f"what a command writes stands between {begin.strip()} and {end}, once: "
            "put these two lines where it belongs"
        )
    block = f"{begin}{content}\n{end}"
    return pattern.sub(lambda match: block, text)


def write(path: Path, name: str, content: str) -> bool:
    """Replace what stands between the markers of ``name`` in a file; return whether it differs.

    Raises:
        LabError: the file does not have the two markers, once each.
    """
    old = path.read_text(encoding="utf-8")
    new = replace(old, name, content)
    if new != old:
        path.write_text(new, encoding="utf-8", newline="\n")
    return new != old
