"""Pipelines and portable metadata that the tests of the native core use."""

from __future__ import annotations

import pytest

from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta

SECOND = 1_000_000_000


@pytest.fixture
def run():
    """Play to the end or an error: ``run(pipeline)`` gives that message, None if it hangs."""

    def play(pipeline, timeout=20):
        pipeline.set_state(Gst.State.PLAYING)
        return pipeline.get_bus().timed_pop_filtered(
            timeout * SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR
        )

    return play


@pytest.fixture
def stream():
    """Make pipelines that are stopped at the end of the test: ``stream(text)``."""
    pipelines = []

    def build(text):
        pipeline = Gst.parse_launch(text)
        pipelines.append(pipeline)
        return pipeline

    yield build
    for pipeline in pipelines:
        pipeline.set_state(Gst.State.NULL)


@pytest.fixture
def source_pad(stream):
    """A pad that 20 buffers pass, and its pipeline."""
    pipeline = stream("fakesrc num-buffers=20 sizetype=2 ! identity name=here ! fakesink")
    return pipeline.get_by_name("here").get_static_pad("src"), pipeline


@pytest.fixture
def buffer():
    return Gst.Buffer.new()


@pytest.fixture
def batch(buffer):
    return BatchMeta.attach(buffer, max_frames=4)


@pytest.fixture
def frame(batch):
    return batch.add_frame()


@pytest.fixture
def obj(frame):
    return frame.add_object()
