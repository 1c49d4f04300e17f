"""Event messages about objects, as nvmsgconv reads them."""

from __future__ import annotations

from typing import Any, Final

from pythiags.lookalikes.pyds import enums, messages, metas
from pythiags.lookalikes.pyds._pyds import alloc_buffer, generate_ts_rfc3339, view_of

__all__ = ["fill"]

EVENT_MSG_META: Final = 9  # NvDsMetaType
TIME_SIZE: Final = 32  # bytes that a time has room in
_TYPES: Final = {
    "NVDS_OBJECT_TYPE_PERSON": ("person", "pedestrian"),
    "NVDS_OBJECT_TYPE_FACE": ("face",),
    "NVDS_OBJECT_TYPE_BAG": ("bag",),
    "NVDS_OBJECT_TYPE_BICYCLE": ("bicycle", "bike", "twowheeler"),
    "NVDS_OBJECT_TYPE_ROADSIGN": ("roadsign", "road_sign", "sign"),
    "NVDS_OBJECT_TYPE_VEHICLE": ("car", "vehicle", "truck", "bus", "motorcycle", "motorbike"),
}
_TYPE_OF: Final = {word: name for name, words in _TYPES.items() for word in words}


def fill(
    user_meta: Any, object_meta: Any, frame_meta: Any, sensor: str, uri: str, labels: list[str]
) -> None:
    """Have a user meta hold a message about an object."""
    carrier = view_of(metas.NvDsUserMeta, user_meta)
    message = messages.alloc_nvds_event_msg_meta(carrier)
    class_id = object_meta.class_id
    named = 0 <= class_id < len(labels)
    label = labels[class_id] if named else object_meta.label
    kind = _TYPE_OF.get(label.lower(), "NVDS_OBJECT_TYPE_UNKNOWN")
    message.type = enums.NvDsEventType.NVDS_EVENT_MOVING
    message.objType = getattr(enums.NvDsObjectType, kind)
    rect = object_meta.rect_params
    for name in ("left", "top", "width", "height"):
        setattr(message.bbox, name, getattr(rect, name))
    message.objClassId = class_id
    message.sensorId = frame_meta.source_id
    message.frameId = frame_meta.frame_number
    message.confidence = object_meta.confidence
    message.trackingId = object_meta.object_id
    message.ts = alloc_buffer(TIME_SIZE + 1)
    generate_ts_rfc3339(message.ts, TIME_SIZE)
    message.objectId = label
    message.sensorStr = sensor
    message.videoPath = uri
    carrier.user_meta_data = message
    user_meta.meta_type = EVENT_MSG_META
