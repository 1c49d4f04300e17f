"""The stand-in for pyds behaves as pyds 1.2.0 does on NVIDIA's libraries of DeepStream 9."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from standins import nvidia

from pythiags.gst import Gst

INCOMPATIBLE = "incompatible function arguments"


@pytest.fixture
def filled(pyds):
    """A buffer's batch, and a frame of it, made by NVIDIA's library and shown by the stand-in."""
    nvidia.needs_library()
    made = nvidia.Nvidia(1)
    made.frame()
    buffer = made.attach(Gst.Buffer.new())
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    return buffer, batch, pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)


def add(pyds, batch, frame, label, parent=None):
    obj = pyds.nvds_acquire_obj_meta_from_pool(batch)
    obj.obj_label = f"{label}\0"
    pyds.nvds_add_obj_meta_to_frame(frame, obj, parent)
    return obj


def labels(pyds, frame):
    found, node = [], frame.obj_meta_list
    while node is not None:
        found.append(pyds.NvDsObjectMeta.cast(node.data).obj_label)
        node = node.next
    return found


# ---- what a new object is ----


def test_an_acquired_object_has_number_0_and_type_3(pyds, filled):
    _, batch, _ = filled
    obj = pyds.nvds_acquire_obj_meta_from_pool(batch)
    assert (obj.object_id, obj.confidence, obj.base_meta.meta_type) == (0, 0.0, 3)


def test_an_object_that_python_made_has_type_0(pyds):
    obj = pyds.NvDsObjectMeta()
    assert (obj.object_id, int(obj.base_meta.meta_type)) == (0, 0)
    assert obj.base_meta.meta_type.name == "???"


def test_a_batch_that_was_created_has_no_room_yet(pyds):
    nvidia.needs_library()
    batch = pyds.nvds_create_batch_meta(4)
    assert (batch.max_frames_in_batch, batch.base_meta.meta_type) == (0, 1)


# ---- labels ----


@pytest.mark.parametrize(
    ("written", "read"),
    [("ab", "abrson"), ("", "person"), ("car\0", "car"), (b"bus\0", "bus"), ("longer one", None)],
)
def test_a_label_keeps_the_old_tail(pyds, written, read):
    obj = pyds.NvDsObjectMeta()
    obj.obj_label = "person"
    obj.obj_label = written
    assert obj.obj_label == (written if read is None else read)


def test_a_label_has_no_limit(pyds):
    obj = pyds.NvDsObjectMeta()
    obj.obj_label = "x" * 128 + "yy"
    assert obj.classifier_meta_list._address == int.from_bytes(b"yy", "little")


def test_a_label_that_is_no_utf8_cannot_be_read(pyds):
    obj = pyds.NvDsObjectMeta()
    obj.obj_label = b"S\xe4ge\0"
    with pytest.raises(UnicodeDecodeError):
        obj.obj_label  # noqa: B018


# ---- lists ----


def test_lists_run_newest_first_and_a_copy_turns_them_around(pyds, filled):
    buffer, batch, frame = filled
    for label in ("first", "second", "third"):
        add(pyds, batch, frame, label)
    assert labels(pyds, frame) == ["third", "second", "first"]
    copy = buffer.copy_deep()
    copied = pyds.gst_buffer_get_nvds_batch_meta(hash(copy))
    assert labels(pyds, pyds.NvDsFrameMeta.cast(copied.frame_meta_list.data)) == [
        "first",
        "second",
        "third",
    ]


def test_a_handle_is_new_at_each_look(pyds):
    node = pyds.standin_list([pyds.NvDsObjectMeta()])
    assert node.data is not node.data
    assert type(node.data).__name__ == "PyCapsule"
    assert pyds.get_ptr(node.data) == pyds.get_ptr(node.data)


def test_a_list_can_be_made(pyds):
    node = pyds.GList()
    assert (node.data, node.next, node.prev) == (None, None, None)


# ---- casts ----


def test_casts_of_nothing(pyds):
    assert pyds.NvDsObjectMeta.cast(None) is None
    assert pyds.NvDsObjectMeta.cast(0) is None


def test_casts_of_a_capsule_an_address_and_an_object(pyds):
    obj = pyds.NvDsObjectMeta()
    handle = pyds.standin_handle(obj)
    assert pyds.NvDsObjectMeta.cast(handle) is obj
    assert pyds.NvDsObjectMeta.cast(pyds.get_ptr(handle)) is obj
    assert pyds.NvDsObjectMeta.cast(obj) is obj
    assert obj.cast() is obj


def test_a_wrong_cast_passes_in_silence(pyds):
    frame = pyds.NvDsFrameMeta()
    frame.frame_num = 7  # where an object has its component
    assert pyds.NvDsObjectMeta.cast(frame).unique_component_id == 7


@pytest.mark.parametrize("handle", ["x", 1.0, [], b"x"])
def test_what_cannot_be_cast(pyds, handle):
    with pytest.raises(TypeError, match=INCOMPATIBLE):
        pyds.NvDsObjectMeta.cast(handle)
    with pytest.raises(TypeError, match=INCOMPATIBLE):
        pyds.NvDsObjectMeta.cast()
    with pytest.raises(TypeError, match=INCOMPATIBLE):
        pyds.NvDsObjectMeta().cast(handle)


@pytest.mark.parametrize("name", ["NvDsAnalyticsFrameMeta", "NvDsTargetMiscDataBatch"])
def test_some_casts_take_no_address(pyds, name):
    made = getattr(pyds, name)()
    assert getattr(pyds, name).cast(pyds.standin_handle(made)) is made
    assert getattr(pyds, name).cast(data=made) is made
    with pytest.raises(TypeError, match=INCOMPATIBLE):
        getattr(pyds, name).cast(made._address)


# ---- enumerations and the module ----


def test_a_meta_type_is_its_number(pyds):
    kind = pyds.NvDsMetaType.NVDS_OBJ_META
    assert kind == 3
    assert kind == pyds.NvDsMetaType(3)
    assert {3: "object"}[kind] == "object"
    assert (kind == None, kind == "3", kind == 3.0) == (False, False, False)  # noqa: E711
    assert pyds.NvDsMetaType(9000).name == "???"
    with pytest.raises(TypeError):
        kind < 4  # noqa: B015


def test_members_and_version(pyds):
    members = pyds.NvDsMetaType.__members__
    assert members["NVDS_OBJ_META"] == pyds.NVDS_OBJ_META == 3
    assert "NVDS_TRACKER_OBJ_REID_META" in members
    assert "NVDS_FRAME_META_NVDSANALYTICS" not in members  # of 1.2.2
    assert pyds.__version__ == "1.2.0"


def test_an_integer_is_no_meta_type(pyds):
    with pytest.raises(TypeError, match=INCOMPATIBLE):
        pyds.NvDsUserMeta().base_meta.meta_type = 7


# ---- strings, parents, user metas ----


def test_a_text_reads_as_an_address(pyds):
    text = pyds.NvDsObjectMeta().text_params
    assert text.display_text == 0
    text.display_text = "hello"
    assert pyds.get_string(text.display_text) == "hello"
    assert pyds.get_string(0) is None
    for wrong in (None, 3):
        with pytest.raises(TypeError, match=INCOMPATIBLE):
            text.display_text = wrong
    with pytest.raises(TypeError, match=INCOMPATIBLE):
        pyds.get_string(None)


def test_a_parent_must_be_an_object(pyds, filled):
    _, batch, frame = filled
    car = add(pyds, batch, frame, "car")
    plate = add(pyds, batch, frame, "plate", car)
    assert plate.parent is car
    assert car.parent is None
    for wrong in (frame, pyds.standin_handle(car), car._address, 0):
        with pytest.raises(TypeError, match=INCOMPATIBLE):
            plate.parent = wrong
        with pytest.raises(TypeError, match=INCOMPATIBLE):
            pyds.nvds_add_obj_meta_to_frame(frame, plate, wrong)


def test_user_data_reads_as_a_capsule(pyds):
    user, counts = pyds.NvDsUserMeta(), pyds.NvDsAnalyticsFrameMeta()
    assert user.user_meta_data is None
    user.user_meta_data = counts
    assert type(user.user_meta_data).__name__ == "PyCapsule"
    assert pyds.NvDsAnalyticsFrameMeta.cast(user.user_meta_data) is counts
    for wrong in (3, {"any": "object"}):
        with pytest.raises(TypeError, match=INCOMPATIBLE):
            user.user_meta_data = wrong


# ---- analytics ----


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("objInROIcnt", [("door", 2)]),
        ("objInROIcnt", {"door": "two"}),
        ("objInROIcnt", {"door": -2}),
        ("objInROIcnt", {3: 2}),
        ("ocStatus", {"door": "yes"}),
        ("objCnt", {"person": 2}),
        ("objLCCumCnt", {"line": 2.0}),
    ],
)
def test_analytics_dictionaries_refuse_other_types(pyds, name, wrong):
    counts = pyds.NvDsAnalyticsFrameMeta()
    with pytest.raises(TypeError, match=INCOMPATIBLE):
        setattr(counts, name, wrong)


@pytest.mark.parametrize("wrong", ["door", [3], 3, {"door"}])
def test_analytics_lists_refuse_other_types(pyds, wrong):
    with pytest.raises(TypeError, match=INCOMPATIBLE):
        pyds.NvDsAnalyticsObjInfo().roiStatus = wrong


def test_analytics_containers_are_copied_when_read(pyds):
    counts, touched = pyds.NvDsAnalyticsFrameMeta(), pyds.NvDsAnalyticsObjInfo()
    counts.objInROIcnt, counts.ocStatus, touched.lcStatus = {"door": 2}, {"door": 1}, ["exit"]
    counts.objInROIcnt["door"] = 3
    touched.lcStatus.append("more")
    assert (counts.objInROIcnt, touched.lcStatus) == ({"door": 2}, ["exit"])
    assert counts.ocStatus == {"door": True}


# ---- the parts that were missing ----


def test_display_params(pyds, filled):
    _, batch, frame = filled
    display = pyds.nvds_acquire_display_meta_from_pool(batch)
    display.num_rects = display.num_labels = 1
    display.rect_params[0].left = 5
    display.text_params[0].display_text = "hello"
    display.circle_params[15].radius = 9
    pyds.nvds_add_display_meta_to_frame(frame, display)
    shown = pyds.NvDsDisplayMeta.cast(frame.display_meta_list.data)
    assert [len(getattr(shown, f"{kind}_params")) for kind in ("rect", "line", "arrow")] == [16] * 3
    assert (shown.rect_params[0].left, shown.circle_params[15].radius) == (5.0, 9)
    assert shown.rect_params is not shown.rect_params
    with pytest.raises(AttributeError):
        shown.rect_params = []
    assert not hasattr(shown.circle_params[0], "circle_width")


def test_masks(pyds):
    mask = pyds.NvDsObjectMeta().mask_params
    mask.width, mask.height = 3, 2
    mask.alloc_mask_array()[:] = np.arange(6)
    assert mask.size == 24
    assert mask.get_mask_array().tolist() == [0, 1, 2, 3, 4, 5]
    assert mask.get_mask_array().dtype == np.float32


def test_numbers_of_ones_own_are_four_of_32_bits(pyds):
    obj = pyds.NvDsObjectMeta()
    obj.misc_obj_info[1] = 7
    assert obj.misc_obj_info.tolist() == [0, 7, 0, 0]
    assert obj.misc_obj_info.dtype == np.int32
    assert obj.reserved.shape == (4,)
    with pytest.raises(TypeError):
        obj.misc_obj_info = [1, 2, 3, 4]


def test_pools(pyds, filled):
    _, batch, frame = filled
    before = batch.obj_meta_pool.num_full_elements
    add(pyds, batch, frame, "car")
    assert batch.obj_meta_pool.num_full_elements == before + 1
    assert batch.obj_meta_pool.element_size == 552
    assert batch.obj_meta_pool.full_list is not None
    with pytest.raises(TypeError):
        batch.meta_mutex  # noqa: B018


def test_what_is_removed_is_zeroed_and_given_out_again(pyds, filled):
    _, batch, frame = filled
    car = add(pyds, batch, frame, "car")
    pyds.nvds_remove_obj_meta_from_frame(frame, car)
    assert (frame.num_obj_meta, car.obj_label) == (0, "")
    assert pyds.nvds_acquire_obj_meta_from_pool(batch) is car


# ---- attributes ----


@pytest.mark.parametrize(
    ("holder", "name", "value"),
    [
        ("text_params", "x_offset", -5),
        ("text_params", "x_offset", 3.0),
        ("rect_params", "left", "left"),
        ("rect_params", "border_width", 2**32),
    ],
)
def test_wrong_values(pyds, holder, name, value):
    with pytest.raises(TypeError, match=INCOMPATIBLE):
        setattr(getattr(pyds.NvDsObjectMeta(), holder), name, value)


def test_what_is_not_bound_or_cannot_be_done(pyds):
    obj = pyds.NvDsObjectMeta()
    with pytest.raises(AttributeError):
        obj.confidense = 0.5
    with pytest.raises(AttributeError):
        del obj.confidence
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(obj)
    assert not hasattr(obj.rect_params, "rotation_angle")
    assert not hasattr(pyds.NvDsFrameMeta(), "pipeline_width")
    assert not hasattr(pyds.NvDsClassifierMeta(), "classifier_type")


def test_a_struct_is_assigned_by_value(pyds):
    obj, rect = pyds.NvDsObjectMeta(), pyds.NvOSD_RectParams()
    rect.left = 4
    obj.rect_params = rect
    rect.left = 5
    held = obj.rect_params
    held.top = 6
    assert (obj.rect_params.left, obj.rect_params.top) == (4.0, 6.0)


# ---- before the type of NVIDIA's meta is registered ----

LOOK_UP = """
    from standins import nvidia
    from pythiags.gst import Gst
    from pythiags.gst.carriers import frames_per_batch
    from pythiags.testing import Regions, SceneFrame, SceneObject

    _, gst_meta = nvidia.libraries()
    objects = (SceneObject("car"),) * 3
    with Regions().carry([SceneFrame(objects)]) as buffer:
        if {ask}:
            assert not gst_meta.gst_buffer_get_nvds_batch_meta(hash(buffer))
        assert [frame.num_obj_meta for frame in frames_per_batch(buffer)] == [3]
"""


@pytest.mark.parametrize(("ask", "criticals"), [(False, 0), (True, 4)], ids=["pythiags", "pyds"])
def test_a_look_up_says_nothing_before_the_type_is_registered(ask, criticals):
    """NVIDIA's function logs a critical for each meta; pythiags asks only once the type exists."""
    nvidia.needs_library()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LOOK_UP).format(ask=ask)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("GStreamer-CRITICAL") == criticals
    assert criticals or done.stderr == ""
