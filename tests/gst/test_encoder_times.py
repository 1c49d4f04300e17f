"""Frames of avenc_mpeg4 carry the times of their pictures, where GStreamer gives them none."""

from __future__ import annotations

import pytest

from pythiags.gst import Gst
from pythiags.gst._gst import mend_encoder_times
from pythiags.gst.probe import attach

PICTURES = 12
WANTED = Gst.MessageType.EOS | Gst.MessageType.ERROR | Gst.MessageType.WARNING


class Run:
    """Pictures that are encoded: when they were at the encoder, and when their frames came."""

    def __init__(self, encoder, source="", mended=True):
        self.pipeline = Gst.parse_launch(
            f"videotestsrc num-buffers={PICTURES} {source} ! video/x-raw,width=64,height=48 "
            f"! identity name=before ! {encoder} name=encoder ! identity name=after ! fakesink"
        )
        for _ in range(2 * mended):
            mend_encoder_times(self.pipeline.get_by_name("encoder"))
        self.pictures, self.frames, self.left = [], [], []
        probes = [
            attach(self.pipeline.get_by_name("before").get_static_pad("sink"), self._note_picture),
            attach(self.pipeline.get_by_name("after").get_static_pad("sink"), self._note_frame),
        ]
        self.pipeline.set_state(Gst.State.PLAYING)
        self.message = self.pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, WANTED)
        self.pipeline.set_state(Gst.State.NULL)
        for probe in probes:
            probe.remove()

    def _note_picture(self, pad, info):
        self.pictures.append(running_time(pad, info.get_buffer().pts))

    def _note_frame(self, pad, info):
        buffer = info.get_buffer()
        times = [running_time(pad, time) for time in (buffer.pts, buffer.dts)]
        self.frames.append(times[0] if times[0] == times[1] else times)
        self.left.append(buffer.get_reference_timestamp_meta(None) is not None)


def running_time(pad, time):
    segment = pad.get_sticky_event(Gst.EventType.SEGMENT, 0).parse_segment()
    return segment.to_running_time(Gst.Format.TIME, time)


SOURCES = ["", "timestamp-offset=7000000000", "is-live=true"]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("encoder", ["avenc_mpeg4", "avenc_mjpeg"])
def test_frames_have_the_times_of_their_pictures(encoder, source):
    run = Run(encoder, source)
    assert run.message.type == Gst.MessageType.EOS
    assert len(run.pictures) == PICTURES
    assert all(abs(each - time) <= 1 for each, time in zip(run.frames, run.pictures, strict=True))
    assert not any(run.left)


def test_times_of_frames_in_another_order_are_not_made_up():
    """An encoder with B-frames: what was broken stays without a time, and the bus says so."""
    if Run("avenc_mpeg4", mended=False).frames[0] == 0:
        pytest.skip("this GStreamer keeps the times")
    run = Run("avenc_mpeg4 max-bframes=2")
    assert run.message.type == Gst.MessageType.WARNING
    assert run.message.parse_warning()[0].message == (
        "This avenc_mpeg4 gives its frames no times, which cannot be mended with max-bframes: "
        "set it to 0"
    )


def test_what_is_no_element_is_refused():
    with pytest.raises(TypeError, match=r"expected a Gst\.Element, got int"):
        mend_encoder_times(3)
