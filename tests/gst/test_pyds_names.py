"""What pyds binds is on pythiags's views of DeepStream's metadata, and the other way round."""

from __future__ import annotations

import ctypes
import struct

import numpy as np
import pytest
from standins import nvidia

from pythiags.gst import Gst, _gst
from pythiags.gst.carriers import frames_per_batch
from pythiags.metadata import (
    add_display,
    displays_per_frame,
    objects_per_frame,
    reid_per_object,
    segmentations_per_frame,
    tensors_per_frame,
)

OF_OSD = ("Color", "Font", "Text", "Rect", "Line", "Arrow", "Circle", "Mask")
OURS = {f"NvOSD_{name}Params": f"{name}Params" for name in OF_OSD} | {
    "NvBbox_Coords": "BboxCoords", "NvDsComp_BboxInfo": "BboxInfo", "NvDsBaseMeta": "BaseMeta",
    "GList": "NvDsGList",
}  # fmt: skip
# Padding, pointers of the library's own, and pools, from which NVIDIA's functions take.
LEFT_OUT = {
    "*": {"reserved", "cast"},
    "NvDsBaseMeta": {"uContext"},
    "NvDsBatchMeta": {
        "meta_mutex", "frame_meta_pool", "obj_meta_pool", "classifier_meta_pool",
        "display_meta_pool", "user_meta_pool", "label_info_meta_pool",
    },
    "NvOSD_MaskParams": {"data", "alloc_mask_array"},
    "NvDsMetaPool": {"*"},
    # layers(), get_segmentation_masks() and get_probabilities() read what these point to.
    "NvDsInferTensorMeta": {"out_buf_ptrs_host", "out_buf_ptrs_dev", "priv_data"},
    "NvDsInferSegmentationMeta": {"class_map", "class_probabilities_map", "priv_data"},
}  # fmt: skip


def public(cls):
    return {name for name in vars(cls) if not name.startswith("_")}


def test_every_attribute_of_pyds_is_there(pyds):
    missing = {}
    for name, theirs in vars(pyds).items():
        if not isinstance(theirs, type) or not hasattr(theirs, "cast"):
            continue
        left_out = LEFT_OUT["*"] | LEFT_OUT.get(name, set())
        if "*" in left_out:
            continue
        ours = getattr(_gst, OURS.get(name, name))
        lacking = public(theirs) - left_out - public(ours)
        if lacking:
            missing[name] = lacking
    assert missing == {}


BEYOND = {
    "NvDsFrameMeta": {"pipeline_width", "pipeline_height", "sensorInfo_meta"},
    "NvDsClassifierMeta": {"classifier_type"},
    "NvOSD_RectParams": {"rotation_angle"},
    "NvOSD_CircleParams": {"circle_width"},
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_pyds_never_bound(pyds, name):
    ours = getattr(_gst, OURS.get(name, name))
    assert BEYOND[name] <= public(ours)
    assert not BEYOND[name] & public(getattr(pyds, name))


def frame_of(batch):
    batch.frame()
    return next(frames_per_batch(batch.attach(Gst.Buffer.new())))


def test_the_width_of_a_circle(pyds):
    nvidia.needs_library()
    made = nvidia.Nvidia(1)
    frame = frame_of(made)
    display = add_display(frame)
    circles = display.circle_params
    circles[0].circle_width, circles[1].circle_width = 3, 4
    (again,) = displays_per_frame(frame)
    assert [circle.circle_width for circle in again.circle_params[:3]] == [3, 4, 0]
    shown = pyds.NvDsDisplayMeta.cast(_gst.nvidia_handle(display))
    assert [shown.circle_params[i].radius for i in range(3)] == [0, 0, 0]  # beside it, untouched


def test_a_portable_circle_has_no_width():
    buffer = Gst.Buffer.new()
    frame = _gst.BatchMeta.attach(buffer).add_frame()
    circle = frame.add_display().circle_params[0]
    assert circle.circle_width == 0
    with pytest.raises(AttributeError, match="only DeepStream"):
        circle.circle_width = 3


def test_reid_through_pyds(pyds):
    nvidia.needs_library()
    made = nvidia.Nvidia(1)
    frame = made.frame()
    made.obj(frame)
    buffer = made.attach(Gst.Buffer.new())
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    shown = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
    reid, user = pyds.NvDsObjReid(), pyds.nvds_acquire_user_meta_from_pool(batch)
    reid.featureSize = 0
    user.base_meta.meta_type, user.user_meta_data = pyds.NVDS_TRACKER_OBJ_REID_META, reid
    obj = pyds.NvDsObjectMeta.cast(shown.obj_meta_list.data)
    pyds.nvds_add_user_meta_to_obj(obj, user)
    assert list(reid_per_object(obj)) == [reid]
    (native,) = [o for f in frames_per_batch(buffer) for o in objects_per_frame(f)]
    assert [found.featureSize for found in reid_per_object(native)] == [0]


def frame_with(pyds, meta_type, data):
    """A buffer, and its frame as pyds shows it and as pythiags does, which has a user meta."""
    nvidia.needs_library()
    made = nvidia.Nvidia(1)
    user = made.user(made.frame(), data=data)
    user["meta_type"] = meta_type
    buffer = made.attach(Gst.Buffer.new())
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    (native,) = frames_per_batch(buffer)
    return buffer, next(frames_per_batch(batch)), native


def test_tensors_are_the_same_through_pyds_and_without(pyds):
    numbers = np.arange(6, dtype=np.float32)
    name = ctypes.create_string_buffer(b"boxes")
    dims = struct.pack("<10I", 2, 2, 3, *[0] * 6, 6)
    layers = ctypes.create_string_buffer(
        struct.pack("<i40siQQi4x", 0, dims, 1, ctypes.addressof(name), 0, 0), 72
    )
    host = (ctypes.c_void_p * 1)(numbers.ctypes.data)
    meta = ctypes.create_string_buffer(
        struct.pack(
            "<2I3Qi4xQ4I", 5, 1, ctypes.addressof(layers), ctypes.addressof(host), 0, 0, 0,
            416, 240, 3, 0,
        ), 72,
    )  # fmt: skip
    _buffer, shown, native = frame_with(pyds, 12, ctypes.addressof(meta))
    (theirs,) = tensors_per_frame(shown)
    (ours,) = tensors_per_frame(native)
    assert type(theirs) is pyds.NvDsInferTensorMeta
    assert (ours.unique_id, ours.num_output_layers) == (5, 1)
    assert (theirs.unique_id, theirs.num_output_layers) == (5, 1)
    assert (ours.network_info.width, theirs.network_info.width) == (416, 416)
    layer, info = pyds.get_nvds_LayerInfo(theirs, 0), ours.output_layers_info(0)
    assert (info.layerName, layer.layerName) == ("boxes", "boxes")
    sizes = [tuple(each.inferDims.d)[: each.inferDims.numDims] for each in (info, layer)]
    assert sizes == [(2, 3), (2, 3)]
    assert (info.inferDims.numElements, layer.inferDims.numElements) == (6, 6)
    assert pyds.get_ptr(layer.buffer) == numbers.ctypes.data == info.buffer
    assert (info.to_array() == numbers.reshape(2, 3)).all()


def test_segmentations_are_the_same_through_pyds_and_without(pyds):
    classes = np.array([[0, 1, -1], [2, 2, 0]], np.int32)
    meta = ctypes.create_string_buffer(struct.pack("<3I4xQ", 3, 3, 2, classes.ctypes.data), 48)
    _buffer, shown, native = frame_with(pyds, 13, ctypes.addressof(meta))
    (theirs,) = segmentations_per_frame(shown)
    (ours,) = segmentations_per_frame(native)
    assert (theirs.classes, theirs.width, theirs.height) == (3, 3, 2)
    assert (ours.classes, ours.width, ours.height) == (3, 3, 2)
    assert (pyds.get_segmentation_masks(theirs) == classes).all()
    assert (ours.get_segmentation_masks() == classes).all()
