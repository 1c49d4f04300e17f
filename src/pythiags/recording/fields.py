"""The fields of a recording, which are DeepStream's, and what each is where it is not written.

A line of a recording is one buffer::

    {"pts": 0, "frames": [{"frame_num": 0, "objects": [{"obj_label": "person", ...}]}]}

Numbers that JSON lacks are texts: ``"NaN"``, ``"Infinity"``, ``"-Infinity"``. A box is its left,
top, width and height, a colour its red, green, blue and alpha.
"""

from __future__ import annotations

import math
import struct
from typing import Any, Final

from pythiags.checks import shown
from pythiags.metadata import NO_CONFIDENCE, UNTRACKED

__all__ = [
    "ARROW",
    "BOX",
    "CIRCLE",
    "CLASSIFIER",
    "COLOR",
    "DISPLAY",
    "FONT",
    "FORMAT",
    "FRAME",
    "HEADER",
    "LABEL",
    "LINE",
    "NUMBERS",
    "OBJECT",
    "RECT",
    "TEXT",
    "VERSION",
    "check_time",
    "color_of",
    "number",
    "struct_of",
]

FORMAT: Final = "pythiags-metadata"
VERSION: Final = 1
HEADER: Final = {"format": FORMAT, "version": VERSION}

BOX: Final = (0, 0, 0, 0)
COLOR: Final = (0, 0, 0, 0)

# Each field with what it has if it is not written: its type says what it takes.
FRAME: Final[dict[str, Any]] = {
    "source_id": 0,
    "frame_num": 0,
    "buf_pts": 0,
    "pad_index": 0,
    "ntp_timestamp": 0,
    "source_frame_width": 0,
    "source_frame_height": 0,
    "pipeline_width": 0,
    "pipeline_height": 0,
    "num_surfaces_per_frame": 1,
    "bInferDone": 0,
}
OBJECT: Final[dict[str, Any]] = {
    "obj_label": "",
    "class_id": -1,
    "confidence": NO_CONFIDENCE,
    "object_id": UNTRACKED,
    "unique_component_id": 0,
    "tracker_confidence": 0.0,
}
LABEL: Final[dict[str, Any]] = {
    "result_label": "",
    "result_class_id": 0,
    "result_prob": 0.0,
    "label_id": 0,
    "num_classes": 0,
}
CLASSIFIER: Final[dict[str, Any]] = {"unique_component_id": 0}
RECT: Final[dict[str, Any]] = {
    "border_width": 0,
    "border_color": COLOR,
    "has_bg_color": 0,
    "bg_color": COLOR,
    "has_color_info": 0,
    "color_id": 0,
    "rotation_angle": 0.0,
}
FONT: Final[dict[str, Any]] = {"font_name": None, "font_size": 0, "font_color": COLOR}
TEXT: Final[dict[str, Any]] = {
    "display_text": None,
    "x_offset": 0,
    "y_offset": 0,
    "font_params": FONT,
    "set_bg_clr": 0,
    "text_bg_clr": COLOR,
}
LINE: Final[dict[str, Any]] = {
    **dict.fromkeys(("x1", "y1", "x2", "y2", "line_width"), 0),
    "line_color": COLOR,
}
ARROW: Final[dict[str, Any]] = {
    **dict.fromkeys(("x1", "y1", "x2", "y2", "arrow_width", "arrow_head"), 0),
    "arrow_color": COLOR,
}
CIRCLE: Final[dict[str, Any]] = {
    **dict.fromkeys(("xc", "yc", "radius"), 0),
    "circle_color": COLOR,
    "has_bg_color": 0,
    "bg_color": COLOR,
}
# What a display meta has of each: where, how many of them count, and the fields of one.
DISPLAY: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "rect_params": ("num_rects", {"left": 0.0, "top": 0.0, "width": 0.0, "height": 0.0, **RECT}),
    "text_params": ("num_labels", TEXT),
    "line_params": ("num_lines", LINE),
    "arrow_params": ("num_arrows", ARROW),
    "circle_params": ("num_circles", CIRCLE),
}

NUMBERS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_NO_TIME: Final = (1 << 64) - 1  # GST_CLOCK_TIME_NONE
_WHOLE: Final = 1 << 53
_single = struct.Struct("<f").pack


def check_time(value: Any) -> None:
    """See that a value is a buffer's time.

    Raises:
        TypeError: It is no such number of nanoseconds.
    """
    if type(value) is not int or not 0 <= value <= _NO_TIME:
        raise TypeError(f"expected nanoseconds from 0 to 2**64 - 1, got {shown(value)}")


def number(value: float) -> float | str:
    """Return a 32-bit float with as few digits as tell it from its neighbours; 3.0 is 3."""
    value = float(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and abs(value) < _WHOLE:
        return int(value)
    exact = _single(value)
    for digits in (7, 8):
        short = float(f"{value:.{digits}g}")
        if _single(short) == exact:
            return short
    return float(f"{value:.9g}")


def color_of(color: Any) -> list[float | str]:
    """Return the four parts of a colour."""
    parts = (color.red, color.green, color.blue, color.alpha)
    return [part if math.isfinite(part) else number(part) for part in parts]


def struct_of(view: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """Return what a struct has in its fields, without what is as if it were not written."""
    found: dict[str, Any] = {}
    for name, default in fields.items():
        value = getattr(view, name, default)
        if value is default:  # what this carrier lacks, too
            continue
        if default is COLOR:
            parts = color_of(value)
            if any(parts):
                found[name] = parts
        elif type(default) is dict:
            inner = struct_of(value, default)
            if inner:
                found[name] = inner
        elif type(default) is float:
            short = number(value)
            if short != default:
                found[name] = short
        elif value != default:
            found[name] = value
    return found
