"""One box of an object, as a ``Bbox``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.metadata.tuples import Bbox

if TYPE_CHECKING:
    from pythiags.metadata.model import BboxCoords, ObjectMeta, PastFrame, RectParams

__all__ = ["detector_bbox", "last_bbox", "past_bbox", "tracker_bbox"]


def _bbox(box: BboxCoords | RectParams) -> Bbox:
    return Bbox(box.left, box.top, box.width, box.height)


def detector_bbox(obj: ObjectMeta) -> Bbox:
    """Return the box as the detector found it; all zero where only a tracker saw the object."""
    return _bbox(obj.detector_bbox_info.org_bbox_coords)


def tracker_bbox(obj: ObjectMeta) -> Bbox:
    """Return the box as the tracker predicts it, not clipped; all zero if no tracker ran."""
    return _bbox(obj.tracker_bbox_info.org_bbox_coords)


def last_bbox(obj: ObjectMeta) -> Bbox:
    """Return the box of ``rect_params``: what the last element wrote and what is drawn."""
    return _bbox(obj.rect_params)


def past_bbox(past: PastFrame) -> Bbox:
    """Return the box that a tracked object had in an earlier frame (``tBbox``)."""
    return _bbox(past.tBbox)
