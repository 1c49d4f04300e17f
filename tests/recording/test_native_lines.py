"""Lines that C reads: what it takes is read as field by field, and the rest is left to that."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pythiags import RecordingError, add_object
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.recording import Documents, Filler
from pythiags.testing import make_batch, synthetic


def by_fields(line):
    """The batch of a line, or None where it is an error."""
    try:
        document = json.loads(line)
        batch = BatchMeta(len(document["frames"]))
        Filler("run.jsonl").fill(batch, document, 2)
    except (ValueError, KeyError, TypeError, AttributeError, RecordingError):
        return None
    return batch


def same(one, other):
    return Documents().of(one) == Documents().of(other)


def line_of(document):
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


WHOLE = [
    {"frames": []},
    {"pts": 2**64 - 1, "frames": [{}]},
    {"pts": 0, "frames": [{"frame_num": -1, "buf_pts": 2**64 - 1, "batch_id": 3}, {"objects": []}]},
    {
        "frames": [
            {"objects": [{}, {"obj_label": "ü" * 63, "confidence": -0.1, "class_id": -(2**31)}]}
        ]
    },
    {"frames": [{"objects": [{"bbox": [0.1, 20.5, 3, 4e5], "tracker_bbox": [0, 0, 9.25, 0]}]}]},
    {"frames": [{"objects": [{"bbox": [1, 2, 3, 4], "detector_bbox": [5, 6, 7, 8]}]}]},
    {"frames": [{"objects": [{"rect_params": {"border_width": 3, "color_id": -4,
        "border_color": [1, 0, 0.1, 1], "has_bg_color": 1, "bg_color": [0, 0, 0, 0.25]}}]}]},
    {"frames": [{"objects": [{"text_params": {"display_text": "ü 7", "x_offset": 4294967290,
        "font_params": {"font_name": "Serif", "font_size": 11, "font_color": [1, 1, 1, 1]},
        "set_bg_clr": 1, "y_offset": 0, "text_bg_clr": [0.3333, 0, 0, 1]}}]}]},
    {"frames": [{"objects": [{"object_id": 2**64 - 1, "tracker_confidence": 0.25}]}]},
]  # fmt: skip


@pytest.mark.parametrize("document", WHOLE, ids=str)
def test_what_is_taken_is_read_alike(document):
    line = line_of(document)
    batch = BatchMeta.of_line(line)
    assert same(batch, by_fields(line))
    assert batch.max_frames_in_batch == len(document["frames"])
    buffer = Gst.Buffer.new()
    assert BatchMeta.attach_line(buffer, line)
    assert buffer.pts == document.get("pts", Gst.CLOCK_TIME_NONE)
    assert same(BatchMeta.of(buffer), batch)


def test_what_synthetic_scenes_have_is_taken():
    for frames in synthetic(3, buffers=20, objects=7, sources=3):
        document = Documents().of(make_batch(*frames))
        assert Documents().of(BatchMeta.of_line(line_of(document))) == document


OTHERS = {
    "an angle": {"frames": [{"objects": [{"rect_params": {"rotation_angle": 3}}]}]},
    "no font": {"frames": [{"objects": [{"text_params": {"font_params": {"font_name": None}}}]}]},
    "a colour of three": {"frames": [{"objects": [{"rect_params": {"bg_color": [1, 1, 1]}}]}]},
    "a parent": {"frames": [{"objects": [{}, {"parent": 0}]}]},
    "classifiers": {"frames": [{"objects": [{"classifiers": []}]}]},
    "NaN as a text": {"frames": [{"objects": [{"confidence": "NaN"}]}]},
    "an exponent": {"frames": [{"objects": [{"confidence": 1e-9}]}]},
    "room": {"max_frames_in_batch": 4, "frames": []},
    "an unknown field": {"frames": [], "weather": "rain"},
    "an escape": {"frames": [{"objects": [{"obj_label": 'a"b'}]}]},
    "boxes the other way": {
        "frames": [{"objects": [{"detector_bbox": [1, 2, 3, 4], "bbox": [5, 6, 7, 8]}]}]
    },
    "no frames": {"pts": 0},
    "a header": {"format": "pythiags-metadata", "version": 1},
    "a number too large": {"frames": [{"frame_num": 2**31}]},
    "a float where none is": {"frames": [{"source_id": 1.0}]},
    "a number of 20 digits": {"frames": [{"buf_pts": 2**64}]},
    "three sides": {"frames": [{"objects": [{"bbox": [1, 2, 3]}]}]},
    "a list": [],
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
def test_the_rest_is_left_alone(what):
    buffer = Gst.Buffer.new()
    assert BatchMeta.of_line(line_of(OTHERS[what])) is None
    assert not BatchMeta.attach_line(buffer, line_of(OTHERS[what]))
    assert (BatchMeta.of(buffer), buffer.pts) == (None, Gst.CLOCK_TIME_NONE)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"{}", b'{"frames":[]}', b'{"frames":[]}\n{"frames":[]}\n', b'{"frames":[],}\n',
        b'{"frames":[{}]}x\n', b'{"frames":[{"frame_num":01}]}\n',
        b'{"frames":[{"frame_num":-}]}\n',
        b'{"frames":[{"frame_num":- 1}]}\n', b'{"frames":[{"frame_num":1.}]}\n',
        b'{"frames":[{"objects":[{"obj_label":"\xff"}]}]}\n', b'{"frames":[{"frame_num":+1}]}\n',
        b'{"frames":[{"objects":[{"obj_label":"a\nb"}]}]}\n', b'{"frames":[{} {}]}\n',
        b'{"frames":[{"objects":[{"obj_label":"' + b"x" * 600 + b'"}]}]}\n',
    ],
)  # fmt: skip
def test_what_is_no_whole_line_is_left_alone(line):
    assert BatchMeta.of_line(line) is None


WORDS = (b"{", b"}", b"[", b"]", b",", b":", b'"', b"-", b".", b"0", b"1", b" ", b"\n", b"e", b"\\")
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "obj_label": st.text(max_size=20),
        "class_id": st.integers(-(2**31), 2**31 - 1),
        "confidence": st.floats(allow_nan=False, allow_infinity=False, width=32),
        "object_id": st.integers(0, 2**64 - 1),
        "bbox": st.lists(st.integers(-9999, 9999).map(lambda n: n / 8), min_size=4, max_size=4),
        "rect_params": st.fixed_dictionaries(
            {}, optional={"border_width": st.integers(0, 9), "bg_color": st.just([0.5, 1, 0, 1])}
        ),
        "text_params": st.fixed_dictionaries(
            {}, optional={"display_text": st.text(max_size=9), "font_params": st.just({})}
        ),
        "tracker_bbox": st.lists(st.floats(0, 1e6, width=32), min_size=4, max_size=4),
    },
)
FRAMES = st.fixed_dictionaries(
    {"objects": st.lists(OBJECTS, max_size=3)},
    optional={"frame_num": st.integers(0, 9), "buf_pts": st.integers(0, 2**64 - 1)},
)


@settings(max_examples=300, deadline=None)
@given(
    document=st.fixed_dictionaries({"frames": st.lists(FRAMES, max_size=2)}),
    changes=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(WORDS), st.booleans()), max_size=2),
)
@example(document={"frames": [{"objects": [{"confidence": 0.123456789}]}]}, changes=[])
def test_a_line_that_was_changed_is_read_alike_or_left_alone(document, changes):
    line = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
    for place, word, instead in changes:
        at = int(place * (len(line) - 1))
        line = line[:at] + word + line[at + instead :]
    batch = BatchMeta.of_line(line)
    if batch is not None:
        expected = by_fields(line)
        assert expected is not None
        assert same(batch, expected)


def test_a_batch_of_a_line_can_be_added_to():
    batch = BatchMeta.of_line(b'{"frames":[{}]}\n')
    (frame,) = batch.iter_frames()
    assert add_object(frame, label="car").obj_label == "car"
