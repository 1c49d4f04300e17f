"""From candidates to objects: nvinfer's cluster modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from pythiags.inference.types import Candidates, ClassAttributes, Floats

__all__ = ["cluster", "group_rectangles", "non_maximum_suppression"]

NO_CONFIDENCE = -0.1
"""What nvinfer writes where its clustering loses the confidence."""

Cluster = Callable[[Floats, Floats, ClassAttributes], tuple[Floats, Floats]]


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
        float32[n, 6]: class id, confidence, left, top, width, height, in the network's pixels.
    """
    group = _MODES[mode]
    boxes = np.clip(found.boxes, 0, np.array([*size, *size], np.float32))
    solid = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])  # and no NaN
    rows: list[Floats] = [np.empty((0, 6), np.float32)]
    for class_id in np.unique(found.classes[solid]):
        mine = solid & (found.classes == class_id)
        rows.append(
            _objects(class_id, *group(boxes[mine], found.scores[mine], attributes[class_id]))
        )
    return np.concatenate(rows)


def _objects(class_id: int, boxes: Floats, scores: Floats) -> Floats:
    rows = np.empty((len(boxes), 6), np.float32)
    rows[:, 0] = class_id
    rows[:, 1] = scores
    rows[:, 2:4] = boxes[:, :2]
    rows[:, 4:] = boxes[:, 2:] - boxes[:, :2]
    return rows


def _none(boxes: Floats, scores: Floats, attributes: ClassAttributes) -> tuple[Floats, Floats]:
    order = np.argsort(-scores, kind="stable")
    return _best(boxes[order], scores[order], attributes)


def _nms(boxes: Floats, scores: Floats, attributes: ClassAttributes) -> tuple[Floats, Floats]:
    kept = non_maximum_suppression(boxes, scores, attributes.nms_iou_threshold)
    return _best(boxes[kept], scores[kept], attributes)


def _groups(boxes: Floats, _: Floats, attributes: ClassAttributes) -> tuple[Floats, Floats]:
    if attributes.group_threshold <= 0:  # OpenCV leaves the boxes as they are
        return boxes, np.full(len(boxes), NO_CONFIDENCE, np.float32)
    corners = group_rectangles(boxes.astype(int), attributes.group_threshold, attributes.eps)
    return corners.astype(np.float32), np.full(len(corners), NO_CONFIDENCE, np.float32)


_MODES: dict[int, Cluster] = {0: _groups, 2: _nms, 4: _none}


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
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = np.argsort(-scores, kind="stable")
    kept = []
    while left.size:
        best, left = left[0], left[1:]
        kept.append(best)
        low = np.maximum(boxes[best, :2], boxes[left, :2])
        high = np.minimum(boxes[best, 2:], boxes[left, 2:])
        common = np.prod(np.maximum(high - low, 0), axis=1)
        left = left[common <= iou_threshold * (area[best] + area[left] - common)]
    return np.array(kept, np.intp)


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
    if not len(boxes):
        return boxes
    groups = _connected(_similar(boxes, eps))
    count = np.bincount(groups)
    sizes = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    sums = np.stack([np.bincount(groups, weights=column) for column in sizes.T], axis=1)
    # OpenCV multiplies by the reciprocal in single precision and rounds halves to even.
    mean = np.rint(sums.astype(np.float32) * (np.float32(1) / count.astype(np.float32))[:, None])
    means = mean.astype(int)
    big = count > group_threshold
    kept = [
        g for g in np.flatnonzero(big) if not _is_within_a_better(int(g), means, count, big, eps)
    ]
    return np.concatenate([means[kept, :2], means[kept, :2] + means[kept, 2:]], axis=1)


def _similar(boxes: npt.NDArray[np.int_], eps: float) -> npt.NDArray[np.bool_]:
    size = boxes[:, 2:] - boxes[:, :2]
    least = np.minimum(size[:, None], size[None])
    reach = eps * least.sum(axis=2) * 0.5
    apart = np.abs(boxes[:, None] - boxes[None]).max(axis=2)
    return np.asarray(apart <= reach)


def _connected(similar: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Number the connected parts of a relation by their first member."""
    group = np.full(len(similar), -1, np.intp)
    number = 0
    for start in range(len(similar)):
        if group[start] >= 0:
            continue
        new = np.zeros(len(similar), bool)
        new[start] = True
        while new.any():
            group[new] = number
            new = similar[new].any(axis=0) & (group < 0)
        number += 1
    return group


def _is_within_a_better(
    g: int,
    means: npt.NDArray[np.int_],
    count: npt.NDArray[np.intp],
    big: npt.NDArray[np.bool_],
    eps: float,
) -> bool:
    at, size = means[:, :2], means[:, 2:]
    reach = np.rint(size * eps).astype(int)
    inside = (at[g] >= at - reach).all(axis=1)
    inside &= (at[g] + size[g] <= at + size + reach).all(axis=1)
    better = big & ((count > max(3, count[g])) | (count[g] < 3))  # noqa: PLR2004 - OpenCV's own
    better[g] = False
    return bool((inside & better).any())
