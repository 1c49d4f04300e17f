"""What the network is given, to the last digit: scaling and colours against OpenCV and formulas."""

from __future__ import annotations

import numpy as np
import pytest

from pythiags import portable
from pythiags.gst._gst import set_infer_engine
from pythiags.inference import ClassAttributes
from pythiags.portable.nvinfer import Plan

cv2 = pytest.importorskip("cv2")

IN = (90, 70)
"""Width and height of the pictures, of the networks below."""
SMALL, LARGE = (40, 30), (130, 100)
BILINEAR, SUPER = 1, 3


@pytest.fixture
def tensor_of(run):
    """``tensor_of(form, size, filter)``: the bytes of a picture, and the tensor made of it.

    With ``more`` there is a picture for each of these additions to the caps; the last one counts.
    """
    tensors = []

    def play(
        form, size, scaling_filter, *, color_format=0, pattern="smpte", channels=3, more=("",)
    ):
        class Recorder:
            plan = Plan(
                infer_dims=(channels, size[1], size[0]),
                model_color_format=color_format,
                maintain_aspect_ratio=False,
                symmetric_padding=False,
                scaling_filter=scaling_filter,
                net_scale_factor=1.0,
                offsets=(0.0, 0.0, 0.0),
                interval=0,
                unique_id=1,
                classes=(ClassAttributes(),),
            )

            def infer(self, tensor):
                tensors.append(tensor[0].copy())
                return [np.empty((0, 6), np.float32)]

            def close(self):
                pass

        set_infer_engine(lambda _: Recorder())
        caps = f"video/x-raw,format={form},width={IN[0]},height={IN[1]}"
        sources = " ".join(
            f"videotestsrc num-buffers=1 pattern={pattern} ! {caps}{each} ! c." for each in more
        )
        one = run(f"concat name=c ! nvinfer ! fakesink name=sink enable-last-sample=true {sources}")
        _, content = one.last()
        return np.frombuffer(content, np.uint8), tensors[-1]

    yield play
    set_infer_engine(portable._open_engine)


def planes(form, content):
    """Y, U, V of a 90x70 picture; rows of Y are padded to 92 bytes, of U and V to 48."""
    luma = content[: 92 * 70].reshape(70, 92)[:, :90]
    if form == "NV12":
        both = content[92 * 70 :].reshape(35, 92)[:, :90].reshape(35, 45, 2)
        return luma, both[..., 0], both[..., 1]
    chroma = content[92 * 70 :].reshape(2, 35, 48)[..., :45]
    return luma, chroma[0], chroma[1]


@pytest.mark.parametrize("size", [SMALL, LARGE, IN], ids=["smaller", "larger", "same"])
@pytest.mark.parametrize("form", ["RGBA", "BGRx", "ARGB"])
def test_bilinear_scaling_is_opencvs(tensor_of, form, size):
    content, tensor = tensor_of(form, size, BILINEAR)
    picture = content.reshape(IN[1], IN[0], 4)[..., [form.index(c) for c in "RGB"]]
    scaled = cv2.resize(picture.astype(np.float32), size).transpose(2, 0, 1)
    assert tensor == pytest.approx(scaled, abs=0.01)


def test_super_sampling_is_the_average_of_what_a_pixel_covers(tensor_of):
    content, tensor = tensor_of("RGBA", SMALL, SUPER)
    picture = content.reshape(IN[1], IN[0], 4)[..., :3].astype(np.float32)
    scaled = cv2.resize(picture, SMALL, interpolation=cv2.INTER_AREA).transpose(2, 0, 1)
    assert tensor == pytest.approx(scaled, abs=0.1)


def test_nearest_takes_the_pixel_at_the_centre(tensor_of):
    content, tensor = tensor_of("RGBA", (30, 10), 0)
    picture = content.reshape(IN[1], IN[0], 4)[3::7, 1::3, :3]
    assert (tensor == picture.transpose(2, 0, 1)).all()


@pytest.mark.parametrize("scaling_filter", range(7))
@pytest.mark.parametrize(("form", "row"), [("RGBA", 360), ("BGR", 272), ("GRAY8", 92)])
def test_every_filter_copies_a_picture_of_the_right_size(tensor_of, form, row, scaling_filter):
    content, tensor = tensor_of(form, IN, scaling_filter)
    picture = content.reshape(IN[1], row)[:, : IN[0] * (row // IN[0])].reshape(IN[1], IN[0], -1)
    order = [0, 0, 0] if form == "GRAY8" else [form.index(letter) for letter in "RGB"]
    assert (tensor == picture[..., order].transpose(2, 0, 1)).all()


def test_a_picture_of_other_colours_than_the_last_has_its_own(tensor_of):
    bt709, full = ",colorimetry=bt709", ",colorimetry=1:4:0:0"
    for last, first in ((bt709, full), (full, bt709)):
        _, alone = tensor_of("NV12", SMALL, BILINEAR, more=(last,))
        _, after = tensor_of("NV12", SMALL, BILINEAR, more=(first, last))
        assert (after == alone).all()


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["smaller", "larger"])
@pytest.mark.parametrize("scaling_filter", range(7))
def test_no_filter_changes_a_plain_colour(tensor_of, scaling_filter, size):
    _, tensor = tensor_of("RGBA", size, scaling_filter, pattern="red")
    assert tensor[0] == pytest.approx(np.full_like(tensor[0], 255), abs=0.01)
    assert tensor[1:] == pytest.approx(np.zeros_like(tensor[1:]), abs=0.01)


@pytest.mark.parametrize("form", ["I420", "NV12"])
def test_video_colours_are_bt601s_by_its_formula(tensor_of, form):
    content, tensor = tensor_of(form, SMALL, BILINEAR)
    scaled = [cv2.resize(plane.astype(np.float32), SMALL) for plane in planes(form, content)]
    y, u, v = (scaled[0] - 16) / 219, (scaled[1] - 128) / 224, (scaled[2] - 128) / 224
    red, blue = y + 1.402 * v, y + 1.772 * u
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    expected = np.clip(np.stack([red, green, blue]) * 255, 0, 255)
    assert tensor == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("form", ["YUY2", "UYVY", "YV12", "NV21", "Y42B", "Y444", "AYUV", "NV16"])
def test_other_layouts_of_video_give_the_same_colours(tensor_of, form):
    _, expected = tensor_of("I420", SMALL, SUPER)
    _, tensor = tensor_of(form, SMALL, SUPER)
    apart = np.abs(tensor - expected)
    assert np.median(apart) < 1  # sharp edges differ where the chroma is finer
    assert apart.mean() < 8


@pytest.mark.parametrize("form", ["RGBA", "I420", "GRAY8"])
def test_a_grey_network_gets_the_brightness(tensor_of, form):
    colour, tensor = tensor_of(form, IN, BILINEAR, color_format=2, channels=1)
    if form == "RGBA":
        expected = colour.reshape(IN[1], IN[0], 4)[..., :3] @ np.array([0.299, 0.587, 0.114])
    elif form == "I420":
        expected = (planes(form, colour)[0].astype(float) - 16) * 255 / 219
    else:
        expected = colour.reshape(70, 92)[:, :90]
    assert tensor[0] == pytest.approx(np.clip(expected, 0, 255), abs=0.02)


def test_a_picture_without_colours_is_grey_to_a_network_that_sees_them(tensor_of):
    content, tensor = tensor_of("GRAY8", IN, BILINEAR)
    for channel in tensor:
        assert channel == pytest.approx(content.reshape(70, 92)[:, :90].astype(float), abs=0.01)
