"""Networks that look at regions, or ask queries: Faster R-CNN and DETR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pythiags.inference.decoders._common import best_class, parts
from pythiags.inference.types import Candidates, Network, Shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from pythiags.inference.types import Decode, Floats

__all__ = ["EXPECTS_DETR", "EXPECTS_RCNN", "detr", "fit_rcnn"]

EXPECTS_RCNN = (
    "rois [N, k, 4]: left, top, right, bottom in pixels, cls_prob [N, k, classes], "
    "bbox_pred [N, k, 4 * classes]; class 0 is the background"
)
EXPECTS_DETR = (
    "pred_logits [N, k, classes], and pred_boxes [N, k, 4]: center x, y, width, height from 0 to 1"
)


def fit_rcnn(shapes: Shapes, network: Network) -> Decode | None:
    """Decode Faster R-CNN, whatever dimensions of 1 its outputs have besides."""
    flat = {name: tuple(size for size in shape[1:] if size != 1) for name, shape in shapes.items()}
    names = parts(
        {name: (1, *shape) for name, shape in flat.items()},
        {
            "roi": (None, None, 4),
            "prob|score": (None, None, network.classes),
            "bbox_pred|delta": (None, None, 4 * network.classes),
        },
    )
    if names is None:
        return None
    regions, scores, offsets = names

    def decode(outputs: Mapping[str, npt.NDArray[Any]], count: int) -> list[Candidates]:
        arrays = (outputs[name].reshape(count, *flat[name]) for name in (regions, scores, offsets))
        return [_rcnn(*each, network=network) for each in zip(*arrays, strict=True)]

    return decode


def _rcnn(regions: Floats, scores: Floats, offsets: Floats, *, network: Network) -> Candidates:
    thresholds = np.concatenate([[np.inf], network.thresholds[1:]])
    place, class_id = np.nonzero(scores >= thresholds)
    sizes = regions[place, 2:] - regions[place, :2] + 1
    centers = regions[place, :2] + sizes / 2
    moved = offsets.reshape(len(offsets), -1, 4)[place, class_id]
    centers = centers + moved[:, :2] * sizes
    half = np.exp(moved[:, 2:]) * sizes / 2
    corners = np.concatenate([centers - half, centers + half], axis=1)
    return Candidates(corners, scores[place, class_id], class_id)


def detr(*, background: bool) -> Callable[[Shapes, Network], Decode | None]:
    """Return the fit of a DETR, with or without a class 0 that is the background."""

    def fit(shapes: Shapes, network: Network) -> Decode | None:
        names = parts(shapes, {"boxes": (None, None, 4), "logits": (None, None, network.classes)})
        if names is None:
            return None
        boxes, logits = names
        size = np.array([network.width, network.height] * 2, np.float32)

        def decode(outputs: Mapping[str, npt.NDArray[Any]], _: int) -> list[Candidates]:
            return [
                _detr(box * size, each, network, background)
                for box, each in zip(outputs[boxes], outputs[logits], strict=True)
            ]

        return decode

    return fit


def _detr(boxes: Floats, logits: Floats, network: Network, background: bool) -> Candidates:
    kept, best, classes = best_class(1 / (1 + np.exp(-logits)), network)
    if background:
        found = classes != 0
        kept, best, classes = kept[found], best[found], classes[found]
    half = boxes[kept, 2:] / 2
    corners = np.concatenate([boxes[kept, :2] - half, boxes[kept, :2] + half], axis=1)
    return Candidates(corners, best, classes)
