"""pyds's classes of what nvdspreprocess attaches to batches: tensors and their regions."""

from __future__ import annotations

from pythiags.lookalikes.pyds._pyds import (
    Absent,
    Double,
    Enumerated,
    Int,
    Name,
    Nodes,
    Part,
    Pointer,
    Reference,
    Regions,
    TargetIds,
    TensorShape,
    Uint,
    Uint64,
    define,
    payload_is,
    prepared_places,
)
from pythiags.lookalikes.pyds.enums import NvDsDataType
from pythiags.lookalikes.pyds.metas import (
    CLASSIFIER,
    USER,
    NvDsFrameMeta,
    NvDsObjectMeta,
    NvOSD_RectParams,
)

__all__ = ["CLASSES", "GstNvDsPreProcessBatchMeta"]

PAYLOAD_PREPARED = 5  # PtPayload
_AT = prepared_places()

NvDsRoiMeta = define(
    "NvDsRoiMeta",
    {
        "roi": Part(0, NvOSD_RectParams),
        "converted_buffer": Absent(0, readonly=True),
        "frame_meta": Reference(_AT["frame"], NvDsFrameMeta),
        **{
            name: Double(_AT[name])
            for name in ("scale_ratio_x", "scale_ratio_y", "offset_left", "offset_top")
        },
        "classifier_meta_list": Nodes(_AT["classifiers"], CLASSIFIER),
        "roi_user_meta_list": Nodes(_AT["users"], USER),
        "object_meta": Reference(_AT["object"], NvDsObjectMeta),
    },
    size=_AT["roi"],
)
NvDsPreProcessTensorMeta = define(
    "NvDsPreProcessTensorMeta",
    {
        "raw_tensor_buffer": Pointer(_AT["buffer"], readonly=True),
        "buffer_size": Uint64(_AT["buffer_size"]),
        "tensor_shape": TensorShape(),
        "data_type": Enumerated(_AT["data_type"], NvDsDataType),
        "tensor_name": Name(_AT["name"]),
        "gpu_id": Uint(_AT["gpu_id"]),
        "private_data": Absent(0, readonly=True),
        "meta_id": Uint(_AT["meta_id"]),
        "maintain_aspect_ratio": Int(_AT["aspect"]),
    },
    size=_AT["tensor"],
)
GstNvDsPreProcessBatchMeta = define(
    "GstNvDsPreProcessBatchMeta",
    {
        "target_unique_ids": TargetIds(),
        "tensor_meta": Reference(_AT["tensor_of"], NvDsPreProcessTensorMeta),
        "roi_vector": Regions(NvDsRoiMeta),
        "private_data": Absent(0, readonly=True),
    },
    size=_AT["batch"],
)
payload_is(PAYLOAD_PREPARED, GstNvDsPreProcessBatchMeta)

CLASSES = {
    each.__name__: each
    for each in (NvDsRoiMeta, NvDsPreProcessTensorMeta, GstNvDsPreProcessBatchMeta)
}
