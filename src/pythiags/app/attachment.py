"""One extractor on one element, its channel, and the worker that runs its consumer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pythiags.channel import Channel, ChannelStats, Control, ThreadWorker, Worker
from pythiags.consumers import as_consumer
from pythiags.errors import ChannelClosed, ConfigError
from pythiags.extractors import as_extractor
from pythiags.gst.pads import tap
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from pythiags.channel.worker import OnError
    from pythiags.gst import Gst

__all__ = ["Attachment", "AttachmentStats"]

_WORKERS: Final[Mapping[str, Callable[..., Worker]]] = {"thread": ThreadWorker}


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


class _Extraction:
    """What the probe calls. It knows no pipeline, so that it keeps none alive."""

    def __init__(self, extract: Callable[[Any, Any], Any], channel: Channel) -> None:
        # What messages call it.
        self.__qualname__ = getattr(extract, "__qualname__", type(extract).__qualname__)
        self.muted = False
        self.buffers = 0
        self.nanoseconds = 0
        self._extract = extract
        self._channel = channel
        self.__qualname__ = getattr(extract, "__qualname__", type(extract).__qualname__)  # in logs

    def __call__(self, pad: Any, info: Any) -> None:
        if self.muted:
            return
        self.buffers += 1
        start = time.perf_counter_ns()
        try:
            events = self._extract(pad, info)
            if isinstance(events, Iterator):
                events = list(events)  # a generator reads the buffer, which is here only now
        finally:
            self.nanoseconds += time.perf_counter_ns() - start
        if events is None or (hasattr(events, "__len__") and len(events) == 0):
            return
        try:
            self._channel.put(events)
        except ChannelClosed:
            self.muted = True


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
        if worker not in _WORKERS:
            raise ConfigError(
                f"there is no worker of the kind {worker!r}",
                where=name,
                expected=", ".join(_WORKERS),
                hint=hint_for(worker, _WORKERS),
            )
        self.name = name
        self.element = element
        self.channel = channel
        self._extraction = _Extraction(as_extractor(extractor).extract_metadata, channel)
        self.worker = _WORKERS[worker](as_consumer(consumer), channel, name=name, on_error=on_error)
        self._tapped = tap(
            pipeline,
            element,
            self._extraction,
            on_error=on_error,
            max_consecutive_errors=max_consecutive_errors,
        )

    def mute(self) -> None:
        """Let buffers pass without extracting; what was produced stays."""
        self._extraction.muted = True

    def close(self, *, ended: bool = False) -> None:
        """Take the probes away and let nothing more into the channel.

        Args:
            ended: The stream ended by itself; the consumer is told so.
        """
        self._tapped.remove()
        if ended:
            self.channel.put_control(Control.END)
        self.channel.close()

    def stats(self) -> AttachmentStats:
        """Read the counters."""
        return AttachmentStats(
            name=self.name,
            element=self.element,
            buffers=self._extraction.buffers,
            extract_seconds=self._extraction.nanoseconds / 1e9,
            extractor_errors=self._tapped.errors(),
            consumer_errors=self.worker.errors,
            channel=self.channel.stats(),
        )
