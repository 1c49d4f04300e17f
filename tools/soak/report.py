"""Writes what a soak has found: a page in Markdown, with pictures beside it."""

from __future__ import annotations

import os
import platform
from collections import Counter
from typing import TYPE_CHECKING, Final

from soak.account import CAMERAS, GAP, LONG, checks, frame_gaps
from soak.plots import curves

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from soak.account import Check, Gap
    from soak.record import Record

__all__ = ["PICTURES", "passed", "write_report"]

PICTURES: Final = ("memory", "holdings", "gaps")
MARKS: Final = {None: "too short", True: "kept", False: "**missed**"}


def passed(found: Sequence[Check]) -> bool:
    """Whether nothing was missed; what the run was too short for does not count."""
    return all(check.kept is not False for check in found)


def write_report(record: Record, folder: Path, *, prefix: str = "") -> tuple[str, list[Check]]:
    """Draw the pictures, and return the text that shows them, and what was judged.

    Args:
        record: Of the run.
        folder: Of the pictures.
        prefix: Of their names, and of the path to them in the text.
    """
    found, gaps = checks(record), frame_gaps(record)
    pictures = _pictures(record, gaps)
    for name, picture in pictures.items():
        (folder / f"{prefix.rpartition('/')[2]}{name}.svg").write_text(picture)
    driver = record.driver
    lines = [
        f"{driver['minutes']:g} minutes, seed {driver['seed']}: {len(record.faults)} faults, "
        f"{_frames(record):,} frames of {len(CAMERAS)} cameras, "
        f"{len(record.events['archive']):,} events. Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, {platform.machine()}.",
        "",
        "| what | promised | measured | |",
        "|---|---|---|---|",
        *(f"| {c.what} | {c.promised} | {c.measured} | {MARKS[c.kept]} |" for c in found),
        "",
        *(f"![{_ALT[name]}]({prefix}{name}.svg)\n" for name in PICTURES),
        "| fault | of | times | seconds without a frame of that camera, at most |",
        "|---|---|---|---|",
        *_faults(record, gaps),
        "",
    ]
    if late := driver["late"]:
        stood = sum(end - start for start, end in late)
        lines.append(
            f"The machine itself stood still {len(late)} times, {stood:.1f} s in all, because of "
            "other work: gaps between frames in those seconds are not counted.\n"
        )
    return "\n".join(lines), found


_ALT: Final = {
    "memory": "Memory of the process over time, with the faults below",
    "holdings": "Descriptors, threads and child processes over time, with the faults below",
    "gaps": "Gaps between frames over time, with the faults below",
}


def _frames(record: Record) -> int:
    return sum(len(event.frames) for event in record.events["archive"])


def _faults(record: Record, gaps: Sequence[Gap]) -> list[str]:
    times = Counter((span.name, _group(span.target)) for span in record.faults)
    longest: dict[str, float] = {}
    for gap in gaps:
        if gap.cause:
            longest[gap.cause] = max(gap.seconds, longest.get(gap.cause, 0.0))
    rows = []
    for (name, group), count in sorted(times.items(), key=lambda item: (item[0][1], item[0][0])):
        worst = f"{longest[name]:.1f}" if group == "a camera" and name in longest else ""
        rows.append(f"| {name} | {group if group != name else ''} | {count} | {worst} |")
    return rows


def _group(target: str) -> str:
    return "a camera" if target in CAMERAS else target


def _pictures(record: Record, gaps: Sequence[Gap]) -> dict[str, str]:
    marks: dict[str, list[tuple[float, float]]] = {}
    for span in record.faults:
        row = marks.setdefault("cameras" if span.target in CAMERAS else span.target, [])
        row.append((record.minutes(span.start), record.minutes(span.end)))
    looks = [(record.minutes(sample["at"]), sample) for sample in record.samples]
    looks = [each for each in looks if each[0] >= 0]
    held = ("descriptors", "threads", "children")
    explained = [(record.minutes(g.end), g.seconds) for g in gaps if g.seconds > LONG and g.cause]
    others = [(record.minutes(g.end), g.seconds) for g in gaps if g.seconds > LONG and not g.cause]
    return {
        "memory": curves(
            "Memory", "MB", {"memory": [(at, s["memory"] / 1e6) for at, s in looks]}, marks
        ),
        "holdings": curves(
            "What the process holds",
            "number",
            {name: [(at, s[name]) for at, s in looks] for name in held},
            marks,
        ),
        "gaps": curves(
            f"Gaps of more than {LONG:g} s between frames of a camera",
            f"s ({GAP:g} are allowed without a fault of it)",
            {"during its faults": explained, "at other times": others},
            marks,
            dots=True,
        ),
    }
