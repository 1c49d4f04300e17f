"""DetectNet_v2: a grid of coverages and of boxes relative to each cell.

NVIDIA's TAO networks (TrafficCamNet, PeopleNet, DashCamNet ...) and the sample detector ResNet-10
are of this kind.
"""

from __future__ import annotations

import functools
import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from pythiags.inference.types import Candidates, Decode, Network, Shapes

__all__ = ["EXPECTS", "fit"]

_log = logging.getLogger("pythiags.nvinfer")

EXPECTS = "coverage [N, classes, rows, columns] and boxes [N, 4 * classes, rows, columns]"

BOX_NORM = 35.0
"""The networks are trained on distances divided by this many pixels."""

GRID = 4
"""Dimensions of either output."""


def fit(shapes: Shapes, network: Network) -> Decode | None:
    """Decode these outputs, if they are a pair of grids.

    As in DeepStream the network may have other classes than the configuration: the first ones
    that both have are read.
    """
    if len(shapes) != 2 or any(len(shape) != GRID for shape in shapes.values()):  # noqa: PLR2004
        return None
    coverage, boxes = sorted(shapes, key=lambda name: shapes[name][1])
    classes, *size = shapes[coverage][1:]
    if shapes[boxes][1:] != (4 * classes, *size):
        return None
    both = min(classes, network.classes)
    if classes != network.classes:
        _warn(coverage, classes, network.classes)
    return lambda outputs, _: [
        _decode(cover[:both], box[: 4 * both], network)
        for cover, box in zip(outputs[coverage], outputs[boxes], strict=True)
    ]


@functools.cache
def _warn(name: str, classes: int, configured: int) -> None:
    """Say it once of a network, however often its outputs are looked at."""
    text = "the output %s has %d classes and num-detected-classes=%d: the first %d are read"
    _log.warning(text, name, classes, configured, min(classes, configured))


def _decode(cover: npt.NDArray[Any], boxes: npt.NDArray[Any], network: Network) -> Candidates:
    """Read the cells that are covered: cover [c, h, w], boxes [4 * c, h, w]."""
    _, rows, columns = cover.shape
    class_id, row, column = np.nonzero(cover >= network.thresholds[: len(cover), None, None])
    stride = np.array([-(-network.width // columns), -(-network.height // rows)], np.float32)
    center = np.stack([column, row], axis=1).astype(np.float32) * stride + np.float32(0.5)
    sides = boxes.reshape(-1, 4, rows, columns)[class_id, :, row, column] * np.float32(BOX_NORM)
    corners = np.concatenate([center - sides[:, :2], center + sides[:, 2:]], axis=1)
    return Candidates(corners, cover[class_id, row, column], class_id)
