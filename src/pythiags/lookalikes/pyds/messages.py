"""pyds's classes of messages, laid out as native/messages.h has them; and the custom struct."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyds._pyds import (
    Absent,
    Address,
    Double,
    Enumerated,
    Float,
    Int,
    Part,
    Pointer,
    Text,
    Uint,
    Uint64,
    allocate,
    carry_custom,
    carry_event_msg,
    define,
    payload_is,
)
from pythiags.lookalikes.pyds.enums import ROI_STATUS_360D, NvDsEventType, NvDsObjectType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "CLASSES",
    "FUNCTIONS",
    "CustomDataStruct",
    "NvDsCoordinate",
    "NvDsEvent",
    "NvDsEventMsgMeta",
    "NvDsFaceObject",
    "NvDsFaceObjectWithExt",
    "NvDsGeoLocation",
    "NvDsObjectSignature",
    "NvDsPayload",
    "NvDsPersonObject",
    "NvDsPersonObjectExt",
    "NvDsRect",
    "NvDsVehicleObject",
    "NvDsVehicleObjectExt",
    "RectDim",
    "alloc_custom_struct",
    "alloc_nvds_event_msg_meta",
]

PAYLOAD_EVENT_MSG, PAYLOAD_CUSTOM, PAYLOAD_MESSAGE = 100, 101, 104  # PtPayload

NvDsRect = define(
    "NvDsRect",
    {"top": Float(0), "left": Float(4), "width": Float(8), "height": Float(12)},
    size=16,
)
NvDsGeoLocation = define(
    "NvDsGeoLocation", {"lat": Double(0), "lon": Double(8), "alt": Double(16)}, size=24
)
NvDsCoordinate = define(
    "NvDsCoordinate", {"x": Double(0), "y": Double(8), "z": Double(16)}, size=24
)
NvDsObjectSignature = define(
    "NvDsObjectSignature", {"signature": Pointer(0), "size": Uint(8)}, size=16
)


def _no_more(_: int) -> dict[str, Any]:
    return {}


def _described(name: str, texts: str, more: Callable[[int], dict[str, Any]] = _no_more) -> Any:
    """A class of texts, 8 bytes each, with what follows them."""
    words = texts.split()
    end = 8 * len(words)
    fields = {word: Text(8 * place) for place, word in enumerate(words)}
    return define(name, {**fields, **more(end)}, size=end + 16)


def _age(at: int) -> dict[str, Any]:
    return {"age": Uint(at)}


def _mask(at: int) -> dict[str, Any]:
    return {"mask": Absent(at)}


def _age_and_mask(at: int) -> dict[str, Any]:
    return {"age": Uint(at), "mask": Absent(at + 8)}


_VEHICLE = "type make model color region license"
_PERSON = "gender hair cap apparel"
_FACE = "gender hair cap glasses facialhair name eyecolor"
NvDsVehicleObject = _described("NvDsVehicleObject", _VEHICLE)
NvDsPersonObject = _described("NvDsPersonObject", _PERSON, _age)
NvDsFaceObject = _described("NvDsFaceObject", _FACE, _age)
NvDsVehicleObjectExt = _described("NvDsVehicleObjectExt", _VEHICLE, _mask)
NvDsPersonObjectExt = _described("NvDsPersonObjectExt", _PERSON, _age_and_mask)
NvDsFaceObjectWithExt = _described("NvDsFaceObjectWithExt", _FACE, _age_and_mask)

_NUMBERS = "objClassId sensorId moduleId placeId componentId frameId"
_TEXTS = "objectId sensorStr otherAttrs videoPath"
NvDsEventMsgMeta = define(
    "NvDsEventMsgMeta",
    {
        "type": Enumerated(0, NvDsEventType),
        "objType": Enumerated(4, NvDsObjectType),
        "bbox": Part(8, NvDsRect),
        "location": Part(24, NvDsGeoLocation),
        "coordinate": Part(48, NvDsCoordinate),
        "objSignature": Part(72, NvDsObjectSignature),
        **{word: Int(88 + 4 * place) for place, word in enumerate(_NUMBERS.split())},
        "confidence": Double(112),
        "trackingId": Uint64(120),
        "ts": Address(128),
        **{word: Text(136 + 8 * place) for place, word in enumerate(_TEXTS.split())},
        "extMsg": Pointer(168),
        "extMsgSize": Uint(176),
    },
    size=184,
)
payload_is(PAYLOAD_EVENT_MSG, NvDsEventMsgMeta)
NvDsEvent = define(
    "NvDsEvent", {"eventType": Enumerated(0, NvDsEventType), "metadata": Pointer(8)}, size=16
)
NvDsPayload = define(
    "NvDsPayload",
    {"payload": Pointer(0), "payloadSize": Uint(8), "componentId": Uint(12)},
    size=16,
)
payload_is(PAYLOAD_MESSAGE, NvDsPayload)
CustomDataStruct = define(
    "CustomDataStruct", {"structId": Int(0), "message": Text(8), "sampleInt": Int(16)}, size=24
)
payload_is(PAYLOAD_CUSTOM, CustomDataStruct)
RectDim = define(
    "RectDim",
    {
        **{word: Int(4 * place) for place, word in enumerate(("left", "top", "width", "height"))},
        "class_id": Int(16),
        "tracking_id": Uint64(24),
        "gie_unique_id": Int(32),
        "roi_status": Enumerated(36, ROI_STATUS_360D),
        "text": Text(40),
    },
    size=48,
)


def alloc_nvds_event_msg_meta(user_meta: Any = None) -> Any:
    """Allocate a message; with a user meta given, C copies and frees it together with that one."""
    if user_meta is not None:
        carry_event_msg(user_meta)
    return allocate(NvDsEventMsgMeta)


def alloc_custom_struct(meta: Any) -> Any:
    """Allocate the custom struct of NVIDIA's guide; C copies and frees it with the user meta."""
    carry_custom(meta)
    return allocate(CustomDataStruct)


def _allocator(name: str, cls: type) -> Callable[[], Any]:
    def function() -> Any:
        return allocate(cls)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Allocate a {cls.__name__}; ``free_gbuffer`` frees it."
    return function


def _allocators(kinds: Iterable[tuple[str, type]]) -> dict[str, Callable[..., Any]]:
    return {f"alloc_nvds_{word}": _allocator(f"alloc_nvds_{word}", cls) for word, cls in kinds}


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **_allocators(
        (
            ("vehicle_object", NvDsVehicleObject),
            ("person_object", NvDsPersonObject),
            ("face_object", NvDsFaceObject),
            ("event", NvDsEvent),
            ("payload", NvDsPayload),
        )
    ),
    "alloc_nvds_event_msg_meta": alloc_nvds_event_msg_meta,
    "alloc_custom_struct": alloc_custom_struct,
}
CLASSES = {
    name: value for name, value in globals().items() if name[0].isupper() and hasattr(value, "cast")
}
