"""Why a run delivered nothing: what the counters and the pipeline say, for a warning at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pythiags.errors import DescriptionError
from pythiags.gst.elements import elements_of
from pythiags.gst.pads import find_element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.app.stats import AttachmentStats
    from pythiags.gst import Gst

__all__ = ["diagnose"]

MIXERS: Final = ("nvstreammux",)
# Elements that write what extractors read, by the beginning of their factories' names.
WRITERS: Final = (
    "nvinfer",
    "nvdsvideotemplate",
    "gvadetect",
    "gvainference",
    "gvaclassify",
    "onnxinference",
    "tfliteinference",
    "ssdobjectdetector",
    "yolo",
    "analyticsoverlay",
)
MIX: Final = "… ! m.sink_0 nvstreammux name=m batch-size=1 width=1920 height=1080 ! nvinfer …"


def diagnose(pipeline: Gst.Pipeline, stats: AttachmentStats, probe_value: str = "") -> str | None:
    """Return why an attachment delivered nothing; None: it did, or nothing is known to be wrong.

    Args:
        pipeline: What has played.
        stats: The attachment's.
        probe_value: What its extractor returned as a pad probe does; empty: nothing of that kind.
    """
    extraction, channel = stats.extraction, stats.channel
    if stats.failed:
        kinds = ", ".join({**stats.consumer_errors} or {**extraction.errors})
        who, count = (
            ("the consumer", channel.produced)
            if stats.consumer_errors
            else ("the extractor", extraction.buffers)
        )
        return f"{who} failed every time, {count} of {count}: {kinds}"
    if channel.produced or extraction.errors:
        return None
    if not extraction.buffers:
        return f"no buffer passed {stats.element}"
    if probe_value:
        return f"the extractor returned {probe_value} and no event: return what the consumer gets"
    reason = _missing(pipeline, stats.element)
    return (
        f"the extractor found nothing in {extraction.buffers} buffers: {reason}" if reason else None
    )


def _missing(pipeline: Gst.Pipeline, name: str) -> str | None:
    """Return what upstream of an element, or in the pipeline, keeps metadata away."""
    try:
        element, _ = find_element(pipeline, name)
    except DescriptionError:
        return None
    upstream = [_factory(each) for each in _upstream(element)]
    mixed = any(each in MIXERS for each in upstream)
    wrote = [each for each in upstream if each.startswith(WRITERS)]
    everything = [_factory(each) for each in elements_of(pipeline)]
    if not mixed and any(each in MIXERS for each in everything):
        return (
            f"{name} is before nvstreammux, which creates the metadata; observe an element after it"
        )
    if not wrote and "appsrc" in upstream:
        return "the buffers that are played have no such metadata"
    if not wrote:
        return (
            f"neither {name} nor an element before it writes metadata; observe an nvinfer, "
            "or an element after it"
        )
    if not mixed and wrote[0].startswith("nvinfer"):
        return f"there is no nvstreammux before {wrote[0]}, which DeepStream requires: {MIX}"
    return None


def _upstream(element: Gst.Element) -> Iterator[Gst.Element]:
    """Yield an element and all that its buffers have passed before."""
    waiting, seen = [element], set()
    while waiting:
        element = waiting.pop()
        if element in seen:
            continue
        seen.add(element)
        yield element
        for pad in element.sinkpads:
            peer = pad.get_peer()
            before = peer.get_parent_element() if peer is not None else None
            if before is not None:
                waiting.append(before)


def _factory(element: Gst.Element) -> str:
    factory = element.get_factory()
    return str(factory.get_name()) if factory is not None else ""
