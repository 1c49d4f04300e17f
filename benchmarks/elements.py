"""The portable elements beside a busy Python thread; what drawing and converting metadata cost.

The elements that move and draw never take the GIL, so a Python thread that computes all the time
does not cost a pipeline its frame rate. It does cost a core, and the stream uses more than one
where it can: for like to be compared with like, the stream has one core in every row that does not
say otherwise, and what computes has the other. The network is loaded and then left out by nvinfer's
interval; the clock makes nvdsosd draw on every frame.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from hooks import CONSUMER, STREAM
from playing import play
from rows import Row, medians, report

from pythiags import data, portable
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta, NativeProbe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FRAMES = 1000
OBJECTS = 10
MUST = 0.8  # fps beside a busy thread against fps without
MOST = 0.1  # ms to draw ten objects

SOURCE = "videotestsrc {options} ! video/x-raw,format={format},width=1280,height=720"
CONFIG = data.path("config_infer_primary_nanodet.txt")
CHAIN = (
    SOURCE.format(options=f"num-buffers={FRAMES}", format="I420")
    + " ! nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12 ! m.sink_0"
    + " nvstreammux name=m width=1280 height=720 batch-size=1"
    + f" ! nvinfer interval=2147483647 config-file-path={CONFIG}"
    + " ! nvdsosd name=osd display-clock=true ! fakesink sync=false"
)


def compute(done: Callable[[], bool]) -> None:
    """Compute in Python on a separate core until asked to stop."""
    os.sched_setaffinity(0, {CONSUMER})
    while not done():
        sum(number * number for number in range(1000))


@contextmanager
def busy_thread() -> Iterator[None]:
    """One more thread of this process that computes: it takes the other core, and the GIL."""
    done = threading.Event()
    thread = threading.Thread(target=compute, args=[done.is_set])
    thread.start()
    yield
    done.set()
    thread.join()


@contextmanager
def busy_process() -> Iterator[None]:
    """One more process that computes: it takes the other core, and not our GIL."""
    words = [sys.executable, "-c", "while True: sum(number * number for number in range(1000))"]
    with subprocess.Popen(words) as process:
        os.sched_setaffinity(process.pid, {CONSUMER})
        yield
        process.terminate()


def fps(*, probed: bool = False) -> float:
    """Frames a second from the first frame at the sink, when the network has been loaded and run.

    Args:
        probed: Put an empty Python probe before the sink, which does take the GIL.
    """
    pipeline = Gst.parse_launch(CHAIN)
    pad = pipeline.get_by_name("osd").get_static_pad("src")
    probe = NativeProbe(pad, lambda _pad, _info: None, print) if probed else None
    took = play(pipeline)
    if probe:
        probe.remove()
    return (FRAMES - 1) / took


def fps_of_all_cores() -> float:
    """The same, with all cores for the stream."""
    everywhere = range(os.cpu_count() or 1)
    os.sched_setaffinity(0, everywhere)
    try:
        return fps()
    finally:
        os.sched_setaffinity(0, {STREAM})


def fps_beside(busy: Callable[[], AbstractContextManager[None]], *, probed: bool = False) -> float:
    """The same, beside something busy."""
    with busy():
        return fps(probed=probed)


def ten_objects(batch: BatchMeta) -> None:
    """Boxes of 100 x 250 pixels with a label each."""
    frame = batch.add_frame()
    for i in range(OBJECTS):
        thing = frame.add_object()
        rect, text = thing.rect_params, thing.text_params
        rect.left, rect.top, rect.width, rect.height = 30 + 110 * i, 100 + 20 * i, 100, 250
        rect.border_width = 3
        rect.border_color.set(1, 0, 0, 1)
        text.display_text = f"person {i}"
        text.x_offset, text.y_offset = 30 + 110 * i, 80 + 20 * i
        text.font_params.font_name, text.font_params.font_size = "Serif", 11
        text.font_params.font_color.set(1, 1, 1, 1)
        text.set_bg_clr = 1
        text.text_bg_clr.set(0, 0, 0, 1)


def time_in(pixels: str, elements: str) -> float:
    """Milliseconds between a frame's arrival at an element and its leaving, the probes included.

    Args:
        pixels: The format.
        elements: Elements, of which the one named ``timed`` is; ten objects arrive at the first.
    """
    times: list[float] = []
    pipeline = Gst.parse_launch(
        SOURCE.format(options="pattern=black num-buffers=300", format=pixels)
        + f" ! identity name=first ! {elements} ! fakesink sync=false"
    )
    timed = pipeline.get_by_name("timed")

    def attach(_pad: Gst.Pad, info: object) -> None:
        ten_objects(BatchMeta.attach(info))

    def arrive(_pad: Gst.Pad, _info: object) -> None:
        times.append(-time.perf_counter())

    def leave(_pad: Gst.Pad, _info: object) -> None:
        times[-1] += time.perf_counter()

    probes = [
        NativeProbe(
            pipeline.get_by_name("first").get_static_pad("src"), attach, print, writable=True
        ),
        NativeProbe(timed.get_static_pad("sink"), arrive, print),
        NativeProbe(timed.get_static_pad("src"), leave, print),
    ]
    play(pipeline)
    for probe in probes:
        probe.remove()
    return statistics.median(times) * 1000


def main() -> None:
    """Measure and report."""
    os.sched_setaffinity(0, {STREAM})  # inherited by the threads of the stream
    portable.install()
    rates = medians(
        {
            "alone": fps,
            "alone, on all cores": fps_of_all_cores,
            "beside a busy process": lambda: fps_beside(busy_process),
            "beside a busy thread": lambda: fps_beside(busy_thread),
            "beside a busy thread, with an empty Python probe": lambda: fps_beside(
                busy_thread, probed=True
            ),
        },
        rounds=3,
    )
    what = "mux, nvinfer without its model, OSD"
    report(Row(f"{what}, {name}", rate, "fps") for name, rate in rates.items())
    beside = rates["beside a busy thread"]
    note = "NV12 1280x720; the stream has one core, the thread the other"
    report(
        [
            Row("… busy thread against alone", beside / rates["alone"], "", MUST, "more", note),
            Row("… busy thread against busy process", beside / rates["beside a busy process"], ""),
        ]
    )
    osd = "nvdsosd name=timed"
    costs = medians({name: lambda name=name: time_in(name, osd) for name in ("NV12", "RGBA")}, 3)
    report(
        Row(f"nvdsosd, ten objects, {name}", cost, "ms", MOST, note="1280x720")
        for name, cost in costs.items()
    )
    conversions = {
        "to=deepstream": "dsmetaconvert name=timed",
        "to=portable": "dsmetaconvert ! dsmetaconvert name=timed to=portable",
    }
    costs = medians(
        {name: lambda text=text: time_in("NV12", text) for name, text in conversions.items()}, 3
    )
    report(
        Row(f"dsmetaconvert {name}, ten objects", cost * 1000, "µs", note="needs NVIDIA's library")
        for name, cost in costs.items()
    )


if __name__ == "__main__":
    main()
