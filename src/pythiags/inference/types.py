"""The values that decoding is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "Attribute",
    "Candidates",
    "ClassAttributes",
    "ClassMap",
    "Color",
    "Decode",
    "DecodeLabels",
    "DecodeMaps",
    "Findings",
    "Floats",
    "Mask",
    "Network",
    "Note",
    "Shapes",
    "Targets",
]

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
    min_boxes: int = 0
    dbscan_min_score: float = 0.0
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

    threshold: float = 0.0
    """``classifier-threshold`` or ``segmentation-threshold``."""
    labels: tuple[tuple[str, ...], ...] = ()
    """The words of each line of the label file."""
    channels_last: bool = False
    """``segmentation-output-order=1``: a segmentation's scores are [height, width, classes]."""

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.thresholds)

    def label(self, attribute: int, class_id: int) -> str | None:
        """Return what the label file calls a class of a classifier's attribute."""
        words = self.labels[attribute] if 0 <= attribute < len(self.labels) else ()
        return words[class_id] if 0 <= class_id < len(words) else None


class Mask(NamedTuple):
    """What a network says of the pixels of one object, or of its key points."""

    data: Floats
    """Mostly [height, width], over the box; key points are x, y, confidence each."""
    width: int
    height: int


class Candidates(NamedTuple):
    """What a network found in one picture, before clustering; k boxes."""

    boxes: Floats
    """[k, 4]: left, top, right, bottom in pixels of the network's input."""
    scores: Floats
    """[k]: confidence, 0 to 1."""
    classes: npt.NDArray[np.intp]
    """[k]: class ids."""
    masks: tuple[Mask | None, ...] = ()
    """k of them, or none at all."""


class Attribute(NamedTuple):
    """What a classifier says of one picture in one respect."""

    label_id: int
    """Which respect: the place of the network's output, and of the line in the label file."""
    class_id: int
    """Which of its values."""
    confidence: float
    label: str | None = None
    """None: the label file has none for it."""


class ClassMap(NamedTuple):
    """What a segmentation network says of one picture."""

    class_map: npt.NDArray[np.int32]
    """[height, width]: class ids, -1 for none."""
    classes: int
    probabilities: Floats | None = None
    """As the network puts them out, [classes, height, width] or [height, width, classes]."""


@dataclass(frozen=True)
class Findings:
    """What a network found in the pictures of a batch. Each list has an item a picture, or none."""

    boxes: Sequence[Floats] = ()
    """float32[k, 6] each: class id, confidence, left, top, width, height, in its pixels."""
    masks: Sequence[Sequence[Mask | None]] = ()
    """Of the boxes, in their order."""
    labels: Sequence[Sequence[Attribute]] = ()
    maps: Sequence[ClassMap] = ()
    tensors: Mapping[str, npt.NDArray[Any]] | None = None
    """The network's outputs, [pictures, ...]; None: nobody wants them."""


@dataclass(frozen=True)
class Targets:
    """The objects that a secondary network runs on. Sizes are in the frame's pixels; 0: any."""

    gie_id: int = -1
    """Objects of this nvinfer; -1: of any."""
    class_ids: tuple[int, ...] = ()
    """Objects of these classes; none: of any."""
    min_size: tuple[int, int] = (0, 0)
    max_size: tuple[int, int] = (0, 0)
    reinfer_interval: int = 2**31 - 1
    """The frames after which a tracked object is looked at again."""
    tracked_only: bool = False
    """As ``classifier-async-mode`` has it."""


Shapes = Mapping[str, tuple[int, ...]]
"""The outputs of a network by name, in its order; the batch comes first."""

Decode = Callable[[Mapping[str, npt.NDArray[Any]], int], list[Candidates]]
"""Takes a batch's outputs and its number of pictures, gives the candidates of each picture."""

DecodeLabels = Callable[[Mapping[str, npt.NDArray[Any]], int], list[list[Attribute]]]
DecodeMaps = Callable[[Mapping[str, npt.NDArray[Any]], int], list[ClassMap]]
"""The same for classifiers and for semantic segmentation."""


class Note(NamedTuple):
    """A remark about a configuration that is not an error."""

    level: Literal["info", "warning"]
    text: str
