"""Regions of interest with fields of any type and value: what was written is what is read."""

from __future__ import annotations

import contextlib
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from pythiags.gst import GLib, GObject, Gst, GstVideo
from pythiags.gst.carriers import detections, frames_per_batch
from pythiags.metadata import (
    labels_per_object,
    objects_per_frame,
    params_per_object,
    tensors_per_object,
)

# The names that mean something, and others.
NAMES = st.sampled_from(
    ["confidence", "label", "label_id", "id", "precision", "dims", "layer_name", "data_buffer"]
) | st.from_regex(r"[a-z]{1,6}", fullmatch=True)
STRUCTURES = st.sampled_from(["detection", "object_id", "tensor", "colour"])


def kind(gtype, values):
    return values.map(lambda value: (GObject.Value(gtype, value), value))


MEMORY = st.binary(max_size=64).map(
    lambda memory: (GObject.Value(GObject.TYPE_VARIANT, GLib.Variant("ay", memory)), memory)
)
VALUES = st.one_of(
    kind(GObject.TYPE_BOOLEAN, st.booleans()),
    kind(GObject.TYPE_INT, st.integers(-(2**31), 2**31 - 1)),
    kind(GObject.TYPE_UINT, st.integers(0, 2**32 - 1)),
    kind(GObject.TYPE_INT64, st.integers(-(2**63), 2**63 - 1)),
    kind(GObject.TYPE_UINT64, st.integers(0, 2**64 - 1)),
    kind(GObject.TYPE_DOUBLE, st.floats()),
    kind(GObject.TYPE_FLOAT, st.floats(width=32)),
    kind(GObject.TYPE_STRING, st.text(st.characters(exclude_characters="\0", codec="utf-8"))),
    MEMORY,
)
FIELDS = st.dictionaries(NAMES, VALUES, max_size=6)
REGIONS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-1, 4), st.lists(st.tuples(STRUCTURES, FIELDS))),
    min_size=1,
    max_size=5,
)


def alike(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return one == other and type(one) is type(other)


def add(buffer, number, parent, structures):
    meta = GstVideo.buffer_add_video_region_of_interest_meta(buffer, "any", 1, 2, 3, 4)
    meta.id, meta.parent_id = number, parent
    for name, fields in structures:
        made = Gst.Structure.new_empty(name)
        for key, (value, _) in fields.items():
            made.set_value(key, value)
        meta.add_param(made)


def ends(obj, most):
    """Whether the way up from an object ends."""
    for _ in range(most + 1):
        if obj is None:
            return True
        obj = obj.parent
    return False


@settings(max_examples=150)
@given(REGIONS)
def test_all_fields_are_read_as_they_were_written(regions):
    buffer = Gst.Buffer.new()
    for region in regions:
        add(buffer, *region)
    found = [obj for frame in frames_per_batch(buffer) for obj in objects_per_frame(frame)]
    assert len(found) == len(detections(buffer)) == len(regions)
    for obj, (_, _, structures) in zip(found, regions, strict=True):
        params = list(params_per_object(obj))
        assert [param.name for param in params] == [name for name, _ in structures]
        for param, (_, fields) in zip(params, structures, strict=True):
            assert param.fields.keys() == fields.keys()
            assert all(alike(param.fields[key], value) for key, (_, value) in fields.items())
        assert ends(obj, len(regions))
        assert all(isinstance(label.result_label, str) for label in labels_per_object(obj))
        for tensor in tensors_per_object(obj):
            with contextlib.suppress(ValueError):
                tensor.output_layers_info(0).to_array()


@settings(max_examples=150)
@given(st.binary(max_size=64), st.lists(st.integers(-2, 5), max_size=12), st.integers(0, 90))
def test_tensors_of_any_shape(memory, dims, precision):
    """The numbers are as many as the shape says, or they are refused."""
    text = f"tensor, precision=(int){precision}, dims=(int)<{', '.join(map(str, dims))}>"
    made, _ = Gst.Structure.from_string(text)
    made.set_value("data_buffer", GObject.Value(GObject.TYPE_VARIANT, GLib.Variant("ay", memory)))
    buffer = Gst.Buffer.new()
    meta = GstVideo.buffer_add_video_region_of_interest_meta(buffer, "any", 1, 2, 3, 4)
    meta.add_param(made)
    (obj,) = [o for f in frames_per_batch(buffer) for o in objects_per_frame(f)]
    for tensor in tensors_per_object(obj):
        layer = tensor.output_layers_info(0)
        try:
            array = layer.to_array()
        except ValueError:
            continue
        assert array.tobytes() == memory
        assert array.shape == layer.dims
