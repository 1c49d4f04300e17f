"""The counters of an App: while it runs, and when it is over.

Each thing that counts has one class, which the next one holds: a channel
(:class:`~pythiags.channel.ChannelStats`), a lane, an extraction, an attachment, the App.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pythiags.channel import ChannelStats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pythiags.gst.pipeline import PipelineState

__all__ = [
    "AppStats",
    "AttachmentStats",
    "ExtractionStats",
    "LaneStats",
    "Reason",
    "Share",
    "Summary",
]

Reason = Literal["end of stream", "timeout", "stop", "signal", "error"]


@dataclass(frozen=True)
class ExtractionStats:
    """What an extractor has done so far.

    Attributes:
        buffers: How many the extractor was called for.
        seconds: Time in the extractor, in all; waiting for room in a channel does not count, see
            :attr:`ChannelStats.blocked`.
        p50: Half of its calls took no longer, in seconds; up to 6 % off.
        p99: 99 of 100 calls took no longer, in seconds; up to 6 % off.
        gil_seconds: Time that the stream has waited for the GIL before the calls, in all.
        pads: How many pads it reads, each of them in a thread of its own.
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
    """Parts of the frame period: of the wall time from one buffer to the next, 1.0 is all of it.

    Attributes:
        extractor: Spent in the extractor.
        gil: Spent before it, waiting for the GIL, which other threads held.
    """

    extractor: float = 0.0
    gil: float = 0.0

    @property
    def total(self) -> float:
        """Both."""
        return self.extractor + self.gil


@dataclass(frozen=True)
class LaneStats:
    """What one worker of an attachment has done so far.

    Attributes:
        name: The worker's: the attachment's if it is alone, else with a number, ``pgie/1``.
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
    """What one attachment has done so far.

    Attributes:
        name: The attachment's.
        element: Where the extractor sits.
        worker: Where the consumer runs: ``"thread"`` or ``"process"``.
        extraction: The counters of its extractor; consumers that share one see the same.
        share: What the extractor costs, as parts of the frame period: (time in the extractor + time
            waiting for the GIL) / wall time, over the last two seconds of the stream.
        lanes: The counters of each worker.
    """

    name: str
    element: str
    worker: str
    extraction: ExtractionStats
    share: Share
    lanes: tuple[LaneStats, ...]

    @property
    def channel(self) -> ChannelStats:
        """The counters of the channel; of several workers their sum."""
        return ChannelStats.sum([lane.channel for lane in self.lanes])

    @property
    def consumer_errors(self) -> Mapping[str, int]:
        """How often the consumers raised, by exception type."""
        errors: Counter[str] = Counter()
        for lane in self.lanes:
            errors.update(lane.consumer_errors)
        return errors

    @property
    def worker_deaths(self) -> int:
        """How often a process of a consumer died."""
        return sum(lane.deaths for lane in self.lanes)


@dataclass(frozen=True)
class AppStats:
    """The counters of one moment.

    Attributes:
        state: Where the run is.
        elapsed: Seconds since the start, until the end if there was one.
        played: The part of ``elapsed`` in which there was a stream.
        draining: The part of ``elapsed`` that was spent on delivering what was pending when the
            stream was over.
        frames: How many have come to a sink; the most that any sink of raw video has counted. Where
            there is none, as when a file is all that is written: buffers.
        position: Seconds of the stream that were played, if known.
        duration: Seconds that the stream lasts, if known.
        attachments: One for each consumer that was attached, in that order.
    """

    state: PipelineState
    elapsed: float
    played: float
    draining: float
    frames: int
    position: float | None
    duration: float | None
    attachments: tuple[AttachmentStats, ...]

    @property
    def fps(self) -> float:
        """Frames a second, while there was a stream."""
        return self.frames / self.played if self.played else 0.0

    @property
    def pending(self) -> int:
        """Events of all attachments that were produced and not yet delivered or dropped."""
        return sum(each.channel.pending for each in self.attachments)


@dataclass(frozen=True)
class Summary(AppStats):
    """How a run went.

    Attributes:
        reason: What ended it.
        signal: The number of the signal that ended it, if one did.
    """

    reason: Reason
    signal: int | None = None

    @property
    def exit_code(self) -> int:
        """What a program exits with: 128 + the signal, or 0."""
        return 128 + self.signal if self.signal else 0
