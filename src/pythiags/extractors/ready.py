"""Extractors that most people would write themselves: detections, classifications, tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.errors import ConfigError
from pythiags.extractors.base import Extractor
from pythiags.gst.carriers import batch_of, detections, frames_per_batch
from pythiags.metadata import (
    Bbox,
    Classification,
    Detection,
    PastBox,
    Track,
    classifiers_per_object,
    labels_per_classifier,
    last_bbox,
    objects_per_frame,
    past_bbox,
    past_frames_per_track,
    past_streams_per_batch,
    past_tracks_per_stream,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pythiags.metadata import model

__all__ = ["Classifications", "Detections", "Tracks"]


class Detections(Extractor):
    """The objects of each frame as :class:`~pythiags.Detection` tuples.

    Args:
        labels: Keep only objects with one of these labels; None keeps all.
        min_confidence: Keep only objects of at least this confidence. An object that only a tracker
            saw has a confidence of -0.1.
        bbox: Which box to take: ``last_bbox``, ``detector_bbox``, ``tracker_bbox`` or a function of
            one's own, which costs the fast native pass.

    Raises:
        ConfigError: ``labels`` is a single text.
    """

    def __init__(
        self,
        *,
        labels: Iterable[str] | None = None,
        min_confidence: float | None = None,
        bbox: Callable[[model.ObjectMeta], Bbox] = last_bbox,
    ) -> None:
        if isinstance(labels, str):
            raise ConfigError(
                "labels is a single text",
                expected="several labels, as in labels={'person', 'car'}",
                got=repr(labels),
            )
        self.labels = None if labels is None else frozenset(labels)
        self.min_confidence = min_confidence
        self.bbox = bbox

    def extract_metadata(self, pad: Any, info: Any) -> list[Detection]:
        """Give the detections of all frames of one buffer."""
        return detections(
            info, labels=self.labels, min_confidence=self.min_confidence, bbox=self.bbox
        )


class Classifications(Extractor):
    """What classifiers say of each object, as :class:`~pythiags.Classification` tuples.

    Each brings the object that it belongs to as a detection, with the box that is drawn.
    """

    def extract_metadata(self, pad: Any, info: Any) -> list[Classification]:
        """Give the classifications of all objects of one buffer."""
        return [
            Classification(
                label.result_label,
                label.result_class_id,
                label.result_prob,
                label.label_id,
                classifier.unique_component_id,
                Detection.of(frame, obj, last_bbox(obj)),
            )
            for frame in frames_per_batch(info)
            for obj in objects_per_frame(frame)
            for classifier in classifiers_per_object(obj)
            for label in labels_per_classifier(classifier)
        ]


class Tracks(Extractor):
    """The earlier boxes of tracked objects, as :class:`~pythiags.Track` tuples.

    DeepStream's tracker reports them for the frames before it was sure of an object, where its
    configuration asks for past-frame output. No portable element does so yet.
    """

    def extract_metadata(self, pad: Any, info: Any) -> list[Track]:
        """Give the tracks that one buffer bears."""
        batch = batch_of(info)
        if batch is None:
            return []
        return [
            Track(
                track.uniqueId,
                track.classId,
                track.objLabel,
                stream.streamID,
                tuple(
                    PastBox(past.frameNum, past_bbox(past), past.confidence, past.age)
                    for past in past_frames_per_track(track)
                ),
            )
            for stream in past_streams_per_batch(batch)
            for track in past_tracks_per_stream(stream)
        ]
