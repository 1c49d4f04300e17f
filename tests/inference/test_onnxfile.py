"""ONNX files, read without ONNX Runtime: what a file is, and what its network asks for."""

from __future__ import annotations

import os
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pythiags import data
from pythiags.errors import ConfigError
from pythiags.inference import read_config, read_model
from pythiags.inference.onnxfile import read_outline

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

GOOD = data.path("nanodet_g_416.onnx")
FLOAT = TensorProto.FLOAT


def tensor(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


BOXES, SCORES = tensor("boxes", ["N", 10, 4]), tensor("scores", ["N", 10, 2])
IMAGES = tensor("images", ["N", 3, 8, 8])


def save(path, *, inputs=(IMAGES,), outputs=(BOXES, SCORES), nodes=(), weights=(), **more):
    graph = helper.make_graph(list(nodes), "net", list(inputs), list(outputs), list(weights))
    opsets = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8, **more), path)


def refusal(path):
    with pytest.raises(ConfigError) as problem:
        read_outline(path, "config.txt:3")
    assert problem.value.where == "config.txt:3"
    return problem.value


# ---- what a file is ----

NOT_MODELS = {
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 9\n": "a Git LFS pointer",
    b"<!DOCTYPE html>\n<html lang=en>": "an HTML page",
    b"\n\n  <!-- saved -->\n<HTML><body>": "an HTML page",
    b"\xef\xbb\xbf<!doctype html>": "an HTML page",
    b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>': "an XML document",
    b'<?xml version="1.0"?>\n<net name="Model0" version="11">': "an OpenVINO model",
    b'{"message": "Not Found"}': "JSON text",
    b"ftrt\x06\0\0\0" + bytes(range(256)): "a TensorRT engine",
    b"ptrt\x06\0\0\0" + bytes(range(256)): "a TensorRT engine",
    b'\x19\0\0\0{"stride": 32, "task": 1}ftrt\0\0': "a TensorRT engine",
    b"PK\x03\x04\x14\0archive/data.pkl": "a PyTorch checkpoint",
    b"PK\x03\x04\x14\0net.onnx": "a ZIP archive",
    b"\x80\x02}q\x00.": "a Python pickle",
    b"\x1f\x8b\x08\0": "a compressed file",
    b"\x89HDF\r\n\x1a\n": "a Keras model",
    b"\x1c\0\0\0TFL3": "a TensorFlow Lite model",
    b"\x1c\0\0\0ORTM": "ONNX Runtime's own format",
    b"\x7fELF\x02\x01": "a program or library",
    b"404: Not Found": "a text file",
    b"\0" * 100: "filled with zeros",
    b"": "empty",
    bytes(range(255, 0, -1)): "not an ONNX model",
}


@pytest.mark.parametrize(("content", "what"), NOT_MODELS.items(), ids=NOT_MODELS.values())
def test_a_file_that_is_not_a_model_is_named_for_what_it_is(tmp_path, content, what):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    problem = refusal(path)
    assert what in problem.message
    assert problem.got == str(path)
    assert problem.hint


@pytest.mark.parametrize("part", [0.001, 0.3, 0.9, 0.9999])
def test_a_model_that_was_cut_short_has_its_size_told(tmp_path, part):
    whole = GOOD.read_bytes()
    path = tmp_path / "net.onnx"
    path.write_bytes(whole[: int(len(whole) * part)])
    problem = refusal(path)
    assert "is truncated: it has" in problem.message
    assert str(path.stat().st_size) in problem.message


def test_a_missing_model_a_folder_and_a_pipe_are_refused_by_name(tmp_path):
    assert refusal(tmp_path / "no.onnx").message == "the model does not exist"
    assert "a folder" in refusal(tmp_path).message
    os.mkfifo(tmp_path / "pipe.onnx")
    assert "a pipe" in refusal(tmp_path / "pipe.onnx").message
    assert "null byte" in refusal(tmp_path / "a\0b").message


@given(st.data())
def test_no_damage_raises_anything_but_a_config_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "net.onnx"
    save(path, nodes=[helper.make_node("Relu", ["images"], ["boxes"], name="relu")])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        read_outline(path, "here")
    except ConfigError:
        return


# ---- what a network asks for ----


def test_the_outline_is_what_onnx_runtime_sees():
    session = ort.InferenceSession(str(GOOD), providers=["CPUExecutionProvider"])
    outline = read_outline(GOOD, "here")
    for ours, theirs in (
        (outline.inputs, session.get_inputs()),
        (outline.outputs, session.get_outputs()),
    ):
        assert [each.name for each in ours] == [each.name for each in theirs]
        shapes = [[s if isinstance(s, int) else 0 for s in each.shape] for each in theirs]
        assert [list(each.shape) for each in ours] == shapes


@pytest.mark.parametrize(
    ("kind", "name"), [(FLOAT, "float32"), (TensorProto.FLOAT16, "float16"), (2, "uint8")]
)
def test_types_and_open_sizes_are_told(tmp_path, kind, name):
    save(tmp_path / "net.onnx", inputs=[tensor("x", ["N", None, -1, 7], kind)])
    (found,) = read_outline(tmp_path / "net.onnx", "here").inputs
    assert (found.type, found.shape) == (name, (0, 0, 0, 7))
    assert str(found) == f"x: {name} [any, any, any, 7]"


def test_weights_that_are_listed_as_inputs_are_not_inputs(tmp_path):
    weight = numpy_helper.from_array(np.zeros(3, np.float32), "w")
    save(tmp_path / "net.onnx", inputs=[IMAGES, tensor("w", [3])], weights=[weight])
    assert [i.name for i in read_outline(tmp_path / "net.onnx", "here").inputs] == ["images"]


def test_a_sequence_is_told_from_a_tensor(tmp_path):
    type_ = helper.make_sequence_type_proto(helper.make_tensor_type_proto(FLOAT, None))
    output = helper.make_value_info("rows", type_)
    save(tmp_path / "net.onnx", outputs=[output])
    assert [o.type for o in read_outline(tmp_path / "net.onnx", "here").outputs] == ["sequence"]


@pytest.mark.parametrize(
    ("operator", "domain", "what"),
    [
        ("EfficientNMS_TRT", "", "TensorRT plugins"),
        ("EfficientNMS_TRT", "TRT", "TensorRT plugins"),
        ("BatchedNMSDynamic_TRT", "", "TensorRT plugins"),
        ("TRTBatchedNMS", "mmdeploy", "TensorRT plugins"),
        ("GridSample3D", "org.example", "custom operators"),
    ],
)
def test_operators_that_onnx_runtime_lacks_are_named(tmp_path, operator, domain, what):
    node = helper.make_node(operator, ["images"], ["boxes"], domain=domain)
    save(tmp_path / "net.onnx", nodes=[node])
    problem = refusal(tmp_path / "net.onnx")
    assert f"needs {what}" in problem.message
    assert operator in problem.message
    assert ("cluster-mode=2" in problem.hint) == ("NMS" in operator)


def test_operators_that_the_model_brings_along_are_its_own(tmp_path):
    body = [helper.make_node("Relu", ["x"], ["y"])]
    own = helper.make_function("mine", "Twice", ["x"], ["y"], body, [helper.make_opsetid("", 13)])
    node = helper.make_node("Twice", ["images"], ["boxes"], domain="mine")
    save(tmp_path / "net.onnx", nodes=[node], functions=[own])
    assert read_outline(tmp_path / "net.onnx", "here").inputs


@pytest.mark.parametrize(("size", "state"), [(None, "is missing"), (10, "has 10 of at least")])
def test_weights_beside_the_model_have_to_be_there(tmp_path, size, state):
    path, beside = tmp_path / "net.onnx", tmp_path / "net.onnx_data"
    weight = numpy_helper.from_array(np.ones(1000, np.float32), "w")
    graph = helper.make_graph([], "net", [IMAGES], [BOXES], [weight])
    onnx.save(
        helper.make_model(graph, ir_version=8),
        path,
        save_as_external_data=True,
        location=beside.name,
        size_threshold=0,
    )
    outline = read_outline(path, "here")
    assert outline.inputs
    assert outline.external == 4000
    beside.unlink() if size is None else os.truncate(beside, size)
    problem = refusal(path)
    assert f"the model's file of weights {state}" in problem.message
    assert beside.name in problem.expected


# ---- what does not fit its configuration ----


@pytest.fixture
def fit(tmp_path):
    """``fit(key=value, network=...)``: save a network and read it with this configuration."""

    def read(network=None, **keys):
        save(tmp_path / "net.onnx", **(network or {}))
        given = {"onnx-file": "net.onnx", "num-detected-classes": 2} | {
            key.replace("_", "-"): value for key, value in keys.items()
        }
        lines = [f"{key}={value}" for key, value in given.items()]
        (tmp_path / "config.txt").write_text("\n".join(["[property]", *lines]))
        return read_model(read_config(tmp_path / "config.txt"))

    return read


def misfit(fit, network=None, **keys):
    with pytest.raises(ConfigError) as problem:
        fit(network, **keys)
    assert "net.onnx" in str(problem.value)
    return problem.value


def test_a_network_that_fits_tells_the_engine_what_it_needs(fit):
    model = fit()
    names = ("boxes", "scores")
    assert model == ("images", (3, 8, 8), 0, "float32", names, names, (), (), 0)
    half = tensor("x", [4, 8, 6, 3], TensorProto.FLOAT16)
    model = fit({"inputs": [half]}, network_input_order=1)
    assert model == ("x", (3, 8, 6), 4, "float16", names, names, (), (), 0)


@pytest.mark.parametrize("named", [None, "boxes;scores", "scores;boxes"])
@pytest.mark.parametrize("tensors", [0, 1])
def test_all_tensors_are_fetched_where_they_are_attached(fit, named, tensors):
    type_ = helper.make_sequence_type_proto(helper.make_tensor_type_proto(FLOAT, None))
    outputs = [
        tensor("more", ["N", 7]),
        *(SCORES, BOXES),
        helper.make_value_info("rows", type_),
        tensor("texts", ["N"], TensorProto.STRING),
    ]
    keys = {"parse_bbox_func_name": "NvDsInferParseNanoDet", "output_tensor_meta": tensors}
    if named is None:
        outputs = outputs[:3]
    else:
        keys["output_blob_names"] = named
    model = fit({"outputs": outputs}, **keys)
    read = tuple(named.split(";")) if named else ("more", "scores", "boxes")
    assert model.outputs == read
    assert model.fetched == (("more", "scores", "boxes") if tensors else read)


def test_further_inputs_are_refused_with_what_to_do(fit):
    inputs = [IMAGES, tensor("im_info", [1, 3]), tensor("rois", [1, 4])]
    problem = misfit(fit, {"inputs": inputs})
    assert problem.message == "the model has 3 inputs"
    assert problem.expected == "one, 'images'"
    assert "NvDsInferInitializeInputLayers" in problem.hint
    assert "initializer in place of 'im_info' and 'rois'" in problem.hint


@pytest.mark.parametrize(("order", "shape"), [(0, ["N", 8, 6, 3]), (1, ["N", 3, 8, 6])])
def test_channels_in_the_other_place_have_their_key_told(fit, order, shape):
    problem = misfit(fit, {"inputs": [tensor("x", shape)]}, network_input_order=order)
    assert problem.message == f"the model's channels come {'first' if order else 'last'}"
    assert f"network-input-order={1 - order}" in problem.expected


@pytest.mark.parametrize("kind", [TensorProto.UINT8, TensorProto.DOUBLE, TensorProto.INT64])
def test_inputs_that_are_not_floats_are_refused_with_their_type(fit, kind):
    problem = misfit(fit, {"inputs": [tensor("x", ["N", 3, 8, 8], kind)]})
    assert problem.message.startswith("the model's input is ")
    assert problem.expected == "float32 or float16"


@pytest.mark.parametrize("shape", [["N", 3, 60000, 60000], [2**40, 3, 8, 8], ["N", 3, 2**31, 1]])
def test_inputs_without_measure_are_refused_before_memory_is_taken(fit, shape):
    problem = misfit(fit, {"inputs": [tensor("x", shape)]})
    assert problem.message == "the model's input is too large"


def test_infer_dims_of_an_open_model_are_measured_too(fit):
    open_ = {"inputs": [tensor("x", ["N", 3, "h", "w"])]}
    assert fit(open_, infer_dims="3;640;640").dims == (3, 640, 640)
    assert "too large" in misfit(fit, open_, infer_dims="3;16384;16384").message


def test_outputs_that_are_not_tensors_are_refused_unless_others_are_named(fit):
    type_ = helper.make_sequence_type_proto(helper.make_tensor_type_proto(FLOAT, None))
    outputs = [BOXES, SCORES, helper.make_value_info("rows", type_)]
    problem = misfit(fit, {"outputs": outputs})
    assert problem.message == "the model's output 'rows' is a sequence, not a tensor"
    assert fit({"outputs": outputs}, output_blob_names="boxes;scores").outputs == (
        "boxes",
        "scores",
    )


@pytest.mark.parametrize(
    ("named", "others", "note"),
    [
        ("boxes;scores", ["rows"], None),
        ("boxes:0;scores:0", ["rows"], None),
        ("boxes;scores;no", ["rows"], "warning"),
        ("scores", [], "info"),
        ("boxes;score", [], "warning"),
        ("BatchedNMS", [], "warning"),
    ],
)
def test_all_outputs_are_read_where_those_that_are_named_are_not_enough(fit, named, others, note):
    """As the parsers of DeepStream get all: TAO's files name the first of four."""
    outputs = [BOXES, SCORES, *(tensor(name, ["N", 7]) for name in others)]
    model = fit({"outputs": outputs}, output_blob_names=named)
    assert model.outputs == ("boxes", "scores")
    assert [each.level for each in model.notes] == ([note] if note else [])


def test_outputs_that_are_named_and_cannot_be_decoded_are_told_as_they_are_named(fit):
    problem = misfit(fit, output_blob_names="boxes", num_detected_classes=7)
    assert problem.got == "boxes [1, 10, 4] with 7 classes"


def test_outputs_that_no_decoder_reads_are_refused_as_far_as_the_file_tells(fit):
    assert "no decoder" in misfit(fit, num_detected_classes=3).message
    unknown = {"outputs": [tensor("boxes", None), tensor("scores", None)]}
    assert fit(unknown, num_detected_classes=3).outputs == ("boxes", "scores")


def test_many_classes_take_no_time_each(fit, monkeypatch):
    """The attributes of all classes are worked out once."""
    import pythiags.inference.classes as module

    calls = SimpleNamespace(count=0)
    pairs = module._pairs

    def counted(values):
        calls.count += 1
        return pairs(values)

    monkeypatch.setattr(module, "_pairs", counted)
    misfit(fit, num_detected_classes=32768)
    assert calls.count == 1
