"""The options that say how consumers are fed: where they run, and what happens if they are slow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from pythiags.checks import LARGEST, shown

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ATTACH_OPTIONS", "FULL", "Size"]

# What a policy does, as the summary says it.
FULL: Final = {
    "spill": "what does not fit in memory goes to disk",
    "block": "a full channel blocks: the video waits for the consumer",
    "drop-oldest": "a full channel drops its oldest event",
    "drop-newest": "a full channel drops the newest event",
    "latest": "a channel keeps the newest event only",
}

_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class Size(click.ParamType):  # type: ignore[type-arg,unused-ignore] # generic from click 8.2 on
    """Bytes, as ``5000``, ``64M`` or ``1.5G``; K, M and G are powers of 1024."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the number of bytes, at least one."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMG]?)(?:i?B)?", str(value), re.IGNORECASE)
        size = float(match[1]) * _UNITS[match[2].upper()] if match else 0.0
        if not 1 <= size <= LARGEST:
            what = f"{shown(value)} is not a size"
            self.fail(f"{what}: expected bytes, such as 5000, 64M or 1G.", param, ctx)
        return int(size)


ATTACH_OPTIONS: list[Callable[..., Any]] = [
    click.option(
        "--worker",
        type=click.Choice(["auto", "thread", "process"]),
        default="auto",
        show_default=True,
        help="Where consumers run. auto: what their class says, else a class in a process of its "
        "own and a function in a thread.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="N",
        help="How many consumers share the events, each source in order with one of them.",
    ),
    click.option(
        "--key",
        metavar="NAME|MODULE:NAME",
        help="What several workers share events by, instead of their source_id: an attribute, or "
        "a function that gives the key of an event, as in --key=mine:camera_of.",
    ),
    click.option(
        "--on-worker-death",
        type=click.Choice(["stop", "continue"]),
        default="stop",
        show_default=True,
        help="What it means when a consumer's process dies more than 5 times in a minute.",
    ),
    click.option(
        "--queue-size",
        type=click.IntRange(min=1),
        default=1000,
        show_default=True,
        metavar="EVENTS",
        help="How many events may wait for a consumer in memory.",
    ),
    click.option(
        "--queue-bytes",
        type=Size(),
        default="64M",
        show_default=True,
        metavar="SIZE",
        help="How many bytes may wait there: 5000, 64M, 1G.",
    ),
    click.option(
        "--on-full",
        type=click.Choice(list(FULL)),
        default="spill",
        show_default=True,
        help="What happens when that many wait: spill lets them wait on disk, block holds the "
        "video, the others drop events.",
    ),
    click.option(
        "--spill-bytes",
        type=Size(),
        default="1G",
        show_default=True,
        metavar="SIZE",
        help="How many bytes may wait on disk; then the oldest are dropped.",
    ),
    click.option(
        "--spill-dir",
        type=click.Path(file_okay=False),
        metavar="FOLDER",
        help="Where that is.  [default: ~/.local/state/pythiags/spill]",
    ),
    click.option(
        "--leftovers",
        type=click.Choice(["offer", "deliver", "discard"]),
        default="offer",
        show_default=True,
        help="What happens to events that a run which was killed has left on disk: offer tells of "
        "them, deliver hands them to the consumer before all others.",
    ),
    click.option(
        "--warn-share",
        type=click.FloatRange(min=0, min_open=True),
        default=0.5,
        show_default=True,
        metavar="PART",
        help="Warn when an extractor takes more than this part of the time from frame to frame.",
    ),
]
