"""Adding to live metadata, in the vocabulary, on every carrier that can be written to.

DeepStream's metadata and the portable elements' can: what is added is drawn downstream, and follows
into copies of the buffer. Attach the probe with ``writable=True``, so that no other branch of the
pipeline sees it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pythiags.metadata.iterators import classifiers_per_object
from pythiags.metadata.types import NO_CONFIDENCE, UNTRACKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pythiags.metadata.model import (
        ClassifierMeta,
        DisplayMeta,
        FrameMeta,
        LabelInfo,
        ObjectMeta,
        UserMeta,
    )

__all__ = [
    "add_classification",
    "add_display",
    "add_object",
    "add_user_meta",
    "remove_object",
]


def add_object(
    frame: FrameMeta,
    *,
    label: str = "",
    box: Sequence[float] = (0.0, 0.0, 0.0, 0.0),
    class_id: int = -1,
    confidence: float = NO_CONFIDENCE,
    object_id: int = UNTRACKED,
    component_id: int = 0,
    parent: ObjectMeta | None = None,
) -> ObjectMeta:
    """Add an object to a frame and return it.

    Args:
        frame: As ``frames_per_batch`` yields it.
        label: The class's name; what is longer than 127 bytes is cut between two characters.
        box: Left, top, width and height in pixels of the batched frame.
        class_id: The class's number, -1 where unknown.
        confidence: 0 to 1, or ``NO_CONFIDENCE``.
        object_id: A tracker's number, or ``UNTRACKED``.
        component_id: ``unique_component_id``, of whoever found it.
        parent: The object of the same frame that it was found within.

    Raises:
        TypeError: The frame's carrier cannot be written to, or a value has the wrong type.
        ValueError: ``box`` has not four numbers, or ``parent`` is of another frame.
        MissingDependency: DeepStream's library is not in the process.
    """
    left, top, width, height = box
    add = _method(frame, "add_object")
    obj: Any = add(parent)
    try:
        obj.obj_label, obj.class_id, obj.confidence = label, class_id, confidence
        obj.object_id, obj.unique_component_id = object_id, component_id
        obj.set_box(left, top, width, height)
    except BaseException:
        _method(frame, "remove")(obj)
        raise
    added: ObjectMeta = obj
    return added


def remove_object(frame: FrameMeta, obj: ObjectMeta) -> None:
    """Take an object off its frame; objects whose parent it was have none any more.

    Raises:
        TypeError: The frame's carrier cannot be written to.
        ValueError: The object is not on this frame.
        MissingDependency: DeepStream's library is not in the process.
    """
    _method(frame, "remove")(obj)


def add_classification(
    obj: ObjectMeta,
    label: str,
    *,
    class_id: int = 0,
    confidence: float = 1.0,
    label_id: int = 0,
    component_id: int = 0,
) -> LabelInfo:
    """Add what a classifier says of an object and return the label.

    Labels of one ``component_id`` belong to one classifier.

    Args:
        obj: As ``objects_per_frame`` yields it.
        label: The value, such as ``"red"``; what is longer than 127 bytes is cut.
        class_id: The value's number.
        confidence: 0 to 1.
        label_id: Which attribute it is, where the classifier has several.
        component_id: The classifier's ``unique_component_id``.

    Raises:
        TypeError: The object's carrier cannot be written to, or a value has the wrong type.
        MissingDependency: DeepStream's library is not in the process.
    """
    classifier = _classifier(obj, component_id)
    info: Any = _method(classifier, "add_label")()
    try:
        info.result_label, info.result_class_id = label, class_id
        info.result_prob, info.label_id = confidence, label_id
    except BaseException:
        _method(classifier, "remove")(info)
        if not classifier.num_labels:
            _method(obj, "remove")(classifier)
        raise
    label_info: LabelInfo = info
    return label_info


def _classifier(obj: ObjectMeta, component_id: int) -> ClassifierMeta:
    add = _method(obj, "add_classifier")
    for classifier in classifiers_per_object(obj):
        if classifier.unique_component_id == component_id:
            return classifier
    classifier = cast("ClassifierMeta", add())
    classifier.unique_component_id = component_id
    return classifier


def add_display(frame: FrameMeta) -> DisplayMeta:
    """Add a display meta to a frame and return it: 16 each of boxes, texts, lines and more to draw.

    Fill its first elements and set ``num_rects``, ``num_labels`` and their like.

    Raises:
        TypeError: The frame's carrier cannot be written to.
        MissingDependency: DeepStream's library is not in the process.
    """
    display: DisplayMeta = _method(frame, "add_display")()
    return display


def add_user_meta(holder: Any, data: object, meta_type: int = 8193) -> UserMeta:
    """Attach any Python object to a batch, a frame or an object, and return its user meta.

    ``user_meta_data`` is the object itself, also behind queues and tees and in copies of the
    buffer. It is let go of with the last of them.

    Args:
        holder: A batch, a frame or an object.
        data: The object.
        meta_type: A number of one's own, from 8193 on, to recognise it by.

    Raises:
        TypeError: The holder's carrier cannot be written to.
        MissingDependency: DeepStream's library is not in the process.
    """
    user: UserMeta = _method(holder, "add_user_meta")(data, meta_type)
    return user


def _method(holder: Any, name: str) -> Any:
    """Return a method of a native view; pyds's objects have none of these."""
    method = getattr(holder, name, None)
    if method is None:
        raise TypeError(
            f"expected DeepStream's or portable metadata, got {holder!r}, "
            f"which cannot be written to: it has no {name}()"
        )
    return method
