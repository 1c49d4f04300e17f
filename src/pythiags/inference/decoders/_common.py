"""What several decoders share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pythiags.inference._clustering import best_classes
from pythiags.inference.types import Candidates, Floats, Network, Shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["best_class", "labelled", "matches", "only", "parts", "softmax"]

Pattern = tuple[int | None, ...]


def matches(shape: tuple[int, ...], pattern: Pattern) -> bool:
    """Return whether a shape has these dimensions; None stands for any."""
    return len(shape) == len(pattern) and all(
        want is None or want == got for want, got in zip(pattern, shape, strict=True)
    )


def only(shapes: Shapes, pattern: Pattern) -> str | None:
    """Name the output, if there is but one and it has this shape."""
    if len(shapes) != 1:
        return None
    ((name, shape),) = shapes.items()
    return name if matches(shape, pattern) else None


def parts(shapes: Shapes, patterns: Mapping[str, Pattern]) -> tuple[str, ...] | None:
    """Name the outputs whose names contain a word of each key and have its shape.

    Returns:
        The names in the order of ``patterns``; None unless each has just one output and no output
        is left over.
    """
    names = []
    for words, pattern in patterns.items():
        fitting = [
            name
            for name, shape in shapes.items()
            if re.search(words, name, re.IGNORECASE) and matches(shape, pattern)
        ]
        if len(fitting) != 1:
            return None
        names += fitting
    return tuple(names) if set(names) == set(shapes) and len(set(names)) == len(names) else None


def best_class(
    scores: npt.NDArray[Any], network: Network
) -> tuple[npt.NDArray[np.intp], Floats, npt.NDArray[np.intp]]:
    """Take each box's best class, and the boxes where that class reaches its threshold.

    Args:
        scores: [boxes, classes].
        network: Gives the thresholds.

    Returns:
        The places of the boxes that stay, their scores and their classes.
    """
    count = len(scores)
    places, classes = np.empty(count, np.intp), np.empty(count, np.intp)
    best = np.empty(count, np.float32)
    found = best_classes(np.asarray(scores, np.float32), network.thresholds, places, best, classes)
    return places[:found], best[:found], classes[:found]


def labelled(
    boxes: Floats, scores: Floats, labels: npt.NDArray[Any], network: Network
) -> Candidates:
    """Keep the boxes whose score reaches the threshold of their class.

    A label below 0 fills a row up. One beyond the network's classes stays, for the lowest threshold
    there is: whoever takes the candidates reports it.

    Args:
        boxes: [k, 4] corners.
        scores: [k].
        labels: [k] class ids, of any type.
        network: Gives the thresholds.
    """
    with np.errstate(invalid="ignore"):  # not a number: then not a class either
        classes = labels.astype(np.intp)
    last = network.classes - 1
    thresholds = network.thresholds[np.clip(classes, 0, last)]
    thresholds = np.where(classes > last, np.min(network.thresholds), thresholds)
    kept = np.flatnonzero((classes >= 0) & (scores >= thresholds))
    return Candidates(boxes[kept], scores[kept], classes[kept])


def softmax(values: Floats) -> Floats:
    """Turn scores into probabilities, along the second dimension."""
    powers = np.exp(values - np.max(values, axis=1, keepdims=True))
    found: Floats = np.divide(powers, np.sum(powers, axis=1, keepdims=True), dtype=np.float32)
    return found
