"""What the vocabulary reads of a buffer is what it reads of the buffer that its recording makes."""

import json
import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standins.carriers import DeepStream
from standins.nvidia import ByHand, ByHand9, Nvidia, needs_library

from pythiags import (
    NO_CONFIDENCE,
    UNTRACKED,
    Bbox,
    Detection,
    Metadata,
    RecordingError,
    add_classification,
    add_display,
    add_object,
    add_user_meta,
    analytics_per_frame,
    analytics_per_object,
    batch_of,
    classifiers_per_object,
    detector_bbox,
    displays_per_frame,
    frames_per_batch,
    labels_per_object,
    last_bbox,
    objects_per_frame,
    past_frames_per_track,
    past_streams_per_batch,
    past_tracks_per_stream,
    segmentations_per_frame,
    tensors_per_frame,
    tensors_per_object,
    tracker_bbox,
    user_metas_per_batch,
    user_metas_per_frame,
    user_metas_per_object,
)
from pythiags.gst._gst import BatchMeta
from pythiags.metadata import MetaType
from pythiags.recording import Documents, Filler
from pythiags.recording.fields import NUMBERS, number
from pythiags.recording.payloads import (
    AnalyticsFrame,
    AnalyticsObject,
    Layer,
    PastBatch,
    PastFrame,
    PastStream,
    PastTrack,
    Segmentation,
    Tensors,
)
from pythiags.testing import Portable, Regions, SceneFrame, SceneLabel, SceneObject


def played(batch, **options):
    """The batch that a recording of a batch makes, by way of a line of JSON."""
    document = Documents(**options).of(batch)
    line = json.dumps(document, allow_nan=False)
    made = BatchMeta(1)
    Filler("run.jsonl").fill(made, json.loads(line), 2)
    assert Documents(**options).of(made) == document, "and once more"
    return made


def one_frame():
    batch = BatchMeta(1)
    return batch, batch.add_frame()


def single(value):
    """A value as 32 bits have it."""
    return struct.unpack("f", struct.pack("f", value))[0]


OBJECTS = (
    SceneObject(
        label="car",
        class_id=2,
        confidence=0.9,
        bbox=Bbox(10, 20.5, 30, 40),
        object_id=7,
        component_id=1,
        labels=(SceneLabel("red", 4, 0.75),),
    ),
    SceneObject(label="plate", class_id=0, bbox=Bbox(12, 30, 5, 2), parent=0, component_id=2),
    SceneObject(label="ü" * 63, class_id=1, bbox=Bbox(0, 0, 1, 1), component_id=3),
)
CARRIERS = [
    pytest.param(Portable, id="portable"),
    pytest.param(lambda: DeepStream(Nvidia), id="NVIDIA's library"),
    pytest.param(lambda: DeepStream(ByHand), id="before 9"),
    pytest.param(lambda: DeepStream(ByHand9), id="9"),
    pytest.param(Regions, id="regions"),
]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_objects_of_every_carrier(carrier):
    carrier = carrier()
    if "NVIDIA" in carrier.name or "Nvidia" in carrier.name:
        needs_library()
    with carrier.carry([SceneFrame(objects=OBJECTS, frame_num=0, pts=1 << 40)]) as source:
        batch = batch_of(source)
        before = read(batch)
        after = read(played(batch))
    assert before == after
    (frame,) = before
    assert [each[0] for each in frame[1]] == ["car", "plate", "ü" * 63]


def read(batch):
    """What an application reads, as plain values."""
    return [
        (
            (frame.source_id, frame.frame_num, frame.buf_pts, frame.source_frame_width),
            [
                (
                    *Detection.of(frame, obj, last_bbox(obj)),
                    detector_bbox(obj),
                    tracker_bbox(obj),
                    obj.parent.obj_label if obj.parent is not None else None,
                    [(each.result_label, each.result_prob) for each in labels_per_object(obj)],
                )
                for obj in objects_per_frame(frame)
            ],
        )
        for frame in frames_per_batch(batch)
    ]


def test_every_field_of_frames_and_batches():
    batch = BatchMeta(4)
    for slot, source in ((2, 7), (0, 9)):
        frame = batch.add_frame()
        frame.batch_id, frame.source_id, frame.pad_index = slot, source, source + 1
        frame.frame_num, frame.buf_pts, frame.ntp_timestamp = -1, (1 << 64) - 1, 1 << 63
        frame.source_frame_width, frame.source_frame_height = 4000, 3000
        frame.pipeline_width, frame.pipeline_height = 640, 480
        frame.num_surfaces_per_frame, frame.bInferDone = 2, 1
    made = played(batch)
    assert (made.max_frames_in_batch, made.num_frames_in_batch) == (4, 2)
    for before, after in zip(frames_per_batch(batch), frames_per_batch(made), strict=True):
        for name in (
            *("batch_id", "source_id", "pad_index", "frame_num", "buf_pts", "ntp_timestamp"),
            *("source_frame_width", "source_frame_height", "pipeline_width", "pipeline_height"),
            *("num_surfaces_per_frame", "bInferDone"),
        ):
            assert getattr(after, name) == getattr(before, name), name


def test_an_object_that_nothing_is_known_of():
    batch, frame = one_frame()
    frame.add_object()
    assert Documents().of(batch)["frames"][0]["objects"] == [{}]
    (obj,) = objects_per_frame(next(frames_per_batch(played(batch))))
    assert (obj.obj_label, obj.class_id, obj.object_id) == ("", -1, UNTRACKED)
    assert obj.confidence == single(NO_CONFIDENCE)
    assert last_bbox(obj) == detector_bbox(obj) == (0, 0, 0, 0)


def test_boxes_that_differ():
    batch, frame = one_frame()
    for number_, box in enumerate([Bbox(1, 2, 3, 4), Bbox(0, 0, 0, 0)]):
        obj = add_object(frame, box=box)
        if number_:  # only a tracker has seen it, and something has drawn it
            obj.detector_bbox_info.org_bbox_coords.left = 5
        obj.tracker_bbox_info.org_bbox_coords.width = 9.25
        obj.tracker_confidence = 0.5
        obj.rect_params.left += 1
    before = read(batch)
    after = played(batch)
    assert read(after) == before
    assert [each.tracker_confidence for each in objects_per_frame(next(frames_per_batch(after)))]


def test_how_objects_are_drawn():
    batch, frame = one_frame()
    obj = add_object(frame, label="car")
    rect, text = obj.rect_params, obj.text_params
    rect.border_width, rect.has_bg_color, rect.has_color_info, rect.color_id = 3, 1, 1, -4
    rect.border_color.set(1, 0, 0.1, 1)
    rect.bg_color.set(0, 0, 0, 0.25)
    text.display_text, text.x_offset, text.y_offset, text.set_bg_clr = (
        "car 7\n",
        10,
        4_294_967_290,
        1,
    )
    text.font_params.font_name, text.font_params.font_size = "Serif", 12
    text.font_params.font_color.set(1, 1, 1, 1)
    text.text_bg_clr.set(0.5, 0.5, 0.5, 1)
    (made,) = objects_per_frame(next(frames_per_batch(played(batch))))
    for before, after in ((rect, made.rect_params), (text, made.text_params)):
        assert repr(after) == repr(before)
    assert repr(made.rect_params.border_color) == repr(rect.border_color)
    assert repr(made.text_params.font_params) == repr(text.font_params)
    (made,) = objects_per_frame(next(frames_per_batch(played(batch, drawing=False))))
    assert (made.rect_params.border_width, made.text_params.display_text) == (0, None)


def test_display_metas():
    batch, frame = one_frame()
    for count in (16, 1):
        display = add_display(frame)
        display.num_rects = display.num_labels = display.num_lines = count
        display.num_arrows = display.num_circles = count
        for i in range(count):
            display.rect_params[i].left, display.rect_params[i].border_width = i + 0.5, 2
            display.text_params[i].display_text = f"text {i}"
            display.line_params[i].x1 = i
            display.arrow_params[i].arrow_head = i % 3
            display.circle_params[i].radius = i
            display.circle_params[i].circle_color.set(0, 1, 0, 1)
    made = next(frames_per_batch(played(batch)))
    pairs = list(zip(displays_per_frame(frame), displays_per_frame(made), strict=True))
    assert len(pairs) == 2
    for before, after in pairs:
        for name in ("rect_params", "text_params", "line_params", "arrow_params", "circle_params"):
            assert list(map(repr, getattr(after, name))) == list(map(repr, getattr(before, name)))
        assert after.circle_params[0].circle_color.green == 1


def test_classifiers_stay_apart():
    batch, frame = one_frame()
    obj = add_object(frame)
    add_classification(obj, "red", class_id=4, confidence=0.75, label_id=1, component_id=2)
    add_classification(obj, "suv", class_id=1, confidence=1, component_id=2)
    add_classification(obj, "clean", component_id=3)
    (made,) = objects_per_frame(next(frames_per_batch(played(batch))))
    found = [
        (each.unique_component_id, [label.result_label for label in each.iter_labels()])
        for each in classifiers_per_object(made)
    ]
    assert found == [(2, ["red", "suv"]), (3, ["clean"])]
    assert next(labels_per_object(made)).label_id == 1


@pytest.mark.parametrize("arrays", ["shape", "data"])
def test_masks(arrays, caplog):
    batch, frame = one_frame()
    obj = add_object(frame)
    obj.mask_params.set_mask_array(np.arange(6).reshape(2, 3))
    obj.mask_params.threshold = 0.5
    document = Documents(arrays=arrays).of(batch)
    made = BatchMeta()
    Filler("run.jsonl").fill(made, json.loads(json.dumps(document)), 2)
    (after,) = objects_per_frame(next(frames_per_batch(made)))
    if arrays == "shape":
        assert after.mask_params.size == 0
        assert "run.jsonl:2: a mask was recorded without its numbers" in caplog.text
        return
    mask = after.mask_params
    assert (mask.width, mask.height, mask.threshold) == (3, 2, 0.5)
    assert mask.get_mask_array().tolist() == [0, 1, 2, 3, 4, 5]


SCORES = np.array([[0.5, np.nan]], np.float16)
TENSORS = Tensors(3, (Layer("scores", 1, (1, 2), SCORES), Layer(None, 0, (2,), None)))
CLASSES = np.array([[0, 1], [-1, 2]], np.int32)
COUNTS = AnalyticsFrame(
    {"zone": 4_000_000_000}, {"zone": True}, {"line": 1}, {"line": 9}, {-1: 2, 7: 1}, 5
)
STATES = AnalyticsObject(["zone"], [], ["line"], "north", 5, "loitering")
PAST = PastBatch(
    (PastStream(4, (PastTrack(1 << 63, 2, "car", (PastFrame(8, Bbox(1, 2, 3, 4), 0.5, 6),)),)),)
)


@pytest.mark.parametrize("arrays", ["shape", "data"])
def test_what_networks_trackers_and_analytics_attach(arrays):
    batch, frame = one_frame()
    obj = add_object(frame)
    for holder in (frame, obj):
        add_user_meta(holder, TENSORS, MetaType.NVDSINFER_TENSOR_OUTPUT)
    add_user_meta(frame, Segmentation(3, 2, 2, CLASSES), MetaType.NVDSINFER_SEGMENTATION)
    add_user_meta(frame, COUNTS, MetaType.FRAME_NVDSANALYTICS)
    add_user_meta(obj, STATES, MetaType.OBJ_NVDSANALYTICS)
    add_user_meta(batch, PAST, MetaType.TRACKER_PAST_FRAME)
    made = played(batch, arrays=arrays)
    frame = next(frames_per_batch(made))
    (obj,) = objects_per_frame(frame)
    assert list(analytics_per_frame(frame)) == [COUNTS]
    assert list(analytics_per_object(obj)) == [STATES]
    (stream,) = past_streams_per_batch(made)
    (track,) = past_tracks_per_stream(stream)
    assert (stream, list(past_frames_per_track(track))) == (PAST.streams[0], [track.frames[0]])
    (tensors,) = tensors_per_frame(frame)
    assert list(tensors_per_object(obj)) == [tensors] == [TENSORS]
    (segmentation,) = segmentations_per_frame(frame)
    assert (segmentation.classes, segmentation.width, segmentation.height) == (3, 2, 2)
    layer = tensors.layers()["scores"]
    if arrays == "data":
        np.testing.assert_array_equal(layer.to_array(), SCORES)
        np.testing.assert_array_equal(segmentation.get_segmentation_masks(), CLASSES)
        assert layer.to_array().dtype == np.float16
    else:
        for read_numbers in (layer.to_array, segmentation.get_segmentation_masks):
            with pytest.raises(RecordingError, match="--arrays=data"):
                read_numbers()
    with pytest.raises(RecordingError, match="without its numbers"):
        tensors.output_layers_info(1).to_array()


def test_user_metas_that_json_can_hold_and_others(caplog):
    batch, frame = one_frame()
    obj = add_object(frame)
    add_user_meta(batch, {"weather": ["rain", None, 0.5]}, 8193)
    add_user_meta(frame, Detection("a", 1, 0.5, Bbox(1, 2, 3, 4)), 8194)
    for _ in range(2):
        add_user_meta(obj, object(), 8195)
    add_user_meta(obj, "anybody's", MetaType.NVDSINFER_TENSOR_OUTPUT)
    document = Documents().of(batch)
    made = BatchMeta()
    Filler("run.jsonl").fill(made, json.loads(json.dumps(document)), 2)
    frame = next(frames_per_batch(made))
    (obj,) = objects_per_frame(frame)
    found = [
        [(each.base_meta.meta_type, each.user_meta_data) for each in metas]
        for metas in (
            user_metas_per_batch(made),
            user_metas_per_frame(frame),
            user_metas_per_object(obj),
        )
    ]
    assert found[0] == [(8193, {"weather": ["rain", None, 0.5]})]
    assert found[1][0][1]["bbox"] == {"left": 1, "top": 2, "width": 3, "height": 4}
    assert found[2] == [(12, "anybody's")]
    written = [each.getMessage() for each in caplog.records if "left out" in each.getMessage()]
    assert written == [
        "user metadata of type 8195 has no form in JSON and is left out: builtins.object"
    ], "once, of two"
    assert caplog.text.count("user metadata of type 8195 was not recorded") == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks(value):
    batch, frame = one_frame()
    obj = add_object(frame, box=(value, 0, 1, 1), confidence=value)
    obj.rect_params.border_color.set(value, 0, 0, 1)
    (made,) = objects_per_frame(next(frames_per_batch(played(batch))))
    found = (made.rect_params.left, made.confidence, made.rect_params.border_color.red)
    assert str(found) == str((value,) * 3)


@given(st.floats(width=32))
def test_a_number_is_the_same_32_bits_and_has_few_digits(value):
    short = number(value)
    back = NUMBERS[short] if isinstance(short, str) else short
    assert (
        struct.pack("f", back) == struct.pack("f", value) or back == value == 0 or math.isnan(value)
    )
    assert len(json.dumps(short).lstrip("-")) <= 18


def test_neat_numbers_stay_neat():
    assert [number(single(each)) for each in (0.9, 12.5, 3.0, 1e20)] == [0.9, 12.5, 3, 1e20]


def test_the_extractor_takes_a_batch_and_a_buffer_without_metadata_is_no_event():
    from pythiags.gst import Gst

    batch, _ = one_frame()
    assert Metadata().extract_metadata(None, batch) == {
        "frames": [{"source_id": 0, "frame_num": 0, "buf_pts": 0}]
    }
    assert Metadata().extract_metadata(None, Gst.Buffer.new()) is None
