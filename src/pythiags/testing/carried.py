"""Recordings on each carrier of metadata that can be made in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pythiags.checks import check_choice, shown
from pythiags.errors import MissingDependency, RecordingError
from pythiags.gst import Gst, GstVideo, _gst
from pythiags.gst.carriers import frames_per_batch
from pythiags.gst.replay import recorded_buffers
from pythiags.metadata import Bbox, labels_per_object, last_bbox, objects_per_frame
from pythiags.metadata.tuples import text_of
from pythiags.recording.fields import FRAME, OBJECT
from pythiags.recording.filling import four_of, value_of
from pythiags.testing.carriers import Analytics, Regions, nvidia
from pythiags.testing.carriers.analytics import analytics_library
from pythiags.testing.scene import SceneFrame, SceneLabel, SceneObject, without_circles
from pythiags.testing.words import CARRIED

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from pythiags.metadata import model

__all__ = ["carried_buffers"]

_OF_PIPELINE: Final = ("pipeline_width", "pipeline_height")


def carried_buffers(
    path: str | os.PathLike[str], carrier: str = "portable"
) -> Iterator[Gst.Buffer]:
    """Read a recording: give buffers that have its metadata, on a carrier of one's choice.

    ::

        with App.from_buffers(carried_buffers("run.jsonl", "deepstream")) as app:
            app.attach("source", MyExtractor, MyConsumer)
            app.run()

    ``"deepstream"`` is made by NVIDIA's own library and has all that was recorded. GstAnalytics and
    regions of interest have what they have a place for: labels, whole pixels, confidences, tracks,
    classifications, parents, and one picture a buffer.

    Args:
        path: The recording.
        carrier: ``"portable"``, ``"deepstream"``, ``"analytics"`` or ``"regions"``.

    Raises:
        ConfigError: The carrier is something else.
        MissingDependency: The carrier's library is not installed.
        RecordingError: As for ``read_metadata``; and, while it is read, a buffer has several
            pictures and the carrier does not.
        NoFramesError: At the end of one without a buffer.
    """
    check_choice(f"unknown carrier: {carrier!r}", carrier, CARRIED, "carrier")
    if carrier == "portable":
        return recorded_buffers(path)
    if carrier == "deepstream":
        _need_nvidia()
        return recorded_buffers(path, _DeepStreamBatch)
    if carrier == "analytics" and analytics_library() is None:
        raise MissingDependency(
            f"{Gst.version_string()} has no GstAnalytics", hint="it is there from 1.24 on"
        )
    made: Any = Analytics(analytics_library()) if carrier == "analytics" else Regions()
    return _scenes_on(made, recorded_buffers(path), path)


def _need_nvidia() -> None:
    reason = nvidia.why_missing()
    if reason:
        raise MissingDependency(
            f"DeepStream's metadata cannot be made here: {reason}",
            hint=f"install DeepStream, or pip install {nvidia.DISTRIBUTION}",
        )


# ---- carriers of one picture, by what they have in common ----


def _scenes_on(
    carrier: Any, buffers: Iterator[Gst.Buffer], path: str | os.PathLike[str]
) -> Iterator[Gst.Buffer]:
    for number, recorded in enumerate(buffers):
        frames = list(frames_per_batch(recorded))
        if len(frames) > 1:
            raise RecordingError(
                f"buffer {number} has {len(frames)} pictures, and {carrier.name} one a buffer",
                where=str(path),
                hint="play it on portable or DeepStream's metadata, or record behind nvstreamdemux",
            )
        buffer = Gst.Buffer.new()
        buffer.pts = recorded.pts
        for frame in frames:
            scene = _scene_of(frame)
            if scene.width and scene.height:
                GstVideo.buffer_add_video_meta(
                    buffer, GstVideo.VideoFrameFlags.NONE, GstVideo.VideoFormat.GRAY8,
                    scene.width, scene.height,
                )  # fmt: skip
            carrier.put(buffer, [scene])
        yield buffer


def _scene_of(frame: Any) -> SceneFrame:
    objects = list(objects_per_frame(frame))
    places = {obj: place for place, obj in enumerate(objects)}
    return SceneFrame(
        tuple(_scene_object(obj, places) for obj in objects),
        frame.source_id,
        frame.frame_num,
        frame.buf_pts,
        frame.pipeline_width or frame.source_frame_width,
        frame.pipeline_height or frame.source_frame_height,
    )


def _scene_object(obj: model.ObjectMeta, places: dict[model.ObjectMeta, int]) -> SceneObject:
    return SceneObject(
        text_of(obj, "obj_label"),
        obj.class_id,
        obj.confidence,
        last_bbox(obj),
        obj.object_id,
        None if obj.parent is None else places.get(obj.parent),
        tuple(
            SceneLabel(text_of(label, "result_label"), label.result_class_id, label.result_prob)
            for label in labels_per_object(obj)
        ),
        obj.unique_component_id,
    )


# ---- DeepStream's own ----


class _DeepStreamBatch:
    """DeepStream's metadata on a buffer, as ``recording.Filler`` fills a batch."""

    def __init__(self, buffer: Gst.Buffer, slots: int) -> None:
        self._slots = max(slots, 1)
        self._made = nvidia.NvidiaBatch(self._slots)
        self._made.attach(buffer)
        self._view: Any = _gst.NvDsBatchMeta.of(buffer)

    @property
    def max_frames_in_batch(self) -> int:
        """How many frames it has room for; NVIDIA's library needs as many as there are."""
        return int(self._view.max_frames_in_batch)

    @max_frames_in_batch.setter
    def max_frames_in_batch(self, value: int) -> None:
        self._view.max_frames_in_batch = value
        self._view.max_frames_in_batch = max(value, self._slots)

    def add_user_meta(self, data: object, meta_type: int) -> Any:
        """Attach a Python object."""
        return self._view.add_user_meta(data, meta_type)

    def add_recorded_frame(self, document: Any) -> list[tuple[int, Any, Any]]:
        """Append a frame with its objects; see ``BatchMeta.add_recorded_frame``."""
        made = self._made.frame(batch_id=len(list(self._view.iter_frames())))
        *_, frame = self._view.iter_frames()
        fields = {"num_surfaces_per_frame": 1, **_dict("", document)}
        _set(frame, fields, {name: FRAME[name] for name in FRAME if name not in _OF_PIPELINE}, "")
        _set(frame, fields, {"batch_id": 0}, "")
        for name in _OF_PIPELINE:
            made[name] = _whole(f".{name}", fields.get(name, 0))
        objects = fields.get("objects", [])
        if type(objects) is not list:
            raise TypeError(f".objects: expected a list, got {shown(objects)}")
        views = [_add_object(frame, each, f".objects[{n}]") for n, each in enumerate(objects)]
        for obj, parent in zip(views, _parents(objects), strict=True):
            obj.parent = None if parent is None else views[parent]
        return [*((n, view, objects[n]) for n, view in enumerate(views)), (-1, frame, document)]


def _add_object(frame: Any, document: Any, place: str) -> Any:
    fields = _dict(place, document)
    obj = frame.add_object()
    _set(obj, fields, OBJECT, place)
    try:
        if "bbox" in fields:
            obj.set_box(*four_of(fields["bbox"]))
        for name in ("detector", "tracker"):
            if f"{name}_bbox" in fields:
                coords = getattr(obj, f"{name}_bbox_info").org_bbox_coords
                for side, value in zip(Bbox._fields, four_of(fields[f"{name}_bbox"]), strict=True):
                    setattr(coords, side, value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{place}: a box: {error}") from None
    return obj


def _set(view: Any, fields: dict[str, Any], known: dict[str, Any], place: str) -> None:
    for name, default in known.items():
        if name in fields:
            try:
                setattr(view, name, value_of(default, fields[name]))
            except TypeError as error:
                raise TypeError(f"{place}.{name}: {error}") from None


def _parents(objects: Sequence[dict[str, Any]]) -> list[int | None]:
    places = [each.get("parent") for each in objects]
    for place, parent in enumerate(places):
        if "parent" in objects[place] and (
            type(parent) is not int or not 0 <= parent < len(objects) or parent == place
        ):
            raise TypeError(
                f".objects[{place}].parent: expected the place of another "
                f"of {len(objects)} objects, got {shown(parent)}"
            )
    return without_circles(places)


def _dict(place: str, value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise TypeError(f"{place}: expected an object of JSON, got {shown(value)}")
    return value


def _whole(place: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 0xFFFF_FFFF:  # noqa: PLR2004 (32 bits)
        raise TypeError(f"{place}: expected an integer from 0 to 4294967295, got {shown(value)}")
    return value
