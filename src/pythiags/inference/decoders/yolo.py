"""YOLO in the forms in which it is exported to ONNX, without suppression in the network.

Coordinates are pixels of the network's input.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pythiags.inference.decoders._common import best_class, labelled, only, parts
from pythiags.inference.types import Candidates, Decode, Network, Shapes

__all__ = ["EXPECTS_ROWS", "EXPECTS_V5", "EXPECTS_V8", "fit_rows", "fit_v5", "fit_v8"]

EXPECTS_V5 = "[N, boxes, 5 + classes]: center x, y, width, height, objectness, one score per class"
EXPECTS_V8 = "[N, 4 + classes, boxes]: center x, y, width, height, one score per class"
EXPECTS_ROWS = (
    "[N, boxes, 6]: left, top, right, bottom, score, class; "
    "or the same in boxes [N, boxes, 4], scores [N, boxes, 1] and classes [N, boxes, 1]"
)
ROW = 6


def fit_v5(shapes: Shapes, network: Network) -> Decode | None:
    """Decode v5's and v7's output, whose scores are to be multiplied by the objectness."""
    name = only(shapes, (None, None, 5 + network.classes))
    if name is None:
        return None
    return lambda outputs, _: [_objectness(rows, network) for rows in outputs[name]]


def fit_v8(shapes: Shapes, network: Network) -> Decode | None:
    """Decode the output of v8 and later, a column a box."""
    name = only(shapes, (None, 4 + network.classes, None))
    if name is None:
        return None
    return lambda outputs, _: [_columns(columns, network) for columns in outputs[name]]


def fit_rows(shapes: Shapes, network: Network) -> Decode | None:
    """Decode rows of box, score and class: DeepStream-Yolo's exports and end-to-end networks."""
    name = only(shapes, (None, None, ROW))
    if name is not None:
        return lambda outputs, _: [
            labelled(rows[:, :4], rows[:, 4], rows[:, 5], network) for rows in outputs[name]
        ]
    names = parts(
        shapes,
        {"box": (None, None, 4), "score": (None, None, 1), "class|label": (None, None, 1)},
    )
    if names is None:
        return None
    boxes, scores, classes = names
    return lambda outputs, _: [
        labelled(box, score[:, 0], class_id[:, 0], network)
        for box, score, class_id in zip(
            outputs[boxes], outputs[scores], outputs[classes], strict=True
        )
    ]


def _corners(centers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """From center x, y, width, height [k, 4] to corners."""
    half = centers[:, 2:] / 2
    return np.concatenate([centers[:, :2] - half, centers[:, :2] + half], axis=1)


def _objectness(rows: npt.NDArray[Any], network: Network) -> Candidates:
    rows = rows[rows[:, 4] >= np.min(network.thresholds)]  # a product is never above its factor
    kept, scores, classes = best_class(rows[:, 5:] * rows[:, 4:5], network)
    return Candidates(_corners(rows[kept, :4]), scores, classes)


def _columns(columns: npt.NDArray[Any], network: Network) -> Candidates:
    kept, scores, classes = best_class(columns[4:].T, network)
    return Candidates(_corners(columns[:4, kept].T), scores, classes)
