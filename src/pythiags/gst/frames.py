"""Frames, counted where buffers are frames: not behind muxers and payloaders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.gst import Gst
from pythiags.gst._gst import BufferCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["FrameCount", "buffers_seen", "is_sink"]


class FrameCount:
    """The frames of a pipeline: what sinks of raw video and encoders of video have got, at most.

    Where there is neither, what a video parser has put out; at last the buffers of sinks.

    Args:
        elements: Gives all elements of the pipeline.
    """

    def __init__(self, elements: Callable[[], Iterable[Gst.Element]]) -> None:
        self._elements = elements
        self._count = 0
        self._held = False
        self._pictured: set[str] = set()
        self._rendered: dict[str, BufferCounter] = {}
        self._encoded: list[BufferCounter] = []
        self._parsed: list[BufferCounter] = []

    def start(self) -> None:
        """Begin, before the pipeline plays."""
        for element in self._elements():
            factory = element.get_factory()
            kinds = str(factory.get_metadata("klass") or "").split("/") if factory else []
            if is_sink(element) and element.sinkpads:
                self._rendered[element.get_name()] = BufferCounter(element.sinkpads[0])
            elif "Encoder" in kinds and not {"Video", "Image"}.isdisjoint(kinds):
                self._encoded += map(BufferCounter, element.sinkpads)
            elif "Parser" in kinds and "Video" in kinds:
                self._parsed += map(BufferCounter, element.srcpads)

    def read(self) -> int:
        """Return how many there have been."""
        if self._held:
            return self._count
        sinks = {each.get_name(): each for each in self._elements() if is_sink(each)}
        # Kept, since a sink's caps are gone as soon as it stops.
        self._pictured |= {name for name, sink in sinks.items() if _gets_pictures(sink)}
        pictures = [self._got(sinks[name]) for name in self._pictured & sinks.keys()]
        pictures += [each.count for each in self._encoded]
        counts = (
            pictures
            or [each.count for each in self._parsed]
            or [self._got(sink) for sink in sinks.values()]
        )
        now = max((count for count in counts if count is not None), default=0)
        self._count = max(self._count, now)  # sinks reset their counters when they stop
        return self._count

    def hold(self) -> None:
        """Count no more: what comes from now on is the rest of a stream that was ended."""
        self.read()
        self._held = True

    def stop(self) -> None:
        """Take the probes off their pads; the count stays."""
        for counter in (*self._rendered.values(), *self._encoded, *self._parsed):
            counter.stop()

    def _got(self, sink: Gst.Element) -> int | None:
        """How many buffers a sink has received; its own counter may restart during a stream."""
        counter = self._rendered.get(sink.get_name())
        return buffers_seen(sink) if counter is None else counter.count


def is_sink(element: Gst.Element) -> bool:
    """Whether it is a sink that may count its buffers."""
    return element.find_property("stats") is not None and not element.srcpads


def buffers_seen(sink: Gst.Element) -> int | None:
    """What GstBaseSink has counted; None: this sink does not count."""
    stats: Any = sink.get_property("stats")
    if not isinstance(stats, Gst.Structure) or not stats.has_field("rendered"):
        return None
    return int(stats.get_value("rendered")) + int(stats.get_value("dropped"))


def _gets_pictures(sink: Gst.Element) -> bool:
    caps = sink.sinkpads[0].get_current_caps() if sink.sinkpads else None
    return caps is not None and str(caps.get_structure(0).get_name()) == "video/x-raw"
