"""RetinaFace: counted rows, as its TensorRT plugin gives them, or offsets from prior boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pythiags.inference.decoders._common import only
from pythiags.inference.types import Candidates, Network, Shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from pythiags.inference.types import Decode, Floats

__all__ = ["EXPECTS", "fit"]

EXPECTS = (
    "[N, 1 + 15 * k]: how many, then left, top, right, bottom, score and five points each; or "
    "loc [N, priors, 4], conf [N, priors, 2] and landms [N, priors, 10]"
)
ROW = 15
STEPS: Final = ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))
"""Pixels between prior boxes, and the sides of those that share a place, as in training."""
VARIANCES: Final = (0.1, 0.2)


def fit(shapes: Shapes, network: Network) -> Decode | None:
    """Decode either form; all faces are of class 0."""
    for pattern in ((None, None), (None, None, 1, 1)):
        name = only(shapes, pattern)
        if name is not None and shapes[name][1] % ROW == 1:
            break
    else:
        return _fit_priors(shapes, network)
    return lambda outputs, _: [_rows(values.reshape(-1), network) for values in outputs[name]]


def _faces(boxes: Floats, scores: Floats, network: Network) -> Candidates:
    kept = np.flatnonzero(scores >= network.thresholds[0])
    return Candidates(boxes[kept], scores[kept], np.zeros(len(kept), np.intp))


def _rows(values: Floats, network: Network) -> Candidates:
    rows = values[1:].reshape(-1, ROW)[: max(int(values[0]), 0)]
    return _faces(rows[:, :4], rows[:, 4], network)


def _fit_priors(shapes: Shapes, network: Network) -> Decode | None:
    priors = _priors(network)
    by_width = {
        shape[2]: name
        for name, shape in shapes.items()
        if len(shape) == 3 and shape[1] == len(priors)  # noqa: PLR2004
    }
    if len(shapes) not in {2, 3} or not {4, 2} <= by_width.keys() <= {4, 2, 10}:
        return None
    places, scores = by_width[4], by_width[2]

    def decode(outputs: Mapping[str, npt.NDArray[Any]], _: int) -> list[Candidates]:
        return [
            _faces(_boxes(offsets, priors), each[:, 1], network)
            for offsets, each in zip(outputs[places], outputs[scores], strict=True)
        ]

    return decode


def _priors(network: Network) -> Floats:
    """Return center x, y and side, in pixels, of all prior boxes: [priors, 3]."""
    found = []
    for step, sides in STEPS:
        rows, columns = -(-network.height // step), -(-network.width // step)
        y, x, side = np.meshgrid(np.arange(rows), np.arange(columns), sides, indexing="ij")
        found.append(np.stack([(x + 0.5) * step, (y + 0.5) * step, side], axis=-1).reshape(-1, 3))
    return np.asarray(np.concatenate(found), np.float32)


def _boxes(offsets: Floats, priors: Floats) -> Floats:
    side = priors[:, 2:]
    centers = priors[:, :2] + offsets[:, :2] * VARIANCES[0] * side
    half = side * np.exp(offsets[:, 2:] * VARIANCES[1]) / 2
    corners: Floats = np.concatenate([centers - half, centers + half], axis=1)
    return corners
