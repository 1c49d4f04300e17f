"""Records of detections: what the native probe writes, decoded to tuples or to columns.

A record is the memory that ``gst/native/records.h`` lays out. It is decoded on the consumer's side,
so that no object costs a loop of Python.
"""

from __future__ import annotations

import struct
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from pythiags.metadata import _records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pythiags.metadata.tuples import Detection

__all__ = ["Parts", "spread", "take_apart", "to_detections"]

_HEAD: Final = struct.Struct("=6I")  # PtRecordHead
_FRAME: Final = struct.Struct("=Qi3I")  # PtRecordFrame
_MAGIC: Final = 0x31445450
# The columns in their order, as memoryview.cast names their types.
_COLUMNS: Final[tuple[tuple[str, Literal["Q", "f", "i", "I"], int], ...]] = (
    ("object_id", "Q", 8),
    ("confidence", "f", 4),
    ("left", "f", 4),
    ("top", "f", 4),
    ("width", "f", 4),
    ("height", "f", 4),
    ("class_id", "i", 4),
    ("component_id", "i", 4),
    ("label", "I", 4),
)
_OBJECT_BYTES: Final = sum(size for _, _, size in _COLUMNS)


class _Frame(NamedTuple):
    """One frame of a record, and how many of the objects are in it."""

    pts: int
    frame_num: int
    source_id: int
    objects: int
    reserved: int


class Parts(NamedTuple):
    """A record taken apart; its columns are not copied.

    Attributes:
        frames: Those with objects, in order.
        columns: By name, one item an object: those of ``Detection`` and of its box, but
            ``label``, which numbers the texts.
        texts: The labels, each once.
    """

    frames: Sequence[_Frame]
    columns: Mapping[str, memoryview[Any]]
    texts: Sequence[str]


def to_detections(record: Any) -> list[Detection]:
    """Return the detections of a record: what ``pythiags.gst.carriers.detections()`` gives.

    Raises:
        ValueError: The memory is not a record.
    """
    view = memoryview(record)
    frames, count, at, texts = _parts_of(view)
    return _records.detections(view, count, at, frames, texts)


# A tuple's own constructor: that of a NamedTuple is a function of Python.
_new_frame: Any = partial(tuple.__new__, _Frame)


def spread(frames: Sequence[_Frame], field: str) -> Iterable[int]:
    """Return a frame's number once for each of its objects."""
    if len(frames) == 1:  # as a rule
        return repeat(getattr(frames[0], field), frames[0].objects)
    return chain.from_iterable(repeat(getattr(frame, field), frame.objects) for frame in frames)


def take_apart(record: Any) -> Parts:
    """Find the columns of a record.

    Raises:
        ValueError: The memory is not a record.
    """
    view = memoryview(record)
    frames, objects, at, texts = _parts_of(view)
    columns = {}
    for name, code, size in _COLUMNS:
        columns[name] = view[at : at + objects * size].cast(code)
        at += objects * size
    return Parts(frames, columns, texts)


def _parts_of(view: memoryview[Any]) -> tuple[list[_Frame], int, int, list[str]]:
    """Return the frames, how many objects there are, where their columns begin, and the texts."""
    head = _HEAD.unpack_from(view) if len(view) >= _HEAD.size else (0,) * 6
    magic, frame_count, objects, _, text_bytes, _ = head
    at = _HEAD.size + frame_count * _FRAME.size
    end = at + objects * _OBJECT_BYTES
    if magic != _MAGIC or end + text_bytes > len(view):
        raise ValueError(f"{view.obj!r} is not a record of detections")
    frames = list(map(_new_frame, _FRAME.iter_unpack(view[_HEAD.size : at])))
    texts = str(view[end : end + text_bytes], "utf-8", "replace").split("\0")
    return frames, objects, at, texts
