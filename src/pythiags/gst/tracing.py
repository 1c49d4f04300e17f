"""Measures where the time of a pipeline goes, and reads how its elements are linked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pythiags.gst import Gst
from pythiags.gst._gst import Tracer
from pythiags.gst.livesource import is_live_source
from pythiags.redact import redact
from pythiags.tracing import Trace, TracedElement, TracedLink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pythiags.tracing.model import Kind

__all__ = ["Tracing"]

QUEUES: Final = frozenset({"queue", "queue2", "multiqueue"})
ENOUGH: Final = 0.5  # of the buffers that left: so many had the time stamp of one that had come
GONE: Final = "(removed)"  # in front of the factories whose elements are gone
DEEP: Final = 50  # bins within each other


class Tracing:
    """The trace of one pipeline.

    Args:
        pipeline: Measured from ``start()`` on.
        elements: Gives all of its elements, those in bins included.
    """

    def __init__(
        self, pipeline: Gst.Pipeline, elements: Callable[[], Iterable[Gst.Element]]
    ) -> None:
        self._pipeline: Gst.Pipeline | None = pipeline
        self._elements: Callable[[], Iterable[Gst.Element]] = elements
        self._tracer: Tracer | None = None
        self._result = Trace(0.0, (), ())

    def start(self) -> None:
        """Begin; before the pipeline plays, so that no other thread is in it."""
        self._tracer = Tracer(self._pipeline)

    def stop(self) -> None:
        """Keep what was measured until now, while elements have their caps still; end it.

        May be called more than once.
        """
        if self._tracer is not None:
            self._result = self.read()
            self._tracer.stop()
        self._tracer = self._pipeline = None
        self._elements = tuple

    def read(self) -> Trace:
        """Return what was measured until now."""
        tracer, pipeline = self._tracer, self._pipeline
        if tracer is None or pipeline is None:
            return self._result
        top = f"{pipeline.get_path_string()}/"
        found = {
            str(each.get_path_string()): each
            for each in reversed(list(self._elements()))  # the last one that was added comes first
            if not isinstance(each, Gst.Bin)
        }
        measured = tracer.read()
        rows = {row[0]: row for row in measured if not row[-1]}
        seen = [row for row in measured if row[4]]
        first, last = (min(row[4] for row in seen), max(row[5] for row in seen)) if seen else (0, 0)
        seconds = (last - first) / 1e9
        links = tuple(
            link for path, each in found.items() for link in _links(each, _short(path, top), top)
        )
        known = {path: rows.get(path) or _unseen(path, each) for path, each in found.items()}
        elements = {
            _short(path, top): _element(_short(path, top), row, found.get(path), seconds)
            for path, row in (known | rows).items()
        }
        ordered = [elements[path] for path in _in_order(elements, links)]
        gone = [_element(f"{GONE}/{row[1]}", row, None, seconds) for row in measured if row[-1]]
        return Trace(seconds, (*ordered, *gone), links)


def _unseen(path: str, element: Gst.Element) -> tuple[Any, ...]:
    from pythiags.gst._gst import Histogram

    return (path, _factory(element), 0, 0, 0, 0, *(Histogram() for _ in range(4)), 0)


def _element(
    path: str, row: tuple[Any, ...], element: Gst.Element | None, seconds: float
) -> TracedElement:
    _, factory, came, left, _, _, work, stay, make, extract, removed = row
    is_source = not came
    pulled = is_source and work.count  # by a demuxer or a parser, in its thread
    matched = stay.count >= max(1, left * ENOUGH)
    kind: Kind = "passes" if matched else "takes"
    times = stay if matched else work
    if (is_source and not pulled) or not work.count:
        kind, times = "makes", make
    # What reads its input by itself, as demuxers do, works between its pushes. What has a thread of
    # its own has others wait while that works, and waits for input between its pushes.
    has_thread = make.count > left * ENOUGH  # a decoder that is emptied at the end has none
    parts = [work.total] * bool(work.count) + [make.total] * (has_thread or not work.count)
    worked = min(parts) / 1e9
    return TracedElement(
        path=path,
        factory=factory,
        buffers=came or left,
        kind=kind,
        median=times.quantile(0.5) / 1e9,
        p95=times.quantile(0.95) / 1e9,
        longest=times.longest / 1e9,
        share=worked / seconds if seconds else 0.0,
        waits=_waits(factory, element, is_source=is_source),
        extracted=extract.count,
        extract_share=extract.total / 1e9 / seconds if seconds else 0.0,
        present=element is not None,
        removed=removed,
    )


def _waits(factory: str, element: Gst.Element | None, *, is_source: bool) -> str:
    """Say what an element waits for in the time that it takes; empty: it works."""
    if factory in QUEUES:
        return "queue"
    if element is None:
        return ""
    if is_source:
        return "live" if _is_set(element, "is-live") or is_live_source(element) else ""
    if len(element.sinkpads) > 1:
        return "mixer"
    return "clock" if not element.srcpads and _is_set(element, "sync") else ""


def _is_set(element: Gst.Element, name: str) -> bool:
    return element.find_property(name) is not None and bool(element.get_property(name))


def _links(element: Gst.Element, path: str, top: str) -> Iterable[TracedLink]:
    for pad in element.srcpads:
        peer = _real_peer(pad)
        other = peer.get_parent_element() if peer is not None else None
        if peer is None or other is None:
            continue
        caps = pad.get_current_caps()
        passed, memory = Tracer.passed(pad)
        yield TracedLink(
            source=path,
            sink=_short(str(other.get_path_string()), top),
            source_pad=str(pad.get_name()),
            sink_pad=str(peer.get_name()),
            media=_media(caps) if caps is not None else "",
            caps=redact(caps.to_string()) if caps is not None else "",
            features=_features(caps) if caps is not None else "",
            memory=memory or "",
            buffers=passed,
        )


def _real_peer(pad: Gst.Pad) -> Gst.Pad | None:
    """Return the pad that gets what a source pad sends, through the walls of bins."""
    peer = pad.get_peer()
    for _ in range(DEEP):
        if not isinstance(peer, Gst.ProxyPad):
            return peer
        beyond = peer.get_internal()
        peer = beyond.get_peer() if beyond is not None else None
    return None


def _media(caps: Gst.Caps) -> str:
    """Say in short what caps are about: ``I420 1280x720 30/1``, ``h264 1280x720``."""
    if caps.is_empty() or caps.is_any():
        return ""
    structure = caps.get_structure(0)
    name = str(structure.get_name())
    raw = structure.get_string("format") if name.endswith("/x-raw") else None
    words = [raw or name.removeprefix("video/").removeprefix("x-")]
    width, height = structure.get_int("width"), structure.get_int("height")
    if width[0] and height[0]:
        words.append(f"{width[1]}x{height[1]}")
    rate = structure.get_fraction("framerate")
    if rate[0] and rate[1]:
        words.append(f"{rate[1]}/{rate[2]}")
    hertz, channels = structure.get_int("rate"), structure.get_int("channels")
    if hertz[0]:
        words.append(f"{hertz[1]} Hz")
    if channels[0]:
        words.append(f"{channels[1]} ch")
    return " ".join(words)


def _features(caps: Gst.Caps) -> str:
    features = None if caps.is_empty() or caps.is_any() else caps.get_features(0)
    text = str(features.to_string()) if features is not None else ""
    return "" if text == "memory:SystemMemory" else text


def _factory(element: Gst.Element) -> str:
    factory = element.get_factory()
    return str(factory.get_name()) if factory is not None else ""


def _short(path: str, top: str) -> str:
    """Return a path within the pipeline without types: ``bin0/queue1``."""
    return "/".join(part.partition(":")[2] or part for part in path.removeprefix(top).split("/"))


def _in_order(paths: Iterable[str], links: Iterable[TracedLink]) -> list[str]:
    """Return elements in the order of the stream, each branch to its end, mixers after inputs."""
    before: dict[str, set[str]] = {path: set() for path in paths}
    following: dict[str, list[str]] = {path: [] for path in before}
    for link in links:
        if link.source in before and link.sink in before:
            before[link.sink].add(link.source)
            following[link.source].append(link.sink)
    ordered: dict[str, None] = {}
    rest = list(before)
    ready = [path for path in reversed(rest) if not before[path]]
    while len(ordered) < len(before):
        if not ready:  # a circle
            ready = [next(path for path in rest if path not in ordered)]
        path = ready.pop()
        ordered[path] = None
        ready += [
            after
            for after in reversed(following[path])
            if after not in ordered and after not in ready and before[after] <= ordered.keys()
        ]
    return list(ordered)
