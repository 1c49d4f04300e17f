"""Write the table of which Debian package brings which GStreamer element.

Debian's packages of GStreamer plugins declare their elements in a field, ``Gstreamer-Elements``.
Run it on a Debian machine with fresh package lists::

    python tools/debian_packages.py > src/pythiags/gst/debian_packages.json
"""

from __future__ import annotations

import json
import subprocess
import sys


def packages(available: str) -> dict[str, list[str]]:
    """Return the elements of each package that names any, from ``apt-cache dumpavail``'s text."""
    table: dict[str, list[str]] = {}
    for stanza in available.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in stanza.split("\n") if ": " in line)
        elements = fields.get("Gstreamer-Elements")
        if elements:
            table[fields["Package"]] = sorted(set(elements.split(", ")))
    return dict(sorted(table.items()))


def main() -> None:
    """Print the table as JSON, one package to a line."""
    dump = subprocess.run(
        ["apt-cache", "dumpavail"],  # noqa: S607 (apt's place differs between systems)
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [
        f"  {json.dumps(name)}: {json.dumps(elements)}"
        for name, elements in packages(dump.stdout).items()
    ]
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
