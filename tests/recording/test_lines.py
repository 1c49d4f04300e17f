"""Whatever a line of a recording says, it is metadata or an error that names its place."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pythiags import RecordingError, frames_per_batch, objects_per_frame, read_metadata
from pythiags.gst._gst import BatchMeta
from pythiags.recording import DocumentReader, Documents, Filler
from pythiags.recording.fields import (
    ARROW,
    CIRCLE,
    CLASSIFIER,
    DISPLAY,
    FONT,
    FRAME,
    LABEL,
    LINE,
    OBJECT,
    RECT,
    TEXT,
)

NAMES = sorted(
    {
        *(FRAME | OBJECT | RECT | TEXT | FONT | LINE | ARROW | CIRCLE | CLASSIFIER | LABEL),
        *DISPLAY,
        *("frames", "objects", "displays", "classifiers", "labels", "user_metas", "meta_type"),
        *("bbox", "detector_bbox", "tracker_bbox", "parent", "batch_id", "mask_params"),
        *("rect_params", "text_params", "font_params", "data", "dtype", "shape", "threshold"),
        *("tensors", "segmentation", "past_frames", "analytics", "layers", "streams", "tracks"),
        *("unique_id", "layerName", "dataType", "left_out", "pts", "nosuch"),
    }
)
NUMBERS = st.one_of(
    st.integers(-3, 20),
    st.sampled_from(
        [1 << 31, -(1 << 31), (1 << 32) - 1, 1 << 32, (1 << 64) - 1, 1 << 64, 1 << 200]
    ),
    st.floats(),
)
PLAIN = st.one_of(st.none(), st.booleans(), NUMBERS, st.sampled_from(["", "NaN", "car", "ü\0x"]))
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=20,
)
BOXES = st.lists(NUMBERS, min_size=3, max_size=5)
FOUND = st.dictionaries(st.sampled_from(NAMES), st.one_of(ANYTHING, BOXES), max_size=8)
LINES = st.builds(
    lambda frames, more: {**more, "frames": frames},
    st.lists(
        st.builds(
            lambda objects, more: {**more, "objects": objects}, st.lists(FOUND, max_size=4), FOUND
        ),
        max_size=3,
    ),
    FOUND,
)


def refusal(batch, document):
    """Why a batch cannot be filled; None: it was."""
    try:
        Filler("run.jsonl").fill(batch, document, 7)
    except RecordingError as error:
        return error
    return None


@given(st.one_of(LINES, ANYTHING))
def test_any_line_is_metadata_or_an_error(document):
    batch = BatchMeta()
    error = refusal(batch, document)
    if error is not None:
        assert str(error).startswith("run.jsonl:7: ")
        assert len(error.message) < 500
        return
    for frame in frames_per_batch(batch):
        repr([(obj, obj.parent, obj.text_params) for obj in objects_per_frame(frame)])
    Documents(arrays="data").of(batch)


@given(st.integers(0, 6), st.integers(-1, 8))
def test_a_parent_is_another_object_of_the_frame(count, parent):
    objects = [{} for _ in range(count)] + [{"parent": parent}]
    batch = BatchMeta()
    fill = lambda: Filler("run.jsonl").fill(batch, {"frames": [{"objects": objects}]}, 2)  # noqa: E731
    if 0 <= parent < count:
        fill()
        (frame,) = frames_per_batch(batch)
        found = list(objects_per_frame(frame))
        assert found[-1].parent == found[parent]
    else:
        with pytest.raises(RecordingError, match="parent"):
            fill()


@pytest.mark.parametrize("time", [-1, 1e3, True, "soon", None, 1 << 64])
def test_a_time_is_a_number_of_nanoseconds(time):
    error = refusal(BatchMeta(), {"pts": time, "frames": []})
    assert str(error).startswith("run.jsonl:7: pts: expected nanoseconds from 0 to 2**64 - 1, got")


@pytest.mark.parametrize("ways", [{0: 1, 1: 0}, {0: 2, 1: 0, 2: 1, 3: 0}])
def test_parents_in_a_circle_are_cut(ways):
    batch = BatchMeta()
    objects = [{"parent": parent} for _, parent in sorted(ways.items())]
    assert refusal(batch, {"frames": [{"objects": objects}]}) is None
    (frame,) = frames_per_batch(batch)
    for found in objects_per_frame(frame):
        above = 0
        while found is not None:
            found, above = found.parent, above + 1  # noqa: PLW2901
            assert above <= len(ways)


def test_half_of_a_pair_is_refused_with_its_place():
    error = refusal(BatchMeta(), {"frames": [{"objects": [{"obj_label": "\ud800"}]}]})
    assert "frames[0].objects[0].obj_label: expected characters of Unicode" in str(error)


@pytest.mark.parametrize("fast", [True, False], ids=["orjson", "json"])
@pytest.mark.parametrize(
    ("line", "message"),
    [("null", "expected an object of JSON, got None"), ("[" * 100_000, "nested too deeply")],
)
def test_a_line_of_json_that_is_no_metadata_is_an_error(tmp_path, monkeypatch, fast, line, message):
    if not fast:
        monkeypatch.setitem(sys.modules, "orjson", None)
    path = tmp_path / "run.jsonl"
    path.write_text(f'{{"format": "pythiags-metadata", "version": 1}}\n{line}\n')
    with pytest.raises(RecordingError, match=rf"run.jsonl:2.*{message}"):
        list(read_metadata(path))


@pytest.mark.parametrize("fast", [True, False], ids=["orjson", "json"])
def test_both_readers_of_json_read_the_same(tmp_path, monkeypatch, fast):
    if not fast:
        monkeypatch.setitem(sys.modules, "orjson", None)
    lines = [
        {"pts": (1 << 64) - 1, "frames": [{"objects": [{"obj_label": "ü\ud800"}]}]},
        {"frames": [{"objects": [{"confidence": float("inf"), "bbox": [0.1, 1e-7, 3, 1e30]}]}]},
    ]
    path = tmp_path / "run.jsonl"
    header = '{"format": "pythiags-metadata", "version": 1}'
    path.write_text("\n".join([header, *map(json.dumps, lines), '{"frames":}']))
    reader = DocumentReader(path)
    assert [document for _, document in reader] == lines
    path.write_text(f'{header}\n{{"frames":}}\n')
    with pytest.raises(
        RecordingError, match=r"run.jsonl:2:11: the line is not JSON: Expecting value"
    ):
        next(iter(DocumentReader(path)))
