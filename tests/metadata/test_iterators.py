"""The iterators over pyds's lists of handles."""

from __future__ import annotations

import pytest

from pythiags.metadata import (
    Bbox,
    analytics_per_frame,
    analytics_per_object,
    classifiers_per_object,
    detector_bbox,
    displays_per_frame,
    frames_of,
    labels_per_object,
    last_bbox,
    objects_per_frame,
    past_bbox,
    past_frames_per_track,
    past_streams_per_batch,
    past_tracks_per_stream,
    tracker_bbox,
    user_metas_per_frame,
)


def make_frame(pyds, *objects):
    frame = pyds.NvDsFrameMeta()
    frame.num_obj_meta = len(objects)
    frame.obj_meta_list = pyds.standin_list(objects)
    return frame


def make_object(pyds, label, class_id=0):
    obj = pyds.NvDsObjectMeta()
    obj.obj_label, obj.class_id = label, class_id
    return obj


def make_user(pyds, meta_type, payload):
    user = pyds.NvDsUserMeta()
    user.base_meta.meta_type = pyds.NvDsMetaType(meta_type)
    user.user_meta_data = pyds.standin_handle(payload)
    return user


@pytest.mark.parametrize("turned", [False, True])
def test_objects_come_in_one_order_whichever_way_their_list_runs(pyds, turned):
    """NVIDIA's library adds at the head, and turns lists around when it copies a buffer."""
    objects = [make_object(pyds, name, i) for i, name in enumerate(("car", "person", "bus"))]
    frame = make_frame(pyds, *(reversed(objects) if turned else objects))
    assert [obj.obj_label for obj in objects_per_frame(frame)] == ["car", "person", "bus"]


def test_objects_that_are_alike_begin_with_the_oldest(pyds):
    frame = make_frame(pyds, *(make_object(pyds, name) for name in ("new", "newer", "old")))
    assert [obj.obj_label for obj in objects_per_frame(frame)] == ["old", "newer", "new"]


@pytest.mark.parametrize("turned", [False, True])
def test_numbers_that_are_none_never_decide(pyds, turned):
    one, other = make_object(pyds, "one"), make_object(pyds, "other")
    one.confidence = other.confidence = float("nan")
    other.rect_params.left = 5
    pair = [other, one] if turned else [one, other]
    assert [obj.obj_label for obj in objects_per_frame(make_frame(pyds, *pair))] == ["one", "other"]


def test_an_empty_list_is_no_object(pyds):
    assert list(objects_per_frame(make_frame(pyds))) == []


def test_a_node_may_be_removed_while_it_is_handed_out(pyds):
    frame = make_frame(pyds, *(make_object(pyds, name, i) for i, name in enumerate("abc")))
    seen = []
    node = frame.obj_meta_list
    for obj in objects_per_frame(frame):
        seen.append(obj.obj_label)
        removed, node = node, node.next
        removed.next = None  # what nvds_remove_obj_meta_from_frame leaves behind
    assert seen == ["a", "b", "c"]


def test_frames_of_a_batch(pyds):
    batch = pyds.NvDsBatchMeta()
    frames = [make_frame(pyds) for _ in range(3)]
    for number, frame in enumerate(frames):
        frame.frame_num = number
    batch.frame_meta_list = pyds.standin_list(frames)
    assert [frame.frame_num for frame in frames_of(batch)] == [0, 1, 2]


def test_labels_of_every_classifier(pyds):
    obj = make_object(pyds, "car")
    classifiers = []
    for component, names in ((4, ["red"]), (5, ["sedan", "left"])):
        labels = []
        for label_id, name in enumerate(names):
            label = pyds.NvDsLabelInfo()
            label.result_label, label.label_id = name, label_id
            labels.append(label)
        classifier = pyds.NvDsClassifierMeta()
        classifier.unique_component_id = component
        classifier.label_info_list = pyds.standin_list(labels)
        classifiers.append(classifier)
    obj.classifier_meta_list = pyds.standin_list(classifiers)
    assert [c.unique_component_id for c in classifiers_per_object(obj)] == [4, 5]
    assert [label.result_label for label in labels_per_object(obj)] == ["red", "sedan", "left"]


@pytest.mark.parametrize("era", ["run-time number", "enumerator"])
def test_analytics_in_both_eras(pyds, era, monkeypatch):
    if era == "enumerator":
        monkeypatch.setattr(
            pyds.NvDsMetaType, "NVDS_FRAME_META_NVDSANALYTICS", pyds.NvDsMetaType(32), raising=False
        )
        monkeypatch.setattr(
            pyds.NvDsMetaType, "NVDS_OBJ_META_NVDSANALYTICS", pyds.NvDsMetaType(33), raising=False
        )
        frame_type, object_type = 32, 33
    else:
        frame_type = pyds.nvds_get_user_meta_type("NVIDIA.DSANALYTICSFRAME.USER_META")
        object_type = pyds.nvds_get_user_meta_type("NVIDIA.DSANALYTICSOBJ.USER_META")
    counts, touched = pyds.NvDsAnalyticsFrameMeta(), pyds.NvDsAnalyticsObjInfo()
    counts.objInROIcnt = {"door": 2}
    touched.lcStatus = ["exit"]
    obj = make_object(pyds, "person")
    obj.obj_user_meta_list = pyds.standin_list([make_user(pyds, object_type, touched)])
    frame = make_frame(pyds, obj)
    other = make_user(pyds, 9999, touched)  # would be a wrong cast
    frame.frame_user_meta_list = pyds.standin_list([other, make_user(pyds, frame_type, counts)])
    assert [a.objInROIcnt for a in analytics_per_frame(frame)] == [{"door": 2}]
    assert [a.lcStatus for a in analytics_per_object(obj)] == [["exit"]]
    assert len(list(user_metas_per_frame(frame))) == 2


@pytest.mark.parametrize("old_names", [False, True])
def test_past_frames_under_both_names(pyds, old_names, monkeypatch):
    if old_names:
        monkeypatch.setattr(
            pyds, "NvDsPastFrameObjBatch", pyds.NvDsTargetMiscDataBatch, raising=False
        )
        monkeypatch.delattr(pyds, "NvDsTargetMiscDataBatch")
        batch_class = pyds.NvDsPastFrameObjBatch
    else:
        batch_class = pyds.NvDsTargetMiscDataBatch
    past = pyds.NvDsTargetMiscDataFrame()
    past.frameNum = 7
    past.tBbox.left, past.tBbox.width = 10, 20
    track = pyds.NvDsTargetMiscDataObject([past])
    track.uniqueId = 42
    stream = pyds.NvDsTargetMiscDataStream([track])
    stream.streamID = 3
    batch = pyds.NvDsBatchMeta()
    user = make_user(pyds, 15, batch_class([stream]))
    batch.batch_user_meta_list = pyds.standin_list([user])
    found = [
        (s.streamID, t.uniqueId, f.frameNum, past_bbox(f))
        for s in past_streams_per_batch(batch)
        for t in past_tracks_per_stream(s)
        for f in past_frames_per_track(t)
    ]
    assert found == [(3, 42, 7, Bbox(10, 0, 20, 0))]


def test_each_box_of_an_object(pyds):
    obj = make_object(pyds, "car")
    obj.rect_params.left = 1
    obj.detector_bbox_info.org_bbox_coords.left = 2
    obj.tracker_bbox_info.org_bbox_coords.left = 3
    assert last_bbox(obj) == Bbox(1, 0, 0, 0)
    assert detector_bbox(obj) == Bbox(2, 0, 0, 0)
    assert tracker_bbox(obj) == Bbox(3, 0, 0, 0)


DISPLAY_METAS = [
    lambda one, two: setattr(two, "num_rects", 1),
    lambda one, two: setattr(two.rect_params[0], "left", 4),
    lambda one, two: setattr(two.text_params[0], "x_offset", 4),
    lambda one, two: setattr(two.line_params[0], "x1", 4),
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("differ", DISPLAY_METAS, ids=["count", "box", "text", "line"])
def test_display_metas_come_in_one_order(pyds, differ, turned):
    one, two = pyds.NvDsDisplayMeta(), pyds.NvDsDisplayMeta()
    differ(one, two)
    frame = make_frame(pyds)
    frame.display_meta_list = pyds.standin_list([two, one] if turned else [one, two])
    assert list(displays_per_frame(frame)) == [one, two]
