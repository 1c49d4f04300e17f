"""pyds's names that no portable element uses: surfaces, JPEG encoding, optical flow.

The classes are there, with their fields. Functions are refused with what to do instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyds._pyds import (
    Absent,
    Bool,
    Enumerated,
    Int,
    Int16,
    Label,
    Part,
    Pointer,
    Uint,
    Uint64,
    define,
    flow_vectors_of,
    payload_is,
)
from pythiags.lookalikes.pyds.enums import (
    GstNvDsMetaType,
    NvBufSurfaceColorFormat,
    NvBufSurfaceLayout,
    NvBufSurfaceMemType,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CLASSES", "FUNCTIONS", "get_optical_flow_vectors"]


def _uints(words: str, start: int = 0, *, readonly: bool = False) -> dict[str, Any]:
    return {
        word: Uint(start + 4 * place, readonly=readonly) for place, word in enumerate(words.split())
    }


NvDsMeta = define(
    "NvDsMeta",
    {
        "meta": Absent(0),
        "meta_data": Pointer(16),
        "user_data": Pointer(24),
        "meta_type": Enumerated(32, GstNvDsMetaType),
    },
    size=72,
)

# ---- surfaces ----

_PLANES = "width height pitch offset psize bytesPerPix"
NvBufSurfacePlaneParams = define(
    "NvBufSurfacePlaneParams",
    {"num_planes": Uint(0), **{word: Absent(8, readonly=True) for word in _PLANES.split()}},
    size=232,
)
NvBufSurfaceMappedAddr = define(
    "NvBufSurfaceMappedAddr",
    {"addr": Absent(0, readonly=True), "eglImage": Absent(8, readonly=True)},
    size=88,
)
NvBufSurfaceCreateParams = define(
    "NvBufSurfaceCreateParams",
    {
        **_uints("gpuId width height size", readonly=True),
        "isContiguous": Bool(16, readonly=True),
        "colorFormat": Enumerated(20, NvBufSurfaceColorFormat, readonly=True),
        "layout": Enumerated(24, NvBufSurfaceLayout, readonly=True),
        "memType": Enumerated(28, NvBufSurfaceMemType, readonly=True),
    },
    size=32,
)
NvBufSurfaceParams = define(
    "NvBufSurfaceParams",
    {
        **_uints("width height pitch", readonly=True),
        "colorFormat": Enumerated(12, NvBufSurfaceColorFormat, readonly=True),
        "layout": Enumerated(16, NvBufSurfaceLayout, readonly=True),
        "bufferDesc": Uint64(24, readonly=True),
        "dataSize": Uint(32, readonly=True),
        "dataPtr": Pointer(40, readonly=True),
        "planeParams": Part(48, NvBufSurfacePlaneParams, readonly=True),
        "mappedAddr": Part(280, NvBufSurfaceMappedAddr, readonly=True),
    },
    size=416,
)
NvBufSurface = define(
    "NvBufSurface",
    {
        **_uints("gpuId batchSize numFilled", readonly=True),
        "isContiguous": Bool(12, readonly=True),
        "memType": Enumerated(16, NvBufSurfaceMemType, readonly=True),
        "surfaceList": Absent(24, readonly=True),
    },
    size=72,
)

# ---- JPEG encoding ----


class _Encoded:
    __slots__ = ()

    def outBuffer(self) -> Any:  # noqa: N802
        """Return an empty array: nothing was encoded."""
        import numpy as np

        return np.zeros(0, np.uint8)


NvDsObjEncOutParams = define("NvDsObjEncOutParams", {}, size=16, bases=(_Encoded,))
NvDsObjEncUsrArgs = define(
    "NvDsObjEncUsrArgs",
    {
        "saveImg": Bool(0),
        "attachUsrMeta": Bool(1),
        "scaleImg": Bool(2),
        "isFrame": Bool(3),
        "calcEncodeTime": Bool(4),
        "scaledWidth": Int(8),
        "scaledHeight": Int(12),
        "objNum": Int(16),
        "quality": Int(20),
        "fileNameImg": Label(24, room=1024),
    },
    size=1048,
)

# ---- optical flow ----

PAYLOAD_FLOW = 4  # PtPayload
NvOFFlowVector = define("NvOFFlowVector", {"flowx": Int16(0), "flowy": Int16(2)}, size=4)
NvDsOpticalFlowMeta = define(
    "NvDsOpticalFlowMeta",
    {
        **_uints("rows cols mv_size"),
        "frame_num": Uint64(16),
        "data": Pointer(24),
        "priv": Pointer(32),
        "reserved": Pointer(40),
    },
    size=48,
)
payload_is(PAYLOAD_FLOW, NvDsOpticalFlowMeta)


def get_optical_flow_vectors(data: Any) -> Any:
    """Return the vectors, as float32 of ``rows * cols * 2`` values."""
    return flow_vectors_of(NvDsOpticalFlowMeta.cast(data))


# ---- functions ----

_CPU = "pictures are in the CPU's memory here: get_nvds_buf_surface shows one as an array"
_JPEG = "there is no encoder of NVIDIA's here: get_nvds_buf_surface and cv2.imwrite do the same"
_FROM_C = "pyds knows no type for its arguments, on real hardware too"
_SURFACE_FUNCTIONS = (
    *("Create", "Destroy", "Map", "UnMap", "Copy", "SyncForCpu", "SyncForDevice"),
    *("MemSet", "FromFd", "MapEglImage"),
)
_REFUSED: dict[str, str] = {
    **{f"NvBufSurface{name}": _CPU for name in _SURFACE_FUNCTIONS},
    **{
        f"nvds_obj_enc_{name}": _JPEG
        for name in ("create_context", "process", "finish", "destroy_context")
    },
    "gst_buffer_add_nvds_meta": _FROM_C,
    "nvds_get_current_metadata_info": _FROM_C,
    "nvds_batch_meta_copy_func": _FROM_C,
    "nvds_batch_meta_release_func": _FROM_C,
    "gst_element_send_nvevent_new_stream_reset": "the portable elements have no such event",
    "gst_element_send_nvevent_interval_update": "set nvinfer's property interval instead, which "
    "may be done while it plays",
    "glist_get_nvds_Surface_Params": _CPU,
}


def _refusing(name: str, why: str) -> Callable[..., Any]:
    def function(*_: Any, **__: Any) -> Any:
        raise RuntimeError(f"{name}: {why}")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Refuse: {why}."
    return function


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _refusing(name, why) for name, why in _REFUSED.items()},
    "get_optical_flow_vectors": get_optical_flow_vectors,
}
CLASSES = {
    name: value for name, value in globals().items() if name[0].isupper() and hasattr(value, "cast")
}
