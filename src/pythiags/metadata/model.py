"""The vocabulary, typed: what an editor completes after ``obj.``, on every carrier.

The names are pyds's. Each protocol lists what all carriers have; a real pyds object has more. The
attributes are live: writing to those of DeepStream and of the portable elements changes what is
drawn downstream. All of it dies with its buffer: copy what must outlive the probe.

Sizes and boxes are in pixels of the batched frame, times in nanoseconds.

::

    from pythiags.metadata.model import FrameMeta, ObjectMeta

    def inside(obj: ObjectMeta, frame: FrameMeta) -> bool: ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pythiags.metadata.attached import (
    AnalyticsFrameMeta,
    AnalyticsObjInfo,
    LayerInfo,
    ObjReid,
    PastFrame,
    PastStream,
    PastTrack,
    SegmentationMeta,
    TensorMeta,
)
from pythiags.metadata.drawing import (
    ArrowParams,
    BboxCoords,
    BboxInfo,
    CircleParams,
    ColorParams,
    FontParams,
    LineParams,
    MaskParams,
    RectParams,
    TextParams,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AnalyticsFrameMeta",
    "AnalyticsObjInfo",
    "ArrowParams",
    "BaseMeta",
    "BatchMeta",
    "BboxCoords",
    "BboxInfo",
    "CircleParams",
    "ClassifierMeta",
    "ColorParams",
    "DisplayMeta",
    "FontParams",
    "FrameMeta",
    "GList",
    "LabelInfo",
    "LayerInfo",
    "LineParams",
    "MaskParams",
    "ObjReid",
    "ObjectMeta",
    "PastFrame",
    "PastStream",
    "PastTrack",
    "RectParams",
    "SegmentationMeta",
    "TensorMeta",
    "TextParams",
    "UserMeta",
]


class GList(Protocol):
    """A node of a list; the last node's ``next`` is None, an empty list is None itself."""

    @property
    def data(self) -> Any:
        """What the node holds, the metadata itself or, with pyds, a handle to ``cast``."""

    @property
    def next(self) -> GList | None:
        """The node behind this one."""

    @property
    def prev(self) -> GList | None:
        """The node before this one."""


class BaseMeta(Protocol):
    """What every kind of metadata starts with."""

    @property
    def meta_type(self) -> Any:
        """``NvDsMetaType``; equal to its number."""

    @property
    def batch_meta(self) -> BatchMeta:
        """The batch that it belongs to."""


class UserMeta(Protocol):
    """Metadata that a component or an application attached."""

    @property
    def base_meta(self) -> BaseMeta:
        """Says in ``meta_type`` what ``user_meta_data`` is."""

    @property
    def user_meta_data(self) -> Any:
        """A Python object, a view, or a capsule around an address."""


class LabelInfo(Protocol):
    """One attribute that a classifier found."""

    num_classes: int
    result_label: str
    result_class_id: int
    label_id: int
    result_prob: float

    @property
    def base_meta(self) -> BaseMeta:
        """The part that every kind of metadata has."""


class ClassifierMeta(Protocol):
    """What one classifier says of one object."""

    num_labels: int
    unique_component_id: int

    @property
    def base_meta(self) -> BaseMeta:
        """The part that every kind of metadata has."""

    @property
    def label_info_list(self) -> GList | None:
        """Its labels, a node each."""


class ObjectMeta(Protocol):
    """One object in a frame."""

    unique_component_id: int
    class_id: int
    object_id: int
    confidence: float
    tracker_confidence: float
    obj_label: str

    @property
    def base_meta(self) -> BaseMeta:
        """The part that every kind of metadata has."""

    @property
    def parent(self) -> ObjectMeta | None:
        """The object that this one was found in."""

    @property
    def detector_bbox_info(self) -> BboxInfo:
        """The detector's box."""

    @property
    def tracker_bbox_info(self) -> BboxInfo:
        """The tracker's box."""

    @property
    def rect_params(self) -> RectParams:
        """The box that is drawn."""

    @property
    def text_params(self) -> TextParams:
        """The text that is drawn."""

    @property
    def mask_params(self) -> MaskParams:
        """The mask that is drawn."""

    @property
    def classifier_meta_list(self) -> GList | None:
        """What classifiers found, a node each."""

    @property
    def obj_user_meta_list(self) -> GList | None:
        """The object's user metadata, a node each."""

    @property
    def misc_obj_info(self) -> Any:
        """Four integers of one's own, as an array."""


class DisplayMeta(Protocol):
    """Things to draw that belong to no object; at most 16 of each kind."""

    num_rects: int
    num_labels: int
    num_lines: int
    num_arrows: int
    num_circles: int

    @property
    def base_meta(self) -> BaseMeta:
        """The part that every kind of metadata has."""

    @property
    def rect_params(self) -> Sequence[RectParams]:
        """Sixteen boxes, of which the first ``num_rects`` are drawn."""

    @property
    def text_params(self) -> Sequence[TextParams]:
        """Sixteen texts, of which the first ``num_labels`` are drawn."""

    @property
    def line_params(self) -> Sequence[LineParams]:
        """Sixteen lines, of which the first ``num_lines`` are drawn."""

    @property
    def arrow_params(self) -> Sequence[ArrowParams]:
        """Sixteen arrows, of which the first ``num_arrows`` are drawn."""

    @property
    def circle_params(self) -> Sequence[CircleParams]:
        """Sixteen circles, of which the first ``num_circles`` are drawn."""


class FrameMeta(Protocol):
    """One picture of one source."""

    pad_index: int
    batch_id: int
    frame_num: int
    buf_pts: int
    ntp_timestamp: int
    source_id: int
    num_surfaces_per_frame: int
    source_frame_width: int
    source_frame_height: int
    num_obj_meta: int
    bInferDone: int  # noqa: N815 - DeepStream's name

    @property
    def base_meta(self) -> BaseMeta:
        """The part that every kind of metadata has."""

    @property
    def obj_meta_list(self) -> GList | None:
        """The frame's objects, a node each."""

    @property
    def display_meta_list(self) -> GList | None:
        """What is drawn besides the objects, a node each."""

    @property
    def frame_user_meta_list(self) -> GList | None:
        """The frame's user metadata, a node each."""

    @property
    def misc_frame_info(self) -> Any:
        """Four integers of one's own, as an array."""


class BatchMeta(Protocol):
    """The pictures that travel in one buffer."""

    max_frames_in_batch: int
    num_frames_in_batch: int

    @property
    def base_meta(self) -> BaseMeta:
        """The part that every kind of metadata has."""

    @property
    def frame_meta_list(self) -> GList | None:
        """The batch's frames, a node each."""

    @property
    def batch_user_meta_list(self) -> GList | None:
        """The batch's user metadata, a node each."""

    @property
    def misc_batch_info(self) -> Any:
        """Four integers of one's own, as an array."""
