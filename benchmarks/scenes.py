"""Buffers full of objects, for the probe that gives every buffer the same ones."""

from __future__ import annotations

from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta

__all__ = ["scene"]


def scene(objects: int) -> Gst.Buffer:
    """Return a buffer with so many objects, for `stamp`."""
    buffer = Gst.Buffer.new()
    frame = BatchMeta.attach(buffer).add_frame()
    for number in range(objects):
        thing = frame.add_object()
        thing.obj_label, thing.class_id = ("person", "car", "bicycle")[number % 3], number % 3
        thing.confidence, thing.object_id = 0.5, number
        box = thing.rect_params
        box.left, box.top, box.width, box.height = 10 * number, 50, 80, 200
    return buffer
