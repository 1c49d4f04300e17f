"""The custom objects of NVIDIA's modules, by their names."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.pyservicemaker import osd
from pythiags.lookalikes.pyservicemaker.probes import (
    BatchMetadataOperator,
    BufferObserver,
    Probe,
)
from pythiags.lookalikes.pyservicemaker.recordingaction import SmartRecordingAction
from pythiags.lookalikes.pyservicemaker.signals import SmartRecordingSignal
from pythiags.lookalikes.pyservicemaker.sourceconfig import SourceConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.lookalikes.pyservicemaker.buffers import Buffer

__all__ = ["MAKERS"]

VEHICLE, PERSON = 0, 2
UNTRACKED: Final = 0xFFFF_FFFF_FFFF_FFFF
PAST_FRAMES: Final = 15  # NvDsMetaType


class FpsCounter(BatchMetadataOperator):
    """``measure_fps_probe``: frames a second of each pad, since the last line and on the whole.

    A line is due each ``interval`` seconds, and is written when the next buffer comes.

    Args:
        clock: Gives seconds.
        write: Takes a line.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[str], object] = print,
    ) -> None:
        super().__init__()
        self._clock, self._write = clock, write
        self._first: dict[int, float] = {}
        self._counts: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._measured: float | None = None

    def handle_metadata(self, batch_meta: Any) -> None:
        """Count the frames."""
        now = self._clock()
        if self._measured is None:
            self._measured = now
        for frame_meta in batch_meta.frame_items:
            pad = frame_meta.pad_index
            self._first.setdefault(pad, now)
            self._counts[pad] = self._counts.get(pad, 0) + 1
        interval = max(1, int(self.get_property("interval") or 5))
        if now - self._measured >= interval:
            self._tell(now, now - self._measured)
            self._measured = now
            self._before = dict(self._counts)

    def _tell(self, now: float, passed: float) -> None:
        rates = []
        for pad, count in sorted(self._counts.items()):
            whole = now - self._first[pad]
            average = count / whole if whole > 0 else 0.0
            rates.append(f"{(count - self._before.get(pad, 0)) / passed:.2f} ({average:.2f})\t")
        self._write(f"**FPS:  {''.join(rates)}")


class LatencyMeter(BufferObserver):
    """``measure_latency_probe``: a line for each frame whose latency is known."""

    def handle_buffer(self, buffer: Buffer) -> None:
        """Write the latencies; the portable elements measure none."""
        for each in buffer.measure_latency():
            print(  # noqa: T201 - it is what it is for
                f"Source id = {each['source_id']} Frame_num = {each['frame_num']} "
                f"Frame latency = {each['latency']} (ms)"
            )


class CountMarker(BatchMetadataOperator):
    """``sample_video_probe``: counts vehicles and persons, and writes that on the frame."""

    def handle_metadata(self, batch_meta: Any) -> None:
        """Write on each frame."""
        for frame_meta in batch_meta.frame_items:
            classes = [each.class_id for each in frame_meta.object_items]
            text = osd.Text()
            text.display_text = f"Person={classes.count(PERSON)},Vehicle={classes.count(VEHICLE)}"
            text.x_offset, text.y_offset = 10, 12
            text.font.name = osd.FontFamily.Serif
            text.font.size = int(self.get_property("font-size"))
            text.font.color = osd.Color(1.0, 1.0, 1.0, 1.0)
            text.set_bg_color = True
            text.bg_color = osd.Color(0.0, 0.0, 0.0, 1.0)
            display_meta = batch_meta.acquire_display_meta()
            display_meta.add_text(text)
            frame_meta.append(display_meta)


class MessageGenerator(BatchMetadataOperator):
    """``add_message_meta_probe``: an event message for each object, for nvmsgconv."""

    def __init__(self) -> None:
        super().__init__()
        self._frames = 0
        self._sensors: dict[int, tuple[str, str]] | None = None
        self._labels: list[str] = []

    def _begin(self) -> dict[int, tuple[str, str]]:
        source, labels = self.get_property("source-config"), self.get_property("label-file")
        if labels:
            lines = Path(labels).read_text(encoding="utf-8").splitlines()
            self._labels = [line.strip().lower() for line in lines]
        if not source:
            return {}
        config = SourceConfig()
        config.load(source)
        sensors = enumerate(config.sensor_list)
        return {number: (sensor.sensor_id, sensor.uri) for number, sensor in sensors}

    def handle_metadata(self, batch_meta: Any) -> None:
        """Add a message for each object of the frames whose turn it is."""
        if self._sensors is None:
            self._sensors = self._begin()
        interval = max(1, int(self.get_property("frame-interval") or 1))
        for frame_meta in batch_meta.frame_items:
            sensor = self._sensors.get(frame_meta.source_id)
            if not self._sensors:
                sensor = ("N/A", "N/A")
            if self._frames % interval == 0 and sensor is not None:
                for object_meta in frame_meta.object_items:
                    event = batch_meta.acquire_event_message_meta()
                    event.generate(object_meta, frame_meta, *sensor, self._labels)
                    frame_meta.append(event)
            self._frames += 1


class KittiDump(BatchMetadataOperator):
    """``kitti_dump_probe``: a file for each frame, with a line for each object."""

    def handle_metadata(self, batch_meta: Any) -> None:
        """Write the files of a batch."""
        folder = Path(self.get_property("kitti-dir"))
        folder.mkdir(parents=True, exist_ok=True)
        tracked = bool(self.get_property("tracker-kitti-output"))
        for frame_meta in batch_meta.frame_items:
            name = f"{frame_meta.pad_index:03d}_{frame_meta.frame_number:06d}.txt"
            lines = [_kitti(each, tracked) for each in frame_meta.object_items]
            (folder / name).write_text("".join(lines), encoding="utf-8")
        if tracked:
            for user_meta in batch_meta.user_meta_items(PAST_FRAMES):
                _dump_past(folder, user_meta)


def _kitti(object_meta: Any, tracked: bool) -> str:
    if tracked:
        box, confidence = object_meta.nv_bbox_info, object_meta.tracker_confidence
    else:
        rect, confidence = object_meta.rect_params, object_meta.confidence
        box = {name: getattr(rect, name) for name in ("left", "top", "width", "height")}
    known = tracked or object_meta.object_id != UNTRACKED
    number = f" {object_meta.object_id}" if known else ""
    return _line(f"{object_meta.label}{number}", box, confidence)


def _line(name: str, box: dict[str, float], confidence: float) -> str:
    left, top = box["left"], box["top"]
    corners = f"{left:f} {top:f} {left + box['width']:f} {top + box['height']:f}"
    return f"{name} 0.0 0 0.0 {corners} 0.0 0.0 0.0 0.0 0.0 0.0 0.0 {confidence:f}\n"


def _dump_past(folder: Path, user_meta: Any) -> None:
    from pythiags.lookalikes.pyservicemaker.usermetas import TrackerPastFrameUserMetadata

    for stream in TrackerPastFrameUserMetadata(user_meta).past_frame_data:
        for track in stream["objects"]:
            for frame in track["frames"]:
                name = f"{stream['stream_id']:03d}_{frame['frame_num']:06d}.txt"
                line = _line(
                    f"{track['label']} {track['unique_id']}", frame["bbox"], frame["confidence"]
                )
                with (folder / name).open("a", encoding="utf-8") as file:
                    file.write(line)


def _probe(cls: type, kind: str, properties: dict[str, Any]) -> Callable[[str], Any]:
    return lambda name: Probe(name, cls(), properties, kind)


_PROBES: Final[dict[str, tuple[type, dict[str, Any]]]] = {
    "measure_fps_probe": (FpsCounter, {"interval": 5}),
    "measure_latency_probe": (LatencyMeter, {}),
    "sample_video_probe": (CountMarker, {"font-size": 12}),
    "add_message_meta_probe": (
        MessageGenerator,
        {"frame-interval": 1, "source-config": "", "label-file": ""},
    ),
    "kitti_dump_probe": (
        KittiDump,
        {"kitti-dir": "/tmp/kitti", "tracker-kitti-output": False},  # noqa: S108 - NVIDIA's
    ),
}
MAKERS: Final[dict[str, Callable[[str], Any]]] = {
    **{kind: _probe(cls, kind, defaults) for kind, (cls, defaults) in _PROBES.items()},
    "smart_recording_action": SmartRecordingAction,
    "smart_recording_signal": SmartRecordingSignal,
}
"""Functions that make one of each, given its name."""
