"""pyds's classes of what nvdsanalytics says of frames and objects."""

from __future__ import annotations

from pythiags.lookalikes.pyds._pyds import (
    Counts,
    Names,
    Uint,
    Word,
    define,
    payload_is,
    zone_places,
)

__all__ = ["CLASSES", "NvDsAnalyticsFrameMeta", "NvDsAnalyticsObjInfo"]

PAYLOAD_FRAME, PAYLOAD_OBJECT = 102, 103  # PtPayload
_AT = zone_places()
_MOST = 2**64 - 1

NvDsAnalyticsFrameMeta = define(
    "NvDsAnalyticsFrameMeta",
    {
        "objInROIcnt": Counts(_AT["in_roi"]),
        "ocStatus": Counts(_AT["overcrowded"], flags=True),
        "objLCCurrCnt": Counts(_AT["crossing"], high=_MOST),
        "objLCCumCnt": Counts(_AT["crossed"], high=_MOST),
        "objCnt": Counts(_AT["objects"], by_class=True),
        "unique_id": Uint(0),
    },
    size=_AT["frame"],
    addresses=False,
)
NvDsAnalyticsObjInfo = define(
    "NvDsAnalyticsObjInfo",
    {
        "roiStatus": Names(_AT["rois"]),
        "ocStatus": Names(_AT["crowds"]),
        "lcStatus": Names(_AT["lines"]),
        "dirStatus": Word(_AT["direction"]),
        "objStatus": Word(_AT["status"]),
        "unique_id": Uint(0),
    },
    size=_AT["object"],
    addresses=False,
)
payload_is(PAYLOAD_FRAME, NvDsAnalyticsFrameMeta)
payload_is(PAYLOAD_OBJECT, NvDsAnalyticsObjInfo)

CLASSES = {
    "NvDsAnalyticsFrameMeta": NvDsAnalyticsFrameMeta,
    "NvDsAnalyticsObjInfo": NvDsAnalyticsObjInfo,
}
