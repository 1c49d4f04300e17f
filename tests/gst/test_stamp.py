"""The benchmarks' detector that always finds the same: every buffer gets one buffer's objects."""

import runpy
from pathlib import Path

import pytest
from standins.crowd import crowd
from standins.pads import flowing_pad

from pythiags.gst import Gst
from pythiags.gst.carriers import detections
from pythiags.gst.probe import attach

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
stamp = runpy.run_path(str(BENCHMARKS / "stamp.py"))["stamp"]


@pytest.fixture
def pad():
    pad = flowing_pad()
    yield pad
    pad.set_active(False)


def passed(pad, buffer):
    """The metadata of a buffer that has passed the pad's probes."""
    found = []
    with attach(pad, lambda _pad, info: found.extend(detections(info))):
        pad.push(buffer)
    return found


def test_a_buffer_without_metadata_gets_all_of_it(pad):
    scene = crowd(5)
    stamp(pad, scene)
    for _ in range(2):
        assert passed(pad, Gst.Buffer.new()) == detections(scene)


def test_each_frame_of_a_batch_gets_the_objects_beside_its_own(pad):
    stamp(pad, crowd(5))
    batch = crowd(2, sources=(0, 3))
    found = passed(pad, batch)
    assert [each.source_id for each in found] == [0] * 7 + [3] * 7
    assert [each.object_id for each in found] == [0, 1, 0, 1, 2, 3, 4] * 2


def test_what_was_stamped_stays_when_its_buffer_and_the_scene_are_gone(pad):
    scene = crowd(1)
    number = stamp(pad, scene)
    expected = detections(scene)
    del scene
    assert passed(pad, Gst.Buffer.new()) == expected
    pad.remove_probe(number)
    assert passed(pad, Gst.Buffer.new()) == []


def test_a_buffer_without_metadata_cannot_be_the_source(pad):
    with pytest.raises(ValueError, match="no frame"):
        stamp(pad, Gst.Buffer.new())
