"""Detections in one pass: the same as through the iterators, on every carrier."""

import gc
import sys

import pytest

from pythiags.errors import MetadataReleased
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.carriers import detections
from pythiags.metadata import (
    UNTRACKED,
    Bbox,
    Detection,
    detector_bbox,
    last_bbox,
    tracker_bbox,
)


@pytest.fixture
def buffer():
    """Two frames: a tracked person; a car with another box from its detector."""
    buffer = Gst.Buffer.new()
    batch = BatchMeta.attach(buffer, max_frames=2)
    for source, label, confidence in ((0, "person", 0.75), (5, "car", 0.25)):
        frame = batch.add_frame()
        frame.source_id, frame.frame_num, frame.buf_pts = source, 100 + source, 40_000_000
        obj = frame.add_object()
        obj.obj_label, obj.confidence, obj.class_id = label, confidence, 2
        obj.unique_component_id = 1
        rect, found = obj.rect_params, obj.detector_bbox_info.org_bbox_coords
        rect.left, rect.top, rect.width, rect.height = 1.5, 2, 3, 4
        found.left, found.top, found.width, found.height = 5, 6, 7, 8
    batch.frame_meta_list.data.obj_meta_list.data.object_id = 9
    return buffer


BOX = Bbox(1.5, 2.0, 3.0, 4.0)
PERSON = Detection("person", 2, 0.75, BOX, 9, 0, 100, 40_000_000, 1)
CAR = Detection("car", 2, 0.25, BOX, UNTRACKED, 5, 105, 40_000_000, 1)


def test_every_field_is_read(buffer):
    found = detections(buffer)
    assert found == [PERSON, CAR]
    assert [type(each) for each in found] == [Detection, Detection]
    assert found[0].bbox.right == 4.5
    assert hash(found[0]) == hash(PERSON)
    assert repr(found[1]) == repr(CAR)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"labels": {"car", "bus"}}, [CAR]),
        ({"min_confidence": 0.5}, [PERSON]),
        ({"min_confidence": 0.75, "labels": ["person"]}, [PERSON]),
        ({"min_confidence": 0.76}, []),
        ({"labels": ()}, []),
    ],
)
def test_only_what_is_wanted(buffer, wanted, expected):
    assert detections(buffer, **wanted) == expected
    # A custom box function uses the iterators: both select the same objects.
    assert detections(buffer, bbox=own_box, **wanted) == expected


@pytest.mark.parametrize(
    ("bbox", "expected"),
    [
        (last_bbox, Bbox(1.5, 2, 3, 4)),
        (detector_bbox, Bbox(5, 6, 7, 8)),
        (tracker_bbox, Bbox(0, 0, 0, 0)),
        (lambda obj: Bbox(0, 0, 1, obj.confidence), Bbox(0, 0, 1, 0.75)),
    ],
)
def test_the_box_is_chosen(buffer, bbox, expected):
    assert detections(buffer, bbox=bbox)[0].bbox == expected


def own_box(obj):
    return last_bbox(obj)


def test_a_buffer_without_metadata_has_none():
    assert detections(Gst.Buffer.new()) == []


def test_objects_of_pyds_become_the_same_tuples(pyds):
    batch, frame, obj = pyds.NvDsBatchMeta(), pyds.NvDsFrameMeta(), pyds.NvDsObjectMeta()
    obj.obj_label, obj.class_id, obj.confidence = "bus", 4, 0.5
    obj.object_id = 3
    obj.rect_params.width = 12.0
    frame.frame_num = 8
    frame.obj_meta_list = pyds.standin_list([obj])
    batch.frame_meta_list = pyds.standin_list([frame])
    expected = Detection("bus", 4, 0.5, Bbox(0, 0, 12, 0), 3, 0, 8, frame.buf_pts, 0)
    assert detections(batch) == [expected]


def test_no_object_leaks(buffer):
    detections(buffer)
    gc.collect()
    before = len(gc.get_objects()), sys.getrefcount("person"), sys.getrefcount(Detection)
    for _ in range(100):
        detections(buffer)
    gc.collect()
    after = len(gc.get_objects()), sys.getrefcount("person"), sys.getrefcount(Detection)
    assert after[0] - before[0] < 20
    assert abs(after[2] - before[2]) < 20


@pytest.mark.parametrize("classes", [(tuple, Bbox), (Detection, Detection), (list, Bbox)])
def test_only_fitting_tuples_are_filled(buffer, classes):
    with pytest.raises(TypeError, match="named tuple of"):
        BatchMeta.of(buffer).detections(*classes)


def test_a_released_batch_is_not_read():
    buffer = Gst.Buffer.new()
    batch = BatchMeta.attach(buffer)
    del buffer
    with pytest.raises(MetadataReleased):
        detections(batch)
