"""Lists: their order, their ends, and what is in none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.gst.carriers import frames_per_batch
from pythiags.metadata import (
    analytics_per_frame,
    analytics_per_object,
    classifiers_per_object,
    displays_per_frame,
    labels_per_object,
    objects_per_frame,
    segmentations_per_frame,
    segmentations_per_object,
    tensors_per_frame,
    tensors_per_object,
    user_metas_per_frame,
    user_metas_per_object,
)
from pythiags.testing.facts.fact import BOX, CAR, PERSON, expect, fact, read, read_objects
from pythiags.testing.scene import SceneFrame, SceneObject

if TYPE_CHECKING:
    from pythiags.testing.scene import Carrier


@fact()
def objects_in_order(carrier: Carrier) -> None:
    """Objects come in the order in which nvinfer adds them: by component, class and confidence."""
    plate = SceneObject("plate", 1, 0.5, BOX, component_id=2)
    objects = (PERSON, SceneObject("person", 0, 0.5, BOX), CAR, plate)
    found = read_objects(carrier, objects, lambda obj: (obj.obj_label, obj.confidence))
    expect(found, [("person", 0.75), ("person", 0.5), ("car", 0.5), ("plate", 0.5)])


@fact()
def many_objects(carrier: Carrier) -> None:
    """A frame has a thousand objects."""
    objects = tuple(SceneObject(f"o{i}", i, 0.5, BOX) for i in range(1000))
    expect(read_objects(carrier, objects, lambda obj: obj.obj_label), [o.label for o in objects])


@fact()
def walked_twice(carrier: Carrier) -> None:
    """A buffer can be read twice in one probe, with the same result."""
    with carrier.carry([SceneFrame((PERSON, CAR))]) as source:
        once, again = (
            [o.obj_label for f in frames_per_batch(source) for o in objects_per_frame(f)]
            for _ in range(2)
        )
    expect(once, again)
    expect(once, ["person", "car"])


@fact()
def nothing_attached(carrier: Carrier) -> None:
    """An object without classifiers, user metadata or analytics yields none of them."""
    walks = (
        classifiers_per_object,
        labels_per_object,
        user_metas_per_object,
        analytics_per_object,
        tensors_per_object,
        segmentations_per_object,
    )
    found = read_objects(carrier, (PERSON,), lambda obj: [list(walk(obj)) for walk in walks])
    expect(found, [[[]] * len(walks)])


@fact()
def nothing_on_the_frame(carrier: Carrier) -> None:
    """A frame without display or user metadata or analytics yields none of them."""
    walks = (
        displays_per_frame,
        user_metas_per_frame,
        analytics_per_frame,
        tensors_per_frame,
        segmentations_per_frame,
    )
    found = read(carrier, [SceneFrame((PERSON,))], lambda frame: [list(w(frame)) for w in walks])
    expect(found, [[[]] * len(walks)])


@fact()
def linked_lists(carrier: Carrier) -> None:
    """``obj_meta_list`` is a list of nodes that ends in None, as pyds has it."""

    def count(frame: Any) -> int:
        node, number = frame.obj_meta_list, 0
        while node is not None:
            node, number = node.next, number + 1
        return number

    expect(read(carrier, [SceneFrame((PERSON, CAR))], count), [2])


@fact()
def number_of_objects(carrier: Carrier) -> None:
    """``num_obj_meta`` is the number of objects."""
    expect(read(carrier, [SceneFrame((PERSON, CAR))], lambda frame: frame.num_obj_meta), [2])
