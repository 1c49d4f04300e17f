"""``BatchMetadata.extract``: a batch as plain values that may be kept."""

from __future__ import annotations

from typing import Any

__all__ = ["extract"]


def extract(batch_meta: Any, max_items: int) -> list[dict[str, Any] | None]:
    """Return a dict for each frame, at the place of its pad index; None where there is none."""
    received: list[dict[str, Any] | None] = [None] * max_items
    for frame_meta in batch_meta.frame_items:
        if frame_meta.pad_index < max_items:
            received[frame_meta.pad_index] = _frame(frame_meta)
    return received


def _frame(frame_meta: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "shape": [frame_meta.pipeline_height, frame_meta.pipeline_width],
        **{name: [] for name in ("bboxes", "probs", "labels", "seg_maps", "objects")},
        "timestamp": frame_meta.buffer_pts,
    }
    for object_meta in frame_meta.object_items:
        rect = object_meta.rect_params
        left, top, width, height = (
            int(value) for value in (rect.left, rect.top, rect.width, rect.height)
        )
        found["bboxes"].append([left, top, left + width, top + height])
        found["probs"].append(object_meta.confidence)
        found["labels"].append(_labels(object_meta))
        found["objects"].append(_signed(object_meta.object_id))
        mask = object_meta.mask_params.mask_array
        if mask.size:
            found["seg_maps"].append(mask.astype("int32"))
    for user_meta in frame_meta.segmentation_items:
        segmentation = user_meta.as_segmentation()
        if segmentation:
            found["shape"] = [segmentation.height, segmentation.width]
            found["seg_maps"].append(segmentation.class_map)
    return found


def _labels(object_meta: Any) -> list[str]:
    labels = [object_meta.label] if object_meta.label else []
    for classifier in object_meta.classifier_items:
        labels += [classifier.get_n_label(number) for number in range(classifier.n_labels)]
    return labels


def _signed(number: int) -> int:
    """The number as C's int has it: -1 for what is not tracked."""
    return (number & 0x7FFF_FFFF) - (number & 0x8000_0000)
