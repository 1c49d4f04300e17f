"""From candidates to objects: nvinfer's cluster modes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pythiags.inference._clustering import group, objects, suppress
from pythiags.inference.types import Candidates, ClassAttributes, Floats, Mask

__all__ = [
    "cluster",
    "clustering",
    "density_clusters",
    "group_rectangles",
    "keep_instances",
    "non_maximum_suppression",
]

NO_CONFIDENCE = -0.1
"""What nvinfer writes where its clustering loses the confidence."""

MOST_AREA_TO_HITS = 60.0
"""nvinfer's limit: the root of a cluster's area, in pixels, by the number of its boxes."""

TINY = np.finfo(np.float32).tiny

GROUPS, DBSCAN, NMS, HYBRID = range(4)
"""nvinfer's ``cluster-mode``; 4 keeps every box."""

Places = npt.NDArray[np.intp]
Clustering = Callable[[Candidates], Floats]


def cluster(
    found: Candidates, mode: int, attributes: Sequence[ClassAttributes], size: tuple[int, int]
) -> Floats:
    """Keep one box an object, class by class, the most confident first.

    Args:
        found: The candidates of one picture.
        mode: nvinfer's ``cluster-mode``, 0 to 4.
        attributes: Of each class.
        size: Width and height of the network's input, to which boxes are cut.

    Returns:
        float32[n, 6] of class id, confidence, left, top, width, height, in the network's pixels.
    """
    return clustering(mode, attributes, size)(found)


def clustering(
    mode: int, attributes: Sequence[ClassAttributes], size: tuple[int, int]
) -> Clustering:
    """Return the function that does it to the candidates of a picture; see ``cluster()``."""
    limits = np.array(
        [(each.nms_iou_threshold, each.post_cluster_threshold, each.topk) for each in attributes],
        np.float32,
    ).reshape(-1, 3)

    def keep(found: Candidates, suppressed: bool) -> Floats:
        rows = np.empty((len(found.scores), 6), np.float32)
        count = objects(*_arrays(found), size, limits, suppressed, rows)
        return rows[:count]

    if mode == GROUPS:
        return lambda found: _groups(found, attributes, size)
    if mode == DBSCAN:
        return lambda found: keep(_means(found, attributes, size), suppressed=False)
    if mode == HYBRID:
        return lambda found: keep(_dense(found, attributes, size), suppressed=True)
    return lambda found: keep(found, suppressed=mode == NMS)


def _arrays(found: Candidates) -> tuple[Floats, Floats, Places]:
    boxes = np.ascontiguousarray(found.boxes, np.float32).reshape(-1, 4)
    scores = np.ascontiguousarray(found.scores, np.float32)
    return boxes, scores, np.ascontiguousarray(found.classes, np.intp)


def keep_instances(
    found: Candidates, attributes: Sequence[ClassAttributes], size: tuple[int, int]
) -> tuple[Floats, tuple[Mask | None, ...]]:
    """Keep the candidates of an instance segmentation with their masks: ``topk`` of each class.

    Args:
        found: The candidates of one picture, which the network or its parser has suppressed.
        attributes: Of each class.
        size: Width and height of the network's input, to which boxes are cut.

    Returns:
        As ``cluster()``, and a mask or None for each row.
    """
    boxes = np.clip(found.boxes, 0, np.array([*size, *size], np.float32))
    thresholds = np.array([each.pre_cluster_threshold for each in attributes], np.float32)
    good = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    good &= found.scores >= thresholds[found.classes]
    places = np.flatnonzero(good)
    places = places[_by_class_and_confidence(found.scores[places], found.classes[places])]
    kept: list[int] = []
    for number, each in enumerate(attributes):
        mine = places[found.classes[places] == number]
        kept += mine[: each.topk if each.topk >= 0 else None].tolist()
    rows = np.empty((len(kept), 6), np.float32)
    rows[:, 0], rows[:, 1] = found.classes[kept], found.scores[kept]
    rows[:, 2:4], rows[:, 4:] = boxes[kept, :2], boxes[kept, 2:] - boxes[kept, :2]
    return rows, tuple(found.masks[place] for place in kept) if found.masks else ()


def _by_class_and_confidence(scores: Floats, classes: Places) -> Places:
    order: Places = np.lexsort((-scores, classes))  # Any, in NumPy 1.26 and earlier
    return order


def _by_class(_: Floats, classes: Places) -> Places:
    return np.argsort(classes, kind="stable")


def _classes_of(
    found: Candidates, order: Callable[[Floats, Places], Places], size: tuple[int, int]
) -> Iterator[tuple[int, Floats, Floats]]:
    """Yield each class that there is with its boxes, cut to the picture, and their scores."""
    boxes = np.clip(found.boxes, 0, np.array([*size, *size], np.float32))
    solid = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])  # and no NaN
    places = np.flatnonzero(solid)
    places = places[order(found.scores[places], found.classes[places])]
    boxes, scores, classes = boxes[places], found.scores[places], found.classes[places]
    ends = np.flatnonzero(np.diff(classes)) + 1
    for start, end in pairwise([0, *ends.tolist(), len(classes)]) if len(classes) else ():
        yield int(classes[start]), boxes[start:end], scores[start:end]


def _joined(parts: Sequence[tuple[int, Floats, Floats]]) -> Candidates:
    """Put the boxes and scores of several classes together."""
    if not parts:
        return Candidates(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, int))
    numbers, boxes, scores = zip(*parts, strict=True)
    classes = np.repeat(np.array(numbers, np.intp), [len(each) for each in scores])
    return Candidates(np.concatenate(boxes), np.concatenate(scores), classes)


def _groups(
    found: Candidates, attributes: Sequence[ClassAttributes], size: tuple[int, int]
) -> Floats:
    """One box a group, without a confidence."""
    rows: list[Floats] = [np.empty((0, 6), np.float32)]
    for number, each, _ in _classes_of(found, _by_class, size):
        of, boxes = attributes[number], each
        if of.group_threshold > 0:  # else OpenCV leaves the boxes as they are
            means = group_rectangles(each.astype(int), of.group_threshold, of.eps)
            boxes = means.astype(np.float32)
        more = np.empty((len(boxes), 6), np.float32)
        more[:, :2] = number, NO_CONFIDENCE
        more[:, 2:4], more[:, 4:] = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
        rows.append(more)
    return np.concatenate(rows)


def _means(
    found: Candidates, attributes: Sequence[ClassAttributes], size: tuple[int, int]
) -> Candidates:
    """One box a cluster: the mean of its boxes, by confidence; the best of their confidences."""
    parts: list[tuple[int, Floats, Floats]] = []
    for number, boxes, scores in _classes_of(found, _by_class_and_confidence, size):
        of = attributes[number]
        if of.min_boxes <= 0:
            parts.append((number, boxes, scores))
            continue
        numbers = density_clusters(boxes, scores, of)
        members = [numbers == each for each in range(int(np.max(numbers, initial=-1)) + 1)]
        means = [np.average(boxes[mine], axis=0, weights=scores[mine] + TINY) for mine in members]
        best = [scores[mine].max() for mine in members]
        parts.append(
            (number, np.array(means, np.float32).reshape(-1, 4), np.array(best, np.float32))
        )
    return _joined(parts)


def _dense(
    found: Candidates, attributes: Sequence[ClassAttributes], size: tuple[int, int]
) -> Candidates:
    """Those boxes that are of a cluster."""
    parts: list[tuple[int, Floats, Floats]] = []
    for number, boxes, scores in _classes_of(found, _by_class_and_confidence, size):
        of = attributes[number]
        dense: npt.NDArray[np.bool_] = np.full(len(boxes), True)
        if of.min_boxes > 0:
            dense = density_clusters(boxes, scores, of) >= 0
        parts.append((number, boxes[dense], scores[dense]))
    return _joined(parts)


def density_clusters(
    boxes: Floats, scores: Floats, attributes: ClassAttributes
) -> npt.NDArray[np.intp]:
    """Number the boxes by the dense cluster that they are of, as DBSCAN does.

    Two boxes are neighbours where 1 - intersection over union is at most ``eps``. A box is at the
    core of a cluster if it has ``minBoxes`` neighbours, itself among them, whose confidences add
    up to ``dbscan-min-score``; its neighbours are of its cluster. A cluster whose area is large
    for the number of its boxes does not count. How DeepStream's library does it is not published,
    but for the names of the parameters: this is the algorithm that they are named after.

    Args:
        boxes: [k, 4] corners.
        scores: [k].
        attributes: Gives the parameters.

    Returns:
        [k] numbers from 0, in the order in which clusters first appear; -1 for none.
    """
    near = _distances(boxes) <= attributes.eps
    core = near.sum(axis=1) >= attributes.min_boxes
    core &= near @ scores >= attributes.dbscan_min_score
    numbers = np.full(len(boxes), -1, np.intp)
    count = 0
    for first in np.flatnonzero(core):
        if numbers[first] >= 0:
            continue
        members = np.zeros(len(boxes), bool)
        front = np.array([first])
        while len(front):
            reached = near[front].any(axis=0) & ~members & (numbers < 0)
            members |= reached
            front = np.flatnonzero(reached & core)
        mean = boxes[members].mean(axis=0)
        area = max(float((mean[2] - mean[0]) * (mean[3] - mean[1])), 0.0)
        if area**0.5 / members.sum() <= MOST_AREA_TO_HITS:
            numbers[members] = count
            count += 1
        else:
            core &= ~members
    return numbers


def _distances(boxes: Floats) -> Floats:
    """Return 1 - intersection over union of each two boxes, [k, k]."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    common = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    union = areas[:, None] + areas[None, :] - common
    distances: Floats = 1 - common / np.maximum(union, TINY)
    return distances


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
    kept = np.empty(len(boxes), np.int64)
    corners = np.ascontiguousarray(boxes[order], np.float32)
    return order[kept[: suppress(corners, iou_threshold, len(boxes), kept)]]


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
