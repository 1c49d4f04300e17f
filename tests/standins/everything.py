"""A batch of portable metadata with something in every field, and all that can be read of one."""

from __future__ import annotations

import numpy as np

from pythiags.gst._gst import BatchMeta

MINE = 9000  # a type of user metas of one's own


class Note:
    """What a user attaches."""


NOTE, OF_FRAME, OF_BATCH = Note(), Note(), Note()


def fill(buffer, frames=2):
    """Put it on a buffer."""
    batch = BatchMeta.attach(buffer, frames + 2)
    batch.misc_batch_info[1] = 11
    for number in range(frames):
        _fill_frame(batch.add_frame(), number)
    batch.add_user_meta(OF_BATCH, MINE)
    return buffer


def _fill_frame(frame, number):
    frame.pad_index, frame.source_id, frame.batch_id = 5 + number, 7 + number, number
    frame.frame_num, frame.buf_pts, frame.ntp_timestamp = 40 + number, 41, 2**62 + number
    frame.num_surfaces_per_frame, frame.bInferDone = 1, 1
    frame.source_frame_width, frame.source_frame_height = 1920, 1080
    frame.pipeline_width, frame.pipeline_height = 640, 480
    frame.misc_frame_info[3] = -number
    car = _fill_object(frame.add_object(), number)
    plate = frame.add_object(car)
    plate.obj_label, plate.class_id, plate.unique_component_id = "é" * 80, 9, 2
    frame.add_user_meta(OF_FRAME, MINE)
    _fill_display(frame.add_display())


def _fill_object(obj, number):
    obj.obj_label, obj.class_id, obj.unique_component_id = "car", 2, 1
    obj.object_id, obj.confidence, obj.tracker_confidence = 2**40 + number, 0.5, 0.25
    obj.set_box(1.5, 2.5, 30, 40)
    boxes = obj.detector_bbox_info.org_bbox_coords, obj.tracker_bbox_info.org_bbox_coords
    for shift, box in enumerate(boxes):
        box.left, box.top, box.width, box.height = 1 + shift, 2, 3, 4
    _fill_rect(obj.rect_params, 3)
    _fill_text(obj.text_params, "car 1")
    obj.mask_params.threshold = 0.75
    obj.mask_params.set_mask_array(np.arange(6, dtype=np.float32).reshape(2, 3))
    obj.misc_obj_info[2] = 2**50
    for component in (8, 4):
        classifier = obj.add_classifier()
        classifier.unique_component_id = component
        for place in range(2):
            label = classifier.add_label()
            label.result_label, label.result_class_id = f"red {place}", 3 + place
            label.label_id, label.result_prob, label.num_classes = place, 0.5, 6
    obj.add_user_meta(NOTE, MINE)
    obj.add_user_meta(NOTE)
    return obj


def _fill_rect(rect, width):
    rect.border_width, rect.has_bg_color, rect.has_color_info, rect.color_id = width, 1, 1, 4
    rect.border_color.set(0.1, 0.2, 0.3, 0.4)
    rect.bg_color.set(0.5, 0.6, 0.7, 0.8)


def _fill_text(text, words):
    text.display_text, text.x_offset, text.y_offset, text.set_bg_clr = words, 12, 4294967290, 1
    text.font_params.font_name, text.font_params.font_size = "Serif", 11
    text.font_params.font_color.set(1, 0, 1, 0)
    text.text_bg_clr.set(0, 1, 0, 1)


def _fill_display(display):
    display.num_rects, display.num_labels, display.num_lines = 2, 16, 1
    display.num_arrows, display.num_circles = 1, 1
    for place in (0, 1, 15):
        _fill_rect(display.rect_params[place], place)
        display.rect_params[place].left = place
    for place in (0, 15):
        _fill_text(display.text_params[place], f"text {place}")
    for part in (display.line_params[0], display.arrow_params[0]):
        part.x1, part.y1, part.x2, part.y2 = 1, 2, 3, 4
    display.line_params[0].line_width, display.arrow_params[0].arrow_width = 5, 6
    display.line_params[0].line_color.set(0.1, 0.2, 0.3, 0.4)
    display.arrow_params[0].arrow_head = 1
    display.arrow_params[0].arrow_color.set(0.1, 0.2, 0.3, 0.4)
    circle = display.circle_params[0]
    circle.xc, circle.yc, circle.radius, circle.has_bg_color = 1, 2, 3, 1
    circle.circle_color.set(0.1, 0.2, 0.3, 0.4)
    circle.bg_color.set(0.5, 0.6, 0.7, 0.8)


# ---- reading ----

_COLOR = ("red", "green", "blue", "alpha")
_LISTS = {
    "frames": "iter_frames",
    "objects": "iter_objects",
    "displays": "iter_displays",
    "classifiers": "iter_classifiers",
    "labels": "iter_labels",
    "users": "iter_user_metas",
}
_FIELDS = {
    "Batch": "max_frames_in_batch num_frames_in_batch misc_batch_info frames users",
    "Frame": "pad_index batch_id frame_num buf_pts ntp_timestamp source_id num_surfaces_per_frame "
    "source_frame_width source_frame_height pipeline_width pipeline_height num_obj_meta bInferDone "
    "misc_frame_info objects displays users",
    "Object": "unique_component_id class_id object_id confidence tracker_confidence obj_label "
    "detector_bbox_info tracker_bbox_info rect_params mask_params text_params misc_obj_info parent "
    "classifiers users",
    "Classifier": "num_labels unique_component_id classifier_type labels",
    "Label": "num_classes result_label result_class_id label_id result_prob",
    "User": "base_meta user_meta_data",
    "Display": "num_rects num_labels num_lines num_arrows num_circles rect_params text_params "
    "line_params arrow_params circle_params",
    "BboxInfo": "org_bbox_coords",
    "BboxCoords": "left top width height",
    "RectParams": "left top width height border_width border_color has_bg_color bg_color "
    "has_color_info color_id",
    "TextParams": "display_text x_offset y_offset font_params set_bg_clr text_bg_clr",
    "FontParams": "font_name font_size font_color",
    "ColorParams": "red green blue alpha",
    "MaskParams": "size threshold width height get_mask_array",
    "LineParams": "x1 y1 x2 y2 line_width line_color",
    "ArrowParams": "x1 y1 x2 y2 arrow_width arrow_head arrow_color",
    "CircleParams": "xc yc radius circle_color has_bg_color bg_color",
}


def _kind(view):
    name = type(view).__name__.removeprefix("NvDs").removeprefix("NvOSD_").removeprefix("Nv")
    for kind in ("Batch", "Frame", "Object", "Classifier", "Label", "User", "Display"):
        if name.startswith(kind):
            return kind
    return {"Comp_BboxInfo": "BboxInfo", "Bbox_Coords": "BboxCoords"}.get(name, name)


def read(view, order=lambda _kind, items: items):
    """All of a view's fields and lists as plain values; ``order`` sees each list with its kind."""
    if isinstance(view, np.ndarray):
        return view.tolist()
    kind = _kind(view)
    if kind not in _FIELDS:
        plain = (int, float, str, type(None), Note, tuple)
        assert isinstance(view, plain) or not hasattr(view, "__len__"), view
        return view
    return {name: _field(view, kind, name, order) for name in _FIELDS[kind].split()}


def _field(view, kind, name, order):
    if name in _LISTS:
        return order(name, [read(each, order) for each in getattr(view, _LISTS[name])()])
    value = getattr(view, name)
    if name == "base_meta":
        return value.meta_type
    if name == "parent":
        return None if value is None else value.obj_label
    if name.startswith("misc"):
        return list(value)
    if kind == "Display" and name.endswith("_params"):
        return [read(each, order) for each in value]
    return read(value() if callable(value) else value, order)


def in_any_order(kind, items):
    """For ``read``: NVIDIA's lists do not tell in which order they were added to."""
    return sorted(items, key=repr) if kind != "frames" else items
