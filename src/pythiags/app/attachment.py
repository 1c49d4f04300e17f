"""One extractor on one element, and the lanes in which its events reach the consumer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pythiags.app.extraction import extract
from pythiags.app.lanes import Lane, Lanes
from pythiags.app.workers import worker_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pythiags.channel import Channel, ChannelStats
    from pythiags.channel.worker import OnError
    from pythiags.gst import Gst

__all__ = ["Attachment", "AttachmentStats"]


@dataclass(frozen=True)
class AttachmentStats:
    """What one attachment has done so far.

    Attributes:
        name: The attachment's.
        element: Where the extractor sits.
        buffers: How many the extractor was called for.
        extract_seconds: Time in the extractor, all together; waiting for room in the channel is
            ``channel.blocked``.
        extractor_errors: How often the extractor raised, by exception type.
        consumer_errors: How often the consumer raised, by exception type.
        channel: The channel's counters.
    """

    name: str
    element: str
    buffers: int
    extract_seconds: float
    extractor_errors: Mapping[str, int]
    consumer_errors: Mapping[str, int]
    channel: ChannelStats


class Attachment:
    """What :meth:`pythiags.App.attach` makes; its arguments are described there."""

    def __init__(
        self,
        pipeline: Gst.Pipeline,
        element: str,
        extractor: object,
        consumer: object,
        *,
        name: str,
        channel: Channel,
        worker: str,
        on_error: OnError,
        max_consecutive_errors: int,
    ) -> None:
        make = worker_kind(worker, name)
        self.name = name
        self.element = element
        self.lanes = Lanes([Lane(channel, make(consumer, channel, name=name, on_error=on_error))])
        self._extraction = extract(
            pipeline,
            element,
            extractor,
            self.lanes,
            on_error=on_error,
            max_consecutive_errors=max_consecutive_errors,
        )

    def mute(self) -> None:
        """Let buffers pass without extracting; what was produced stays."""
        self._extraction.mute()

    def close(self, *, ended: bool = False) -> None:
        """Take the probes away and let nothing more into the lanes.

        Args:
            ended: The stream ended by itself; the consumer is told so.
        """
        self._extraction.remove()
        self.lanes.close(ended=ended)

    def stats(self) -> AttachmentStats:
        """Read the counters."""
        extraction = self._extraction.stats()
        (lane,) = self.lanes
        return AttachmentStats(
            name=self.name,
            element=self.element,
            buffers=extraction.buffers,
            extract_seconds=extraction.seconds,
            extractor_errors=extraction.errors,
            consumer_errors=lane.worker.errors,
            channel=lane.channel.stats(),
        )
