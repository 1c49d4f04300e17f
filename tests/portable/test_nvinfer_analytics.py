"""output-analytics-meta of nvinfer: its objects as GStreamer's own metadata, for its elements."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from standins import analytics

from pythiags import portable
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta, set_infer_engine
from pythiags.gst.probe import attach
from pythiags.inference import ClassAttributes
from pythiags.metadata import Bbox, frames_of, last_bbox, objects_per_frame
from pythiags.portable.nvinfer import Plan

FOUND = [(0, 0.75, 16, 8, 20, 10), (1, 0.5, 0, 0, 64, 64)]
"""Class, confidence, left, top, width, height in the network's 64x64 pixels."""
SOURCE = "videotestsrc num-buffers=2 pattern=black ! video/x-raw,format={},width=128,height=64 ! "
WRITES = "nvinfer name=pgie output-analytics-meta=true "


class Engine:
    """Finds the same two objects in each picture."""

    def __init__(self, settings):
        self.settings = settings
        self.plan = Plan(
            infer_dims=(3, 64, 64),
            model_color_format=0,
            maintain_aspect_ratio=False,
            symmetric_padding=False,
            scaling_filter=1,
            net_scale_factor=1.0,
            offsets=(0.0, 0.0, 0.0),
            interval=0,
            unique_id=1,
            classes=(ClassAttributes(label="ball"), ClassAttributes(label="wall")),
        )

    def infer(self, tensor):
        return [np.array(FOUND, np.float32)] * len(tensor)

    def close(self):
        """Nothing is held."""


@pytest.fixture
def engines():
    """What every nvinfer got meanwhile."""
    analytics.library()
    made = []

    def make(settings):
        made.append(Engine(settings))
        return made[-1]

    set_infer_engine(make)
    yield made
    set_infer_engine(portable._open_engine)


def objects(info):
    """What GStreamer's own metadata has."""
    return [
        (obj.obj_label, obj.confidence, last_bbox(obj))
        for frame in frames_of(BatchMeta.of_plain(info))
        for obj in objects_per_frame(frame)
    ]


@pytest.fixture
def read(build):
    """``read(text)``: play, and give the objects in GStreamer's metadata at the sink, by buffer."""

    def play(text):
        one, seen = build(text), []
        sink = one["sink"].get_static_pad("sink")
        probe = attach(sink, lambda pad, info: seen.append(objects(info)))
        one.probes.append(probe)
        assert one.play().error is None
        assert probe.stats().errors == {}
        return seen

    return play


BALL, WALL = ("ball", 0.75, Bbox(32, 8, 40, 10)), ("wall", 0.5, Bbox(0, 0, 128, 64))


def test_objects_are_written_beside_the_portable_metadata(engines, read, collect):
    text = SOURCE.format("I420") + WRITES + "! fakesink name=sink"
    assert read(text) == [[BALL, WALL]] * 2
    assert engines[0].settings == {}
    labels = collect(text, lambda frame, objects: [obj.obj_label for obj in objects])
    assert labels == [[["ball", "wall"]]] * 2


def test_a_second_nvinfer_adds_only_its_own(engines, read):
    text = SOURCE.format("I420") + WRITES + "! nvinfer output-analytics-meta=true ! "
    assert read(text + "fakesink name=sink") == [[BALL, WALL] * 2] * 2
    text = SOURCE.format("I420") + "nvinfer ! nvinfer output-analytics-meta=true ! "
    assert read(text + "fakesink name=sink") == [[BALL, WALL]] * 2


def test_through_the_muxer_and_its_converter(engines, read):
    text = SOURCE.format("I420") + "m.sink_0 nvstreammux name=m batch-size=1 width=128 height=64 ! "
    text += WRITES + "! nvvideoconvert ! video/x-raw,format=RGBA ! fakesink name=sink"
    assert read(text) == [[BALL, WALL]] * 2


def test_several_pictures_in_a_buffer_are_refused(engines, run):
    pads = "".join(SOURCE.format("I420") + f"m.sink_{number} " for number in range(2))
    text = pads + "nvstreammux name=m width=128 height=64 batch-size=2 ! " + WRITES
    error = run(text + "! fakesink name=sink").error
    assert "one picture a buffer; this one has 2: set batch-size=1 on nvstreammux" in error


def test_gstreamers_own_element_draws_what_was_written(engines, run):
    if Gst.ElementFactory.find("objectdetectionoverlay") is None:
        pytest.skip("GStreamer has no objectdetectionoverlay: it is in plugins-bad from 1.24 on")
    text = SOURCE.format("I420") + WRITES + "! videoconvert ! video/x-raw,format=BGRx ! "
    overlay = "objectdetectionoverlay draw-labels=false object-detection-outline-color=0xff0000ff"
    one = run(text + overlay + " ! video/x-raw,format=BGRx ! fakesink name=sink")
    _, data = one.last()
    picture = np.frombuffer(data, np.uint8).reshape(64, 128, 4)
    blue = picture[:, :, 0] > 100
    assert blue[8, 32:72].all()  # the ball's upper edge
    assert blue[8:18, 32].all()  # its left edge
    assert not blue[11:15, 36:68].any()  # within


WITHOUT = """
from pythiags import portable
from pythiags.gst import Gst
portable.install()
pipeline = Gst.parse_launch("videotestsrc ! nvinfer output-analytics-meta=true ! fakesink")
pipeline.set_state(Gst.State.PAUSED)
error = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.ERROR)
print(error.parse_error()[0].message)
pipeline.set_state(Gst.State.NULL)
"""


def test_without_the_library_the_element_does_not_start():
    if not analytics.is_standin():
        pytest.skip("GStreamer's own library is installed")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "needs libgstanalytics-1.0, which is part of GStreamer from 1.24 on" in done.stdout
