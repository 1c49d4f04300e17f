"""pyservicemaker's class of the regions and objects that nvdspreprocess made a tensor of."""

from __future__ import annotations

from pythiags.lookalikes.pyds._pyds import ItemsOf, Part, Reference, define_view, prepared_places
from pythiags.lookalikes.pyservicemaker import osd
from pythiags.lookalikes.pyservicemaker.metadata import (
    SEGMENTATION,
    TENSORS,
    ClassifierMetadata,
    FrameMetadata,
    ObjectMetadata,
)
from pythiags.lookalikes.pyservicemaker.usermetas import UserMetadata

__all__ = ["RoiMetadata"]

_at = prepared_places()
RoiMetadata = define_view(
    "RoiMetadata",
    {
        "roi": Part(0, osd.Rect),
        "frame_meta": Reference(_at["frame"], FrameMetadata),
        "object_meta": Reference(_at["object"], ObjectMetadata),
        "classifier_items": ItemsOf(_at["classifiers"], ClassifierMetadata),
        "tensor_items": ItemsOf(_at["users"], UserMetadata, meta_type=TENSORS),
        "segmentation_items": ItemsOf(_at["users"], UserMetadata, meta_type=SEGMENTATION),
    },
    size=_at["roi"],
)
