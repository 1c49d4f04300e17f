"""What plugins attach to regions of interest beside the box: parameters, tensors, relations."""

from __future__ import annotations

import ctypes
import gc
import pickle

import numpy as np
import pytest

from pythiags.errors import MetadataReleased
from pythiags.gst import GLib, GObject, Gst, GstVideo
from pythiags.gst.carriers import detections, frames_per_batch
from pythiags.metadata import (
    Param,
    labels_per_object,
    objects_per_frame,
    params_per_frame,
    params_per_object,
    tensors_per_frame,
    tensors_per_object,
    user_metas_per_object,
)
from pythiags.testing.carriers.holding import held

NUMBERS = np.arange(6, dtype=np.float32)


def structure(text, numbers=None):
    """Make a structure; `numbers` are what DL Streamer has in ``data_buffer``."""
    made, _ = Gst.Structure.from_string(text)
    assert made is not None, text
    if numbers is not None:
        memory = GLib.Variant("ay", numbers.tobytes())
        made.set_value("data_buffer", GObject.Value(GObject.TYPE_VARIANT, memory))
    return made


def region(buffer, *params, region_id=0, parent_id=0, label="car"):
    meta = GstVideo.buffer_add_video_region_of_interest_meta(buffer, label, 1, 2, 3, 4)
    meta.id, meta.parent_id = region_id, parent_id
    for param in params:
        meta.add_param(param)
    return meta


@pytest.fixture
def buffer():
    return Gst.Buffer.new()


def objects(source):
    return [obj for frame in frames_per_batch(source) for obj in objects_per_frame(frame)]


# ---- parameters ----

DETECTION = (
    "detection, x_min=(double)0.25, x_max=(double)0.5, confidence=(double)0.75, label_id=(int)3, "
    'model_name=(string)"person vehicle bike"'
)


def test_a_region_s_structures_are_whole(buffer):
    region(buffer, structure(DETECTION), structure("object_id, id=(int)7"))
    (obj,) = objects(buffer)
    detection, tracked = params_per_object(obj)
    assert detection == Param(
        "detection",
        {
            "x_min": 0.25,
            "x_max": 0.5,
            "confidence": 0.75,
            "label_id": 3,
            "model_name": "person vehicle bike",
        },
    )
    assert tracked == Param("object_id", {"id": 7})
    assert (obj.confidence, obj.class_id, obj.object_id) == (0.75, 3, 7)
    assert list(user_metas_per_object(obj)) == []


VALUES = {
    "(boolean)true": True,
    "(uint)4000000000": 4000000000,
    "(gint64)-5000000000": -5000000000,
    "(guint64)18446744073709551615": 2**64 - 1,
    "(float)0.5": 0.5,
    '(string)"señal"': "señal",
    "(int)<1, 2, 3>": [1, 2, 3],
    "(int){1, 2}": [1, 2],
    "<(string)a, (double)0.5>": ["a", 0.5],
    "(fraction)30/1": "30/1",
    "(GstStructure)[inner,x=(int)1]": ("inner", {"x": 1}),
    '(structure)"inner\\,\\ x\\=\\(int\\)1\\;"': ("inner", {"x": 1}),
}


@pytest.mark.parametrize("text", VALUES)
def test_values_of_every_kind(buffer, text):
    region(buffer, structure(f"any, field={text}"))
    (param,) = params_per_object(objects(buffer)[0])
    assert param.fields == {"field": VALUES[text]}
    assert type(param.fields["field"]) is type(VALUES[text])


def test_a_field_whose_name_is_not_utf8_costs_nobody_else_his(buffer):
    made, gst = structure("any, kept=(int)1"), ctypes.CDLL("libgstreamer-1.0.so.0")
    gst.gst_structure_set(
        ctypes.c_void_p(hash(made)), b"caf\xe9", ctypes.c_size_t(hash(GObject.TYPE_INT)), 7, None
    )
    region(buffer, made)
    (param,) = params_per_object(objects(buffer)[0])
    assert param.fields == {"kept": 1, "caf\N{REPLACEMENT CHARACTER}": 7}


def nested(levels):
    made = structure("any")
    for _ in range(levels):
        outer = structure("any")
        outer.set_value("inner", GObject.Value(Gst.Structure, made))
        made = outer
    return made


def test_structures_in_structures_are_read(buffer):
    region(buffer, nested(200))
    (param,) = params_per_object(objects(buffer)[0])
    fields, levels = param.fields, 0
    while fields:
        (_, fields), levels = fields["inner"], levels + 1
    assert levels == 200


def test_structures_in_structures_end_somewhere(buffer):
    region(buffer, nested(201))
    with pytest.raises(RecursionError, match="while reading a GstStructure"):
        list(params_per_object(objects(buffer)[0]))


def test_enumerations_and_flags_are_numbers(buffer):
    made = structure("any")
    for name, kind, value in (
        ("state", Gst.State, Gst.State.PLAYING),
        ("flags", Gst.BufferFlags, Gst.BufferFlags.LIVE),
    ):
        made.set_value(name, GObject.Value(kind, value))
    region(buffer, made)
    (param,) = params_per_object(objects(buffer)[0])
    assert param.fields == {"state": 4, "flags": int(Gst.BufferFlags.LIVE)}


def test_memory_is_bytes_and_pointers_are_left_out(buffer):
    made = structure("any, kept=(int)1", NUMBERS)
    made.set_value("data", GObject.Value(GObject.TYPE_POINTER, 4711))
    made.set_value("other", GObject.Value(GObject.TYPE_VARIANT, GLib.Variant("(is)", (1, "x"))))
    made.set_value("old", GObject.Value(GLib.Bytes, GLib.Bytes.new(b"ab\0c")))
    region(buffer, made)
    (param,) = params_per_object(objects(buffer)[0])
    assert param.fields == {
        "kept": 1,
        "data_buffer": NUMBERS.tobytes(),
        "other": "(1, 'x')",
        "old": b"ab\0c",
    }


def test_parameters_are_plain_values_that_outlive_the_buffer(buffer):
    region(buffer, structure(DETECTION))
    params = list(params_per_object(objects(buffer)[0]))
    assert pickle.loads(pickle.dumps(params)) == params


def test_outside_a_probe_they_outlive_the_buffer_too(buffer):
    region(buffer, structure(DETECTION))
    before = buffer.mini_object.refcount
    (obj,) = objects(buffer)
    assert buffer.mini_object.refcount == before
    del buffer
    gc.collect()
    assert [param.name for param in params_per_object(obj)] == ["detection"]


def test_within_a_probe_nothing_is_copied_until_it_is_asked_for(buffer):
    meta = region(buffer, structure("any, x=(int)1"))
    with held(buffer) as info:
        (obj,) = objects(info)
        meta.add_param(structure("later, x=(int)2"))
        assert [param.name for param in params_per_object(obj)] == ["any", "later"]
        meta.add_param(structure("too_late, x=(int)2"))
        assert [param.name for param in params_per_object(obj)] == ["any", "later"]


def test_a_region_that_was_removed_has_none():
    first = Gst.Buffer.new()
    region(first, structure("gone, x=(int)1"), label="first")
    kept = region(first, structure("kept, x=(int)1"), label="second")
    with held(first) as info:
        one, other = objects(info)
        remove = ctypes.CDLL("libgstreamer-1.0.so.0").gst_buffer_remove_meta
        find = ctypes.CDLL("libgstvideo-1.0.so.0").gst_buffer_get_video_region_of_interest_meta_id
        find.restype, find.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]
        remove.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        kept.id = 5
        gone = find(hash(first), 0)
        assert gone
        first_writable = ctypes.c_int.from_address(hash(first) + 8)  # its references
        held_by, first_writable.value = first_writable.value, 1
        try:
            assert remove(hash(first), gone)
        finally:
            first_writable.value = held_by
        seen = [[param.name for param in params_per_object(obj)] for obj in (one, other)]
    assert seen == [[], ["kept"]]


def test_a_thousand_regions_keep_their_own(buffer):
    for number in range(1000):
        region(buffer, structure(f"any, x=(int){number}"))
    with held(buffer) as info:
        found = [param.fields["x"] for obj in objects(info) for param in params_per_object(obj)]
    assert found == list(range(1000))


# ---- tensors ----

EMBEDDING = (
    'tensor, precision=(int)10, layer_name=(string)"feat", model_name=(string)"reid", '
    "dims=(uint)<2, 3>"
)


def test_a_tensor_of_a_region(buffer):
    region(buffer, structure(EMBEDDING, NUMBERS))
    (obj,) = objects(buffer)
    (tensor,) = tensors_per_object(obj)
    layer = tensor.output_layers_info(0)
    assert (tensor.num_output_layers, layer.layerName, layer.dataType) == (1, "feat", 0)
    assert layer.dims == (2, 3)
    assert (layer.to_array() == NUMBERS.reshape(2, 3)).all()
    assert list(tensor.layers()) == ["feat"]
    (param,) = params_per_object(obj)
    assert param.fields["model_name"] == "reid"
    assert list(labels_per_object(obj)) == []


PRECISIONS = {
    10: (np.float32, 0), 11: (np.float16, 1), 13: (np.float64, -1), 30: (np.int16, -1),
    40: (np.uint8, 5), 41: (np.bool_, -1), 50: (np.int8, 2), 60: (np.uint16, -1),
    70: (np.int32, 3), 72: (np.int64, 4), 73: (np.uint64, -1), 74: (np.uint32, -1),
}  # fmt: skip


@pytest.mark.parametrize("precision", PRECISIONS)
def test_numbers_of_every_precision(buffer, precision):
    kind, number = PRECISIONS[precision]
    numbers = np.array([0, 1, 1, 0], kind)
    region(buffer, structure(f"tensor, precision=(int){precision}", numbers))
    (tensor,) = tensors_per_object(objects(buffer)[0])
    layer = tensor.output_layers_info(0)
    assert (layer.dataType, layer.layerName, layer.dims) == (number, "tensor", (4,))
    assert layer.to_array().dtype == kind
    assert layer.to_array().tolist() == numbers.tolist()


def test_a_classifier_s_numbers_come_beside_its_label(buffer):
    text = "colour, label=(string)red, label_id=(int)2, confidence=(double)0.5, precision=(int)10"
    region(buffer, structure(text, NUMBERS))
    (obj,) = objects(buffer)
    assert [label.result_label for label in labels_per_object(obj)] == ["red"]
    assert [t.output_layers_info(0).dims for t in tensors_per_object(obj)] == [(6,)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("landmarks, format=(string)landmark_points", NUMBERS),
        ("tensor, precision=(int)12", NUMBERS),
        ("tensor, precision=(int)10, dims=(uint)<2, 2>", NUMBERS),
        ("tensor, precision=(int)10, dims=(int)<-1, 6>", NUMBERS),
        ("tensor, precision=(int)10, dims=(string)<a, b>", NUMBERS),
    ],
)
def test_numbers_that_do_not_say_what_they_are_are_refused(buffer, text, numbers):
    region(buffer, structure(text, numbers))
    (obj,) = objects(buffer)
    (tensor,) = tensors_per_object(obj)
    with pytest.raises(ValueError, match="tensor"):
        tensor.output_layers_info(0).to_array()
    (param,) = params_per_object(obj)
    assert param.fields["data_buffer"] == numbers.tobytes()


@pytest.mark.parametrize(
    "made", [structure("tensor, precision=(int)10"), structure("tensor", NUMBERS[:0])]
)
def test_a_structure_without_numbers_is_no_tensor(buffer, made):
    region(buffer, made)
    assert list(tensors_per_object(objects(buffer)[0])) == []


def test_a_tensor_outlives_the_region(buffer):
    region(buffer, structure(EMBEDDING, NUMBERS))
    (obj,) = objects(buffer)
    (tensor,) = tensors_per_object(obj)
    del buffer
    gc.collect()
    assert (tensor.output_layers_info(0).to_array() == NUMBERS.reshape(2, 3)).all()


def test_detections_do_not_mind_tensors(buffer):
    region(buffer, structure(DETECTION), structure(EMBEDDING, NUMBERS))
    (found,) = detections(buffer)
    assert (found.label, found.class_id, found.confidence) == ("car", 3, 0.75)


# ---- of the whole picture: DL Streamer's own meta ----

_INIT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_FREE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


@_INIT
def _init(meta, _parameters, _buffer):
    ctypes.memset(meta + 16, 0, 8)
    return True


@_FREE
def _free(meta, _buffer):
    """Its structure is the test's, which frees it."""


@pytest.fixture(scope="module")
def gva_info():
    gst = ctypes.CDLL("libgstreamer-1.0.so.0")
    gst.gst_meta_api_type_register.restype = ctypes.c_size_t
    gst.gst_meta_register.restype = ctypes.c_void_p
    gst.gst_meta_register.argtypes = [
        ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, _INIT, _FREE, ctypes.c_void_p,
    ]  # fmt: skip
    gst.gst_buffer_add_meta.restype = ctypes.c_void_p
    gst.gst_buffer_add_meta.argtypes = [ctypes.c_void_p] * 3
    tags = (ctypes.c_char_p * 1)(None)
    api = gst.gst_meta_api_type_register(b"GstGVATensorMetaAPI", tags)
    return gst, gst.gst_meta_register(api, b"GstGVATensorMeta", 24, _init, _free, None)


def add_gva(gva_info, buffer, made):
    gst, info = gva_info
    meta = gst.gst_buffer_add_meta(hash(buffer), info, None)
    ctypes.c_void_p.from_address(meta + 16).value = hash(made)


@pytest.mark.parametrize("also", [False, True], ids=["alone", "with regions"])
def test_tensors_of_the_whole_picture(gva_info, buffer, also):
    made = structure(EMBEDDING, NUMBERS)
    empty = Gst.Buffer.new()
    add_gva(gva_info, buffer, made)
    if also:
        region(buffer)
    (frame,) = frames_per_batch(buffer)
    (tensor,) = tensors_per_frame(frame)
    assert (tensor.layers()["feat"].to_array() == NUMBERS.reshape(2, 3)).all()
    assert [param.name for param in params_per_frame(frame)] == ["tensor"]
    assert len(list(objects_per_frame(frame))) == also
    assert list(frames_per_batch(empty)) == []
    del buffer, frame, tensor


# ---- relations ----


def test_regions_that_are_each_others_parent_end_somewhere(buffer):
    for number, parent in ((1, 2), (2, 3), (3, 1)):
        region(buffer, region_id=number, parent_id=parent, label=str(number))
    for obj in objects(buffer):
        steps, above = 0, obj
        while above.parent is not None and steps < 10:
            steps, above = steps + 1, above.parent
        assert steps < 3


def test_ids_can_be_read(buffer):
    region(buffer, region_id=5)
    region(buffer, region_id=6, parent_id=5)
    found = [obj.misc_obj_info[:2].tolist() for obj in objects(buffer)]
    assert found == [[5, 0], [6, 5]]


def test_other_carriers_have_no_parameters(pyds):
    from pythiags.gst._gst import BatchMeta

    buffer = Gst.Buffer.new()
    frame = BatchMeta.attach(buffer).add_frame()
    assert (list(params_per_object(frame.add_object())), list(params_per_frame(frame))) == ([], [])
    assert list(params_per_object(pyds.NvDsObjectMeta())) == []


def test_a_kept_view_has_none(buffer):
    region(buffer, structure(DETECTION))
    with held(buffer) as info:
        (obj,) = objects(info)
    with pytest.raises(MetadataReleased, match="params"):
        list(params_per_object(obj))
