"""Recordings on each carrier: what was recorded is read, where the carrier has a place for it."""

import json

import numpy as np
import pytest
from standins import analytics as standin
from standins.nvidia import needs_library

from pythiags import (
    App,
    Bbox,
    ConfigError,
    MissingDependency,
    NoFramesError,
    RecordingError,
    add_classification,
    add_display,
    add_object,
    add_user_meta,
    batch_of,
    frames_per_batch,
    labels_per_object,
    objects_per_frame,
)
from pythiags.gst._gst import BatchMeta
from pythiags.gst.carriers import detections
from pythiags.metadata import MetaType
from pythiags.recording import Documents
from pythiags.recording.payloads import AnalyticsFrame, Layer, Tensors
from pythiags.testing import (
    Analytics,
    Collecting,
    SceneFrame,
    SceneLabel,
    SceneObject,
    carried,
    carried_buffers,
    make_batch,
    synthetic,
)

OBJECTS = (
    SceneObject("car", 2, 0.5, Bbox(10, 20, 30, 40), 7, None, (SceneLabel("red", 4, 0.75),), 1),
    SceneObject("plate", 0, 0.25, Bbox(12, 30, 5, 2), parent=0, component_id=2),
)


@pytest.fixture(autouse=True)
def some_analytics(monkeypatch):
    monkeypatch.setattr(carried, "analytics_library", standin.library)


def write(path, *documents):
    lines = [{"format": "pythiags-metadata", "version": 1}, *documents]
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    return path


def read(buffer):
    """What applications read of a buffer's objects, without what not all carriers have."""
    return [
        (
            (obj.obj_label, round(obj.confidence, 4), obj.object_id),
            (obj.rect_params.left, obj.rect_params.width),
            obj.parent and obj.parent.obj_label,
            [(label.result_label, label.result_prob) for label in labels_per_object(obj)],
        )
        for frame in frames_per_batch(buffer)
        for obj in objects_per_frame(frame)
    ]


@pytest.mark.parametrize("carrier", ["portable", "deepstream", "analytics", "regions"])
def test_objects_are_read_on_every_carrier(tmp_path, carrier):
    if carrier == "deepstream":
        needs_library()
    batch = make_batch(SceneFrame(OBJECTS, pts=40, frame_num=3))
    path = write(tmp_path / "run", {"pts": 40, **Documents().of(batch)}, {"frames": [{}]})
    first, second = carried_buffers(path, carrier)
    assert (first.pts, read(first), read(second)) == (40, read(batch), [])
    assert [found.label for found in detections(first)] == ["car", "plate"]
    names = {"portable": "BatchMeta", "deepstream": "NvDsBatchMeta"}
    assert type(batch_of(first)).__name__ == names.get(carrier, "BatchMeta")


def test_what_gstreamer_wrote_is_recorded_and_played_as_it_was(tmp_path):
    with Analytics(standin.library()).carry([SceneFrame(OBJECTS)]) as info:
        written, document = read(info), Documents().of(batch_of(info))
    (again,) = carried_buffers(write(tmp_path / "run", document), "analytics")
    assert read(again) == written
    more = Documents().of(batch_of(again))
    for each in (document["frames"][0], more["frames"][0]):
        each.pop("buf_pts")  # a probe's, and that of a buffer
    assert more == document


def everything():
    """A batch with something of each kind."""
    batch = BatchMeta(4)
    for source in (5, 6):
        frame = batch.add_frame()
        frame.source_id = frame.pad_index = source
        frame.buf_pts, frame.ntp_timestamp, frame.bInferDone = (1 << 64) - 1, 1 << 63, 1
        frame.source_frame_width, frame.pipeline_width, frame.pipeline_height = 4000, 640, 480
    obj = add_object(frame, label="ü" * 63, box=(1, 2, 3, 4.5), confidence=0.5, class_id=1)
    obj.detector_bbox_info.org_bbox_coords.left = 9
    obj.tracker_bbox_info.org_bbox_coords.width = 9.25
    obj.tracker_confidence = 0.75
    rect, text = obj.rect_params, obj.text_params
    rect.border_width, rect.color_id = 3, -4
    rect.border_color.set(1, 0, 0.1, 1)
    text.display_text, text.x_offset = "car 7", 10
    text.font_params.font_name, text.font_params.font_size = "Serif", 12
    obj.mask_params.set_mask_array(np.arange(6).reshape(2, 3))
    add_classification(obj, "red", class_id=4, confidence=0.75, label_id=1, component_id=2)
    add_classification(obj, "suv", class_id=1, confidence=1, component_id=3)
    add_object(frame, label="plate", box=(1, 2, 3, 4), parent=obj, class_id=2)
    display = add_display(frame)
    display.num_lines = display.num_circles = 2
    display.line_params[1].x1, display.circle_params[0].radius = 7, 8
    display.circle_params[1].circle_color.set(0, 1, 0, 1)
    counts = AnalyticsFrame({"zone": 4}, {"zone": True}, {}, {"line": 9}, {-1: 2}, 5)
    add_user_meta(frame, counts, MetaType.FRAME_NVDSANALYTICS)
    tensors = Tensors(3, (Layer("scores", 0, (2,), np.array([1, 2], "f")),))
    add_user_meta(obj, tensors, MetaType.NVDSINFER_TENSOR_OUTPUT)
    add_user_meta(batch, {"weather": "rain"}, 8193)
    return batch


def test_deepstreams_has_all_that_was_recorded(tmp_path):
    needs_library()
    document = Documents(arrays="data").of(everything())
    (buffer,) = carried_buffers(write(tmp_path / "run", document), "deepstream")
    for each in (buffer, buffer.copy()):  # which NVIDIA's library makes
        assert len(read(each)) == 2
    assert Documents(arrays="data").of(batch_of(buffer)) == document


def test_a_parent_may_follow_and_a_circle_is_cut(tmp_path):
    needs_library()
    frame = {"objects": [{"obj_label": f"o{i}", "class_id": i, "parent": (i + 1) % 3}
                         for i in range(3)]}  # fmt: skip
    path = write(tmp_path / "run", {"frames": [frame], "max_frames_in_batch": 0})
    parents = []
    for carrier in ("portable", "deepstream", "analytics", "regions"):
        (buffer,) = carried_buffers(path, carrier)
        parents.append([parent for _, _, parent, _ in read(buffer)])
        buffer.copy()
    assert parents == [["o1", "o2", None]] * 4


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ({"frame_num": "x"}, "frames[0].frame_num: "),
        ({"pipeline_width": -1}, "frames[0].pipeline_width: expected an integer from 0"),
        ({"objects": 3}, "frames[0].objects: expected a list, got 3"),
        ({"objects": ["x"]}, "frames[0].objects[0]: expected an object of JSON, got 'x'"),
        ({"objects": [{"confidence": []}]}, "frames[0].objects[0].confidence: "),
        ({"objects": [{"bbox": [1]}]}, "frames[0].objects[0]: a box: expected four numbers"),
        ({"objects": [{"bbox": 1}]}, "frames[0].objects[0]: a box: expected a list"),
        ({"objects": [{"parent": 0}]}, "objects[0].parent: expected the place of another of 1"),
        (7, "frames[0]: expected an object of JSON, got 7"),
    ],
)
def test_what_is_wrong_is_named_on_deepstreams_too(tmp_path, frame, says):
    needs_library()
    path = write(tmp_path / "run", {"frames": [frame]})
    with pytest.raises(RecordingError) as caught:
        list(carried_buffers(path, "deepstream"))
    assert says in str(caught.value)
    assert f"{path}:2" in str(caught.value)


def test_several_pictures_need_a_carrier_of_several(tmp_path):
    path = write(tmp_path / "run", {"frames": []}, {"frames": [{}, {}]})
    for carrier in ("analytics", "regions"):
        buffers = carried_buffers(path, carrier)
        assert read(next(buffers)) == []
        with pytest.raises(RecordingError, match=r"(?s)buffer 1 has 2 pictures.*nvstreamdemux"):
            next(buffers)


def test_a_carrier_that_cannot_be_made_is_refused_at_once(tmp_path, monkeypatch):
    path = write(tmp_path / "run", {"frames": []})
    with pytest.raises(ConfigError, match=r"(?s)unknown carrier: .analytcs.*mean .analytics"):
        carried_buffers(path, "analytcs")
    monkeypatch.setattr(carried, "analytics_library", lambda: None)
    with pytest.raises(MissingDependency, match=r"(?s)has no GstAnalytics.*1\.24"):
        carried_buffers(path, "analytics")
    monkeypatch.setattr(carried.nvidia, "why_missing", lambda: "there is none")
    with pytest.raises(MissingDependency, match="cannot be made here: there is none"):
        carried_buffers(path, "deepstream")
    with pytest.raises(RecordingError, match="nothing-here"):
        carried_buffers(tmp_path / "nothing-here", "regions")


def test_nothing_recorded_is_an_error(tmp_path):
    with pytest.raises(NoFramesError, match="nothing was recorded"):
        list(carried_buffers(write(tmp_path / "run"), "regions"))


@pytest.mark.parametrize("carrier", ["deepstream", "analytics", "regions"])
def test_an_app_plays_them(tmp_path, carrier):
    if carrier == "deepstream":
        needs_library()
    scenes = synthetic(3, buffers=20, objects=3)
    path = write(tmp_path / "run", *({"pts": frames[0].pts, **Documents().of(make_batch(*frames))}
                                     for frames in scenes))  # fmt: skip
    seen = Collecting()
    with App.from_buffers(carried_buffers(path, carrier)) as app:
        app.attach("source", lambda _, info: [next(frames_per_batch(info)).buf_pts], seen)
        app.run()
    assert [pts for (pts,) in seen.events] == [frames[0].pts for frames in scenes]
