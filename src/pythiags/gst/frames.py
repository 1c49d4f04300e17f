"""Frames, counted where buffers are frames: before muxers and payloaders, not behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pythiags.errors import NoFramesError
from pythiags.gst import Gst
from pythiags.gst._gst import BufferCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["FrameCount", "is_sink", "require_frames"]

RAW: Final = "raw"
ENCODED: Final = "encoded"


class FrameCount:
    """The frames of a pipeline: the raw video that sinks, encoders, muxers and payloaders have got.

    Where none of them got any, what a video parser has put out; then the encoded video that muxers
    and payloaders have got; at last the buffers of sinks. Of several counts the largest counts.

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
        self._packed: list[tuple[Gst.Pad, BufferCounter]] = []
        self._packs: dict[int, str] = {}  # "raw" or "encoded", by place in _packed

    def start(self) -> None:
        """Begin, before the pipeline plays."""
        for element in self._elements():
            factory = element.get_factory()
            kinds = str(factory.get_metadata("klass") or "").split("/") if factory else []
            if is_sink(element) and element.sinkpads:
                self._rendered[element.get_name()] = BufferCounter(element.sinkpads[0])
            elif "Encoder" in kinds and not {"Video", "Image"}.isdisjoint(kinds):
                self._encoded += map(BufferCounter, filter(_takes_video, element.sinkpads))
            elif "Parser" in kinds and "Video" in kinds:
                self._parsed += map(BufferCounter, element.srcpads)
            elif "Codec" in kinds and not {"Muxer", "Payloader"}.isdisjoint(kinds):
                self._packed += [(pad, BufferCounter(pad)) for pad in element.sinkpads]

    def read(self) -> int:
        """Return how many there have been."""
        if self._held:
            return self._count
        sinks = {each.get_name(): each for each in self._elements() if is_sink(each)}
        # Kept, since caps are gone as soon as an element stops.
        self._pictured |= {
            name
            for name, sink in sinks.items()
            if sink.sinkpads and _video(sink.sinkpads[0]) == RAW
        }
        kinds = ((place, _video(pad)) for place, (pad, _) in enumerate(self._packed))
        self._packs |= {place: kind for place, kind in kinds if kind}
        pictures = [self._got(sinks[name]) for name in self._pictured & sinks.keys()]
        pictures += [each.count for each in self._encoded]
        counts = (
            pictures + self._packed_as(RAW)
            or [each.count for each in self._parsed]
            or self._packed_as(ENCODED)
            or [self._got(sink) for sink in sinks.values()]
        )
        now = max((count for count in counts if count is not None), default=0)
        self._count = max(self._count, now)  # sinks reset their counters when they stop
        return self._count

    def arrived(self) -> list[int | None]:
        """Return how many buffers each sink has got; None: it does not count."""
        return [self._got(each) for each in self._elements() if is_sink(each)]

    def hold(self) -> None:
        """Count no more: what comes from now on is the rest of a stream that was ended."""
        self.read()
        self.freeze()

    def freeze(self) -> None:
        """Keep the count as it was last read, without touching the pipeline."""
        self._held = True

    def stop(self) -> None:
        """Take the probes off their pads; the count stays."""
        packed = (counter for _, counter in self._packed)
        for counter in (*self._rendered.values(), *self._encoded, *self._parsed, *packed):
            counter.stop()

    def _packed_as(self, kind: str) -> list[int | None]:
        return [self._packed[place][1].count for place, each in self._packs.items() if each == kind]

    def _got(self, sink: Gst.Element) -> int | None:
        """How many buffers a sink has received; its own counter may restart during a stream."""
        counter = self._rendered.get(sink.get_name())
        return _rendered_by(sink) if counter is None else counter.count


def is_sink(element: Gst.Element) -> bool:
    """Whether it is a sink that may count its buffers."""
    return element.find_property("stats") is not None and not element.srcpads


def _rendered_by(sink: Gst.Element) -> int | None:
    """What GstBaseSink has counted; None: this sink does not count."""
    stats: Any = sink.get_property("stats")
    if not isinstance(stats, Gst.Structure) or not stats.has_field("rendered"):
        return None
    return int(stats.get_value("rendered")) + int(stats.get_value("dropped"))


def _takes_video(pad: Gst.Pad) -> bool:
    """Whether it is for video: a bin that encodes may have another pad for sound."""
    caps = str(pad.get_pad_template_caps().to_string())
    return caps.startswith(("video/", "image/"))


def _video(pad: Gst.Pad) -> str:
    """Say what kind of video passes a pad; empty: none, or nothing yet."""
    caps = pad.get_current_caps()
    if caps is None:
        return ""
    structure = caps.get_structure(0)
    name = str(structure.get_name())
    if name == "video/x-raw":
        return RAW
    # A container within another one, such as MPEG-TS over RTP, comes in packets.
    packets = structure.has_field("systemstream") and structure.get_value("systemstream")
    return ENCODED if name.startswith(("video/", "image/")) and not packets else ""


def require_frames(counts: Sequence[int | None], where: str) -> None:
    """See that something has reached a sink.

    Args:
        counts: How many buffers each sink has got, as ``FrameCount.arrived()`` has it.
        where: The pipeline's name.

    Raises:
        NoFramesError: Every sink counts its buffers, and none has seen any.
    """
    if counts and not any(count is None or count > 0 for count in counts):
        raise NoFramesError(
            "the stream ended without a single frame",
            where=where,
            expected="at least one buffer at a sink",
            hint="check that the input is not empty or truncated, and of a type that the "
            "pipeline reads",
        )
