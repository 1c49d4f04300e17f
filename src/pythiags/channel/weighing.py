"""Find objects that must not leave a probe, because they are valid only as long as its buffer.

pyds's objects point into the buffer without keeping it, so that reading one later crashes; a kept
``Gst.Buffer`` holds a pool's memory. Both are known here by the module of their type, since
this floor imports neither.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.channel import _ring
from pythiags.errors import LiveMetadataError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Weight", "fields", "is_picture", "step", "weigh"]

_LIVE_ROOTS: Final = frozenset({"gi", "pyds", "pyservicemaker"})
_LIVE_MODULES: Final = frozenset({"pythiags.gst._gst"})
_PICTURES: Final = frozenset({"Picture", "Surface"})  # of that module: what frame_image() shows

_COPY: Final = {
    "ObjectMeta": "obj.obj_label, obj.class_id, obj.confidence, or detector_bbox(obj)",
    "FrameMeta": "frame.frame_num, frame.source_id, frame.buf_pts",
    "ClassifierMeta": "the result_label and result_prob of its labels",
    "LabelInfo": "label.result_label, label.result_prob",
    "RectParams": "rect.left, rect.top, rect.width, rect.height",
    "BatchMeta": "what you need of its frames and objects",
    "Buffer": "buffer.pts, or the bytes of a map",
    "Picture": "frame_image(info, frame), not a memoryview of it",
}


class Weight(NamedTuple):
    """What an event weighs.

    Attributes:
        bytes: An estimate of the memory that it holds.
        pictures: How many views of ``pythiags.frame_image()`` are in it.
    """

    bytes: int
    pictures: int


def weigh(event: object) -> Weight:
    """Estimate the memory that an event holds, and look for what may not stay in it.

    Containers and the values in them are counted as CPython lays them out, arrays by ``nbytes``,
    instances by their attributes; what two places share is counted twice.

    Raises:
        LiveMetadataError: The event holds live metadata, a GStreamer object, or a view of one's
            memory other than a picture.
    """
    size, live, found = _weigher.weigh(event)
    if live is None:
        return Weight(size, found)
    name = type(live).__name__
    advice = next((text for end, text in _COPY.items() if name.endswith(end)), None)
    raise LiveMetadataError(
        "an event holds an object that is valid only as long as its buffer",
        where="event" + "".join(map(step, found)),
        expected="plain values: numbers, strings, tuples, lists, dicts, arrays that own their data",
        got=f"{type(live).__module__}.{name}",
        hint=f"copy what you need inside the extractor: {advice or 'its numbers and strings'}",
    )


def step(key: object) -> str:
    """Return a step of the path to a part of an event as Python spells it."""
    return f".{key}" if isinstance(key, _ring.Field) else f"[{key!r}]"


def _sort_type(kind: type) -> int:
    for base in kind.__mro__:
        module = base.__module__ or ""
        if module.partition(".")[0] in _LIVE_ROOTS or module in _LIVE_MODULES:
            return _ring.LIVE
    if (kind.__module__ == "numpy" and kind.__name__ == "ndarray") or kind is memoryview:
        return _ring.ARRAY
    if issubclass(kind, (tuple, list, dict)) or "__dict__" in dir(kind) or _slots(kind):
        return _ring.FIELDS
    return _ring.LEAF


def _slots(kind: type) -> list[str]:
    slots = (base.__dict__.get("__slots__", ()) for base in kind.__mro__)
    return [
        name
        for each in slots
        for name in ((each,) if isinstance(each, str) else each)
        if not name.startswith("__")
    ]


def fields(it: Any) -> Iterable[tuple[Any, Any]]:
    """Return the parts of a list, a dictionary or an instance, each with its key."""
    if isinstance(it, list):
        return enumerate(it)
    if isinstance(it, dict):
        return list(it.items())
    values = list(getattr(it, "__dict__", {}).items())
    values += [(name, getattr(it, name)) for name in _slots(type(it)) if hasattr(it, name)]
    return [(_ring.Field(name), value) for name, value in values]


def is_picture(array: object) -> bool:
    """Return whether an array is a view of a picture in the stream's memory."""
    return _base(array) is _ring.PICTURE


def _base(array: Any) -> object | None:
    """Follow a view down to the object whose memory it shows; None: memory of its own."""
    owner: Any = array
    while owner is not None:
        owner = owner.obj if isinstance(owner, memoryview) else getattr(owner, "base", None)
        kind = type(owner)
        if kind.__name__ == "PyCapsule" and "pyds" in sys.modules:
            return _ring.PICTURE  # as its get_nvds_buf_surface() gives it, which keeps nothing
        if kind.__module__ in _LIVE_MODULES and kind.__name__ in _PICTURES:
            # A memoryview has no copy() that keeps its shape.
            return owner if isinstance(array, memoryview) else _ring.PICTURE
        if _sort_type(kind) == _ring.LIVE:
            return owner  # type: ignore[no-any-return]
    return None


_weigher = _ring.Weigher(_sort_type, fields, _base)
