"""From candidates to objects: nvinfer's cluster modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pythiags.inference._clustering import group, suppress
from pythiags.inference.types import Candidates, ClassAttributes, Floats

__all__ = ["cluster", "group_rectangles", "non_maximum_suppression"]

NO_CONFIDENCE = -0.1
"""What nvinfer writes where its clustering loses the confidence."""

Places = npt.NDArray[np.intp]
Order = Callable[[Floats, Places], Places]
Cluster = Callable[[Floats, Floats, ClassAttributes], tuple[Floats, Floats]]
"""Takes the boxes and scores of one class, in order."""


def cluster(
    found: Candidates, mode: int, attributes: Sequence[ClassAttributes], size: tuple[int, int]
) -> Floats:
    """Keep one box an object, class by class, the most confident first.

    Args:
        found: The candidates of one picture.
        mode: nvinfer's ``cluster-mode``: 0, 2 or 4.
        attributes: Of each class.
        size: Width and height of the network's input, to which boxes are cut.

    Returns:
        float32[n, 6] of class id, confidence, left, top, width, height, in the network's pixels.
    """
    keep, order = _MODES[mode]
    boxes = np.clip(found.boxes, 0, np.array([*size, *size], np.float32))
    solid = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])  # and no NaN
    places = np.flatnonzero(solid)
    places = places[order(found.scores[places], found.classes[places])]
    boxes, scores, classes = boxes[places], found.scores[places], found.classes[places]
    ends = np.flatnonzero(np.diff(classes)) + 1
    rows: list[Floats] = [np.empty((0, 6), np.float32)]
    for start, end in pairwise([0, *ends.tolist(), len(classes)]) if len(classes) else ():
        class_id = int(classes[start])
        mine = slice(start, end)
        rows.append(_objects(class_id, *keep(boxes[mine], scores[mine], attributes[class_id])))
    return np.concatenate(rows)


def _objects(class_id: int, boxes: Floats, scores: Floats) -> Floats:
    rows = np.empty((len(boxes), 6), np.float32)
    rows[:, 0] = class_id
    rows[:, 1] = scores
    rows[:, 2:4] = boxes[:, :2]
    rows[:, 4:] = boxes[:, 2:] - boxes[:, :2]
    return rows


def _by_class_and_confidence(scores: Floats, classes: Places) -> Places:
    order: Places = np.lexsort((-scores, classes))  # Any, in NumPy 1.26 and earlier
    return order


def _by_class(_: Floats, classes: Places) -> Places:
    return np.argsort(classes, kind="stable")


def _none(boxes: Floats, scores: Floats, attributes: ClassAttributes) -> tuple[Floats, Floats]:
    return _best(boxes, scores, attributes)


def _nms(boxes: Floats, scores: Floats, attributes: ClassAttributes) -> tuple[Floats, Floats]:
    # Later boxes are no better: only the first ones can matter.
    kept = _suppress(boxes, attributes.nms_iou_threshold, attributes.topk)
    return _best(boxes[kept], scores[kept], attributes)


def _groups(boxes: Floats, _: Floats, attributes: ClassAttributes) -> tuple[Floats, Floats]:
    if attributes.group_threshold <= 0:  # OpenCV leaves the boxes as they are
        return boxes, np.full(len(boxes), NO_CONFIDENCE, np.float32)
    corners = group_rectangles(boxes.astype(int), attributes.group_threshold, attributes.eps)
    return corners.astype(np.float32), np.full(len(corners), NO_CONFIDENCE, np.float32)


_MODES: dict[int, tuple[Cluster, Order]] = {
    0: (_groups, _by_class),
    2: (_nms, _by_class_and_confidence),
    4: (_none, _by_class_and_confidence),
}


def _best(boxes: Floats, scores: Floats, attributes: ClassAttributes) -> tuple[Floats, Floats]:
    """Apply ``post-cluster-threshold`` and ``topk`` to boxes in order of confidence."""
    good = scores >= attributes.post_cluster_threshold
    last = attributes.topk if attributes.topk >= 0 else None
    return boxes[good][:last], scores[good][:last]


def non_maximum_suppression(
    boxes: Floats, scores: Floats, iou_threshold: float
) -> npt.NDArray[np.intp]:
    """Pick the most confident boxes that overlap no better one by more than the threshold.

    Args:
        boxes: [k, 4] corners.
        scores: [k].
        iou_threshold: Intersection over union above which the lesser box goes.

    Returns:
        The places of the boxes that stay, the most confident first.
    """
    order = np.argsort(-scores, kind="stable")
    return order[_suppress(boxes[order], iou_threshold)]


def _suppress(boxes: Floats, iou_threshold: float, most: int = -1) -> npt.NDArray[np.int64]:
    """Return the places of boxes that stay, of boxes that are sorted; -1 is no limit."""
    kept = np.empty(len(boxes), np.int64)
    corners = np.ascontiguousarray(boxes, np.float32)
    most = len(boxes) if most < 0 else most
    return kept[: suppress(corners, iou_threshold, most, kept)]


def group_rectangles(
    boxes: npt.NDArray[np.int_], group_threshold: int, eps: float
) -> npt.NDArray[np.int_]:
    """Average boxes that lie close together, as OpenCV's ``groupRectangles`` does.

    Boxes whose four sides differ by at most ``eps`` times half the lesser width plus the lesser
    height are of one group, and so are the neighbours of neighbours. A group of at most
    ``group_threshold`` boxes is dropped, and so is one that lies within a larger group's box.

    Args:
        boxes: [k, 4] corners in whole pixels.
        group_threshold: Largest group that is dropped, above 0.
        eps: How far apart the sides of neighbours may lie, relative to their size.

    Returns:
        [g, 4] corners, in the order in which the groups first appear.
    """
    corners = np.ascontiguousarray(boxes, np.int32)
    means = np.empty_like(corners)
    return means[: group(corners, group_threshold, eps, means)].astype(int)
