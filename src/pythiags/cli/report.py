"""How a run went, on stderr: a summary at its end, for people or as JSON."""

from __future__ import annotations

import logging
import math
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, TextIO

from pythiags.app.drain import short_time
from pythiags.app.plainstats import as_plain
from pythiags.cli.attaching import FULL
from pythiags.errors import ConfigError
from pythiags.statedir import state_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pythiags.app import AppStats, AttachmentStats
    from pythiags.channel import ChannelStats
    from pythiags.retry import SourceStats
    from pythiags.tracing import Trace

__all__ = ["summarize", "summary_lines", "tell_trace", "width_of"]

WORTH_TELLING: Final = 0.5  # seconds
# Raised by the channels behind an extractor, and counted among its errors.
REFUSALS: Final = ("EventRefused", "LiveMetadataError", "UnpicklableError")

logger = logging.getLogger(__name__)


def summarize(stats: AppStats, reason: str, on_full: str, *, json_lines: bool) -> None:
    """Write how the run went: frames and rate, then a line for each attachment."""
    if json_lines:
        extra = {"summary": as_plain(stats), "reason": reason, "on_full": on_full}
        logger.info("summary", extra=extra)
        return
    lines = summary_lines(stats, reason, on_full, width_of(sys.stderr))
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201 - a command's message


def tell_trace(trace: Trace, path: str, *, json_lines: bool) -> None:
    """Write where the time of the pipeline went, and the picture of it if there is a path.

    Raises:
        ConfigError: The picture cannot be written.
    """
    if json_lines:
        logger.info("trace", extra={"trace": asdict(trace)})
    else:
        print(f"\n{trace}", file=sys.stderr)  # noqa: T201 - a command's message
    if not path:
        return
    try:
        trace.save(path)
    except OSError as error:
        raise ConfigError(
            "cannot write the picture", where=path, got=error.strerror, hint="choose another file"
        ) from error
    if not json_lines:
        print(f"wrote {path}: a browser shows it", file=sys.stderr)  # noqa: T201 - the same


def summary_lines(
    stats: AppStats, reason: str, on_full: str | None, width: float = math.inf
) -> list[str]:
    """Return how a run went or goes: frames and rate, then a line for each attachment.

    Args:
        stats: Its counters.
        reason: Why it ended, or its state.
        on_full: What the attachments do when they are full; None: unknown.
        width: Columns that a line may have.
    """
    line = f"{stats.frames} frames in {stats.played:.2f} s, {stats.fps:.1f} fps"
    if stats.draining >= WORTH_TELLING:
        line += f", then {short_time(stats.draining)} for the consumers to finish"
    lines = [f"{line}: {reason}"]
    if stats.attachments:
        lines += _table(stats.attachments, width)
        lines += _remarks([each.channel for each in stats.attachments], on_full)
    lines += [_about(source) for source in stats.sources if source.losses]
    return lines + [str(file) for file in stats.reloads if file.reloads or file.errors]


def _about(source: SourceStats) -> str:
    """Return how a live source fared that was lost at least once."""
    losses = ", ".join(f"{count} {reason}" for reason, count in source.losses.items())
    line = f"{source.label}: {source.status}, {source.buffers} buffers, lost: {losses}"
    if source.num_retry:
        line += f", started again: {source.num_retry}"
    return f"{line}; last: {source.why}"


def _remarks(channels: Sequence[ChannelStats], on_full: str | None) -> Iterator[str]:
    """Explain the counters, where there is something to explain."""
    if on_full is not None and any(_was_full(each, on_full) for each in channels):
        yield f"--on-full={on_full}: {FULL.get(on_full, on_full)}"
    if any(each.dropped.get("dead-letter") for each in channels):
        yield f"dead letters are in {state_dir('dead-letters')}"


def _was_full(channel: ChannelStats, on_full: str) -> bool:
    waited = on_full == "block" and channel.blocked >= WORTH_TELLING
    return bool(waited or channel.spilled or channel.dropped.get(on_full))


def _dropped(stats: AttachmentStats) -> str:
    dropped = {reason: count for reason, count in stats.channel.dropped.items() if count}
    return ", ".join(f"{count} {reason}" for reason, count in dropped.items()) or "0"


def _errors(stats: AttachmentStats) -> str:
    errors = [
        f"{count} {kind}" + (" of events" if kind in REFUSALS else " in the extractor")
        for kind, count in stats.extraction.errors.items()
    ]
    errors += [f"{count} {kind} in the consumer" for kind, count in stats.consumer_errors.items()]
    return ", ".join(errors) or "0"


def _nothing_if_zero(value: int) -> str:
    return str(value) if value else ""


# Title and cell of each column; one whose cells are all empty is left out.
_COLUMNS: Final[Sequence[tuple[str, Callable[[AttachmentStats], str]]]] = (
    ("attachment", lambda stats: stats.name),
    ("buffers", lambda stats: str(stats.extraction.buffers)),
    ("produced", lambda stats: str(stats.channel.produced)),
    ("delivered", lambda stats: str(stats.channel.delivered)),
    ("dropped", _dropped),
    ("pending", lambda stats: str(stats.channel.pending)),
    ("errors", _errors),
    ("spilled", lambda stats: _nothing_if_zero(stats.channel.spilled)),
    ("redelivered", lambda stats: _nothing_if_zero(stats.channel.redelivered)),
    ("deaths", lambda stats: _nothing_if_zero(stats.worker_deaths)),
    ("p99", lambda stats: short_time(stats.extraction.p99) if stats.extraction.p99 else ""),
    ("share", lambda stats: str(stats.share) if stats.share.total >= 0.01 else ""),  # noqa: PLR2004
)


def _table(attachments: Sequence[AttachmentStats], width: float) -> list[str]:
    """Align the columns; all but the first are numbers, at least as a rule.

    Where that is wider than the terminal, each attachment is a paragraph.
    """
    cells = [(title, [cell(each) for each in attachments]) for title, cell in _COLUMNS]
    columns = [[title, *column] for title, column in cells if any(column)]
    widths = [max(map(len, column)) for column in columns]
    titles, *rows = zip(*columns, strict=True)
    if sum(widths) + 2 * (len(widths) - 1) > width:
        return [line for row in rows for line in _paragraph(titles, row, width)]
    return [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (titles, *rows)
    ]


def _paragraph(titles: Sequence[str], row: Sequence[str], width: float) -> list[str]:
    """Return the name of an attachment, followed by lines of as many counters as fit."""
    name, *cells = row
    lines = [name]
    for title, cell in zip(titles[1:], cells, strict=True):
        part = f"  {title} {cell}"
        if len(lines) > 1 and len(lines[-1] + part) <= width:
            lines[-1] += part
        elif cell:
            lines.append(part)
    return lines


def width_of(stream: TextIO) -> float:
    """Return how many columns there are; a file has as many as it takes."""
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):  # not a terminal; closed; a stand-in
        return math.inf
