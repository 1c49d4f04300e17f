"""The contents of a buffer, described without any carrier's classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pythiags.checks import shown
from pythiags.metadata import NO_CONFIDENCE, UNTRACKED, Bbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

__all__ = ["Carrier", "SceneFrame", "SceneLabel", "SceneObject", "without_circles"]

EMPTY = Bbox(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class SceneLabel:
    """One attribute that a classifier gave."""

    label: str
    class_id: int
    confidence: float


@dataclass(frozen=True)
class SceneObject:
    """One object; `parent` is the index of another object of the frame.

    Objects are written down in the order of ``pythiags.objects_per_frame``: by `component_id`,
    then `class_id`, then confidence, the highest first.
    """

    label: str = ""
    class_id: int = -1
    confidence: float = NO_CONFIDENCE
    bbox: Bbox = EMPTY
    object_id: int = UNTRACKED
    parent: int | None = None
    labels: tuple[SceneLabel, ...] = ()
    component_id: int = 0


@dataclass(frozen=True)
class SceneFrame:
    """One picture; sizes in pixels, `pts` in nanoseconds.

    Raises:
        TypeError: Its objects are something else.
        ValueError: A parent is not the place of another object, or objects are each other's
            parents.
    """

    objects: tuple[SceneObject, ...] = ()
    source_id: int = 0
    frame_num: int = 0
    pts: int = 0
    width: int = 640
    height: int = 480

    def __post_init__(self) -> None:
        """See that the objects are objects, and that their parents are among them."""
        if not isinstance(self.objects, (tuple, list)):
            raise TypeError(f"objects: expected a tuple of SceneObject, got {shown(self.objects)}")
        count = len(self.objects)
        for place, each in enumerate(self.objects):
            if not isinstance(each, SceneObject):
                raise TypeError(f"objects[{place}]: expected a SceneObject, got {shown(each)}")
            parent = each.parent
            if parent is not None and (
                type(parent) is not int or not 0 <= parent < count or parent == place
            ):
                raise ValueError(
                    f"objects[{place}].parent: expected the place of another of {count} "
                    f"object{'s' * (count != 1)}, counted from 0, got {shown(parent)}"
                )
        parents = [each.parent for each in self.objects]
        if without_circles(parents) != parents:
            raise ValueError("objects: some are each other's parents")


def without_circles(parents: Sequence[int | None]) -> list[int | None]:
    """Return the place of each object's parent; the parent that would close a circle is None."""
    found = list(parents)
    ways: dict[int, int] = {}  # whose way up came past an object first
    for place in range(len(found)):
        at: int | None = place
        while at is not None and at not in ways:
            ways[at] = place
            above = found[at]
            if above is not None and ways.get(above) == place:
                found[at] = above = None
            at = above
    return found


class Carrier(Protocol):
    """A carrier of metadata as the conformance suite sees it.

    Attributes:
        name: What to call it in a report.
        abilities: Which of the suite's words apply: ``"batches"`` (several frames in a buffer),
            ``"numbers"`` (source and frame numbers of its own), ``"classes"`` (classes have numbers
            as well as names), ``"writing"`` (what is written is
            seen by who reads the buffer next), ``"labels"`` (a shorter label can be
            written over a longer one), ``"adding"`` (objects can be added and removed),
            ``"releasing"`` (a kept view reports that its buffer is gone).
    """

    name: str
    abilities: frozenset[str]

    def carry(self, scene: Sequence[SceneFrame]) -> AbstractContextManager[Any]:
        """Make a buffer with the scene; leaving the context frees it.

        The value is what ``pythiags.frames_per_batch()`` takes.
        """
