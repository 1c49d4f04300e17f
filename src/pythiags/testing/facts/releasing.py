"""A view that outlives its buffer says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.errors import MetadataReleased
from pythiags.gst.carriers import frames_per_batch
from pythiags.metadata import objects_per_frame
from pythiags.testing.facts.fact import PERSON, fact
from pythiags.testing.scene import SceneFrame

if TYPE_CHECKING:
    from pythiags.testing.scene import Carrier


@fact("releasing")
def kept_object(carrier: Carrier) -> None:
    """A view that is kept raises MetadataReleased once its buffer is gone."""
    with carrier.carry([SceneFrame((PERSON,))]) as source:
        kept = [o for f in frames_per_batch(source) for o in objects_per_frame(f)]
    try:
        value = kept[0].obj_label
    except MetadataReleased:
        return
    raise AssertionError(f"obj_label still reads {value!r}")


@fact("releasing")
def kept_struct(carrier: Carrier) -> None:
    """So does a part of it, such as ``rect_params``."""
    with carrier.carry([SceneFrame((PERSON,))]) as source:
        kept = [o.rect_params for f in frames_per_batch(source) for o in objects_per_frame(f)]
    try:
        value = kept[0].left
    except MetadataReleased:
        return
    raise AssertionError(f"left still reads {value!r}")
