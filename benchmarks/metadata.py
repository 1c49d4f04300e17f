"""What it costs to read metadata: 100 objects of one buffer, in a probe, to a list of tuples.

Each contestant is a probe's callback on the same kind of buffer; what is timed is the callback. The
probe that is written in C times itself. DeepStream's metadata is made by NVIDIA's own library, and
GstAnalytics by GStreamer's, or where that is older than 1.24 by the stand-in of the tests. Columns
are read in C, and what it takes to make an array of them is added.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gi
from rows import Row, medians, report

from pythiags import Detections, add_object, frames_per_batch, objects_per_frame
from pythiags.channel import Channel
from pythiags.gst import Gst, _gst, probe
from pythiags.metadata.columns import to_columns

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from standins.analytics import RELATES, Relations, is_standin  # noqa: E402
from standins.nvidia import Nvidia  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

OBJECTS = 100
BUFFERS = 500
ROUNDS = 7
# Microseconds an object that must not be exceeded; of the others it is less that is asked.
BOUNDS = {"DeepStream's own, iterators": 0.3, "ROI, iterators": 0.3, "ROI, one pass": 0.3}
FEW, MANY = 10, 1000
DIFFERENT = 16  # buffers of a growth, which come again and again: thousands of objects take room


def deepstream(buffer: Gst.Buffer, objects: int = OBJECTS) -> None:
    """Add DeepStream's metadata."""
    batch = Nvidia(1)
    frame = batch.frame()
    for number in range(objects):
        box = (number, number, 50, 100)
        batch.obj(frame, label=b"person", class_id=0, confidence=0.5, rect=box)
    batch.attach(buffer)


def portable(buffer: Gst.Buffer, objects: int = OBJECTS) -> None:
    """Add portable metadata."""
    frame = _gst.BatchMeta.attach(buffer).add_frame()
    for number in range(objects):
        obj = frame.add_object()
        obj.obj_label, obj.class_id, obj.confidence = "person", 0, 0.5
        rect = obj.rect_params
        rect.left, rect.top, rect.width, rect.height = number, number, 50, 100


def regions(buffer: Gst.Buffer) -> None:
    """Add region-of-interest metadata, with a confidence each."""
    for number in range(OBJECTS):
        meta = GstVideo.buffer_add_video_region_of_interest_meta(
            buffer, "person", number, number, 50, 100
        )
        detection = Gst.Structure.new_from_string("detection, confidence=(double)0.5, label_id=0")
        meta.add_param(detection)


def analytics(buffer: Gst.Buffer, objects: int = OBJECTS) -> None:
    """Add GStreamer's own metadata of analytics."""
    relations = Relations(buffer, (objects, 200 * objects))
    for number in range(objects):
        relations.object("person", (number, number, 50, 100), 0.5)


def related(buffer: Gst.Buffer, objects: int = OBJECTS) -> None:
    """Add the same, with a classification and a track for each object."""
    relations = Relations(buffer, (3 * objects, 600 * objects))
    for number in range(objects):
        one = relations.object("person", (number, number, 50, 100), 0.5)
        relations.relate(one, RELATES, relations.classes(red=0.5, blue=0.25))
        relations.relate(one, RELATES, relations.track(number))


def note(name: str) -> str:
    """What is to be said of a contestant."""
    notes = ["whole Detection tuples"] if name.endswith("one pass") else []
    if name.startswith("GstAnalytics") and is_standin():
        notes.append("the library is the tests' stand-in")
    return ", ".join(notes)


def iterators(pad: Any, info: Any) -> list[Any]:
    """Read as the README's extractor does."""
    found = []
    for frame in frames_per_batch(info):
        for obj in objects_per_frame(frame):
            rect = obj.rect_params
            box = (rect.left, rect.top, rect.width, rect.height)
            found.append((obj.obj_label, obj.confidence, box))
    return found


def stream(
    fill: Callable[[Gst.Buffer], None], watch: Callable[[Gst.Pad], Any], different: int = BUFFERS
) -> Any:
    """Let buffers pass a pad; `watch` attaches what reads there, and is what comes back.

    They are filled before, not beside the reader: whoever fills them takes the GIL.
    """
    made = [Gst.Buffer.new() for _ in range(different)]
    for buffer in made:
        fill(buffer)
    pipeline = Gst.parse_launch("appsrc name=source ! identity name=probed ! fakesink sync=false")
    source = pipeline.get_by_name("source")
    reader = watch(pipeline.get_by_name("probed").get_static_pad("src"))
    pipeline.set_state(Gst.State.PLAYING)
    for number in range(BUFFERS):
        source.emit("push-buffer", made[number % different])
    source.emit("end-of-stream")
    pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, Gst.MessageType.EOS)
    pipeline.set_state(Gst.State.NULL)
    reader.remove()
    return reader


def microseconds(
    fill: Callable[[Gst.Buffer], None],
    read: Callable[[Any, Any], Any],
    objects: int = OBJECTS,
    different: int = BUFFERS,
) -> float:
    """Microseconds an object of a reader in Python."""
    counts: list[int] = []
    spent: list[int] = []

    def timed(pad: Any, info: Any) -> None:
        begin = time.perf_counter_ns()
        found = read(pad, info)
        spent.append(time.perf_counter_ns() - begin)
        counts.append(len(found))

    stream(fill, lambda pad: probe.attach(pad, timed), different)
    if counts != [objects] * BUFFERS:
        raise SystemExit(f"expected {BUFFERS} times {objects} objects, got {counts[:3]}...")
    return sorted(spent)[BUFFERS // 2] / 1000 / objects


def native(fill: Callable[[Gst.Buffer], None]) -> float:
    """Microseconds a buffer of the probe in C, full records included."""
    channel = Channel(BUFFERS, on_full="drop-oldest")
    reader = stream(fill, lambda pad: _gst.RecordProbe(pad, [channel.handle]))
    if channel.stats().produced != BUFFERS:
        raise SystemExit(f"expected {BUFFERS} records, got {channel.stats().produced}")
    return float(reader.calls.quantile(0.5) / 1000)


def writing(fill: Callable[[Gst.Buffer], None]) -> float:
    """Microseconds an object that is added, to a frame that has none."""

    def add(pad: Any, info: Any) -> list[int]:
        for frame in frames_per_batch(info):
            for _ in range(OBJECTS):
                add_object(frame, label="person", box=(1, 2, 3, 4), confidence=0.5, class_id=1)
        return [0] * OBJECTS

    return microseconds(fill, add)


def columns(fill: Callable[[Gst.Buffer], None]) -> float:
    """Microseconds an object to an array: in the streaming thread, and where it is decoded."""
    channel = Channel(BUFFERS, on_full="drop-oldest")
    reader = stream(fill, lambda pad: _gst.RecordProbe(pad, [channel.handle]))
    spent = []
    for record in channel.get_many(BUFFERS, 0):
        begin = time.perf_counter_ns()
        rows = to_columns(record)
        spent.append(time.perf_counter_ns() - begin)
        if len(rows) != OBJECTS:
            raise SystemExit(f"expected {OBJECTS} rows, got {len(rows)}")
    return (float(reader.calls.quantile(0.5)) + sorted(spent)[len(spent) // 2]) / 1000 / OBJECTS


def growth(
    name: str,
    fill: Callable[[Gst.Buffer, int], None],
    read: Callable[[Any, Any], Any],
) -> Row:
    """How much more an object costs among 1,000 than among 10."""

    def cost(count: int) -> float:
        return min(
            microseconds(lambda buffer: fill(buffer, count), read, count, DIFFERENT)
            for _ in range(3)
        )

    few, many = cost(FEW), cost(MANY)
    return Row(
        f"metadata read, {name}, {MANY:,} objects against {FEW}",
        many / few,
        "times an object's",
        1.2,
        note=f"{many:.2f} and {few:.2f} µs an object",
    )


def main() -> None:
    """Let every reader take turns on every carrier."""
    one_pass = Detections().extract_metadata
    whole = medians(
        {
            "DeepStream's own": lambda: native(deepstream),
            "portable": lambda: native(portable),
        },
        ROUNDS,
    )
    report(
        Row(
            f"metadata read in C, {OBJECTS} objects, {name}",
            value,
            "µs a buffer",
            5.0,
            note="in the streaming thread, whole records, without the GIL",
        )
        for name, value in whole.items()
    )
    report(
        [
            growth("DeepStream's own, iterators", deepstream, iterators),
            growth("DeepStream's own, one pass", deepstream, one_pass),
            growth("GstAnalytics, one pass", analytics, one_pass),
            growth("GstAnalytics with classes and tracks, one pass", related, one_pass),
            growth("GstAnalytics, iterators", analytics, iterators),
            growth("GstAnalytics with classes and tracks, iterators", related, iterators),
        ]
    )
    added = medians(
        {
            "DeepStream's own": lambda: writing(lambda buffer: deepstream(buffer, 0)),
            "portable": lambda: writing(lambda buffer: portable(buffer, 0)),
        },
        ROUNDS,
    )
    report(
        Row(f"metadata written, {OBJECTS} objects, {name}", value, "µs an object", 1.0)
        for name, value in added.items()
    )
    report(
        Row(
            f"metadata read, {OBJECTS} objects, {name}, columns",
            value,
            "µs an object",
            0.1,
            note=note(name),
        )
        for name, value in medians(
            {
                "DeepStream's own": lambda: columns(deepstream),
                "GstAnalytics": lambda: columns(analytics),
            },
            ROUNDS,
        ).items()
    )
    took = medians(
        {
            "DeepStream's own, iterators": lambda: microseconds(deepstream, iterators),
            "DeepStream's own, one pass": lambda: microseconds(deepstream, one_pass),
            "portable, iterators": lambda: microseconds(portable, iterators),
            "portable, one pass": lambda: microseconds(portable, one_pass),
            "ROI, iterators": lambda: microseconds(regions, iterators),
            "ROI, one pass": lambda: microseconds(regions, one_pass),
            "GstAnalytics, iterators": lambda: microseconds(analytics, iterators),
            "GstAnalytics, one pass": lambda: microseconds(analytics, one_pass),
        },
        ROUNDS,
    )
    report(
        Row(
            f"metadata read, {OBJECTS} objects, {name}",
            value,
            "µs an object",
            BOUNDS.get(name, 0.6 if "one pass" in name else 1.0),
            note=note(name),
        )
        for name, value in took.items()
    )


if __name__ == "__main__":
    main()
