"""Records of detections: what the native probe writes, decoded to tuples.

A record is the memory that ``gst/native/records.h`` lays out. It is decoded on the consumer's side,
so that no object costs a loop of Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.metadata import _records

if TYPE_CHECKING:
    from pythiags.metadata.tuples import Detection

__all__ = ["to_detections"]


def to_detections(record: Any) -> list[Detection]:
    """Return the detections of a record: what ``pythiags.gst.carriers.detections()`` gives.

    Raises:
        ValueError: The memory is not a record.
    """
    return _records.detections(record)
