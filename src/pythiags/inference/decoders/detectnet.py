"""DetectNet_v2: a grid of coverages and of boxes relative to each cell.

NVIDIA's TAO networks (TrafficCamNet, PeopleNet, DashCamNet ...) and the sample detector ResNet-10
are of this kind.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pythiags.inference.types import Candidates, Decode, Network, Shapes

__all__ = ["EXPECTS", "fit"]

EXPECTS = "coverage [N, classes, rows, columns] and boxes [N, 4 * classes, rows, columns]"

BOX_NORM = 35.0
"""The networks are trained on distances divided by this many pixels."""

GRID = 4
"""Dimensions of either output."""


def fit(shapes: Shapes, network: Network) -> Decode | None:
    """Decode these outputs, if they are a pair of grids."""
    grids = {shape[1]: name for name, shape in shapes.items() if len(shape) == GRID}
    coverage, boxes = grids.get(network.classes), grids.get(4 * network.classes)
    if len(shapes) != 2 or not coverage or not boxes:  # noqa: PLR2004 - a pair
        return None
    if shapes[coverage][2:] != shapes[boxes][2:]:
        return None
    return lambda outputs, _: [
        _decode(cover, box, network)
        for cover, box in zip(outputs[coverage], outputs[boxes], strict=True)
    ]


def _decode(cover: npt.NDArray[Any], boxes: npt.NDArray[Any], network: Network) -> Candidates:
    """Read the cells that are covered: cover [c, h, w], boxes [4 * c, h, w]."""
    _, rows, columns = cover.shape
    class_id, row, column = np.nonzero(cover >= network.thresholds[:, None, None])
    stride = np.array([-(-network.width // columns), -(-network.height // rows)], np.float32)
    center = np.stack([column, row], axis=1).astype(np.float32) * stride + np.float32(0.5)
    sides = boxes.reshape(-1, 4, rows, columns)[class_id, :, row, column] * np.float32(BOX_NORM)
    corners = np.concatenate([center - sides[:, :2], center + sides[:, 2:]], axis=1)
    return Candidates(corners, cover[class_id, row, column], class_id)
