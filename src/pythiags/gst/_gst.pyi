from collections.abc import Callable, Collection, Container, Iterable, Iterator
from typing import Any, TypeVar, final

import numpy as np
import numpy.typing as npt

from pythiags.errors import MetadataLayoutError
from pythiags.gst import Gst

_Tuple = TypeVar("_Tuple", bound=tuple[Any, ...])

def buffer_address(source: Any) -> int: ...
def log_mark() -> int: ...
def log_lines(since: int) -> list[tuple[str, str]]: ...
def watch_streaming(bus: Gst.Bus) -> None: ...
def streams_for(bus: Gst.Bus) -> bool: ...

@final
class BufferCounter:
    def __init__(self, pad: Gst.Pad) -> None: ...
    @property
    def count(self) -> int: ...
    def stop(self) -> None: ...

def portable_factories() -> list[str]: ...
def set_infer_engine(factory: Callable[[dict[str, str]], Any] | None) -> None: ...

class View:
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class GList:
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    @property
    def data(self) -> Any: ...
    @property
    def next(self) -> GList | None: ...
    @property
    def prev(self) -> GList | None: ...

@final
class BaseMeta(View):
    meta_type: int
    @property
    def batch_meta(self) -> BatchMeta: ...

@final
class BboxCoords(View):
    left: float
    top: float
    width: float
    height: float

@final
class BboxInfo(View):
    org_bbox_coords: BboxCoords

@final
class ColorParams(View):
    red: float
    green: float
    blue: float
    alpha: float
    def set(self, red: float, green: float, blue: float, alpha: float) -> None: ...

@final
class RectParams(View):
    left: float
    top: float
    width: float
    height: float
    border_width: int
    has_bg_color: int
    has_color_info: int
    color_id: int
    rotation_angle: float
    border_color: ColorParams
    bg_color: ColorParams

@final
class FontParams(View):
    font_name: str | None
    font_size: int
    font_color: ColorParams

@final
class TextParams(View):
    display_text: str | None
    x_offset: int
    y_offset: int
    set_bg_clr: int
    font_params: FontParams
    text_bg_clr: ColorParams

@final
class MaskParams(View):
    @property
    def size(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    threshold: float
    def get_mask_array(self) -> npt.NDArray[np.float32]: ...
    def set_mask_array(self, mask: npt.ArrayLike) -> None: ...

@final
class LineParams(View):
    x1: int
    y1: int
    x2: int
    y2: int
    line_width: int
    line_color: ColorParams

@final
class ArrowParams(View):
    x1: int
    y1: int
    x2: int
    y2: int
    arrow_width: int
    arrow_head: int
    arrow_color: ColorParams

@final
class CircleParams(View):
    xc: int
    yc: int
    radius: int
    has_bg_color: int
    circle_color: ColorParams
    bg_color: ColorParams

@final
class LabelInfo(View):
    num_classes: int
    result_class_id: int
    label_id: int
    result_label: str
    result_prob: float
    @property
    def pResult_label(self) -> str: ...
    @property
    def base_meta(self) -> BaseMeta: ...

@final
class ClassifierMeta(View):
    num_labels: int
    unique_component_id: int
    @property
    def label_info_list(self) -> GList | None: ...
    @property
    def base_meta(self) -> BaseMeta: ...
    def iter_labels(self) -> Iterator[LabelInfo]: ...
    def add_label(self) -> LabelInfo: ...
    def remove(self, label: LabelInfo) -> None: ...
    @property
    def classifier_type(self) -> None: ...

@final
class UserMeta(View):
    user_meta_data: Any
    @property
    def base_meta(self) -> BaseMeta: ...

@final
class ObjectMeta(View):
    unique_component_id: int
    class_id: int
    object_id: int
    confidence: float
    tracker_confidence: float
    obj_label: str
    detector_bbox_info: BboxInfo
    tracker_bbox_info: BboxInfo
    rect_params: RectParams
    mask_params: MaskParams
    text_params: TextParams
    parent: ObjectMeta | None
    @property
    def classifier_meta_list(self) -> GList | None: ...
    @property
    def obj_user_meta_list(self) -> GList | None: ...
    @property
    def misc_obj_info(self) -> npt.NDArray[np.int64]: ...
    @property
    def base_meta(self) -> BaseMeta: ...
    def iter_classifiers(self) -> Iterator[ClassifierMeta]: ...
    def iter_user_metas(self) -> Iterator[UserMeta]: ...
    def add_classifier(self) -> ClassifierMeta: ...
    def add_user_meta(self, data: object, meta_type: int = 7) -> UserMeta: ...
    def remove(self, meta: ClassifierMeta | UserMeta) -> None: ...

@final
class DisplayMeta(View):
    num_rects: int
    num_labels: int
    num_lines: int
    num_arrows: int
    num_circles: int
    @property
    def rect_params(self) -> list[RectParams]: ...
    @property
    def text_params(self) -> list[TextParams]: ...
    @property
    def line_params(self) -> list[LineParams]: ...
    @property
    def arrow_params(self) -> list[ArrowParams]: ...
    @property
    def circle_params(self) -> list[CircleParams]: ...
    @property
    def base_meta(self) -> BaseMeta: ...

@final
class FrameMeta(View):
    pad_index: int
    batch_id: int
    frame_num: int
    buf_pts: int
    ntp_timestamp: int
    source_id: int
    num_surfaces_per_frame: int
    source_frame_width: int
    source_frame_height: int
    pipeline_width: int
    pipeline_height: int
    num_obj_meta: int
    bInferDone: int
    @property
    def obj_meta_list(self) -> GList | None: ...
    @property
    def display_meta_list(self) -> GList | None: ...
    @property
    def frame_user_meta_list(self) -> GList | None: ...
    @property
    def misc_frame_info(self) -> npt.NDArray[np.int64]: ...
    @property
    def base_meta(self) -> BaseMeta: ...
    def iter_objects(self) -> Iterator[ObjectMeta]: ...
    def iter_displays(self) -> Iterator[DisplayMeta]: ...
    def iter_user_metas(self) -> Iterator[UserMeta]: ...
    def add_object(self, parent: ObjectMeta | None = None) -> ObjectMeta: ...
    def add_display(self) -> DisplayMeta: ...
    def add_user_meta(self, data: object, meta_type: int = 7) -> UserMeta: ...
    def remove(self, meta: ObjectMeta | DisplayMeta | UserMeta) -> None: ...
    @property
    def sensor_id(self) -> None: ...

@final
class BatchMeta(View):
    max_frames_in_batch: int
    num_frames_in_batch: int
    @property
    def frame_meta_list(self) -> GList | None: ...
    @property
    def batch_user_meta_list(self) -> GList | None: ...
    @property
    def misc_batch_info(self) -> npt.NDArray[np.int64]: ...
    @property
    def base_meta(self) -> BaseMeta: ...
    def __init__(self, max_frames: int = 1) -> None: ...
    @staticmethod
    def of(source: Any) -> BatchMeta | None: ...
    @staticmethod
    def of_regions(source: Any) -> BatchMeta | None: ...
    @staticmethod
    def attach(target: Any, max_frames: int = 1) -> BatchMeta: ...
    def iter_frames(self) -> Iterator[FrameMeta]: ...
    def iter_user_metas(self) -> Iterator[UserMeta]: ...
    def add_frame(self) -> FrameMeta: ...
    def add_user_meta(self, data: object, meta_type: int = 7) -> UserMeta: ...
    def remove(self, meta: FrameMeta | UserMeta) -> None: ...
    def detections(
        self,
        detection: type[_Tuple],
        bbox: type[tuple[float, ...]],
        *,
        labels: Container[str] | None = None,
        min_confidence: float | None = None,
        box: int = 0,
    ) -> list[_Tuple]: ...

def nvidia_handle(view: View) -> Any: ...

@final
class NvDsGList:
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    @property
    def data(self) -> Any: ...
    @property
    def next(self) -> NvDsGList | None: ...
    @property
    def prev(self) -> NvDsGList | None: ...

@final
class NvDsLabelInfo(View):
    base_meta: BaseMeta
    num_classes: int
    result_class_id: int
    label_id: int
    result_label: str
    result_prob: float
    pResult_label: str | None

@final
class NvDsClassifierMeta(View):
    base_meta: BaseMeta
    num_labels: int
    unique_component_id: int
    @property
    def classifier_type(self) -> str | None: ...
    @property
    def label_info_list(self) -> NvDsGList | None: ...
    def iter_labels(self) -> Iterator[NvDsLabelInfo]: ...

@final
class NvDsUserMeta(View):
    base_meta: BaseMeta
    @property
    def known_type(self) -> int: ...
    @property
    def user_meta_data(self) -> Any: ...

@final
class NvDsObjectMeta(View):
    base_meta: BaseMeta
    unique_component_id: int
    class_id: int
    object_id: int
    detector_bbox_info: BboxInfo
    tracker_bbox_info: BboxInfo
    confidence: float
    tracker_confidence: float
    rect_params: RectParams
    mask_params: MaskParams
    text_params: TextParams
    obj_label: str
    misc_obj_info: npt.NDArray[np.int64]
    parent: NvDsObjectMeta | None
    @property
    def classifier_meta_list(self) -> NvDsGList | None: ...
    @property
    def obj_user_meta_list(self) -> NvDsGList | None: ...
    def iter_classifiers(self) -> Iterator[NvDsClassifierMeta]: ...
    def iter_user_metas(self) -> Iterator[NvDsUserMeta]: ...

@final
class NvDsDisplayMeta(View):
    base_meta: BaseMeta
    num_rects: int
    num_labels: int
    num_lines: int
    num_arrows: int
    num_circles: int
    rect_params: list[RectParams]
    text_params: list[TextParams]
    line_params: list[LineParams]
    arrow_params: list[ArrowParams]
    circle_params: list[CircleParams]
    misc_osd_data: npt.NDArray[np.int64]

@final
class NvDsSensorInfo(View):
    source_id: int
    uri: str | None
    sensor_id: str | None
    sensor_name: str | None

@final
class NvDsFrameMeta(View):
    base_meta: BaseMeta
    pad_index: int
    batch_id: int
    frame_num: int
    buf_pts: int
    ntp_timestamp: int
    source_id: int
    num_surfaces_per_frame: int
    source_frame_width: int
    source_frame_height: int
    surface_type: int
    surface_index: int
    num_obj_meta: int
    bInferDone: int
    misc_frame_info: npt.NDArray[np.int64]
    @property
    def pipeline_width(self) -> int: ...
    @property
    def pipeline_height(self) -> int: ...
    @property
    def sensorInfo_meta(self) -> NvDsSensorInfo | None: ...
    @property
    def sensor_id(self) -> str | None: ...
    @property
    def obj_meta_list(self) -> NvDsGList | None: ...
    @property
    def display_meta_list(self) -> NvDsGList | None: ...
    @property
    def frame_user_meta_list(self) -> NvDsGList | None: ...
    def iter_objects(self) -> Iterator[NvDsObjectMeta]: ...
    def iter_displays(self) -> Iterator[NvDsDisplayMeta]: ...
    def iter_user_metas(self) -> Iterator[NvDsUserMeta]: ...

@final
class NvDsBatchMeta(View):
    base_meta: BaseMeta
    max_frames_in_batch: int
    num_frames_in_batch: int
    misc_batch_info: npt.NDArray[np.int64]
    @staticmethod
    def of(source: Any) -> NvDsBatchMeta | None: ...
    @property
    def frame_meta_list(self) -> NvDsGList | None: ...
    @property
    def batch_user_meta_list(self) -> NvDsGList | None: ...
    def iter_frames(self) -> Iterator[NvDsFrameMeta]: ...
    def iter_user_metas(self) -> Iterator[NvDsUserMeta]: ...
    def detections(
        self,
        detection: type[_Tuple],
        bbox: type[tuple[Any, ...]],
        *,
        labels: Container[str] | None = None,
        min_confidence: float | None = None,
        box: int = 0,
    ) -> list[_Tuple]: ...

@final
class NvDsInferNetworkInfo(View):
    width: int
    height: int
    channels: int

@final
class NvDsInferLayerInfo(View):
    dataType: int
    bindingIndex: int
    layerName: str | None
    isInput: int
    @property
    def dims(self) -> tuple[int, ...]: ...
    @property
    def buffer(self) -> int | None: ...
    def to_array(self) -> npt.NDArray[Any]: ...

@final
class NvDsInferTensorMeta(View):
    unique_id: int
    num_output_layers: int
    gpu_id: int
    network_info: NvDsInferNetworkInfo
    maintain_aspect_ratio: int
    def output_layers_info(self, index: int) -> NvDsInferLayerInfo: ...
    def layers(self) -> dict[str | None, NvDsInferLayerInfo]: ...

@final
class NvDsInferSegmentationMeta(View):
    classes: int
    width: int
    height: int
    def get_segmentation_masks(self) -> npt.NDArray[np.int32]: ...
    def get_probabilities(self) -> npt.NDArray[np.float32] | None: ...

@final
class NvDsTargetMiscDataFrame(View):
    frameNum: int
    tBbox: RectParams
    confidence: float
    age: int

@final
class NvDsTargetMiscDataObject(View):
    @property
    def numObj(self) -> int: ...
    @property
    def uniqueId(self) -> int: ...
    @property
    def classId(self) -> int: ...
    @property
    def objLabel(self) -> str: ...
    def list(self) -> Iterator[NvDsTargetMiscDataFrame]: ...

@final
class NvDsTargetMiscDataStream(View):
    @property
    def streamID(self) -> int: ...
    @property
    def surfaceStreamID(self) -> int: ...
    @property
    def numAllocated(self) -> int: ...
    @property
    def numFilled(self) -> int: ...
    def list(self) -> Iterator[NvDsTargetMiscDataObject]: ...

@final
class NvDsTargetMiscDataBatch(View):
    @property
    def numAllocated(self) -> int: ...
    @property
    def numFilled(self) -> int: ...
    def list(self) -> Iterator[NvDsTargetMiscDataStream]: ...

@final
class NvDsAnalyticsFrameMeta(View):
    @property
    def ocStatus(self) -> dict[str, bool]: ...
    @property
    def objInROIcnt(self) -> dict[str, int]: ...
    @property
    def objLCCurrCnt(self) -> dict[str, int]: ...
    @property
    def objLCCumCnt(self) -> dict[str, int]: ...
    @property
    def objCnt(self) -> dict[int, int]: ...
    @property
    def unique_id(self) -> int: ...

@final
class NvDsAnalyticsObjInfo(View):
    @property
    def roiStatus(self) -> list[str]: ...
    @property
    def ocStatus(self) -> list[str]: ...
    @property
    def lcStatus(self) -> list[str]: ...
    @property
    def dirStatus(self) -> str: ...
    @property
    def objStatus(self) -> str: ...
    @property
    def unique_id(self) -> int: ...

@final
class ProbeInfo:
    @property
    def id(self) -> int: ...
    @property
    def type(self) -> Gst.PadProbeType: ...
    @property
    def buffer_number(self) -> int: ...
    def get_buffer(self) -> Gst.Buffer: ...

@final
class Histogram:
    def add(self, nanoseconds: int) -> None: ...
    def merge(self, other: Histogram) -> None: ...
    def quantile(self, share: float) -> float: ...
    @property
    def count(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def longest(self) -> int: ...

@final
class NativeProbe:
    def __init__(
        self,
        pad: Gst.Pad,
        callback: Callable[[Gst.Pad, ProbeInfo], object],
        report: Callable[[BaseException], object],
        *,
        writable: bool = False,
    ) -> None: ...
    @property
    def attached(self) -> bool: ...
    @property
    def buffers(self) -> int: ...
    @property
    def errors(self) -> int: ...
    @property
    def consecutive_errors(self) -> int: ...
    @property
    def unreported(self) -> int: ...
    @property
    def calls(self) -> Histogram: ...
    @property
    def waits(self) -> Histogram: ...
    def remove(self) -> None: ...
    def post_error(self, message: str, debug: str) -> bool: ...

@final
class RecordProbe:
    def __init__(
        self,
        pad: Gst.Pad,
        rings: Collection[object],
        *,
        labels: Iterable[str] | None = None,
        min_confidence: float | None = None,
        box: int = 0,
    ) -> None: ...
    @property
    def attached(self) -> bool: ...
    @property
    def calls(self) -> Histogram: ...
    @property
    def refused(self) -> tuple[int, MetadataLayoutError | None]: ...
    def mute(self) -> None: ...
    def remove(self) -> None: ...

@final
class Picture:
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def format(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...] | None: ...
    @property
    def in_one(self) -> bool: ...
    def copy(self, target: npt.NDArray[np.uint8]) -> None: ...
    def convert(self, target: npt.NDArray[np.uint8], format: str) -> None: ...  # noqa: A002
    def __buffer__(self, flags: int, /) -> memoryview: ...

@final
class Surface:
    def __init__(self, source: Any, pixels: Any, release: Callable[[], object]) -> None: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

def map_picture(source: Any, slot: int) -> Picture: ...
def may_be_nvmm(source: Any) -> bool: ...
def nvidia_memory_type(source: Any) -> int | None: ...

class VideoPlane:
    @property
    def address(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def row_bytes(self) -> int: ...
    @property
    def stride(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

class VideoFrame:
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def format(self) -> str: ...
    @property
    def pts(self) -> int: ...
    @property
    def planes(self) -> tuple[VideoPlane, ...]: ...

def pull_frame(sink: Any, timeout: int = 0, preroll: bool = False) -> VideoFrame | None: ...
def value_verdict(type_name: str, property_name: str, text: str) -> str: ...
def caps_are_readable(text: str) -> bool: ...
def value_nicks(type_name: str) -> list[str]: ...
