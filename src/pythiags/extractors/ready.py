"""Ready-made extractors: detections, classifications, tracks."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

from pythiags.errors import ConfigError
from pythiags.extractors.extractor import Extractor, Native
from pythiags.gst._gst import RecordProbe
from pythiags.gst.carriers import (
    NATIVE_BOXES,
    batch_of,
    detections,
    frames_per_batch,
)
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
from pythiags.metadata.records import to_detections
from pythiags.metadata.tuples import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.gst import Gst
    from pythiags.metadata import model

__all__ = ["Classifications", "Detections", "Tracks"]

logger = logging.getLogger(__name__)


class Detections(Extractor):
    """The objects of each frame: ``Detection`` tuples, or columns.

    Attached to an App, it reads in C: the streaming thread never waits for Python. With
    a custom ``bbox``, and in a subclass that overrides ``extract_metadata``, Python reads, with the
    same result.

    Args:
        labels: Keep only objects with this label, or with one of several; None keeps all.
        min_confidence: Keep only objects of at least this confidence. An object that only the
            tracker reports has a confidence of -0.1.
        bbox: Which box to take: ``last_bbox``, ``detector_bbox``, ``tracker_bbox``, the name of one
            of these, or a function, which is slower because Python reads the metadata.
        columns: What a consumer receives for each buffer: False: a list of tuples; True: one numpy
            structured array of ``DETECTION_DTYPE``,
            ``"supervision"``: one ``supervision.Detections``.

    Raises:
        ConfigError: An argument is something else.
        MissingDependency: supervision is requested but not installed.
    """

    def __init__(
        self,
        *,
        labels: Iterable[str] | str | None = None,
        min_confidence: float | None = None,
        bbox: Callable[[model.ObjectMeta], Bbox] | str = last_bbox,
        columns: bool | Literal["supervision"] = False,
    ) -> None:
        if not _is_confidence(min_confidence):
            raise ConfigError(
                "invalid confidence",
                where="min_confidence",
                expected="a number from -1 to 1, or None; objects that only the tracker reports "
                "have -0.1",
                got=repr(min_confidence),
            )
        if columns not in (False, True, "supervision"):
            raise ConfigError(
                "invalid columns",
                where="columns",
                expected='False, True or "supervision"',
                got=repr(columns),
            )
        if columns == "supervision":
            from pythiags.metadata.columns import import_supervision  # and numpy: where needed

            import_supervision()
        self.labels = _labels(labels)
        self.min_confidence = min_confidence
        self.bbox = _box(bbox)
        self.columns = columns

    def extract_metadata(self, pad: Any, info: Any) -> Any:
        """Return the detections of all frames of one buffer, in the requested form."""
        found = detections(
            info, labels=self.labels, min_confidence=self.min_confidence, bbox=self.bbox
        )
        if not self.columns:
            return found
        from pythiags.metadata.columns import columns_of, supervision_of

        rows = columns_of(found)
        return supervision_of(rows) if self.columns == "supervision" else rows

    def native(self) -> Native | None:
        """Return what reads the same in C; None where only Python can, which is logged."""
        obstacle = self._obstacle()
        if obstacle is not None:
            logger.info("%s: extracting in Python because %s", type(self).__name__, obstacle)
            return None
        return Native(self._attach, self._decode())

    def _decode(self) -> Callable[[Any], Any]:
        if not self.columns:
            return to_detections
        from pythiags.metadata.columns import to_columns, to_supervision

        return to_supervision if self.columns == "supervision" else to_columns

    def _obstacle(self) -> str | None:
        if type(self).extract_metadata is not Detections.extract_metadata:
            return "extract_metadata() is overridden"
        if self.bbox not in NATIVE_BOXES:
            return "bbox is a custom function"
        if any("\ufffd" in label for label in self.labels or ()):
            return "a label has the replacement character of invalid UTF-8"
        return None

    def _attach(self, pad: Gst.Pad, rings: Sequence[object]) -> RecordProbe:
        return RecordProbe(
            pad,
            rings,
            labels=self.labels,
            min_confidence=self.min_confidence,
            box=NATIVE_BOXES[self.bbox],
        )


def _labels(labels: Iterable[str] | str | None) -> frozenset[str] | None:
    if labels is None:
        return None
    several = [labels] if isinstance(labels, str) else labels
    if isinstance(several, Iterable):
        several = list(several)
        if several and all(isinstance(label, str) for label in several):
            return frozenset(several)
    raise ConfigError(
        "labels must be strings",
        where="labels",
        expected="a string or several, as in labels={'person', 'car'}",
        got=repr(labels),
    )


def _is_confidence(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return value is None
    return isinstance(value, Real) and -1 <= float(value) <= 1


def _box(bbox: Callable[[model.ObjectMeta], Bbox] | str) -> Callable[[model.ObjectMeta], Bbox]:
    named = {each.__name__: each for each in NATIVE_BOXES}
    if isinstance(bbox, str) and bbox in named:
        return named[bbox]
    if not callable(bbox):
        raise ConfigError(
            "unknown box",
            where="bbox",
            expected=f"{', '.join(named)}, or a function of an object",
            got=repr(bbox),
        )
    return bbox


class Classifications(Extractor):
    """The results of classifiers for each object, as ``Classification`` tuples.

    Each has its object as a detection, with the box that is drawn.
    """

    def extract_metadata(self, pad: Any, info: Any) -> list[Classification]:
        """Return the classifications of all objects of one buffer."""
        return [
            Classification(
                text_of(label, "result_label"),
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
    """The earlier boxes of tracked objects, as ``Track`` tuples.

    DeepStream's tracker reports them for the frames before it was sure of an object, where its
    configuration asks for past-frame output; the portable one with ``enable-past-frame=true``.
    """

    def extract_metadata(self, pad: Any, info: Any) -> list[Track]:
        """Return the tracks of one buffer."""
        batch = batch_of(info)
        if batch is None:
            return []
        return [
            Track(
                track.uniqueId,
                track.classId,
                text_of(track, "objLabel"),
                stream.streamID,
                tuple(
                    PastBox(past.frameNum, past_bbox(past), past.confidence, past.age)
                    for past in past_frames_per_track(track)
                ),
            )
            for stream in past_streams_per_batch(batch)
            for track in past_tracks_per_stream(stream)
        ]
