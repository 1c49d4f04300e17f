"""pyds's classes of metadata and of what is drawn."""

from __future__ import annotations

from typing import Any

from pythiags.lookalikes.pyds._pyds import (
    Absent,
    Base,
    BaseMethods,
    Double,
    Enumerated,
    Float,
    GList,
    Int,
    Label,
    MaskData,
    MaskMethods,
    MaskSize,
    Misc,
    Nodes,
    Parent,
    Part,
    Parts,
    Pool,
    Reserved,
    Text,
    Uint,
    Uint64,
    Unbound,
    UserData,
    base_is,
    define,
    places,
)
from pythiags.lookalikes.pyds.enums import (
    NvDsMetaType,
    NvOSD_Arrow_Head_Direction,
    NvOSD_Mode,
)

__all__ = [
    "CLASSES",
    "GList",
    "NvBbox_Coords",
    "NvDsBaseMeta",
    "NvDsBatchMeta",
    "NvDsClassifierMeta",
    "NvDsComp_BboxInfo",
    "NvDsDisplayMeta",
    "NvDsFrameMeta",
    "NvDsLabelInfo",
    "NvDsMetaPool",
    "NvDsObjectMeta",
    "NvDsUserMeta",
    "NvOSD_ArrowParams",
    "NvOSD_CircleParams",
    "NvOSD_ColorParams",
    "NvOSD_Color_info",
    "NvOSD_FontParams",
    "NvOSD_FrameArrowParams",
    "NvOSD_FrameCircleParams",
    "NvOSD_FrameLineParams",
    "NvOSD_FrameRectParams",
    "NvOSD_FrameTextParams",
    "NvOSD_LineParams",
    "NvOSD_MaskParams",
    "NvOSD_RectParams",
    "NvOSD_TextParams",
]

BATCH, FRAME, OBJECT, DISPLAY, CLASSIFIER, LABEL, USER = range(1, 8)  # NvDsMetaType
_AT = places()


class _ColorMethods:
    __slots__ = ()

    def set(self: Any, red: float, green: float, blue: float, alpha: float) -> None:
        """Set all four at once."""
        self.red, self.green, self.blue, self.alpha = red, green, blue, alpha


# ---- what is drawn ----

NvOSD_ColorParams = define(
    "NvOSD_ColorParams",
    {"red": Double(0), "green": Double(8), "blue": Double(16), "alpha": Double(24)},
    size=_AT["PtColor"][""],
    bases=(_ColorMethods,),
)
_BOX = {"left": 0, "top": 4, "width": 8, "height": 12}
NvBbox_Coords = define(
    "NvBbox_Coords", {name: Float(at) for name, at in _BOX.items()}, size=_AT["PtBbox"][""]
)
NvDsComp_BboxInfo = define(
    "NvDsComp_BboxInfo", {"org_bbox_coords": Part(0, NvBbox_Coords)}, size=_AT["PtBbox"][""]
)


def _color(at: int) -> Part:
    return Part(at, NvOSD_ColorParams)


_at = _AT["PtRect"]
NvOSD_RectParams = define(
    "NvOSD_RectParams",
    {
        **{name: Float(at) for name, at in _BOX.items()},
        "border_width": Uint(_at["border_width"]),
        "border_color": _color(_at["border_color"]),
        "has_bg_color": Uint(_at["has_bg_color"]),
        "reserved": Uint(_at["has_bg_color"] + 4),
        "bg_color": _color(_at["bg_color"]),
        "has_color_info": Int(_at["has_color_info"]),
        "color_id": Int(_at["color_id"]),
    },
    size=_at[""],
)
_at = _AT["PtFont"]
NvOSD_FontParams = define(
    "NvOSD_FontParams",
    {
        "font_name": Text(_at["font_name"]),
        "font_size": Uint(_at["font_size"]),
        "font_color": _color(_at["font_color"]),
    },
    size=_at[""],
)
_at = _AT["PtText"]
NvOSD_TextParams = define(
    "NvOSD_TextParams",
    {
        "display_text": Text(_at["display_text"]),
        "x_offset": Uint(_at["x_offset"]),
        "y_offset": Uint(_at["y_offset"]),
        "font_params": Part(_at["font_params"], NvOSD_FontParams),
        "set_bg_clr": Int(_at["set_bg_clr"]),
        "text_bg_clr": _color(_at["text_bg_clr"]),
    },
    size=_at[""],
)
_at = _AT["PtMask"]
NvOSD_MaskParams = define(
    "NvOSD_MaskParams",
    {
        "data": MaskData(_at["data"]),
        "size": MaskSize(_at["size"]),
        "threshold": Float(_at["threshold"]),
        "width": Uint(_at["width"]),
        "height": Uint(_at["height"]),
    },
    size=_at[""],
    bases=(MaskMethods,),
)
_ENDS = {"x1": Uint(0), "y1": Uint(4), "x2": Uint(8), "y2": Uint(12)}
NvOSD_LineParams = define(
    "NvOSD_LineParams",
    {**_ENDS, "line_width": Uint(16), "line_color": _color(_AT["PtLine"]["color"])},
    size=_AT["PtLine"][""],
)
_at = _AT["PtArrow"]
NvOSD_ArrowParams = define(
    "NvOSD_ArrowParams",
    {
        "x1": Uint(0),
        "y1": Uint(4),
        "x2": Uint(8),
        "y2": Uint(12),
        "arrow_width": Uint(16),
        "arrow_head": Enumerated(_at["head"], NvOSD_Arrow_Head_Direction),
        "arrow_color": _color(_at["color"]),
        "reserved": Absent(0),
    },
    size=_at[""],
)
_at = _AT["PtCircle"]
NvOSD_CircleParams = define(
    "NvOSD_CircleParams",
    {
        "xc": Uint(0),
        "yc": Uint(4),
        "radius": Uint(8),
        "circle_color": _color(_at["circle_color"]),
        "has_bg_color": Uint(_at["has_bg_color"]),
        "reserved": Uint(_at["has_bg_color"] + 4),
        "bg_color": _color(_at["bg_color"]),
    },
    size=_at[""],
)
NvOSD_Color_info = define("NvOSD_Color_info", {"id": Int(0), "color": _color(8)}, size=40)


def _of_a_frame(name: str, what: str, cls: type) -> Any:
    """What C's drawing functions take; nothing here does."""
    number = "num_strings" if what == "text" else f"num_{what}s"
    fields = {
        "buf_ptr": Absent(0),
        "mode": Enumerated(8, NvOSD_Mode),
        number: Int(12),
        f"{what}_params_list": Part(16, cls),
    }
    return define(name, fields, size=16 + 256)


NvOSD_FrameTextParams = _of_a_frame("NvOSD_FrameTextParams", "text", NvOSD_TextParams)
NvOSD_FrameRectParams = _of_a_frame("NvOSD_FrameRectParams", "rect", NvOSD_RectParams)
NvOSD_FrameLineParams = _of_a_frame("NvOSD_FrameLineParams", "line", NvOSD_LineParams)
NvOSD_FrameArrowParams = _of_a_frame("NvOSD_FrameArrowParams", "arrow", NvOSD_ArrowParams)
NvOSD_FrameCircleParams = _of_a_frame("NvOSD_FrameCircleParams", "circle", NvOSD_CircleParams)

# ---- metadata ----

NvDsBaseMeta = define("NvDsBaseMeta", {}, size=40, bases=(BaseMethods,))
base_is(NvDsBaseMeta)
NvDsMetaPool = define(
    "NvDsMetaPool",
    {
        "meta_type": Enumerated(0, NvDsMetaType),
        "max_elements_in_pool": Uint(4),
        "element_size": Uint(8),
        "num_empty_elements": Uint(12),
        "num_full_elements": Uint(16),
        "empty_list": Absent(24),
        "full_list": Absent(32),
    },
    size=56,
)
NvDsUserMeta = define(
    "NvDsUserMeta",
    {"base_meta": Base(0), "user_meta_data": UserData(0)},
    size=_AT["PtUser"][""],
    kind=USER,
)
_at = _AT["PtLabel"]
NvDsLabelInfo = define(
    "NvDsLabelInfo",
    {
        "base_meta": Base(0),
        "num_classes": Uint(_at["num_classes"]),
        "result_label": Label(_at["result_label"]),
        "pResult_label": Absent(0),
        "result_class_id": Uint(_at["result_class_id"]),
        "label_id": Uint(_at["label_id"]),
        "result_prob": Float(_at["result_prob"]),
    },
    size=_at[""],
    kind=LABEL,
)
_at = _AT["PtClassifier"]
NvDsClassifierMeta = define(
    "NvDsClassifierMeta",
    {
        "base_meta": Base(0),
        "num_labels": Uint(_at["num_labels"]),
        "unique_component_id": Int(_at["component"]),
        "label_info_list": Nodes(_at["labels"], LABEL),
    },
    size=_at[""],
    kind=CLASSIFIER,
)
_at = _AT["PtObject"]
NvDsObjectMeta = define(
    "NvDsObjectMeta",
    {
        "base_meta": Base(0),
        "parent": Parent(0),
        "unique_component_id": Int(_at["unique_component_id"]),
        "class_id": Int(_at["class_id"]),
        "object_id": Uint64(_at["object_id"]),
        "detector_bbox_info": Part(_at["detector_bbox"], NvDsComp_BboxInfo),
        "tracker_bbox_info": Part(_at["tracker_bbox"], NvDsComp_BboxInfo),
        "confidence": Float(_at["confidence"]),
        "tracker_confidence": Float(_at["tracker_confidence"]),
        "rect_params": Part(_at["rect_params"], NvOSD_RectParams),
        "mask_params": Part(_at["mask_params"], NvOSD_MaskParams),
        "text_params": Part(_at["text_params"], NvOSD_TextParams),
        "obj_label": Label(_at["obj_label"]),
        "classifier_meta_list": Nodes(_at["classifiers"], CLASSIFIER),
        "obj_user_meta_list": Nodes(_at["users"], USER),
        "misc_obj_info": Misc(_at["misc_obj_info"]),
        "reserved": Reserved(0),
    },
    size=_at[""],
    kind=OBJECT,
)
_at = _AT["PtDisplay"]
NvDsDisplayMeta = define(
    "NvDsDisplayMeta",
    {
        "base_meta": Base(0),
        **{
            f"num_{what}": Uint(_at["num_rects"] + 4 * place)
            for place, what in enumerate(("rects", "labels", "lines", "arrows", "circles"))
        },
        "rect_params": Parts(_at["rect_params"], NvOSD_RectParams),
        "text_params": Parts(_at["text_params"], NvOSD_TextParams),
        "line_params": Parts(_at["line_params"], NvOSD_LineParams),
        "arrow_params": Parts(_at["arrow_params"], NvOSD_ArrowParams),
        "circle_params": Parts(_at["circle_params"], NvOSD_CircleParams),
        "misc_osd_data": Reserved(0),
        "reserved": Reserved(0),
    },
    size=_at[""],
    kind=DISPLAY,
)
_at = _AT["PtFrame"]
NvDsFrameMeta = define(
    "NvDsFrameMeta",
    {
        "base_meta": Base(0),
        "pad_index": Uint(_at["pad_index"]),
        "batch_id": Uint(_at["batch_id"]),
        "frame_num": Int(_at["frame_num"]),
        "buf_pts": Uint64(_at["buf_pts"]),
        "ntp_timestamp": Uint64(_at["ntp_timestamp"]),
        "source_id": Uint(_at["source_id"]),
        "num_surfaces_per_frame": Int(_at["num_surfaces"]),
        "source_frame_width": Uint(_at["source_frame_width"]),
        "source_frame_height": Uint(_at["source_frame_height"]),
        "surface_type": Uint(_at["surface_type"]),
        "surface_index": Uint(_at["surface_index"]),
        "num_obj_meta": Uint(_at["num_obj_meta"]),
        "bInferDone": Int(_at["bInferDone"]),
        "obj_meta_list": Nodes(_at["objects"], OBJECT),
        "display_meta_list": Nodes(_at["displays"], DISPLAY),
        "frame_user_meta_list": Nodes(_at["users"], USER),
        "misc_frame_info": Misc(_at["misc_frame_info"]),
        "reserved": Reserved(0),
    },
    size=_at[""],
    kind=FRAME,
)
_at = _AT["PtBatch"]
NvDsBatchMeta = define(
    "NvDsBatchMeta",
    {
        "base_meta": Base(0),
        "max_frames_in_batch": Uint(_at["max_frames"]),
        "num_frames_in_batch": Uint(_at["num_frames"]),
        "frame_meta_pool": Pool(FRAME, 232),
        "obj_meta_pool": Pool(OBJECT, 544),
        "classifier_meta_pool": Pool(CLASSIFIER, 64),
        "display_meta_pool": Pool(DISPLAY, 6912),
        "user_meta_pool": Pool(USER, 48),
        "label_info_meta_pool": Pool(LABEL, 200),
        "frame_meta_list": Nodes(_at["frames"], FRAME, newest_first=False),
        "batch_user_meta_list": Nodes(_at["users"], USER, newest_first=False),
        "meta_mutex": Unbound(0),
        "misc_batch_info": Misc(_at["misc_batch_info"]),
        "reserved": Reserved(0),
    },
    size=_at[""],
    kind=BATCH,
)
del _at

CLASSES = {
    name: value
    for name, value in globals().items()
    if name.startswith(("NvDs", "NvOSD_", "NvBbox")) and hasattr(value, "cast")
}
