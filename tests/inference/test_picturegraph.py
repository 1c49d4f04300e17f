"""Networks that take the pixels of a card: held against the networks that they are made of."""

import numpy as np
import pytest

from pythiags import data
from pythiags.inference.picturegraph import (
    BEST,
    CLASSES,
    FEWER,
    LEAST_OPSET,
    PICTURES,
    Best,
    Layout,
    Place,
    opset,
    placement,
    rewrite,
)

onnxruntime = pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")

HEIGHT, WIDTH, ROWS, PITCH, CHROMA = 6, 8, 12, 64, 8
PIXELS = np.random.default_rng(2).integers(0, 256, (2, ROWS, PITCH), np.uint8)
PLAIN = (((1, 0, 0), 0.0), ((0, 1, 0), 0.0), ((0, 0, 1), 0.0))


def taps(inputs, outputs):
    """Two of them for each output, as samples lie at the centres of pixels."""
    found = np.zeros((outputs, inputs))
    for place in range(outputs):
        at = np.clip((place + 0.5) * inputs / outputs - 0.5, 0, inputs - 1)
        first = min(int(at), inputs - 1)
        found[place, first] += 1 - (at - first)
        found[place, min(first + 1, inputs - 1)] += at - first
    return found


def expected_planes(height, width):
    """Y, U and V of both pictures, scaled."""
    luma = PIXELS[:, :HEIGHT, :WIDTH]
    chroma = PIXELS[:, CHROMA : CHROMA + HEIGHT // 2, :WIDTH].reshape(2, HEIGHT // 2, WIDTH // 2, 2)
    planes = [luma, chroma[..., 0], chroma[..., 1]]
    return np.stack(
        [taps(p.shape[1], height) @ p @ taps(p.shape[2], width).T for p in planes], axis=1
    )


def network(kind, shape, version=13):
    """A network that gives its input back."""
    helper = onnx.helper
    value = {
        name: helper.make_tensor_value_info(name, kind, ["N", *shape]) for name in ("in", "out")
    }
    graph = helper.make_graph(
        [helper.make_node("Identity", ["in"], ["out"])], "same", [value["in"]], [value["out"]]
    )
    opsets = [helper.make_opsetid("", version)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def run(model, **feed):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(None, feed), strict=True)), session


def feed(wanted, count=2):
    """What fills the network's input."""
    place = Place(WIDTH, HEIGHT, 0, 0, WIDTH, HEIGHT, CHROMA, PLAIN)
    return {PICTURES: PIXELS[:count], **placement(wanted, place, count)}


def layout(**changes):
    plain = {
        "name": "in", "channels": 3, "height": HEIGHT, "width": WIDTH, "batch": 0,
        "reversed": False, "channels_last": False, "half": False, "filter": 1, "scale": 1.0,
        "offsets": (0.0, 0.0, 0.0),
    }  # fmt: skip
    return Layout(**(plain | changes))


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("numbers", [(1.0, (0, 0, 0)), (1 / 255, (0, 0, 0)), (0.5, (3, 2, 1))])
@pytest.mark.parametrize("version", [LEAST_OPSET, 18])
def test_pixels_become_what_the_network_takes(half, channels_last, is_reversed, numbers, version):
    scale, offsets = numbers
    kind = onnx.TensorProto.FLOAT16 if half else onnx.TensorProto.FLOAT
    shape = [HEIGHT, WIDTH, 3] if channels_last else [3, HEIGHT, WIDTH]
    wanted = layout(
        reversed=is_reversed, channels_last=channels_last, half=half, scale=scale, offsets=offsets
    )
    model = rewrite(network(kind, shape, version), wanted)
    onnx.checker.check_model(onnx.load_model_from_string(model))
    outputs, session = run(model, **feed(wanted))
    planes = expected_planes(HEIGHT, WIDTH)
    channels = (planes[:, ::-1] if is_reversed else planes).transpose(0, 2, 3, 1)
    expected = (channels - np.array(offsets)) * scale
    if not channels_last:
        expected = expected.transpose(0, 3, 1, 2)
    assert outputs["out"].dtype == (np.float16 if half else np.float32)
    assert np.allclose(outputs["out"], expected, atol=0.1 if half else 1e-3)
    taken = {each.name: each.type for each in session.get_inputs()}
    assert taken.pop(PICTURES) == "tensor(uint8)"
    assert "in" not in taken


def test_pictures_are_scaled_coloured_and_placed_in_black():
    colours = (((1, 0, 0.5), 3.0), ((0, 1, 0), -300.0), ((2, 0, 0), 0.0))
    place = Place(WIDTH, HEIGHT, 4, 3, 5, 4, CHROMA, colours)
    wanted = layout(height=12, width=16)
    model = rewrite(network(onnx.TensorProto.FLOAT, [3, 12, 16]), wanted)
    outputs, _ = run(model, **{PICTURES: PIXELS}, **placement(wanted, place, 2))
    y, _, v = expected_planes(4, 5).transpose(1, 0, 2, 3)
    found = outputs["out"]
    inside = found[:, :, 3:7, 4:9].copy()
    found[:, :, 3:7, 4:9] = 0
    assert not found.any()
    assert np.allclose(inside[:, 0], np.clip(y + 0.5 * v + 3, 0, 255), atol=1e-3)
    assert not inside[:, 1].any()  # cut at 0
    assert np.allclose(inside[:, 2], np.clip(2 * y, 0, 255), atol=1e-3)


def test_a_network_that_insists_on_a_batch_goes_on_doing_so():
    model = rewrite(network(onnx.TensorProto.FLOAT, [3, HEIGHT, WIDTH]), layout(batch=2))
    _, session = run(model, **feed(layout(batch=2)))
    assert session.get_inputs()[0].shape == [2, "rows", "pitch"]


def detector(boxes, classes, version):
    """Boxes and scores of any input: they are constants."""
    helper, generator = onnx.helper, np.random.default_rng(9)
    arrays = {
        "boxes": generator.random((1, boxes, 4), np.float32),
        "scores": generator.random((1, boxes, classes), np.float32),
    }
    nodes = [helper.make_node("Identity", [f"{name}_kept"], [name]) for name in arrays]
    weights = [onnx.numpy_helper.from_array(each, f"{name}_kept") for name, each in arrays.items()]
    values = {
        name: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, each.shape)
        for name, each in arrays.items()
    }
    taken = helper.make_tensor_value_info("in", onnx.TensorProto.FLOAT, ["N", 3, HEIGHT, WIDTH])
    graph = helper.make_graph(nodes, "found", [taken], list(values.values()), weights)
    opsets = [helper.make_opsetid("", version)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8), arrays


@pytest.mark.parametrize("version", [LEAST_OPSET, 13, 18])
def test_the_best_boxes_are_given_besides(version):
    model, arrays = detector(40, 3, version)
    best = Best("boxes", "scores", 3, 7)
    outputs, _ = run(rewrite(model.SerializeToString(), layout(), best), **feed(layout(), 1))
    highest = arrays["scores"][0].max(axis=1)
    order = np.argsort(-highest)[:7]
    assert np.array_equal(outputs[BEST][0], highest[order])
    assert np.array_equal(outputs[CLASSES][0], arrays["scores"][0, order].argmax(axis=1))
    assert np.array_equal(outputs[FEWER + "boxes"][0], arrays["boxes"][0, order])
    for name, array in arrays.items():
        assert np.array_equal(outputs[name], array)


def test_the_version_of_the_operators_is_read():
    assert opset(network(onnx.TensorProto.FLOAT, [1], 15)) == 15
    assert opset(data.path("nanodet_g_416.onnx").read_bytes()) >= LEAST_OPSET
