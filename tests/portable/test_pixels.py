"""The converter's own loops: compiled for each instruction set, against GStreamer and the textbook.

What is installed chooses a loop by the processor it runs on. Here the same sources are compiled for
one instruction set each, and all of them must give the same bytes.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from standins.pixels import RGB, SETS, WAYS, YUV, caps, info_of, noise, same_samples, samples

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


EXTRA = 5
"""Bytes more a row: nothing is aligned."""


# Sizes before and after: as they are, halved, and by an odd ratio up and down.
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
