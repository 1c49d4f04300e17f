"""Cameras behind a network that loses and delays packets, or that is gone for a while."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from faults.harness import until
from faults.test_cameras import MIXER, Watched
from standins.link import INSIDE, Link, why_not
from standins.link import run as run_program

from pythiags import App, RetryPolicy, SourceLost
from pythiags.gst.pipeline import PipelineState
from pythiags.testing import Camera
from pythiags.testing.rtsp_server import PATH

FAR_CAMERA = Path(__file__).parents[1] / "standins" / "far_camera.py"
pytestmark = pytest.mark.own_network
POLICY = RetryPolicy(stall_timeout=5, start_timeout=20, backoff=0.2, max_backoff=0.5)
QUICK = RetryPolicy(stall_timeout=1, start_timeout=4, backoff=0.2, max_backoff=0.5)
RTSP = (
    "rtspsrc name=cam0 location={uri} protocols={protocol} latency=200 ! rtph264depay ! h264parse "
    "! avdec_h264 ! nvvideoconvert ! queue ! m.sink_0"
)


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """What connects first loads and opens what stays."""
    if os.environ.get(INSIDE):
        run_program("ip", "link", "set", "lo", "up")
        with Camera(frames=5) as camera, contextlib.suppress(SourceLost):
            source = RTSP.format(uri=camera.address, protocol="udp")
            App(f"{MIXER.format(count=1)} {source}", drain_timeout=5).run()


@pytest.fixture(params=["relay", "netem"])
def link(request):
    reason = why_not(request.param)
    if reason:
        pytest.skip(reason)
    if not os.environ.get(INSIDE):
        yield None
        return
    with Link(request.param) as link:
        yield link


@pytest.fixture(params=["tcp", "udp"])
def text(request, link):
    """A pipeline that reads a camera on the other host."""
    if link is None:
        yield None
        return
    with link.running(FAR_CAMERA) as port:
        source = RTSP.format(uri=f"rtsp://{link.address}:{port}{PATH}", protocol=request.param)
        yield f"{MIXER.format(count=1)} {source}"


def test_a_cable_that_is_pulled_and_plugged_in_again(link, text):
    with Watched(text, QUICK) as run:
        for count in (1, 2):
            run.await_frames(10)
            link.impair(loss=1.0)
            run.await_told("lost", count)
            assert run.app.state is PipelineState.RETRYING
            attempts = run.stats().num_retry
            until(lambda at_least=attempts + 1: run.stats().num_retry >= at_least, "an attempt")
            link.heal()
            run.await_told("back", count)
        run.await_frames(10)
        stats = run.stats()
    assert stats.losses == {"timeout": 2}
    assert [gap.source_id for gap in run.notes.gaps] == [0, 0]
    numbers = run.notes.numbers[0]
    assert numbers == sorted(set(numbers)), "no frame has a number that another had"


def test_packets_that_are_late_and_some_that_are_lost_are_no_loss(link, text):
    link.impair(delay=0.05, jitter=0.01, loss=0.02)
    with Watched(text, POLICY) as run:
        run.await_frames(60)
        assert not run.messages
        assert run.stats().num_retry == 0
    numbers = run.notes.numbers[0]
    assert numbers == sorted(set(numbers))
