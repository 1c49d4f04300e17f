"""Writing to a view changes the metadata, and wrong values are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.gst.carriers import frames_per_batch
from pythiags.metadata import Bbox, last_bbox, objects_per_frame
from pythiags.testing.facts.fact import BOX, PERSON, expect, fact
from pythiags.testing.scene import SceneFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.testing.scene import Carrier


def _write_then_read(
    carrier: Carrier, write: Callable[[Any], None], read: Callable[[Any], Any]
) -> Any:
    with carrier.carry([SceneFrame((PERSON,))]) as source:
        for frame in frames_per_batch(source):
            for obj in objects_per_frame(frame):
                write(obj)
        return [read(o) for f in frames_per_batch(source) for o in objects_per_frame(f)]


@fact("writing")
def box_is_written(carrier: Carrier) -> None:
    """A box that is written is what the next reader sees."""

    def write(obj: Any) -> None:
        obj.rect_params.left = 99.0

    expect(_write_then_read(carrier, write, last_bbox), [Bbox(99.0, *BOX[1:])])


@fact("writing")
def written_through_a_held_struct(carrier: Carrier) -> None:
    """Writing through a held ``rect_params`` changes the object."""

    def write(obj: Any) -> None:
        rect = obj.rect_params
        rect.width = 5.0
        rect.border_width = 4

    found = _write_then_read(
        carrier, write, lambda o: (o.rect_params.width, o.rect_params.border_width)
    )
    expect(found, [(5.0, 4)])


@fact("writing")
def label_is_written(carrier: Carrier) -> None:
    """A label that is written is what the next reader sees."""

    def write(obj: Any) -> None:
        obj.obj_label = "walker"

    expect(_write_then_read(carrier, write, lambda obj: obj.obj_label), ["walker"])


@fact("labels")
def shorter_label_is_written(carrier: Carrier) -> None:
    """A label that is shorter than the one before leaves nothing of it."""

    def write(obj: Any) -> None:
        obj.obj_label = "cat"

    expect(_write_then_read(carrier, write, lambda obj: obj.obj_label), ["cat"])


@fact("writing")
def colour_is_written(carrier: Carrier) -> None:
    """``border_color.set`` sets the four parts."""

    def write(obj: Any) -> None:
        obj.rect_params.border_color.set(0.0, 0.25, 0.5, 1.0)

    found = _write_then_read(
        carrier,
        write,
        lambda o: [
            getattr(o.rect_params.border_color, n) for n in ("red", "green", "blue", "alpha")
        ],
    )
    expect(found, [[0.0, 0.25, 0.5, 1.0]])


@fact("writing")
def wrong_type_is_refused(carrier: Carrier) -> None:
    """A text into a number is a TypeError."""

    def write(obj: Any) -> None:
        try:
            obj.rect_params.left = "left"
        except TypeError:
            return
        raise AssertionError("a text was accepted for rect_params.left")

    expect(_write_then_read(carrier, write, last_bbox), [BOX])


@fact("writing")
def negative_into_unsigned_is_refused(carrier: Carrier) -> None:
    """A negative number into an unsigned field is a TypeError or an OverflowError."""

    def write(obj: Any) -> None:
        try:
            obj.text_params.x_offset = -5
        except (TypeError, OverflowError):
            return
        raise AssertionError("-5 was accepted for text_params.x_offset")

    expect(_write_then_read(carrier, write, lambda obj: obj.text_params.x_offset), [0])
