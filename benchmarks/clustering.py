"""Suppression and grouping of a detector's candidates, against OpenCV's.

Boxes that lie apart are the worst case: none goes, so each is compared with all better ones. A
crowd is what a detector of busy streets finds: 200 objects with 8 candidates each.
"""

from __future__ import annotations

import time

import cv2
import numpy as np
from rows import Row, medians, report

from pythiags.inference.clustering import group_rectangles, non_maximum_suppression

IOU = 0.5
EPS = 0.2


def apart(count: int) -> np.ndarray:
    """Corners of boxes on a grid, in random order."""
    number = np.random.default_rng(0).permutation(count).astype(np.float32)
    low = np.stack([number % 96, number // 96], axis=1) * 10
    return np.concatenate([low, low + 8], axis=1)


def crowd(count: int, objects: int = 200) -> np.ndarray:
    """Corners of boxes around some objects."""
    random = np.random.default_rng(1)
    mine = random.integers(0, objects, count)
    low = (random.random((objects, 2)) * 600)[mine] + random.normal(0, 3, (count, 2))
    size = (random.random((objects, 2)) * 60 + 20)[mine]
    return np.concatenate([low, low + size], axis=1).astype(np.float32)


def sizes(corners: np.ndarray) -> list[list[float]]:
    """Left, top, width and height, as OpenCV wants them."""
    return np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1).tolist()


def milliseconds(work: object) -> float:
    """How long one call takes, the best of five: the rest is what else the machine did."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return 1000 * min(times)


def suppress(corners: np.ndarray) -> dict[str, float]:
    """Milliseconds of both for these boxes."""
    scores = np.random.default_rng(2).random(len(corners)).astype(np.float32)
    boxes, numbers = sizes(corners), scores.tolist()
    return medians(
        {
            "ours": lambda: milliseconds(lambda: non_maximum_suppression(corners, scores, IOU)),
            "opencv": lambda: milliseconds(lambda: cv2.dnn.NMSBoxes(boxes, numbers, 0.0, IOU)),
        },
        rounds=3,
    )


def group(corners: np.ndarray) -> dict[str, float]:
    """Milliseconds of both for these boxes."""
    whole = corners.astype(int)
    boxes = sizes(whole)
    return medians(
        {
            "ours": lambda: milliseconds(lambda: group_rectangles(whole, 1, EPS)),
            "opencv": lambda: milliseconds(lambda: cv2.groupRectangles(list(boxes), 1, EPS)),
        },
        rounds=3,
    )


def main() -> None:
    """Measure what lies apart, then what is crowded."""
    cv2.setNumThreads(1)
    for count, limit in ((1000, 1.0), (8400, 20.0)):
        took = suppress(apart(count))
        note = f"OpenCV {took['opencv']:.3g} ms"
        what = f"suppression of {count:,} boxes that lie apart"
        report([Row(what, took["ours"], "ms", limit, note=note)])
    took = suppress(crowd(1600))
    note = f"OpenCV {took['opencv']:.3g} ms"
    report(
        [Row("suppression of 200 objects with 8 candidates each", took["ours"], "ms", note=note)]
    )
    took = group(crowd(4000))
    note = f"OpenCV {took['opencv']:.3g} ms"
    report([Row("grouping of 4,000 boxes", took["ours"], "ms", note=note)])


if __name__ == "__main__":
    main()
