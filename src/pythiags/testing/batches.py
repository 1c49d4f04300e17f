"""Metadata made of scenes, and scenes made of a seed: buffers without a pipeline."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pythiags.checks import check_whole, shown
from pythiags.errors import ConfigError
from pythiags.gst import Gst, _gst
from pythiags.metadata import Bbox
from pythiags.testing.carriers.portable import Portable
from pythiags.testing.scene import SceneFrame, SceneObject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pythiags.metadata import model

__all__ = ["make_batch", "make_buffer", "synthetic"]

LABELS: Final = ("person", "car", "bicycle")
_FRAME_TIME: Final = 40_000_000  # nanoseconds: 25 frames a second


def make_batch(*frames: SceneFrame) -> model.BatchMeta:
    """Make portable metadata of scenes, on no buffer: it lives as long as anything refers to it.

    An extractor takes it in the place of a probe's info::

        events = MyExtract().extract_metadata(None, make_batch(SceneFrame(objects=(person,))))

    Args:
        frames: The frames of the batch.

    Raises:
        TypeError: Something among them is no scene.
    """
    _check(frames)
    batch = _gst.BatchMeta(len(frames))
    Portable().fill(batch, frames)
    return batch


def make_buffer(*frames: SceneFrame) -> Gst.Buffer:
    """Make a buffer without memory that has the metadata of scenes.

    Its time is that of the first frame; views of its metadata report when it is gone.

    Args:
        frames: The frames of its batch.

    Raises:
        TypeError: Something among them is no scene.
    """
    _check(frames)
    buffer = Gst.Buffer.new()
    Portable().put(buffer, frames)
    if frames:
        buffer.pts = frames[0].pts
    return buffer


def _check(frames: Sequence[object]) -> None:
    for frame in frames:
        if not isinstance(frame, SceneFrame):
            raise TypeError(
                f"expected a SceneFrame, got {shown(frame)}; several are make_batch(*frames), "
                "an object is in SceneFrame(objects=(...,))"
            )


def synthetic(
    seed: int,
    *,
    buffers: int = 10,
    objects: int = 5,
    sources: int = 1,
    labels: Sequence[str] = LABELS,
    width: int = 1280,
    height: int = 720,
) -> list[tuple[SceneFrame, ...]]:
    """Make scenes of objects that move through the picture, each with a number of its own.

    The same arguments make the same scenes, on every machine and with every Python.

    Args:
        seed: Which scenes.
        buffers: How many.
        objects: How many objects each frame has.
        sources: How many frames each buffer has, one of each source.
        labels: The objects' classes.
        width: Of the pictures, in pixels.
        height: The same.

    Returns:
        The frames of each buffer, as ``make_batch(*frames)`` and ``make_buffer(*frames)`` take
        them.

    Raises:
        ConfigError: There are no labels, or a number is out of range.
    """
    if isinstance(labels, str) or not labels:
        raise ConfigError(
            "invalid labels",
            where="labels",
            expected="a sequence of one label or more",
            got=shown(labels),
        )
    for name, value in (("buffers", buffers), ("objects", objects), ("sources", sources)):
        check_whole(f"invalid {name}", value, 0, name)
    for name, value in (("width", width), ("height", height)):
        check_whole(f"invalid {name}", value, 1, name)
    dice = random.Random(seed)  # noqa: S311 (nothing is kept secret)
    moving = [
        [_Moving(dice, number, labels, width, height) for number in range(objects)]
        for _ in range(sources)
    ]
    return [
        tuple(
            SceneFrame(
                objects=tuple(each.at(number) for each in moving[source]),
                source_id=source,
                frame_num=number,
                pts=number * _FRAME_TIME,
                width=width,
                height=height,
            )
            for source in range(sources)
        )
        for number in range(buffers)
    ]


class _Moving:
    """An object that moves along a line and comes back from the edge of the picture."""

    def __init__(
        self, dice: random.Random, number: int, labels: Sequence[str], width: int, height: int
    ) -> None:
        kind = int(dice.random() * len(labels))
        size = (width * (0.05 + 0.1 * dice.random()), height * (0.1 + 0.2 * dice.random()))
        self._ways = [
            (dice.random() * (whole - part), (dice.random() - 0.5) * whole / 20, whole - part)
            for whole, part in zip((width, height), size, strict=True)
        ]
        self._size = size
        self._object = SceneObject(
            label=labels[kind],
            class_id=kind,
            confidence=round(0.5 + dice.random() / 2, 2),
            object_id=number,
            component_id=1,
        )

    def at(self, number: int) -> SceneObject:
        left, top = (_reflected(start + number * step, room) for start, step, room in self._ways)
        box = (round(side, 1) for side in (left, top, *self._size))
        return replace(self._object, bbox=Bbox(*box))


def _reflected(place: float, room: float) -> float:
    """Return where something is that turns round at 0 and at the end of its room."""
    place %= 2 * room
    return min(place, 2 * room - place)
