"""The structs that pyds binds, where DeepStream 9 has them in memory."""

from __future__ import annotations

import ctypes

import numpy as np

from .enums import NvDsMetaType
from .memory import (
    Bound,
    Double,
    Field,
    Float,
    Handle,
    Integer,
    Label,
    Misc,
    Part,
    Parts,
    Pointer,
    Text,
    Unbound,
    Unsigned,
    Unsigned64,
    capsule,
    define,
    glib,
    incompatible,
    read,
    write,
)


class _MetaType(Field):
    def get(self, instance, at):
        return NvDsMetaType(read(at, "i"))

    def set(self, at, value):
        if not isinstance(value, NvDsMetaType):
            raise incompatible()
        write(at, "i", int(value))


def _list(offset):
    return Pointer(offset, "GList")


GList = define("GList", 24, data=Handle(0), next=_list(8), prev=_list(16))

NvDsBaseMeta = define(
    "NvDsBaseMeta", 40, batch_meta=Pointer(0, "NvDsBatchMeta"), meta_type=_MetaType(8),
    uContext=Handle(16),
)  # fmt: skip
BASE = {"base_meta": Part(0, NvDsBaseMeta)}


class NvOSD_ColorParams(Bound):  # noqa: N801
    __slots__ = ()
    __module__ = "pyds"
    _size = 32
    red, green, blue, alpha = Double(0), Double(8), Double(16), Double(24)

    def set(self, red, green, blue, alpha):
        self.red, self.green, self.blue, self.alpha = red, green, blue, alpha


def _color(offset):
    return Part(offset, NvOSD_ColorParams)


NvOSD_FontParams = define(
    "NvOSD_FontParams", 48, font_name=Text(0, interned=True), font_size=Unsigned(8),
    font_color=_color(16),
)  # fmt: skip
NvOSD_TextParams = define(
    "NvOSD_TextParams", 104, display_text=Text(0), x_offset=Unsigned(8), y_offset=Unsigned(12),
    font_params=Part(16, NvOSD_FontParams), set_bg_clr=Integer(64), text_bg_clr=_color(72),
)  # fmt: skip
NvOSD_RectParams = define(
    "NvOSD_RectParams", 112, left=Float(0), top=Float(4), width=Float(8), height=Float(12),
    border_width=Unsigned(16), border_color=_color(24), has_bg_color=Unsigned(56),
    reserved=Unsigned(60), bg_color=_color(64), has_color_info=Integer(96), color_id=Integer(100),
)  # fmt: skip
NvOSD_LineParams = define(
    "NvOSD_LineParams", 56, x1=Unsigned(0), y1=Unsigned(4), x2=Unsigned(8), y2=Unsigned(12),
    line_width=Unsigned(16), line_color=_color(24),
)  # fmt: skip
NvOSD_ArrowParams = define(
    "NvOSD_ArrowParams", 64, x1=Unsigned(0), y1=Unsigned(4), x2=Unsigned(8), y2=Unsigned(12),
    arrow_width=Unsigned(16), arrow_head=Integer(20), arrow_color=_color(24),
    reserved=Unsigned(56),
)  # fmt: skip
NvOSD_CircleParams = define(
    "NvOSD_CircleParams", 96, xc=Unsigned(0), yc=Unsigned(4), radius=Unsigned(8),
    circle_color=_color(16), has_bg_color=Unsigned(48), bg_color=_color(56), reserved=Unsigned(92),
)  # fmt: skip


class NvOSD_MaskParams(Bound):  # noqa: N801
    __slots__ = ()
    __module__ = "pyds"
    _size = 24
    data, size, threshold = Handle(0), Unsigned(8), Float(12)
    width, height = Unsigned(16), Unsigned(20)

    def get_mask_array(self):
        numbers = (ctypes.c_float * (self.size // 4)).from_address(read(self._address, "P"))
        return np.frombuffer(numbers, np.float32)

    def alloc_mask_array(self):
        self.size = self.width * self.height * 4
        self.data = capsule(glib.g_malloc0(self.size))
        return self.get_mask_array()


NvBbox_Coords = define(
    "NvBbox_Coords", 16, left=Float(0), top=Float(4), width=Float(8), height=Float(12)
)
NvDsComp_BboxInfo = define("NvDsComp_BboxInfo", 16, org_bbox_coords=Part(0, NvBbox_Coords))
NvDsMetaPool = define(
    "NvDsMetaPool", 56, meta_type=_MetaType(0), max_elements_in_pool=Unsigned(4),
    element_size=Unsigned(8), num_empty_elements=Unsigned(12), num_full_elements=Unsigned(16),
    empty_list=_list(24), full_list=_list(32),
)  # fmt: skip
NvDsUserMeta = define("NvDsUserMeta", 48, **BASE, user_meta_data=Handle(40))
NvDsLabelInfo = define(
    "NvDsLabelInfo", 200, **BASE, num_classes=Unsigned(40), result_label=Label(44),
    pResult_label=Text(176), result_class_id=Unsigned(184), label_id=Unsigned(188),
    result_prob=Float(192),
)  # fmt: skip
NvDsClassifierMeta = define(
    "NvDsClassifierMeta", 64, **BASE, num_labels=Unsigned(40), unique_component_id=Integer(44),
    label_info_list=_list(48),
)  # fmt: skip
NvDsObjectMeta = define(
    "NvDsObjectMeta", 552, **BASE, parent=Pointer(40, "NvDsObjectMeta"),
    unique_component_id=Integer(48), class_id=Integer(52), object_id=Unsigned64(56),
    detector_bbox_info=Part(64, NvDsComp_BboxInfo), tracker_bbox_info=Part(80, NvDsComp_BboxInfo),
    confidence=Float(96), tracker_confidence=Float(100), rect_params=Part(104, NvOSD_RectParams),
    mask_params=Part(216, NvOSD_MaskParams), text_params=Part(240, NvOSD_TextParams),
    obj_label=Label(344), classifier_meta_list=_list(472), obj_user_meta_list=_list(480),
    misc_obj_info=Misc(488), reserved=Misc(520),
)  # fmt: skip
NvDsDisplayMeta = define(
    "NvDsDisplayMeta", 7040, **BASE, num_rects=Unsigned(40), num_labels=Unsigned(44),
    num_lines=Unsigned(48), num_arrows=Unsigned(52), num_circles=Unsigned(56),
    rect_params=Parts(64, NvOSD_RectParams), text_params=Parts(1856, NvOSD_TextParams),
    line_params=Parts(3520, NvOSD_LineParams), arrow_params=Parts(4416, NvOSD_ArrowParams),
    circle_params=Parts(5440, NvOSD_CircleParams), misc_osd_data=Misc(6976), reserved=Misc(7008),
)  # fmt: skip
NvDsFrameMeta = define(
    "NvDsFrameMeta", 232, **BASE, pad_index=Unsigned(40), batch_id=Unsigned(44),
    frame_num=Integer(48), buf_pts=Unsigned64(56), ntp_timestamp=Unsigned64(64),
    source_id=Unsigned(72), num_surfaces_per_frame=Integer(76), source_frame_width=Unsigned(80),
    source_frame_height=Unsigned(84), surface_type=Unsigned(88), surface_index=Unsigned(92),
    num_obj_meta=Unsigned(96), bInferDone=Integer(100), obj_meta_list=_list(104),
    display_meta_list=_list(112), frame_user_meta_list=_list(120), misc_frame_info=Misc(128),
    reserved=Misc(200),
)  # fmt: skip
NvDsBatchMeta = define(
    "NvDsBatchMeta", 192, **BASE, max_frames_in_batch=Unsigned(40),
    num_frames_in_batch=Unsigned(44), frame_meta_pool=Pointer(48, "NvDsMetaPool"),
    obj_meta_pool=Pointer(56, "NvDsMetaPool"), classifier_meta_pool=Pointer(64, "NvDsMetaPool"),
    display_meta_pool=Pointer(72, "NvDsMetaPool"), user_meta_pool=Pointer(80, "NvDsMetaPool"),
    label_info_meta_pool=Pointer(88, "NvDsMetaPool"), frame_meta_list=_list(96),
    batch_user_meta_list=_list(104), meta_mutex=Unbound(112), misc_batch_info=Misc(128),
    reserved=Misc(160),
)  # fmt: skip


class NvDsObjReid(Bound):
    __slots__ = ()
    __module__ = "pyds"
    _size = 24
    featureSize = Unsigned(0)  # noqa: N815

    def get_host_reid_vector(self):
        numbers = (ctypes.c_float * self.featureSize).from_address(read(self._address + 8, "P"))
        return np.frombuffer(numbers, np.float32)
