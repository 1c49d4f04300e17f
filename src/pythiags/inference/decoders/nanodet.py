"""NanoDet with its boxes worked out in the network: corners, and a score a class."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

from pythiags.inference.decoders._common import best_class, matches
from pythiags.inference.types import Candidates, Decode, Network, Shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

__all__ = ["EXPECTS", "fit", "pair"]

EXPECTS = "boxes [N, boxes, 4]: left, top, right, bottom; and scores [N, boxes, classes]"


def fit(shapes: Shapes, network: Network) -> Decode | None:
    """Decode these outputs, if they are a pair of that kind."""
    names = pair(shapes, network)
    if names is None:
        return None
    boxes, scores = names

    def decode(outputs: Mapping[str, npt.NDArray[Any]], _: int) -> list[Candidates]:
        found = []
        for corners, each in zip(outputs[boxes], outputs[scores], strict=True):
            kept, best, classes = best_class(each, network)
            found.append(Candidates(corners[kept], best, classes))
        return found

    return decode


def pair(shapes: Shapes, network: Network) -> tuple[str, str] | None:
    """Name boxes and scores: by their width, and where that is the same by their names."""
    pairs = [
        (boxes, scores)
        for boxes, scores in permutations(shapes, 2)
        if matches(shapes[boxes], (None, None, 4))
        and matches(shapes[scores], (None, shapes[boxes][1], network.classes))
    ]
    if len(pairs) > 1:
        pairs = [pair for pair in pairs if "box" in pair[0].lower()]
    return pairs[0] if len(pairs) == len(shapes) - 1 == 1 else None
