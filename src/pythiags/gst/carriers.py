"""Which metadata a buffer has, and its frames.

The carriers, in the order in which they are looked for: DeepStream's own metadata, read where it
is; the portable metadata of pythiags's elements; GstAnalytics, GStreamer's own from 1.24 on;
region-of-interest metadata, which DL Streamer and others write. The first that a buffer has is
read, the others are not. What is written to the first two changes what is drawn downstream; the
others are read into views of their own, and what is written to them goes nowhere.

DeepStream's pyds is not needed. Its objects come from pyds itself, or from ``to_pyds``; the
iterators walk them too.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import sys
from typing import TYPE_CHECKING, Any, Final, cast

from pythiags.errors import MissingDependency
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

__all__ = [
    "NATIVE_BOXES",
    "batch_of",
    "detections",
    "find_pyds",
    "frames_per_batch",
    "note_carriers",
    "to_pyds",
]

logger = logging.getLogger(__name__)

_LOOK_ALIKE: Final = "pythiags.lookalikes.pyds"  # as pythiags.lookalikes.finder has it

# In the order in which they are looked for, as carriers_on() numbers them.
_CARRIERS: Final = {
    1: "DeepStream's metadata",
    2: "portable metadata",
    4: "GstAnalytics",
    8: "regions of interest",
}


@functools.cache
def note_carriers(carriers: int) -> None:
    """Say once which metadata is read where a buffer has several kinds.

    Args:
        carriers: What the buffer has, as ``carriers_on()`` sums it.
    """
    names = [name for bit, name in _CARRIERS.items() if carriers & bit]
    if len(names) > 1:
        # nvinfer's output-analytics-meta asks for both.
        level = logging.INFO if carriers == 2 + 4 else logging.WARNING
        others = " and ".join(names[1:])
        logger.log(level, "a buffer has %s, which is read, and %s, which is not", names[0], others)


@functools.cache
def find_pyds() -> Any:
    """Import DeepStream's pyds, or return None where it is not installed; looked for once.

    The package of that name on PyPI is another one: DeepStream's can read a buffer.
    """
    try:
        if "pyds" not in sys.modules and not _is_installed():
            return None
        pyds = importlib.import_module("pyds")
    except Exception:  # noqa: BLE001 - a broken installation counts as none
        return None
    looks_alike = hasattr(pyds, "StrictError")  # on the portable metadata: pythiags.lookalikes
    reads_buffers = hasattr(pyds, "gst_buffer_get_nvds_batch_meta")
    return pyds if reads_buffers and not looks_alike else None


def _is_installed() -> bool:
    """Whether there is a pyds besides the look-alike, which is not imported."""
    spec = importlib.util.find_spec("pyds")
    return spec is not None and spec.origin != _LOOK_ALIKE


def to_pyds(meta: Any) -> Any:
    """Return pyds's own object for a piece of DeepStream's metadata.

    It shows the same memory. Unlike pythiags's objects it cannot detect that its buffer was
    released: use it within the probe.

    Args:
        meta: A batch, frame, object, classifier, label, display or user meta, or what a user meta
            holds, as the iterators yield them.

    Raises:
        TypeError: ``meta`` is something else, such as portable metadata.
        MetadataReleased: Its buffer was released.
        MissingDependency: DeepStream's pyds is not installed.
    """
    if not isinstance(meta, _gst.View):
        raise TypeError(f"expected metadata of DeepStream, got {meta!r}")
    handle = _gst.nvidia_handle(meta)
    pyds = find_pyds()
    if pyds is None:
        raise MissingDependency(
            "DeepStream's pyds cannot be imported",
            hint="pythiags doctor says how to install it; pythiags itself does not need it",
        )
    bound = getattr(pyds, type(meta).__name__, None)
    if bound is None:
        raise TypeError(f"pyds has no {type(meta).__name__}")
    return bound.cast(handle)


def batch_of(source: Any) -> model.BatchMeta | None:
    """Return the batch that a buffer has, or None.

    Args:
        source: The info that a probe's callback gets, a ``Gst.Buffer``, or a batch, also pyds's.

    Raises:
        TypeError: ``source`` is something else.
        MetadataReleased: ``source`` is the info of a callback that has returned.
        MetadataLayoutError: The buffer has metadata of a DeepStream that is not known.
    """
    if hasattr(source, "frame_meta_list"):
        return cast("model.BatchMeta", source)
    carriers = _gst.carriers_on(source)
    if carriers & (carriers - 1):
        note_carriers(carriers)
    return (
        _gst.NvDsBatchMeta.of(source)
        or _gst.BatchMeta.of(source)
        or _gst.BatchMeta.of_plain(source)
    )


def frames_per_batch(source: Any) -> Iterator[model.FrameMeta]:
    """Yield the frames of a buffer: one for each source that has a picture in it.

    Nothing is yielded for a buffer without metadata.

    Args:
        source: The info that a probe's callback gets, a ``Gst.Buffer``, or a batch.

    Raises:
        TypeError: ``source`` is something else.
        MetadataReleased: ``source`` is the info of a callback that has returned.
        MetadataLayoutError: The buffer has metadata of a DeepStream that is not known.
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
    """Return the objects of a buffer as plain tuples, which outlive it.

    This is one native pass, several times as fast as the iterators, except on pyds's objects and
    with a custom box function.

    Args:
        source: The info that a probe's callback gets, a ``Gst.Buffer``, or a batch.
        labels: Keep only objects with a label in it; None keeps all.
        min_confidence: Keep only objects of at least this confidence. An object that only the
            tracker reports has a confidence of -0.1.
        bbox: Which box to return: ``last_bbox``, ``detector_bbox``, ``tracker_bbox`` or a function
            one's own.

    Raises:
        TypeError: ``source`` is something else.
        MetadataReleased: ``source`` is the info of a callback that has returned.
        MetadataLayoutError: The buffer has metadata of a DeepStream that is not known.
    """
    if bbox in NATIVE_BOXES and not hasattr(source, "frame_meta_list"):
        found = _gst.analytics_detections(
            source, Detection, Bbox, labels=labels, min_confidence=min_confidence,
            box=NATIVE_BOXES[bbox],
        )  # fmt: skip
        if found is not None:
            note_carriers(_gst.carriers_on(source))
            return found
    batch = batch_of(source)
    if batch is None:
        return []
    if isinstance(batch, (_gst.NvDsBatchMeta, _gst.BatchMeta)) and bbox in NATIVE_BOXES:
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
