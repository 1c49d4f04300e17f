"""What the user metadata of networks, trackers and analytics holds, as documents and back.

What is made of a document has the attributes of the vocabulary (``pythiags.metadata.model``), as
plain objects that outlive their buffer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.metadata import Bbox, MetaType, past_bbox
from pythiags.metadata.tuples import text_of
from pythiags.recording.arrays import array_of_document, document_of_array, without_data
from pythiags.recording.fields import NUMBERS, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy.typing as npt

__all__ = [
    "PAYLOADS",
    "AnalyticsFrame",
    "AnalyticsObject",
    "Layer",
    "PastBatch",
    "Payload",
    "Segmentation",
    "Tensors",
]


@dataclass(frozen=True)
class Layer:
    """``NvDsInferLayerInfo``; ``dims`` is the shape without the batch."""

    layerName: str | None  # noqa: N815 - DeepStream's names, here and below
    dataType: int  # noqa: N815
    dims: tuple[int, ...]
    numbers: npt.NDArray[Any] | None = field(default=None, repr=False, compare=False)

    def to_array(self) -> npt.NDArray[Any]:
        """Return the numbers.

        Raises:
            RecordingError: They were not recorded.
        """
        if self.numbers is None:
            raise without_data(f"the layer {self.layerName!r}")
        return self.numbers


@dataclass(frozen=True)
class Tensors:
    """``NvDsInferTensorMeta``."""

    unique_id: int
    all_layers: tuple[Layer, ...]

    @property
    def num_output_layers(self) -> int:
        """How many layers there are."""
        return len(self.all_layers)

    def output_layers_info(self, index: int) -> Layer:
        """Return a layer.

        Raises:
            IndexError: There are fewer layers.
        """
        return self.all_layers[index]

    def layers(self) -> dict[str | None, Layer]:
        """Return all layers, by their names."""
        return {layer.layerName: layer for layer in self.all_layers}


@dataclass(frozen=True)
class Segmentation:
    """``NvDsInferSegmentationMeta``."""

    classes: int
    width: int
    height: int
    numbers: npt.NDArray[Any] | None = field(default=None, repr=False, compare=False)

    def get_segmentation_masks(self) -> npt.NDArray[Any]:
        """Return the class of each pixel, [height, width].

        Raises:
            RecordingError: They were not recorded.
        """
        if self.numbers is None:
            raise without_data("the segmentation")
        return self.numbers


@dataclass(frozen=True)
class PastFrame:
    """``NvDsTargetMiscDataFrame``."""

    frameNum: int  # noqa: N815
    tBbox: Bbox  # noqa: N815
    confidence: float
    age: int


@dataclass(frozen=True)
class PastTrack:
    """``NvDsTargetMiscDataObject``."""

    uniqueId: int  # noqa: N815
    classId: int  # noqa: N815
    objLabel: str  # noqa: N815
    frames: tuple[PastFrame, ...]

    @property
    def numObj(self) -> int:  # noqa: N802
        """How many frames there are."""
        return len(self.frames)

    def list(self) -> Iterator[PastFrame]:
        """Return the frames."""
        return iter(self.frames)


@dataclass(frozen=True)
class PastStream:
    """``NvDsTargetMiscDataStream``."""

    streamID: int  # noqa: N815
    tracks: tuple[PastTrack, ...]

    @property
    def numFilled(self) -> int:  # noqa: N802
        """How many tracks there are."""
        return len(self.tracks)

    def list(self) -> Iterator[PastTrack]:
        """Return the tracks."""
        return iter(self.tracks)


@dataclass(frozen=True)
class PastBatch:
    """``NvDsTargetMiscDataBatch``."""

    streams: tuple[PastStream, ...]

    @property
    def numFilled(self) -> int:  # noqa: N802
        """How many streams there are."""
        return len(self.streams)

    def list(self) -> Iterator[PastStream]:
        """Return the streams."""
        return iter(self.streams)


@dataclass(frozen=True)
class AnalyticsFrame:
    """``NvDsAnalyticsFrameMeta``."""

    objInROIcnt: dict[str, int]  # noqa: N815
    ocStatus: dict[str, bool]  # noqa: N815
    objLCCurrCnt: dict[str, int]  # noqa: N815
    objLCCumCnt: dict[str, int]  # noqa: N815
    objCnt: dict[int, int]  # noqa: N815
    unique_id: int


@dataclass(frozen=True)
class AnalyticsObject:
    """``NvDsAnalyticsObjInfo``."""

    roiStatus: Sequence[str]  # noqa: N815
    ocStatus: Sequence[str]  # noqa: N815
    lcStatus: Sequence[str]  # noqa: N815
    dirStatus: str  # noqa: N815
    unique_id: int
    objStatus: str = ""  # noqa: N815


class Payload(NamedTuple):
    """One kind of user metadata.

    Attributes:
        name: Its field in a document.
        sign: An attribute by which it is known: anybody may attach anything under its number.
        document: Makes a document of it; ``data`` says whether arrays keep their numbers.
        make: Makes it of a document.
    """

    name: str
    sign: str
    document: Callable[..., dict[str, Any]]
    make: Callable[[dict[str, Any]], Any]

    def fits(self, payload: object) -> bool:
        """Whether an object is of this kind."""
        return hasattr(payload, self.sign)


def _tensors(meta: Any, *, data: bool) -> dict[str, Any]:
    layers = [meta.output_layers_info(index) for index in range(meta.num_output_layers)]
    return {"unique_id": meta.unique_id, "layers": [_layer(each, data=data) for each in layers]}


def _layer(layer: Any, *, data: bool) -> dict[str, Any]:
    document: dict[str, Any] = {
        "layerName": layer.layerName,
        "dataType": int(layer.dataType),
        "shape": list(layer.dims),
    }
    return {**document, **_numbers(layer.to_array)} if data else document


def _numbers(read: Callable[[], npt.NDArray[Any]]) -> dict[str, Any]:
    """Return the document of an array; nothing of numbers that a GPU has, or nobody recorded."""
    try:
        return document_of_array(read())
    except ValueError:
        return {}


def _make_tensors(document: dict[str, Any]) -> Tensors:
    return Tensors(
        document["unique_id"],
        tuple(
            Layer(
                each["layerName"],
                each["dataType"],
                tuple(each["shape"]),
                array_of_document(each),
            )
            for each in document["layers"]
        ),
    )


def _segmentation(meta: Any, *, data: bool) -> dict[str, Any]:
    document = {"classes": meta.classes, "width": meta.width, "height": meta.height}
    return {**document, **_numbers(meta.get_segmentation_masks)} if data else document


def _make_segmentation(document: dict[str, Any]) -> Segmentation:
    return Segmentation(
        document["classes"], document["width"], document["height"], array_of_document(document)
    )


def _past(meta: Any, **_: bool) -> dict[str, Any]:
    return {
        "streams": [
            {
                "streamID": stream.streamID,
                "tracks": [
                    {
                        "uniqueId": track.uniqueId,
                        "classId": track.classId,
                        "objLabel": text_of(track, "objLabel"),
                        "frames": [_past_frame(each) for each in track.list()],
                    }
                    for track in stream.list()
                ],
            }
            for stream in meta.list()
        ]
    }


def _past_frame(past: Any) -> dict[str, Any]:
    return {
        "frameNum": past.frameNum,
        "bbox": [number(side) for side in past_bbox(past)],
        "confidence": number(past.confidence),
        "age": past.age,
    }


def _make_past(document: dict[str, Any]) -> PastBatch:
    return PastBatch(
        tuple(
            PastStream(stream["streamID"], tuple(map(_make_track, stream["tracks"])))
            for stream in document["streams"]
        )
    )


def _make_track(document: dict[str, Any]) -> PastTrack:
    frames = (
        PastFrame(
            each["frameNum"],
            Bbox(*map(_float, each["bbox"])),
            _float(each["confidence"]),
            each["age"],
        )
        for each in document["frames"]
    )
    return PastTrack(document["uniqueId"], document["classId"], document["objLabel"], tuple(frames))


def _float(value: Any) -> float:
    return NUMBERS[value] if isinstance(value, str) else float(value)


_FRAME_COUNTS: Final = ("objInROIcnt", "ocStatus", "objLCCurrCnt", "objLCCumCnt", "objCnt")
_OBJECT_STATES: Final = ("roiStatus", "ocStatus", "lcStatus")


def _analytics_frame(meta: Any, **_: bool) -> dict[str, Any]:
    counts = {
        name: {str(key): value for key, value in getattr(meta, name).items()}
        for name in _FRAME_COUNTS
    }
    return {**counts, "unique_id": meta.unique_id}


def _make_analytics_frame(document: dict[str, Any]) -> AnalyticsFrame:
    counts = {name: dict(document[name]) for name in _FRAME_COUNTS}
    counts["objCnt"] = {int(key): value for key, value in counts["objCnt"].items()}
    return AnalyticsFrame(**counts, unique_id=document["unique_id"])


def _analytics_object(meta: Any, **_: bool) -> dict[str, Any]:
    document = {name: list(getattr(meta, name)) for name in _OBJECT_STATES}
    document.update(dirStatus=meta.dirStatus, unique_id=meta.unique_id)
    status = getattr(meta, "objStatus", "")  # pyds lacks it before 1.2.0
    return {**document, "objStatus": status} if status else document


def _make_analytics_object(document: dict[str, Any]) -> AnalyticsObject:
    states = {name: list(document[name]) for name in _OBJECT_STATES}
    return AnalyticsObject(
        **states,
        dirStatus=document["dirStatus"],
        unique_id=document["unique_id"],
        objStatus=document.get("objStatus", ""),
    )


# By the number of the user metadata.
PAYLOADS: Final[Mapping[int, Payload]] = {
    MetaType.NVDSINFER_TENSOR_OUTPUT: Payload(
        "tensors", "output_layers_info", _tensors, _make_tensors
    ),
    MetaType.NVDSINFER_SEGMENTATION: Payload(
        "segmentation", "get_segmentation_masks", _segmentation, _make_segmentation
    ),
    MetaType.TRACKER_PAST_FRAME: Payload("past_frames", "list", _past, _make_past),
    MetaType.FRAME_NVDSANALYTICS: Payload(
        "analytics", "objInROIcnt", _analytics_frame, _make_analytics_frame
    ),
    MetaType.OBJ_NVDSANALYTICS: Payload(
        "analytics", "roiStatus", _analytics_object, _make_analytics_object
    ),
}
