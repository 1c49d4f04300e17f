"""Live views of portable metadata: pyds's names over the C structs."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

from pythiags.errors import LiveMetadataError, MetadataReleased
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta, ColorParams, FrameMeta, ObjectMeta

# ---- fields ----


def test_a_new_object_is_untracked_and_without_confidence(obj):
    assert obj.object_id == 0xFFFF_FFFF_FFFF_FFFF
    assert obj.class_id == -1
    assert obj.confidence == pytest.approx(-0.1)
    assert obj.obj_label == ""
    assert obj.parent is None
    assert obj.text_params.display_text is None


def test_what_is_written_is_read_by_every_other_view(batch, obj):
    obj.obj_label = "person"
    obj.rect_params.left = 12.5
    obj.rect_params.border_color.set(1, 0.5, 0.25, 1)
    obj.detector_bbox_info.org_bbox_coords.width = 7
    other = next(next(batch.iter_frames()).iter_objects())
    assert other.obj_label == "person"
    assert other.rect_params.left == 12.5
    assert other.rect_params.border_color.green == 0.5
    assert other.detector_bbox_info.org_bbox_coords.width == 7
    assert other.tracker_bbox_info.org_bbox_coords.width == 0


def test_floats_are_as_narrow_as_deepstreams(obj):
    obj.confidence = 0.1
    assert obj.confidence == float(np.float32(0.1))


def test_numpy_numbers_are_accepted(obj):
    obj.class_id = np.int64(3)
    obj.rect_params.left = np.float32(1.5)
    obj.object_id = np.uint64(2**64 - 1)
    assert (obj.class_id, obj.rect_params.left, obj.object_id) == (3, 1.5, 2**64 - 1)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("class_id", 3.0),
        ("class_id", 2**31),
        ("object_id", -1),
        ("object_id", "1"),
        ("confidence", "high"),
        ("obj_label", 7),
        ("rect_params", None),
        ("text_params.x_offset", -5),
        ("text_params.display_text", 5),
    ],
)
def test_a_wrong_value_is_refused_with_the_fields_name(obj, path, value):
    *way, name = path.split(".")
    target = obj
    for step in way:
        target = getattr(target, step)
    with pytest.raises(TypeError, match=rf"\.{name}: expected .*, got "):
        setattr(target, name, value)


def test_unknown_attributes_are_refused(obj):
    with pytest.raises(AttributeError):
        obj.foo = 1
    with pytest.raises(AttributeError, match="cannot be deleted"):
        del obj.class_id


@pytest.mark.parametrize("name", ["base_meta", "classifier_meta_list", "misc_obj_info"])
def test_what_hangs_on_an_object_cannot_be_replaced(obj, name):
    with pytest.raises(AttributeError, match=name):
        setattr(obj, name, None)


def test_a_field_reads_only_its_own_kind_of_struct(obj):
    with pytest.raises(TypeError, match="belongs to"):
        FrameMeta.frame_num.__get__(obj, ObjectMeta)


def test_a_struct_is_assigned_by_value(frame):
    one, two = frame.add_object(), frame.add_object()
    one.rect_params.left, one.text_params.display_text = 5, "one"
    two.rect_params, two.text_params = one.rect_params, one.text_params
    one.rect_params.left, one.text_params.display_text = 6, "changed"
    assert two.rect_params.left == 5
    assert two.text_params.display_text == "one"


def test_a_struct_from_another_batch_takes_its_memory_along(obj):
    other = BatchMeta().add_frame().add_object()
    other.text_params.display_text = "far"
    other.text_params.font_params.font_name = "Serif"
    other.mask_params.set_mask_array([[1, 2], [3, 4]])
    obj.text_params, obj.mask_params = other.text_params, other.mask_params
    del other
    gc.collect()
    assert obj.text_params.display_text == "far"
    assert obj.text_params.font_params.font_name == "Serif"
    assert obj.mask_params.get_mask_array().tolist() == [1, 2, 3, 4]


# ---- texts ----


def test_a_long_label_is_cut_between_characters(obj):
    obj.obj_label = "é" * 100
    assert obj.obj_label == "é" * 63  # 127 bytes hold 63 characters of two


def test_a_label_that_is_not_utf8_can_be_read(obj):
    obj.obj_label = b"caf\xe9"
    assert obj.obj_label == "caf\N{REPLACEMENT CHARACTER}"


def test_a_text_can_be_appended_to(obj):
    obj.text_params.display_text = "person"
    obj.text_params.display_text += " 7 ☂"
    assert obj.text_params.display_text == "person 7 ☂"


# ---- arrays ----


def test_a_display_meta_has_sixteen_of_each_kind(frame):
    display = frame.add_display()
    display.num_lines = 1
    display.line_params[0].x2 = 99
    display.text_params[15].display_text = "last"
    assert len(display.circle_params) == len(display.arrow_params) == 16
    assert frame.display_meta_list.data.line_params[0].x2 == 99
    assert frame.display_meta_list.data.text_params[15].display_text == "last"
    with pytest.raises(TypeError, match="from 0 to 16"):
        display.num_rects = 17


def test_the_mask_is_a_live_array(obj):
    assert obj.mask_params.get_mask_array().size == 0
    obj.mask_params.set_mask_array(np.arange(6).reshape(2, 3))
    mask = obj.mask_params
    assert (mask.height, mask.width, mask.size) == (2, 3, 24)
    mask.get_mask_array()[4] = 0.5
    assert mask.get_mask_array().tolist() == [0, 1, 2, 3, 0.5, 5]


def test_the_users_own_numbers_are_live(batch, frame, obj):
    for numbers in (batch.misc_batch_info, frame.misc_frame_info, obj.misc_obj_info):
        numbers[3] = -(2**40)
    assert frame.misc_frame_info.tolist() == [0, 0, 0, -(2**40)]
    assert obj.misc_obj_info[3] == batch.misc_batch_info[3] == -(2**40)


# ---- identity and life ----


def test_views_of_one_struct_are_equal(frame, obj):
    again = next(frame.iter_objects())
    assert again == obj
    assert hash(again) == hash(obj)
    assert again != frame.add_object()
    assert obj != obj.base_meta  # the same address, another struct
    assert len({obj, again}) == 1


def test_base_meta_says_what_it_is(batch, frame, obj):
    assert [each.base_meta.meta_type for each in (batch, frame, obj)] == [1, 2, 3]
    assert obj.base_meta.batch_meta == batch
    user = obj.add_user_meta("anything")
    assert user.base_meta.meta_type == 7
    user.base_meta.meta_type = 9000
    assert obj.obj_user_meta_list.data.base_meta.meta_type == 9000


@pytest.mark.parametrize("attempt", [pickle.dumps, copy.copy, copy.deepcopy])
def test_views_cannot_be_copied(obj, attempt):
    with pytest.raises(LiveMetadataError, match="obj_label"):
        attempt(obj)


def test_views_can_be_weakly_referenced(obj):
    view = obj.rect_params
    weak = weakref.ref(view)
    assert weak() is view
    del view
    assert weak() is None


def test_views_are_made_by_batches_only():
    with pytest.raises(MetadataReleased):
        ObjectMeta().class_id = 1
    assert "released" in repr(ColorParams())


def test_a_view_shows_its_values(obj):
    obj.obj_label = "car"
    assert "obj_label='car'" in repr(obj)


@pytest.mark.parametrize(
    "use",
    [
        lambda kept: kept["obj"].confidence,
        lambda kept: kept["rect"].left,
        lambda kept: setattr(kept["rect"], "left", 1),
        lambda kept: kept["link"].data,
        lambda kept: kept["link"].next,
        lambda kept: next(kept["objects"]),
        lambda kept: kept["frame"].add_object(),
        lambda kept: kept["obj"].base_meta,
        lambda kept: kept["base"].meta_type,
        lambda kept: kept["obj"].parent,
        lambda kept: list(kept["batch"].iter_frames()),
        lambda kept: kept["obj"].mask_params,
        lambda kept: kept["color"].set(0, 0, 0, 0),
    ],
)
def test_a_view_says_that_its_buffer_is_gone(use):
    buffer = Gst.Buffer.new()
    batch = BatchMeta.attach(buffer)
    frame = batch.add_frame()
    obj = frame.add_object()
    kept = {
        "batch": batch,
        "frame": frame,
        "obj": obj,
        "rect": obj.rect_params,
        "color": obj.rect_params.border_color,
        "link": frame.obj_meta_list,
        "objects": frame.iter_objects(),
        "base": obj.base_meta,
    }
    del buffer
    with pytest.raises(MetadataReleased, match="released"):
        use(kept)
    assert "released" in repr(obj)
    assert obj == kept["obj"]


def test_a_batch_in_the_place_of_another_releases_it(buffer, obj):
    BatchMeta.attach(buffer)
    with pytest.raises(MetadataReleased):
        _ = obj.class_id


def test_a_batch_without_a_buffer_lives_as_long_as_its_views():
    frame = BatchMeta().add_frame()
    gc.collect()
    frame.frame_num = 3
    assert frame.base_meta.batch_meta.num_frames_in_batch == 1


def test_metadata_is_not_added_to_a_shared_buffer(buffer):
    parent = Gst.Sample.new(buffer, None, None, None)
    with pytest.raises(ValueError, match="writable=True"):
        BatchMeta.attach(buffer)
    del parent


def test_what_bears_no_buffer_is_refused():
    with pytest.raises(TypeError, match=r"Gst\.Buffer"):
        BatchMeta.of("buffer")
