"""Buffers full of objects, and a pad that they pass without a pipeline."""

from __future__ import annotations

from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.metadata import Bbox
from pythiags.testing import Regions, SceneFrame, SceneObject

LABELS = ("person", "car", "bicycle", "dog", "bus")


def crowd(objects=100, sources=(0,)):
    """A buffer whose batch has as many objects for each source."""
    buffer = Gst.Buffer.new()
    buffer.pts = 40_000_000
    batch = BatchMeta.attach(buffer, max_frames=len(sources))
    for source in sources:
        frame = batch.add_frame()
        frame.source_id, frame.frame_num, frame.buf_pts = source, 7, 40_000_000
        for number in range(objects):
            obj = frame.add_object()
            obj.obj_label = LABELS[number % len(LABELS)]
            obj.class_id = number % len(LABELS)
            obj.confidence, obj.object_id = 0.5, number
            box = obj.rect_params
            box.left, box.top, box.width, box.height = number, 1.5, 20, 40
    return buffer


def crowd_of_regions(objects=100):
    """A plain buffer with as many regions of interest, as DL Streamer writes them."""
    found = tuple(
        SceneObject(LABELS[i % len(LABELS)], i % len(LABELS), 0.5, Bbox(i, 1, 20, 40), object_id=i)
        for i in range(objects)
    )
    with Regions().carry([SceneFrame(found)]) as buffer:
        return buffer
