"""Scaled pictures: those of NVIDIA's converter on a GPU, and a model of it in NumPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from standins.cardpictures import SCALED, SIZE, SOURCES, bytes_of
from standins.pixels import SETS, caps, info_of, noise, samples

RGB, YUV = ("RGB", "BGR", "RGBA", "BGRx"), ("NV12", "I420")
FORMATS = (*RGB, *YUV, "GRAY8")
NEAREST, BILINEAR, NICEST, DEFAULT = 0, 1, 5, 6
LIMITED = "colorimetry=bt601,chroma-site=mpeg2"
# Sizes before and after.
SCALES = [((64, 48), (32, 24)), ((64, 48), (41, 31)), ((41, 31), (64, 48)), ((48, 36), (80, 44))]
SCALES += [
    ((1100, 6), (550, 3)),
    ((6, 4), (1090, 6)),
    ((98, 8), (70, 6)),
    ((64, 144), (60, 250)),
    ((1, 1), (6, 4)),
]
SCALES += [((2, 2), (1, 1)), ((3, 5), (4, 4)), ((64, 48), (64, 24)), ((63, 47), (126, 94))]


def difference(one, other, text, component):
    info = info_of(text)
    return np.abs(samples(one, info, component) - samples(other, info, component))


# ---- NVIDIA's ----


@pytest.mark.parametrize(("form", "method", "size"), SCALED, ids=str)
@pytest.mark.parametrize("instructions", ["plain", *SETS])
def test_pictures_are_those_of_the_card(compiled, instructions, form, method, size):
    before, after = (caps(form, each, LIMITED) for each in (SIZE, size))
    expected = bytes_of(SCALED[form, method, size])
    found = compiled(instructions).convert(before, after, bytes_of(SOURCES[form]).copy(), 0, method)
    luma, *chroma = (difference(found, expected, after, component) for component in range(3))
    if form == "RGBA":
        assert (found == expected).all()
    else:
        assert luma.max() <= 1
        assert (luma == 0).mean() > 0.96
        assert max(each.max() for each in chroma) <= 1


# ---- a model ----


def places(outputs, ratio, origin):
    """In single precision, as the card has them."""
    return origin + np.arange(outputs, dtype=np.float32) * np.float32(ratio[0] / ratio[1])


def nearest(plane, across, down):
    rows, columns = (
        np.floor(each).clip(0, limit - 1).astype(int)
        for each, limit in zip((down, across), plane.shape, strict=True)
    )
    return plane[rows][:, columns]


def bilinear(plane, across, down):
    """CUDA's texture unit on bytes: weights have 8 bits, and the fraction of their sum is cut."""

    def pairs(place, limit):
        steps = np.floor((place.astype(float) - 0.5) * 256 + 0.5).astype(int)
        first = steps >> 8
        return first.clip(0, limit - 1), (first + 1).clip(0, limit - 1), steps & 255

    plane = plane.astype(int)
    (upper, lower, low), (left, right, far) = (
        pairs(each, limit) for each, limit in zip((down, across), plane.shape, strict=True)
    )
    both = (far[None] * low[:, None] + 128) >> 8
    weights = (256 - far[None] - low[:, None] + both, far[None] - both, low[:, None] - both, both)
    corners = itertools.product((upper, lower), (left, right))
    return sum(w * plane[y][:, x] for w, (y, x) in zip(weights, corners, strict=True)) >> 8


def component_of(picture, component, size, method, area=None):
    """One component of a scaled picture; ``area`` is left, top, width and height."""
    text, data = picture
    info, layout = info_of(text), info_of(text).finfo
    area = area or (0, 0, info.width, info.height)
    across, down = 1 << layout.w_sub[component], 1 << layout.h_sub[component]
    outputs = (-(-size[0] // across), -(-size[1] // down))
    sample = bilinear if method == BILINEAR else nearest
    return sample(
        samples(data, info, component),
        places(outputs[0], (area[2], size[0]), area[0] / across),
        places(outputs[1], (area[3], size[1]), area[1] / down),
    )


def by_rgb(luma, u, v, kr=0.299, kb=0.114):
    """To RGB and back, in the limited range, without fractions."""
    height, width = luma.shape
    up = [np.repeat(np.repeat(each, 2, 0), 2, 1)[:height, :width] - 128.0 for each in (u, v)]
    gray, (blueness, redness) = (luma - 16.0) * 255 / 219, (each * 255 / 112 for each in up)
    red, blue = gray + (1 - kr) * redness, gray + (1 - kb) * blueness
    green = gray - (kr * (1 - kr) * redness + kb * (1 - kb) * blueness) / (1 - kr - kb)
    red, green, blue = (np.floor(each.clip(0, 255) + 1e-9) for each in (red, green, blue))
    gray = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = (((each - gray) / (1 - k))[::2, ::2] for each, k in ((blue, kb), (red, kr)))
    return [np.floor(gray * 219 / 255 + 16 + 1e-9), *(c * 112 / 255 + 128 for c in chroma)]


def scaled(text, size, data, method, area=None):
    """All components, as floats."""
    info = info_of(text)
    count = min(info.finfo.n_components, 3)
    parts = [component_of((text, data), c, size, method, area) for c in range(count)]
    return by_rgb(*parts) if info.finfo.n_planes > 1 else parts


def check(found, after, expected):
    for component, values in enumerate(expected):
        away = np.abs(samples(found, info_of(after), component) - values)
        if "format=NV12" not in after and "format=I420" not in after:
            assert (away == 0).all()
        else:
            assert away.max() < (1.1 if component == 0 else 2)
            assert (away < 1).mean() > 0.9


@pytest.mark.parametrize("method", [NEAREST, BILINEAR, DEFAULT])
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("instructions", ["plain", *SETS])
def test_pictures_are_those_of_the_model(compiled, instructions, form, method):
    for size, other in SCALES:
        before, after = (caps(form, each, LIMITED) for each in (size, other))
        data = noise(before)
        found = compiled(instructions).convert(before, after, data, 5, method)
        check(found, after, scaled(before, other, data, method))


@pytest.mark.parametrize("method", [NEAREST, BILINEAR])
@pytest.mark.parametrize("form", ["RGBA", "NV12", "I420"])
def test_a_part_sees_what_lies_beside_it(plain, form, method):
    """As on a card, whose texture is the whole picture."""
    before, after = caps(form, (64, 48), LIMITED), caps(form, (40, 60), LIMITED)
    data, area = noise(before), (12, 10, 30, 20)
    found, _ = plain.convert_part(before, after, data, (area, (0, 0, 40, 60)), method)
    check(found, after, scaled(before, (40, 60), data, method, area))


def test_gray_stays_gray(plain):
    before, after = caps("NV12", (64, 8), LIMITED), caps("NV12", (80, 6), LIMITED)
    data = np.full(info_of(before).size, 128, np.uint8)
    data[: 64 * 8] = np.tile(np.arange(16, 236, 220 / 64).astype(np.uint8), 8)
    found = plain.convert(before, after, data, 0, BILINEAR)
    assert (samples(found, info_of(after), 1) == 128).all()
    assert (samples(found, info_of(after), 2) == 128).all()


def test_the_method_that_a_gpu_ignores_is_the_nearest_of_centres(plain):
    before, after = caps("RGBA", (48, 36)), caps("RGBA", (80, 44))
    data = noise(before)
    found = plain.convert(before, after, data, 0, NICEST)
    rows, columns = (((np.arange(n) + 0.5) * m // n).astype(int) for n, m in ((44, 36), (80, 48)))
    for component in range(3):
        whole = samples(data, info_of(before), component)
        assert (samples(found, info_of(after), component) == whole[rows][:, columns]).all()


@pytest.mark.parametrize("method", [NEAREST, BILINEAR])
@pytest.mark.parametrize("form", ["NV12", "I420"])
def test_rgb_is_made_of_scaled_samples(plain, form, method):
    before, after = caps(form, (64, 48), LIMITED), caps("RGBA", (40, 30))
    data = noise(before)
    middle = caps(form, (40, 30), LIMITED)
    picture = np.zeros(info_of(middle).size, np.uint8)
    for component in range(3):
        values = component_of((before, data), component, (40, 30), method)
        put(picture, info_of(middle), component, values)
    expected = plain.convert(middle, after, picture)
    assert (plain.convert(before, after, data, 0, method) == expected).all()


def put(data, info, component, values):
    layout = info.finfo
    plane, step = layout.plane[component], layout.pixel_stride[component]
    begin, stride = info.offset[plane] + layout.poffset[component], info.stride[plane]
    for y, row in enumerate(values):
        data[begin + y * stride :][: len(row) * step : step] = row
