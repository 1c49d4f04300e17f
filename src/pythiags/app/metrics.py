"""The counters of an App in Prometheus's terms, read when they are asked for."""

from __future__ import annotations

import itertools
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, get_args

from pythiags.channel._ring import DROP_REASONS
from pythiags.errors import MissingDependency
from pythiags.extras import install_line
from pythiags.gst.pipeline import PipelineState
from pythiags.redact import redact
from pythiags.retry import RetryReason, SourceStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from pythiags.app.stats import AppStats, AttachmentStats
    from pythiags.retry import SourceStats

    Named: TypeAlias = Sequence[tuple[str, AttachmentStats]]  # with their labels

__all__ = ["Metrics"]

# Upper limits of the buckets of durations, in nanoseconds: powers of four from 1 µs to 4 s, where
# the histogram's own buckets end.
EDGES: Final = tuple(1 << power for power in range(10, 33, 2))
MOST_KINDS: Final = 20  # exception types with a label of their own; any more are "other"
REASONS: Final[tuple[RetryReason, ...]] = get_args(RetryReason)
STATUSES: Final[tuple[SourceStatus, ...]] = get_args(SourceStatus)
_ATTACHED: Final = ("attachment",)


class Metrics:
    """Makes the text that Prometheus scrapes.

    Args:
        stats: Gives the counters.
        times: Gives how long the calls of each attachment's extractor took: counts up to each limit
            of a list in nanoseconds, then of all.
        frames: Gives the frames of each source of a mixer, by the source's name.
        quiet: Gives the seconds without a buffer at any sink.

    Raises:
        MissingDependency: ``prometheus_client`` is not installed.
    """

    def __init__(
        self,
        stats: Callable[[], AppStats],
        times: Callable[[Sequence[int]], Mapping[str, Sequence[int]]],
        frames: Callable[[], Mapping[str, int]],
        quiet: Callable[[], float],
    ) -> None:
        try:
            from prometheus_client import CollectorRegistry, ProcessCollector
        except ImportError as error:
            raise MissingDependency(
                "metrics need prometheus_client, which is not installed",
                hint=install_line("metrics"),
            ) from error
        self._stats, self._times, self._frames, self._quiet = stats, times, frames, quiet
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(self)  # type: ignore[arg-type,unused-ignore] # as it is meant

    def describe(self) -> list[Any]:
        """Name nothing: what there is depends on the App."""
        return []

    def text(self, accepted: str) -> tuple[str, bytes]:
        """Return the type and the text of what a scraper takes, in one of Prometheus's formats.

        Args:
            accepted: The request's ``Accept`` header.
        """
        from prometheus_client.exposition import choose_encoder

        encode, content_type = choose_encoder(accepted)
        return content_type, encode(self._registry)

    def collect(self) -> Iterator[Any]:
        """Read the counters, as families of samples."""
        stats = self._stats()
        yield from self._whole(stats)
        if stats.sources:
            yield from _sources(stats.sources)
        if frames := self._frames():
            yield _counter(
                "source_frames",
                "Frames of each source that have come to the mixer.",
                ("source",),
                (
                    ((label,), count)
                    for label, count in zip(_labels(frames), frames.values(), strict=True)
                ),
            )
        if stats.attachments:
            labels = _labels(each.name for each in stats.attachments)
            named = list(zip(labels, stats.attachments, strict=True))
            yield from _extractors(named)
            yield self._durations(named)
            yield from _channels(named)

    def _whole(self, stats: AppStats) -> Iterator[Any]:
        states = ((each.value,) for each in PipelineState)
        yield _gauge(
            "state",
            "The state of the run: 1 for the one that it is in.",
            ("state",),
            ((state, float(state[0] == stats.state.value)) for state in states),
        )
        yield _counter("frames", "Frames that arrived at a sink.", (), [((), stats.frames)])
        yield _gauge("run_seconds", "Seconds since the start.", (), [((), stats.elapsed)])
        what = "Seconds since a buffer came to a sink, looked up once a second."
        yield _gauge("quiet_seconds", what, (), [((), self._quiet())])

    def _durations(self, attachments: Named) -> Any:
        from prometheus_client.core import HistogramMetricFamily

        family = HistogramMetricFamily(
            "pythiags_extractor_seconds", "Duration of the extractor's calls.", labels=_ATTACHED
        )
        times = self._times(EDGES)
        names = [*(repr(edge / 1e9) for edge in EDGES), "+Inf"]
        for label, each in attachments:
            buckets = list(zip(names, times[each.name], strict=True))
            family.add_metric([label], buckets, each.extraction.seconds)
        return family


def _labels(names: Iterable[str]) -> list[str]:
    """Return labels without secrets, each of them once: a scrape with one twice is refused whole.

    Elements in two bins may have one name, and names may differ in what is masked only.
    """
    labels: dict[str, None] = {}
    for name in map(redact, names):
        others = (f"{name}#{number}" for number in itertools.count(2))
        label = next(each for each in itertools.chain([name], others) if each not in labels)
        labels[label] = None
    return list(labels)


def _sources(sources: Sequence[SourceStats]) -> Iterator[Any]:
    one, per_reason = ("source",), ("source", "reason")
    named = list(zip(_labels(each.name for each in sources), sources, strict=True))

    def rows(value: Callable[[SourceStats], float]) -> Iterator[tuple[tuple[str, ...], float]]:
        return (((name,), value(each)) for name, each in named)

    def by_reason(
        counts: Callable[[SourceStats], Mapping[Any, int]],
    ) -> Iterator[tuple[tuple[str, ...], float]]:
        pairs = itertools.product(named, REASONS)
        return (((name, reason), counts(each).get(reason, 0)) for (name, each), reason in pairs)

    yield _counter(
        "source_buffers",
        "Buffers that a live source has sent; of rtspsrc they are packets.",
        one,
        rows(lambda each: each.buffers),
    )
    yield _gauge(
        "source_status",
        "The status of a live source: 1 for the one that it has.",
        ("source", "status"),
        (
            ((name, status), float(status == each.status))
            for (name, each), status in itertools.product(named, STATUSES)
        ),
    )
    what = "How often a live source was lost, by reason; consumers get a gap for each."
    yield _counter("source_losses", what, per_reason, by_reason(lambda each: each.losses))
    what = "How often a live source was started again, by the reason."
    yield _counter("source_retries", what, per_reason, by_reason(lambda each: each.retries))
    what = "How often a live source that had sent fell silent."
    yield _counter("source_stalls", what, one, rows(lambda each: each.stalls))


def _extractors(attachments: Named) -> Iterator[Any]:
    yield _counter(
        "extractor_gil_seconds",
        "Seconds that the stream has waited for the GIL before the extractor's calls.",
        _ATTACHED,
        (((label,), each.extraction.gil_seconds) for label, each in attachments),
    )
    for who, errors_of in (
        ("extractor", attrgetter("extraction.errors")),
        ("consumer", attrgetter("consumer_errors")),
    ):
        yield _counter(
            f"{who}_errors",
            f"How often the {who} raised, by the exception's type.",
            ("attachment", "type"),
            (
                ((label, kind), count)
                for label, each in attachments
                for kind, count in _few(errors_of(each)).items()
            ),
        )


def _few(errors: Mapping[str, int]) -> Mapping[str, int]:
    """Bound the labels: what raises classes that it makes as it goes fills no database."""
    names = list(errors)
    few = {name: errors[name] for name in names[:MOST_KINDS]}
    rest = sum(errors[name] for name in names[MOST_KINDS:])
    return few | {"other": rest} if rest else few


# What each counter or gauge of a channel is called, and what it says.
_COUNTED: Final = (
    ("produced", "events_produced", "Events that the extractor has put in."),
    ("delivered", "events_delivered", "Events that the consumer has finished."),
    ("redelivered", "events_redelivered", "Events sent again because a worker died."),
    ("spilled", "events_spilled", "Events written to disk."),
    ("blocked", "blocked_seconds", "Seconds that the stream has waited for room."),
)
_GAUGED: Final = (
    ("pending", "events_pending", "Events in the queue, on disk or in flight."),
    ("in_flight", "events_in_flight", "Events that the consumer is handling."),
    ("on_disk", "events_on_disk", "Events on disk."),
    ("bytes", "queue_bytes", "Estimated size of the queued events."),
)


def _channels(attachments: Named) -> Iterator[Any]:
    rows = [((label,), each.channel) for label, each in attachments]
    for make, table in ((_counter, _COUNTED), (_gauge, _GAUGED)):
        for field, name, what in table:
            values = ((labels, float(getattr(channel, field))) for labels, channel in rows)
            yield make(name, what, _ATTACHED, values)
    yield _counter(
        "events_dropped",
        "Events lost, by reason; dead-letter: workers died handling them.",
        ("attachment", "reason"),
        (
            ((*labels, reason), channel.dropped.get(reason, 0))
            for labels, channel in rows
            for reason in DROP_REASONS
        ),
    )
    yield _counter(
        "worker_deaths",
        "How often a process of a consumer died.",
        _ATTACHED,
        (((label,), each.worker_deaths) for label, each in attachments),
    )


def _counter(name: str, what: str, labels: Sequence[str], rows: Any) -> Any:
    from prometheus_client.core import CounterMetricFamily

    return _filled(CounterMetricFamily(f"pythiags_{name}", what, labels=labels), rows)


def _gauge(name: str, what: str, labels: Sequence[str], rows: Any) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return _filled(GaugeMetricFamily(f"pythiags_{name}", what, labels=labels), rows)


def _filled(family: Any, rows: Any) -> Any:
    for labels, value in rows:
        family.add_metric(labels, value)
    return family
