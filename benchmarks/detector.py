"""The whole job on the sample video against a bare loop over the same network.

The loop has its pictures as BGR in memory, scales and normalises them with OpenCV and runs the
session with the engine's options, but all cores for each run; it decodes no video, reads no output
and draws nothing. Both have all cores. The pipeline has its default, a thread for each run and as
many runs at once as there are cores; in the rows of half precision it runs the same network in
bfloat16, and the loop in float32.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from hooks import STREAM, Busy, Idle
from playing import play
from rows import Row, medians, report

import pythiags
from pythiags import data, frames_per_batch, objects_per_frame, portable
from pythiags.gst import Gst
from pythiags.gst.probe import attach
from pythiags.inference import read_config
from pythiags.portable.half import HalfSession
from pythiags.portable.nvinfer import load_session, open_session

CONFIG = data.path("config_infer_primary_nanodet.txt")
VIDEO = data.path("pedestrians.h264")
WIDTH, HEIGHT, SIDE = 1280, 720, 416
FRAMES = 300
IN_MEMORY = 30
ROUNDS = 3
MUST = {2: 1.05, 16: 3.0}  # by the cores: against the loop
HALF = 1.6  # against the loop, where the processor computes in bfloat16
BESIDE = 0.85

DECODE = f"filesrc location={VIDEO} ! h264parse ! nvv4l2decoder ! m.sink_0 "
MUX = f"nvstreammux name=m width={WIDTH} height={HEIGHT} batch-size=1 ! "
INFER = "nvinfer name=pgie config-file-path={} ! "
DRAW = "nvvideoconvert ! nvdsosd ! nvvideoconvert ! videoconvert ! video/x-raw,format=RGB ! "


def rate(text: str, *, extract: bool = False) -> float:
    """Frames a second of a pipeline, from its first frame at the sink to its end."""
    pipeline = Gst.parse_launch(text + "fakesink name=sink sync=false")
    found: list[tuple[str, float]] = []

    def read(_pad: object, info: object) -> None:
        found.extend(
            (each.obj_label, each.confidence)
            for frame in frames_per_batch(info)
            for each in objects_per_frame(frame)
        )

    probe = attach(pipeline.get_by_name("pgie").get_static_pad("src"), read) if extract else None
    took = play(pipeline)
    if probe:
        probe.remove()
    if extract and not found:
        raise SystemExit("the detector found nothing")
    return (FRAMES - 1) / took


def pictures() -> list[np.ndarray]:
    """The first pictures of the video, as the muxer scales them."""
    video = cv2.VideoCapture(str(VIDEO))
    frames = [video.read()[1] for _ in range(IN_MEMORY)]
    return [cv2.resize(frame, (WIDTH, HEIGHT)) for frame in frames]


def bare_loop(session: object, frames: list[np.ndarray]) -> float:
    """Frames a second of scaling, normalising and the session alone."""
    tall = SIDE * HEIGHT // WIDTH
    top = (SIDE - tall) // 2
    tensor = np.zeros((1, 3, SIDE, SIDE), np.float32)
    begin = time.monotonic()
    for number in range(FRAMES):
        small = cv2.resize(frames[number % IN_MEMORY], (SIDE, tall))
        tensor[0, :, top : top + tall] = small.transpose(2, 0, 1)
        session.run(None, {"images": tensor})
    return FRAMES / (time.monotonic() - begin)


def in_half_precision(folder: Path) -> Path | None:
    """Write the detector's configuration with ``network-mode=2``; None: it would run in float32."""
    text = CONFIG.read_text().replace("[property]\n", "[property]\nnetwork-mode=2\n")
    for key in ("onnx-file", "labelfile-path"):
        text = text.replace(f"{key}=", f"{key}={CONFIG.parent}/")
    path = folder / "half.txt"
    path.write_text(text)
    return path if isinstance(open_session(read_config(path)), HalfSession) else None


def beside(consumer: type[pythiags.Consumer]) -> None:
    """Print frames a second of the detector on one core; the program that `share` starts."""
    os.sched_setaffinity(0, {STREAM})
    portable.install()
    with pythiags.App(DECODE + MUX + INFER.format(CONFIG) + "fakesink sync=false") as app:
        app.attach("pgie", pythiags.Detections(), consumer, worker="thread", on_full="latest")
        frames: list[float] = []
        pad = app.pipeline.get_by_name("pgie").get_static_pad("sink")
        with attach(pad, lambda _pad, _info: frames.append(time.monotonic())):
            app.run()
    print((len(frames) - 1) / (frames[-1] - frames[0]))


def share(consumer: type[pythiags.Consumer]) -> float:
    """Frames a second of the detector with a consumer in a thread of its program."""
    words = [sys.executable, __file__, consumer.__name__]
    return float(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main() -> None:
    """Let the loop and the pipelines take turns."""
    portable.install()
    cv2.setNumThreads(1)  # its threads and ONNX Runtime's get in each other's way
    session = load_session(replace(read_config(CONFIG), intra_op_num_threads=0))
    frames = pictures()
    infer = DECODE + MUX + INFER.format(CONFIG)
    contestants = {
        "bare": lambda: bare_loop(session, frames),
        "infer": lambda: rate(infer),
        "whole": lambda: rate(infer + DRAW, extract=True),
    }
    contestants |= {each.__name__: lambda each=each: share(each) for each in (Idle, Busy)}
    with TemporaryDirectory() as folder:
        if half := in_half_precision(Path(folder)):
            coarse = DECODE + MUX + INFER.format(half) + DRAW
            contestants["half"] = lambda: rate(coarse, extract=True)
        fps = medians(contestants, ROUNDS)
    cores = len(os.sched_getaffinity(0))
    whole = "the whole against the bare loop"
    report(
        [
            Row("bare ONNX Runtime loop, preprocessing included", fps["bare"], "fps"),
            Row("decode, mux, infer", fps["infer"], "fps"),
            Row("decode, mux, infer, extract, draw, convert", fps["whole"], "fps"),
            Row(
                f"{whole}, {cores} cores",
                fps["whole"] / fps["bare"],
                "times",
                MUST.get(cores),
                "more",
            ),
        ]
    )
    if half:
        against = fps["half"] / fps["bare"]
        report([Row(f"{whole}, with network-mode=2", against, "times", HALF, "more")])
    else:
        print("no row of network-mode=2: it runs in float32 here", file=sys.stderr)
    note = "the detector has one core, the thread that computes the other"
    report(
        [
            Row("the detector on one core, idle consumer", fps["Idle"], "fps"),
            Row(
                "… beside a consumer thread that computes, of that",
                fps["Busy"] / fps["Idle"],
                "of it",
                BESIDE,
                "more",
                note=note,
            ),
        ]
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        beside({each.__name__: each for each in (Idle, Busy)}[sys.argv[1]])
    else:
        main()
