"""What it costs to convert and scale pictures, against one memcpy of the output.

The same buffer is converted again and again by one element, on one core, and what is timed is that
element alone: from a buffer's arrival to its leaving. The copy takes turns with it, and its time is
the unit: it is what a converter costs that only moves bytes. The last rows are of what a whole
chain costs a frame more than its source does.
"""

from __future__ import annotations

import ctypes
import os
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

import gi
from elements import CONFIG
from hooks import STREAM
from playing import play
from rows import Row, medians, report

from pythiags import portable
from pythiags.gst import Gst
from pythiags.gst._gst import NativeProbe

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES = 200
CHAIN_FRAMES = 1000
ABOVE = 0.3  # ms a frame that the chain may cost

HD, HALF, DOUBLE = (1280, 720), (640, 360), (2560, 1440)


class Path(NamedTuple):
    """A conversion: formats, sizes, the most copies it may cost, and the element that does it."""

    formats: tuple[str, str]
    sizes: tuple[tuple[int, int], tuple[int, int]] = (HD, HD)
    most: float | None = None
    element: str = "nvvideoconvert name=it"

    @property
    def what(self) -> str:
        """The row's name."""
        sizes = [f"{width}x{height}" for width, height in dict.fromkeys(self.sizes)]
        name = self.element.split(maxsplit=1)[0]
        return f"{' to '.join(self.formats)}, {' to '.join(sizes)}, {name}"


def mixer(size: tuple[int, int]) -> str:
    """A mixer of one source, without its properties of batches."""
    return f"nvstreammux name=it width={size[0]} height={size[1]} batch-size=1"


PATHS = [
    Path(("I420", "NV12"), most=1.5),
    Path(("RGBA", "NV12"), most=15),
    Path(("NV12", "RGBA"), (HD, HALF), 5),
    Path(("NV12", "I420")),
    Path(("BGR", "NV12")),
    Path(("NV12", "RGBA")),
    Path(("NV12", "RGB")),
    Path(("NV12", "RGBA"), (HD, DOUBLE)),
    Path(("RGBA", "NV12"), (HD, HALF)),
    Path(("I420", "NV12"), (HD, HALF)),
    Path(("NV12", "NV12"), (HD, HALF)),
    Path(("I420", "NV12"), (HD, HALF), None, mixer(HALF)),
]


def caps(name: str, size: tuple[int, int], feature: str = "") -> str:
    """Caps in gst-launch's syntax."""
    return f"video/x-raw{feature},format={name},width={size[0]},height={size[1]}"


def conversion_time(path: Path) -> float:
    """Milliseconds between a picture's arrival and its leaving, the probes included."""
    times: list[float] = []
    feature = "(memory:NVMM)" if path.element.startswith("nvstreammux") else ""
    pipeline = Gst.parse_launch(
        f"videotestsrc num-buffers=1 ! {caps(path.formats[0], path.sizes[0])}"
        f" ! imagefreeze num-buffers={FRAMES} ! {path.element}"
        f" ! {caps(path.formats[1], path.sizes[1], feature)} ! fakesink sync=false"
    )
    it = pipeline.get_by_name("it")
    probes = [
        NativeProbe(next(iter(it.sinkpads)), lambda *_: times.append(-time.perf_counter()), print),
        NativeProbe(it.get_static_pad("src"), lambda *_: leave(times), print),
    ]
    play(pipeline)
    for probe in probes:
        probe.remove()
    return statistics.median(value for value in times if 0 < value < 1) * 1000


def leave(times: list[float]) -> None:
    """Note that the oldest picture under way has left."""
    for number, value in enumerate(times):
        if value < 0:
            times[number] += time.perf_counter()
            return


def copy_time(path: Path) -> float:
    """Milliseconds of one memcpy of the output."""
    info = GstVideo.VideoInfo.new_from_caps(
        Gst.Caps.from_string(caps(path.formats[1], path.sizes[1]))
    )
    before, after = (ctypes.create_string_buffer(info.size) for _ in range(2))
    times = []
    for _ in range(FRAMES):
        begin = time.perf_counter()
        ctypes.memmove(after, before, info.size)
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


def measure(path: Path) -> Row:
    """One row: how many copies of its output a conversion costs."""
    found = medians({"it": lambda: conversion_time(path), "copy": lambda: copy_time(path)}, 3)
    note = f"{found['it']:.3f} ms; one copy {found['copy']:.3f} ms"
    return Row(path.what, found["it"] / found["copy"], "copies", path.most, note=note)


def frame_time(chain: str, pixels: str) -> Callable[[], float]:
    """Return what plays a chain and returns the milliseconds of CPU that a frame takes."""

    def run() -> float:
        pipeline = Gst.parse_launch(
            f"videotestsrc num-buffers={CHAIN_FRAMES} ! {caps(pixels, HD)} {chain}"
            " ! fakesink sync=false"
        )
        return play(pipeline, time.process_time) / (CHAIN_FRAMES - 1) * 1000

    return run


def chain_rows() -> list[Row]:
    """The mixer, the network without its model and the drawing, above their source."""
    chain = (
        f"! m.sink_0 {mixer(HD).replace('=it', '=m')}"
        f" ! nvinfer interval=2147483647 config-file-path={CONFIG}"
        " ! nvdsosd display-clock=true"
    )
    rows = []
    for pixels, most in (("I420", ABOVE), ("NV12", None)):
        found = medians(
            {"source": frame_time("", pixels), "chain": frame_time(chain, pixels)}, rounds=5
        )
        note = f"CPU, 1280x720, one core; the source alone {found['source']:.2f} ms"
        what = f"mux, nvinfer without its model, OSD, from {pixels}, above the source"
        rows.append(Row(what, found["chain"] - found["source"], "ms", most, note=note))
    return rows


def main() -> None:
    """Measure and report."""
    os.sched_setaffinity(0, {STREAM})  # inherited by the threads of the stream
    portable.install()
    for path in PATHS:
        report([measure(path)])
    report(chain_rows())


if __name__ == "__main__":
    main()
