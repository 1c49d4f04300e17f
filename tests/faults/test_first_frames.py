"""Sources that are lost while sinks wait for the first frames of others."""

import math
import time

import pytest
from faults.harness import until

from pythiags import RetryPolicy, portable
from pythiags.gst import Gst
from pythiags.gst.livesource import LiveSource

POLICY = RetryPolicy(retry_timeout=math.inf, backoff=0.01, max_backoff=0.02, jitter=0)
LIVE = "fakesrc is-live=true format=time do-timestamp=true sizetype=2"


@pytest.fixture
def stream():
    """Make pipelines that are stopped at the end of the test: ``stream(text)``."""
    pipelines = []

    def build(text):
        pipelines.append(Gst.parse_launch(text))
        return pipelines[-1]

    yield build
    for pipeline in pipelines:
        pipeline.set_state(Gst.State.NULL)
    pipelines.clear()


def hold(stream):
    """A pipeline that begins to play: a sink waits with its first frame for the other one's."""
    pipeline = stream(
        f"{LIVE} name=camera ! fakesink name=held sync=false {LIVE} ! valve drop=true ! fakesink"
    )
    pipeline.set_state(Gst.State.PLAYING)
    result, state, _ = pipeline.get_by_name("held").get_state(20 * Gst.SECOND)
    assert (result, state) == (Gst.StateChangeReturn.SUCCESS, Gst.State.PAUSED)
    assert pipeline.get_state(0)[0] == Gst.StateChangeReturn.ASYNC
    return pipeline


def lose(element):
    """Have an element say that it has failed, as a camera does that closes its connection."""
    error = Gst.ResourceError
    element.message_full(
        Gst.MessageType.ERROR, error.quark(), error.READ, "lost", None, __file__, "lose", 1
    )


def await_back(source):
    """Have it retried until it is back, as the loop of an App does."""

    def is_back():
        source.look(time.monotonic(), playing=True)
        stats = source.stats()
        return stats.num_retry == 1 and stats.status == "running"

    until(is_back, "the source is back")


def test_a_source_that_is_lost_as_the_pipeline_begins_to_play_comes_back(stream):
    held = hold(stream)
    camera = held.get_by_name("camera")
    source = LiveSource(camera, held, POLICY)
    source.watch()
    lose(camera)
    assert held.get_state(0)[0] == Gst.StateChangeReturn.FAILURE
    source.state.fail("error", "lost")
    await_back(source)
    assert held.get_by_name("held").get_state(0)[1] == Gst.State.PLAYING
    source.stop()


FRAMES = "fakesrc name=camera format=time sizetype=2"
FILM = "videotestsrc name=camera ! video/x-raw,width=16,height=16"
OTHER = "fakesrc sizetype=2 ! valve name=valve drop=true ! fakesink"


@pytest.mark.parametrize(
    "text",
    [
        f"{FRAMES} ! fakesink name=held",
        f"{FRAMES} ! queue max-size-buffers=2 ! fakesink name=held",
        f"{FRAMES} ! tee name=t t. ! queue ! fakesink name=held t. ! queue ! fakesink",
        f"{FILM} ! nvvideoconvert ! m.sink_0 nvstreammux name=m batch-size=1 width=16 height=16 "
        "! fakesink name=held",
    ],
    ids=["sink", "queue", "tee", "mixer"],
)
@pytest.mark.parametrize("fails", [True, False], ids=["error", "silence"])
def test_a_source_is_taken_down_while_the_sinks_wait_for_another(stream, text, fails):
    """Nothing in it is live for GStreamer, as an ``rtmpsrc`` is not: no sink goes on without."""
    portable.install(["nvvideoconvert", "nvstreammux"])
    pipeline = stream(f"{text} {OTHER}")
    pipeline.set_state(Gst.State.PLAYING)
    sink, camera = pipeline.get_by_name("held"), pipeline.get_by_name("camera")
    assert sink.get_state(20 * Gst.SECOND)[0] == Gst.StateChangeReturn.SUCCESS
    source = LiveSource(camera, pipeline, POLICY)
    source.watch()
    if fails:
        lose(camera)
    source.state.fail("error", "lost")
    await_back(source)
    pipeline.get_by_name("valve").set_property("drop", False)
    result, state, _ = pipeline.get_state(20 * Gst.SECOND)
    assert (result, state) == (Gst.StateChangeReturn.SUCCESS, Gst.State.PLAYING)
    source.stop()
