"""Plain copies of metadata: they outlive the buffer, compare, pickle and print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pythiags.metadata.types import NO_CONFIDENCE, UNTRACKED

if TYPE_CHECKING:
    from pythiags.metadata.model import FrameMeta, ObjectMeta

__all__ = ["Bbox", "Classification", "Detection", "Param", "PastBox", "Track", "text_of"]


def text_of(meta: object, name: str) -> str:
    """Return a text of live metadata; what is not UTF-8 in it is shown as U+FFFD.

    pyds raises UnicodeDecodeError for such a text, as for one that was cut off inside a character.
    """
    try:
        return str(getattr(meta, name))
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", "replace")


class Bbox(NamedTuple):
    """A box in pixels of the frame that the batch was made in (the muxer's width and height).

    Attributes:
        left: The first column of the box.
        top: The first row of the box.
        width: How many columns it has.
        height: How many rows it has.
    """

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The first column to the right of the box."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The first row below the box."""
        return self.top + self.height

    @property
    def area(self) -> float:
        """Width times height, in square pixels."""
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        """The point ``(x, y)`` in the middle of the box."""
        return self.left + self.width / 2, self.top + self.height / 2


class Detection(NamedTuple):
    """One object found in one frame.

    Attributes:
        label: The class's name, empty where the producer gave none.
        class_id: The class's number, -1 where unknown.
        confidence: 0 to 1, or ``NO_CONFIDENCE``.
        bbox: The box, as the last element that touched it left it.
        object_id: The tracker's number, or ``UNTRACKED``.
        source_id: The source's number, which is the muxer's sink pad.
        frame_num: The frame's number within its source, from 0.
        pts: The frame's presentation time in nanoseconds.
        component_id: ``unique_component_id``, which is nvinfer's ``gie-unique-id``.
    """

    label: str
    class_id: int
    confidence: float
    bbox: Bbox
    object_id: int = UNTRACKED
    source_id: int = 0
    frame_num: int = 0
    pts: int = 0
    component_id: int = 0

    @classmethod
    def of(cls, frame: FrameMeta, obj: ObjectMeta, bbox: Bbox) -> Detection:
        """Copy one live object of a frame; ``bbox`` is the box to keep."""
        return cls(
            text_of(obj, "obj_label"),
            obj.class_id,
            obj.confidence,
            bbox,
            obj.object_id,
            frame.source_id,
            frame.frame_num,
            frame.buf_pts,
            obj.unique_component_id,
        )


class Classification(NamedTuple):
    """One attribute that a classifier gave to one object.

    Attributes:
        label: The value's name, such as ``"red"``.
        class_id: The value's number (``result_class_id``).
        confidence: ``result_prob``, 0 to 1.
        label_id: Which attribute it is, where the classifier has several.
        component_id: The classifier's ``gie-unique-id``.
        detection: The object that it belongs to.
    """

    label: str
    class_id: int
    confidence: float
    label_id: int
    component_id: int
    detection: Detection


class Param(NamedTuple):
    """What a plugin attached to a region of interest: one ``GstStructure``, as plain values.

    Attributes:
        name: The structure's name, such as ``"detection"``.
        fields: Its fields by name. Lists and arrays are lists, memory is bytes, a structure is a
            pair of its name and its fields; pointers are left out.
    """

    name: str
    fields: dict[str, Any]


class PastBox(NamedTuple):
    """Where a tracked object was in an earlier frame.

    Attributes:
        frame_num: The number of that frame within its source.
        bbox: The box in that frame.
        confidence: 0 to 1, or ``NO_CONFIDENCE``.
        age: How many frames the tracker had known the object by then.
    """

    frame_num: int
    bbox: Bbox
    confidence: float = NO_CONFIDENCE
    age: int = 0


class Track(NamedTuple):
    """The earlier boxes of one tracked object.

    Attributes:
        object_id: The tracker's number of the object.
        class_id: The class's number.
        label: The class's name.
        source_id: The source's number, which is the muxer's sink pad.
        boxes: The boxes, oldest first as the tracker reports them.
    """

    object_id: int
    class_id: int
    label: str
    source_id: int
    boxes: tuple[PastBox, ...]
