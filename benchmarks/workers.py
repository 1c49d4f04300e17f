"""What a consumer costs the frame rate: idle or computing, in a thread or in a process.

Every contestant is a program of its own that has one core for all its threads; the consumer that
computes moves to the other core, so that like is compared with like. Frames a second are those from
"playing" to the end of the stream, which is what `gst-launch-1.0` prints as well.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Final

from hooks import CONSUMER, STREAM, Busy, Extract, Idle
from rows import Row, medians, report
from scenes import scene
from stamp import stamp

import pythiags
from pythiags import data
from pythiags.gst.bus import EosMessage

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES: Final = 600
OBJECTS: Final = 10
ROUNDS: Final = 5
SOURCE = f"videotestsrc num-buffers={FRAMES} ! video/x-raw,format=I420,width=1280,height=720 "
CONFIG = data.path("config_infer_primary_nanodet.txt")
CHAINS: Final = {
    "convert": SOURCE + "! videoconvert name=at ! video/x-raw,format=RGB ! fakesink",
    "portable": SOURCE
    + "! nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12 ! m.sink_0 "
    + "nvstreammux name=m width=1280 height=720 batch-size=1 "
    + f"! nvinfer interval=2147483647 config-file-path={CONFIG} ! nvdsosd name=at ! fakesink",
}
PARTS: Final = {
    "idle consumer, thread": (Extract, Idle, "thread"),
    "CPU-bound consumer, process": (Extract, Busy, "process"),
    "CPU-bound consumer, thread, native extractor": (pythiags.Detections, Busy, "thread"),
    "CPU-bound consumer, thread, extractor in Python": (Extract, Busy, "thread"),
}
# Measured once, earlier, with nothing bound to a core: not one of the contestants.
FORMER: Final = {"CPU-bound consumer, pythiags 0.12.1, measured before": 0.34}
LIMITS: Final = dict(zip(PARTS, (0.95, 0.93, 0.88), strict=False))
NOTHING: Final = "no consumer"
TIMEOUT: Final = 120.0


def play(chain: str, parts: str) -> None:
    """Run one contestant and print its frames a second; the program that `rate` starts."""
    ended, seconds = threading.Event(), []
    with pythiags.App(CHAINS[chain]) as app:
        if parts != NOTHING:
            extractor, consumer, worker = PARTS[parts]
            if extractor is pythiags.Detections:
                stamp(app.pipeline.get_by_name("at").get_static_pad("src"), scene(OBJECTS))
            app.attach("at", extractor, consumer, worker=worker)

        def note(_message: EosMessage) -> None:
            pipeline = app.pipeline
            seconds.append((pipeline.get_clock().get_time() - pipeline.get_base_time()) / 1e9)
            ended.set()

        app.subscribe(note, EosMessage)
        app.start()
        if not ended.wait(TIMEOUT):
            raise SystemExit(f"{parts}: no end in sight")
        (attached,) = app.stats().attachments or (None,)
        if attached and not attached.channel.produced == attached.extraction.buffers == FRAMES:
            raise SystemExit(f"{parts}: {attached}")
        app.stop(drain=False)
    print(FRAMES / seconds[0])


def rate(chain: str, parts: str) -> float:
    """Frames a second of one contestant."""
    return float(run(sys.executable, __file__, chain, parts))


def launched() -> float:
    """Frames a second of `gst-launch-1.0`."""
    told = run("gst-launch-1.0", *CHAINS["convert"].split())
    (took,) = re.findall(r"Execution ended after 0:(\d+):([\d.]+)", told)
    return FRAMES / (60 * int(took[0]) + float(took[1]))


def run(*words: str) -> str:
    """Run a program on the stream's core and give what it printed."""
    pinned = ["taskset", "--cpu-list", str(STREAM), *words]
    return subprocess.run(pinned, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    """Let all contestants of a chain take turns."""
    contestants: dict[str, Callable[[], float]] = {"gst-launch-1.0": launched}
    contestants |= {parts: partial(rate, "convert", parts) for parts in PARTS}
    fps = medians(contestants, ROUNDS)
    bound = [parts for parts in LIMITS if "CPU-bound" in parts]
    beside = {parts: partial(rate, "portable", parts) for parts in (NOTHING, *bound)}
    portable = medians(beside, ROUNDS)
    fps |= {parts: share * fps["gst-launch-1.0"] for parts, share in FORMER.items()}
    cores = f"all of it on core {STREAM}, a computing consumer on core {CONSUMER}"
    for against, rates, chain in (
        ("gst-launch-1.0", fps, f"{FRAMES} frames 1280x720 I420 to RGB"),
        (NOTHING, portable, "mux, nvinfer without its model, OSD"),
    ):
        base = rates[against]
        report([Row(f"{chain}: {against}", base, "fps", note=cores)])
        report(
            Row(f"… {parts}", rates[parts] / base, "of it", LIMITS.get(parts), "more")
            for parts in rates
            if parts != against
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        play(*sys.argv[1:])
    else:
        main()
