"""Which card an element uses, and what is said where two of them do not agree."""

from __future__ import annotations

import numpy as np
import pytest
from gpu.playing import CONFIG, VIDEO, boxes, play, run

import pythiags
from pythiags import frames_per_batch, nvidia

MISSING = 99


@pytest.fixture
def _two_cards():
    cards = nvidia.driver().cards
    if len(cards) < 2:
        pytest.skip(f"needs two cards: there is {cards[0].name}")


def text_of(decoder, mux, infer, tail="nvdsosd gpu-id={infer} ! ", *, size=(1280, 720)):
    """Return a pipeline whose elements have these numbers as their gpu-id."""
    tail = tail.format(infer=infer)
    return (
        f"filesrc location={VIDEO} ! h264parse ! nvv4l2decoder gpu-id={decoder} ! m.sink_0 "
        f"nvstreammux name=m gpu-id={mux} batch-size=1 width={size[0]} height={size[1]} ! "
        f"nvinfer gpu-id={infer} config-file-path={CONFIG} ! {tail} fakesink name=sink sync=false"
    )


def device_and_boxes(info):
    return pythiags.frame_tensor(info).__dlpack_device__(), boxes(info)


@pytest.mark.usefixtures("_two_cards")
@pytest.mark.parametrize("size", [(768, 432), (1280, 720)])
def test_the_second_card_finds_what_the_first_does(size):
    first, second = (
        play(text_of(number, number, number, "", size=size), device_and_boxes) for number in (0, 1)
    )
    assert {device for device, _ in first} == {(2, 0)}
    assert {device for device, _ in second} == {(2, 1)}
    assert sum(len(frame) for _, batch in first for frame in batch) > 500
    for (_, one), (_, other) in zip(first, second, strict=True):
        assert len(one) == len(other)
        for expected, got in zip(one, other, strict=True):
            assert np.allclose(expected, got, atol=0.5)


@pytest.mark.usefixtures("_two_cards")
@pytest.mark.parametrize("tail", ["nvdsosd gpu-id={infer} display-clock=true ! ",
                                  "nvvideoconvert gpu-id={infer} ! video/x-raw,format=RGBA ! ",
                                  "nvmultistreamtiler gpu-id={infer} rows=1 columns=1 "
                                  "width=640 height=360 ! nvdsosd gpu-id={infer} ! "])  # fmt: skip
def test_elements_make_the_same_pictures_on_the_second_card(tail):
    def read(info):
        return pythiags.frame_image(info, next(frames_per_batch(info))).astype(int)

    first, second = (play(text_of(number, number, number, tail), read, 5) for number in (0, 1))
    for one, other in zip(first, second, strict=True):
        assert np.abs(one - other).mean() < 1


@pytest.mark.usefixtures("_two_cards")
def test_padding_is_black_on_the_second_card():
    def read(info):
        return pythiags.frame_image(info)

    texts = (text_of(number, number, number, "", size=(640, 640)) for number in (0, 1))
    more = "batch-size=1 enable-padding=true"
    first, second = (play(text.replace("batch-size=1", more), read, 5) for text in texts)
    for one, other in zip(first, second, strict=True):
        assert one[0].max() == other[0].max() == 16
        assert np.abs(one.astype(int) - other).mean() < 1


@pytest.mark.usefixtures("_two_cards")
@pytest.mark.parametrize(("decoder", "mux"), [(1, 0), (0, 1)])
def test_pictures_of_another_card_than_the_batchs_are_an_error(decoder, mux):
    found, error = run(text_of(decoder, mux, mux), boxes)
    assert found == []
    assert f"is in the memory of GPU {decoder} and gpu-id is {mux}; set gpu-id" in error


@pytest.mark.usefixtures("_two_cards")
@pytest.mark.parametrize(("batch", "network"), [(1, 0), (0, 1)])
def test_a_batch_of_another_card_than_the_networks_is_an_error(batch, network):
    found, error = run(text_of(batch, batch, network), boxes)
    assert found == []
    assert f"The batch is in the memory of GPU {batch} and gpu-id is {network}: set gpu" in error


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((MISSING, 0, 0), "nvv4l2decoder"),  # which speaks of memory
        ((0, MISSING, 0), f"GPU 0 and gpu-id is {MISSING}; set gpu-id"),
        ((0, 0, MISSING), f"there is no GPU {MISSING}"),
    ],
    ids=["nvv4l2decoder", "nvstreammux", "nvinfer"],
)
def test_a_card_that_is_not_there_is_an_error(numbers, expected):
    found, error = run(text_of(*numbers), boxes)
    print(error)
    assert found == []
    assert expected in error
