"""A stand-in for NVIDIA's pyds, for tests: it behaves as the real bindings are known to.

Only memory is imitated: a struct has an address, lists hold capsules, and ``cast`` turns either
into the struct. Where the real library would silently reinterpret memory (a wrong cast) or read
freed memory, the stand-in raises :class:`Misuse`, so that a test sees it. It was written from
documented facts about pyds 1.1.10 to 1.2.2; no NVIDIA library was at hand.
"""

from __future__ import annotations

import itertools
import struct

import numpy as np


class Misuse(AssertionError):
    """What real pyds answers with undefined behaviour."""


_addresses = itertools.count(0x7F00_0000_0000, 0x1000)
_structs: dict[int, object] = {}
_strings: dict[int, str] = {}
_buffers: dict[int, NvDsBatchMeta] = {}


def _incompatible() -> TypeError:
    return TypeError(
        "(): incompatible function arguments. The following argument types are supported:"
    )


class Capsule:
    """An opaque handle, as the data of a list node."""

    __slots__ = ("address",)

    def __init__(self, address):
        self.address = address


def get_ptr(capsule):
    return capsule.address


class GList:
    __slots__ = ("data", "next", "prev")

    def __init__(self, data):
        self.data, self.next, self.prev = data, None, None


def _glist(structs):
    head = last = None
    for item in structs:
        node = GList(Capsule(item._address))
        if last is None:
            head = node
        else:
            last.next, node.prev = node, last
        last = node
    return head


# ---- fields with the types of the C structs ----


class _Integer:
    def __init__(self, low, high, start=0):
        self.low, self.high, self.start = low, high, start

    def check(self, value):
        if isinstance(value, (float, str)) or not isinstance(value, (int, np.integer, np.float32)):
            raise _incompatible()
        if not self.low <= value <= self.high:
            raise _incompatible()
        return int(value)


class _Float:
    start = 0.0

    def __init__(self, code):
        self.code = code

    def check(self, value):
        if not isinstance(value, (int, float, np.number)):
            raise _incompatible()
        return struct.unpack(self.code, struct.pack(self.code, value))[0]


class _Label:
    """Keeps bytes, cut off anywhere; reading them raises where they are not UTF-8."""

    start = b""

    def check(self, value):
        if not isinstance(value, (str, bytes)):
            raise _incompatible()
        return (value.encode() if isinstance(value, str) else value)[:127]


class _Struct:
    def __init__(self, make):
        self.make = make

    start = property(lambda self: self.make())

    def check(self, value):
        if not isinstance(value, self.make):
            raise _incompatible()
        copied = self.make()
        for name in self.make._fields:
            setattr(copied, name, getattr(value, name))
        return copied


class _List:
    start = None

    def check(self, value):
        if value is not None and not isinstance(value, GList):
            raise _incompatible()
        return value


class _Handle:
    start = None

    def check(self, value):
        if value is not None and not isinstance(value, (Capsule, Meta)):
            raise _incompatible()
        return value


class _Text:
    """Takes text, reads as the address of a copy."""

    start = 0

    def check(self, value):
        if isinstance(value, bytes):
            value = value.decode()
        if not isinstance(value, str):
            raise _incompatible()
        address = next(_addresses)
        _strings[address] = value
        return address


def get_string(address):
    return _strings[address] if address else None


I32, U32, U64 = _Integer(-(2**31), 2**31 - 1), _Integer(0, 2**32 - 1), _Integer(0, 2**64 - 1)
UNTRACKED = _Integer(0, 2**64 - 1, start=2**64 - 1)
F32, F64, LABEL, LIST, HANDLE, TEXT = (
    _Float("f"),
    _Float("d"),
    _Label(),
    _List(),
    _Handle(),
    _Text(),
)


class Meta:
    """The base of all structs here: no ``__dict__``, fields checked, an address."""

    __slots__ = ("__weakref__", "_address", "_freed", "_values")
    _fields: dict[str, object] = {}

    def __init__(self):
        _set = object.__setattr__
        _set(self, "_address", next(_addresses))
        _set(self, "_freed", False)
        _set(self, "_values", {name: kind.start for name, kind in self._fields.items()})
        _structs[self._address] = self

    def __getattr__(self, name):
        if name not in self._fields:
            raise AttributeError(name)
        if self._freed:
            raise Misuse(f"{type(self).__name__}.{name} was read after its buffer was freed")
        value = self._values[name]
        return value.decode() if self._fields[name] is LABEL else value

    def __setattr__(self, name, value):
        if name not in self._fields:
            raise AttributeError(name)
        self._values[name] = self._fields[name].check(value)

    def __reduce__(self):
        raise TypeError(f"cannot pickle '{type(self).__module__}.{type(self).__name__}' object")

    @classmethod
    def cast(cls, handle):
        if handle is None:
            return None
        if isinstance(handle, Meta):
            found = handle
        elif isinstance(handle, Capsule):
            found = _structs[handle.address]
        elif isinstance(handle, int) and cls._casts_addresses:
            found = _structs[handle]
        else:
            raise _incompatible()
        if type(found) is not cls:
            raise Misuse(f"a {type(found).__name__} was cast to {cls.__name__}")
        return found

    _casts_addresses = True


def _define(name, **fields):
    return type(name, (Meta,), {"__slots__": (), "_fields": fields, "__module__": __name__})


# ---- the metadata type: equal to its number, any number is legal ----


class NvDsMetaType:
    def __init__(self, value):
        self.value = int(value)

    @property
    def name(self):
        names = (n for n, m in vars(NvDsMetaType).items() if isinstance(m, NvDsMetaType))
        return next((n for n in names if getattr(NvDsMetaType, n).value == self.value), "???")

    def __int__(self):
        return self.value

    __index__ = __int__

    def __eq__(self, other):
        return self.value == int(other)

    def __hash__(self):
        return hash(self.value)

    def __repr__(self):
        return f"<NvDsMetaType.{self.name}: {self.value}>"


for _name, _value in {
    "NVDS_INVALID_META": -1, "NVDS_BATCH_META": 1, "NVDS_FRAME_META": 2, "NVDS_OBJ_META": 3,
    "NVDS_DISPLAY_META": 4, "NVDS_CLASSIFIER_META": 5, "NVDS_LABEL_INFO_META": 6,
    "NVDS_USER_META": 7, "NVDSINFER_TENSOR_OUTPUT_META": 12, "NVDS_TRACKER_PAST_FRAME_META": 15,
}.items():  # fmt: skip
    setattr(NvDsMetaType, _name, NvDsMetaType(_value))
    globals()[_name] = getattr(NvDsMetaType, _name)

_quarks: dict[str, int] = {}


def nvds_get_user_meta_type(name):
    """A number of this run: a quark above the first one for users."""
    return _quarks.setdefault(name, 8193 + 77 + len(_quarks))


class _MetaType:
    start = property(lambda self: NvDsMetaType(-1))

    def check(self, value):
        if not isinstance(value, NvDsMetaType):
            raise _incompatible()
        return value


NvDsBaseMeta = _define("NvDsBaseMeta", meta_type=_MetaType())
BASE = _Struct(NvDsBaseMeta)


class NvOSD_ColorParams(Meta):  # noqa: N801
    __slots__ = ()
    _fields = {"red": F64, "green": F64, "blue": F64, "alpha": F64}

    def set(self, red, green, blue, alpha):
        self.red, self.green, self.blue, self.alpha = red, green, blue, alpha


COLOR = _Struct(NvOSD_ColorParams)
NvOSD_FontParams = _define("NvOSD_FontParams", font_name=TEXT, font_size=U32, font_color=COLOR)
NvOSD_TextParams = _define(
    "NvOSD_TextParams", display_text=TEXT, x_offset=U32, y_offset=U32,
    font_params=_Struct(NvOSD_FontParams), set_bg_clr=I32, text_bg_clr=COLOR,
)  # fmt: skip
NvOSD_RectParams = _define(
    "NvOSD_RectParams", left=F32, top=F32, width=F32, height=F32, border_width=U32,
    border_color=COLOR, has_bg_color=U32, bg_color=COLOR,
)  # fmt: skip
NvOSD_MaskParams = _define("NvOSD_MaskParams", threshold=F32, width=U32, height=U32)
NvBbox_Coords = _define("NvBbox_Coords", left=F32, top=F32, width=F32, height=F32)
NvDsComp_BboxInfo = _define("NvDsComp_BboxInfo", org_bbox_coords=_Struct(NvBbox_Coords))
BBOX = _Struct(NvDsComp_BboxInfo)
NvDsUserMeta = _define("NvDsUserMeta", base_meta=BASE, user_meta_data=HANDLE)
NvDsLabelInfo = _define(
    "NvDsLabelInfo", base_meta=BASE, num_classes=U32, result_label=LABEL, result_class_id=U32,
    label_id=U32, result_prob=F32,
)  # fmt: skip
NvDsClassifierMeta = _define(
    "NvDsClassifierMeta", base_meta=BASE, num_labels=U32, unique_component_id=I32,
    label_info_list=LIST,
)  # fmt: skip
NvDsObjectMeta = _define(
    "NvDsObjectMeta", base_meta=BASE, parent=HANDLE, unique_component_id=I32, class_id=I32,
    object_id=UNTRACKED, detector_bbox_info=BBOX, tracker_bbox_info=BBOX, confidence=F32,
    tracker_confidence=F32, rect_params=_Struct(NvOSD_RectParams),
    mask_params=_Struct(NvOSD_MaskParams), text_params=_Struct(NvOSD_TextParams),
    obj_label=LABEL, classifier_meta_list=LIST, obj_user_meta_list=LIST,
)  # fmt: skip
NvDsDisplayMeta = _define("NvDsDisplayMeta", base_meta=BASE, num_rects=U32, num_labels=U32)
NvDsFrameMeta = _define(
    "NvDsFrameMeta", base_meta=BASE, pad_index=U32, batch_id=U32, frame_num=I32, buf_pts=U64,
    ntp_timestamp=U64, source_id=U32, num_surfaces_per_frame=I32, source_frame_width=U32,
    source_frame_height=U32, num_obj_meta=U32, bInferDone=I32, obj_meta_list=LIST,
    display_meta_list=LIST, frame_user_meta_list=LIST,
)  # fmt: skip
NvDsBatchMeta = _define(
    "NvDsBatchMeta", base_meta=BASE, max_frames_in_batch=U32, num_frames_in_batch=U32,
    frame_meta_list=LIST, batch_user_meta_list=LIST,
)  # fmt: skip


# ---- nvdsanalytics: containers are copied on read; cast takes no address ----


class _Container:
    def __init__(self, kind):
        self.kind = kind

    start = property(lambda self: self.kind())

    def check(self, value):
        return self.kind(value)


class _Analytics(Meta):
    __slots__ = ()
    _casts_addresses = False

    def __getattr__(self, name):
        value = super().__getattr__(name)
        return type(value)(value) if isinstance(value, (dict, list)) else value


DICT, STRINGS = _Container(dict), _Container(list)


class NvDsAnalyticsFrameMeta(_Analytics):
    __slots__ = ()
    _fields = {
        "objInROIcnt": DICT, "ocStatus": DICT, "objLCCurrCnt": DICT, "objLCCumCnt": DICT,
        "objCnt": DICT, "unique_id": I32,
    }  # fmt: skip


class NvDsAnalyticsObjInfo(_Analytics):
    __slots__ = ()
    _fields = {
        "roiStatus": STRINGS, "ocStatus": STRINGS, "lcStatus": STRINGS, "dirStatus": LABEL,
        "objStatus": LABEL, "unique_id": I32,
    }  # fmt: skip


# ---- past frames of the tracker: list() serves once ----


class _Past(Meta):
    __slots__ = ("_items",)
    _casts_addresses = False

    def __init__(self, items=()):
        super().__init__()
        object.__setattr__(self, "_items", list(items))

    def list(self):
        return iter(self._items)


class NvDsTargetMiscDataFrame(_Past):
    __slots__ = ()
    _fields = {"frameNum": U32, "tBbox": _Struct(NvOSD_RectParams), "confidence": F32, "age": U32}


class NvDsTargetMiscDataObject(_Past):
    __slots__ = ()
    _fields = {"numObj": U32, "uniqueId": U64, "classId": I32, "objLabel": LABEL}


class NvDsTargetMiscDataStream(_Past):
    __slots__ = ()
    _fields = {"streamID": U32, "surfaceStreamID": U64, "numAllocated": U32, "numFilled": U32}


class NvDsTargetMiscDataBatch(_Past):
    __slots__ = ()
    _fields = {"numAllocated": U32, "numFilled": U32}


# ---- buffers, and what a test uses to fill them ----


def gst_buffer_get_nvds_batch_meta(address):
    if not isinstance(address, int):
        raise _incompatible()
    return _buffers.get(address)


def standin_attach(address, batch):
    """Attach a batch to the buffer at this address."""
    _buffers[address] = batch


def standin_free(address):
    """Free the buffer: every struct of its batch is gone, and reading one is a misuse."""
    batch = _buffers.pop(address)
    for found in _reachable(batch):
        object.__setattr__(found, "_freed", True)


# ---- pixels ----

_surfaces = {}  # (address, slot) -> array
mapped = []  # the slots that are mapped, each once however often it was asked for


def get_nvds_buf_surface(address, slot):
    """Show a picture's memory; the array does not keep it."""
    pixels = _surfaces[address, slot]
    if not hasattr(pixels, "shape"):
        raise RuntimeError(f"only RGBA can be shown, not {pixels}")
    if (address, slot) not in mapped:
        mapped.append((address, slot))
    return pixels


def unmap_nvds_buf_surface(address, slot):
    mapped.remove((address, slot))


def standin_surface(address, slot, pixels):
    """Let a slot of the buffer at this address have these pixels, or a format that is not shown."""
    _surfaces[address, slot] = pixels


def standin_list(structs):
    """Make a list of structs."""
    return _glist(structs)


def standin_handle(found):
    """Make the capsule that a user meta holds."""
    return Capsule(found._address)


def _reachable(found):
    yield found
    for value in list(found._values.values()):
        if isinstance(value, Meta):
            yield from _reachable(value)
        node = value if isinstance(value, GList) else None
        while node is not None:
            yield from _reachable(_structs[node.data.address])
            node = node.next
