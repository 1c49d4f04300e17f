"""The counters of an App, during a run and after it.

Each thing that counts has one class, which the next one holds: a channel
(``ChannelStats``), a lane, an extraction, an attachment, the App.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from pythiags.app.drain import short_time
from pythiags.channel import ChannelStats
from pythiags.errors import SourceLost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pythiags.gst.pipeline import PipelineState
    from pythiags.retry import SourceStats

__all__ = [
    "AppStats",
    "AttachmentStats",
    "ExtractionStats",
    "LaneStats",
    "Reason",
    "ReloadStats",
    "Share",
    "Summary",
]

# Reasons of drops that are errors of user code.
FAILURES: Final = ("refused", "consumer-error", "dead-letter", "unpicklable")

NOTHING_SUCCEEDED: Final = 8
"""The exit code of a run that reached its end, but in which every event failed."""

Reason = Literal["end of stream", "timeout", "stop", "signal", "error"]


@dataclass(frozen=True)
class ExtractionStats:
    """The counters of an extractor.

    Attributes:
        buffers: How many buffers the extractor was called for.
        seconds: Total time in the extractor, without waiting for room in a channel, see
            ``ChannelStats.blocked``.
        p50: The median duration of a call, in seconds; accurate to 6 %.
        p99: The 99th percentile of the duration of a call, in seconds; accurate to 6 %.
        gil_seconds: Total time that the stream has waited for the GIL before the calls. It waits
            once for all extractors of a pad, and that counts for the first one attached.
        pads: How many pads it reads, each in its own thread.
        errors: How often it raised, by exception type.
    """

    buffers: int
    seconds: float
    p50: float
    p99: float
    gil_seconds: float
    pads: int
    errors: Mapping[str, int]


@dataclass(frozen=True)
class Share:
    """Shares of the frame period, the wall time between two buffers; 1.0 is all of it.

    Attributes:
        extractor: The time in the extractor.
        gil: The time before it, waiting for the GIL that other threads held.
    """

    extractor: float = 0.0
    gil: float = 0.0

    @property
    def total(self) -> float:
        """The sum of both."""
        return self.extractor + self.gil

    def __str__(self) -> str:
        """Return the share in percent, with the part spent waiting for the GIL."""
        gil = round(self.gil * 100)
        return f"{self.total * 100:.0f} %" + (f" (GIL {gil} %)" if gil else "")


@dataclass(frozen=True)
class LaneStats:
    """The counters of one worker of an attachment.

    Attributes:
        name: The worker's name: the attachment's, with a number if there are several (``pgie/1``).
        consumer_errors: How often the consumer raised, by exception type.
        deaths: How often its process died.
        channel: The counters of its channel.
    """

    name: str
    consumer_errors: Mapping[str, int]
    deaths: int
    channel: ChannelStats


@dataclass(frozen=True)
class AttachmentStats:
    """The counters of one attachment.

    Attributes:
        name: The attachment's.
        element: The element that the extractor observes.
        worker: Where the consumer runs: ``"thread"`` or ``"process"``.
        extraction: The counters of its extractor; consumers that share one see the same.
        share: The extractor's share of the frame period: (time in the extractor + time
            waiting for the GIL) / wall time, over the last two seconds of the stream.
        lanes: The counters of each worker.
    """

    name: str
    element: str
    worker: str
    extraction: ExtractionStats
    share: Share
    lanes: tuple[LaneStats, ...]

    def __str__(self) -> str:
        """Return the counters in one line, without zeros except for the main counters."""
        channel = self.channel
        on_disk = f" ({channel.on_disk:,} on disk)" if channel.on_disk else ""
        parts = [
            f"produced {channel.produced:,}",
            f"delivered {channel.delivered:,}",
            *(f"{reason} {count:,}" for reason, count in channel.dropped.items()),
            f"pending {channel.pending:,}{on_disk}",
        ]
        if channel.redelivered:
            parts.append(f"redelivered {channel.redelivered:,}")
        if self.worker_deaths:
            parts.append(f"deaths {self.worker_deaths:,}")
        if self.extraction.buffers:
            parts.append(f"p99 {short_time(self.extraction.p99)}")
            parts.append(f"share {self.share}")
        return f"{self.name}: " + "  ".join(parts)

    @property
    def channel(self) -> ChannelStats:
        """The counters of the channel, summed over all workers."""
        return ChannelStats.sum([lane.channel for lane in self.lanes])

    @property
    def consumer_errors(self) -> Mapping[str, int]:
        """How often the consumers raised, by exception type."""
        errors: Counter[str] = Counter()
        for lane in self.lanes:
            errors.update(lane.consumer_errors)
        return errors

    @property
    def failed(self) -> bool:
        """Whether every call of the extractor failed, or every event in the consumer."""
        channel = self.channel
        lost = sum(channel.dropped.get(reason, 0) for reason in FAILURES)
        if channel.produced:
            return channel.delivered == 0 and lost == channel.produced
        raised = sum(self.extraction.errors.values())
        return 0 < self.extraction.buffers <= raised

    @property
    def worker_deaths(self) -> int:
        """How often a process of a consumer died."""
        return sum(lane.deaths for lane in self.lanes)


@dataclass(frozen=True)
class ReloadStats:
    """What became of the edits of a file that is watched.

    Attributes:
        file: Its path.
        reloads: How often it was loaded anew.
        errors: How often an edit was not taken.
        error: Why the last edit was not taken, with its line; empty if it was.
    """

    file: str
    reloads: int
    errors: int
    error: str

    def __str__(self) -> str:
        """Return the counters in one line."""
        line = f"{self.file}: loaded anew: {self.reloads}"
        if self.errors:
            line += f", not taken: {self.errors}"
        return f"{line}; the old code runs: {self.error}" if self.error else line


@dataclass(frozen=True)
class AppStats:
    """The counters of one moment.

    Attributes:
        state: The state of the run.
        elapsed: Seconds from the start until now, or until the end.
        played: The part of ``elapsed`` in which there was a stream.
        draining: The part of ``elapsed`` spent on delivering events that were pending when the
            stream ended.
        frames: Frames that arrived at a sink; the highest count of all sinks of raw video. Without
            such a sink, for example when only a file is written: buffers.
        position: The position in the stream in seconds, if known.
        duration: The duration of the stream in seconds, if known.
        attachments: One for each attached consumer, in order of attachment.
        sources: One for each live source, such as a camera.
        reloads: One for each file that is watched.
    """

    state: PipelineState
    elapsed: float
    played: float
    draining: float
    frames: int
    position: float | None
    duration: float | None
    attachments: tuple[AttachmentStats, ...]
    sources: tuple[SourceStats, ...] = field(default=(), kw_only=True)
    reloads: tuple[ReloadStats, ...] = field(default=(), kw_only=True)

    def __str__(self) -> str:
        """Return a line for the stream, and a line for each attachment."""
        lines = [self._headline(), *map(str, self.attachments)]
        return "\n  ".join(lines)

    def __repr__(self) -> str:
        """Return the first line only, since all counters fill a page."""
        count = len(self.attachments)
        return f"<{type(self).__name__}: {self._headline()}, {count} attachment{'s'[: count != 1]}>"

    def _headline(self) -> str:
        rate = f"{self.frames} frames in {self.played:.2f} s, {self.fps:.1f} fps"
        return f"{self.state.value}, {rate}"

    @property
    def fps(self) -> float:
        """Frames per second while there was a stream."""
        return self.frames / self.played if self.played else 0.0

    @property
    def pending(self) -> int:
        """Events of all attachments that were produced and not yet delivered or dropped."""
        return sum(each.channel.pending for each in self.attachments)


@dataclass(frozen=True)
class Summary(AppStats):
    """The result of a run.

    Attributes:
        reason: Why the run ended.
        signal: The number of the signal that ended it, if one did.
    """

    reason: Reason
    signal: int | None = None

    __repr__ = AppStats.__repr__

    def _headline(self) -> str:
        return f"{self.frames} frames in {self.played:.2f} s, {self.fps:.1f} fps: {self.reason}"

    @property
    def exit_code(self) -> int:
        """The exit code of a program.

        It is 128 + the signal, 4 if a live source was lost, 8 if every event failed, or 0.
        """
        if self.signal:
            return 128 + self.signal
        if any(source.lost for source in self.sources):
            return SourceLost.exit_code
        failed = any(each.failed for each in self.attachments)
        delivered = any(each.channel.delivered for each in self.attachments)
        return NOTHING_SUCCEEDED if failed and not delivered else 0
