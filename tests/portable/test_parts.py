"""Parts of pictures: scaled and converted, and what lies beside them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from standins.pixels import RGB, WAYS, YUV, caps, info_of, noise, same_samples, samples

# Of 64x48 and 80x60 pixels: on even ones, on odd ones, and to the right lower edge.
BEFORE = [(8, 6, 32, 24), (9, 7, 31, 23), (33, 24, 31, 24)]
AFTER = [(16, 12, 40, 30), (17, 11, 25, 19), (39, 29, 41, 31), (16, 12, 16, 12)]
MANY = ["NV12", "I420", "RGBA", "BGR", "YUY2", "Y444", "GRAY8", "GBR"]
CELLS = {"YUY2": (2, 1), "NV12": (2, 2), "I420": (2, 2)}
TO_RGB = [(first, last) for first, last in WAYS if first in YUV and last in RGB]
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
@pytest.mark.parametrize("formats", [each for each in WAYS if each not in TO_RGB], ids="-".join)
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


@pytest.mark.parametrize("method", [0, 1], ids=["nearest", "bilinear"])
@pytest.mark.parametrize("after_area", AFTER, ids=str)
@pytest.mark.parametrize("before_area", BEFORE, ids=str)
@pytest.mark.parametrize("formats", TO_RGB, ids="-".join)
def test_parts_of_yuv_become_rgb_as_pictures_of_their_own_do(
    plain, formats, before_area, after_area, method
):
    """They are not scaled as YUV, which would go by way of RGB.

    Bilinear scaling reads what is beside the part, too, as on a GPU: its edges have it.
    """
    first, last = formats
    ends = caps(first, (64, 48), COLOURS[0]), caps(last, (80, 60), COLOURS[0])
    parts = on_cells(first, before_area, (64, 48)), on_cells(last, after_area, (80, 60))
    data, info = noise(ends[0]), info_of(ends[1])
    once, _ = plain.convert_part(*ends, data, parts, method)
    assert same_samples(once, in_two(plain, ends, data, parts, (method, last, parts[1])), info)
    cut_out = in_two(plain, ends, data, parts, (method, first, parts[0]))
    inside = within(parts[1], 2 * method)
    for component in range(info.finfo.n_components):
        a, b = (samples(each, info, component)[inside] for each in (once, cut_out))
        assert (a == b).all()


def within(area, margin):
    """Return the samples of an area that are so far from its edges."""
    left, top, width, height = area
    rows, columns = (top + margin, top + height - margin), (left + margin, left + width - margin)
    return slice(*rows), slice(*columns)


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
