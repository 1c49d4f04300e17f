"""Recordings of sources: the signals of ``nvurisrcbin``, whose arguments are pointers."""

from __future__ import annotations

import ctypes
import ctypes.util
import itertools
import os
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.pyservicemaker.logs import tell
from pythiags.lookalikes.pyservicemaker.messages import RecordingInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.lookalikes.pyservicemaker.node import Node

__all__ = ["address_of", "info_at", "start_recording", "stop_recording", "stop_session"]

CONTAINERS: Final = ("MP4", "MKV")


class _Info(ctypes.Structure):
    """``NvDsSRRecordingInfo``."""

    _fields_ = (
        ("ctx", ctypes.c_void_p),
        ("session_id", ctypes.c_uint32),
        ("filename", ctypes.c_char_p),
        ("dirpath", ctypes.c_char_p),
        ("duration", ctypes.c_uint64),
        ("container", ctypes.c_int),
        ("width", ctypes.c_uint),
        ("height", ctypes.c_uint),
        ("contains_video", ctypes.c_int),
        ("channels", ctypes.c_uint),
        ("sampling_rate", ctypes.c_uint),
        ("contains_audio", ctypes.c_int),
    )


def info_at(address: int) -> RecordingInfo:
    """Return what the struct at an address says of a recording."""
    found = _Info.from_address(address)
    container = CONTAINERS[found.container] if found.container in (0, 1) else ""
    return RecordingInfo(
        session_id=found.session_id,
        file_name=os.fsdecode(found.filename or b""),
        file_directory=os.fsdecode(found.dirpath or b""),
        duration=found.duration,
        container_type=container,
        width=found.width,
        height=found.height,
        contains_video=bool(found.contains_video),
        contains_audio=bool(found.contains_audio),
        channels=found.channels,
        sampling_rate=found.sampling_rate,
    )


_library = ctypes.CDLL(ctypes.util.find_library("gobject-2.0") or "libgobject-2.0.so.0")
_emit = _library.g_signal_emit_by_name
_numbers = itertools.count()  # nvurisrcbin's own are all 0
_sessions: dict[int, Node] = {}
_callbacks: dict[int, Callable[[RecordingInfo], object] | None] = {}


def start_recording(
    node: Node,
    start_time: int,
    duration: int,
    callback: Callable[[RecordingInfo], object] | None,
) -> int:
    """Start a recording, and return its number; see ``Pipeline.start_recording()``."""
    from pythiags.gst import GObject

    element = node.element
    if not GObject.signal_lookup("start-sr", element.__gtype__):
        raise RuntimeError(
            f"{node.factory} {node.name!r} has no signal 'start-sr': only nvurisrcbin records"
        )
    if _is_on(element):
        raise RuntimeError(f"{node.factory} {node.name!r} records already: one at a time")
    number = next(_numbers)
    _sessions[number] = node
    _callbacks[number] = callback
    _listen(node)
    session = ctypes.c_uint32(0)
    _emit(
        ctypes.c_void_p(hash(element)),
        b"start-sr",
        ctypes.byref(session),
        ctypes.c_uint(start_time),
        ctypes.c_uint(duration),
        ctypes.c_void_p(None),
    )
    if _is_on(element) is False and _sessions.pop(number, None) is not None:
        del _callbacks[number]
        raise RuntimeError(
            f"{node.factory} {node.name!r} does not record: it needs smart-record, "
            "smart-rec-dir-path and an RTSP source whose frames have come; a warning says which"
        )
    return number


def _is_on(element: Any) -> bool | None:
    """Whether an element records; None: it does not say."""
    if element.find_property("smart-rec-status") is None:
        return None
    return bool(element.get_property("smart-rec-status"))


def _listen(node: Node) -> None:
    """Hear of a node's recordings that are complete."""
    element = node.element
    if getattr(node, "records", False):
        return
    node.records = True  # type: ignore[attr-defined]
    element.connect("sr-done", lambda _element, info, *_: _done(node, info))


def _done(node: Node, pointer: Any) -> None:
    """Hear of a recording; a node has one at a time."""
    info = info_at(address_of(pointer))
    callback = None
    for number in [number for number, each in _sessions.items() if each is node][:1]:
        del _sessions[number]
        info.__dict__["session_id"] = number
        callback = _callbacks.pop(number)
    if callback is not None:
        callback(info)
    else:
        seconds = info.duration / 1000
        tell(f"recorded {info.file_directory}/{info.file_name}, {seconds:.2f} s")


def address_of(pointer: Any) -> int:
    """The address that PyGObject gives of a pointer, as an integer or an object of its own."""
    return pointer if isinstance(pointer, int) else hash(pointer)


def stop_recording(node: Node) -> bool:
    """End the recording of a node. Whether there is one."""
    numbers = [number for number, each in _sessions.items() if each is node]
    return bool(numbers) and all(map(stop_session, numbers))


def stop_session(session_id: int) -> bool:
    """End a recording by its number. Whether there is one."""
    node = _sessions.get(session_id)
    if node is None:
        return False
    _emit(ctypes.c_void_p(hash(node.element)), b"stop-sr", ctypes.c_uint(0))  # it has one at a time
    return True
