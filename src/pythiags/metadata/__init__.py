"""The metadata model: DeepStream's vocabulary, for every carrier.

`model` types the vocabulary, `iterators` walk down it, `writing` adds to it, `tuples` are plain
copies that outlive the buffer, and `boxes` reads one box of an object. No GStreamer here: which
carrier a buffer has is looked up in ``pythiags.gst.carriers``.
"""

from __future__ import annotations

from pythiags.metadata.boxes import detector_bbox, last_bbox, past_bbox, tracker_bbox
from pythiags.metadata.iterators import (
    analytics_per_frame,
    analytics_per_object,
    classifiers_per_object,
    displays_per_frame,
    frames_of,
    labels_per_classifier,
    labels_per_object,
    objects_per_frame,
    params_per_frame,
    params_per_object,
    past_frames_per_track,
    past_streams_per_batch,
    past_tracks_per_stream,
    reid_per_object,
    segmentations_per_frame,
    segmentations_per_object,
    tensors_per_frame,
    tensors_per_object,
    user_metas_per_batch,
    user_metas_per_frame,
    user_metas_per_object,
)
from pythiags.metadata.tuples import Bbox, Classification, Detection, Param, PastBox, Track
from pythiags.metadata.types import NO_CONFIDENCE, UNTRACKED, MetaType
from pythiags.metadata.writing import (
    add_classification,
    add_display,
    add_object,
    add_user_meta,
    remove_object,
)

__all__ = [
    "NO_CONFIDENCE",
    "UNTRACKED",
    "Bbox",
    "Classification",
    "Detection",
    "MetaType",
    "Param",
    "PastBox",
    "Track",
    "add_classification",
    "add_display",
    "add_object",
    "add_user_meta",
    "analytics_per_frame",
    "analytics_per_object",
    "classifiers_per_object",
    "detector_bbox",
    "displays_per_frame",
    "frames_of",
    "labels_per_classifier",
    "labels_per_object",
    "last_bbox",
    "objects_per_frame",
    "params_per_frame",
    "params_per_object",
    "past_bbox",
    "past_frames_per_track",
    "past_streams_per_batch",
    "past_tracks_per_stream",
    "reid_per_object",
    "remove_object",
    "segmentations_per_frame",
    "segmentations_per_object",
    "tensors_per_frame",
    "tensors_per_object",
    "tracker_bbox",
    "user_metas_per_batch",
    "user_metas_per_frame",
    "user_metas_per_object",
]
