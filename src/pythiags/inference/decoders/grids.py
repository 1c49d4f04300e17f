"""Outputs of early YOLO, v2 to v4: grids of cells with anchors, or boxes and scores apart.

A grid's numbers are before or behind the sigmoid: what is all between 0 and 1 has seen it. Boxes
are in pixels of the input; the anchors are those of the networks that were trained on COCO.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pythiags.inference.decoders._common import best_class, matches, parts, softmax
from pythiags.inference.types import Candidates, Network, Shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from pythiags.inference.types import Decode, Floats

__all__ = ["EXPECTS_APART", "EXPECTS_GRIDS", "fit_apart", "grids"]

EXPECTS_APART = (
    "boxes [N, k, 4] or [N, k, 1, 4]: left, top, right, bottom from 0 to 1, and confs "
    "[N, k, classes]"
)
EXPECTS_GRIDS = "[N, anchors * (5 + classes), rows, columns] for each size of the grid"
OF_A_BOX = 5

Anchors = tuple[tuple[tuple[float, float], ...], ...]

V3: Final[Anchors] = (
    ((116, 90), (156, 198), (373, 326)),
    ((30, 61), (62, 45), (59, 119)),
    ((10, 13), (16, 30), (33, 23)),
)
V3_TINY: Final[Anchors] = (
    ((81, 82), (135, 169), (344, 319)),
    ((10, 14), (23, 27), (37, 58)),
)
"""In pixels, for the coarsest grid first."""

V2: Final[Anchors] = (
    ((0.57273, 0.677385), (1.87446, 2.06253), (3.33843, 5.47434), (7.88282, 3.52778),
     (9.77052, 9.16828)),
)  # fmt: skip
V2_TINY: Final[Anchors] = V2
"""In cells."""


def fit_apart(shapes: Shapes, network: Network) -> Decode | None:
    """Decode v4 as it is exported to ONNX, with boxes from 0 to 1."""
    for box in ((None, None, 1, 4), (None, None, 4)):
        names = parts(shapes, {"box": box, "conf|score": (None, None, network.classes)})
        if names is not None:
            break
    else:
        return None
    boxes, scores = names
    size = np.array([network.width, network.height] * 2, np.float32)

    def decode(outputs: Mapping[str, npt.NDArray[Any]], _: int) -> list[Candidates]:
        found = []
        for corners, each in zip(outputs[boxes], outputs[scores], strict=True):
            kept, best, classes = best_class(each, network)
            found.append(Candidates(corners.reshape(-1, 4)[kept] * size, best, classes))
        return found

    return decode


def grids(
    anchors: Anchors, *, in_cells: bool = False
) -> Callable[[Shapes, Network], Decode | None]:
    """Return the fit of a network with these anchors, the coarsest grid's first."""

    def fit(shapes: Shapes, network: Network) -> Decode | None:
        per_cell = len(anchors[0])
        channels = per_cell * (OF_A_BOX + network.classes)
        if len(shapes) != len(anchors) or not all(
            matches(shape, (None, channels, None, None)) for shape in shapes.values()
        ):
            return None
        coarse_first = sorted(shapes, key=lambda name: shapes[name][2])

        def decode(outputs: Mapping[str, npt.NDArray[Any]], count: int) -> list[Candidates]:
            found = []
            for picture in range(count):
                some = [
                    _cells(outputs[name][picture], own, network, in_cells)
                    for name, own in zip(coarse_first, anchors, strict=True)
                ]
                boxes, scores, classes = (np.concatenate(each) for each in zip(*some, strict=True))
                found.append(Candidates(boxes, scores, classes))
            return found

        return decode

    return fit


def _sigmoid(values: Floats) -> Floats:
    done: Floats = np.float32(1) / (np.float32(1) + np.exp(-values, dtype=np.float32))
    return done


def _cells(
    grid: Floats, anchors: tuple[tuple[float, float], ...], network: Network, in_cells: bool
) -> tuple[Floats, Floats, npt.NDArray[np.intp]]:
    """Return the corners, scores and classes of a grid [anchors * (5 + classes), rows, columns]."""
    _, rows, columns = grid.shape
    values = grid.reshape(len(anchors), -1, rows, columns).astype(np.float32)
    sure, of_class = values[:, 4], values[:, OF_A_BOX:]
    places, sizes = values[:, :2], np.exp(values[:, 2:4], dtype=np.float32)
    if np.min(sure) < 0 or np.max(sure) > 1:
        places, sure = _sigmoid(places), _sigmoid(sure)
        of_class = softmax(of_class) if in_cells else _sigmoid(of_class)
    else:
        sizes = values[:, 2:4]  # the exponents are taken where the sigmoids are
    stride = np.array([network.width / columns, network.height / rows], np.float32)
    cells = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)))[None]
    centers = (places + cells) * stride[None, :, None, None]
    unit: Floats = stride if in_cells else np.ones(2, np.float32)
    half = sizes * (np.array(anchors, np.float32) * unit)[:, :, None, None] / 2
    corners = np.concatenate([centers - half, centers + half], axis=1)
    flat = corners.transpose(0, 2, 3, 1).reshape(-1, 4)
    scores = (of_class * sure[:, None]).transpose(0, 2, 3, 1).reshape(len(flat), -1)
    kept, best, classes = best_class(scores, network)
    return flat[kept], best, classes
