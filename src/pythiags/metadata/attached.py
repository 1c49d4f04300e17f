"""The vocabulary of what user metas hold, typed: see ``model``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pythiags.metadata.drawing import RectParams

__all__ = [
    "AnalyticsFrameMeta",
    "AnalyticsObjInfo",
    "LayerInfo",
    "ObjReid",
    "PastFrame",
    "PastStream",
    "PastTrack",
    "SegmentationMeta",
    "TensorMeta",
]


class AnalyticsFrameMeta(Protocol):
    """What nvdsanalytics counted in a frame."""

    @property
    def objInROIcnt(self) -> dict[str, int]:  # noqa: N802
        """How many objects each region has, by name."""

    @property
    def ocStatus(self) -> dict[str, bool]:  # noqa: N802
        """Which regions are overcrowded, by name."""

    @property
    def objLCCurrCnt(self) -> dict[str, int]:  # noqa: N802
        """How many objects cross each line now, by name."""

    @property
    def objLCCumCnt(self) -> dict[str, int]:  # noqa: N802
        """How many objects have crossed each line so far, by name."""

    @property
    def objCnt(self) -> dict[int, int]:  # noqa: N802
        """How many objects there are, by class."""

    @property
    def unique_id(self) -> int:
        """The number of the nvdsanalytics."""


class AnalyticsObjInfo(Protocol):
    """Which regions, lines and directions of nvdsanalytics an object touches."""

    @property
    def roiStatus(self) -> Sequence[str]:  # noqa: N802
        """The regions that it is in."""

    @property
    def ocStatus(self) -> Sequence[str]:  # noqa: N802
        """The regions watched for crowds that it is in, crowded or not."""

    @property
    def lcStatus(self) -> Sequence[str]:  # noqa: N802
        """The lines that it crosses."""

    @property
    def dirStatus(self) -> str:  # noqa: N802
        """The direction that it goes in."""

    @property
    def objStatus(self) -> str:  # noqa: N802
        """What it does, from DeepStream 6.3 on."""

    @property
    def unique_id(self) -> int:
        """The number of the nvdsanalytics."""


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


class ObjReid(Protocol):
    """``NvDsObjReid``: a vector that tells an object from others."""

    @property
    def featureSize(self) -> int:  # noqa: N802
        """How many numbers the vector has."""

    def get_host_reid_vector(self) -> Any:
        """Return the vector as float32 [featureSize]."""


class PastFrame(Protocol):
    """``NvDsTargetMiscDataFrame``: a tracked object in one earlier frame."""

    @property
    def frameNum(self) -> int:  # noqa: N802
        """The number of that frame within its source."""

    @property
    def confidence(self) -> float:
        """0 to 1, or ``NO_CONFIDENCE``."""

    @property
    def age(self) -> int:
        """How many frames the tracker had known the object by then."""

    @property
    def tBbox(self) -> RectParams:  # noqa: N802
        """Where it was."""


class PastTrack(Protocol):
    """``NvDsTargetMiscDataObject``: the earlier frames of one tracked object."""

    @property
    def numObj(self) -> int:  # noqa: N802
        """How many earlier frames there are."""

    @property
    def uniqueId(self) -> int:  # noqa: N802
        """The tracker's number of the object."""

    @property
    def classId(self) -> int:  # noqa: N802
        """The class's number."""

    @property
    def objLabel(self) -> str:  # noqa: N802
        """The class's name."""

    def list(self) -> Iterator[PastFrame]:
        """Return the frames; the iterator serves once."""


class PastStream(Protocol):
    """``NvDsTargetMiscDataStream``: the tracked objects of one source."""

    @property
    def streamID(self) -> int:  # noqa: N802
        """The source's number."""

    @property
    def numFilled(self) -> int:  # noqa: N802
        """How many objects there are."""

    def list(self) -> Iterator[PastTrack]:
        """Return the tracks; the iterator serves once."""
