"""The converter's own loops, compiled for one instruction set each, and pictures for them."""

from __future__ import annotations

import ctypes
import itertools
import os
import platform
import subprocess
from pathlib import Path

import gi
import numpy as np
import pytest

from pythiags.gst import Gst

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

ROOT = Path(__file__).parents[2]
NATIVE = ROOT / "src" / "pythiags" / "native"
HARNESS = ROOT / "tests" / "portable" / "pixels.c"
SOURCES = ["area", "byrgb", "colours", "convert", "direct", "ranges", "rgbyuv", "sample"]
SOURCES += ["semiplanar", "yuvrgb"]
# By name: the level of x86-64, and the flag of /proc/cpuinfo that stands for it.
SETS = {"avx2": ("x86-64-v3", "avx2"), "avx512": ("x86-64-v4", "avx512vl")}

RGB = ["RGB", "BGR", "RGBA", "BGRx"]
YUV = ["NV12", "I420"]
WAYS = [(a, b) for a, b in itertools.permutations([*RGB, *YUV], 2) if a in YUV or b in YUV]


def caps(format, size, colours=""):  # noqa: A002
    text = f"video/x-raw,format={format},width={size[0]},height={size[1]}"
    return text + (f",{colours}" if colours and format not in RGB else "")


def info_of(text):
    return GstVideo.VideoInfo.new_from_caps(Gst.Caps.from_string(text))


class Pixels:
    """The loops of one instruction set."""

    def __init__(self, library):
        self._library = ctypes.CDLL(str(library))

    def convert(self, before, after, data, extra=0, method=0):
        """Rows are ``extra`` bytes longer than GStreamer's; what lies between is left alone."""
        out = np.zeros(info_of(after).size, np.uint8)
        words = (before.encode(), after.encode(), *map(np.ctypeslib.as_ctypes, (data, out)))
        assert self._library.pixels_convert(*words, extra, method) == 0
        return out

    def convert_part(self, before, after, data, parts, method=0, *, fill=False, times=1):
        """Return the picture, 7 outside of the part, and how many converters GStreamer made."""
        out = np.full(info_of(after).size, 7, np.uint8)
        numbers = (ctypes.c_int * 8)(*parts[0], *parts[1])
        words = (before.encode(), after.encode(), *map(np.ctypeslib.as_ctypes, (data, out)))
        made = self._library.pixels_convert_part(*words, numbers, method, fill, times)
        assert made >= 0
        return out, made

    def gstreamers(self, before, after, data):
        out = np.zeros(info_of(after).size, np.uint8)
        words = (before.encode(), after.encode(), *map(np.ctypeslib.as_ctypes, (data, out)))
        assert self._library.pixels_reference(*words) == 0
        return out


def compile_for(name, library):
    if name == "plain":
        clones = ""
    else:
        level, flag = SETS[name]
        if platform.machine() != "x86_64" or flag not in Path("/proc/cpuinfo").read_text():
            pytest.skip(f"the processor has no {name}")
        clones = f'__attribute__ ((target ("arch={level}")))'
    flags = subprocess.check_output(
        ["pkg-config", "--cflags", "--libs", "gstreamer-video-1.0"], text=True
    ).split()
    files = [HARNESS, *(NATIVE / f"{source}.c" for source in SOURCES)]
    # Its functions are its own, whatever else the process has loaded under their names.
    words = [
        "cc",
        "-std=gnu11",
        "-O3",
        "-shared",
        "-fPIC",
        "-Wl,-Bsymbolic",
        "-Wl,--wrap=gst_video_converter_new",
        f"-DPT_CLONES={clones}",
        *os.environ.get("CFLAGS", "").split(),
    ]
    subprocess.check_call([*words, f"-I{NATIVE}", "-o", library, *files, *flags, "-lm"])
    return library


def noise(text):
    return np.random.default_rng(1).integers(0, 256, info_of(text).size, np.uint8)


def samples(data, info, component):
    """One component as an array of floats."""
    layout = info.finfo
    width = -(-info.width >> layout.w_sub[component])
    height = -(-info.height >> layout.h_sub[component])
    plane, step = layout.plane[component], layout.pixel_stride[component]
    begin, stride = info.offset[plane] + layout.poffset[component], info.stride[plane]
    rows = [data[begin + y * stride :][: width * step : step] for y in range(height)]
    return np.array(rows, float)


def same_samples(ours, theirs, info):
    """All that is not padding."""
    return all(
        (samples(ours, info, c) == samples(theirs, info, c)).all()
        for c in range(info.finfo.n_components)
    )
