"""Buffers for scenes: with a picture, and within a probe for as long as a context lasts."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from pythiags.gst import Gst, GstVideo
from pythiags.gst.probe import attach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.testing.scene import SceneFrame

__all__ = ["flowing_pad", "held", "picture_of"]

PATIENCE: Final = 20.0  # seconds, only so that a fault does not hang


def picture_of(frame: SceneFrame) -> Gst.Buffer:
    """Return a buffer with a grey picture of the scene's size, and its time."""
    buffer = Gst.Buffer.new_allocate(None, frame.width * frame.height, None)
    buffer.pts = frame.pts
    GstVideo.buffer_add_video_meta(
        buffer,
        GstVideo.VideoFrameFlags.NONE,
        GstVideo.VideoFormat.GRAY8,
        frame.width,
        frame.height,
    )
    return buffer


def flowing_pad(caps: str | None = None) -> Gst.Pad:
    """Return a source pad without a peer: its probes see what is pushed."""
    pad = Gst.Pad.new("src", Gst.PadDirection.SRC)
    pad.set_active(True)
    pad.push_event(Gst.Event.new_stream_start("pythiags-testing"))
    if caps:
        pad.push_event(Gst.Event.new_caps(Gst.Caps.from_string(caps)))
    segment = Gst.Segment()
    segment.init(Gst.Format.TIME)
    pad.push_event(Gst.Event.new_segment(segment))
    return pad


@contextmanager
def held(buffer: Gst.Buffer) -> Iterator[Any]:
    """Give the info of a probe that a buffer passes; leaving the context ends the call."""
    infos: queue.SimpleQueue[Any] = queue.SimpleQueue()
    seen = threading.Event()

    def hold(pad: Gst.Pad, info: Any) -> None:  # noqa: ARG001 - a probe's callback
        infos.put(info)
        seen.wait()

    pad = flowing_pad()
    streaming = threading.Thread(target=pad.push, args=(buffer,), daemon=True)
    with attach(pad, hold):
        streaming.start()
        try:
            yield infos.get(timeout=PATIENCE)
        finally:
            seen.set()
            streaming.join()
            pad.set_active(False)
