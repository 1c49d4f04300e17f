"""The values that decoding is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Candidates", "ClassAttributes", "Color", "Decode", "Floats", "Network", "Shapes"]

Floats = npt.NDArray[np.float32]
Color = tuple[float, float, float, float]
"""Red, green, blue, alpha; 0 to 1 each."""

RED: Color = (1.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class ClassAttributes:
    """What ``[class-attrs-all]`` and ``[class-attrs-N]`` say of a class, with nvinfer's defaults.

    Sizes and offsets are pixels of the frame; 0 is no limit.
    """

    label: str = ""
    filtered_out: bool = False
    pre_cluster_threshold: float = 0.2
    post_cluster_threshold: float = 0.0
    nms_iou_threshold: float = 0.3
    topk: int = -1
    eps: float = 0.0
    group_threshold: int = 0
    min_size: tuple[float, float] = (0, 0)
    max_size: tuple[float, float] = (0, 0)
    roi_offsets: tuple[float, float] = (0, 0)
    border_color: Color = RED
    bg_color: Color | None = None


class Network(NamedTuple):
    """What a decoder must know of its network."""

    width: int
    height: int
    thresholds: Floats
    """The lowest confidence to keep, by class; its length is the number of classes."""

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.thresholds)


class Candidates(NamedTuple):
    """What a network found in one picture, before clustering; k boxes."""

    boxes: Floats
    """[k, 4]: left, top, right, bottom in pixels of the network's input."""
    scores: Floats
    """[k]: confidence, 0 to 1."""
    classes: npt.NDArray[np.intp]
    """[k]: class ids."""


Shapes = Mapping[str, tuple[int, ...]]
"""The outputs of a network by name, in its order; the batch comes first."""

Decode = Callable[[Mapping[str, npt.NDArray[Any]], int], list[Candidates]]
"""Takes a batch's outputs and its number of pictures, gives the candidates of each picture."""
