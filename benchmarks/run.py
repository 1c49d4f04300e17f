"""Runs every benchmark beside this file, or those named, and prints one table in Markdown.

::

    python benchmarks/run.py [name ...]

The exit code is 1 when a limit was missed or a benchmark failed.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from rows import Row

HERE = Path(__file__).parent
APART = {"run", "rows", "environments", "hooks", "scenes"}


def rows_of(name: str) -> list[Row] | None:
    """Run one benchmark in a process of its own; None when it failed. It explains on stderr."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    words = [sys.executable, str(HERE / f"{name}.py")]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return None
    return [Row(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]


def table(rows: list[Row]) -> str:
    """Draw the rows: what, the figure, its limit, whether it is kept, how to read it."""
    lines = ["| what | measured | must reach | | |", "|---|---|---|---|---|"]
    for row in rows:
        sign = {"less": "≤", "more": "≥"}[row.better]
        must = "" if row.must is None else f"{sign} {row.must:g} {row.unit}"
        mark = "" if row.must is None else ("kept" if row.kept else "**missed**")
        lines.append(f"| {row.what} | {row.got:.3g} {row.unit} | {must} | {mark} | {row.note} |")
    return "\n".join(lines)


def main(names: list[str]) -> int:
    """Run the benchmarks and print the table."""
    names = names or sorted(path.stem for path in HERE.glob("*.py") if path.stem not in APART)
    found = {name: rows_of(name) for name in names}
    failed = [name for name, rows in found.items() if rows is None]
    rows = [row for rows in found.values() for row in rows or ()]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    print(table(rows))
    for name in failed:
        print(f"\n{name} failed: see above.")
    return int(bool(failed) or not all(row.kept for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
