"""pyservicemaker's user metas, and what they turn out to be: tensors, masks, zones, messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.pyds import analytics, networks, prepared, tracker
from pythiags.lookalikes.pyds._pyds import (
    Int,
    class_map_of,
    define_view,
    layer_array,
    more_places,
    payload_of,
    places,
    probabilities_of,
    regions_of,
    set_user_text,
    user_text,
    view_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from pythiags.lookalikes.pyservicemaker.tensors import Tensor

__all__ = [
    "AnalyticsFrameMeta",
    "AnalyticsObjInfo",
    "EventMessageUserMetadata",
    "ObjectImageFootLocationUserMetadata",
    "ObjectReidUserMetadata",
    "ObjectVisibilityUserMetadata",
    "PreprocessBatchUserMetadata",
    "SegmentationUserMetadata",
    "TensorOutputUserMetadata",
    "TrackerPastFrameUserMetadata",
    "UserMetadata",
]

USER: Final = 7  # NvDsMetaType


class _UserMethods:
    __slots__ = ()

    def set_user_data_json(self: Any, data: Any, meta_type: int) -> None:
        """Have it hold a value, as JSON, under a type of one's own."""
        set_user_text(self, json.dumps(data).encode())
        self.meta_type = meta_type

    def get_user_data_json(self) -> Any:
        """Return the value that it holds; None where it holds something else."""
        text = user_text(self)
        return None if text is None else json.loads(text)

    def as_tensor_output(self) -> Any:
        """Return it as tensors; without a value of truth if it holds none. So do the others."""
        return view_of(TensorOutputUserMetadata, self)

    def as_segmentation(self) -> Any:
        """Return it as the class of each pixel."""
        return view_of(SegmentationUserMetadata, self)

    def as_nvdsanalytics_frame(self) -> Any:
        """Return it as what nvdsanalytics says of a frame."""
        return view_of(AnalyticsFrameMeta, self)

    def as_nvdsanalytics_obj(self) -> Any:
        """Return it as what nvdsanalytics says of an object."""
        return view_of(AnalyticsObjInfo, self)

    def as_preprocess_batch(self) -> Any:
        """Return it as what nvdspreprocess adds."""
        return view_of(PreprocessBatchUserMetadata, self)

    def as_obj_reid(self) -> Any:
        """Return it as features of re-identification, which it never is here."""
        return view_of(ObjectReidUserMetadata, self)

    def as_structure_str(self) -> str:
        """Return the text of the ``GstStructure`` that it holds: "", as none does here."""
        return ""

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"{type(self).__name__}(meta_type={self.meta_type})"


UserMetadata: Any = define_view(
    "UserMetadata",
    {"meta_type": Int(more_places()["meta_type"])},
    size=places()["PtUser"][""],
    kind=USER,
    bases=(_UserMethods,),
)


class _Holding(UserMetadata):  # type: ignore[misc]
    """A user meta that holds something of a class of pyds; false where it holds something else."""

    __slots__ = ()
    _held: Any = None

    def __new__(cls, user_meta: Any = None) -> Any:
        return super().__new__(cls) if user_meta is None else view_of(cls, user_meta)

    def __init__(self, user_meta: Any = None) -> None:
        """Show a user meta as what it may be; without one, show nothing."""
        if user_meta is None:
            super().__init__()

    @property
    def _payload(self) -> Any:
        return None if self._held is None else payload_of(self, self._held)

    def __bool__(self) -> bool:
        return self._payload is not None

    def _read(self, name: str, default: Any) -> Any:
        payload = self._payload
        return default if payload is None else getattr(payload, name)


class TensorOutputUserMetadata(_Holding):
    """The outputs of a network, of nvinfer with ``output-tensor-meta``."""

    __slots__ = ()
    _held = networks.NvDsInferTensorMeta

    @property
    def unique_id(self) -> int:
        """The network's ``gie-unique-id``."""
        return int(self._read("unique_id", 0))

    def get_layers(self) -> dict[str, Tensor]:
        """Return the layers by name; their numbers are where the network put them."""
        from pythiags.lookalikes.pyservicemaker.tensors import Tensor

        payload = self._payload
        count = 0 if payload is None else payload.num_output_layers
        cls = networks.NvDsInferLayerInfo
        found = (layer_array(cls, payload, number) for number in range(count))
        return {name: Tensor(numbers) for name, numbers in found}


class SegmentationUserMetadata(_Holding):
    """The class of each pixel, as a segmentation network puts it out."""

    __slots__ = ()
    _held = networks.NvDsInferSegmentationMeta

    @property
    def unique_id(self) -> int:
        """The network's ``gie-unique-id``."""
        return int(self._read("unique_id", 0))

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self._read("classes", 0))

    @property
    def width(self) -> int:
        """The width of the map."""
        return int(self._read("width", 0))

    @property
    def height(self) -> int:
        """Its height."""
        return int(self._read("height", 0))

    @property
    def class_map(self) -> npt.NDArray[np.int32]:
        """The class of each pixel, -1 for none, as a copy of shape (height, width)."""
        import numpy as np

        payload = self._payload
        if payload is None:
            return np.empty(0, np.int32)
        found: npt.NDArray[np.int32] = class_map_of(payload, "class_map")
        return found

    @property
    def class_probabilities_map(self) -> npt.NDArray[np.float32]:
        """The probabilities, of shape (height, width, classes); of size 0 where there are none."""
        import numpy as np

        payload = self._payload
        found = None if payload is None else probabilities_of(payload)
        return np.empty(0, np.float32) if found is None else found


class AnalyticsFrameMeta(_Holding):
    """What nvdsanalytics says of a frame."""

    __slots__ = ()
    _held = analytics.NvDsAnalyticsFrameMeta

    @property
    def oc_status(self) -> dict[str, bool]:
        """Whether each region is overcrowded."""
        return dict(self._read("ocStatus", {}))

    @property
    def obj_in_roi_cnt(self) -> dict[str, int]:
        """How many objects are in each region."""
        return dict(self._read("objInROIcnt", {}))

    @property
    def obj_lc_curr_cnt(self) -> dict[str, int]:
        """How many objects cross each line in this frame."""
        return dict(self._read("objLCCurrCnt", {}))

    @property
    def obj_lc_cum_cnt(self) -> dict[str, int]:
        """How many have crossed each line."""
        return dict(self._read("objLCCumCnt", {}))

    @property
    def unique_id(self) -> int:
        """Which nvdsanalytics it is."""
        return int(self._read("unique_id", 0))

    @property
    def obj_cnt(self) -> dict[int, int]:
        """How many objects there are of each class."""
        return dict(self._read("objCnt", {}))


class AnalyticsObjInfo(_Holding):
    """What nvdsanalytics says of an object."""

    __slots__ = ()
    _held = analytics.NvDsAnalyticsObjInfo

    @property
    def roi_status(self) -> list[str]:
        """The regions that it is in."""
        return list(self._read("roiStatus", []))

    @property
    def oc_status(self) -> list[str]:
        """The overcrowded regions that it is in."""
        return list(self._read("ocStatus", []))

    @property
    def lc_status(self) -> list[str]:
        """The lines that it crosses."""
        return list(self._read("lcStatus", []))

    @property
    def dir_status(self) -> str:
        """The direction that it moves in."""
        return str(self._read("dirStatus", ""))

    @property
    def unique_id(self) -> int:
        """Which nvdsanalytics it is."""
        return int(self._read("unique_id", 0))

    @property
    def obj_status(self) -> str:
        """Its status."""
        return str(self._read("objStatus", ""))


class TrackerPastFrameUserMetadata(_Holding):
    """What a tracker knows of objects from before it reported them."""

    __slots__ = ()
    _held = tracker.NvDsTargetMiscDataBatch

    @property
    def past_frame_data(self) -> list[dict[str, Any]]:
        """The streams, with their objects, with their frames."""
        payload = self._payload
        return [] if payload is None else [_stream(each) for each in payload.list()]


def _stream(stream: Any) -> dict[str, Any]:
    return {
        "stream_id": stream.streamID,
        "objects": [
            {
                "unique_id": track.uniqueId,
                "label": track.objLabel,
                "frames": [_frame(each) for each in track.list()],
            }
            for track in stream.list()
        ],
    }


def _frame(frame: Any) -> dict[str, Any]:
    box = frame.tBbox
    return {
        "frame_num": frame.frameNum,
        "bbox": {name: getattr(box, name) for name in ("left", "top", "width", "height")},
        "confidence": frame.confidence,
        "age": frame.age,
    }


class ObjectVisibilityUserMetadata(_Holding):
    """How much of an object is seen: nothing portable says."""

    __slots__ = ()

    @property
    def visibility(self) -> float:
        """Always -1, which means that it is not known."""
        return -1.0


class ObjectImageFootLocationUserMetadata(_Holding):
    """Where an object stands: nothing portable says."""

    __slots__ = ()

    @property
    def image_foot_location(self) -> dict[str, float]:
        """Always -1, which means that it is not known."""
        return {"x": -1.0, "y": -1.0}


class ObjectReidUserMetadata(_Holding):
    """Features of re-identification: nothing portable has them."""

    __slots__ = ()

    @property
    def feature_size(self) -> int:
        """None."""
        return 0

    @property
    def feature_vector(self) -> npt.NDArray[np.float32]:
        """An array of size 0."""
        import numpy as np

        return np.empty(0, np.float32)


class PreprocessBatchUserMetadata(_Holding):
    """What nvdspreprocess adds: regions, and a tensor of them."""

    __slots__ = ()
    _held = prepared.GstNvDsPreProcessBatchMeta

    @property
    def rois(self) -> list[Any]:
        """The regions."""
        from pythiags.lookalikes.pyservicemaker.regions import RoiMetadata

        payload = self._payload
        return [] if payload is None else list(regions_of(payload, RoiMetadata))


# ---- messages ----


class EventMessageUserMetadata(UserMetadata):  # type: ignore[misc]
    """A user meta for nvmsgconv: an event about an object."""

    __slots__ = ()

    def generate(
        self,
        object_meta: Any,
        frame_meta: Any,
        sensor: str = "N/A",
        uri: str = "N/A",
        labels: Sequence[str] = (),
    ) -> None:
        """Fill the message.

        Args:
            object_meta: What it is about.
            frame_meta: The frame that it is on.
            sensor: The sensor's id.
            uri: Where the stream comes from.
            labels: The names of classes, by their number; else the object's own label counts.
        """
        from pythiags.lookalikes.pyservicemaker.events import fill

        fill(self, object_meta, frame_meta, sensor, uri, list(labels))
