"""The vocabulary, typed: what an editor completes after ``obj.``, on every carrier.

The names are pyds's. Each protocol lists what all carriers have; a real pyds object has more. The
attributes are live: writing to those of DeepStream and of the portable elements changes what is
drawn downstream. All of it dies with its buffer: copy what must outlive the probe.

Sizes and boxes are in pixels of the batched frame, times in nanoseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "AnalyticsFrameMeta",
    "AnalyticsObjInfo",
    "BaseMeta",
    "BatchMeta",
    "BboxCoords",
    "BboxInfo",
    "ClassifierMeta",
    "ColorParams",
    "DisplayMeta",
    "FontParams",
    "FrameMeta",
    "GList",
    "LabelInfo",
    "LayerInfo",
    "MaskParams",
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


class ColorParams(Protocol):
    """A colour; each part from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float

    def set(self, red: float, green: float, blue: float, alpha: float) -> None:
        """Set the four parts at once."""


class BboxCoords(Protocol):
    """A box in pixels."""

    left: float
    top: float
    width: float
    height: float


class BboxInfo(Protocol):
    """A box as one component saw it."""

    @property
    def org_bbox_coords(self) -> BboxCoords:
        """The box, before anyone clipped it."""


class RectParams(Protocol):
    """The box that is drawn."""

    left: float
    top: float
    width: float
    height: float
    border_width: int
    has_bg_color: int

    @property
    def border_color(self) -> ColorParams:
        """The colour of the border."""

    @property
    def bg_color(self) -> ColorParams:
        """What the box is filled with where ``has_bg_color`` is set."""


class FontParams(Protocol):
    """How a text looks."""

    font_name: Any
    font_size: int

    @property
    def font_color(self) -> ColorParams:
        """The colour of the letters."""


class TextParams(Protocol):
    """The text that is drawn.

    ``display_text`` takes a string. On a real pyds it reads as an address for ``pyds.get_string``.
    An offset of an object near the upper edge can read as a huge number: DeepStream computes it
    without a sign.
    """

    display_text: Any
    x_offset: int
    y_offset: int
    set_bg_clr: int

    @property
    def font_params(self) -> FontParams:
        """The font."""

    @property
    def text_bg_clr(self) -> ColorParams:
        """The colour behind the letters where ``set_bg_clr`` is set."""


class MaskParams(Protocol):
    """The mask of an instance segmentation."""

    threshold: float
    width: int
    height: int

    def get_mask_array(self) -> Any:
        """Return the mask as float32 [height * width]."""


class UserMeta(Protocol):
    """Metadata that a component or an application attached."""

    user_meta_data: Any

    @property
    def base_meta(self) -> BaseMeta:
        """Says in ``meta_type`` what ``user_meta_data`` is."""


class LabelInfo(Protocol):
    """One attribute that a classifier found."""

    num_classes: int
    result_label: str
    result_class_id: int
    label_id: int
    result_prob: float


class ClassifierMeta(Protocol):
    """What one classifier says of one object."""

    num_labels: int
    unique_component_id: int

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


class DisplayMeta(Protocol):
    """Things to draw that belong to no object; at most 16 of each kind."""

    num_rects: int
    num_labels: int
    num_lines: int
    num_arrows: int
    num_circles: int

    @property
    def rect_params(self) -> list[RectParams]:
        """Sixteen boxes, of which the first ``num_rects`` are drawn."""

    @property
    def text_params(self) -> list[TextParams]:
        """Sixteen texts, of which the first ``num_labels`` are drawn."""


class FrameMeta(Protocol):
    """One picture of one source."""

    pad_index: int
    batch_id: int
    frame_num: int
    buf_pts: int
    ntp_timestamp: int
    source_id: int
    source_frame_width: int
    source_frame_height: int
    num_obj_meta: int
    bInferDone: int  # noqa: N815 - DeepStream's name

    @property
    def obj_meta_list(self) -> GList | None:
        """The frame's objects, a node each."""

    @property
    def display_meta_list(self) -> GList | None:
        """What is drawn besides the objects, a node each."""

    @property
    def frame_user_meta_list(self) -> GList | None:
        """The frame's user metadata, a node each."""


class BatchMeta(Protocol):
    """The pictures that travel in one buffer."""

    max_frames_in_batch: int
    num_frames_in_batch: int

    @property
    def frame_meta_list(self) -> GList | None:
        """The batch's frames, a node each."""

    @property
    def batch_user_meta_list(self) -> GList | None:
        """The batch's user metadata, a node each."""


class AnalyticsFrameMeta(Protocol):
    """What nvdsanalytics counted in a frame."""

    objInROIcnt: dict[str, int]  # noqa: N815
    ocStatus: dict[str, bool]  # noqa: N815
    objLCCurrCnt: dict[str, int]  # noqa: N815
    objLCCumCnt: dict[str, int]  # noqa: N815
    objCnt: dict[int, int]  # noqa: N815
    unique_id: int


class AnalyticsObjInfo(Protocol):
    """Which regions, lines and directions of nvdsanalytics an object touches."""

    roiStatus: list[str]  # noqa: N815
    ocStatus: list[str]  # noqa: N815
    lcStatus: list[str]  # noqa: N815
    dirStatus: str  # noqa: N815
    unique_id: int


class LayerInfo(Protocol):
    """``NvDsInferLayerInfo``: one output of a network."""

    @property
    def layerName(self) -> str | None:  # noqa: N802
        """Its name in the network."""

    @property
    def dataType(self) -> Any:  # noqa: N802
        """Which of float32, float16, int8, int32, int64 and uint8, counted from 0."""


class TensorMeta(Protocol):
    """``NvDsInferTensorMeta``: what a network put out.

    On DeepStream's metadata a layer has ``dims`` and ``to_array()``, and ``layers()`` gives all of
    them by name; on pyds's objects ``pyds.get_nvds_LayerInfo`` takes their place.
    """

    @property
    def unique_id(self) -> int:
        """The network's ``gie-unique-id``."""

    @property
    def num_output_layers(self) -> int:
        """How many layers it puts out."""

    def output_layers_info(self, index: int) -> LayerInfo:
        """Return one of them."""


class SegmentationMeta(Protocol):
    """``NvDsInferSegmentationMeta``: a class for each pixel.

    On DeepStream's metadata ``get_segmentation_masks()`` gives the classes; on pyds's objects
    ``pyds.get_segmentation_masks`` takes its place.
    """

    @property
    def classes(self) -> int:
        """How many classes the network knows."""

    @property
    def width(self) -> int:
        """The width of the map."""

    @property
    def height(self) -> int:
        """The height of the map."""


class PastFrame(Protocol):
    """``NvDsTargetMiscDataFrame``: a tracked object in one earlier frame."""

    frameNum: int  # noqa: N815
    confidence: float
    age: int

    @property
    def tBbox(self) -> RectParams:  # noqa: N802
        """Where it was."""


class PastTrack(Protocol):
    """``NvDsTargetMiscDataObject``: the earlier frames of one tracked object."""

    numObj: int  # noqa: N815
    uniqueId: int  # noqa: N815
    classId: int  # noqa: N815
    objLabel: str  # noqa: N815

    def list(self) -> Iterator[PastFrame]:
        """Return the frames; the iterator serves once."""


class PastStream(Protocol):
    """``NvDsTargetMiscDataStream``: the tracked objects of one source."""

    streamID: int  # noqa: N815
    numFilled: int  # noqa: N815

    def list(self) -> Iterator[PastTrack]:
        """Return the tracks; the iterator serves once."""
