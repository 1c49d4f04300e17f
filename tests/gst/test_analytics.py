"""GStreamer's own metadata of analytics, under pyds's names: its library's, or the stand-in's."""

import gc
import math
import os
import subprocess
import sys
from pathlib import Path

import gi
import numpy as np
import pytest
from standins import analytics
from standins.analytics import CONTAINS, PART_OF, RELATES, Relations
from standins.pads import flowing_pad

from pythiags.channel._ring import POLICIES, Ring
from pythiags.errors import MetadataReleased
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta, RecordProbe
from pythiags.gst.carriers import detections, frames_per_batch, note_carriers
from pythiags.gst.probe import attach
from pythiags.metadata import (
    UNTRACKED,
    Bbox,
    add_classification,
    add_display,
    add_object,
    add_user_meta,
    classifiers_per_object,
    detector_bbox,
    labels_per_object,
    last_bbox,
    objects_per_frame,
    remove_object,
    segmentations_per_frame,
    tensors_per_frame,
    tensors_per_object,
    tracker_bbox,
)
from pythiags.metadata.records import to_detections

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

NO_CONFIDENCE = pytest.approx(-0.1)


@pytest.fixture
def buffer():
    buffer = Gst.Buffer.new()
    buffer.pts = 40_000_000
    return buffer


@pytest.fixture
def relations(buffer):
    return Relations(buffer)


def objects(buffer):
    return [obj for frame in frames_per_batch(buffer) for obj in objects_per_frame(frame)]


def recorded(buffer):
    """What the probe that is written in C reads."""
    pad, ring = flowing_pad(), Ring(10, 1 << 20, POLICIES.index("drop-oldest"))
    probe = RecordProbe(pad, [ring.handle])
    pad.push(buffer)
    probe.remove()
    pad.set_active(False)
    _, records = ring.get(10, 0)
    return [found for record in records for found in to_detections(record)]


# ---- objects ----


def test_a_detection_is_an_object(buffer, relations):
    relations.object("person", (10, 20, 30, 40), 0.75)
    (obj,) = objects(buffer)
    assert (obj.obj_label, obj.class_id, obj.confidence) == ("person", -1, 0.75)
    assert (obj.object_id, obj.unique_component_id, obj.parent) == (UNTRACKED, 0, None)
    assert last_bbox(obj) == detector_bbox(obj) == Bbox(10, 20, 30, 40)
    assert tracker_bbox(obj) == Bbox(0, 0, 0, 0)
    assert obj.rect_params.rotation_angle == 0


def test_objects_come_in_the_order_in_which_they_were_added(buffer, relations):
    for number in range(20):
        relations.track(number)
        relations.object(f"o{number}")
    assert [obj.obj_label for obj in objects(buffer)] == [f"o{number}" for number in range(20)]
    assert [obj.misc_obj_info[0] for obj in objects(buffer)] == list(range(1, 40, 2))


def test_a_turned_box(buffer, relations):
    relations.object("ship", (10, 20, 30, 40), 0.5, rotation=0.25)
    (obj,) = objects(buffer)
    assert last_bbox(obj) == Bbox(10, 20, 30, 40)
    assert obj.rect_params.rotation_angle == 0.25
    with pytest.raises(AttributeError, match="rotation_angle cannot be set"):
        obj.rect_params.rotation_angle = 1.0


@pytest.mark.parametrize("level", [-1.0, -0.1, -math.inf])
def test_no_confidence(buffer, relations, level):
    relations.object("person", confidence=level)
    (obj,) = objects(buffer)
    assert obj.confidence == NO_CONFIDENCE


def test_odd_numbers_are_read_as_they_are(buffer, relations):
    relations.object("a", (-5, -6, -7, -8), math.nan)
    relations.object("b", (2**31 - 1, -(2**31), 0, 0), math.inf)
    one, two = objects(buffer)
    assert (last_bbox(one), math.isnan(one.confidence)) == (Bbox(-5, -6, -7, -8), True)
    assert (last_bbox(two)[:2], two.confidence) == ((2.0**31, -(2.0**31)), math.inf)


@pytest.mark.parametrize(
    ("label", "read"),
    [
        ("señal", "señal"),
        ("", ""),
        ("x" * 300, "x" * 127),
        ("ñ" * 100, "ñ" * 63),
        (b"caf\xe9", "caf\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_labels(buffer, relations, label, read):
    relations.object(label)
    assert [obj.obj_label for obj in objects(buffer)] == [read]
    assert [found.label for found in detections(buffer)] == [read]
    assert [found.label for found in recorded(buffer)] == [read]


def test_no_label_at_all(buffer, relations):
    add = analytics.library().gst_analytics_relation_meta_add_od_mtd
    level = analytics.ctypes.c_float(0.5)
    assert add(relations.meta, 0, 1, 2, 3, 4, level, analytics.ctypes.byref(analytics.Mtd()))
    assert [obj.obj_label for obj in objects(buffer)] == [""]


# ---- tracks ----


@pytest.mark.parametrize("backward", [False, True])
def test_a_track_is_the_objects_number(buffer, relations, backward):
    tracked, _ = relations.object("person"), relations.object("person")
    track = relations.track(2**40)
    one, two = (track, tracked) if backward else (tracked, track)
    relations.relate(one, RELATES, two)
    assert [obj.object_id for obj in objects(buffer)] == [2**40, UNTRACKED]
    assert [found.object_id for found in detections(buffer)] == [2**40, UNTRACKED]
    assert [found.object_id for found in recorded(buffer)] == [2**40, UNTRACKED]


def test_of_several_tracks_the_first_counts(buffer, relations):
    person, late, early = relations.object("person"), relations.track(8), relations.track(7)
    for track in (early, late):
        relations.relate(person, RELATES, track)
    assert [obj.object_id for obj in objects(buffer)] == [8]
    assert [found.object_id for found in recorded(buffer)] == [8]


ORDERS = {
    "each with its own": lambda n: [(kind, i) for i in range(n) for kind in "oct"],
    "kind by kind": lambda n: [(kind, i) for kind in "oct" for i in range(n)],
    "backwards": lambda n: [("o", i) for i in range(n)] + [("t", n - 1 - i) for i in range(n)],
    "tracks first": lambda n: [(kind, i) for kind in "tco" for i in range(n)],
    "some without": lambda n: [
        (kind, i) for i in range(n) for kind in "oct" if kind == "o" or i % 3
    ],
    "mixed": lambda n: [("o", i) for i in range(n)] + [("t", 37 * i % n) for i in range(n)],
}


def crowd(buffer, order, count):
    """Add what an order says; what must be read of it is what comes back."""
    relations = Relations(buffer, (3 * count, 600 * count))
    numbers, belong = {}, []
    for kind, which in ORDERS[order](count):
        if kind == "o":
            numbers[which] = relations.object(f"o{which}")
        else:
            added = relations.track(1000 + which) if kind == "t" else relations.classes(red=0.5)
            belong.append((kind, which, added))
    for _, which, added in belong:
        relations.relate(numbers[which], RELATES, added)
    tracked = {which for kind, which, _ in belong if kind == "t"}
    return [(f"o{i}", 1000 + i if i in tracked else UNTRACKED) for i in range(count)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [1, 5, 100])
def test_tracks_and_classes_are_found_in_any_order(buffer, order, count):
    must = crowd(buffer, order, count)
    assert [(found.label, found.object_id) for found in detections(buffer)] == must
    assert [(obj.obj_label, obj.object_id) for obj in objects(buffer)] == must


@pytest.mark.parametrize("count", [1, 40])
def test_among_many_a_classification_of_nothing_is_found(buffer, count):
    crowd(buffer, "each with its own", 100)
    for _ in range(count):
        Relations(buffer).classes(indoors=0.5)
    assert [found.label for found in detections(buffer)][-2:] == ["o99", ""]
    assert len(list(labels_per_object(objects(buffer)[-1]))) == count


# ---- classifications ----


@pytest.mark.parametrize("ways", ["to", "from", "both"])
def test_a_classification_is_a_classifier_with_one_label(buffer, relations, ways):
    car, _ = relations.object("car"), relations.object("person")
    colour = relations.classes(blue=0.25, red=0.5, green=0.125)
    if ways != "from":
        relations.relate(car, RELATES, colour)
    if ways != "to":
        relations.relate(colour, RELATES, car)
    first, second = objects(buffer)
    (classifier,) = classifiers_per_object(first)
    (label,) = labels_per_object(first)
    assert (label.result_label, label.result_class_id, label.result_prob) == ("red", 1, 0.5)
    assert (label.num_classes, classifier.num_labels) == (3, 1)
    assert list(classifiers_per_object(second)) == []


def test_a_level_that_is_not_known(buffer, relations):
    relations.relate(relations.object("car"), RELATES, relations.classes(red=-1.0))
    (obj,) = objects(buffer)
    assert [(e.result_label, e.result_prob) for e in labels_per_object(obj)] == [("red", 0.0)]


def test_one_classification_of_two_objects(buffer, relations):
    colour = relations.classes(red=0.5)
    for _ in range(2):
        relations.relate(relations.object("car"), RELATES, colour)
    found = [[each.result_label for each in labels_per_object(obj)] for obj in objects(buffer)]
    assert found == [["red"], ["red"]]


def test_a_classification_of_the_picture_is_of_an_object_as_large(buffer, relations):
    GstVideo.buffer_add_video_meta(buffer, 0, GstVideo.VideoFormat.GRAY8, 320, 240)
    relations.object("car", (1, 2, 3, 4))
    relations.classes(street=0.75, sea=0.25)
    car, whole = objects(buffer)
    assert (car.obj_label, whole.obj_label, whole.class_id) == ("car", "", -1)
    assert (last_bbox(whole), whole.confidence) == (Bbox(0, 0, 320, 240), NO_CONFIDENCE)
    assert [each.result_label for each in labels_per_object(whole)] == ["street"]
    assert recorded(buffer) == detections(buffer)
    assert len(detections(buffer)) == 2


# ---- relations ----


def test_part_of_and_contains_are_parents(buffer, relations):
    plate, car, wheel = (relations.object(label) for label in ("plate", "car", "wheel"))
    relations.relate(plate, PART_OF, car)
    relations.relate(car, CONTAINS, wheel)
    relations.relate(wheel, RELATES, plate)
    found = {obj.obj_label: obj.parent and obj.parent.obj_label for obj in objects(buffer)}
    assert found == {"plate": "car", "car": None, "wheel": "car"}


def test_parents_in_a_circle_end(buffer, relations):
    numbers = [relations.object(f"o{number}") for number in range(4)]
    for one, two in zip(numbers, numbers[1:] + numbers[:1], strict=True):
        relations.relate(one, PART_OF, two)
    relations.relate(numbers[0], PART_OF, numbers[0])
    for obj in objects(buffer):
        above, steps = obj.parent, 0
        while above is not None:
            above, steps = above.parent, steps + 1
            assert steps < 4


def test_members_of_a_group_have_its_owner_as_parent(buffer, relations):
    person, face, hand, dog = (relations.object(each) for each in ("person", "face", "hand", "dog"))
    parts = relations.group(face, hand)
    relations.relate(person, CONTAINS, parts)
    relations.group(dog)
    found = {obj.obj_label: obj.parent and obj.parent.obj_label for obj in objects(buffer)}
    assert found == {"person": None, "face": "person", "hand": "person", "dog": None}


def read_late(buffer, ask):
    """What `ask` gives within a probe, of the objects as they were before it was called."""
    seen, pad = [], flowing_pad()
    with attach(pad, lambda pad, info: seen.append(ask(*objects(info)))) as probe:
        pad.push(buffer)
    pad.set_active(False)
    assert probe.stats().errors == {}
    return seen[0]


def test_in_a_probe_relations_are_read_when_they_are_asked_for(buffer, relations):
    plate, car = relations.object("plate"), relations.object("car")
    relations.relate(plate, RELATES, relations.classes(white=0.5))

    def ask(first, second):
        relations.relate(plate, PART_OF, car)
        found = first.parent == second
        relations.relate(car, RELATES, relations.classes(blue=0.5))
        labels = [[each.result_label for each in labels_per_object(o)] for o in (first, second)]
        return found, labels

    assert read_late(buffer, ask) == (True, [["white"], []])


def test_what_is_related_meanwhile_to_what_comes_meanwhile_is_left_out(buffer, relations):
    plate = relations.object("plate")
    relations.relate(plate, RELATES, relations.classes(white=0.5))

    def ask(obj):
        late = relations.object("late")
        relations.relate(plate, PART_OF, late)
        relations.relate(relations.classes(black=0.5), RELATES, late)
        relations.relate(late, CONTAINS, plate)
        return obj.parent, [each.result_label for each in labels_per_object(obj)]

    assert read_late(buffer, ask) == (None, ["white"])


def test_outside_a_probe_relations_are_read_at_once(buffer, relations):
    plate, car = relations.object("plate"), relations.object("car")
    first, _ = objects(buffer)
    relations.relate(plate, PART_OF, car)
    assert first.parent is None
    assert objects(buffer)[0].parent.obj_label == "car"


# ---- frames ----


def test_the_frame_knows_time_and_size(buffer, relations):
    relations.object("car")
    GstVideo.buffer_add_video_meta(buffer, 0, GstVideo.VideoFormat.GRAY8, 320, 240)
    (frame,) = frames_per_batch(buffer)
    assert (frame.buf_pts, frame.num_obj_meta) == (40_000_000, 1)
    assert (frame.source_frame_width, frame.source_frame_height) == (320, 240)
    assert (frame.pipeline_width, frame.pipeline_height) == (320, 240)
    assert (frame.batch_id, frame.source_id, frame.pad_index) == (0, 0, 0)


def test_metadata_without_objects_is_a_frame_without_objects(buffer, relations):
    assert [list(objects_per_frame(frame)) for frame in frames_per_batch(buffer)] == [[]]


def test_views_outside_a_probe_live_by_themselves(buffer, relations):
    relations.object("car")
    (obj,) = objects(buffer)
    del buffer, relations
    gc.collect()
    assert obj.obj_label == "car"


def test_within_a_probe_views_die_with_the_call(buffer, relations):
    relations.object("car")
    kept, pad = [], flowing_pad()
    with attach(pad, lambda pad, info: kept.extend(objects(info))) as probe:
        pad.push(buffer)
    pad.set_active(False)
    assert probe.stats().errors == {}
    with pytest.raises(MetadataReleased, match="obj_label"):
        _ = kept[0].obj_label


def test_a_copy_of_a_buffer_is_read_alike(buffer, relations):
    person, number = relations.object("person", (1, 2, 3, 4)), relations.track(7)
    relations.relate(person, RELATES, number)
    assert detections(buffer.copy()) == detections(buffer)


def test_a_thousand_objects(buffer):
    relations = Relations(buffer, (3000, 1 << 20))
    for number in range(1000):
        person, track = relations.object(f"o{number}", (number, 0, 1, 1)), relations.track(number)
        relations.relate(person, RELATES, track)
    found = recorded(buffer)
    assert [each.object_id for each in found] == list(range(1000))
    assert found == detections(buffer)


def test_what_is_kept_by_label_and_confidence(buffer, relations):
    relations.object("person", confidence=0.75)
    relations.object("person", confidence=0.25)
    relations.object("car", confidence=0.75)
    found = detections(buffer, labels={"person"}, min_confidence=0.5)
    assert [(each.label, each.confidence) for each in found] == [("person", 0.75)]


# ---- masks ----


def test_a_mask_that_covers_its_object_is_the_objects(buffer, relations):
    ship = relations.object("ship", (10, 20, 3, 2))
    mask = relations.mask([[0, 5, 0], [5, 5, 0]], regions=[0, 5], box=(10, 20, 3, 2))
    relations.relate(ship, RELATES, mask)
    relations.relate(mask, RELATES, ship)
    (obj,) = objects(buffer)
    mask = obj.mask_params
    assert (mask.width, mask.height, mask.threshold) == (3, 2, 0.5)
    assert mask.get_mask_array().tolist() == [0, 1, 0, 1, 1, 0]
    (frame,) = frames_per_batch(buffer)
    assert list(segmentations_per_frame(frame)) == []


@pytest.mark.parametrize("wide", [False, True])
def test_a_mask_of_the_picture_is_the_frames(buffer, relations, wide):
    high = 300 if wide else 30
    values = [[0, 12, 7], [high, 12, 9]]
    relations.mask(values, regions=[0, 12, 7, high], box=(0, 0, 320, 240), wide=wide)
    (frame,) = frames_per_batch(buffer)
    (found,) = segmentations_per_frame(frame)
    assert (found.classes, found.width, found.height) == (4, 3, 2)
    assert found.get_segmentation_masks().tolist() == [[0, 1, 2], [3, 1, -1]]


@pytest.mark.parametrize(
    "claim", [{"kind": GstVideo.VideoFormat.GBR}, {"offset": 3}, {"offset": 2**64 - 7}]
)
def test_a_mask_that_is_not_what_it_claims_is_not_read(buffer, relations, claim):
    ship = relations.object("ship", (0, 0, 3, 2))
    mask = relations.mask([[1, 2, 1], [2, 1, 2]], regions=[1, 2], box=(0, 0, 3, 2), **claim)
    relations.relate(ship, RELATES, mask)
    (frame,) = frames_per_batch(buffer)
    assert next(objects_per_frame(frame)).mask_params.width == 0
    (found,) = segmentations_per_frame(frame)
    with pytest.raises(ValueError, match="shorter than its size says, or no grey picture"):
        found.get_segmentation_masks()


def test_a_mask_of_several_objects_is_the_frames(buffer, relations):
    mask = relations.mask([[1, 2]], regions=[1, 2], box=(0, 0, 2, 1))
    for _ in range(2):
        relations.relate(relations.object("ship", (0, 0, 2, 1)), RELATES, mask)
    (frame,) = frames_per_batch(buffer)
    assert len(list(segmentations_per_frame(frame))) == 1
    assert [obj.mask_params.width for obj in objects_per_frame(frame)] == [0, 0]


# ---- tensors ----


def test_tensors_of_a_buffer_are_the_frames(buffer):
    whole = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
    columns = np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3))
    analytics.add_tensors(buffer, boxes=whole, classes=columns)
    (frame,) = frames_per_batch(buffer)
    (tensors,) = tensors_per_frame(frame)
    assert (tensors.num_output_layers, tensors.unique_id) == (2, 0)
    assert list(tensors.layers()) == ["boxes", "classes"]
    layer = tensors.output_layers_info(0)
    assert (layer.layerName, layer.dataType, layer.dims) == ("boxes", 0, (1, 2, 3))
    assert layer.to_array().tolist() == whole.tolist()
    assert tensors.layers()["classes"].to_array().tolist() == columns.tolist()
    with pytest.raises(IndexError, match="below 2"):
        tensors.output_layers_info(2)
    assert list(objects_per_frame(frame)) == []


def test_tensors_with_objects_and_with_regions(buffer, relations):
    analytics.add_tensors(buffer, boxes=np.zeros(1, np.uint8))
    relations.object("car")
    (frame,) = frames_per_batch(buffer)
    assert len(list(tensors_per_frame(frame))) == frame.num_obj_meta == 1
    other = Gst.Buffer.new()
    GstVideo.buffer_add_video_region_of_interest_meta(other, "region", 1, 2, 3, 4)
    analytics.add_tensors(other, boxes=np.zeros(1, np.uint8))
    (frame,) = frames_per_batch(other)
    assert len(list(tensors_per_frame(frame))) == frame.num_obj_meta == 1


def test_tensors_among_the_relations(buffer, relations):
    face = relations.object("face")
    relations.relate(face, RELATES, relations.tensor("embedding", np.ones(4, np.float32)))
    relations.tensor("scores", np.zeros(2, np.float32))
    (frame,) = frames_per_batch(buffer)
    (obj,) = objects_per_frame(frame)
    (of_object,), (of_frame,) = tensors_per_object(obj), tensors_per_frame(frame)
    assert of_object.layers()["embedding"].to_array().tolist() == [1, 1, 1, 1]
    assert list(of_frame.layers()) == ["scores"]


def test_tensors_are_let_go_of_with_their_views(buffer):
    analytics.add_tensors(buffer, boxes=np.zeros(4, np.float32))
    (frame,) = frames_per_batch(buffer)
    (tensors,) = tensors_per_frame(frame)
    layer = tensors.output_layers_info(0)
    del buffer, frame, tensors
    gc.collect()
    assert layer.to_array().tolist() == [0, 0, 0, 0]


# ---- batches ----


def test_each_stream_of_a_batch_is_a_source():
    buffer = Gst.Buffer.new()
    pictures = [Gst.Buffer.new() for _ in range(4)]
    for number, picture in enumerate(pictures[:3]):
        picture.pts = number
        Relations(picture).object(f"o{number}", (number, 0, 1, 1))
    several = Gst.BufferList.new()
    several.insert(-1, pictures[1])
    several.insert(-1, pictures[2])
    caps = Gst.Caps.from_string("video/x-raw,format=GRAY8,width=320,height=240,framerate=1/1")
    analytics.add_batch(
        buffer, [Gst.Event.new_caps(caps), pictures[0]], [several], [pictures[3]], []
    )
    found = [
        (f.batch_id, f.source_id, f.buf_pts, f.source_frame_width, f.num_obj_meta)
        for f in frames_per_batch(buffer)
    ]
    none = Gst.CLOCK_TIME_NONE
    assert found == [(0, 0, 0, 320, 1), (1, 1, 1, 0, 1), (2, 1, 2, 0, 1), (3, 2, none, 0, 0)]
    assert [(each.label, each.source_id) for each in detections(buffer)] == [
        ("o0", 0), ("o1", 1), ("o2", 1)
    ]  # fmt: skip
    assert recorded(buffer) == detections(buffer)


# ---- several carriers ----


def test_portable_metadata_comes_first_and_regions_last(buffer, relations, caplog):
    relations.object("analytics")
    GstVideo.buffer_add_video_region_of_interest_meta(buffer, "region", 1, 2, 3, 4)
    note_carriers.cache_clear()
    for _ in range(3):
        assert [obj.obj_label for obj in objects(buffer)] == ["analytics"]
        assert [found.label for found in recorded(buffer)] == ["analytics"]
    (line,) = caplog.records
    assert line.getMessage() == (
        "a buffer has GstAnalytics, which is read, and regions of interest, which is not"
    )
    BatchMeta.attach(buffer).add_frame().add_object().obj_label = "portable"
    assert [obj.obj_label for obj in objects(buffer)] == ["portable"]
    assert [found.label for found in recorded(buffer)] == ["portable"]
    assert len(caplog.records) == 2


def test_a_native_probe_tells_that_there_were_several(buffer, relations):
    relations.object("analytics")
    pad, ring = flowing_pad(), Ring(10, 1 << 20, POLICIES.index("drop-oldest"))
    probe = RecordProbe(pad, [ring.handle])
    pad.push(buffer.copy())
    assert probe.carriers == 0
    GstVideo.buffer_add_video_region_of_interest_meta(buffer, "region", 1, 2, 3, 4)
    pad.push(buffer)
    assert probe.carriers == 4 + 8
    probe.remove()
    pad.set_active(False)


# ---- adding ----


def changed(buffer, change, *, writable=True):
    """What a probe behind another one reads, and the errors of the first one."""
    seen, pad = [], flowing_pad()

    def first(pad, info):
        for frame in frames_per_batch(info):
            change(frame)

    def second(pad, info):
        for frame in frames_per_batch(info):
            for obj in objects_per_frame(frame):
                labels = [each.result_label for each in labels_per_object(obj)]
                above = obj.parent and obj.parent.obj_label
                seen.append((obj.obj_label, last_bbox(obj), obj.object_id, above, labels))

    with attach(pad, first, writable=writable) as probe, attach(pad, second):
        pad.push(buffer)
    pad.set_active(False)
    return seen, probe.stats().errors


CAR = ("car", Bbox(1, 2, 3, 4), UNTRACKED, None)


def test_what_is_added_is_on_the_buffer_for_the_next(buffer, relations):
    relations.object("car", (1, 2, 3, 4))

    def add(frame):
        (car,) = objects_per_frame(frame)
        add_object(frame, label="plate", box=(1.6, 2.4, 3, 4), parent=car, object_id=7)
        add_classification(car, "red", confidence=0.5)
        assert frame.num_obj_meta == 2

    seen, errors = changed(buffer, add)
    assert errors == {}
    assert seen == [(*CAR, ["red"]), ("plate", Bbox(2, 2, 3, 4), 7, "car", [])]


def test_an_object_is_added_to_a_picture_without_any(buffer, relations):
    pad, seen = flowing_pad(), []

    def add(pad, info):
        for frame in frames_per_batch(info):
            add_object(frame, label="new")

    with attach(pad, add, writable=True) as probe:
        pad.push(buffer)
        second = Gst.Buffer.new()
        with attach(pad, lambda pad, info: seen.extend(each.label for each in detections(info))):
            pad.push(second)
    pad.set_active(False)
    assert (probe.stats().errors, seen) == ({}, ["new"])


def test_an_object_that_was_added_can_be_removed_again(buffer, relations):
    relations.object("car", (1, 2, 3, 4))

    def change(frame):
        remove_object(frame, add_object(frame, label="slip"))
        (car,) = objects_per_frame(frame)
        with pytest.raises(TypeError, match="keeps what was written"):
            remove_object(frame, car)

    assert changed(buffer, change) == ([(*CAR, [])], {})


def test_odd_boxes_are_added_as_pixels(buffer, relations):
    boxes = [(math.nan, math.inf, -math.inf, 1e30), (-1.5, 0.4, 2.6, 1)]

    def add(frame):
        for box in boxes:
            add_object(frame, box=box)

    seen, errors = changed(buffer, add)
    assert errors == {}
    most = float(2**31)
    assert [box for _, box, *_ in seen] == [(0, most, -most, most), (-2, 0, 3, 1)]


@pytest.mark.parametrize("add", [add_display, lambda frame: add_user_meta(frame, "any")])
def test_there_is_no_place_for_more(buffer, relations, add):
    seen, errors = changed(buffer, add)
    assert (seen, errors) == ([], {"TypeError": 1})


def test_without_writable_nothing_is_added(buffer, relations):
    relations.object("car", (1, 2, 3, 4))
    refused = []

    def add(frame):
        with pytest.raises(TypeError, match="writable=True") as caught:
            add_object(frame)
        refused.append(caught)

    kept = buffer.copy()  # and a second holder, so that the buffer is shared
    pad = flowing_pad()
    with attach(pad, lambda pad, info: [add(frame) for frame in frames_per_batch(info)]):
        several = Gst.BufferList.new()
        several.insert(-1, kept)
        pad.push_list(several.copy())
    pad.set_active(False)
    for frame in frames_per_batch(buffer):
        add(frame)
    assert refused


def test_regions_still_take_nothing(buffer):
    GstVideo.buffer_add_video_region_of_interest_meta(buffer, "region", 1, 2, 3, 4)
    seen, errors = changed(buffer, add_object)
    assert (len(seen), errors) == (1, {"TypeError": 1})


# ---- other libraries, each in a process of its own ----

READ = """
import ctypes, sys
from standins import analytics
analytics.library = lambda: library
library = ctypes.CDLL(sys.argv[1])
library.gst_buffer_add_analytics_relation_meta_full.restype = ctypes.c_void_p
from pythiags.gst import Gst
from pythiags.gst.carriers import detections, frames_per_batch
from pythiags.metadata import objects_per_frame
buffer = Gst.Buffer.new()
relations = analytics.Relations(buffer)
plate, car = relations.object("plate"), relations.object("car", (1, 2, 3, 4))
relations.relate(plate, analytics.PART_OF, car)
relations.relate(car, analytics.RELATES, relations.track(7))
print([(found.label, found.object_id) for found in detections(buffer)])
for frame in frames_per_batch(buffer):
    print([obj.parent.obj_label for obj in objects_per_frame(frame) if obj.parent])
"""


@pytest.mark.parametrize("option", ["-DOTHER_LAYOUT", "-DVERSION=24", "-DVERSION=26"])
def test_libraries_of_other_versions_are_read_alike(option):
    words = [sys.executable, "-c", READ, str(analytics.build(option))]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=60,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == f"[('plate', {UNTRACKED}), ('car', 7)]\n['car']\n"


COUNT = """
import ctypes, sys
from standins import analytics
analytics.library = lambda: library
library = ctypes.CDLL(sys.argv[1])
library.gst_buffer_add_analytics_relation_meta_full.restype = ctypes.c_void_p
from gst.test_analytics import crowd, read_late
from pythiags.gst import Gst
from pythiags.gst.carriers import detections
asked = ctypes.c_uint.in_dll(library, "relations_asked")
for order in sys.argv[3:]:
    for count in (100, 1000):
        buffer = Gst.Buffer.new()
        crowd(buffer, order, count)
        before = asked.value
        if sys.argv[2] == "in one pass":
            assert len(detections(buffer)) == count
        else:
            assert len(read_late(buffer, lambda *found: found)) == count
        print(order, (asked.value - before) / count <= 8)
"""


@pytest.mark.parametrize("how", ["in one pass", "one by one"])
def test_relations_that_are_asked_for_do_not_grow_with_the_square(how):
    orders = ["each with its own", "kind by kind", "backwards", "some without"]
    words = [sys.executable, "-c", COUNT, str(analytics.build("-DOTHER_LAYOUT")), how, *orders]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=60,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == "".join(f"{order} True\n" * 2 for order in orders)


def test_a_library_that_lacks_a_function_is_no_carrier(tmp_path):
    path = analytics.build("-Dgst_analytics_cls_mtd_get_length=elsewhere")
    words = [sys.executable, "-c", READ, str(path)]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=60,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "GST_DEBUG": "pythiagsanalytics:2", "PATH": ""},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "[]\n")
    assert done.stderr.count("has no function gst_analytics_cls_mtd_get_length") == 1
