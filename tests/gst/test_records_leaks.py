"""Nothing that native extraction or pictures make outlives its pipeline, says the leak tracer."""

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import gc, sys
sys.path.insert(0, {tests!r})
from standins.crowd import crowd_of_regions
from standins.pads import flowing_pad
from pythiags.channel import Channel
from pythiags.gst import Gst
from pythiags.gst._gst import RecordProbe
from pythiags.gst.image import frame_image
from pythiags.gst.probe import attach

pad = flowing_pad("video/x-raw,format=GRAY8,width=640,height=480")
channel = Channel(10, on_full="drop-oldest")
kept = []
def look(pad, info):
    channel.put([frame_image(info), frame_image(info, convert="BGR")])
    {keep}
probes = [RecordProbe(pad, [channel.handle]), attach(pad, look)]
for _ in range(20):
    pad.push(crowd_of_regions(5))
for probe in probes:
    probe.remove()
pad.set_active(False)
del pad, probe, probes, channel, look
gc.collect()
Gst.deinit()
"""


def alive(keep="pass"):
    tests = str(Path(__file__).parents[1])
    tracing = {"GST_TRACERS": "leaks", "GST_DEBUG": "GST_TRACER:7", "GST_DEBUG_NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(tests=tests, keep=keep)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, **tracing},
    )
    lines = [line for line in done.stderr.splitlines() if "object-alive, type" in line]
    names = {line.partition("type-name=(string)")[2].partition(",")[0] for line in lines}
    # The tracer's own description, and the pool of a converter that is kept to be used again.
    return names - {"%s", "GstSharedTaskPool"}


def test_nothing_is_alive():
    assert alive() == set()


def test_a_kept_view_is_a_living_buffer():
    """The control."""
    assert alive(keep="kept.append(frame_image(info))") >= {"GstBuffer"}
