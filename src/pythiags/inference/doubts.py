"""Implausible results of a network: dropped or kept, and reported once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from pythiags.inference._clustering import are_sound
from pythiags.inference.types import Candidates

if TYPE_CHECKING:
    from pythiags.inference.types import Network

__all__ = ["Doubts"]

_log = logging.getLogger("pythiags.nvinfer")

ROUNDED_ONE = 1.001
"""A product or a sum in half precision may end a little above 1."""


class Doubts:
    """Looks at the candidates of one network, picture by picture.

    Args:
        where: What a warning names as its place.
        network: Gives the number of classes.
    """

    def __init__(self, where: str, network: Network) -> None:
        self._where = where
        self._classes = network.classes
        self._reported: set[str] = set()

    def settle(self, found: Candidates) -> Candidates:
        """Leave out candidates without a finite confidence or a known class.

        Confidences above 1 stay as they are: their order is right, and so is the box.
        """
        scores = np.asarray(found.scores, np.float32)
        classes = np.asarray(found.classes, np.intp)
        if are_sound(scores, classes, self._classes, ROUNDED_ONE):
            return found
        good = np.isfinite(scores)
        if not good.all():
            self._warn(
                "not finite",
                "infinite and NaN confidences are skipped: the network's outputs "
                "overflow, or net-scale-factor and offsets are wrong",
            )
        if (scores[good] > ROUNDED_ONE).any():
            self._warn(
                "above 1",
                f"confidences reach {float(np.max(scores[good])):.4g}, but should be from 0 to 1: "
                "the network probably returns logits; export it with its sigmoid or softmax",
            )
        known = (classes >= 0) & (classes < self._classes)
        if (classes >= self._classes).any():
            self._warn(
                "class",
                f"objects of class {int(np.max(classes))} are skipped: num-detected-classes="
                f"{self._classes} allows 0 to {self._classes - 1}",
            )
        kept = good & known
        if kept.all():
            return found
        masks = tuple(found.masks[place] for place in np.flatnonzero(kept)) if found.masks else ()
        return Candidates(found.boxes[kept], scores[kept], classes[kept], masks)

    def _warn(self, kind: str, what: str) -> None:
        if kind not in self._reported:
            self._reported.add(kind)
            _log.warning("%s: %s", self._where, what)
