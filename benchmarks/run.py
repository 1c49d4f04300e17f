"""Runs every benchmark beside this file, or those named, and prints one table in Markdown.

::

    python benchmarks/run.py [--docs] [name ...]

With ``--docs`` the table and its picture are written into the documentation as well. The exit code
is 1 when a limit was missed or a benchmark failed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from picture import bars, curves
from rows import Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
APART = {
    *("run", "rows", "environments", "hooks", "scenes", "stamp", "streets", "picture", "playing"),
    *("promises", "cycles"),  # of docs/promises.md; cycles take long
}
PICTURED = "workers"
TITLE = "Frames a second beside a consumer, 1280x720"
GROWING = "growth"
GROWTH = "What each one costs, the more there are, against the fewest"


def rows_of(name: str) -> list[Row] | None:
    """Run one benchmark in a process of its own; None when it failed. It explains on stderr."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    words = [sys.executable, str(HERE / f"{name}.py")]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return None
    return [Row(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]


def table(rows: Sequence[Row]) -> str:
    """Draw the rows: what, the figure, its limit, whether it is kept, how to read it."""
    lines = ["| what | measured | must reach | | |", "|---|---|---|---|---|"]
    for row in rows:
        sign = {"less": "≤", "more": "≥"}[row.better]
        must = "" if row.must is None else f"{sign} {number(row.must)} {row.unit}"
        mark = "" if row.must is None else ("kept" if row.kept else "**missed**")
        lines.append(
            f"| {row.what} | {number(row.got)} {row.unit} | {must} | {mark} | {row.note} |"
        )
    return "\n".join(lines)


def number(value: float) -> str:
    """Three digits, or all of a large number: 0.0123, 1.23, 593,000."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def machine() -> str:
    """Return what the figures are of; a machine with other work to do gives other figures."""
    python, load = platform.python_version(), os.getloadavg()[0]
    return f"Python {python}, {os.cpu_count()} cores, {platform.machine()}, load before: {load:.1f}"


def report(what: str, rows: Sequence[Row], seconds: Mapping[str, float]) -> str:
    """Return the table with what it is of, and how long it took."""
    took = ", ".join(f"{name} {value:.0f} s" for name, value in seconds.items())
    return f"{what}\n\n{table(rows)}\n\nIt took {sum(seconds.values()) / 60:.1f} minutes: {took}."


def main(names: Sequence[str], *, docs: bool) -> int:
    """Run the benchmarks and print the table."""
    names = names or sorted(path.stem for path in HERE.glob("*.py") if path.stem not in APART)
    found: dict[str, list[Row] | None] = {}
    seconds: dict[str, float] = {}
    what = machine()
    for name in names:
        begin = time.monotonic()
        found[name] = rows_of(name)
        seconds[name] = time.monotonic() - begin
    failed = [name for name, rows in found.items() if rows is None]
    rows = [row for each in found.values() for row in each or ()]
    text = report(what, rows, seconds)
    print(text)
    for name in failed:
        print(f"\n{name} failed: see above.")
    if docs and not failed:
        (DOCS / "performance.inc").write_text(f"{text}\n")
        (DOCS / "images" / f"{PICTURED}.svg").write_text(bars(TITLE, found[PICTURED] or ()))
        (DOCS / "images" / f"{GROWING}.svg").write_text(curves(GROWTH, found[GROWING] or ()))
    return int(bool(failed) or not all(row.kept for row in rows))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Runs benchmarks and prints one table.")
    options.add_argument("names", nargs="*", metavar="name", help="a file beside this one")
    options.add_argument("--docs", action="store_true", help="write it into the documentation")
    given = options.parse_args()
    if given.docs and given.names:
        options.error("the documentation shows all benchmarks: name none with --docs")
    sys.exit(main(given.names, docs=given.docs))
