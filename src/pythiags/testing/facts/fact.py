"""One fact, the list of them all, and what facts read a carrier with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pythiags.gst.carriers import frames_per_batch
from pythiags.metadata import Bbox, objects_per_frame
from pythiags.testing.scene import SceneFrame, SceneObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.testing.scene import Carrier

__all__ = ["BOX", "CAR", "FACTS", "PERSON", "Fact", "expect", "fact", "read", "read_objects"]

BOX = Bbox(10.0, 20.0, 30.0, 40.0)
PERSON = SceneObject("person", 0, 0.75, BOX, object_id=7)
CAR = SceneObject("car", 2, 0.5, Bbox(100.0, 50.0, 200.0, 100.0))


@dataclass(frozen=True)
class Fact:
    """One thing that holds on every carrier with the ability `needs` (None: on all)."""

    name: str
    sentence: str
    needs: str | None
    check: Callable[[Carrier], None] = field(repr=False)

    def applies_to(self, carrier: Carrier) -> bool:
        """Return whether the carrier claims what the fact needs."""
        return self.needs is None or self.needs in carrier.abilities


FACTS: list[Fact] = []


def fact(needs: str | None = None) -> Callable[[Callable[[Carrier], None]], Callable[..., None]]:
    """Add the decorated function to the facts; its docstring is the sentence of the report."""

    def add(check: Callable[[Carrier], None]) -> Callable[[Carrier], None]:
        sentence = " ".join((check.__doc__ or "").split())
        FACTS.append(Fact(check.__name__, sentence, needs, check))
        return check

    return add


def read(carrier: Carrier, scene: list[SceneFrame], of: Callable[[Any], Any]) -> list[Any]:
    """Return what `of` reads of each frame, while the buffer lives."""
    with carrier.carry(scene) as source:
        return [of(frame) for frame in frames_per_batch(source)]


def read_objects(
    carrier: Carrier, objects: tuple[SceneObject, ...], of: Callable[[Any], Any]
) -> list[Any]:
    """Return what `of` reads of each object of a single frame."""
    scene = [SceneFrame(objects)]
    found = read(carrier, scene, lambda frame: [of(obj) for obj in objects_per_frame(frame)])
    return found[0] if found else []


def expect(got: object, expected: object) -> None:
    """Raise AssertionError where two values differ."""
    if got != expected:
        raise AssertionError(f"expected {expected!r}, got {got!r}")
