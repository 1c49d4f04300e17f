"""A pad that buffers pass without a pipeline."""

from __future__ import annotations

from pythiags.gst import Gst


def flowing_pad(caps=None):
    """A source pad without a peer: its probes see what is pushed."""
    pad = Gst.Pad.new("src", Gst.PadDirection.SRC)
    pad.set_active(True)
    pad.push_event(Gst.Event.new_stream_start("crowd"))
    if caps:
        pad.push_event(Gst.Event.new_caps(Gst.Caps.from_string(caps)))
    segment = Gst.Segment()
    segment.init(Gst.Format.TIME)
    pad.push_event(Gst.Event.new_segment(segment))
    return pad
