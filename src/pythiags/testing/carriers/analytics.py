"""GstAnalytics, as GStreamer's own elements write it from 1.24 on."""

from __future__ import annotations

import ctypes
import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from pythiags.gst import GLib, Gst
from pythiags.metadata import UNTRACKED
from pythiags.testing.carriers.holding import held, picture_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pythiags.testing.scene import SceneFrame, SceneObject

__all__ = ["Analytics", "analytics_library"]

LIBRARY: Final = "libgstanalytics-1.0.so.0"
PART_OF, RELATES_TO = 1 << 1, 1 << 3  # GstAnalyticsRelTypes
NO_TIME: Final = 2**64 - 1


class _Mtd(ctypes.Structure):
    """GstAnalyticsMtd."""

    _fields_ = (("id", ctypes.c_uint), ("meta", ctypes.c_void_p))


@functools.cache
def analytics_library() -> ctypes.CDLL | None:
    """Load GStreamer's library; None where this GStreamer has none."""
    try:
        return ctypes.CDLL(LIBRARY)
    except OSError:
        return None


class Analytics:
    """GstAnalytics, written through GStreamer's library and read without it being linked to.

    Classes have names and no numbers; boxes are whole pixels. A scene lasts as long as a probe
    holds up its buffer.

    Args:
        library: GStreamer's, or what takes its place.
    """

    name = "GstAnalytics"
    abilities = frozenset({"releasing"})

    def __init__(self, library: Any = None) -> None:
        self.library: Any = library or analytics_library()

    @contextmanager
    def carry(self, scene: Sequence[SceneFrame]) -> Iterator[Any]:
        """Make a buffer with the scene, which has one frame, and hold it up in a probe."""
        (frame,) = scene
        buffer = picture_of(frame)
        self.put(buffer, scene)
        with held(buffer) as info:
            yield info

    def put(self, buffer: Gst.Buffer, scene: Sequence[SceneFrame]) -> None:
        """Put the objects of the scene's frame on a buffer."""
        add = self.library.gst_buffer_add_analytics_relation_meta_full
        add.restype = ctypes.c_void_p
        room = (ctypes.c_size_t * 2)(5, 1024)
        meta = ctypes.c_void_p(add(ctypes.c_void_p(hash(buffer)), room))
        added = [self._object(meta, described) for described in scene[0].objects]
        for number, described in zip(added, scene[0].objects, strict=True):
            if described.parent is not None:
                self._relate(meta, number, PART_OF, added[described.parent])

    def _object(self, meta: ctypes.c_void_p, scene: SceneObject) -> int:
        box = [ctypes.c_int(int(side)) for side in scene.bbox]
        level = ctypes.c_float(scene.confidence)
        number = self._add(meta, "od", _quark(scene.label), *box, level)
        if scene.object_id != UNTRACKED:
            track, first = ctypes.c_uint64(scene.object_id), ctypes.c_uint64(NO_TIME)
            self._relate(meta, number, RELATES_TO, self._add(meta, "tracking", track, first))
        for label in scene.labels:
            found = self._add(
                meta, "one_cls", ctypes.c_float(label.confidence), _quark(label.label)
            )
            self._relate(meta, number, RELATES_TO, found)
        return number

    def _add(self, meta: ctypes.c_void_p, kind: str, *values: Any) -> int:
        mtd = _Mtd()
        add = getattr(self.library, f"gst_analytics_relation_meta_add_{kind}_mtd")
        if not add(meta, *values, ctypes.byref(mtd)):
            raise AssertionError(f"GStreamer refuses to add an {kind} mtd")
        return int(mtd.id)

    def _relate(self, meta: ctypes.c_void_p, one: int, how: int, other: int) -> None:
        if not self.library.gst_analytics_relation_meta_set_relation(meta, how, one, other):
            raise AssertionError(f"GStreamer refuses to relate {one} to {other}")


def _quark(text: str) -> ctypes.c_uint32:
    return ctypes.c_uint32(GLib.quark_from_string(text))
