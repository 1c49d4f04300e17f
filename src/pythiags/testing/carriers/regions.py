"""Region-of-interest metas, as GStreamer's elements and DL Streamer write them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pythiags.gst import GObject, Gst, GstVideo
from pythiags.metadata import NO_CONFIDENCE, UNTRACKED
from pythiags.testing.carriers.holding import picture_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pythiags.testing.scene import SceneFrame, SceneObject

__all__ = ["Regions"]


class Regions:
    """Regions of interest. They know no batches; what is written to their views goes nowhere."""

    name = "regions of interest"
    abilities = frozenset({"classes"})

    @contextmanager
    def carry(self, scene: Sequence[SceneFrame]) -> Iterator[Any]:
        """Make a buffer with the scene, which has one frame."""
        (frame,) = scene
        buffer = picture_of(frame)
        self.put(buffer, scene)
        yield buffer

    def put(self, buffer: Gst.Buffer, scene: Sequence[SceneFrame]) -> None:
        """Put the objects of the scene's frame on a buffer."""
        for number, described in enumerate(scene[0].objects, start=1):
            _add_region(buffer, number, described)


def _add_region(buffer: Gst.Buffer, number: int, scene: SceneObject) -> None:
    box = [int(side) for side in scene.bbox]
    meta = GstVideo.buffer_add_video_region_of_interest_meta(buffer, scene.label, *box)
    meta.id, meta.parent_id = number, 0 if scene.parent is None else scene.parent + 1
    detection: dict[str, float] = {"label_id": scene.class_id}
    if scene.confidence != NO_CONFIDENCE:
        detection["confidence"] = scene.confidence
    meta.add_param(_structure("detection", detection))
    if scene.object_id != UNTRACKED:
        meta.add_param(_structure("object_id", {"id": scene.object_id}))
    for label in scene.labels:
        fields = {
            "label": label.label,
            "label_id": label.class_id,
            "confidence": label.confidence,
        }
        meta.add_param(_structure("classification", fields))


def _structure(name: str, fields: Mapping[str, Any]) -> Gst.Structure:
    structure = Gst.Structure.new_empty(name)
    kinds = {int: GObject.TYPE_INT, float: GObject.TYPE_DOUBLE, str: GObject.TYPE_STRING}
    for key, value in fields.items():
        structure.set_value(key, GObject.Value(kinds[type(value)], value))
    return structure
