"""What a terminal shows while a run lasts: a bar, and below it a line for each attachment."""

from __future__ import annotations

import logging
import sys
import threading
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from pythiags.app import drain
from pythiags.app.drain import DrainMeter
from pythiags.gst.pipeline import PipelineState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pythiags.app import App, AppStats

__all__ = ["headline", "progress", "unlogged_drain"]

LOOKS: Final = 0.25  # seconds between two looks at the counters
MOST_LINES: Final = 12  # attachments shown: the rest is added up in the bar's line


@contextmanager
def progress(app: App) -> Iterator[None]:
    """Show how it goes while the block runs, if stderr is a terminal."""
    with _show(app) if sys.stderr.isatty() else nullcontext():
        yield


def headline(stats: AppStats) -> str:
    """Return the state, the frames and their rate, and the place in the stream."""
    if stats.state in (PipelineState.NEW, PipelineState.STARTING):
        return "starting"
    parts = [stats.state.value, f"{stats.frames} frames", f"{stats.fps:.1f} fps"]
    if stats.position is not None:
        length = f" of {stats.duration:.1f}" if stats.duration else ""
        parts.append(f"{stats.position:.1f}{length} s")
    if len(stats.attachments) > MOST_LINES:
        parts.append(f"{stats.pending:,} pending")
    return ", ".join(parts)


@contextmanager
def _follow(app: App, tell: Callable[[AppStats, float], object]) -> Iterator[None]:
    """Tell the counters again and again, in a thread, while the block runs."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOKS):
            tell(app.stats(), time.monotonic())

    thread = threading.Thread(target=look, name="pythiags-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def unlogged_drain() -> Iterator[None]:
    """Keep out of the log what is on the screen."""
    log = logging.getLogger(drain.__name__)
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = False


@contextmanager
def _show(app: App) -> Iterator[None]:
    """Show the bar and the lines."""
    from rich.console import Console
    from rich.live import Live

    screen = _Screen()
    screen.update(app.stats(), time.monotonic())
    live = Live(
        get_renderable=lambda: screen.renderable,
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
        # What is printed appears above the bar; stdout that goes to a file is left alone.
        redirect_stdout=sys.stdout.isatty(),
    )

    def tell(stats: AppStats, now: float) -> None:
        screen.update(stats, now)
        live.refresh()

    with live, _follow(app, tell), unlogged_drain():
        yield


class _Screen:
    """The picture on the terminal."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
        self._bar = Progress(*columns)
        self._task = self._bar.add_task("", total=None)
        self._drain = DrainMeter()
        self.renderable: Any = self._bar

    def update(self, stats: AppStats, now: float) -> None:
        """Take new counters in."""
        from rich.console import Group
        from rich.text import Text

        self._bar.update(
            self._task,
            description=headline(stats),
            total=stats.duration,
            completed=stats.position,
        )
        lines = [str(each) for each in stats.attachments[:MOST_LINES]]
        lines += [str(file) for file in stats.reloads if file.error]
        if stats.state is PipelineState.DRAINING and stats.pending:
            left = self._drain.look(now, [each.channel for each in stats.attachments])
            lines.append(f"{left}; Ctrl-C ends it")
        texts = [Text(f"  {line}", no_wrap=True, overflow="ellipsis") for line in lines]
        self.renderable = Group(self._bar, *texts)
