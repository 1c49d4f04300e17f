"""How a run goes, on stderr: a progress bar on a terminal, and a summary at the end."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.app import App, AppStats, AttachmentStats

__all__ = ["progress", "summarize"]

INTERVAL = 0.25  # seconds between two looks at the counters
COLUMNS = ("attachment", "buffers", "produced", "delivered", "dropped", "pending", "errors")
FULL = {
    "block": "a full channel blocks: the video waits for the consumer",
    "drop-oldest": "a full channel drops its oldest event",
    "drop-newest": "a full channel drops the newest event",
    "latest": "a channel keeps the newest event only",
}

logger = logging.getLogger(__name__)


@contextmanager
def progress(app: App) -> Iterator[None]:
    """Show a bar while the block runs, if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    bar = Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        # What the user prints appears above the bar; if it goes to a file, it is left alone.
        redirect_stdout=sys.stdout.isatty(),
    )
    over = threading.Event()

    def follow() -> None:
        task = bar.add_task("", total=None)
        while not over.wait(INTERVAL):
            stats = app.stats()
            bar.update(
                task, description=_now(stats), total=stats.duration, completed=stats.position
            )

    with bar:
        thread = threading.Thread(target=follow, name="pythiags-progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _now(stats: AppStats) -> str:
    parts = [stats.state.value, f"{stats.frames} frames", f"{_rate(stats):.1f} fps"]
    if stats.position is not None:
        length = f" of {stats.duration:.1f}" if stats.duration else ""
        parts.append(f"{stats.position:.1f}{length} s")
    if stats.attachments:
        parts.append(f"{stats.pending} pending")
    return ", ".join(parts)


def summarize(stats: AppStats, reason: str, on_full: str, *, json_lines: bool) -> None:
    """Write how the run went: frames and rate, then a line for each attachment."""
    if json_lines:
        summary = asdict(stats) | {"state": stats.state.value, "fps": _rate(stats)}
        logger.info("summary", extra={"summary": summary, "reason": reason, "on_full": on_full})
        return
    rate = f"{stats.frames} frames in {stats.elapsed:.2f} s, {_rate(stats):.1f} fps: {reason}"
    lines = [rate]
    if stats.attachments:
        lines += _table([COLUMNS, *map(_row, stats.attachments)])
        lines.append(FULL.get(on_full, on_full))
    print(*lines, sep="\n", file=sys.stderr)  # noqa: T201 - a command's message


def _rate(stats: AppStats) -> float:
    return stats.frames / stats.elapsed if stats.elapsed else 0.0


def _row(stats: AttachmentStats) -> tuple[str, ...]:
    channel = stats.channel
    dropped = {reason: count for reason, count in channel.dropped.items() if count}
    errors = [f"{count} {kind} in the extractor" for kind, count in stats.extractor_errors.items()]
    errors += [f"{count} {kind} in the consumer" for kind, count in stats.consumer_errors.items()]
    return (
        stats.name,
        str(stats.buffers),
        str(channel.produced),
        str(channel.delivered),
        ", ".join(f"{count} {reason}" for reason, count in dropped.items()) or "0",
        str(channel.pending),
        ", ".join(errors) or "0",
    )


def _table(rows: list[Any]) -> list[str]:
    """Align the columns; all but the first are numbers, at least as a rule."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
