"""Outputs of networks that include suppression: SSD and similar families.

Three forms are read, all with coordinates from 0 to 1 (or pixels, where the largest is above 2):

- one output of rows [image, class, score, left, top, right, bottom], as Caffe's and TensorRT's
  DetectionOutput gives;
- ``num_detections``, ``detection_boxes`` (top, left, bottom, right), ``detection_scores``,
  ``detection_classes``, as TensorFlow's object detection API gives;
- the same four as ``nmsed_boxes`` or ``det_boxes`` (left, top, right, bottom), and so on, as the
  NMS plugins of TensorRT and the exports that stand for them give; TAO numbers them: ``BatchedNMS``
  counts, ``BatchedNMS_1`` has the boxes, ``BatchedNMS_2`` the scores, ``BatchedNMS_3`` the classes.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pythiags.inference.decoders._common import labelled, matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pythiags.inference.types import Candidates, Decode, Floats, Network, Shapes

__all__ = ["EXPECTS", "EXPECTS_CORNERS", "EXPECTS_TOP_FIRST", "fit", "fit_corners", "fit_top_first"]

EXPECTS = (
    "rows [N, 1, k, 7]: image, class, score, left, top, right, bottom; or num_detections, "
    "detection_boxes [N, k, 4], detection_scores [N, k], detection_classes [N, k]; "
    "or these as nmsed_boxes or det_boxes, and so on"
)
EXPECTS_CORNERS = (
    "num_dets, det_boxes [N, k, 4]: left, top, right, bottom, det_scores [N, k], "
    "det_classes [N, k]; or the same under other names with boxes, scores and classes in them"
)
EXPECTS_TOP_FIRST = (
    "num_detections, detection_boxes [N, k, 4]: top, left, bottom, right, detection_scores [N, k], "
    "detection_classes [N, k]"
)
ROW = 7
PIXELS = 2
"""A fraction of the picture may lie a little outside, but never as far as this."""


def fit(shapes: Shapes, network: Network) -> Decode | None:
    """Decode these outputs, if they are of one of the three forms."""
    rows = _named(shapes, "", (None, 1, None, ROW))
    if rows and len(shapes) <= 2:  # noqa: PLR2004 - the other one counts the rows
        return lambda outputs, count: [
            _keep(mine[:, 3:], mine[:, 2], mine[:, 1], network)
            for mine in _by_picture(outputs[rows], count)
        ]
    return _fit_parts(shapes, network, corners=None)


def fit_corners(shapes: Shapes, network: Network) -> Decode | None:
    """Decode four outputs with boxes as left, top, right, bottom, whatever their names."""
    return _fit_parts(shapes, network, corners=True)


def fit_top_first(shapes: Shapes, network: Network) -> Decode | None:
    """Decode four outputs with boxes as top, left, bottom, right, whatever their names."""
    return _fit_parts(shapes, network, corners=False)


def _fit_parts(shapes: Shapes, network: Network, *, corners: bool | None) -> Decode | None:
    parts = _worded(shapes) or _numbered(shapes)
    if parts is None:
        return None
    boxes, scores, classes = parts
    found = _count(shapes, {boxes, scores, classes})
    if corners is None:  # TensorFlow alone has the top first
        corners = "detection_boxes" not in boxes.lower()
    order = [0, 1, 2, 3] if corners else [1, 0, 3, 2]

    def decode(outputs: Mapping[str, npt.NDArray[Any]], count: int) -> list[Candidates]:
        ends = outputs[found].reshape(-1).astype(int).tolist() if found else [None] * count
        return [
            _keep(box[:end, order], score[:end], label[:end], network)
            for box, score, label, end in zip(
                outputs[boxes], outputs[scores], outputs[classes], ends, strict=True
            )
        ]

    return decode


def _worded(shapes: Shapes) -> tuple[str, str, str] | None:
    """Name the boxes, scores and classes by the words in their names."""
    boxes = _named(shapes, "boxes", (None, None, 4))
    scores = _named(shapes, "scores", (None, None))
    classes = _named(shapes, "classes|labels", (None, None))
    return (boxes, scores, classes) if boxes and scores and classes else None


def _numbered(shapes: Shapes) -> tuple[str, str, str] | None:
    """Name the boxes, scores and classes by the numbers behind the name of the layer."""
    for layer in shapes:
        boxes, scores, classes = (f"{layer}_{number}" for number in (1, 2, 3))
        if (
            shapes.keys() >= {boxes, scores, classes}
            and matches(shapes[boxes], (None, None, 4))
            and all(matches(shapes[name], (None, None)) for name in (scores, classes))
        ):
            return boxes, scores, classes
    return None


def _count(shapes: Shapes, others: set[str]) -> str | None:
    """Name the output that counts the boxes: the only one left with one value a picture."""
    fitting = [
        name
        for name, shape in shapes.items()
        if name not in others and len(shape) <= 2 and math.prod(shape[1:]) == 1  # noqa: PLR2004
    ]
    return fitting[0] if len(fitting) == 1 else None


def _named(shapes: Shapes, word: str, pattern: tuple[int | None, ...] | None) -> str | None:
    fitting = [
        name
        for name, shape in shapes.items()
        if re.search(word, name, re.IGNORECASE) and (pattern is None or matches(shape, pattern))
    ]
    return fitting[0] if len(fitting) == 1 else None


def _by_picture(rows: npt.NDArray[Any], count: int) -> list[npt.NDArray[Any]]:
    """Sort rows [n, 1, k, 7] by picture: each has its own part, or is named in the first column."""
    if len(rows) == count:  # -1 as the picture ends a part
        return [part[part[:, 0] >= 0] for part in rows[:, 0]]
    flat = rows.reshape(-1, ROW)
    return [flat[flat[:, 0] == picture] for picture in range(count)]


def _keep(boxes: Floats, scores: Floats, labels: npt.NDArray[Any], network: Network) -> Candidates:
    found = labelled(boxes, scores, labels, network)
    if np.abs(found.boxes).max(initial=0) > PIXELS:
        return found
    size = np.array([network.width, network.height] * 2, np.float32)
    return found._replace(boxes=found.boxes * size)
