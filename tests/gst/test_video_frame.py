"""Frames of an appsink, mapped without a copy."""

import gc
import subprocess
import sys

import numpy as np
import pytest

from pythiags.gst import Gst
from pythiags.gst._gst import VideoFrame, pull_frame

SOON = 20 * Gst.SECOND  # where a frame comes, also on a busy machine


@pytest.fixture
def pull():
    pipelines = []

    def play(text):
        pipeline = Gst.parse_launch(f"{text} ! appsink name=sink sync=false")
        pipelines.append(pipeline)
        pipeline.set_state(Gst.State.PLAYING)
        return pipeline.get_by_name("sink")

    yield play
    for pipeline in pipelines:
        pipeline.set_state(Gst.State.NULL)


def red(width, height, pixel_format):
    caps = f"video/x-raw,format={pixel_format},width={width},height={height}"
    return f"videotestsrc num-buffers=2 pattern=red ! {caps}"


def test_padded_rows_are_read_with_their_stride(pull):
    frame = pull_frame(pull(red(322, 10, "RGB")), SOON)
    (plane,) = frame.planes
    assert (frame.width, frame.height, frame.format) == (322, 10, "RGB")
    assert (plane.rows, plane.row_bytes, plane.stride) == (10, 966, 968)
    assert (np.asarray(plane).reshape(10, 322, 3) == (255, 0, 0)).all()


def test_every_plane_has_its_own_size(pull):
    frame = pull_frame(pull(red(322, 10, "I420")), SOON)
    assert [(plane.rows, plane.row_bytes) for plane in frame.planes] == [
        (10, 322),
        (5, 161),
        (5, 161),
    ]
    frame = pull_frame(pull(red(320, 10, "NV12")), SOON)
    assert [(plane.rows, plane.row_bytes) for plane in frame.planes] == [(10, 320), (5, 320)]


def test_a_plane_outlives_its_frame_and_is_read_only(pull):
    (plane,) = pull_frame(pull(red(64, 4, "RGB")), SOON).planes
    gc.collect()
    view = memoryview(plane)
    assert view.readonly
    assert view[3, 0] == 255
    assert not np.asarray(plane).flags.writeable


def test_none_when_there_is_no_frame(pull):
    sink = pull(red(64, 4, "RGB"))
    assert pull_frame(sink, SOON) is not None
    assert pull_frame(sink, SOON) is not None
    assert pull_frame(sink, SOON) is None


def test_what_is_not_raw_video_is_refused_with_its_caps(pull):
    with pytest.raises(ValueError, match="audio/x-raw"):
        pull_frame(pull("audiotestsrc num-buffers=1"), SOON)
    with pytest.raises(TypeError, match="expected an appsink"):
        pull_frame("sink")
    with pytest.raises(TypeError, match="pull_frame"):
        VideoFrame()


def test_what_has_no_caps_is_refused_without_a_critical():
    code = """
from pythiags.gst import Gst
from pythiags.gst._gst import pull_frame
pipeline = Gst.parse_launch("fakesrc num-buffers=1 sizetype=2 ! appsink name=sink")
pipeline.set_state(Gst.State.PLAYING)
try:
    pull_frame(pipeline.get_by_name("sink"), 10 * Gst.SECOND)
except ValueError as error:
    print(error)
pipeline.set_state(Gst.State.NULL)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.stdout, done.stderr) == ("no caps\n", "")


def test_the_frame_that_a_paused_pipeline_waits_with(pull):
    # Two frames may be over before it is paused.
    sink = pull(red(32, 10, "RGB").replace("num-buffers=2", "num-buffers=-1"))
    sink.get_parent().set_state(Gst.State.PAUSED)
    sink.get_parent().get_state(SOON)
    sink.get_parent().seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH, 0)
    waiting = pull_frame(sink, SOON, preroll=True)
    assert (waiting.pts, waiting.width) == (0, 32)
    assert pull_frame(sink) is None, "nothing plays"
    assert pull_frame(sink, preroll=True) is None, "it was pulled"
    sink.get_parent().set_state(Gst.State.PLAYING)
    assert pull_frame(sink, SOON).pts == 0, "it is pulled again"
