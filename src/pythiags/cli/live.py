"""What a terminal shows while a run lasts: a bar, and below it a line for each attachment."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from pythiags.gst.pipeline import PipelineState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pythiags.app import App, AppStats, AttachmentStats

__all__ = ["Drain", "DrainLog", "attachment_line", "headline", "progress", "short_time"]

LOOKS: Final = 0.25  # seconds between two looks at the counters, for a terminal
LOG_LOOKS: Final = 1.0  # and for a log
LOG_INTERVAL: Final = 10.0  # seconds between two lines in a log, where there is no terminal
MOST_LINES: Final = 12  # attachments shown: the rest is added up in the bar's line
MINUTES: Final = 100.0  # seconds: longer times are shown as h:mm:ss
RATE_WINDOW: Final = 20  # looks that a rate is measured over

logger = logging.getLogger(__name__)


@contextmanager
def progress(app: App) -> Iterator[None]:
    """Show how it goes while the block runs; if stderr is no terminal, log a long drain only."""
    terminal = sys.stderr.isatty()
    with _show(app) if terminal else _follow(app, DrainLog(), LOG_LOOKS):
        yield


class Drain:
    """How fast what is pending is delivered once the stream is over, and how long it will take."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque(maxlen=RATE_WINDOW)

    def look(self, now: float, pending: int) -> str:
        """Say how many are left, the rate, and the time left.

        Args:
            now: Seconds of a clock.
            pending: Events that are neither delivered nor dropped.
        """
        self._looks.append((now, pending))
        then, before = self._looks[0]
        rate = (before - pending) / (now - then) if now > then else 0.0
        text = f"{pending:,} events left"
        if rate > 0:
            text += f", {_digits(rate)} a second, {short_time(pending / rate)} to go"
        return f"{text}; Ctrl-C ends it"


def headline(stats: AppStats) -> str:
    """Give the state, the frames and their rate, and the place in the stream."""
    parts = [stats.state.value, f"{stats.frames} frames", f"{stats.fps:.1f} fps"]
    if stats.position is not None:
        length = f" of {stats.duration:.1f}" if stats.duration else ""
        parts.append(f"{stats.position:.1f}{length} s")
    if len(stats.attachments) > MOST_LINES:
        parts.append(f"{stats.pending:,} pending")
    return ", ".join(parts)


def attachment_line(stats: AttachmentStats) -> str:
    """Give the counters of one attachment: what is zero is left out, but for the main ones."""
    channel = stats.channel
    on_disk = f" ({channel.on_disk:,} on disk)" if channel.on_disk else ""
    parts = [
        f"produced {channel.produced:,}",
        f"delivered {channel.delivered:,}",
        *(f"{reason} {count:,}" for reason, count in channel.dropped.items()),
        f"pending {channel.pending:,}{on_disk}",
    ]
    if channel.redelivered:
        parts.append(f"redelivered {channel.redelivered:,}")
    if stats.buffers:
        parts.append(f"p99 {short_time(stats.extract_p99)}")
        parts.append(f"share {share_text(stats)}")
    return f"{stats.name}: " + "  ".join(parts)


def share_text(stats: AttachmentStats) -> str:
    """Give the share of the frame period, with the part that is waiting for the GIL."""
    gil = round(stats.share.gil * 100)
    return f"{stats.share.total * 100:.0f} %" + (f" (GIL {gil} %)" if gil else "")


def short_time(seconds: float) -> str:
    """Give a time with two digits or three, in the unit that suits it."""
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (MINUTES, 1.0, "s")):
        if seconds < limit:
            return f"{_digits(seconds * factor)} {unit}"
    return str(timedelta(seconds=round(seconds)))


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004


class DrainLog:
    """Logs how a drain that takes long goes, every ten seconds, where nobody sees a bar."""

    def __init__(self) -> None:
        self._drain = Drain()
        self._next = 0.0

    def __call__(self, stats: AppStats, now: float) -> None:
        """Take new counters in."""
        if stats.state is not PipelineState.DRAINING or not stats.pending:
            self._next = now + LOG_INTERVAL
            return
        text = self._drain.look(now, stats.pending)
        if now >= self._next:
            self._next = now + LOG_INTERVAL
            logger.info("draining: %s", text)


@contextmanager
def _follow(app: App, tell: Callable[[AppStats, float], object], interval: float) -> Iterator[None]:
    """Tell the counters again and again, in a thread, while the block runs."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(interval):
            tell(app.stats(), time.monotonic())

    thread = threading.Thread(target=look, name="pythiags-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _show(app: App) -> Iterator[None]:
    """Show the bar and the lines."""
    from rich.console import Console
    from rich.live import Live

    screen = _Screen()
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

    with live, _follow(app, tell, LOOKS):
        yield


class _Screen:
    """The picture on the terminal."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
        self._bar = Progress(*columns)
        self._task = self._bar.add_task("", total=None)
        self._drain = Drain()
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
        lines = [attachment_line(each) for each in stats.attachments[:MOST_LINES]]
        if stats.state is PipelineState.DRAINING and stats.pending:
            lines.append(self._drain.look(now, stats.pending))
        texts = [Text(f"  {line}", no_wrap=True, overflow="ellipsis") for line in lines]
        self.renderable = Group(self._bar, *texts)
