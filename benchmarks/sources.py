"""Four sources of 640x360 in batches of four: detector, tracker, tiler and OSD, and their memory.

Frames a second are those of the sample video, scaled to that size, four times, against the bare
session of ONNX Runtime with a batch of four in memory and all threads: it decodes, scales,
normalises, reads and draws nothing. Both have all cores, and take turns.

Memory is looked at every 1,000 frames, and after each tenth of the starts and stops, with a small
network that finds the ball of ``videotestsrc``, so that all elements have objects on every frame.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from playing import play
from rows import Row, medians, report

from pythiags import data, frames_per_batch, objects_per_frame, portable
from pythiags.gst import Gst
from pythiags.gst.probe import attach
from pythiags.inference import read_config
from pythiags.portable.nvinfer import load_session
from pythiags.testing.leaks import check_leaks, memory, slope

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from standins.networks import LABELS, configuration, nanodet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCES: Final = 4
WIDTH, HEIGHT = 640, 360
FRAMES: Final = 300  # of the sample video
RUNS: Final = 50  # of the bare session
ROUNDS: Final = 3
MUST: Final = 1.0  # against the bare session
MANY: Final = 10_000  # frames, of all sources
LOOK: Final = 1_000
STARTS: Final = 500
MOST: Final = 1.0  # KB a start
MOST_A_FRAME: Final = 0.1  # KB: a MB in all

CONFIG = data.path("config_infer_primary_nanodet.txt")
TRACKER: Final = (
    "nvtracker name=tracker ll-lib-file=libnvds_nvmultiobjecttracker.so ll-config-file="
    "/opt/nvidia/deepstream/deepstream/samples/configs/deepstream-app/config_tracker_IOU.yml"
)
BALL: Final = (
    "videotestsrc pattern=ball num-buffers={} ! video/x-raw,width=640,height=360 ! nvvideoconvert "
)


def chain(source: str, config: Path) -> str:
    """Return the pipeline over four of a source."""
    sources = " ".join(f"{source} ! m.sink_{number}" for number in range(SOURCES))
    return (
        f"{sources} nvstreammux name=m width={WIDTH} height={HEIGHT} batch-size={SOURCES} "
        f"! nvinfer config-file-path={config} batch-size={SOURCES} ! {TRACKER} "
        "! nvmultistreamtiler rows=2 columns=2 width=1280 height=720 ! nvdsosd "
        "! fakesink name=sink sync=false"
    )


def scaled(folder: Path) -> Path:
    """Write the sample video in 640x360, as H.264."""
    path = folder / "sample.h264"
    play(
        Gst.parse_launch(
            f"filesrc location={data.path('pedestrians.h264')} ! h264parse ! avdec_h264 "
            f"! videoscale ! video/x-raw,width={WIDTH},height={HEIGHT},pixel-aspect-ratio=1/1 "
            f"! x264enc speed-preset=fast ! h264parse "
            f"! video/x-h264,stream-format=byte-stream ! filesink location={path} async=false"
        )
    )
    return path


@contextmanager
def watching(pipeline: Gst.Pipeline, seen: Callable[[Any], object]) -> Iterator[None]:
    """Call a function with each batch that has been tracked."""
    probe = attach(
        pipeline.get_by_name("tracker").get_static_pad("src"), lambda _pad, info: seen(info)
    )
    yield
    probe.remove()
    if errors := probe.stats().errors:
        raise SystemExit(f"the probe failed: {errors}")


def rate(text: str) -> float:
    """Frames a second of all sources, from the first batch at the sink to the end."""
    pipeline, frames = Gst.parse_launch(text), [0]

    def count(info: Any) -> None:
        frames[0] += sum(1 for _ in frames_per_batch(info))

    with watching(pipeline, count):
        took = play(pipeline)
    if frames[0] != SOURCES * FRAMES:
        raise SystemExit(f"frames: {frames[0]}, of {SOURCES * FRAMES}")
    return (frames[0] - SOURCES) / took


def bare(session: Any) -> float:
    """Pictures a second of the session alone."""
    tensor = np.zeros((SOURCES, 3, 416, 416), np.float32)
    session.run(None, {"images": tensor})
    begin = time.monotonic()
    for _ in range(RUNS):
        session.run(None, {"images": tensor})
    return RUNS * SOURCES / (time.monotonic() - begin)


def small_network(folder: Path) -> Path:
    """Write the configuration of a network that finds the ball."""
    return configuration(
        *(folder, nanodet, "[class-attrs-all]\npre-cluster-threshold=0.5\n", LABELS),
        **{"cluster-mode": 2, "gie-unique-id": 1},
    )


def of_frames(text: str) -> tuple[float, int]:
    """Play it; KB that a frame leaves behind, after the first fifth, and the objects seen."""
    looks: list[tuple[float, float]] = []
    seen = {"frames": 0, "objects": 0}

    def look(info: Any) -> None:
        for frame in frames_per_batch(info):
            seen["frames"] += 1
            seen["objects"] += len(list(objects_per_frame(frame)))
        if seen["frames"] % LOOK == 0:
            looks.append((seen["frames"], memory()))

    pipeline = Gst.parse_launch(text)
    with watching(pipeline, look):
        play(pipeline)
    late = [each for each in looks if each[0] >= MANY / 5]
    return slope(late) / 1000, seen["objects"]


def report_memory(config: Path) -> None:
    """Report what frames, and starts and stops, leave behind."""
    kilobytes, objects = of_frames(chain(BALL.format(MANY // SOURCES), config))
    if objects < MANY * 0.9:
        raise SystemExit(f"objects: {objects}, of {MANY}")
    note = f"a small network, {objects:,} objects; after the first fifth"
    what = f"four sources, {MANY:,} frames: memory"
    report([Row(what, kilobytes, "KB a frame", MOST_A_FRAME, note=note)])
    left = check_leaks(lambda: play(Gst.parse_launch(chain(BALL.format(2), config))), STARTS)
    report(
        [
            Row(
                f"four sources, {STARTS} starts and stops: memory", left.kilobytes, "KB each", MOST
            ),
            Row("… descriptors", left.descriptors, "more", 0),
        ]
    )


def report_rates(folder: Path) -> None:
    """Report frames a second."""
    session = load_session(replace(read_config(CONFIG), intra_op_num_threads=0))
    video = scaled(folder)
    text = chain(f"filesrc location={video} ! h264parse ! nvv4l2decoder", CONFIG)
    fps = medians({"bare": lambda: bare(session), "whole": lambda: rate(text)}, ROUNDS)
    cores = len(os.sched_getaffinity(0))
    report(
        [
            Row(f"bare ONNX Runtime session, batch {SOURCES}, all threads", fps["bare"], "fps"),
            Row("four sources, decode to OSD", fps["whole"], "fps"),
            Row(
                f"… against the bare session, {cores} cores",
                fps["whole"] / fps["bare"],
                "times",
                MUST,
                "more",
            ),
        ]
    )


def main() -> None:
    """Measure and report."""
    portable.install()
    with TemporaryDirectory() as name:
        folder = Path(name)
        report_rates(folder)
        report_memory(small_network(folder))


if __name__ == "__main__":
    main()
