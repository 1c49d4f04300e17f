"""Objects: labels, boxes, numbers, parents, and the labels of classifiers."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from pythiags.metadata import (
    NO_CONFIDENCE,
    UNTRACKED,
    Bbox,
    classifiers_per_object,
    detector_bbox,
    labels_per_object,
    last_bbox,
    tracker_bbox,
)
from pythiags.testing.facts.fact import BOX, CAR, PERSON, expect, fact, read_objects
from pythiags.testing.scene import SceneLabel, SceneObject

if TYPE_CHECKING:
    from pythiags.testing.scene import Carrier


@fact()
def label(carrier: Carrier) -> None:
    """``obj_label`` is a str."""
    found = read_objects(carrier, (PERSON,), lambda obj: obj.obj_label)
    expect(found, ["person"])
    expect(type(found[0]), str)


@fact()
def label_beyond_ascii(carrier: Carrier) -> None:
    """A label may have letters beyond ASCII."""
    objects = (SceneObject("señal de tráfico", 1, 0.5, BOX),)
    expect(read_objects(carrier, objects, lambda obj: obj.obj_label), ["señal de tráfico"])


@fact("classes")
def class_number(carrier: Carrier) -> None:
    """``class_id`` is the class's number."""
    expect(read_objects(carrier, (CAR,), lambda obj: obj.class_id), [2])


@fact()
def confidence(carrier: Carrier) -> None:
    """``confidence`` is what the detector gave."""
    expect(read_objects(carrier, (PERSON, CAR), lambda obj: obj.confidence), [0.75, 0.5])


@fact()
def no_confidence(carrier: Carrier) -> None:
    """Where the detector gave no confidence it is -0.1, as DeepStream has it."""
    found = read_objects(carrier, (SceneObject("x", 1, bbox=BOX),), lambda obj: obj.confidence)
    expect([round(value, 6) for value in found], [NO_CONFIDENCE])


@fact()
def drawn_box(carrier: Carrier) -> None:
    """``rect_params`` is the object's box in pixels."""
    expect(read_objects(carrier, (PERSON,), last_bbox), [BOX])


@fact()
def box_parts(carrier: Carrier) -> None:
    """``left``, ``top``, ``width`` and ``height`` are floats."""
    found = read_objects(
        carrier, (PERSON,), lambda o: [type(getattr(o.rect_params, n)) for n in BOX._fields]
    )
    expect(found, [[float] * 4])


@fact()
def detector_box(carrier: Carrier) -> None:
    """``detector_bbox_info.org_bbox_coords`` is the detector's box."""
    expect(read_objects(carrier, (PERSON,), detector_bbox), [BOX])


@fact()
def no_tracker_box(carrier: Carrier) -> None:
    """Where no tracker ran its box is all zero."""
    expect(read_objects(carrier, (CAR,), tracker_bbox), [Bbox(0, 0, 0, 0)])


@fact()
def tracked(carrier: Carrier) -> None:
    """``object_id`` is the tracker's number."""
    expect(read_objects(carrier, (PERSON,), lambda obj: obj.object_id), [7])


@fact()
def untracked(carrier: Carrier) -> None:
    """``object_id`` of an object that no tracker has seen is 2**64 - 1."""
    expect(read_objects(carrier, (CAR,), lambda obj: obj.object_id), [UNTRACKED])


@fact()
def no_parent(carrier: Carrier) -> None:
    """An object that was found in the whole frame has no parent."""
    expect(read_objects(carrier, (PERSON,), lambda obj: obj.parent), [None])


@fact()
def parent(carrier: Carrier) -> None:
    """``parent`` is the object that another one was found in."""
    plate = SceneObject("plate", 1, 0.5, BOX, parent=0, component_id=2)
    found = read_objects(
        carrier, (CAR, plate), lambda obj: obj.parent.obj_label if obj.parent else None
    )
    expect(found, [None, "car"])


@fact()
def classifier_labels(carrier: Carrier) -> None:
    """A classifier's labels come with their probability."""
    labels = (SceneLabel("red", 3, 0.5),)
    objects = (SceneObject("car", 2, 0.5, BOX, labels=labels),)
    found = read_objects(
        carrier,
        objects,
        lambda obj: [(found.result_label, found.result_prob) for found in labels_per_object(obj)],
    )
    expect(found, [[("red", 0.5)]])


@fact("classes")
def class_number_of_a_label(carrier: Carrier) -> None:
    """``result_class_id`` is the number of what the classifier found."""
    labels = (SceneLabel("red", 3, 0.5),)
    objects = (SceneObject("car", 2, 0.5, BOX, labels=labels),)
    found = read_objects(
        carrier, objects, lambda obj: [each.result_class_id for each in labels_per_object(obj)]
    )
    expect(found, [[3]])


@fact()
def classifier_of_one_object(carrier: Carrier) -> None:
    """A classifier belongs to its object alone."""
    objects = (PERSON, SceneObject("car", 2, 0.5, BOX, labels=(SceneLabel("red", 3, 0.5),)))
    counts = read_objects(carrier, objects, lambda obj: len(list(classifiers_per_object(obj))))
    expect(counts, [0, 1])


@fact()
def always_true(carrier: Carrier) -> None:
    """Metadata is true in a condition, whatever it holds."""
    expect(read_objects(carrier, (SceneObject(bbox=BOX),), bool), [True])


@fact()
def unknown_attribute(carrier: Carrier) -> None:
    """An unknown attribute cannot be set: a typing mistake is not swallowed."""

    def mistype(obj: Any) -> str:
        try:
            obj.confidense = 0.5
        except AttributeError:
            return "refused"
        return "accepted"

    expect(read_objects(carrier, (PERSON,), mistype), ["refused"])


@fact()
def not_picklable(carrier: Carrier) -> None:
    """Live metadata cannot be pickled: it would outlive its buffer."""

    def try_to_pickle(obj: Any) -> str:
        try:
            pickle.dumps(obj)
        except TypeError:
            return "refused"
        return "pickled"

    expect(read_objects(carrier, (PERSON,), try_to_pickle), ["refused"])
