"""One extractor on one element, and the lanes in which its events reach the consumer."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pythiags.app.cost import CostMeter, Share
from pythiags.app.lanes import Lane, Lanes
from pythiags.app.native_extraction import NativeExtraction, native_of
from pythiags.app.placement import WORKERS, placement
from pythiags.channel import ChannelStats
from pythiags.extractors import as_extractor
from pythiags.usercode import name_of
from pythiags.workers.parting import Parting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pythiags.app.attach_options import AttachOptions
    from pythiags.app.extraction import Extraction, Extractions
    from pythiags.errors import PythiagsError
    from pythiags.extractors import Native
    from pythiags.gst import Gst
    from pythiags.workers.worker import OnError

__all__ = ["Attachment", "AttachmentStats", "LaneStats"]

PLURAL: Final = {"thread": "threads", "process": "processes"}

logger = logging.getLogger(__name__)


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
        buffers: How many the extractor was called for.
        extract_seconds: Time in the extractor, all together; waiting for room in the channel is
            ``channel.blocked``.
        extract_p50: Half of the extractor's calls took no longer, in seconds; up to 6 % off.
        extract_p99: 99 of 100 of the extractor's calls took no longer, in seconds; up to 6 % off.
        gil_seconds: Time that the stream has waited for the GIL before the extractor, all together.
        share: What the extractor costs, as parts of the frame period: (time in the extractor + time
            waiting for the GIL) / wall time, over the last two seconds of the stream.
        extractor_errors: How often the extractor raised, by exception type.
        consumer_errors: How often the consumer raised, by exception type.
        worker_deaths: How often a process of the consumer died.
        channel: The channel's counters; of several workers their sum.
        lanes: The same for each worker.
    """

    name: str
    element: str
    worker: str
    buffers: int
    extract_seconds: float
    extract_p50: float
    extract_p99: float
    gil_seconds: float
    share: Share
    extractor_errors: Mapping[str, int]
    consumer_errors: Mapping[str, int]
    worker_deaths: int
    channel: ChannelStats
    lanes: tuple[LaneStats, ...]


class Attachment:
    """What :meth:`pythiags.App.attach` makes; its arguments are described there.

    Attributes:
        worker: Where its consumer runs: ``"thread"`` or ``"process"``.
        lanes: The channels, each with its worker.
    """

    def __init__(
        self,
        pipeline: Gst.Pipeline,
        element: str,
        extractor: object,
        consumer: object,
        options: AttachOptions,
        *,
        name: str,
        origin: tuple[str, str],
        on_error: OnError,
        extractions: Extractions,
    ) -> None:
        self.name = name
        self.element = element
        self.worker, reason = placement(options.worker, consumer, name)
        reader = as_extractor(extractor)
        native = native_of(reader, workers=options.workers, key=options.key, name=name)
        self.lanes = self._make_lanes(consumer, options, origin, on_error, native)
        self._wants_leftovers = options.leftovers == "deliver"
        self._cost = CostMeter(name, options.warn_share)
        self._extraction: Extraction
        if native is not None:
            what = type(reader).__qualname__
            self._extraction = NativeExtraction(pipeline, element, native, self.lanes, what=what)
        else:
            self._extraction = extractions.add(
                pipeline,
                element,
                extractor,
                reader,
                self.lanes,
                on_error=on_error,
                max_consecutive_errors=options.max_consecutive_errors,
            )
        workers = options.workers
        place = f"a {self.worker}" if workers == 1 else f"{workers} {PLURAL[self.worker]}"
        logger.info("%s: %s runs in %s (%s)", name, name_of(consumer), place, reason)

    def _make_lanes(
        self,
        consumer: object,
        options: AttachOptions,
        origin: tuple[str, str],
        on_error: OnError,
        native: Native | None,
    ) -> Lanes:
        make = WORKERS[self.worker]
        decode = native.decode if native is not None else None

        def lane(name: str) -> Lane:
            channel = options.channel(name, (name_of(consumer), *origin))
            worker = make(consumer, channel, options, name=name, on_error=on_error, decode=decode)
            return Lane(channel, worker)

        return Lanes(
            [lane(each) for each in _lane_names(self.name, options.workers)],
            Parting(options.workers, options.key, name=self.name),
            blocking=options.on_full == "block",
        )

    def prepare(self) -> None:
        """Make ready what has to be there before the first event; see :meth:`Channel.prepare`."""
        found = sum(lane.channel.prepare() for lane in self.lanes)
        if self._wants_leftovers and not found:
            logger.warning("%s: leftovers='deliver': no killed run has left any for it", self.name)

    def failures(self) -> Iterator[PythiagsError]:
        """Why the run cannot go on: no sharing out of events, a disk or a worker that failed."""
        if self.lanes.failure is not None:
            yield self.lanes.failure
        for lane in self.lanes:
            for failure in (lane.channel.failure, lane.worker.failure):
                if failure is not None:
                    yield failure

    def measure(self, now: float) -> None:
        """Take a reading of what the extractor costs; see :class:`CostMeter`."""
        self._cost.read(now, self._extraction.stats())

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
        lanes = tuple(
            LaneStats(
                name=lane.channel.name,
                consumer_errors=lane.worker.errors,
                deaths=lane.worker.deaths,
                channel=lane.channel.stats(),
            )
            for lane in self.lanes
        )
        errors: Counter[str] = Counter()
        for lane in lanes:
            errors.update(lane.consumer_errors)
        return AttachmentStats(
            name=self.name,
            element=self.element,
            worker=self.worker,
            buffers=extraction.buffers,
            extract_seconds=extraction.seconds,
            extract_p50=extraction.p50,
            extract_p99=extraction.p99,
            gil_seconds=extraction.waited,
            share=self._cost.share,
            extractor_errors=extraction.errors,
            consumer_errors=dict(errors),
            worker_deaths=sum(lane.deaths for lane in lanes),
            channel=ChannelStats.sum([lane.channel for lane in lanes]),
            lanes=lanes,
        )


def _lane_names(name: str, workers: int) -> list[str]:
    return [name] if workers == 1 else [f"{name}/{number}" for number in range(1, workers + 1)]
