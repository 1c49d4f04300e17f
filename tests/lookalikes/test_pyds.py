"""The pyds look-alike: what the real module was seen to do, on portable metadata."""

import copy
import ctypes
import gc
import os
import pickle
import subprocess
import sys
import weakref

import numpy as np
import pytest
from standins.environments import bare

from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.lookalikes import pyds
from pythiags.lookalikes.pyds._pyds import attach_zones, payload_is
from pythiags.lookalikes.pyds.analytics import PAYLOAD_FRAME


@pytest.fixture
def buffer():
    """A buffer with one frame and two objects, of the class ids 0 and 1."""
    made = Gst.Buffer.new_allocate(None, 16, None)
    batch = BatchMeta.attach(made, 1)
    frame = batch.add_frame()
    for number in range(2):
        found = frame.add_object()
        found.class_id = number
        found.obj_label = "person"
        found.confidence = 0.5
    return made


@pytest.fixture
def batch(buffer):
    return pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))


@pytest.fixture
def frame(batch):
    return pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)


def walk(link, cls):
    while link is not None:
        yield cls.cast(link.data)
        link = link.next


def objects_of(frame):
    return list(walk(frame.obj_meta_list, pyds.NvDsObjectMeta))


# ---- buffers ----


def test_a_batch_is_found_by_the_address_of_its_buffer(batch, frame):
    assert type(batch) is pyds.NvDsBatchMeta
    assert (batch.num_frames_in_batch, frame.num_obj_meta) == (1, 2)
    assert frame.base_meta.meta_type == pyds.NvDsMetaType.NVDS_FRAME_META


def test_a_buffer_without_a_batch_has_none():
    plain = Gst.Buffer.new_allocate(None, 16, None)
    assert pyds.gst_buffer_get_nvds_batch_meta(hash(plain)) is None


@pytest.mark.parametrize("what", [0, 8, 1 << 60, (1 << 64) - 8, 12345])
def test_an_address_of_no_buffer_is_an_error_and_no_crash(what):
    with pytest.raises(ValueError, match=r"there is no buffer at .* expected hash\(info\.get_buf"):
        pyds.gst_buffer_get_nvds_batch_meta(what)


def test_the_address_of_something_else_is_an_error():
    pad = Gst.Pad.new("here", Gst.PadDirection.SRC)
    with pytest.raises(ValueError, match="there is no buffer"):
        pyds.gst_buffer_get_nvds_batch_meta(hash(pad))


@pytest.mark.parametrize("what", ["buffer", None, 1.0, -1, 1 << 64])
def test_what_is_no_address_is_a_type_error(what):
    with pytest.raises(TypeError, match=r"^\(\): incompatible function arguments\. The following"):
        pyds.gst_buffer_get_nvds_batch_meta(what)


# ---- lists ----


def test_objects_are_walked_newest_first(frame):
    assert [each.class_id for each in objects_of(frame)] == [1, 0]


def test_a_list_ends_in_none_and_an_empty_one_is_none(frame):
    last = frame.obj_meta_list.next
    assert last.next is None
    assert last.prev == frame.obj_meta_list
    assert frame.display_meta_list is None
    assert frame.obj_meta_list.prev is None


def test_each_look_at_a_link_is_a_new_handle(frame):
    node = frame.obj_meta_list
    assert node.data is not node.data
    assert type(node.data).__name__ == "PyCapsule"
    assert pyds.get_ptr(node.data) == pyds.get_ptr(node.data)


def test_a_list_may_be_set_to_none(frame):
    frame.obj_meta_list = None
    assert frame.obj_meta_list is None
    assert frame.num_obj_meta == 2  # as in pyds: the counter is on its own
    with pytest.raises(TypeError):
        frame.obj_meta_list = 3


def test_what_a_list_was_rid_of_is_not_removed_again(frame, caplog):
    parent, child = objects_of(frame)
    frame.obj_meta_list = None
    for found in (parent, child, parent):
        pyds.nvds_remove_obj_meta_from_frame(frame, found)
    assert frame.num_obj_meta == 2
    assert "was removed from what does not have it" in caplog.text


def test_a_link_that_python_made_is_empty():
    link = pyds.GList()
    assert (link.data, link.next, link.prev) == (None, None, None)


# ---- casts ----


def test_cast_takes_handles_objects_none_and_addresses(frame):
    handle = frame.obj_meta_list.data
    found = pyds.NvDsObjectMeta.cast(handle)
    assert pyds.NvDsObjectMeta.cast(found) == found
    assert pyds.NvDsObjectMeta.cast(pyds.get_ptr(handle)) == found
    assert pyds.NvDsObjectMeta.cast(None) is None
    assert pyds.NvDsObjectMeta.cast(0) is None
    assert found.cast() is found
    assert pyds.glist_get_nvds_object_meta(handle) == found


@pytest.mark.parametrize("what", ["x", 1.5, [], True])
def test_cast_refuses_all_else(what):
    with pytest.raises(TypeError, match="incompatible function arguments"):
        pyds.NvDsObjectMeta.cast(what)


def test_cast_of_an_address_where_nothing_is(frame):
    with pytest.raises(ValueError, match="no such struct"):
        pyds.NvDsObjectMeta.cast(0x10)


def test_a_wrong_cast_shows_zeros_and_is_told_once(frame, caplog):
    for _ in range(3):
        found = pyds.NvDsObjectMeta.cast(pyds.get_ptr(frame))
        assert (found.class_id, found.obj_label, found.obj_user_meta_list) == (0, "", None)
    (line,) = [each.getMessage() for each in caplog.records]
    assert "test_pyds.py:" in line
    assert "NvDsObjectMeta.cast was given a NvDsFrameMeta" in line


def test_the_cast_of_a_link_instead_of_its_data_is_told(frame, caplog):
    assert pyds.NvDsObjectMeta.cast(frame.obj_meta_list).class_id == 0
    assert "was given a GList" in caplog.text


# ---- attributes ----


def test_attributes_are_read_and_written(frame):
    found = objects_of(frame)[0]
    found.rect_params.left = 0.1
    assert found.rect_params.left == np.float32(0.1)
    box = found.rect_params
    box.top = 7
    assert found.rect_params.top == 7.0
    found.object_id = 2**64 - 1
    assert found.object_id == 2**64 - 1
    found.detector_bbox_info.org_bbox_coords.width = 12
    assert objects_of(frame)[0].detector_bbox_info.org_bbox_coords.width == 12


def test_a_struct_is_copied_when_it_is_assigned(frame):
    box = pyds.NvOSD_RectParams()
    box.left, box.border_width = 5.0, 3
    first, second = objects_of(frame)
    first.rect_params = box
    box.left = 9.0
    assert (first.rect_params.left, first.rect_params.border_width) == (5.0, 3)
    second.rect_params = first.rect_params
    assert second.rect_params.left == 5.0
    with pytest.raises(TypeError):
        first.rect_params = pyds.NvOSD_TextParams()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("x_offset", -5),
        ("x_offset", 3.0),
        ("x_offset", np.float64(3)),
        ("x_offset", 2**32),
        ("x_offset", "3"),
        ("x_offset", None),
        ("display_text", 3),
        ("display_text", None),
        ("set_bg_clr", 2**31),
    ],
)
def test_what_does_not_fit_is_a_type_error_that_names_the_attribute(frame, attribute, value):
    text = objects_of(frame)[0].text_params
    with pytest.raises(
        TypeError, match=rf"(?s)^\(\): incompatible .*NvOSD_TextParams\.{attribute}"
    ):
        setattr(text, attribute, value)


@pytest.mark.parametrize("value", [np.float32(3), np.int64(3), True])
def test_numbers_of_numpy_fit_integers(frame, value):
    text = objects_of(frame)[0].text_params
    text.x_offset = value
    assert text.x_offset == int(value)


def test_objects_have_no_other_attributes_but_subclasses_have(frame):
    found = objects_of(frame)[0]
    with pytest.raises(AttributeError):
        found.mine = 1
    with pytest.raises(AttributeError):
        del found.class_id

    class Mine(pyds.NvDsObjectMeta):
        pass

    mine = Mine()
    mine.mine = 1
    assert mine.class_id == 0


def test_objects_are_true_weakly_referable_and_not_copied(frame):
    found = objects_of(frame)[0]
    assert found
    assert weakref.ref(found)() is found
    for function in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot pickle"):
            function(found)


def test_what_a_constructor_makes_is_zero_and_of_no_kind():
    made = pyds.NvDsObjectMeta()
    assert (made.class_id, made.object_id, made.base_meta.meta_type) == (0, 0, 0)
    assert pyds.NvDsUserMeta().user_meta_data is None
    assert pyds.NvDsBatchMeta().frame_meta_list is None
    assert pyds.NvDsBaseMeta().meta_type == 0


def test_unsuitable_members_read_as_in_pyds(batch, frame):
    with pytest.raises(TypeError, match="Unable to convert"):
        batch.meta_mutex  # noqa: B018
    misc = frame.misc_frame_info
    assert (misc.dtype, misc.shape) == (np.int32, (4,))
    misc[1] = 5
    assert frame.misc_frame_info[1] == 5
    with pytest.raises(TypeError):
        frame.misc_frame_info = misc
    assert batch.obj_meta_pool.meta_type == pyds.NvDsMetaType.NVDS_OBJ_META


# ---- texts ----


def test_a_label_is_a_str_and_longer_ones_are_cut(frame):
    found = objects_of(frame)[0]
    assert found.obj_label == "person"
    found.obj_label = "car"
    assert found.obj_label == "car"
    found.obj_label = b"x" * 200
    assert found.obj_label == "x" * 127
    found.obj_label = b"\xff"
    with pytest.raises(UnicodeDecodeError):
        found.obj_label  # noqa: B018


def test_a_text_reads_as_an_address_for_get_string(frame):
    text = objects_of(frame)[0].text_params
    assert text.display_text == 0
    assert pyds.get_string(text.display_text) is None
    text.display_text = "ä" * 300
    assert type(text.display_text) is int
    assert pyds.get_string(text.display_text) == "ä" * 300
    text.display_text = b"bytes"
    assert pyds.get_string(text.display_text) == "bytes"
    text.font_params.font_name = "Serif"
    assert pyds.get_string(text.font_params.font_name) == "Serif"
    for wrong in (None, "text", 1.0):
        with pytest.raises(TypeError):
            pyds.get_string(wrong)
    with pytest.raises(ValueError, match="no text at 0x10"):
        pyds.get_string(0x10)


def test_a_copied_text_is_its_own(frame):
    first, second = objects_of(frame)
    first.text_params.display_text = "first"
    second.text_params = first.text_params
    first.text_params.display_text = "other"
    assert pyds.get_string(second.text_params.display_text) == "first"


# ---- display metas ----


def test_a_display_meta_has_sixteen_of_each(batch, frame):
    display = pyds.nvds_acquire_display_meta_from_pool(batch)
    display.num_labels = 1
    assert {len(getattr(display, f"{kind}_params")) for kind in ("rect", "text", "line")} == {16}
    label = display.text_params[0]
    label.display_text = "hello"
    label.font_params.font_color.set(1.0, 0.5, 0.25, 1.0)
    display.arrow_params[1].arrow_head = pyds.NvOSD_Arrow_Head_Direction.END_HEAD
    assert frame.display_meta_list is None
    pyds.nvds_add_display_meta_to_frame(frame, display)
    (shown,) = walk(frame.display_meta_list, pyds.NvDsDisplayMeta)
    assert pyds.get_string(shown.text_params[0].display_text) == "hello"
    assert shown.text_params[0].font_params.font_color.green == 0.5
    assert shown.arrow_params[1].arrow_head == pyds.NvOSD_Arrow_Head_Direction.END_HEAD
    with pytest.raises(AttributeError):
        display.rect_params = []
    with pytest.raises(TypeError):
        display.arrow_params[1].arrow_head = 1


# ---- acquiring, adding, removing ----


def test_an_acquired_object_is_zero(batch):
    found = pyds.nvds_acquire_obj_meta_from_pool(batch)
    assert (found.object_id, found.class_id, found.confidence) == (0, 0, 0.0)
    assert found.base_meta.meta_type == 3
    assert found.base_meta.batch_meta == batch


def test_objects_are_added_and_removed_with_their_counters(batch, frame):
    parent = objects_of(frame)[0]
    added = pyds.nvds_acquire_obj_meta_from_pool(batch)
    added.class_id = 7
    pyds.nvds_add_obj_meta_to_frame(frame, added, parent)
    assert (frame.num_obj_meta, added.parent) == (3, parent)
    assert [each.class_id for each in objects_of(frame)] == [7, 1, 0]
    pyds.nvds_remove_obj_meta_from_frame(frame, parent)
    assert (frame.num_obj_meta, added.parent) == (2, None)
    with pytest.raises(ValueError, match="added before"):
        pyds.nvds_add_obj_meta_to_frame(frame, added, None)
    pyds.nvds_clear_obj_meta_list(frame, frame.obj_meta_list)
    assert (frame.num_obj_meta, frame.obj_meta_list) == (0, None)


def test_objects_may_be_removed_while_the_list_is_walked(frame, caplog):
    link, seen = frame.obj_meta_list, []
    while link is not None:
        found = pyds.NvDsObjectMeta.cast(link.data)
        seen.append(found.class_id)
        pyds.nvds_remove_obj_meta_from_frame(frame, found)
        link = link.next
    assert seen == [1, 0]
    assert "the next link was asked of one that was removed" in caplog.text


def test_what_belongs_elsewhere_is_refused(frame):
    other = pyds.nvds_create_batch_meta(1)
    found = pyds.nvds_acquire_obj_meta_from_pool(other)
    with pytest.raises(ValueError, match="is of another batch"):
        pyds.nvds_add_obj_meta_to_frame(frame, found, None)
    with pytest.raises(TypeError):
        pyds.nvds_add_obj_meta_to_frame(frame, frame, None)
    with pytest.raises(TypeError):
        pyds.nvds_add_obj_meta_to_frame(frame, found, frame)


def test_classifiers_and_labels_are_added_and_removed(batch, frame):
    found = objects_of(frame)[0]
    classifier = pyds.nvds_acquire_classifier_meta_from_pool(batch)
    label = pyds.nvds_acquire_label_info_meta_from_pool(batch)
    label.result_label, label.result_prob = "red", 0.25
    pyds.nvds_add_label_info_meta_to_classifier(classifier, label)
    pyds.nvds_add_classifier_meta_to_object(found, classifier)
    (read,) = walk(found.classifier_meta_list, pyds.NvDsClassifierMeta)
    (info,) = walk(read.label_info_list, pyds.NvDsLabelInfo)
    assert (read.num_labels, info.result_label, info.result_prob) == (1, "red", 0.25)
    pyds.nvds_remove_label_info_meta_from_classifier(classifier, label)
    assert (classifier.num_labels, classifier.label_info_list) == (0, None)
    pyds.nvds_remove_classifier_meta_from_obj(found, classifier)
    assert found.classifier_meta_list is None


def test_frames_are_added_copied_and_removed():
    batch = pyds.nvds_create_batch_meta(4)
    assert batch.max_frames_in_batch == 4
    for number in range(2):
        frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
        frame.frame_num = number
        pyds.nvds_add_frame_meta_to_batch(batch, frame)
    found = pyds.nvds_acquire_obj_meta_from_pool(batch)
    found.class_id = 4
    pyds.nvds_add_obj_meta_to_frame(frame, found, None)
    assert [each.frame_num for each in walk(batch.frame_meta_list, pyds.NvDsFrameMeta)] == [0, 1]
    assert pyds.nvds_get_nth_frame_meta(batch.frame_meta_list, 1).frame_num == 1
    other = pyds.nvds_create_batch_meta(4)
    pyds.nvds_copy_frame_meta_list(batch.frame_meta_list, other)
    copied = pyds.nvds_get_nth_frame_meta(other.frame_meta_list, 1)
    assert [each.class_id for each in objects_of(copied)] == [4]
    pyds.nvds_copy_obj_meta_list(copied.obj_meta_list, copied)
    assert (copied.num_obj_meta, len(objects_of(copied))) == (2, 2)
    pyds.nvds_remove_frame_meta_from_batch(batch, frame)
    assert batch.num_frames_in_batch == 1
    pyds.nvds_clear_frame_meta_list(batch, batch.frame_meta_list)
    assert (batch.num_frames_in_batch, batch.frame_meta_list) == (0, None)


def test_the_lock_may_be_taken_twice(batch):
    for function in (pyds.nvds_acquire_meta_lock, pyds.nvds_release_meta_lock):
        function(batch)
        function(batch)


# ---- user metas ----


def test_a_custom_struct_follows_its_buffer_into_copies(buffer, batch, frame):
    user = pyds.nvds_acquire_user_meta_from_pool(batch)
    struct = pyds.alloc_custom_struct(user)
    struct.structId, struct.message = 5, "hello"
    user.user_meta_data = struct
    user.base_meta.meta_type = pyds.NvDsMetaType.NVDS_USER_META
    pyds.nvds_add_user_meta_to_frame(frame, user)
    copied = buffer.copy_deep()
    other = pyds.gst_buffer_get_nvds_batch_meta(hash(copied))
    struct.structId = 6
    (read,) = walk(
        pyds.NvDsFrameMeta.cast(other.frame_meta_list.data).frame_user_meta_list, pyds.NvDsUserMeta
    )
    shown = pyds.CustomDataStruct.cast(read.user_meta_data)
    assert (shown.structId, pyds.get_string(shown.message)) == (5, "hello")


def test_a_message_follows_its_buffer_into_copies(buffer, batch, frame):
    user = pyds.nvds_acquire_user_meta_from_pool(batch)
    message = pyds.alloc_nvds_event_msg_meta(user)
    message.bbox.left, message.frameId, message.trackingId = 4.0, 30, 2**40
    message.type = pyds.NvDsEventType.NVDS_EVENT_MOVING
    message.ts = pyds.alloc_buffer(33)
    pyds.generate_ts_rfc3339(message.ts, 32)
    vehicle = pyds.NvDsVehicleObject.cast(pyds.alloc_nvds_vehicle_object())
    vehicle.color = "blue"
    message.objType = pyds.NvDsObjectType.NVDS_OBJECT_TYPE_VEHICLE
    message.extMsg, message.extMsgSize = vehicle, sys.getsizeof(pyds.NvDsVehicleObject)
    user.user_meta_data = message
    user.base_meta.meta_type = pyds.NvDsMetaType.NVDS_EVENT_MSG_META
    pyds.nvds_add_user_meta_to_frame(frame, user)
    at = pyds.get_string(message.ts)
    copied = buffer.copy_deep()
    other = pyds.gst_buffer_get_nvds_batch_meta(hash(copied))
    frame = pyds.NvDsFrameMeta.cast(other.frame_meta_list.data)
    read = pyds.NvDsUserMeta.cast(frame.frame_user_meta_list.data)
    assert read.base_meta.meta_type == pyds.NVDS_EVENT_MSG_META
    shown = pyds.NvDsEventMsgMeta.cast(read.user_meta_data)
    assert shown != message
    assert (shown.frameId, shown.trackingId, shown.type) == (30, 2**40, 2)
    assert pyds.get_string(shown.ts) == at
    assert at[4::3][:2] == "--"
    assert pyds.get_string(pyds.NvDsVehicleObject.cast(shown.extMsg).color) == "blue"


@pytest.mark.parametrize(
    "case",
    [
        ("VEHICLE_EXT", "NvDsVehicleObjectExt", "license"),
        ("PERSON_EXT", "NvDsPersonObjectExt", "apparel"),
        ("FACE_EXT", "NvDsFaceObjectWithExt", "eyecolor"),
    ],
)
def test_what_a_message_says_of_an_object_with_a_mask_is_copied(buffer, batch, frame, case):
    kind, name, word = case
    cls = getattr(pyds, name)
    user = pyds.nvds_acquire_user_meta_from_pool(batch)
    message = pyds.alloc_nvds_event_msg_meta(user)
    described = cls.cast(pyds.alloc_buffer(72))
    setattr(described, word, "blue")
    text = getattr(described, word)
    message.objType = getattr(pyds.NvDsObjectType, f"NVDS_OBJECT_TYPE_{kind}")
    message.extMsg, message.extMsgSize = described, 72
    user.user_meta_data = message
    pyds.nvds_add_user_meta_to_frame(frame, user)
    copied = buffer.copy_deep()
    other = pyds.gst_buffer_get_nvds_batch_meta(hash(copied))
    frame = pyds.NvDsFrameMeta.cast(other.frame_meta_list.data)
    read = pyds.NvDsUserMeta.cast(frame.frame_user_meta_list.data)
    shown = cls.cast(pyds.NvDsEventMsgMeta.cast(read.user_meta_data).extMsg)
    assert getattr(shown, word) != text
    assert pyds.get_string(getattr(shown, word)) == "blue"


SMALL = """
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.lookalikes import pyds
import gc
import os

for allocate, size in ((pyds.alloc_nvds_event_msg_meta, 184), (pyds.alloc_custom_struct, 24)):
    for what in ("freed", "short", "part"):
        buffer = Gst.Buffer.new_allocate(None, 16, None)
        BatchMeta.attach(buffer, 1).add_frame()
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
        user = pyds.nvds_acquire_user_meta_from_pool(batch)
        user.user_meta_data = held = allocate(user)
        if what == "freed":
            pyds.free_gbuffer(held)
            held = None
        elif what == "short":
            user.user_meta_data = pyds.NvDsEvent.cast(pyds.alloc_buffer(size - 1))
        else:
            user.user_meta_data = held = pyds.NvDsRect()
            held = pyds.NvOSD_RectParams()
            user.user_meta_data = held.border_color
        pyds.nvds_add_user_meta_to_batch(batch, user)
        copied = buffer.copy_deep()
        other = pyds.gst_buffer_get_nvds_batch_meta(hash(copied))
        read = pyds.NvDsUserMeta.cast(other.batch_user_meta_list.data)
        assert read.user_meta_data is None, (allocate, what)
        del batch, user, other, read, copied, buffer
        gc.collect()
print("done")
"""


def test_what_is_no_message_is_neither_copied_nor_freed():
    done = subprocess.run(
        [sys.executable, "-c", SMALL], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


def test_copies_and_releases_in_python(buffer, batch, frame):
    calls = []

    def copy_func(data, user_data):
        user = pyds.NvDsUserMeta.cast(data)
        source = pyds.NvDsEventMsgMeta.cast(user.user_meta_data)
        calls.append(("copy", source.frameId, user_data))
        size = sys.getsizeof(pyds.NvDsEventMsgMeta)
        return pyds.NvDsEventMsgMeta.cast(pyds.memdup(pyds.get_ptr(source), size))

    def release_func(data, user_data):
        user = pyds.NvDsUserMeta.cast(data)
        source = pyds.NvDsEventMsgMeta.cast(user.user_meta_data)
        calls.append(("release", source.frameId, user_data))
        pyds.free_gbuffer(user.user_meta_data)

    user = pyds.nvds_acquire_user_meta_from_pool(batch)
    message = pyds.alloc_nvds_event_msg_meta()
    message.frameId = 9
    user.user_meta_data = message
    pyds.register_user_copyfunc(copy_func)
    pyds.user_copyfunc(user, copy_func)
    pyds.user_releasefunc(user, release_func)
    pyds.nvds_add_user_meta_to_frame(frame, user)
    copied = buffer.copy_deep()
    assert calls == [("copy", 9, None)]
    del copied
    gc.collect()
    assert calls == [("copy", 9, None), ("release", 9, None)]


def test_user_meta_data_takes_handles_objects_and_none_only(batch):
    user = pyds.nvds_acquire_user_meta_from_pool(batch)
    assert user.user_meta_data is None
    for wrong in (3, "text", object()):
        with pytest.raises(TypeError):
            user.user_meta_data = wrong
    user.user_meta_data = pyds.NvOSD_RectParams()
    assert type(user.user_meta_data).__name__ == "PyCapsule"
    user.user_meta_data = None
    assert user.user_meta_data is None


def test_kinds_of_user_metas_have_numbers_by_name():
    number = pyds.nvds_get_user_meta_type("MINE.USER_META")
    assert type(number) is int
    assert number > pyds.NVDS_START_USER_META.value
    assert number == pyds.nvds_get_user_meta_type("MINE.USER_META")
    user = pyds.nvds_acquire_user_meta_from_pool(pyds.nvds_create_batch_meta(1))
    user.base_meta.meta_type = pyds.NvDsMetaType(number)
    assert user.base_meta.meta_type == number
    assert repr(user.base_meta.meta_type) == f"<NvDsMetaType.???: {number}>"
    with pytest.raises(TypeError):
        user.base_meta.meta_type = number


# ---- analytics and past frames ----


def test_analytics_are_found_by_both_eras_and_copied_when_they_are_read(buffer, frame):
    made = pyds.NvDsAnalyticsFrameMeta()
    made.objInROIcnt = {"RF": 2}
    made.ocStatus = {"OC": True}
    made.objLCCumCnt = {"Exit": 2**40}
    made.objCnt = {0: 3, 2: 1}
    made.unique_id = 4
    attach_zones(frame, made)
    info = pyds.NvDsAnalyticsObjInfo()
    info.roiStatus, info.dirStatus = ["RF", "other"], "South"
    attach_zones(objects_of(frame)[0], info)
    copied = buffer.copy_deep()
    for of in (buffer, copied):
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(of))
        frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
        (user,) = walk(frame.frame_user_meta_list, pyds.NvDsUserMeta)
        kind = user.base_meta.meta_type
        assert kind == pyds.nvds_get_user_meta_type("NVIDIA.DSANALYTICSFRAME.USER_META")
        assert kind == pyds.NvDsMetaType.NVDS_FRAME_META_NVDSANALYTICS
        read = pyds.NvDsAnalyticsFrameMeta.cast(data=user.user_meta_data)
        assert (read.objInROIcnt, read.ocStatus) == ({"RF": 2}, {"OC": True})
        assert (read.objLCCumCnt, read.objLCCurrCnt) == ({"Exit": 2**40}, {})
        assert (read.objCnt, read.unique_id) == ({0: 3, 2: 1}, 4)
        read.objCnt[7] = 1
        assert 7 not in read.objCnt
        (user,) = walk(
            next(each for each in objects_of(frame) if each.obj_user_meta_list).obj_user_meta_list,
            pyds.NvDsUserMeta,
        )
        assert user.base_meta.meta_type == 33
        read = pyds.NvDsAnalyticsObjInfo.cast(user.user_meta_data)
        assert (read.roiStatus, read.dirStatus, read.objStatus) == (["RF", "other"], "South", "")


def test_what_is_written_into_analytics_is_not_seen_in_a_copy(buffer, frame):
    made = pyds.NvDsAnalyticsFrameMeta()
    made.objInROIcnt = {"RF": 2}
    attach_zones(frame, made)
    copied = buffer.copy_deep()

    def read(of):
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(of))
        frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
        user = pyds.NvDsUserMeta.cast(frame.frame_user_meta_list.data)
        return pyds.NvDsAnalyticsFrameMeta.cast(user.user_meta_data)

    read(buffer).objInROIcnt = {"RF": 7, "new": 1}
    read(copied).unique_id = 3
    assert (read(buffer).objInROIcnt, read(buffer).unique_id) == ({"RF": 7, "new": 1}, 0)
    assert (read(copied).objInROIcnt, read(copied).unique_id) == ({"RF": 2}, 3)


def test_analytics_refuse_what_does_not_fit():
    made = pyds.NvDsAnalyticsFrameMeta()
    for wrong in (3, {"a": "b"}, {"a": -1}, {3: 1}, {"a": 2**32}):
        with pytest.raises(TypeError):
            made.objInROIcnt = wrong
    with pytest.raises(TypeError):
        pyds.NvDsAnalyticsObjInfo().roiStatus = "RF"
    with pytest.raises(TypeError):
        pyds.NvDsAnalyticsFrameMeta.cast(1234)


def test_what_has_nothing_lists_nothing():
    assert list(pyds.NvDsTargetMiscDataBatch().list()) == []
    assert list(pyds.NvDsTargetMiscDataObject.list(pyds.NvDsTargetMiscDataObject())) == []
    assert pyds.NvDsObjReid().get_host_reid_vector().shape == (0,)


# ---- memory ----


def test_memory_is_allocated_read_and_freed_once():
    address = pyds.alloc_buffer(8)
    ctypes.memmove(address, b"hi\0", 3)
    assert pyds.get_string(address) == "hi"
    other = pyds.memdup(address, 8)
    assert other != address
    assert pyds.strdup2str(other) == "hi"
    pyds.free_buffer(address)
    pyds.free_buffer(other)
    assert pyds.memdup(0, 3) == pyds.strdup(0) == 0
    assert pyds.strdup2str(0) == ""
    with pytest.raises(ValueError, match="expected the address of 8 bytes"):
        pyds.generate_ts_rfc3339(0x10, 8)


ALLOCATE = """
from pythiags.lookalikes import pyds

try:
    pyds.{call}
except MemoryError as problem:
    print(problem)
"""


@pytest.mark.parametrize(
    "call",
    [
        "alloc_buffer(1 << 60)",
        "alloc_char_buffer(1 << 60)",
        "memdup(pyds.alloc_buffer(8), 1 << 60)",
    ],
)
def test_more_memory_than_there_is_is_an_error(call):
    done = subprocess.run(
        [sys.executable, "-c", ALLOCATE.format(call=call)],
        capture_output=True,
        text=True,
        check=False,
    )
    name = call.split("(")[0]
    assert done.stdout == f"{name}: there is no memory of {1 << 60} bytes\n"
    assert (done.stderr, done.returncode) == ("", 0)


def test_freeing_twice_is_told_and_does_no_harm(caplog):
    address = pyds.alloc_buffer(8)
    pyds.free_buffer(address)
    pyds.free_buffer(address)
    assert "which was not allocated, or is freed already" in caplog.text


def test_the_texts_of_a_struct_that_is_python_s_go_with_it(caplog):
    text, font = pyds.NvOSD_TextParams(), pyds.NvOSD_FontParams()
    for each in ("first", "second"):
        text.display_text = each
    font.font_name = "Serif"
    text.font_params = font
    del font
    texts = [text.display_text, text.font_params.font_name]
    assert [pyds.get_string(each) for each in texts] == ["second", "Serif"]
    del text
    for each in texts:
        pyds.free_buffer(each)
    assert caplog.text.count("was not allocated, or is freed already") == 2


# ---- masks ----


def test_masks_are_read_and_made(frame):
    mask = objects_of(frame)[0].mask_params
    assert mask.get_mask_array().shape == (0,)
    mask.width, mask.height = 3, 2
    array = mask.alloc_mask_array()
    array[:] = np.arange(6)
    assert mask.size == 24
    assert objects_of(frame)[0].mask_params.get_mask_array().reshape(2, 3)[1, 2] == 5.0


@pytest.mark.parametrize("of_a_batch", [True, False])
def test_a_mask_that_is_too_large_is_refused(frame, of_a_batch):
    mask = objects_of(frame)[0].mask_params if of_a_batch else pyds.NvOSD_MaskParams()
    mask.width, mask.height = 2**16, 2**15  # 2**33 bytes: more than size can say
    with pytest.raises(MemoryError, match=r"alloc_mask_array: a mask of 65536 \* 32768 is larger"):
        mask.alloc_mask_array()
    assert (mask.size, mask.get_mask_array().shape) == (0, (0,))


@pytest.mark.parametrize("of_a_batch", [True, False])
def test_a_mask_is_no_larger_than_its_memory(frame, of_a_batch):
    mask = objects_of(frame)[0].mask_params if of_a_batch else pyds.NvOSD_MaskParams()
    mask.width, mask.height = 3, 2
    mask.alloc_mask_array()
    with pytest.raises(
        ValueError, match=r"MaskParams.size: the mask has memory of 24 bytes, got 28"
    ):
        mask.size = 28
    mask.size = 12
    assert mask.get_mask_array().shape == (3,)
    mask.data = None
    mask.size = 28
    other = pyds.NvOSD_MaskParams()
    other.width = other.height = 2
    other.alloc_mask_array()
    with pytest.raises(ValueError, match=r"MaskParams.data: expected memory of 28 bytes"):
        mask.data = other.data
    assert mask.get_mask_array().shape == (0,)
    mask.size = 16
    mask.data = other.data
    assert mask.get_mask_array().shape == (4,)


# ---- enumerations ----


def test_enumerations_compare_by_number():
    kind = pyds.NvDsMetaType.NVDS_USER_META
    assert kind == 7 == kind
    assert kind is pyds.NVDS_USER_META
    assert kind != "x"
    assert kind is not None
    assert not kind == None  # noqa: E711, SIM201
    assert hash(kind) == hash(7)
    assert (int(kind), kind.value, kind.name) == (7, 7, "NVDS_USER_META")
    assert pyds.NvDsMetaType.__members__["NVDS_USER_META"] is kind
    assert repr(kind) == "<NvDsMetaType.NVDS_USER_META: 7>"
    assert pyds.NvDsInferDataType.FLOAT == pyds.FLOAT == 0
    with pytest.raises(TypeError):
        kind < 8  # noqa: B015


# ---- what no portable element uses ----


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("NvBufSurfaceMap", "get_nvds_buf_surface shows one as an array"),
        ("nvds_obj_enc_create_context", "cv2.imwrite"),
        ("gst_element_send_nvevent_interval_update", "property interval"),
    ],
)
def test_what_cannot_be_done_says_what_can(name, why):
    with pytest.raises(RuntimeError, match=f"{name}: .*{why}"):
        getattr(pyds, name)(1, 2)


def test_optical_flow_is_an_array():
    flow = pyds.NvDsOpticalFlowMeta()
    flow.rows, flow.cols = 2, 1
    address = pyds.alloc_buffer(8)
    ctypes.memmove(address, np.array([1, -2, 3, -4], np.int16).tobytes(), 8)
    flow.data = pyds.NvOFFlowVector.cast(address)
    assert pyds.get_optical_flow_vectors(flow).tolist() == [1.0, -2.0, 3.0, -4.0]
    assert pyds.NvOFFlowVector.cast(flow.data).flowy == -2
    pyds.free_buffer(address)


def test_surfaces_and_regions_have_their_fields():
    assert pyds.NvBufSurfaceParams().colorFormat == pyds.NVBUF_COLOR_FORMAT_INVALID
    assert pyds.NvBufSurface().memType == pyds.NVBUF_MEM_DEFAULT
    assert pyds.NvDsRoiMeta().roi.width == 0
    arguments = pyds.NvDsObjEncUsrArgs()
    arguments.fileNameImg, arguments.saveImg = "a.jpg", True
    assert (arguments.fileNameImg, arguments.saveImg) == ("a.jpg", True)


# ---- life ----


def test_what_is_kept_reads_what_was_there_last(buffer):
    found = objects_of(
        pyds.NvDsFrameMeta.cast(
            pyds.gst_buffer_get_nvds_batch_meta(hash(buffer)).frame_meta_list.data
        )
    )[0]
    handle = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer)).frame_meta_list.data
    del buffer
    gc.collect()
    assert found.obj_label == "person"
    assert pyds.NvDsFrameMeta.cast(handle).num_obj_meta == 2


# ---- versions ----


def in_version(version, code):
    return subprocess.run(
        [sys.executable, "-c", f"from pythiags.lookalikes import pyds\n{code}"],
        env=bare(PYTHIAGS_PYDS=version),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_older_version_has_its_own_names_and_labels():
    code = (
        "o = pyds.NvDsObjectMeta(); o.obj_label = 'person'; o.obj_label = 'car'\n"
        "print(pyds.__version__, o.obj_label, hasattr(pyds, 'NvDsDataType'),\n"
        "      hasattr(pyds.NvDsMetaType, 'NVDS_OBJ_META_NVDSANALYTICS'),\n"
        "      hasattr(pyds, 'NvDsPastFrameObjBatch'), hasattr(pyds, 'NvDsTargetMiscDataBatch'))"
    )
    assert in_version("1.1.8", code).stdout == "1.1.8 carson False False True False\n"
    assert in_version("", code).stdout == "1.2.2 car True True False True\n"


def test_a_version_that_never_was_is_refused():
    done = in_version("1.1.7", "")
    assert done.returncode == 1
    assert "there is no pyds 1.1.7" in done.stderr
    assert "1.1.8" in done.stderr


def test_a_payload_is_of_one_class_only():
    with pytest.raises(ValueError, match="payloads of number 102 are no NvDsPayloads"):
        payload_is(PAYLOAD_FRAME, pyds.NvDsPayload)


@pytest.mark.parametrize(
    ("version", "name", "said"),
    [
        ("", "get_native_ptr", "NVIDIA's has none either; what a build of one's own adds to it"),
        ("", "NvDsFrameMetas", "did you mean 'NvDsFrameMeta'?"),
        ("", "NvDsPastFrameObjBatch", "pyds has it up to 1.1.8: PYTHIAGS_PYDS=1.1.8 chooses that"),
        ("1.1.8", "NvDsObjReid", "pyds has it from 1.2.0 on: PYTHIAGS_PYDS=1.2.0 chooses that"),
        ("1.1.0", "unmap_nvds_buf_surface", "pyds has it from 1.1.6 on: PYTHIAGS_PYDS=1.1.6"),
    ],
)
def test_a_name_that_is_not_there_says_who_has_it(tmp_path, version, name, said):
    path = tmp_path / "app.py"
    path.write_text(f"import pyds\nprint(hasattr(pyds, {name!r}))\npyds.{name}")
    done = subprocess.run(
        [sys.executable, "-m", "pythiags", "run", str(path)],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHIAGS_PYDS": version},
    )  # fmt: skip
    assert done.stdout == "False\n"
    expected = f"AttributeError: module 'pyds' has no attribute '{name}': {said}"
    assert done.stderr.splitlines()[-1].startswith(expected)
    assert "lookalikes" not in done.stderr
