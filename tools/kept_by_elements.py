#!/usr/bin/env python3
"""Which of GStreamer's own elements keep which carrier of metadata: a table, made by running them.

It is written to docs/kept.inc, or to docs/kept-analytics.inc with a GStreamer that has
GstAnalytics. The documentation includes both, and a test compares them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pythiags import frames_per_batch, last_bbox, objects_per_frame
from pythiags.gst import Gst, probe
from pythiags.metadata import Bbox
from pythiags.testing import (
    Analytics,
    DeepStream,
    Portable,
    Regions,
    SceneFrame,
    SceneObject,
)
from pythiags.testing.carriers.analytics import analytics_library

DOCS = Path(__file__).parent.parent / "docs"
HAS_ANALYTICS = analytics_library() is not None
PAGES = {False: DOCS / "kept.inc", True: DOCS / "kept-analytics.inc"}
PAGE = PAGES[HAS_ANALYTICS]
WIDTH, HEIGHT = 64, 48
BUFFERS = 3
CAPS = f"video/x-raw,format=RGB,width={WIDTH},height={HEIGHT},framerate=30/1"
BOX = Bbox(16, 8, 32, 16)
CARRIERS = {
    "DeepStream": DeepStream,
    "portable": Portable,
    **({"GstAnalytics": Analytics} if HAS_ANALYTICS else {}),
    "regions of interest": Regions,
}
# What is put between the source and the sink, and where it leaves the box.
ELEMENTS = {
    "queue": ("queue", BOX),
    "tee": ("tee ! queue", BOX),
    "identity": ("identity", BOX),
    "videorate": ("videorate ! video/x-raw,framerate=30/1", BOX),
    "videoconvert": ("videoconvert ! video/x-raw,format=I420", BOX),
    "videoscale": ("videoscale ! video/x-raw,width=32,height=24", Bbox(8, 4, 16, 8)),
    "videocrop": ("videocrop left=8 top=4", Bbox(8, 4, 32, 16)),
    "videobox": ("videobox left=8 top=4", Bbox(8, 4, 32, 16)),
    "videoflip": ("videoflip method=horizontal-flip", BOX),
    "textoverlay": ("textoverlay text=x", BOX),
    "jpegenc ! jpegdec": ("videoconvert ! jpegenc ! jpegdec", BOX),
    "x264enc ! avdec_h264": (
        "videoconvert ! x264enc tune=zerolatency ! avdec_h264 max-threads=1",
        BOX,
    ),
    "vp8enc ! vp8dec": ("videoconvert ! vp8enc deadline=1 ! vp8dec", BOX),
    "compositor": ("compositor", BOX),
}


def boxes_after(carrier: Any, elements: str) -> list[Bbox | None]:
    """Return the box of the object on each buffer that arrives, None where there is none.

    Raises:
        SystemExit: The pipeline fails, or not all buffers arrive.
    """
    pipeline = Gst.parse_launch(
        f"appsrc name=source format=time caps={CAPS} ! {elements} ! fakesink name=sink"
    )
    found: list[Bbox | None] = []

    def look(pad: Gst.Pad, info: Any) -> None:  # noqa: ARG001 - a probe's callback
        objects = [obj for frame in frames_per_batch(info) for obj in objects_per_frame(frame)]
        found.append(last_bbox(objects[0]) if objects else None)

    with probe.attach(pipeline.get_by_name("sink").get_static_pad("sink"), look):
        pipeline.set_state(Gst.State.PLAYING)
        source = pipeline.get_by_name("source")
        for number in range(BUFFERS):
            source.emit("push-buffer", _buffer(carrier, number))
        source.emit("end-of-stream")
        message = pipeline.get_bus().timed_pop_filtered(
            60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR
        )
        pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR or len(found) < BUFFERS:
        why = message.parse_error() if message and message.type == Gst.MessageType.ERROR else ""
        raise SystemExit(f"{elements}: {len(found)} of {BUFFERS} buffers arrived {why}")
    return found


def _buffer(carrier: Any, number: int) -> Gst.Buffer:
    buffer = Gst.Buffer.new_allocate(None, WIDTH * HEIGHT * 3, None)
    buffer.pts, buffer.duration = number * Gst.SECOND // 30, Gst.SECOND // 30
    scene = SceneObject("car", 1, 0.5, BOX)
    carrier.put(buffer, [SceneFrame((scene,), width=WIDTH, height=HEIGHT)])
    return buffer


def verdict(carrier: Any, name: str) -> str:
    """Return what becomes of a carrier's metadata in an element."""
    elements, follows = ELEMENTS[name]
    boxes = boxes_after(carrier, elements)
    if all(box is None for box in boxes):
        return "lost"
    if None in boxes:
        return "lost on some buffers"
    if any(box != boxes[0] for box in boxes):
        return "kept, boxes differ"
    if boxes[0] == follows:
        return "kept" if follows == BOX else "kept, boxes follow"
    return "kept, boxes stay"


def is_here(name: str) -> bool:
    """Return whether all elements of a row are installed."""
    words = ELEMENTS[name][0].replace("!", " ").split()
    factories = [word for word in words if "=" not in word and "/" not in word]
    return all(Gst.ElementFactory.find(word) for word in factories)


def table() -> list[str]:
    """Return the table in Markdown, a row an element; not installed ones have no row."""
    lines = [
        f"| GStreamer {Gst.version().major}.{Gst.version().minor} | {' | '.join(CARRIERS)} |",
        f"|---|{'---|' * len(CARRIERS)}",
    ]
    for name in filter(is_here, ELEMENTS):
        cells = [verdict(carrier(), name) for carrier in CARRIERS.values()]
        shown = " ! ".join(f"`{word}`" for word in name.split(" ! "))
        lines.append(f"| {shown} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Write the table."""
    PAGE.write_text("\n".join(table()) + "\n", encoding="utf-8")
    sys.stdout.write(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
