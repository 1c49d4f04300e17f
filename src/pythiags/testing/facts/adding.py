"""What is added to metadata or removed from it is what the next reader sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.errors import MetadataReleased
from pythiags.gst.carriers import frames_per_batch
from pythiags.metadata import (
    NO_CONFIDENCE,
    UNTRACKED,
    Bbox,
    add_classification,
    add_display,
    add_object,
    add_user_meta,
    classifiers_per_object,
    displays_per_frame,
    labels_per_object,
    last_bbox,
    objects_per_frame,
    remove_object,
    user_metas_per_object,
)
from pythiags.testing.facts.fact import CAR, expect, fact
from pythiags.testing.scene import SceneFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.testing.scene import Carrier


def _after(carrier: Carrier, change: Callable[[Any], None], read: Callable[[Any], Any]) -> Any:
    """Return what `read` finds in a frame with a car after `change` had the frame."""
    with carrier.carry([SceneFrame((CAR,))]) as source:
        for frame in frames_per_batch(source):
            change(frame)
        return [read(o) for f in frames_per_batch(source) for o in objects_per_frame(f)]


@fact("adding")
def object_is_added(carrier: Carrier) -> None:
    """An object that is added is read with all that was given."""

    def add(frame: Any) -> None:
        (car,) = objects_per_frame(frame)
        box = (1, 2, 3, 4)
        add_object(
            frame, label="plate", box=box, confidence=0.25, class_id=7, component_id=3, parent=car
        )
        expect(frame.num_obj_meta, 2)

    found = _after(carrier, add, lambda o: (o.obj_label, o.class_id, o.object_id, last_bbox(o)))
    expect(found[1:], [("plate", 7, UNTRACKED, Bbox(1, 2, 3, 4))])
    found = _after(carrier, add, lambda o: (o.confidence, o.parent and o.parent.obj_label))
    expect(found, [(0.5, None), (0.25, "car")])


@fact("adding")
def parent_is_of_the_same_frame(carrier: Carrier) -> None:
    """An object of another frame, or one that was removed, is refused as a parent."""
    with carrier.carry([SceneFrame((CAR, CAR)), SceneFrame((CAR,))]) as source:
        first, second = frames_per_batch(source)
        gone, car = objects_per_frame(first)
        remove_object(first, gone)
        (other,) = objects_per_frame(second)
        for parent in (gone, other):
            try:
                add_object(first, label="plate", parent=parent)
            except (ValueError, MetadataReleased):
                continue
            raise AssertionError(f"{parent!r} was accepted as a parent")
        add_object(first, label="plate", parent=car)
        expect(sorted(o.obj_label for o in objects_per_frame(first)), ["car", "plate"])


@fact("adding")
def object_of_nothing_known(carrier: Carrier) -> None:
    """An object that is added without any value is untracked, of no class and no confidence."""

    def add(frame: Any) -> None:
        add_object(frame, component_id=9)

    found = _after(carrier, add, lambda o: (o.obj_label, o.class_id, o.object_id, o.confidence))
    label, class_id, object_id, confidence = found[1]
    expect((label, class_id, object_id), ("", -1, UNTRACKED))
    expect(round(confidence, 6), NO_CONFIDENCE)


@fact("adding")
def object_is_removed(carrier: Carrier) -> None:
    """An object that is removed is gone; it cannot be removed again."""

    def remove(frame: Any) -> None:
        (car,) = objects_per_frame(frame)
        remove_object(frame, car)
        expect(frame.num_obj_meta, 0)
        try:
            remove_object(frame, car)
        except ValueError:
            return
        raise AssertionError("the object was removed twice")

    expect(_after(carrier, remove, lambda obj: obj.obj_label), [])


@fact("adding")
def refused_object_leaves_nothing(carrier: Carrier) -> None:
    """An object with a wrong value is refused, and none is added."""

    def add(frame: Any) -> None:
        try:
            add_object(frame, label="x", class_id="seven")  # type: ignore[arg-type]
        except TypeError:
            return
        raise AssertionError("the class 'seven' was accepted")

    expect(_after(carrier, add, lambda obj: obj.obj_label), ["car"])


@fact("adding")
def classification_is_added(carrier: Carrier) -> None:
    """Labels of one component are one classifier's."""

    def add(frame: Any) -> None:
        (car,) = objects_per_frame(frame)
        add_classification(car, "red", class_id=3, confidence=0.5, component_id=4)
        add_classification(car, "van", class_id=1, confidence=0.25, label_id=1, component_id=4)

    found = _after(
        carrier,
        add,
        lambda obj: [
            (each.unique_component_id, each.num_labels) for each in classifiers_per_object(obj)
        ],
    )
    expect(found, [[(4, 2)]])
    found = _after(
        carrier,
        add,
        lambda o: [
            (i.result_label, i.result_class_id, i.result_prob) for i in labels_per_object(o)
        ],
    )
    expect(found, [[("red", 3, 0.5), ("van", 1, 0.25)]])


@fact("adding")
def long_label_is_cut(carrier: Carrier) -> None:
    """A label of more than 127 bytes is cut between two characters."""

    def add(frame: Any) -> None:
        add_object(frame, label="ñ" * 100, component_id=9)

    expect(_after(carrier, add, lambda obj: obj.obj_label), ["car", "ñ" * 63])


@fact("adding")
def any_object_is_attached(carrier: Carrier) -> None:
    """Any Python object can be attached to a frame and to an object."""
    given = {"any": object()}

    def add(frame: Any) -> None:
        add_user_meta(frame, given)
        for obj in objects_per_frame(frame):
            add_user_meta(obj, given, 9000)

    def read(obj: Any) -> Any:
        return [
            (user.base_meta.meta_type, user.user_meta_data is given)
            for user in user_metas_per_object(obj)
        ]

    expect(_after(carrier, add, read), [[(9000, True)]])


@fact("adding")
def display_is_added(carrier: Carrier) -> None:
    """What is added to be drawn is read back."""
    texts: list[Any] = []

    def add(frame: Any) -> None:
        display = add_display(frame)
        display.num_labels = 1
        display.text_params[0].display_text = "hello"
        texts.extend(d.text_params[0].display_text for d in displays_per_frame(frame))

    _after(carrier, add, bool)
    expect(texts, ["hello"])
