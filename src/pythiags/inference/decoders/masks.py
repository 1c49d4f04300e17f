"""Outputs of instance segmentation: boxes with a mask, or with key points, each.

nvinfer has one place for either, the mask of an object. Key points are x, y and confidence each, in
pixels of the network's input, whose size is the mask's width and height then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pythiags.inference.clustering import non_maximum_suppression
from pythiags.inference.decoders._common import matches, only, parts
from pythiags.inference.types import Candidates, Mask, Network, Shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from pythiags.inference.types import Decode, Floats

__all__ = [
    "EXPECTS_KEYPOINTS",
    "EXPECTS_MASK2FORMER",
    "EXPECTS_MRCNN",
    "EXPECTS_YOLO",
    "fit_keypoints",
    "fit_mask2former",
    "fit_mrcnn",
    "fit_yolo",
]

EXPECTS_YOLO = (
    "boxes [N, k, 4]: left, top, right, bottom, scores [N, k, 1], classes [N, k, 1], "
    "masks [N, k, rows, columns] of the boxes"
)
EXPECTS_KEYPOINTS = (
    "rows [N, k, 5 + 3 * points]: left, top, right, bottom, score, then x, y, confidence each; or "
    "boxes [N, k, 4]: center x, y, width, height, scores [N, k, 1], and points "
    "[N, k, 3 * points], or [N, k, 10]: five of x, y"
)
EXPECTS_MRCNN = (
    "generate_detections [N, k, 6]: top, left, bottom, right, class, score, and mask_fcn_logits "
    "[N, k, classes, rows, columns]"
)
EXPECTS_MASK2FORMER = "pred_classes [N, k], pred_scores [N, k], pred_masks [N, k, height, width]"

BOX = 5
"""Values of a row before its key points: a box and a score."""
POINT = 3
FIVE_PAIRS = 10
OVERLAP = 0.45
"""What the parsers of key points suppress by, whatever the configuration says."""


def fit_yolo(shapes: Shapes, network: Network) -> Decode | None:
    """Decode YOLO with masks, as DeepStream-Yolo-Seg exports it: four outputs, in this order."""
    patterns = [(None, None, 4), (None, None, 1), (None, None, 1), (None, None, None, None)]
    if len(shapes) != len(patterns) or not all(map(matches, shapes.values(), patterns)):
        return None
    boxes, scores, classes, masks = shapes
    return lambda outputs, _: [
        _with_masks(*each, network=network)
        for each in zip(*(outputs[name] for name in (boxes, scores, classes, masks)), strict=True)
    ]


def _with_masks(
    boxes: Floats, scores: Floats, classes: npt.NDArray[Any], masks: Floats, *, network: Network
) -> Candidates:
    numbers = classes[:, 0].astype(np.intp)
    known = (numbers >= 0) & (numbers < network.classes)
    good = known & (scores[:, 0] >= network.thresholds[np.where(known, numbers, 0)])
    kept = np.flatnonzero(good)
    found = tuple(_mask(masks[place]) for place in kept)
    return Candidates(boxes[kept], scores[kept, 0], numbers[kept], found)


def _mask(array: Floats) -> Mask:
    return Mask(array, array.shape[1], array.shape[0])


def fit_keypoints(shapes: Shapes, network: Network) -> Decode | None:
    """Decode poses and faces, of class 0."""
    name = only(shapes, (None, None, None))
    if name is not None and shapes[name][2] > BOX and (shapes[name][2] - BOX) % POINT == 0:
        return lambda outputs, _: [
            _with_points(rows[:, :4], rows[:, 4], rows[:, BOX:], network) for rows in outputs[name]
        ]
    names = parts(
        shapes,
        {"box": (None, None, 4), "score": (None, None, 1), "land|k.?p|point": (None, None, None)},
    )
    if names is None or (shapes[names[2]][2] != FIVE_PAIRS and shapes[names[2]][2] % POINT):
        return None
    boxes, scores, points = names
    return lambda outputs, _: [
        _with_points(_corners(box), score[:, 0], point, network)
        for box, score, point in zip(outputs[boxes], outputs[scores], outputs[points], strict=True)
    ]


def _corners(centers: Floats) -> Floats:
    half = centers[:, 2:] / 2
    return np.concatenate([centers[:, :2] - half, centers[:, :2] + half], axis=1)


def _with_points(boxes: Floats, scores: Floats, points: Floats, network: Network) -> Candidates:
    good = np.flatnonzero(scores >= network.thresholds[0])
    kept = good[non_maximum_suppression(boxes[good], scores[good], OVERLAP)]
    found = tuple(
        Mask(_points(points[place], network), network.width, network.height) for place in kept
    )
    return Candidates(boxes[kept], scores[kept], np.zeros(len(kept), np.intp), found)


def _points(values: Floats, network: Network) -> Floats:
    """Give each point x, y, confidence, within the picture."""
    if len(values) == FIVE_PAIRS:
        pairs = values.reshape(-1, 2)
        points = np.concatenate([pairs, np.ones((len(pairs), 1), np.float32)], axis=1)
    else:
        points = values.reshape(-1, POINT).copy()
    points[:, 0] = points[:, 0].clip(0, network.width)
    points[:, 1] = points[:, 1].clip(0, network.height)
    flat: Floats = points.reshape(-1).astype(np.float32)
    return flat


def fit_mrcnn(shapes: Shapes, network: Network) -> Decode | None:
    """Decode TAO's Mask R-CNN, whose boxes are in pixels and whose masks are of the boxes."""
    names = parts(shapes, {"detections": (None, None, 6), "mask": (None, None, None, None, None)})
    if names is None:
        return None
    detections, masks = names

    def decode(outputs: Mapping[str, npt.NDArray[Any]], _: int) -> list[Candidates]:
        return [
            _mrcnn(rows, mask, network)
            for rows, mask in zip(outputs[detections], outputs[masks], strict=True)
        ]

    return decode


def _mrcnn(rows: Floats, masks: Floats, network: Network) -> Candidates:
    classes = rows[:, 4].astype(np.intp)
    good = (classes >= 0) & (classes < min(network.classes, masks.shape[1]))
    kept = np.flatnonzero(good & (rows[:, 5] >= network.thresholds[0]))
    found = tuple(_mask(masks[place, classes[place]]) for place in kept)
    return Candidates(rows[kept][:, [1, 0, 3, 2]], rows[kept, 5], classes[kept], found)


def fit_mask2former(shapes: Shapes, network: Network) -> Decode | None:
    """Decode TAO's Mask2Former, whose boxes are where the masks are."""
    names = parts(
        shapes,
        {"classes": (None, None), "scores": (None, None), "masks": (None, None, None, None)},
    )
    if names is None:
        return None
    return lambda outputs, _: [
        _mask2former(*each, network=network)
        for each in zip(*(outputs[name] for name in names), strict=True)
    ]


def _mask2former(
    classes: npt.NDArray[Any], scores: Floats, masks: Floats, *, network: Network
) -> Candidates:
    boxes: list[tuple[int, ...]] = []
    kept: list[int] = []
    found: list[Mask] = []
    for place in np.flatnonzero(scores >= network.thresholds[0]).tolist():
        rows, columns = (np.flatnonzero(masks[place].any(axis)) for axis in (1, 0))
        if not len(rows) or not 0 <= classes[place] < network.classes:
            continue
        left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        kept.append(place)
        boxes.append((left, top, right, bottom))
        found.append(_mask(masks[place, top:bottom, left:right]))
    corners = np.array(boxes, np.float32).reshape(-1, 4)
    return Candidates(corners, scores[kept], classes[kept].astype(np.intp), tuple(found))
