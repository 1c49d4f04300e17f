"""A stand-in for NVIDIA's pyds 1.2.0 on DeepStream 9, for tests.

pybind11's part is imitated: classes, attributes, casts. The structs are real memory, which NVIDIA's
own library makes, copies and frees. What pyds answers with undefined behaviour is undefined here,
too: a wrong cast passes in silence, a label may run into the next field.

It was written from what is known of pyds 1.1.10 to 1.2.2; the module itself was not at hand.
"""

# ruff: noqa: F401

from __future__ import annotations

from .enums import NvDsMetaType
from .functions import *  # noqa: F403
from .functions import ACQUIRE, ADD, REMOVE
from .imitated import (
    NvDsAnalyticsFrameMeta,
    NvDsAnalyticsObjInfo,
    NvDsTargetMiscDataBatch,
    NvDsTargetMiscDataFrame,
    NvDsTargetMiscDataObject,
    NvDsTargetMiscDataStream,
)
from .structs import (
    GList,
    NvBbox_Coords,
    NvDsBaseMeta,
    NvDsBatchMeta,
    NvDsClassifierMeta,
    NvDsComp_BboxInfo,
    NvDsDisplayMeta,
    NvDsFrameMeta,
    NvDsLabelInfo,
    NvDsMetaPool,
    NvDsObjectMeta,
    NvDsObjReid,
    NvDsUserMeta,
    NvOSD_ArrowParams,
    NvOSD_CircleParams,
    NvOSD_ColorParams,
    NvOSD_FontParams,
    NvOSD_LineParams,
    NvOSD_MaskParams,
    NvOSD_RectParams,
    NvOSD_TextParams,
)
from .tensors import (
    NvDsInferDims,
    NvDsInferLayerInfo,
    NvDsInferNetworkInfo,
    NvDsInferSegmentationMeta,
    NvDsInferTensorMeta,
    get_nvds_LayerInfo,
    get_segmentation_masks,
)

__version__ = "1.2.0"

globals().update(ACQUIRE | ADD | REMOVE | NvDsMetaType.__members__)

__all__ = [name for name in globals() if not name.startswith("_")]
