"""Pipelines of the sample video on a card, and what is read from their batches."""

from __future__ import annotations

from pythiags import data, frames_per_batch, objects_per_frame, portable
from pythiags.gst import Gst
from pythiags.gst.probe import attach

VIDEO = data.path("pedestrians.h264")
CONFIG = data.path("config_infer_primary_nanodet.txt")
END = 120 * Gst.SECOND


def run(text, read, most=None):
    """Play a pipeline; give what ``read(info)`` says of each batch at the sink, and its error."""
    portable.install()
    pipeline, found = Gst.parse_launch(text), []

    def look(_pad, info):
        if most is None or len(found) < most:
            found.append(read(info))

    probe = attach(pipeline.get_by_name("sink").get_static_pad("sink"), look)
    bus = pipeline.get_bus()
    pipeline.set_state(Gst.State.PLAYING)
    message = bus.timed_pop_filtered(END, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    probe.remove()
    assert message is not None, "no end in sight"
    assert probe.stats().errors == {}
    if message.type == Gst.MessageType.EOS:
        return found, None
    error, details = message.parse_error()
    return found, f"{message.src.get_name()}: {error.message} ({details})"


def play(text, read, most=None):
    """Play a pipeline that ends well; give what ``read(info)`` says of each batch at the sink."""
    found, error = run(text, read, most)
    assert error is None, error
    return found


def boxes(info):
    """Give class, place, size and confidence of the objects of each frame, sorted."""
    return [
        sorted(
            (o.class_id, o.rect_params.left, o.rect_params.top, o.rect_params.width,
             o.rect_params.height, o.confidence)
            for o in objects_per_frame(frame)
        )
        for frame in frames_per_batch(info)
    ]  # fmt: skip
