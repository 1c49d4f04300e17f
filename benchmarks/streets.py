"""Objects that walk, cross, hide behind each other, leave and come, and what a detector sees.

The truth is known, so that trackers can be counted against it: how often an object's id changes, in
how many frames an object that is seen has no id, and how many ids stand for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Score", "Street", "ious", "street"]

WIDTH, HEIGHT = 1280.0, 720.0
HIDDEN = 0.7  # how much of a box those before it cover, when a detector sees nothing of it


@dataclass
class Street:
    """One sequence.

    Args:
        truth: For each frame, by the object's number, its box: left, top, width, height.
        found: For each frame, rows of left, top, width, height, confidence.
    """

    truth: list[dict[int, np.ndarray]] = field(default_factory=list)
    found: list[np.ndarray] = field(default_factory=list)


@dataclass
class Score:
    """What a tracker did to a street."""

    switches: int = 0
    misses: int = 0
    wrong: int = 0
    objects: int = 0
    last: dict[int, int] = field(default_factory=dict)

    def add(self, truth: dict[int, np.ndarray], ids: Sequence[int], boxes: np.ndarray) -> None:
        """Count one frame, in which the tracker reported these ids at these boxes."""
        numbers = list(truth)
        self.objects += len(numbers)
        overlap = ious(np.array(list(truth.values())).reshape(-1, 4), boxes)
        pairs = match(overlap, [self.last.get(number) for number in numbers], ids)
        for row, column in pairs:
            number, given = numbers[row], ids[column]
            self.switches += self.last.get(number, given) != given
            self.last[number] = given
        self.misses += len(numbers) - len(pairs)
        self.wrong += len(ids) - len(pairs)


def match(
    overlap: np.ndarray, last: Sequence[int | None], ids: Sequence[int]
) -> list[tuple[int, int]]:
    """Pair objects with reports that share half of their boxes, those of the frame before first."""
    before = np.array([[one == each for each in ids] for one in last]).reshape(overlap.shape)
    order = np.argsort(-(overlap + before * (overlap >= 0.5)), axis=None)
    pairs: list[tuple[int, int]] = []
    rows, columns = set(), set()
    for place in order:
        row, column = divmod(int(place), overlap.shape[1])
        if overlap[row, column] >= 0.5 and row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            pairs.append((row, column))
    return pairs


def ious(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the overlaps of boxes with boxes, as left, top, width and height."""
    a, b = one[:, None, :], other[None, :, :]
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(ends(a), ends(b))
    both = np.prod(np.clip(high - low, 0, None), axis=-1)
    return both / (np.prod(a[..., 2:], axis=-1) + np.prod(b[..., 2:], axis=-1) - both + 1e-9)


def ends(boxes: np.ndarray) -> np.ndarray:
    """Return their right and bottom."""
    return boxes[..., :2] + boxes[..., 2:]


def covered(box: np.ndarray, others: Iterable[np.ndarray]) -> float:
    """Return the greatest part of a box that one of the others covers."""
    parts = [0.0]
    for other in others:
        size = np.minimum(ends(box), ends(other)) - np.maximum(box[:2], other[:2])
        parts.append(float(np.prod(np.clip(size, 0, None)) / np.prod(box[2:])))
    return max(parts)


def street(
    objects: int, frames: int, *, seed: int = 0, missed: float = 0.03, noise: float = 1.5
) -> Street:
    """Return a sequence of 1280x720 pixels in which about so many objects are at a time.

    Args:
        objects: How many there are in a frame, on average.
        frames: How long it is.
        seed: The same seed gives the same sequence.
        missed: How often a detector does not see what is there.
        noise: By how many pixels its boxes are off.
    """
    random = np.random.default_rng(seed)
    result = Street()
    walking: dict[int, np.ndarray] = {}
    speeds: dict[int, np.ndarray] = {}
    count = 0
    for _frame in range(frames):
        while len(walking) < objects:
            walking[count], speeds[count] = appear(random, anywhere=not result.truth)
            count += 1
        for number, box in list(walking.items()):
            box[:2] += speeds[number]
            if not (-box[2] / 2 < box[0] < WIDTH - box[2] / 2 and -box[3] / 2 < box[1] < HEIGHT):
                del walking[number]
        result.truth.append({})
        result.found.append(look(random, walking, result.truth[-1], missed, noise))
    return result


def appear(random: np.random.Generator, *, anywhere: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the box of one that comes, at one of the sides, and its speed."""
    height = random.uniform(60, 160)
    width = height * random.uniform(0.35, 0.5)
    speed = np.array([random.uniform(1.5, 6) * random.choice([-1, 1]), random.uniform(-0.4, 0.4)])
    side = -width / 2 + 1 if speed[0] > 0 else WIDTH - width / 2 - 1
    left = random.uniform(0, WIDTH - width) if anywhere else side
    return np.array([left, random.uniform(0, HEIGHT - height), width, height]), speed


def look(
    random: np.random.Generator,
    walking: dict[int, np.ndarray],
    truth: dict[int, np.ndarray],
    missed: float,
    noise: float,
) -> np.ndarray:
    """Return what a detector sees, and enter into ``truth`` what can be seen."""
    rows = []
    nearest_first = sorted(walking.items(), key=lambda item: -item[1][1] - item[1][3])
    for place, (number, box) in enumerate(nearest_first):
        hidden = covered(box, (other for _, other in nearest_first[:place]))
        if hidden > HIDDEN:
            continue
        truth[number] = box.copy()
        if random.random() > missed:
            confidence = np.clip(random.normal(0.9 - 0.6 * hidden, 0.06), 0.05, 1)
            rows.append([*(box + random.normal(0, noise, 4)), confidence])
    if random.random() < missed:  # what is not there
        rows.append([*random.uniform(50, 500, 2), *random.uniform(30, 90, 2), 0.4])
    return np.array(rows).reshape(-1, 5)
