"""DeepStream's own metadata: written by NVIDIA's library or by pyds, read with or without pyds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pythiags.gst import Gst
from pythiags.testing.carriers.holding import held
from pythiags.testing.carriers.nvidia import NvidiaBatch, as_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pythiags.testing.scene import SceneFrame, SceneObject

__all__ = ["DeepStream", "Pyds", "PydsWritten", "add_frame"]


def add_frame(batch: Any, slot: int, scene: SceneFrame) -> Any:
    """Add a frame without its objects to a batch of NVIDIA's."""
    return batch.frame(
        batch_id=slot,
        source_id=scene.source_id,
        pad_index=scene.source_id,
        frame_num=scene.frame_num,
        buf_pts=scene.pts,
        source_frame_width=scene.width,
        source_frame_height=scene.height,
    )


class DeepStream:
    """DeepStream's own metadata, read without pyds.

    A scene lasts as long as a probe holds up its buffer.

    Args:
        batch_class: What makes a batch: NVIDIA's library.
    """

    name = "DeepStream"
    abilities = frozenset(
        {"batches", "numbers", "classes", "writing", "labels", "adding", "releasing"}
    )

    def __init__(self, batch_class: Any = NvidiaBatch) -> None:
        self.batch_class = batch_class

    @contextmanager
    def carry(self, scene: Sequence[SceneFrame]) -> Iterator[Any]:
        """Make a buffer with the scene and hold it up in a probe."""
        buffer = Gst.Buffer.new()
        self.put(buffer, scene)
        with held(buffer) as info:
            yield info

    def put(self, buffer: Gst.Buffer, scene: Sequence[SceneFrame]) -> None:
        """Put the scene on a buffer."""
        self.batch(scene).attach(buffer)

    def batch(self, scene: Sequence[SceneFrame]) -> Any:
        """Make a batch that holds the scene and belongs to no buffer yet."""
        batch = self.batch_class(max(len(scene), 1))
        for slot, described in enumerate(scene):
            self._objects(batch, add_frame(batch, slot, described), described.objects)
        return batch

    def _objects(self, batch: Any, frame: Any, scene: Sequence[SceneObject]) -> None:
        added: list[Any] = []
        for described in scene:
            box = tuple(described.bbox)
            obj = batch.obj(
                frame,
                label=as_bytes(described.label),
                class_id=described.class_id,
                unique_component_id=described.component_id,
                confidence=described.confidence,
                object_id=described.object_id,
                rect=box,
                detector=box,
            )
            added.append(obj)
            if described.labels:
                classifier = batch.classifier(obj)
                for label in described.labels:
                    batch.label(
                        classifier,
                        label=as_bytes(label.label),
                        class_id=label.class_id,
                        probability=label.confidence,
                    )
        for obj, described in zip(added, scene, strict=True):
            if described.parent is not None:
                obj["parent"] = added[described.parent].address


class PydsWritten(DeepStream):
    """DeepStream's own metadata, filled through pyds and read without it.

    Args:
        pyds: DeepStream's module.
    """

    name = "DeepStream, written by pyds"

    def __init__(self, pyds: Any) -> None:
        super().__init__()
        self.pyds = pyds

    def put(self, buffer: Gst.Buffer, scene: Sequence[SceneFrame]) -> None:
        """Put the scene on a buffer: frames by the library, since pyds would free its own."""
        batch = NvidiaBatch(max(len(scene), 1))
        for slot, described in enumerate(scene):
            add_frame(batch, slot, described)
        batch.attach(buffer)
        shown = self.pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
        node = shown.frame_meta_list
        for described in scene:
            self._fill(shown, self.pyds.NvDsFrameMeta.cast(node.data), described.objects)
            node = node.next

    def _fill(self, batch: Any, frame: Any, scene: Sequence[SceneObject]) -> None:
        added: list[Any] = []
        for described in scene:
            obj = self.pyds.nvds_acquire_obj_meta_from_pool(batch)
            obj.obj_label, obj.class_id = _ended(described.label), described.class_id
            obj.unique_component_id = described.component_id
            obj.confidence, obj.object_id = described.confidence, described.object_id
            for box in (obj.rect_params, obj.detector_bbox_info.org_bbox_coords):
                box.left, box.top, box.width, box.height = described.bbox
            parent = described.parent
            known = None if parent is None or parent >= len(added) else added[parent]
            self.pyds.nvds_add_obj_meta_to_frame(frame, obj, known)
            added.append(obj)
            if described.labels:
                self._classify(batch, obj, described)
        for place, described in enumerate(scene):
            if described.parent is not None and described.parent > place:
                added[place].parent = added[described.parent]

    def _classify(self, batch: Any, obj: Any, scene: SceneObject) -> None:
        classifier = self.pyds.nvds_acquire_classifier_meta_from_pool(batch)
        for described in scene.labels:
            label = self.pyds.nvds_acquire_label_info_meta_from_pool(batch)
            label.result_label = _ended(described.label)
            label.result_class_id, label.result_prob = described.class_id, described.confidence
            self.pyds.nvds_add_label_info_meta_to_classifier(classifier, label)
        self.pyds.nvds_add_classifier_meta_to_object(obj, classifier)


def _ended(label: str | bytes) -> bytes:
    """Return a label as pyds before 1.2.2 wants it, which adds no NUL and cuts nothing."""
    return as_bytes(label) + b"\0"


class Pyds(PydsWritten):
    """pyds's own objects, by choice: filled and read through pyds.

    Nothing can be added to them but by pyds, and they do not know when their buffer is gone. Before
    1.2.2 pyds leaves the tail of a longer label.
    """

    name = "DeepStream through pyds"
    abilities = frozenset({"batches", "numbers", "classes", "writing"})

    def __init__(self, pyds: Any) -> None:
        super().__init__(pyds)
        if _numbers(getattr(pyds, "__version__", "")) >= (1, 2, 2):
            self.abilities |= {"labels"}

    @contextmanager
    def carry(self, scene: Sequence[SceneFrame]) -> Iterator[Any]:
        """Make a buffer with the scene and give pyds's batch."""
        buffer = Gst.Buffer.new()
        self.put(buffer, scene)
        yield self.pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
        del buffer


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
