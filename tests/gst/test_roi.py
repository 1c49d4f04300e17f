"""Region-of-interest metadata, as DL Streamer and others write it, under pyds's names."""

import gc
import subprocess
import sys

import gi
import pytest

from pythiags.errors import MetadataReleased
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.carriers import detections, frames_per_batch
from pythiags.gst.probe import attach
from pythiags.metadata import Bbox, detector_bbox, labels_per_object, last_bbox, objects_per_frame

gi.require_version("GstVideo", "1.0")
from gi.repository import GObject, GstVideo  # noqa: E402


def structure(name, **fields):
    made = Gst.Structure.new_empty(name)
    for key, value in fields.items():
        made.set_value(key, value)
    return made


def add_region(buffer, label, box, *params, region_id=0, parent_id=0):
    """Add a region as an element of GStreamer does."""
    meta = GstVideo.buffer_add_video_region_of_interest_meta(buffer, label, *box)
    meta.id, meta.parent_id = region_id, parent_id
    for param in params:
        meta.add_param(param)
    return meta


@pytest.fixture
def buffer():
    buffer = Gst.Buffer.new()
    buffer.pts = 40_000_000
    return buffer


def objects(buffer):
    return [obj for frame in frames_per_batch(buffer) for obj in objects_per_frame(frame)]


def test_a_region_is_an_object(buffer):
    add_region(
        buffer,
        "person",
        (10, 20, 30, 40),
        structure("detection", confidence=0.75, label_id=3),
        structure("object_id", id=7),
    )
    (obj,) = objects(buffer)
    assert (obj.obj_label, obj.class_id, obj.confidence, obj.object_id) == ("person", 3, 0.75, 7)
    assert last_bbox(obj) == detector_bbox(obj) == Bbox(10, 20, 30, 40)


def test_a_bare_region_is_untracked_and_without_confidence(buffer):
    add_region(buffer, "face", (1, 2, 3, 4))
    (obj,) = objects(buffer)
    assert obj.object_id == 0xFFFF_FFFF_FFFF_FFFF
    assert obj.confidence == pytest.approx(-0.1)
    assert (obj.class_id, obj.parent) == (-1, None)


@pytest.mark.parametrize(
    "kind", [GObject.TYPE_INT, GObject.TYPE_UINT, GObject.TYPE_INT64, GObject.TYPE_UINT64]
)
def test_numbers_of_any_width(buffer, kind):
    number = GObject.Value(kind, 5)
    confidence = GObject.Value(GObject.TYPE_FLOAT, 0.5)
    add_region(
        buffer,
        "car",
        (0, 0, 1, 1),
        structure("detection", confidence=confidence, label_id=number),
        structure("object_id", id=number),
    )
    (obj,) = objects(buffer)
    assert (obj.class_id, obj.object_id, obj.confidence) == (5, 5, 0.5)


def test_fields_of_another_type_are_passed_over(buffer):
    add_region(
        buffer, "car", (0, 0, 1, 1), structure("detection", confidence="high", label_id="car")
    )
    (obj,) = objects(buffer)
    assert obj.class_id == -1
    assert obj.confidence == pytest.approx(-0.1)


def test_classifications_are_classifier_metas(buffer):
    add_region(
        buffer,
        "car",
        (0, 0, 9, 9),
        structure("color", label="red", label_id=2, confidence=0.5),
        structure("type", label="van"),
        structure("embedding", model_name="reid"),  # no label: a tensor
    )
    (obj,) = objects(buffer)
    found = [(e.result_label, e.result_class_id, e.result_prob) for e in labels_per_object(obj)]
    assert found == [("red", 2, 0.5), ("van", 0, 0.0)]


def test_parents_may_come_after_their_children(buffer):
    add_region(buffer, "plate", (1, 1, 2, 2), region_id=12, parent_id=11)
    add_region(buffer, "car", (0, 0, 9, 9), region_id=11, parent_id=-1)
    add_region(buffer, "lost", (0, 0, 9, 9), region_id=13, parent_id=99)
    add_region(buffer, "own", (0, 0, 9, 9), region_id=14, parent_id=14)
    plate, car, lost, own = objects(buffer)
    assert plate.parent == car
    assert [car.parent, lost.parent, own.parent] == [None, None, None]
    assert plate.misc_obj_info[:2].tolist() == [12, 11]


def test_the_frame_knows_time_and_size(buffer):
    add_region(buffer, "car", (0, 0, 9, 9))
    GstVideo.buffer_add_video_meta(buffer, 0, GstVideo.VideoFormat.GRAY8, 320, 240)
    (frame,) = frames_per_batch(buffer)
    assert (frame.buf_pts, frame.source_frame_width, frame.source_frame_height) == (
        40_000_000,
        320,
        240,
    )
    assert (frame.num_obj_meta, frame.batch_id, frame.source_id) == (1, 0, 0)


def test_a_buffer_without_regions_has_no_frame(buffer):
    assert list(frames_per_batch(buffer)) == []


def test_portable_metadata_comes_first(buffer):
    add_region(buffer, "region", (0, 0, 9, 9))
    BatchMeta.attach(buffer).add_frame().add_object().obj_label = "portable"
    assert [obj.obj_label for obj in objects(buffer)] == ["portable"]


def test_views_outside_a_probe_live_by_themselves(buffer):
    add_region(buffer, "car", (0, 0, 9, 9))
    (obj,) = objects(buffer)
    del buffer
    gc.collect()
    assert obj.obj_label == "car"


def test_detections_in_one_pass(buffer):
    add_region(buffer, "car", (1, 2, 3, 4), structure("detection", confidence=0.5, label_id=2))
    (found,) = detections(buffer)
    assert (found.label, found.class_id, found.confidence) == ("car", 2, 0.5)
    assert found.bbox == Bbox(1, 2, 3, 4)


@pytest.fixture
def regions(stream):
    """A stream of ten pictures of which the third, fourth and seventh have a region."""
    caps = "video/x-raw,format=GRAY8,width=64,height=48,framerate=30/1"
    pipeline = stream(f"appsrc name=in format=time caps={caps} ! identity name=here ! fakesink")
    source = pipeline.get_by_name("in")
    for number in range(10):
        buffer = Gst.Buffer.new_allocate(None, 64 * 48, None)
        if number in (2, 3, 6):
            add_region(buffer, "car", (1, 2, 3, 4))
        source.emit("push-buffer", buffer)
    source.emit("end-of-stream")
    return pipeline.get_by_name("here").get_static_pad("src"), pipeline


def test_once_seen_a_picture_without_regions_is_a_frame_without_objects(regions, run):
    pad, pipeline = regions
    seen = []

    def read(pad, info):
        seen.append(
            [
                (f.frame_num, f.source_frame_width, f.source_frame_height, f.num_obj_meta)
                for f in frames_per_batch(info)
            ]
        )

    with attach(pad, read) as probe:
        run(pipeline)
    assert probe.stats().errors == {}
    assert seen == [
        [],
        [],
        *([(number, 64, 48, int(number in (2, 3, 6)))] for number in range(2, 10)),
    ]


def test_within_a_probe_views_are_shared_and_die_with_the_call(regions, run):
    pad, pipeline = regions
    kept = []

    def read(pad, info):
        if not kept and objects(info):
            kept.extend([objects(info)[0], objects(info)[0]])
            kept[0].confidence = 0.25
            assert kept[1].confidence == 0.25

    with attach(pad, read) as probe:
        run(pipeline)
    assert probe.stats().errors == {}
    assert kept[0] == kept[1]
    with pytest.raises(MetadataReleased, match="obj_label"):
        _ = kept[0].obj_label


HELD_LOCK = """
import ctypes, threading
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta, NativeProbe

inside, locked, read = threading.Event(), threading.Event(), threading.Event()

def callback(pad, info):
    inside.set()
    locked.wait()
    BatchMeta.of_plain(info)
    read.set()

pipeline = Gst.parse_launch("fakesrc num-buffers=1 ! identity name=here ! fakesink")
pad = pipeline.get_by_name("here").get_static_pad("src")
probe = NativeProbe(pad, callback, None)
pipeline.set_state(Gst.State.PLAYING)
inside.wait()
glib = ctypes.CDLL("libglib-2.0.so.0")
lock = ctypes.c_void_p(hash(pad) + 3 * ctypes.sizeof(ctypes.c_void_p))  # GST_OBJECT_LOCK
glib.g_mutex_lock(lock)
locked.set()
assert not read.wait(0.2), "the lock is not the one that is waited for"
glib.g_mutex_unlock(lock)
assert read.wait(10)
probe.remove()
pipeline.set_state(Gst.State.NULL)
"""


def test_nobody_waits_for_the_pads_lock_with_the_gil():
    """Who removes a probe holds it and waits for the GIL: the two would deadlock."""
    done = subprocess.run(
        [sys.executable, "-c", HELD_LOCK], capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")
