"""What an engine of nvinfer answers is checked before it is written to the batch."""

from __future__ import annotations

import numpy as np
import pytest

from pythiags import portable
from pythiags.gst._gst import set_infer_engine
from pythiags.inference import ClassAttributes
from pythiags.inference.types import Attribute, Findings
from pythiags.portable.nvinfer import Plan

TEXT = (
    "videotestsrc num-buffers=3 ! video/x-raw,format=RGBA,width=64,height=64 ! nvinfer ! "
    "fakesink name=sink"
)
BALL = (0, 0.75, 8, 16, 10, 10)


class Engine:
    """Answers each picture with `find`."""

    def __init__(self, find):
        self.find = find
        self.plan = Plan(
            infer_dims=(3, 64, 64),
            model_color_format=0,
            maintain_aspect_ratio=False,
            symmetric_padding=False,
            scaling_filter=1,
            net_scale_factor=1.0,
            offsets=(0.0, 0.0, 0.0),
            interval=0,
            unique_id=1,
            classes=(ClassAttributes(label="ball"),),
        )

    def infer(self, tensor):
        return self.find(len(tensor))

    def close(self):
        """Nothing is held."""


@pytest.fixture
def find():
    """``find(function)``: have every nvinfer answer so."""
    yield lambda function: set_infer_engine(lambda _: Engine(function))
    set_infer_engine(portable._open_engine)


def boxes(*rows):
    return lambda count: [np.array(rows, np.float32)] * count


@pytest.mark.parametrize(("given", "named"), [(1, 1), (-3, -1), (np.nan, -1), (1e20, -1)])
def test_objects_of_an_unknown_class_are_left_out_with_one_warning(
    find, build, collect, given, named
):
    find(boxes(BALL, (given, *BALL[1:])))
    seen = collect(TEXT, lambda _, objects: [obj.class_id for obj in objects])
    assert seen == [[[0]]] * 3
    one = build(TEXT).play()
    assert one.error is None
    (warning,) = one.warnings
    assert warning == (
        f"The network found objects of class {named}, and num-detected-classes is 1. "
        "They are left out."
    )


def test_a_label_for_a_picture_that_is_not_there_is_an_error(find, run):
    def answer(count):
        labels = [[]] * count + [[Attribute(0, 0, 0.5, "red")]]
        return Findings(boxes=[np.empty((0, 6), np.float32)] * count, labels=labels)

    find(answer)
    assert "The engine found something in picture 1, counted from 0, of 1." in run(TEXT).error


@pytest.mark.skipif(int(np.__version__.split(".")[0]) < 2, reason="NumPy has at most 32 before 2.0")
def test_an_output_of_too_many_dimensions_is_an_error(find, run):
    def answer(count):
        tensors = {"scores": np.zeros((count,) + (1,) * 40, np.float32)}
        return Findings(boxes=[np.empty((0, 6), np.float32)] * count, tensors=tensors)

    find(answer)
    error = run(TEXT).error
    assert "the output scores has 40 dimensions for each picture, expected 32 or fewer" in error


@pytest.mark.parametrize("shape", [(0,), (5,), (5, 1)], ids=str)
def test_an_output_that_is_not_of_the_pictures_is_an_error(find, run, shape):
    def answer(count):
        tensors = {"scores": np.zeros(shape, np.float32)}
        return Findings(boxes=[np.empty((0, 6), np.float32)] * count, tensors=tensors)

    find(answer)
    error = run(TEXT).error
    assert f"the output scores has the shape {list(shape)}, expected 1 pictures in front" in error


@pytest.mark.parametrize(
    ("left", "top", "expected"),
    [
        (1e12, 1e12, (2**31 - 1, 2**31 - 1)),
        (np.inf, np.inf, (2**31 - 1, 2**31 - 1)),
        (np.nan, np.nan, (0, 0)),
        (8.9, 16.9, (8, 6)),
    ],
)
def test_texts_lie_where_there_are_pixels(find, collect, left, top, expected):
    find(boxes((0, 0.75, left, top, 10, 10)))

    def place(_, objects):
        return [(obj.text_params.x_offset, obj.text_params.y_offset) for obj in objects]

    assert collect(TEXT, place) == [[[expected]]] * 3
