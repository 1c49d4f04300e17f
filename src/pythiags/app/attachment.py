"""One consumer attached to an extractor: its lanes, its share of the extraction, its counters."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Final

from pythiags.app.arguments import attachment_name, consumers_of
from pythiags.app.cost import CostMeter
from pythiags.app.extraction import extract
from pythiags.app.lanes import Lane, Lanes
from pythiags.app.native_extraction import native_of
from pythiags.app.placement import WORKERS, Post, placement
from pythiags.app.stats import AttachmentStats, LaneStats
from pythiags.channel import Channel
from pythiags.extractors import as_extractor
from pythiags.usercode import name_of
from pythiags.workers.parting import Parting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from pythiags.app.attach_options import AttachOptions
    from pythiags.app.extraction import Extraction, Renewable
    from pythiags.errors import PythiagsError
    from pythiags.extractors import Native
    from pythiags.gst import Gst
    from pythiags.gst._gst import Histogram
    from pythiags.usercode import OnError

__all__ = ["Attachment", "attached"]

PLURAL: Final = {"thread": "threads", "process": "processes"}

logger = logging.getLogger(__name__)


class Attachment:
    """A consumer, the lanes that lead to it, and the extraction that fills them.

    Attributes:
        name: For messages and counters.
        lanes: The channels, each with its worker.
        worker: A key of ``WORKERS``.
        given_extractor: As ``App.attach()`` was given it.
        given_consumer: The same.
    """

    given_extractor: object

    def __init__(
        self,
        element: str,
        consumer: object,
        options: AttachOptions,
        native: Native | None,
        *,
        name: str,
        origin: tuple[str, str],
        on_error: OnError,
    ) -> None:
        self.name = name
        self._element = element
        self.given_consumer = consumer
        self.worker, reason = placement(options.worker, consumer, name)
        self.lanes = self._make_lanes(consumer, options, native, origin, on_error)
        self._wants_leftovers = options.leftovers == "deliver"
        self._extraction: Extraction
        self._cost: CostMeter
        workers = options.workers
        place = f"a {self.worker}" if workers == 1 else f"{workers} {PLURAL[self.worker]}"
        logger.info("%s: %s runs in %s (%s)", name, name_of(consumer), place, reason)

    def _make_lanes(
        self,
        consumer: object,
        options: AttachOptions,
        native: Native | None,
        origin: tuple[str, str],
        on_error: OnError,
    ) -> Lanes:
        make = WORKERS[self.worker]
        decode = native.decode if native is not None else None

        def lane(name: str) -> Lane:
            channel = _channel(options, name, (name_of(consumer), *origin))
            post = Post(name, consumer, channel, options, on_error, decode)
            return Lane(channel, make(post))

        return Lanes(
            [lane(each) for each in _lane_names(self.name, options.workers)],
            Parting(options.workers, options.key, name=self.name),
            blocking=options.on_full == "block",
        )

    def fill_from(self, extraction: Extraction, warn_share: float) -> None:
        """Begin to take what an extraction produces."""
        self._extraction = extraction
        self._cost = CostMeter(self.name, extraction.what, warn_share)

    @property
    def renewable(self) -> Renewable | None:
        """What calls its extractor, if that can be replaced."""
        return self._extraction.renewable

    def prepare(self) -> None:
        """Make ready what has to be there before the first event; see ``Channel.prepare()``."""
        found = sum(lane.channel.prepare() for lane in self.lanes)
        if self._wants_leftovers and not found:
            logger.warning(
                "%s: leftovers='deliver', but no killed run left events for it", self.name
            )

    def failures(self) -> Iterator[PythiagsError]:
        """Why the run cannot continue: events without a key, a disk or a worker that failed."""
        if self.lanes.failure is not None:
            yield self.lanes.failure
        for lane in self.lanes:
            for failure in (lane.channel.failure, lane.worker.failure):
                if failure is not None:
                    yield failure

    def measure(self, now: float) -> None:
        """Take a reading of what the extractor costs; see ``CostMeter``."""
        self._cost.read(now, self._extraction.stats())

    def mute(self) -> None:
        """Let buffers pass without extracting; what was produced stays."""
        self._extraction.mute()

    def close(self, *, ended: bool = False) -> None:
        """Take the probes away and let nothing more into the lanes.

        Args:
            ended: The stream reached its end; the consumer is informed.
        """
        self._extraction.remove()
        self.lanes.close(ended=ended)

    def extracts(self) -> bool:
        """Whether a call of its extractor has not returned."""
        return self._extraction.extracts()

    def runs_here(self) -> bool:
        """Whether the calling thread is in its extractor, or is one of its workers'."""
        return self._extraction.runs_here() or any(lane.worker.runs_here() for lane in self.lanes)

    @property
    def probe_value(self) -> str:
        """The ``Gst.PadProbeReturn`` that its extractor returned, or an empty string."""
        return self._extraction.probe_value

    def times(self) -> Histogram:
        """Return how long the calls of its extractor took."""
        return self._extraction.times()

    def stats(self) -> AttachmentStats:
        """Read the counters."""
        return AttachmentStats(
            name=self.name,
            element=self._element,
            worker=self.worker,
            extraction=self._extraction.stats(),
            share=self._cost.share,
            lanes=tuple(
                LaneStats(
                    name=lane.channel.name,
                    consumer_errors=lane.worker.errors,
                    deaths=lane.worker.deaths,
                    channel=lane.channel.stats(),
                )
                for lane in self.lanes
            ),
        )


def attached(
    pipeline: Gst.Pipeline,
    element: str,
    extractor: object,
    consumer: object,
    options: AttachOptions,
    *,
    taken: Collection[str],
    origin: tuple[str, str],
    on_error: OnError,
    in_python: Callable[[object], bool] = lambda _extractor: False,
) -> list[Attachment]:
    """Attach an extractor and its consumers to an element; see ``pythiags.App.attach()``.

    Args:
        pipeline: Holds the element.
        element: Or an element's pad.
        extractor: As ``attach`` was given it.
        consumer: The same: one, or several.
        options: For consumers without options of their own.
        taken: Names of the attachments that there are.
        origin: The file that the pipeline came from, if any, and its text.
        on_error: As the App was given it.
        in_python: Whether an extractor has to be called in Python, even if C could read for it.

    Returns:
        One for each consumer.
    """
    reader = as_extractor(extractor)
    made: list[Attachment] = []
    takers: list[tuple[Lanes, Native | None]] = []
    for each, its in consumers_of(consumer, options):
        name = attachment_name(its.name, element, each, [*taken, *(other.name for other in made)])
        native = None
        if not in_python(extractor):
            native = native_of(reader, workers=its.workers, key=its.key, name=name)
        made.append(
            Attachment(element, each, its, native, name=name, origin=origin, on_error=on_error)
        )
        takers.append((made[-1].lanes, native))
    extractions = extract(
        pipeline,
        element,
        reader,
        takers,
        on_error=on_error,
        max_consecutive_errors=options.max_consecutive_errors,
    )
    for number, extraction in enumerate(extractions):  # one warning is enough for all
        made[number].fill_from(extraction, math.inf if number else options.warn_share)
        made[number].given_extractor = extractor
    return made


def _channel(options: AttachOptions, name: str, owner: tuple[str, str, str]) -> Channel:
    """Make the channel of one worker: all together they hold what one alone would."""

    def part(bound: int) -> int:
        return max(1, bound // options.workers)

    return Channel(
        part(options.queue_size),
        part(options.queue_bytes),
        options.on_full,
        spill_bytes=part(options.spill_bytes),
        spill_dir=options.spill_dir,
        leftovers=options.leftovers,
        owner=owner,
        name=name,
    )


def _lane_names(name: str, workers: int) -> list[str]:
    return [name] if workers == 1 else [f"{name}/{number}" for number in range(1, workers + 1)]
