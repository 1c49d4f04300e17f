"""What is promised about faults, beside what was measured: the table of ``docs/promises.md``.

::

    python benchmarks/promises.py [--docs] [name ...]

It runs the benchmarks that measure promises, or those named. With ``--docs`` the table is written
into the documentation; benchmarks that were not named keep their rows there. The exit code is 1
when a promise was not kept or a benchmark failed.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Final

from rows import Row
from run import DOCS, machine, number, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEASURED: Final = ("cameras", "reloading", "watching", "cycles")
PAGE: Final = DOCS / "promises.inc"
KEPT: Final = DOCS / "promises.json"
SIGNS: Final = {"less": "≤", "more": "≥"}


def table(found: Mapping[str, Sequence[Row]]) -> str:
    """Draw what is promised beside what was measured."""
    lines = ["| what | promised | measured | | |", "|---|---|---|---|---|"]
    for name in MEASURED:
        for row in found.get(name, ()):
            if row.must is None:
                continue
            promised = f"{SIGNS[row.better]} {number(row.must)} {row.unit}".strip()
            mark = "kept" if row.kept else "**missed**"
            measured = f"{number(row.got)} {row.unit}".strip()
            lines.append(f"| {row.what} | {promised} | {measured} | {mark} | {row.note} |")
    return "\n".join(lines)


def main(names: Sequence[str], *, docs: bool) -> int:
    """Measure, and print the table."""
    what = machine()
    found = {name: rows_of(name) for name in names or MEASURED}
    failed = [name for name, rows in found.items() if rows is None]
    done = {name: rows for name, rows in found.items() if rows is not None}
    print(f"{what}\n\n{table(done)}")
    for name in failed:
        print(f"\n{name} failed: see above.")
    if docs and not failed:
        write(what, done)
    return int(bool(failed) or not all(row.kept for rows in done.values() for row in rows))


def write(what: str, done: Mapping[str, Sequence[Row]]) -> None:
    """Write the table into the documentation, with the rows of earlier runs that are not new."""
    before = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    now = {name: [vars(row) for row in rows] for name, rows in done.items()}
    machines = before.get("machines", {}) | dict.fromkeys(done, what)
    all_rows = {name: now.get(name) or before.get(name, []) for name in MEASURED}
    KEPT.write_text(json.dumps({**all_rows, "machines": machines}, indent=1) + "\n")
    rows = {name: [Row(**each) for each in all_rows[name]] for name in MEASURED}
    on = "\n".join(f"- {name}: {machines[name]}" for name in MEASURED if name in machines)
    PAGE.write_text(f"{table(rows)}\n\nWhere it was measured:\n\n{on}\n")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Measures what is promised about faults.")
    options.add_argument("names", nargs="*", metavar="name", choices=[*MEASURED, []])
    options.add_argument("--docs", action="store_true", help="write it into the documentation")
    given = options.parse_args()
    sys.exit(main(given.names, docs=given.docs))
