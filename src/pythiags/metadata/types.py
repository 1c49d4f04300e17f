"""Numbers that DeepStream gives a meaning to."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["NO_CONFIDENCE", "UNTRACKED", "MetaType"]

UNTRACKED = 0xFFFF_FFFF_FFFF_FFFF
"""``object_id`` of an object that no tracker has seen (DeepStream's ``UNTRACKED_OBJECT_ID``)."""

NO_CONFIDENCE = -0.1
"""``confidence`` where the detector gave none, as DeepStream's elements write it (a float32)."""


class MetaType(IntEnum):
    """``NvDsMetaType`` as the portable elements number it: the order of DeepStream 9.1.

    Up to 15 the numbers are the same in every DeepStream from 5.0 on. Above, they move from one
    release to the next: compare a pyds value with pyds's own enumerators, never with these.
    """

    INVALID = -1
    BATCH = 1
    FRAME = 2
    OBJ = 3
    DISPLAY = 4
    CLASSIFIER = 5
    LABEL_INFO = 6
    USER = 7
    PAYLOAD = 8
    EVENT_MSG = 9
    OPTICAL_FLOW = 10
    LATENCY_MEASUREMENT = 11
    NVDSINFER_TENSOR_OUTPUT = 12
    NVDSINFER_SEGMENTATION = 13
    CROP_IMAGE = 14
    TRACKER_PAST_FRAME = 15
    TRACKER_OBJ_REID = 17
    FRAME_NVDSANALYTICS = 32
    OBJ_NVDSANALYTICS = 33
    START_USER = 8193
