"""Outputs of classifiers: a probability for each value of an attribute, an output an attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pythiags.inference.decoders._common import softmax
from pythiags.inference.types import Attribute, Network, Shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from pythiags.inference.types import DecodeLabels, Floats

__all__ = [
    "EXPECTS",
    "EXPECTS_LOGITS",
    "EXPECTS_PLATE",
    "fit_logits",
    "fit_plate",
    "fit_softmax",
]

EXPECTS = "[N, values] or [N, values, 1, 1] for each attribute: a probability a value"
EXPECTS_LOGITS = "[N, values] for each attribute, before the softmax"
EXPECTS_PLATE = "integers [N, places] and their confidences, float32 [N, places]"
SHORTEST_PLATE = 3
"""With fewer characters there is no plate."""


def fit_softmax(shapes: Shapes, network: Network) -> DecodeLabels | None:
    """Take the most probable value of each attribute, if it is above the threshold."""
    return _fit(shapes, network, lambda scores: scores)


def fit_logits(shapes: Shapes, network: Network) -> DecodeLabels | None:
    """Do the same after a softmax."""
    return _fit(shapes, network, softmax)


def _fit(
    shapes: Shapes, network: Network, probabilities_of: Callable[[Floats], Floats]
) -> DecodeLabels | None:
    if not shapes or any(len(shape) < 2 for shape in shapes.values()):  # noqa: PLR2004
        return None

    def decode(outputs: Mapping[str, npt.NDArray[Any]], count: int) -> list[list[Attribute]]:
        found: list[list[Attribute]] = [[] for _ in range(count)]
        for label_id, array in enumerate(outputs.values()):
            # As nvinfer: the first dimension behind the batch is that of the values.
            scores = array.reshape(count, array.shape[1], -1)[:, :, 0].astype(np.float32)
            for mine, row in zip(found, probabilities_of(scores), strict=True):
                mine.extend(_best(label_id, row, network))
        return found

    return decode


def _best(label_id: int, row: Floats, network: Network) -> list[Attribute]:
    row = np.where(np.isnan(row), -np.inf, row)
    class_id = int(np.argmax(row))
    if not row[class_id] > max(network.threshold, 0):
        return []
    label = network.label(label_id, class_id)
    return [Attribute(label_id, class_id, float(row[class_id]), label)]


def fit_plate(shapes: Shapes, network: Network) -> DecodeLabels | None:
    """Read characters, of which equal neighbours are one and the last number is a blank.

    The characters are the lines of the label file: C code has them in a dict.txt of its own.
    """
    if len(shapes) != 2 or any(len(shape) != 2 for shape in shapes.values()):  # noqa: PLR2004
        return None
    characters = [words[0] for words in network.labels]

    def decode(outputs: Mapping[str, npt.NDArray[Any]], _: int) -> list[list[Attribute]]:
        arrays = sorted(outputs.values(), key=lambda array: array.dtype.kind == "f")
        return [
            _plate(places.tolist(), confidences, characters)
            for places, confidences in zip(*arrays, strict=True)
        ]

    return decode


def _plate(places: list[int], confidences: Floats, characters: list[str]) -> list[Attribute]:
    text, confidence, previous, length = "", 1.0, -1, 0
    for place, sure in zip(places, confidences.tolist(), strict=False):
        if place != previous and 0 <= place < len(characters):
            text += characters[place]
            confidence *= sure
            length += 1
        previous = place
    return [Attribute(0, 1, confidence, text)] if length >= SHORTEST_PLATE else []
