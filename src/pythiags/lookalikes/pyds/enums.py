"""pyds's enumerations, as pybind11 makes them: equal to their numbers; any number is legal."""

from __future__ import annotations

from typing import Any

__all__ = [
    "ENUMERATIONS",
    "ROI_STATUS_360D",
    "Enumeration",
    "GstNvDsMetaType",
    "NvBufSurfaceColorFormat",
    "NvBufSurfaceLayout",
    "NvBufSurfaceMemMapFlags",
    "NvBufSurfaceMemType",
    "NvDsDataType",
    "NvDsEventType",
    "NvDsInferDataType",
    "NvDsMetaType",
    "NvDsObjectType",
    "NvDsPayloadType",
    "NvDsUnitType",
    "NvOSD_Arrow_Head_Direction",
    "NvOSD_Mode",
]


class _Members(type):
    known: dict[int, Any]

    @property
    def __members__(cls) -> dict[str, Any]:
        return {each.name: each for each in cls.known.values()}

    def of(cls, value: int) -> Any:
        """Return the member with this number, named or not."""
        found = cls.known.get(value)
        return cls(value) if found is None else found


class Enumeration(metaclass=_Members):
    """A member of an enumeration; compares with its own kind and with integers, by number."""

    __slots__ = ("name", "value")

    def __init__(self, value: int) -> None:
        if not hasattr(value, "__index__") and not isinstance(value, int):
            raise TypeError(
                "__init__(): incompatible constructor arguments. The following argument types are "
                f"supported:\n    1. pyds.{type(self).__name__}(value: int)\n\n"
                f"Invoked with: {value!r}"
            )
        self.value = int(value)
        known = type(self).known.get(self.value)
        self.name: str = "???" if known is None else known.name

    def __int__(self) -> int:  # noqa: D105
        return self.value

    __index__ = __int__

    def __eq__(self, other: object) -> bool:  # noqa: D105
        if type(other) is type(self) or isinstance(other, int):
            return self.value == int(other)
        return False

    def __hash__(self) -> int:  # noqa: D105
        return hash(self.value)

    def __repr__(self) -> str:  # noqa: D105
        return f"<{type(self).__name__}.{self.name}: {self.value}>"

    def __str__(self) -> str:  # noqa: D105
        return f"{type(self).__name__}.{self.name}"


ENUMERATIONS: list[type[Enumeration]] = []


def _enumeration(name: str, members: dict[str, int]) -> Any:
    cls: Any = type(name, (Enumeration,), {"__slots__": (), "__module__": "pyds", "known": {}})
    for member, value in members.items():
        made = cls(value)
        made.name = member
        cls.known[value] = made
        setattr(cls, member, made)
    ENUMERATIONS.append(cls)
    return cls


def _count(prefix: str, names: str, start: int = 0) -> dict[str, int]:
    """Number words in their order."""
    return {prefix + name: start + place for place, name in enumerate(names.split())}


NvDsMetaType = _enumeration(
    "NvDsMetaType",
    {
        "NVDS_INVALID_META": -1,
        **_count("NVDS_", "BATCH_META FRAME_META OBJ_META DISPLAY_META CLASSIFIER_META", 1),
        **_count("NVDS_", "LABEL_INFO_META USER_META PAYLOAD_META EVENT_MSG_META", 6),
        **_count("NVDS_", "OPTICAL_FLOW_META LATENCY_MEASUREMENT_META", 10),
        **_count("NVDSINFER_", "TENSOR_OUTPUT_META SEGMENTATION_META", 12),
        **_count("NVDS_", "CROP_IMAGE_META TRACKER_PAST_FRAME_META", 14),
        **_count("NVDS_", "TRACKER_BATCH_REID_META TRACKER_OBJ_REID_META", 16),
        **_count("NVDS_", "AUDIO_BATCH_META AUDIO_FRAME_META", 25),
        "NVDS_PREPROCESS_BATCH_META": 28,
        "NVDS_FRAME_META_NVDSANALYTICS": 32,
        "NVDS_OBJ_META_NVDSANALYTICS": 33,
        "NVDS_RESERVED_META": 4095,
        "NVDS_GST_CUSTOM_META": 4096,
        "NVDS_START_USER_META": 8193,
        "NVDS_FORCE32_META": 0x7FFF_FFFF,
    },
)
GstNvDsMetaType = _enumeration(
    "GstNvDsMetaType",
    {
        "NVDS_GST_INVALID_META": -1,
        **_count("NVDS_", "BATCH_GST_META DECODER_GST_META DEWARPER_GST_META", 4097),
        "NVDS_RESERVED_GST_META": 8192,
        "NVDS_GST_META_FORCE32": 0x7FFF_FFFF,
    },
)
NvOSD_Mode = _enumeration("NvOSD_Mode", _count("MODE_", "CPU GPU NONE"))
NvOSD_Arrow_Head_Direction = _enumeration(
    "NvOSD_Arrow_Head_Direction", _count("", "START_HEAD END_HEAD BOTH_HEAD")
)
NvDsInferDataType = _enumeration("NvDsInferDataType", _count("", "FLOAT HALF INT8 INT32"))
NvDsEventType = _enumeration(
    "NvDsEventType",
    {
        **_count("NVDS_EVENT_", "ENTRY EXIT MOVING STOPPED EMPTY PARKED RESET"),
        **_count("NVDS_EVENT_", "RESERVED CUSTOM", 256),
        "NVDS_EVENT_FORCE32": 0x7FFF_FFFF,
    },
)
NvDsObjectType = _enumeration(
    "NvDsObjectType",
    {
        **_count("NVDS_OBJECT_TYPE_", "VEHICLE PERSON FACE BAG BICYCLE ROADSIGN"),
        **_count("NVDS_OBJECT_TYPE_", "VEHICLE_EXT PERSON_EXT FACE_EXT", 6),
        **_count("NVDS_OBJECT_TYPE_", "RESERVED CUSTOM UNKNOWN", 256),
        "NVDS_OBEJCT_TYPE_FORCE32": 0x7FFF_FFFF,  # as it is spelled there
    },
)
NvDsPayloadType = _enumeration(
    "NvDsPayloadType",
    {
        **_count("NVDS_PAYLOAD_", "DEEPSTREAM DEEPSTREAM_MINIMAL"),
        **_count("NVDS_PAYLOAD_", "RESERVED CUSTOM", 256),
        "NVDS_PAYLOAD_FORCE32": 0x7FFF_FFFF,
    },
)
NvDsDataType = _enumeration(
    "NvDsDataType",
    {**_count("NvDsDataType_", "FP32 UINT8 INT8 UINT32 INT32"), "NvDsDataType_FP16": 7},
)
NvDsUnitType = _enumeration("NvDsUnitType", _count("NvDsUnitType_", "FullFrame ROI Object"))
ROI_STATUS_360D = _enumeration(
    "ROI_STATUS_360D", _count("", "ROI_ENTRY_360D ROI_EXIT_360D INSIDE_AISLE_360D", 1)
)
NvBufSurfaceMemType = _enumeration(
    "NvBufSurfaceMemType",
    _count(
        "NVBUF_MEM_",
        "DEFAULT CUDA_PINNED CUDA_DEVICE CUDA_UNIFIED SURFACE_ARRAY HANDLE SYSTEM",
    ),
)
NvBufSurfaceLayout = _enumeration(
    "NvBufSurfaceLayout", _count("NVBUF_LAYOUT_", "PITCH BLOCK_LINEAR")
)
NvBufSurfaceMemMapFlags = _enumeration(
    "NvBufSurfaceMemMapFlags", _count("NVBUF_MAP_", "READ WRITE READ_WRITE")
)
NvBufSurfaceColorFormat = _enumeration(
    "NvBufSurfaceColorFormat",
    {
        **_count(
            "NVBUF_COLOR_FORMAT_",
            "INVALID GRAY8 YUV420 YVU420 YUV420_ER YVU420_ER NV12 NV12_ER NV21 NV21_ER UYVY "
            "UYVY_ER VYUY VYUY_ER YUYV YUYV_ER YVYU YVYU_ER YUV444 RGBA BGRA ARGB ABGR RGBx BGRx "
            "xRGB xBGR RGB BGR NV12_10LE NV12_12LE YUV420_709 YUV420_709_ER NV12_709 NV12_709_ER "
            "YUV420_2020 NV12_2020 NV12_10LE_ER NV12_10LE_709 NV12_10LE_709_ER "
            "NV12_10LE_2020 SIGNED_R16G16",
        ),
        "NVBUF_COLOR_FORMAT_LAST": 80,
    },
)
