"""A live source is taken down and started again, whatever state the pipeline is in."""

import math
import time

import pytest
from faults.harness import until

from pythiags import RetryPolicy
from pythiags.gst import Gst
from pythiags.gst.livesource import LiveSource

POLICY = RetryPolicy(retry_timeout=math.inf, backoff=0.01, max_backoff=0.02, jitter=0)
LIVE = "fakesrc is-live=true format=time do-timestamp=true sizetype=2"


@pytest.fixture
def held(stream):
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


def test_a_source_that_is_lost_as_the_pipeline_begins_to_play_comes_back(held):
    camera = held.get_by_name("camera")
    source = LiveSource(camera, held, POLICY)
    source.watch()
    lose(camera)
    assert held.get_state(0)[0] == Gst.StateChangeReturn.FAILURE
    source.state.fail("error", "lost")

    def is_back():
        source.look(time.monotonic(), playing=True)
        stats = source.stats()
        return stats.num_retry == 1 and stats.status == "running"

    until(is_back, "the source is back")
    assert held.get_by_name("held").get_state(0)[1] == Gst.State.PLAYING
    source.stop()
