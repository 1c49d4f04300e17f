"""The launch lines in the comments at the top of the elements' C files.

The documentation shows them, and a test runs them. A comment begins with the elements' names:

    /* nvdsosd: draws what the metadata says ...
     *
     *   gst-launch-1.0 videotestsrc ! nvdsosd ! fakesink
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["launch_lines"]

ELEMENTS = Path(__file__).parents[2] / "src" / "pythiags" / "portable"
NAMES = re.compile(r"/\* ((?:\w+ and )*\w+): ")
LINE = re.compile(r"^ \*   (gst-launch-1\.0 (?:.*\\\n \* +)*.*)$", re.MULTILINE)
MARGIN = re.compile(r"\n \*   ")


def launch_lines() -> dict[str, str]:
    """Return the launch line of each element by its name, as it is typed into a shell."""
    found = {}
    for path in sorted(ELEMENTS.rglob("*.c")):
        head = path.read_text(encoding="utf-8").partition("*/")[0]
        lines = [MARGIN.sub("\n", line) for line in LINE.findall(head)]
        names = NAMES.match(head)
        for name in names[1].split(" and ") if names else ():
            own = [line for line in lines if re.search(rf"\b{name}\b", line)]
            found |= {name: own[0]} if own else {}
    return found
