"""YOLO in the forms in which it is exported to ONNX, without suppression in the network.

Coordinates are pixels of the network's input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pythiags.inference.decoders._common import best_class, labelled, only, parts
from pythiags.inference.types import Candidates, Decode, Network, Shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pythiags.inference.types import Floats

__all__ = [
    "EXPECTS_ROWS",
    "EXPECTS_V5",
    "EXPECTS_V8",
    "EXPECTS_X",
    "fit_rows",
    "fit_v5",
    "fit_v8",
    "fit_x",
]

EXPECTS_V5 = "[N, boxes, 5 + classes]: center x, y, width, height, objectness, one score per class"
EXPECTS_V8 = "[N, 4 + classes, boxes]: center x, y, width, height, one score per class"
EXPECTS_X = (
    "[N, boxes, 5 + classes] of the cells of 8, 16 and 32 pixels: center x, y and logarithms of "
    "width, height in cells, objectness, one score per class"
)
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


def fit_x(shapes: Shapes, network: Network) -> Decode | None:
    """Decode YOLOX's output as its authors export it, with boxes relative to their cells."""
    name = only(shapes, (None, None, 5 + network.classes))
    places, steps = _cells(network)
    if name is None or shapes[name][1] != len(places):
        return None

    def decode(outputs: Mapping[str, npt.NDArray[Any]], _: int) -> list[Candidates]:
        found = []
        for rows in outputs[name]:
            moved = rows.copy()
            moved[:, :2] = (rows[:, :2] + places) * steps
            moved[:, 2:4] = np.exp(rows[:, 2:4]) * steps
            found.append(_objectness(moved, network))
        return found

    return decode


def _cells(network: Network) -> tuple[Floats, Floats]:
    """Return column and row of every cell of YOLOX, [cells, 2], and its pixels, [cells, 1]."""
    places, steps = [], []
    for step in (8, 16, 32):
        columns, rows = network.width // step, network.height // step
        grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)
        places.append(grid)
        steps.append(np.full((len(grid), 1), step))
    return (
        np.concatenate(places).astype(np.float32),
        np.concatenate(steps).astype(np.float32),
    )


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
