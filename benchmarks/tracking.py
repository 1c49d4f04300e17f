"""The portable tracker: what it costs, and how it keeps ids beside kept libraries.

Sequences are synthetic (see streets.py). Libraries that are not installed are left out, which
stderr says: ``pip install pyxtrackers trackers`` brings both. Each has its own defaults, but for
the frames that a target is kept, 30 for all. Ours runs by NVIDIA's published parameters.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from playing import play
from rows import Row, medians, report
from stamp import stamp
from streets import Score, Street, street

from pythiags import portable
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from standins.tracking import Tracking, compile_to, detection, load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OBJECTS: Final = 100
MOST: Final = 150  # microseconds a frame
FRAMES: Final = 2000
SIDE: Final = 64  # of a picture in the pipeline, which shows 1280x720 pixels of the tracker
SDK: Final = (
    "/opt/nvidia/deepstream/deepstream/samples/configs/deepstream-app/config_tracker_{}.yml"
)
STREETS: Final = {
    "20 objects": {"objects": 20, "frames": 600, "seed": 1},
    "60 objects": {"objects": 60, "frames": 400, "seed": 2},
    "20 objects, one of five missed": {"objects": 20, "frames": 600, "seed": 3, "missed": 0.2},
}


@cache
def library() -> Any:
    """Compile the tracker by itself."""
    with tempfile.TemporaryDirectory() as folder:
        return load(compile_to(Path(folder) / "tracking.so", "-O3"))


class Ours:
    """By the parameters of one of NVIDIA's files."""

    def __init__(self, name: str) -> None:
        self._tracker = Tracking(library(), SDK.format(name))

    def update(self, found: np.ndarray) -> tuple[list[int], np.ndarray]:
        """Return the ids, and their boxes."""
        tracks = self._tracker.update([detection(row[:4], row[4]) for row in found.tolist()])
        boxes = np.array([each.box for each in tracks]).reshape(-1, 4)
        return [each.id for each in tracks], boxes


def corners(found: np.ndarray) -> np.ndarray:
    """Left, top, right, bottom and confidence."""
    rows = found.copy()
    rows[:, 2:4] += rows[:, :2]
    return rows


def sides(rows: np.ndarray) -> np.ndarray:
    """Corners as left, top, width and height."""
    boxes = np.array(rows, float).reshape(-1, 4)
    boxes[:, 2:] -= boxes[:, :2]
    return boxes


class Pyx:
    """ByteTrack or SORT of pyxtrackers."""

    def __init__(self, name: str) -> None:
        import pyxtrackers

        kept = {"max_age": 30} if name == "Sort" else {"track_buffer": 30}
        self.tracker = getattr(pyxtrackers, name)(**kept)

    def update(self, found: np.ndarray) -> tuple[list[int], np.ndarray]:
        """Return the ids, and their boxes."""
        rows = self.tracker.update(corners(found))
        return [int(row[4]) for row in rows], sides([row[:4] for row in rows])


class Roboflow:
    """ByteTrack of trackers."""

    def __init__(self, name: str) -> None:
        import trackers

        self.tracker = getattr(trackers, name)(lost_track_buffer=30)

    def update(self, found: np.ndarray) -> tuple[list[int], np.ndarray]:
        """Return the ids, and their boxes."""
        import supervision

        rows = corners(found)
        given = supervision.Detections(
            xyxy=rows[:, :4], confidence=rows[:, 4], class_id=np.zeros(len(rows), int)
        )
        tracked = self.tracker.update(given)
        known = tracked.tracker_id >= 0
        return tracked.tracker_id[known].tolist(), sides(tracked.xyxy[known])


CONTESTANTS: Final[dict[str, tuple[str, Callable[[], Any]]]] = {
    "nvtracker, NvSORT": ("pythiags", lambda: Ours("NvSORT")),
    "nvtracker, NvDCF_perf": ("pythiags", lambda: Ours("NvDCF_perf")),
    "nvtracker, IOU": ("pythiags", lambda: Ours("IOU")),
    "pyxtrackers, ByteTrack": ("pyxtrackers", lambda: Pyx("BYTETracker")),
    "pyxtrackers, SORT": ("pyxtrackers", lambda: Pyx("Sort")),
    "trackers, ByteTrack": ("trackers", lambda: Roboflow("ByteTrackTracker")),
}


def count(tracker: Any, sequence: Street) -> Score:
    """Have a tracker follow a street."""
    score = Score()
    for truth, found in zip(sequence.truth, sequence.found, strict=True):
        score.add(truth, *tracker.update(found))
    return score


def compare() -> None:
    """Count each contestant on each street."""
    for what, options in STREETS.items():
        sequence = street(**options)
        for name, (package, make) in CONTESTANTS.items():
            if importlib.util.find_spec(package) is None:
                print(f"{name} is left out: {package} is not installed", file=sys.stderr)
                continue
            score = count(make(), sequence)
            missed, wrong = (each / score.objects for each in (score.misses, score.wrong))
            note = f"{missed:.1%} missed, {wrong:.1%} wrong"
            report([Row(f"ids that change: {what}: {name}", score.switches, "switches", note=note)])


# ---- what it costs ----


def grid(frame: int) -> list[tuple[float, float, float, float]]:
    """A hundred boxes that sway and do not touch."""
    sway = 6 * np.sin(frame / 9)
    return [
        (8 + x * 126 + sway, 8 + y * 70 + sway, 90.0, 50.0) for x in range(10) for y in range(10)
    ]


def microseconds(update: Callable[[Any], object], frames: Sequence[Any]) -> float:
    """How long a frame takes, the best of five runs."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        for each in frames:
            update(each)
        times.append((time.perf_counter() - begin) / len(frames))
    return 1e6 * min(times)


def alone(frames: Sequence[list[tuple[float, float, float, float]]]) -> dict[str, float]:
    """Microseconds a frame of each tracker that is installed, on the same boxes."""
    rows = [np.array([[*corner_of(box), 0.9] for box in boxes]) for boxes in frames]
    ways: dict[str, Callable[[], float]] = {}
    for name in ("NvSORT", "NvDCF_perf", "IOU"):
        tracker = Tracking(library(), SDK.format(name))
        given = [tracker.prepare(boxes) for boxes in frames]
        ways[f"nvtracker, {name}"] = lambda t=tracker, g=given: microseconds(t.run, g)
    if importlib.util.find_spec("pyxtrackers"):
        for name in ("BYTETracker", "Sort"):
            other = Pyx(name).tracker
            ways[f"pyxtrackers, {name}"] = lambda o=other: microseconds(o.update, rows)
    return medians(ways, rounds=3)


def corner_of(box: Sequence[float]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom."""
    left, top, width, height = box
    return left, top, left + width, top + height


def scene() -> Gst.Buffer:
    """A hundred objects of an inferred frame, for `stamp`."""
    buffer = Gst.Buffer.new()
    frame = BatchMeta.attach(buffer).add_frame()
    frame.bInferDone = 1
    for left, top, width, height in grid(0):
        thing = frame.add_object()
        thing.obj_label, thing.class_id, thing.confidence = "person", 0, 0.9
        thing.text_params.display_text = "person"
        box = thing.rect_params
        box.left, box.width = left * SIDE / 1280, width * SIDE / 1280
        box.top, box.height = top * SIDE / 720, height * SIDE / 720
    return buffer


def in_a_pipeline(tracker: str) -> float:
    """Microseconds of CPU that a frame takes, where each has a hundred objects."""
    caps = f"video/x-raw,format=NV12,width={SIDE},height={SIDE}"
    pipeline = Gst.parse_launch(
        f"videotestsrc num-buffers={FRAMES} ! {caps} ! m.sink_0"
        f" nvstreammux name=m batch-size=1 width={SIDE} height={SIDE}"
        f" ! identity name=at {tracker} ! fakesink sync=false"
    )
    stamp(pipeline.get_by_name("at").get_static_pad("src"), scene())
    return 1e6 * play(pipeline, time.process_time) / FRAMES


def main() -> None:
    """Measure what it costs, then how ids are kept."""
    portable.install()
    frames = [grid(number) for number in range(300)]
    for name, got in alone(frames).items():
        must = MOST if name.startswith("nvtracker") else None
        report([Row(f"tracking {OBJECTS} objects: {name}", got, "µs a frame", must)])
    with_it = (
        "! nvtracker tracker-width=1280 tracker-height=720"
        f" ll-lib-file=libnvds_nvmultiobjecttracker.so ll-config-file={SDK.format('NvSORT')}"
    )
    took = medians({"with": lambda: in_a_pipeline(with_it), "without": lambda: in_a_pipeline("")})
    note = "CPU of the pipeline with it, less that without; all metadata written"
    what = f"nvtracker in a pipeline, {OBJECTS} objects"
    report([Row(what, took["with"] - took["without"], "µs a frame", MOST, note=note)])
    compare()


if __name__ == "__main__":
    main()
