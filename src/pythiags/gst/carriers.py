"""Which metadata a buffer bears, and its frames.

The carriers, in the order in which they are looked for: DeepStream's own metadata where its pyds is
installed; the portable metadata of pythiags's elements; region-of-interest metadata, which DL
Streamer and others write. What is written to the first two changes what is drawn downstream; the
third is read into views of its own, and what is written to them goes nowhere.
"""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any, Final, cast

from pythiags.gst import _gst
from pythiags.metadata import (
    Bbox,
    Detection,
    detector_bbox,
    frames_of,
    last_bbox,
    objects_per_frame,
    tracker_bbox,
)
from pythiags.metadata.tuples import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from pythiags.metadata import model

__all__ = ["NATIVE_BOXES", "batch_of", "deepstream", "detections", "frames_per_batch"]


@functools.cache
def deepstream() -> Any:
    """Give DeepStream's pyds, or None where it is not installed; looked for once.

    The package of that name on PyPI is another one: DeepStream's can read a buffer.
    """
    try:
        pyds = importlib.import_module("pyds")
    except Exception:  # noqa: BLE001 - a broken installation counts as none
        return None
    return pyds if hasattr(pyds, "gst_buffer_get_nvds_batch_meta") else None


def batch_of(source: Any) -> model.BatchMeta | None:
    """Give the batch that a buffer bears, or None.

    Args:
        source: The info that a probe's callback gets, a ``Gst.Buffer``, or a batch.

    Raises:
        TypeError: ``source`` is none of these.
        MetadataReleased: ``source`` is the info of a callback that has returned.
    """
    if hasattr(source, "frame_meta_list"):
        return cast("model.BatchMeta", source)
    pyds = deepstream()
    if pyds is not None:
        batch = pyds.gst_buffer_get_nvds_batch_meta(_gst.buffer_address(source))
        if batch is not None:
            return cast("model.BatchMeta", batch)
    return _gst.BatchMeta.of(source) or _gst.BatchMeta.of_regions(source)


def frames_per_batch(source: Any) -> Iterator[model.FrameMeta]:
    """Yield the frames of a buffer: one for each source that has a picture in it.

    Nothing is yielded for a buffer without metadata.

    Args:
        source: The info that a probe's callback gets, a ``Gst.Buffer``, or a batch.

    Raises:
        TypeError: ``source`` is none of these.
        MetadataReleased: ``source`` is the info of a callback that has returned.
    """
    batch = batch_of(source)
    return iter(()) if batch is None else frames_of(batch)


# The boxes that native code can read, as it numbers them (PtBox).
NATIVE_BOXES: Final[Mapping[Callable[[model.ObjectMeta], Bbox], int]] = {
    last_bbox: 0,
    detector_bbox: 1,
    tracker_bbox: 2,
}


def detections(
    source: Any,
    *,
    labels: Container[str] | None = None,
    min_confidence: float | None = None,
    bbox: Callable[[model.ObjectMeta], Bbox] = last_bbox,
) -> list[Detection]:
    """Give the objects of a buffer as plain tuples, which outlive it.

    Except on DeepStream's own metadata this is one native pass, several times as fast as the
    iterators.

    Args:
        source: The info that a probe's callback gets, a ``Gst.Buffer``, or a batch.
        labels: Keep only objects with a label in it; None keeps all.
        min_confidence: Keep only objects of at least this confidence. An object that only a tracker
            saw has a confidence of -0.1.
        bbox: Which box to take: ``last_bbox``, ``detector_bbox``, ``tracker_bbox`` or a function of
            one's own.

    Raises:
        TypeError: ``source`` is none of these.
        MetadataReleased: ``source`` is the info of a callback that has returned.
    """
    batch = batch_of(source)
    if batch is None:
        return []
    if isinstance(batch, _gst.BatchMeta) and bbox in NATIVE_BOXES:
        return batch.detections(
            Detection, Bbox, labels=labels, min_confidence=min_confidence, box=NATIVE_BOXES[bbox]
        )
    return [
        Detection.of(frame, obj, bbox(obj))
        for frame in frames_of(batch)
        for obj in objects_per_frame(frame)
        if (labels is None or text_of(obj, "obj_label") in labels)
        and (min_confidence is None or obj.confidence >= min_confidence)
    ]
