"""Outputs of semantic segmentation: scores for each class and pixel, or the classes themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pythiags.inference.decoders._common import matches, only
from pythiags.inference.types import ClassMap, Network, Shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from pythiags.inference.types import DecodeMaps, Floats

__all__ = ["EXPECTS", "EXPECTS_CLASSES", "EXPECTS_SMALL", "fit", "fit_classes", "fit_small"]

EXPECTS = (
    "[N, classes, height, width] of the input's size; with segmentation-output-order=1 "
    "[N, height, width, classes]"
)
EXPECTS_CLASSES = "integers [N, height, width], [N, height, width, 1] or [N, 1, height, width]"
EXPECTS_SMALL = "[N, classes, rows, columns], smaller than the input"


def fit(shapes: Shapes, network: Network) -> DecodeMaps | None:
    """Take the class with the highest score of each pixel, if it is above the threshold."""
    size = (network.height, network.width)
    last = network.channels_last
    order = (*size, network.classes) if last else (network.classes, *size)
    name = next(iter(shapes), None)  # as nvinfer: the first output
    if name is None or not matches(shapes[name], (None, *order)):
        return None
    return lambda outputs, _: [_classify(scores, network) for scores in outputs[name]]


def _classify(scores: Floats, network: Network) -> ClassMap:
    planes = np.moveaxis(scores, -1, 0) if network.channels_last else scores
    best = planes.argmax(axis=0)
    highest = np.take_along_axis(planes, best[None], axis=0)[0]
    good = (highest > network.threshold) & (highest > -1)  # and no NaN
    classes = np.where(good, best, -1).astype(np.int32)
    return ClassMap(classes, network.classes, scores.astype(np.float32, copy=False))


def fit_small(shapes: Shapes, network: Network) -> DecodeMaps | None:
    """Take the class with the highest score, and make the map as large as the input."""
    name = only(shapes, (None, network.classes, None, None))
    if name is None:
        return None

    def enlarge(classes: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        rows = np.arange(network.height) * classes.shape[0] // network.height
        columns = np.arange(network.width) * classes.shape[1] // network.width
        large: npt.NDArray[np.int32] = classes[np.ix_(rows, columns)].astype(np.int32)
        return large

    return lambda outputs, _: [
        ClassMap(enlarge(scores.argmax(axis=0)), network.classes) for scores in outputs[name]
    ]


def fit_classes(shapes: Shapes, network: Network) -> DecodeMaps | None:
    """Take the class of each pixel as the network gives it."""
    size = (network.height, network.width)
    name = next(
        (only(shapes, (None, *order)) for order in (size, (*size, 1), (1, *size))
         if only(shapes, (None, *order))),
        None,
    )  # fmt: skip
    if name is None:
        return None

    def decode(outputs: Mapping[str, npt.NDArray[Any]], count: int) -> list[ClassMap]:
        maps = outputs[name].reshape(count, *size).astype(np.int32)
        return [ClassMap(classes, network.classes) for classes in maps]

    return decode
