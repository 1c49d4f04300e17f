"""The converter's own loops: compiled for each instruction set, against GStreamer and the textbook.

What is installed chooses a loop by the processor it runs on. Here the same sources are compiled for
one instruction set each, and all of them must give the same bytes.
"""

from __future__ import annotations

import ctypes
import itertools
import platform
import shutil
import subprocess
from pathlib import Path

import gi
import numpy as np
import pytest

from pythiags.gst import Gst

gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo  # noqa: E402

HERE = Path(__file__).parent
NATIVE = HERE.parent.parent / "src" / "pythiags" / "native"
SOURCES = ["area", "colours", "convert", "direct", "halve", "ranges", "rgbyuv", "semiplanar"]
SOURCES += ["yuvrgb"]
# By name: the level of x86-64, and the flag of /proc/cpuinfo that stands for it.
SETS = {"avx2": ("x86-64-v3", "avx2"), "avx512": ("x86-64-v4", "avx512vl")}

RGB = ["RGB", "BGR", "RGBA", "BGRx"]
YUV = ["NV12", "I420"]
SIZES = [(64, 48), (63, 47), (1030, 6), (1025, 5), (5, 3), (2, 2), (1, 1)]
SITES = ["jpeg", "mpeg2", "cosited"]
# Kr, Kb and whether the range is full; the names are GStreamer's.
MATRICES = {
    "bt601": (0.299, 0.114, False),
    "bt709": (0.2126, 0.0722, False),
    "bt2020": (0.2627, 0.0593, False),
    "smpte240m": (0.212, 0.087, False),
    "2:2:0:0": (0.30, 0.11, False),
    "1:4:0:0": (0.299, 0.114, True),
    "1:3:0:0": (0.2126, 0.0722, True),
    "0:3:0:0": (0.2126, 0.0722, True),  # GStreamer takes an unknown range for the full one
}


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


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """``compiled(name)``: the loops of an instruction set, or of none in particular: plain."""
    if not shutil.which("cc") or not shutil.which("pkg-config"):
        pytest.skip("there is no compiler")
    folder, found = tmp_path_factory.mktemp("pixels"), {}

    def get(name):
        if name not in found:
            found[name] = Pixels(compile_for(name, folder / f"{name}.so"))
        return found[name]

    return get


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
    files = [HERE / "pixels.c", *(NATIVE / f"{source}.c" for source in SOURCES)]
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
    ]
    subprocess.check_call([*words, f"-I{NATIVE}", "-o", library, *files, *flags, "-lm"])
    return library


@pytest.fixture
def plain(compiled):
    return compiled("plain")


def noise(text):
    return np.random.default_rng(1).integers(0, 256, info_of(text).size, np.uint8)


EXTRA = 5
"""Bytes more a row: nothing is aligned."""


# Formats, and the sizes before and after: as they are, halved, and by an odd ratio up and down.
WAYS = [(a, b) for a, b in itertools.permutations([*RGB, *YUV], 2) if a in YUV or b in YUV]
SCALES = [(64, 48, 64, 48), (63, 47, 63, 47), (1030, 6, 1030, 6), (64, 48, 32, 24)]
SCALES += [(1, 1, 1, 1), (3, 5, 3, 5), (66, 50, 33, 25), (64, 48, 41, 31), (41, 31, 64, 48)]


@pytest.mark.parametrize("instructions", SETS)
@pytest.mark.parametrize("formats", WAYS, ids="-".join)
def test_every_instruction_set_gives_the_same_bytes(compiled, formats, instructions):
    plain, other = compiled("plain"), compiled(instructions)
    before_format, after_format = formats
    for scale, colours, site in itertools.product(SCALES, ("bt601", "1:3:0:0"), SITES):
        named = f"colorimetry={colours},chroma-site={site}"
        before = caps(before_format, scale[:2], named)
        after = caps(after_format, scale[2:], named)
        data = noise(before)
        first, second = (one.convert(before, after, data, EXTRA) for one in (plain, other))
        assert (first == second).all()


@pytest.mark.parametrize("formats", [("NV12", "RGBA"), ("I420", "BGR"), ("BGRx", "NV12")])
def test_what_is_installed_gives_them_too(run, plain, formats):
    before, after = (caps(name, (63, 47)) for name in formats)
    sink = "fakesink name=sink enable-last-sample=true"
    begin = f"videotestsrc num-buffers=1 pattern=smpte ! {before},framerate=30/1"
    data = np.frombuffer(run(f"{begin} ! {sink}").last()[1], np.uint8)
    _, installed = run(f"{begin} ! nvvideoconvert ! {after} ! {sink}").last()
    ours = plain.convert(before, after, data.copy())
    assert same_samples(ours, np.frombuffer(installed, np.uint8), info_of(after))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("formats", [("NV12", "I420"), ("I420", "NV12")])
def test_moved_chroma_is_gstreamers(plain, formats, size):
    for colours, site in itertools.product(MATRICES, SITES):
        named = f"colorimetry={colours},chroma-site={site}"
        before, after = (caps(name, size, named) for name in formats)
        data = noise(before)
        ours = plain.convert(before, after, data, EXTRA)
        assert same_samples(ours, plain.gstreamers(before, after, data), info_of(after))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("formats", list(itertools.product(YUV, YUV)), ids="-".join)
@pytest.mark.parametrize("full_range_first", [False, True])
@pytest.mark.parametrize("instructions", ["plain", *SETS])
def test_another_range_of_the_same_matrix(compiled, instructions, formats, size, full_range_first):
    """GStreamer's converter leaves these samples as they are."""
    one = compiled(instructions)
    ranges = ("1:3:0:0", "bt709") if full_range_first else ("bt709", "1:3:0:0")
    before, after = (
        caps(form, size, f"colorimetry={colours},chroma-site=mpeg2")
        for form, colours in zip(formats, ranges, strict=True)
    )
    data = noise(before)
    out = one.convert(before, after, data, EXTRA)
    for component, (steps, black) in enumerate(((219, 16), (224, 128), (224, 128))):
        of_it, zero = samples(data, info_of(before), component), 0 if black == 16 else black
        if full_range_first:
            exact = (of_it - zero) * steps / 255 + black
        else:
            exact = (of_it - black) * 255 / steps + zero
        found = samples(out, info_of(after), component)
        assert np.abs(found - exact.clip(0, 255)).max() <= 0.6


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


def down(chroma, site):
    """Chroma of pixels to that of cells: the average of four, or that around the left two.

    At the right edge as GStreamer has it: the last of an even number of pixels is not seen.
    """
    height, width = chroma.shape
    chroma = np.pad(chroma, ((0, height % 2), (0, width % 2)), "edge")
    chroma = (chroma[::2] + chroma[1::2]) / 2
    if site == "jpeg":
        return (chroma[:, ::2] + chroma[:, 1::2]) / 2
    left = np.pad(chroma, ((0, 0), (1, 0)), "edge")[:, :-1:2]
    right = chroma[:, 1::2].copy()
    if width > 2:
        right[:, -1] = chroma[:, -2]
    return (left + 2 * chroma[:, ::2] + right) / 4


def yuv_of(red, green, blue, colours, site):
    """The textbook's, in floating point."""
    kr, kb, full = MATRICES[colours]
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    low, of_luma, of_chroma = (0, 1, 1) if full else (16, 219 / 255, 224 / 255)
    return [luma * of_luma + low, *(down(each * of_chroma, site) + 128 for each in chroma)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("formats", [(rgb, yuv) for rgb in RGB for yuv in YUV], ids="-".join)
def test_rgb_becomes_the_textbooks_yuv(plain, formats, size):
    """To the nearest step. GStreamer's own is a step further off: it rounds several times."""
    for colours, site in itertools.product(MATRICES, SITES[:2]):
        before = caps(formats[0], size)
        after = caps(formats[1], size, f"colorimetry={colours},chroma-site={site}")
        data = noise(before)
        ours = plain.convert(before, after, data, EXTRA)
        theirs = plain.gstreamers(before, after, data)
        rgb = [samples(data, info_of(before), c) for c in range(3)]
        for component, exact in enumerate(yuv_of(*rgb, colours, site)):
            found = samples(ours, info_of(after), component)
            assert np.abs(found - exact.clip(0, 255)).max() <= 0.6
            assert np.abs(found - samples(theirs, info_of(after), component)).max() <= 2


@pytest.mark.parametrize("colour", list(itertools.product((0, 255), repeat=3)), ids=str)
def test_saturated_colours_do_not_wrap(plain, colour):
    """Chroma of the full range is 127.5 above and below 128, which rounds to more than a byte."""
    for colours, site, rgb, yuv in itertools.product(MATRICES, SITES[:2], RGB, YUV):
        before = caps(rgb, (8, 8))
        after = caps(yuv, (8, 8), f"colorimetry={colours},chroma-site={site}")
        pixel = colour if len(rgb) == 3 and "x" not in rgb else (*colour, 255)
        data = np.tile(np.array(pixel, np.uint8), 64)
        ours = plain.convert(before, after, data, EXTRA)
        exact = yuv_of(*(samples(data, info_of(before), c) for c in range(3)), colours, site)
        for component, values in enumerate(exact):
            found = samples(ours, info_of(after), component)
            assert np.abs(found - values.clip(0, 255)).max() <= 0.6


def test_sites_that_there_is_no_loop_for_are_gstreamers(plain):
    before = caps("RGBA", (64, 48))
    after = caps("NV12", (64, 48), "colorimetry=bt709,chroma-site=cosited")
    data = noise(before)
    assert (plain.convert(before, after, data) == plain.gstreamers(before, after, data)).all()


@pytest.mark.parametrize("size", [(64, 48), (1032, 8), (4, 4)])
@pytest.mark.parametrize("format", ["NV12", "I420", "RGBA", "BGRx"])
def test_half_the_size_is_every_other_pixel(plain, format, size):  # noqa: A002
    before = caps(format, size, "colorimetry=bt709")
    after = caps(format, (size[0] // 2, size[1] // 2), "colorimetry=bt709")
    data = noise(before)
    out = plain.convert(before, after, data, EXTRA)
    for component in range(3):
        whole = samples(data, info_of(before), component)
        assert (samples(out, info_of(after), component) == whole[1::2, 1::2]).all()


@pytest.mark.parametrize("method", [0, 1], ids=["nearest", "bilinear"])
@pytest.mark.parametrize("scale", [(64, 48, 32, 24), (64, 48, 41, 31), (41, 31, 64, 48)])
@pytest.mark.parametrize("formats", WAYS, ids="-".join)
def test_scaling_and_converting_is_one_after_the_other(plain, formats, scale, method):
    """In either order: the cheaper one."""
    named = "colorimetry=bt709,chroma-site=mpeg2"
    (small, large), (first, last) = (scale[:2], scale[2:]), formats
    before, after = caps(first, small, named), caps(last, large, named)
    scaled_first, converted_first = caps(first, large, named), caps(last, small, named)
    data = noise(before)
    ours = plain.convert(before, after, data, method=method)
    orders = [
        plain.convert(middle, after, plain.convert(before, middle, data, method=method), 0, method)
        for middle in (scaled_first, converted_first)
    ]
    assert any(same_samples(ours, each, info_of(after)) for each in orders)


# Of 64x48 and 80x60 pixels: on even ones, on odd ones, and to the right lower edge.
BEFORE = [(8, 6, 32, 24), (9, 7, 31, 23), (33, 24, 31, 24)]
AFTER = [(16, 12, 40, 30), (17, 11, 25, 19), (39, 29, 41, 31), (16, 12, 16, 12)]
MANY = ["NV12", "I420", "RGBA", "BGR", "YUY2", "Y444", "GRAY8", "GBR"]
CELLS = {"YUY2": (2, 1), "NV12": (2, 2), "I420": (2, 2)}
COLOURS = ["colorimetry=bt709,chroma-site=mpeg2", "colorimetry=bt601,chroma-site=jpeg"]


def on_cells(form, area, size):
    """As much more as it takes to cut through no chroma."""
    cells = CELLS.get(form, (1, 1))
    begin = [at // cell * cell for at, cell in zip(area[:2], cells, strict=True)]
    end = [
        min(-(-(at + length) // cell) * cell, limit)
        for at, length, cell, limit in zip(area[:2], area[2:], cells, size, strict=True)
    ]
    return (*begin, end[0] - begin[0], end[1] - begin[1])


@pytest.mark.parametrize("method", [0, 1], ids=["nearest", "bilinear"])
@pytest.mark.parametrize("after_area", AFTER, ids=str)
@pytest.mark.parametrize("before_area", BEFORE, ids=str)
@pytest.mark.parametrize("formats", WAYS, ids="-".join)
def test_parts_are_scaled_and_converted_one_after_the_other(
    plain, formats, before_area, after_area, method
):
    """With no more than one converter of GStreamer's, however many frames there are."""
    first, last = formats
    before, after = caps(first, (64, 48), COLOURS[0]), caps(last, (80, 60), COLOURS[0])
    parts = on_cells(first, before_area, (64, 48)), on_cells(last, after_area, (80, 60))
    data = noise(before)
    once, made = plain.convert_part(before, after, data, parts, method)
    again, made_again = plain.convert_part(before, after, data, parts, method, times=5)
    assert made == made_again <= 1
    assert (once == again).all()
    orders = [(first, parts[1]), (last, parts[0])]
    ways = [in_two(plain, (before, after), data, parts, (method, *each)) for each in orders]
    assert any(same_samples(once, each, info_of(after)) for each in ways)


def in_two(plain, ends, data, parts, by):
    """The same by way of a picture of a format and an area's size."""
    (before, after), (method, form, area) = ends, by
    middle = caps(form, area[2:], COLOURS[0])
    whole = (0, 0, *area[2:])
    out, _ = plain.convert_part(before, middle, data, (parts[0], whole), method)
    return plain.convert_part(middle, after, out, (whole, parts[1]), method)[0]


def outside(info, component, area):
    """Which samples of a component are none of an area's."""
    x_shift, y_shift = info.finfo.w_sub[component], info.finfo.h_sub[component]
    left, top, width, height = area
    shape = (-(-info.height >> y_shift), -(-info.width >> x_shift))
    found = np.ones(shape, bool)
    across = slice(left >> x_shift, -(-(left + width) >> x_shift))
    found[top >> y_shift : -(-(top + height) >> y_shift), across] = False
    return found


@pytest.mark.parametrize("colours", [(0, 0), (0, 1)], ids=["same colours", "other colours"])
@pytest.mark.parametrize("after_area", AFTER, ids=str)
@pytest.mark.parametrize("formats", list(itertools.product(MANY, MANY)), ids="-".join)
def test_what_is_outside_of_the_part_stays(plain, formats, after_area, colours):
    """GStreamer's converter fills whole rows, if only with what is in its buffers."""
    before, after = (
        caps(form, size, COLOURS[which] if form != "GRAY8" else "")
        for form, size, which in zip(formats, ((64, 48), (80, 60)), colours, strict=True)
    )
    info, data = info_of(after), noise(before)
    area = on_cells(formats[1], after_area, (80, 60))
    for before_area, method in itertools.product(BEFORE, (0, 1)):
        out, _ = plain.convert_part(before, after, data, (before_area, area), method)
        for component in range(info.finfo.n_components):
            of_it = samples(out, info, component)
            assert (of_it[outside(info, component, area)] == 7).all()


@pytest.mark.parametrize("colours", ["bt709", "1:3:0:0"])
@pytest.mark.parametrize("after_area", AFTER, ids=str)
@pytest.mark.parametrize("formats", list(itertools.product(MANY, MANY)), ids="-".join)
def test_what_is_outside_of_the_part_is_black_on_demand(plain, formats, after_area, colours):
    form = formats[1]
    yuv = form not in [*RGB, "GBR", "GRAY8"]
    named = f"colorimetry={colours},chroma-site=mpeg2" if yuv else ""
    before, after = caps(formats[0], (64, 48)), caps(form, (80, 60), named)
    info, area = info_of(after), on_cells(form, after_area, (80, 60))
    out, _ = plain.convert_part(before, after, noise(before), (BEFORE[0], area), fill=True)
    black = [0 if colours.startswith("1:") else 16, 128, 128] if yuv else [0, 0, 0, 255]
    for component in range(info.finfo.n_components):
        of_it = samples(out, info, component)
        assert (of_it[outside(info, component, area)] == black[component]).all()


@pytest.mark.parametrize("range_", ["2", "1"])
@pytest.mark.parametrize("form", ["P010_10LE", "BGR10A2_LE"])
def test_black_of_more_bits(plain, form, range_):
    """The first row of each plane, above the part."""
    named = f"colorimetry={range_}:3:0:0" if form == "P010_10LE" else ""
    before, after = caps("RGBA", (64, 48)), caps(form, (80, 60), named)
    out, _ = plain.convert_part(before, after, noise(before), (BEFORE[0], AFTER[0]), fill=True)
    luma, chroma = out.view("<u2")[:80], out[info_of(after).offset[1] :].view("<u2")[:80]
    if form == "BGR10A2_LE":
        assert (out.view("<u4")[:80] == 0xC0000000).all()
    else:
        assert (luma == (0 if range_ == "1" else 64 << 6)).all()
        assert (chroma == 512 << 6).all()
