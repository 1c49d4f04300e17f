"""pyds's classes of what a tracker attaches to batches, under their names of both eras."""

from __future__ import annotations

from typing import Any

from pythiags.lookalikes.pyds._pyds import (
    Float,
    Label,
    ListMethods,
    Part,
    ReidMethods,
    Uint,
    Uint16,
    Uint64,
    define,
    payload_is,
    set_items,
)
from pythiags.lookalikes.pyds.metas import NvOSD_RectParams

__all__ = [
    "CLASSES",
    "NvDsObjReid",
    "NvDsTargetMiscDataBatch",
    "NvDsTargetMiscDataFrame",
    "NvDsTargetMiscDataObject",
    "NvDsTargetMiscDataStream",
]

PAYLOAD_PAST_FRAMES = 3  # PtPayload


def _define(name: str, size: int, fields: dict[str, Any], items: Any = None, count: int = 0) -> Any:
    """A class whose ``list()`` gives `items`; how many is the number at `count`."""
    cls = define(
        name, fields, size=size, addresses=False, bases=(ListMethods,) if items is not None else ()
    )
    if items is not None:
        set_items(cls, items, count)
    return cls


# As native/past.h has them, which is as DeepStream 6.4 to 8.0 does.
NvDsTargetMiscDataFrame = _define(
    "NvDsTargetMiscDataFrame",
    128,
    {
        "frameNum": Uint(0),
        "tBbox": Part(8, NvOSD_RectParams),
        "confidence": Float(112),
        "age": Uint(116),
    },
)
NvDsTargetMiscDataObject = _define(
    "NvDsTargetMiscDataObject",
    160,
    {
        "numObj": Uint(8, readonly=True),
        "uniqueId": Uint64(16),
        "classId": Uint16(24),
        "objLabel": Label(26),
    },
    NvDsTargetMiscDataFrame,
    8,
)
NvDsTargetMiscDataStream = _define(
    "NvDsTargetMiscDataStream",
    32,
    {
        "streamID": Uint(8),
        "surfaceStreamID": Uint64(16),
        "numAllocated": Uint(24, readonly=True),
        "numFilled": Uint(28, readonly=True),
    },
    NvDsTargetMiscDataObject,
    28,
)
NvDsTargetMiscDataBatch = _define(
    "NvDsTargetMiscDataBatch",
    24,
    {"numAllocated": Uint(8, readonly=True), "numFilled": Uint(12, readonly=True)},
    NvDsTargetMiscDataStream,
    12,
)
payload_is(PAYLOAD_PAST_FRAMES, NvDsTargetMiscDataBatch)
NvDsObjReid = define(
    "NvDsObjReid",
    {"featureSize": Uint(0, readonly=True)},
    size=24,
    addresses=False,
    bases=(ReidMethods,),
)

CLASSES = {
    "NvDsTargetMiscDataFrame": NvDsTargetMiscDataFrame,
    "NvDsTargetMiscDataObject": NvDsTargetMiscDataObject,
    "NvDsTargetMiscDataStream": NvDsTargetMiscDataStream,
    "NvDsTargetMiscDataBatch": NvDsTargetMiscDataBatch,
    "NvDsPastFrameObj": NvDsTargetMiscDataFrame,  # before pyds 1.1.10
    "NvDsPastFrameObjList": NvDsTargetMiscDataObject,
    "NvDsPastFrameObjStream": NvDsTargetMiscDataStream,
    "NvDsPastFrameObjBatch": NvDsTargetMiscDataBatch,
    "NvDsObjReid": NvDsObjReid,
}
