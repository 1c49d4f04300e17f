"""What it costs to read metadata: 100 objects of one buffer, in a probe, to a list of tuples.

Each contestant is a probe's callback on the same kind of buffer; what is timed is the callback.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import gi
from rows import Row, medians, report

from pythiags import Detections, frames_per_batch, objects_per_frame
from pythiags.gst import Gst, _gst, probe

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

OBJECTS = 100
BUFFERS = 500
ROUNDS = 7


def portable(buffer: Gst.Buffer) -> None:
    """Let the buffer bear portable metadata."""
    frame = _gst.BatchMeta.attach(buffer).add_frame()
    for number in range(OBJECTS):
        obj = frame.add_object()
        obj.obj_label, obj.class_id, obj.confidence = "person", 0, 0.5
        rect = obj.rect_params
        rect.left, rect.top, rect.width, rect.height = number, number, 50, 100


def regions(buffer: Gst.Buffer) -> None:
    """Let the buffer bear region-of-interest metadata, with a confidence each."""
    for number in range(OBJECTS):
        meta = GstVideo.buffer_add_video_region_of_interest_meta(
            buffer, "person", number, number, 50, 100
        )
        detection = Gst.Structure.new_from_string("detection, confidence=(double)0.5, label_id=0")
        meta.add_param(detection)


def iterators(pad: Any, info: Any) -> list[Any]:
    """Read as the README's extractor does."""
    found = []
    for frame in frames_per_batch(info):
        for obj in objects_per_frame(frame):
            rect = obj.rect_params
            box = (rect.left, rect.top, rect.width, rect.height)
            found.append((obj.obj_label, obj.confidence, box))
    return found


def microseconds(fill: Callable[[Gst.Buffer], None], read: Callable[[Any, Any], Any]) -> float:
    """Microseconds an object of one reader, over buffers that a source pushes."""
    pipeline = Gst.parse_launch("appsrc name=source ! identity name=probed ! fakesink sync=false")
    source = pipeline.get_by_name("source")
    counts: list[int] = []
    spent: list[int] = []

    def timed(pad: Any, info: Any) -> None:
        begin = time.perf_counter_ns()
        found = read(pad, info)
        spent.append(time.perf_counter_ns() - begin)
        counts.append(len(found))

    pad = pipeline.get_by_name("probed").get_static_pad("src")
    with probe.attach(pad, timed):
        pipeline.set_state(Gst.State.PLAYING)
        for _ in range(BUFFERS):
            buffer = Gst.Buffer.new()
            fill(buffer)
            source.emit("push-buffer", buffer)
        source.emit("end-of-stream")
        pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS)
        pipeline.set_state(Gst.State.NULL)
    if counts != [OBJECTS] * BUFFERS:
        raise SystemExit(f"expected {BUFFERS} times {OBJECTS} objects, got {counts[:3]}...")
    return sorted(spent)[BUFFERS // 2] / 1000 / OBJECTS


def main() -> None:
    """Let every reader take turns on every carrier."""
    one_pass = Detections().extract_metadata
    took = medians(
        {
            "portable, iterators": lambda: microseconds(portable, iterators),
            "portable, one pass": lambda: microseconds(portable, one_pass),
            "ROI, iterators": lambda: microseconds(regions, iterators),
            "ROI, one pass": lambda: microseconds(regions, one_pass),
        },
        ROUNDS,
    )
    report(
        Row(
            f"metadata read, {OBJECTS} objects, {name}",
            value,
            "µs an object",
            0.6 if name.endswith("one pass") else 1.0,
            note="whole Detection tuples" if name.endswith("one pass") else "",
        )
        for name, value in took.items()
    )


if __name__ == "__main__":
    main()
