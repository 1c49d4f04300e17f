"""Streams on an NVIDIA card: decoded, batched and inferred in its memory, boxes read in C.

Every contestant is a program of its own. It plays files of 1080p H.264 that are made of the sample
video, as fast as it can; the time runs from its first batch at the sink to its last. CPU time is
that of the program meanwhile, memory of the card is what is in use at its most, all of CUDA
included.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playing import END
from rows import Row, report

import pythiags
from pythiags import data, frames_per_batch, nvidia, objects_per_frame, portable
from pythiags.gst import Gst, _gst
from pythiags.gst.probe import attach
from pythiags.portable.card import has_card

VIDEO = data.path("pedestrians.h264")
CONFIG = data.path("config_infer_primary_nanodet.txt")
COPIES = 3  # of the sample video's 300 frames, in a stream
ROUNDS = 3
LIMIT = 300  # seconds
SCALED = (
    "filesrc location={} ! h264parse ! avdec_h264 ! videoconvert ! videoscale "
    "! video/x-raw,width=1920,height=1080 ! x264enc tune=zerolatency bitrate=6000 key-int-max=60 "
    "! video/x-h264,stream-format=byte-stream ! filesink location={}"
)
SOURCE = "filesrc location={file} ! h264parse ! nvv4l2decoder ! "
MUX = (
    "nvstreammux name=m batch-size={streams} width=1280 height=720 {more} ! "
    "nvinfer name=pgie config-file-path={config} batch-size={streams} ! "
    "nvtracker name=track ll-lib-file=libnvds_nvmultiobjecttracker.so ! "
)
MUST = {1: None, 8: 1900.0, 16: 2050.0}


class Drop(pythiags.Consumer):
    """Takes events and does nothing."""

    def incoming(self, _events: object) -> None:
        """Take them."""


def make_stream(folder: Path) -> Path:
    """Write the sample video in 1080p, several times over."""
    once, stream = folder / "once.h264", folder / "stream.h264"
    subprocess.run(["gst-launch-1.0", "-q", *SCALED.format(VIDEO, once).split()], check=True)
    with stream.open("wb") as file:
        for _ in range(COPIES):
            file.write(once.read_bytes())
    return stream


# ---- one contestant, in a program of its own ----


def text_of(kind: str, streams: int, file: str) -> str:
    """Return the pipeline of a contestant."""
    source = SOURCE.format(file=file)
    if kind in ("decode", "python"):
        return " ".join(f"{source} fakesink name=sink{i} sync=false" for i in range(streams))
    heads = " ".join(f"{source} m.sink_{i}" for i in range(streams))
    more = "nvbuf-memory-type=nvbuf-mem-cuda-pinned" if kind == "host" else ""
    draw = "nvdsosd ! " if kind == "draw" else ""
    mux = MUX.format(streams=streams, config=CONFIG, more=more)
    return f"{heads} {mux} {draw} fakesink name=sink0 sync=false"


class Memory(threading.Thread):
    """Watches how much of the card's memory is in use."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.last, self.over = 0, 0, threading.Event()
        found = [each.path for each in nvidia.libraries() if each.name.startswith("libcudart")]
        self.library = ctypes.CDLL(found[0] or "libcudart.so.13")

    def run(self) -> None:
        """Look until it is over."""
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        while not self.over.wait(0.1):
            if self.library.cudaMemGetInfo(ctypes.byref(free), ctypes.byref(total)) == 0:
                self.last = total.value - free.value
                self.most = max(self.most, self.last)


def used() -> float:
    """CPU seconds of this process until now."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def frames_of(info: object) -> list[object]:
    """Extract in Python: the boxes of every frame, or one event a picture."""
    return [each for frame in frames_per_batch(info) for each in objects_per_frame(frame)]


def play(kind: str, streams: int, file: str, began: float) -> None:
    """Run a contestant and print its figures."""
    portable.install()
    pipeline = Gst.parse_launch(text_of(kind, streams, file))
    memory = Memory() if kind not in ("cpu", "decode", "python") else None
    marks: dict[str, float] = {}
    pads = [pipeline.get_by_name(f"sink{i}").get_static_pad("sink")
            for i in range(streams if kind in ("decode", "python") else 1)]  # fmt: skip
    counters = [_gst.BufferCounter(pad) for pad in pads]
    probes = [attach(pad, lambda _pad, info: frames_of(info)) for pad in pads if kind == "python"]

    def first(_pad: object, info: object) -> None:
        marks.setdefault("begin", time.monotonic())
        marks.setdefault("cpu", used())
        if "detected" not in marks and frames_of(info):
            marks["detected"] = time.time()
            for each in found[:]:
                each.remove()

    found: list[object] = []
    found.append(attach(pads[0], first))
    if memory is not None:
        memory.start()
    pipeline.set_state(Gst.State.PLAYING)
    wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(END, wanted)
    end, cpu = time.monotonic(), used()
    if message is None or message.type == Gst.MessageType.ERROR:
        raise SystemExit(message.parse_error()[0].message if message else "no end in sight")
    count = sum(each.count for each in counters)
    if memory is not None:
        memory.over.set()
        memory.join()
    pipeline.set_state(Gst.State.NULL)
    for each in probes:
        each.remove()
    took = end - marks["begin"]
    frames = count if kind in ("decode", "python") else count * streams
    print(json.dumps({
        "fps": (frames - streams) / took,
        "frames": frames,
        "cores": (cpu - marks["cpu"]) / took,
        "memory": 0 if memory is None else memory.most / 1e9,
        "start": marks.get("detected", 0) - began,
    }), flush=True)  # fmt: skip


def app(streams: int, file: str, began: float) -> None:
    """The same with an App, whose extractor reads boxes in C, and a consumer in a process."""
    portable.install()
    marks: dict[str, float] = {}
    memory = Memory()
    with pythiags.App(text_of("card", streams, file)) as one:
        one.attach("track", pythiags.Detections(), Drop)
        pad = one.pipeline.get_by_name("sink0").get_static_pad("sink")
        counter = _gst.BufferCounter(pad)

        def first(_pad: object, info: object) -> None:
            marks.setdefault("begin", time.monotonic())
            marks.setdefault("cpu", used())
            if "detected" not in marks and frames_of(info):
                marks["detected"] = time.time()
                probe.remove()

        probe = attach(pad, first)
        memory.start()
        one.run()
        took, cpu = time.monotonic() - marks["begin"], used() - marks["cpu"]
        memory.over.set()
        memory.join()
        print(json.dumps({
            "fps": (counter.count - 1) * streams / took,
            "frames": counter.count * streams,
            "cores": cpu / took,
            "memory": memory.most / 1e9,
            "start": marks.get("detected", 0) - began,
        }), flush=True)  # fmt: skip


def measure(kind: str, streams: int, file: Path) -> dict[str, float]:
    """Run a contestant in a program of its own."""
    words = [sys.executable, __file__, kind, str(streams), str(file), str(time.time())]
    environ = dict(os.environ)
    if kind == "cpu":
        environ["CUDA_VISIBLE_DEVICES"] = ""  # which leaves no card to this program
    done = subprocess.run(
        words, env=environ, stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise SystemExit(f"{kind} of {streams} streams failed with {done.returncode}")
    return json.loads(lines[-1])


def middle(figures: list[dict[str, float]]) -> dict[str, float]:
    """Return the figures of the round whose rate is the median."""
    return sorted(figures, key=lambda each: each["fps"])[len(figures) // 2]


def main() -> None:
    """Let the contestants take turns."""
    if not has_card():
        print("there is no NVIDIA card here: pythiags doctor tells more", file=sys.stderr)
        return
    with TemporaryDirectory() as folder:
        stream = make_stream(Path(folder))
        contestants = [("decode", 1), ("python", 1)]
        contestants += [(kind, n) for n in MUST for kind in ("app", "card")]
        contestants += [("decode", 8), ("host", 8), ("draw", 8)]
        measure("card", 1, stream)  # caches get warm
        figures: dict[tuple[str, int], list[dict[str, float]]] = {each: [] for each in contestants}
        for _ in range(ROUNDS):
            for each in contestants:
                figures[each].append(measure(*each, stream))
        best = {each: middle(rounds) for each, rounds in figures.items()}
        best["cpu", 8] = measure("cpu", 8, Path(VIDEO))
    rows = [Row("one stream decoded", best["decode", 1]["fps"], "fps")]
    share = best["python", 1]["fps"] / best["decode", 1]["fps"]
    rows.append(Row("… with a Python extractor, against that", share, "of it", 0.97, "more"))
    for streams, must in MUST.items():
        what = f"{streams} streams: decode, mux, infer, track"
        one = best["app", streams]
        note = f"{best['card', streams]['fps']:.0f} fps without the extractor and its consumer"
        rows.append(Row(f"{what}, extract in C", one["fps"], "fps", must, "more", note))
        limits = (2.5, 3.0) if streams == 8 else (None, None)
        rows.append(Row("… CPU", one["cores"], "cores", limits[0]))
        rows.append(Row("… memory of the card", one["memory"], "GB", limits[1]))
    rows.append(Row("start to first detection", best["app", 1]["start"], "s", 3.0))
    rows.append(Row("8 streams decoded", best["decode", 8]["fps"], "fps"))
    rows.append(Row("8 streams, batches in the system's memory", best["host", 8]["fps"], "fps"))
    drawn = best["draw", 8]["fps"] / best["card", 8]["fps"]
    rows.append(Row("8 streams, drawn on by the CPU", best["draw", 8]["fps"], "fps"))
    rows.append(Row("… against those that are not", drawn, "of it", 0.9, "more"))
    rows.append(Row("8 streams of the sample video without the card", best["cpu", 8]["fps"], "fps"))
    report(rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        if sys.argv[1] == "app":
            app(int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
        else:
            play(sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
    else:
        main()
