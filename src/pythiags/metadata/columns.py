"""Detections as columns: one numpy structured array a buffer, or what supervision makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pythiags.errors import MissingDependency
from pythiags.extras import install_line
from pythiags.metadata import _records

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from pythiags.metadata.tuples import Detection

__all__ = [
    "DETECTION_DTYPE",
    "columns_of",
    "import_supervision",
    "supervision_of",
    "to_columns",
    "to_supervision",
]

#: One row an object; the fields are those of ``Detection``, the box in four of its own. A
#: label has at most 127 bytes, hence no more characters.
DETECTION_DTYPE: Final = np.dtype(
    [
        ("label", "U127"),
        ("class_id", np.int32),
        ("confidence", np.float32),
        ("left", np.float32),
        ("top", np.float32),
        ("width", np.float32),
        ("height", np.float32),
        ("object_id", np.uint64),
        ("source_id", np.uint32),
        ("frame_num", np.int32),
        ("pts", np.uint64),
        ("component_id", np.int32),
    ]
)


def to_columns(record: Any) -> npt.NDArray[np.void]:
    """Return the detections of a record as rows of ``DETECTION_DTYPE``.

    Raises:
        ValueError: The memory is not a record.
    """
    return _records.rows(record, _empty)


def _empty(count: int) -> npt.NDArray[np.void]:
    return np.empty(count, DETECTION_DTYPE)


def columns_of(detections: Iterable[Detection]) -> npt.NDArray[np.void]:
    """Return detections as rows of ``DETECTION_DTYPE``."""
    return np.array([(*each[:3], *each.bbox, *each[4:]) for each in detections], DETECTION_DTYPE)


def to_supervision(record: Any) -> Any:
    """Return the detections of a record as ``supervision.Detections``; see ``supervision_of()``.

    Raises:
        ValueError: The memory is not a record.
        MissingDependency: supervision is not installed.
    """
    return supervision_of(to_columns(record))


def supervision_of(rows: npt.NDArray[np.void]) -> Any:
    """Return rows of ``DETECTION_DTYPE`` as ``supervision.Detections``.

    Its ``data`` has ``class_name``, ``source_id``, ``frame_num``, ``pts`` and ``component_id``. An
    object that no tracker has seen has the ``tracker_id`` -1; it is None where that is true of all.

    Raises:
        MissingDependency: supervision is not installed.
    """
    tracks = rows["object_id"].astype(np.int64)  # UNTRACKED, the largest number, becomes -1
    right, bottom = rows["left"] + rows["width"], rows["top"] + rows["height"]
    data = {name: rows[name].copy() for name in ("source_id", "frame_num", "pts", "component_id")}
    return import_supervision().Detections(
        xyxy=np.stack([rows["left"], rows["top"], right, bottom], axis=1),
        confidence=rows["confidence"].copy(),
        class_id=rows["class_id"].copy(),
        tracker_id=tracks if (tracks != -1).any() else None,
        data={"class_name": rows["label"].copy(), **data},
    )


def import_supervision() -> Any:
    """Import supervision.

    Raises:
        MissingDependency: It is not installed.
    """
    try:
        import supervision
    except ImportError as problem:
        raise MissingDependency(
            f"supervision cannot be imported: {problem}",
            hint=install_line("supervision"),
        ) from None
    return supervision
