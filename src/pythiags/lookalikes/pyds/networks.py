"""pyds's classes of what networks put out: layers, and a class for each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyds._pyds import (
    Absent,
    DimsMethods,
    Enumerated,
    Float,
    Int,
    Name,
    Part,
    Pointer,
    Uint,
    class_map_of,
    define,
    float_at,
    layer_of,
    network_places,
    payload_is,
)
from pythiags.lookalikes.pyds.enums import NvDsInferDataType

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

__all__ = [
    "CLASSES",
    "FUNCTIONS",
    "NvDsInferAttribute",
    "NvDsInferDims",
    "NvDsInferDimsCHW",
    "NvDsInferLayerInfo",
    "NvDsInferNetworkInfo",
    "NvDsInferObjectDetectionInfo",
    "NvDsInferSegmentationMeta",
    "NvDsInferTensorMeta",
    "get_detections",
    "get_nvds_LayerInfo",
    "get_segmentation_masks",
]

PAYLOAD_TENSORS, PAYLOAD_SEGMENTATION = 1, 2  # PtPayload
_AT = network_places()

NvDsInferDims = define(
    "NvDsInferDims",
    {"numDims": Uint(0, readonly=True), "numElements": Uint(36, readonly=True)},
    size=40,
    bases=(DimsMethods,),
)
NvDsInferDimsCHW = define(
    "NvDsInferDimsCHW",
    {name: Uint(4 * place, readonly=True) for place, name in enumerate("chw")},
    size=12,
)
NvDsInferNetworkInfo = define(
    "NvDsInferNetworkInfo",
    {name: Uint(4 * place) for place, name in enumerate(("width", "height", "channels"))},
    size=12,
)
NvDsInferLayerInfo = define(
    "NvDsInferLayerInfo",
    {
        "dataType": Enumerated(0, NvDsInferDataType, readonly=True),
        "inferDims": Part(4, NvDsInferDims, readonly=True),
        "dims": Part(4, NvDsInferDims, readonly=True),
        "bindingIndex": Int(44, readonly=True),
        "layerName": Name(48),
        "buffer": Pointer(56, readonly=True),
        "isInput": Int(64, readonly=True),
    },
    size=_AT["layer"],
)
NvDsInferObjectDetectionInfo = define(
    "NvDsInferObjectDetectionInfo",
    {
        "classId": Uint(0),
        "left": Float(4),
        "top": Float(8),
        "width": Float(12),
        "height": Float(16),
        "detectionConfidence": Float(20),
    },
    size=24,
)
NvDsInferAttribute = define(
    "NvDsInferAttribute",
    {
        "attributeIndex": Uint(0, readonly=True),
        "atttributeIndex": Uint(0, readonly=True),  # its first name
        "attributeValue": Uint(4, readonly=True),
        "attributeConfidence": Float(8, readonly=True),
        "attributeLabel": Name(16),
    },
    size=24,
)


class _Layers:
    __slots__ = ()

    def output_layers_info(self, j: int) -> Any:
        """Return a layer, by its number."""
        return layer_of(NvDsInferLayerInfo, self, j, "output_layers_info")


NvDsInferTensorMeta = define(
    "NvDsInferTensorMeta",
    {
        "unique_id": Uint(_AT["unique_id"], readonly=True),
        "num_output_layers": Uint(_AT["count"], readonly=True),
        "network_info": Part(_AT["network"], NvDsInferNetworkInfo, readonly=True),
        "out_buf_ptrs_host": Absent(0, readonly=True),
        "out_buf_ptrs_dev": Absent(0, readonly=True),
        "priv_data": Absent(0, readonly=True),
    },
    size=_AT["tensors"],
    bases=(_Layers,),
)
NvDsInferTensorMeta.gpu_id = property(lambda _: 0, doc="0: there is no GPU.")
payload_is(PAYLOAD_TENSORS, NvDsInferTensorMeta)
NvDsInferSegmentationMeta = define(
    "NvDsInferSegmentationMeta",
    {
        "classes": Uint(_AT["classes"], readonly=True),
        "width": Uint(_AT["width"], readonly=True),
        "height": Uint(_AT["height"], readonly=True),
        "class_map": Pointer(_AT["class_map"], readonly=True),
        "class_probabilities_map": Pointer(_AT["probabilities"], readonly=True),
        "priv_data": Absent(0, readonly=True),
        "unique_id": Uint(_AT["segmentation_id"], readonly=True),
    },
    size=_AT["segmentation"],
)
payload_is(PAYLOAD_SEGMENTATION, NvDsInferSegmentationMeta)


def _meta(cls: Any, data: Any, function: str) -> Any:
    """The object itself, or what a handle is of."""
    found = cls.cast(data)
    if found is None:
        raise TypeError(
            "(): incompatible function arguments. The following argument types are supported:\n"
            f"    1. {function}: data: pyds.{cls.__name__}\n\nInvoked with: None"
        )
    return found


def get_nvds_LayerInfo(data: Any, j: int) -> Any:  # noqa: N802
    """Return a layer of a tensor meta; ``pyds.get_ptr(layer.buffer)`` is where its numbers are."""
    meta = _meta(NvDsInferTensorMeta, data, "get_nvds_LayerInfo")
    return layer_of(NvDsInferLayerInfo, meta, j, "get_nvds_LayerInfo")


def get_segmentation_masks(data: Any) -> npt.NDArray[np.int32]:
    """Return the class of each pixel, -1 for none, as a copy of shape (height, width)."""
    meta = _meta(NvDsInferSegmentationMeta, data, "get_segmentation_masks")
    found: npt.NDArray[np.int32] = class_map_of(meta, "get_segmentation_masks")
    return found


def get_detections(data: Any, i: int) -> float:
    """Return number ``i`` of the floats behind a handle, such as a layer's ``buffer``."""
    return float(float_at(data, i))


def glist_get_nvds_tensor_meta(data: Any) -> Any:
    """``NvDsInferTensorMeta.cast``, by its older name."""
    return NvDsInferTensorMeta.cast(data)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "get_nvds_LayerInfo": get_nvds_LayerInfo,
    "get_segmentation_masks": get_segmentation_masks,
    "get_detections": get_detections,
    "glist_get_nvds_tensor_meta": glist_get_nvds_tensor_meta,
}
CLASSES = {
    name: value for name, value in globals().items() if name[0].isupper() and hasattr(value, "cast")
}
