"""The metadata of pythiags's own elements."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pythiags.gst import Gst, _gst

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pythiags.testing.scene import SceneFrame, SceneObject

__all__ = ["Portable"]


class Portable:
    """The metadata of pythiags's own elements; it is freed with the context."""

    name = "portable"
    abilities = frozenset(
        {"batches", "numbers", "classes", "writing", "labels", "adding", "releasing"}
    )

    @contextmanager
    def carry(self, scene: Sequence[SceneFrame]) -> Iterator[Any]:
        """Make a buffer with the scene."""
        buffer = Gst.Buffer.new()
        self.put(buffer, scene)
        yield buffer
        _gst.BatchMeta.attach(buffer)  # frees the batch, as the buffer's end would

    def put(self, buffer: Gst.Buffer, scene: Sequence[SceneFrame]) -> None:
        """Put the scene on a buffer."""
        self.fill(_gst.BatchMeta.attach(buffer, len(scene)), scene)

    def fill(self, batch: _gst.BatchMeta, scene: Sequence[SceneFrame]) -> None:
        """Put the scene into an empty batch."""
        for described in scene:
            frame = batch.add_frame()
            frame.source_id = frame.pad_index = described.source_id
            frame.frame_num, frame.buf_pts = described.frame_num, described.pts
            frame.source_frame_width = described.width
            frame.source_frame_height = described.height
            self._objects(frame, described.objects)

    def _objects(self, frame: _gst.FrameMeta, scene: Sequence[SceneObject]) -> None:
        added: list[_gst.ObjectMeta] = []
        for described in scene:
            obj = frame.add_object()
            obj.obj_label, obj.class_id = described.label, described.class_id
            obj.unique_component_id = described.component_id
            obj.confidence, obj.object_id = described.confidence, described.object_id
            obj.set_box(*described.bbox)
            added.append(obj)
            if described.labels:
                classifier = obj.add_classifier()
                for label in described.labels:
                    info = classifier.add_label()
                    info.result_label, info.result_class_id = label.label, label.class_id
                    info.result_prob = label.confidence
        for obj, described in zip(added, scene, strict=True):
            if described.parent is not None:
                obj.parent = added[described.parent]
