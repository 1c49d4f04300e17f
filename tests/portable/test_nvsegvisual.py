"""nvsegvisual on a CPU: the class of each pixel in DeepStream's colours."""

from __future__ import annotations

import numpy as np
import pytest
from standins.networks import HEIGHT, WIDTH, ball, configuration, segmenter

from pythiags.gst import Gst

# Of a class's number, and of no class.
COLOURS = {-1: (128, 128, 128), 0: (0, 128, 128), 1: (128, 0, 0)}
RGBA = "nvvideoconvert ! video/x-raw,format=RGBA ! fakesink name=sink enable-last-sample=true"


def pixels(played):
    caps, data = played.last()
    structure = caps.get_structure(0)
    return np.frombuffer(data, np.uint8).reshape(
        structure.get_value("height"), structure.get_value("width"), 4
    )[..., :3]


@pytest.fixture
def show(run, tmp_path):
    """``show(more)``: what nvsegvisual shows of the ball; its network has the picture's size."""
    path = configuration(
        tmp_path,
        segmenter,
        **{"network-type": 2, "num-detected-classes": 2, "segmentation-threshold": 0.5},
        **{"segmentation-output-order": 0, "gie-unique-id": 4},
    )

    def play(more="", size=(WIDTH, HEIGHT)):
        width, height = size
        nvmm = "nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA"
        text = f"{ball()} {nvmm} ! nvinfer config-file-path={path} ! "
        return run(f"{text} nvsegvisual name=show width={width} height={height} {more} ! {RGBA}")

    return play


@pytest.fixture
def before(run):
    """What the muxer's picture looks like, scaled by nothing."""
    return pixels(run(f"{ball()} {RGBA}"))


def test_each_pixel_has_the_colour_of_its_class(show, before):
    picture = pixels(show())
    inside = before.max(axis=2) > 140
    outside = before.max(axis=2) < 110
    assert (picture[inside] == COLOURS[1]).all()
    assert (picture[outside] == COLOURS[0]).all()
    assert inside.any()
    assert outside.any()


def test_the_background_stays_and_the_rest_is_mixed(show, before):
    picture = pixels(show("original-background=true class-id=0 alpha=0.5")).astype(int)
    inside, outside = before.max(axis=2) > 140, before.max(axis=2) < 110
    assert np.abs(picture[outside] - before[outside]).max() <= 2
    mixed = (before[inside].astype(int) + COLOURS[1]) / 2
    assert np.abs(picture[inside] - mixed).max() <= 2


def test_another_networks_classes_are_not_shown_on_demand(show, before):
    assert np.abs(pixels(show("operate-on-seg-meta-id=5")).astype(int) - before).max() <= 2
    assert (pixels(show("operate-on-seg-meta-id=4")) == COLOURS[0]).all(axis=2).any()


def test_the_picture_is_scaled_and_the_classes_are_not(show):
    """As with DeepStream: width and height are to be the network's."""
    picture = pixels(show(size=(2 * WIDTH, 2 * HEIGHT)))
    assert picture.shape[:2] == (2 * HEIGHT, 2 * WIDTH)
    known = np.array([*COLOURS.values()])
    shown = (picture[:, :, None] == known).all(axis=3).any(axis=2)
    assert shown[:HEIGHT, :WIDTH].all()
    assert shown[HEIGHT:, WIDTH:].mean() < 0.1  # grey may be in the picture itself


def test_a_batch_of_two_and_the_caps_of_deepstream(run, tmp_path):
    sources = "".join(
        f"videotestsrc num-buffers=2 pattern={pattern} ! video/x-raw,width=64,height=48 "
        f"! nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12 ! m.sink_{index} "
        for index, pattern in enumerate(("white", "black"))
    )
    played = run(
        f"{sources} nvstreammux name=m batch-size=2 width=64 height=48 "
        "! nvsegvisual name=show width=32 height=24 "
        f"! nvmultistreamtiler rows=1 columns=2 width=64 height=24 ! {RGBA}"
    )
    picture = pixels(played)
    assert (picture[:, :30] > 200).all()
    assert (picture[:, 34:] < 40).all()
    caps = played["show"].get_static_pad("src").get_current_caps()
    assert caps.can_intersect(Gst.Caps.from_string("video/x-raw(memory:NVMM),format=RGBA,width=32"))
