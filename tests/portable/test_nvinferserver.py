"""nvinferserver on a CPU: it finds what nvinfer finds, and is configured as DeepStream's."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from standins.networks import HEIGHT, LABELS, WIDTH, ball, bright_box, classifier, nanodet

from pythiags import App, Description, DescriptionError, data, portable
from pythiags.gst import Gst
from pythiags.gst.check import check

CONFIG = """
infer_config {{
  unique_id: {number}
  max_batch_size: 4
  backend {{ triton {{ model_name: "{model}" version: -1 model_repo {{ root: "models" }} }} }}
  preprocess {{ normalize {{ scale_factor: 0.00392156862745098 }} }}
  postprocess {{ labelfile_path: "labels.txt" {post} }}
}}
input_control {{ {control} }}
"""
DETECTION = "detection { nms { confidence_threshold: 0.5 iou_threshold: 0.5 } }"


@pytest.fixture
def write(tmp_path):
    """``write(name, model)``: a configuration of a model that is put into the repository."""

    def one(name, model, post=DETECTION, control="interval: 0", *, number=3):
        folder = tmp_path / "models" / name / "1"
        folder.mkdir(parents=True)
        model(str(folder / "model.onnx"))
        (tmp_path / "labels.txt").write_text("\n".join(LABELS) + "\n")
        path = tmp_path / f"{name}.txt"
        path.write_text(CONFIG.format(model=name, post=post, control=control, number=number))
        return path

    return one


def test_it_finds_the_ball(collect, run, write):
    box = bright_box(run(ball() + "fakesink name=sink enable-last-sample=true"), WIDTH, HEIGHT)
    path = write("finder", nanodet)

    def read(_frame, objects):
        sides = ("left", "top", "width", "height")
        return [
            (
                *(each.obj_label, each.unique_component_id),
                *(round(getattr(each.rect_params, side)) for side in sides),
            )
            for each in objects
        ]

    text = f"{ball(frames=3)} nvinferserver config-file-path={path} ! fakesink name=sink"
    batches = collect(text, read)
    assert len(batches) == 3
    assert batches[0] == [[("ball", 3, *map(int, box))]]


def of_bytes(path):
    """As TensorFlow's detectors: pictures are bytes, with their channels last."""
    nanodet(path)
    model = onnx.load(path)
    graph, make = model.graph, onnx.helper.make_node
    graph.node.insert(0, make("Cast", ["bytes"], ["floats"], to=onnx.TensorProto.FLOAT))
    graph.node.insert(1, make("Transpose", ["floats"], ["numbers"], perm=[0, 3, 1, 2]))
    graph.node.insert(2, make("Mul", ["numbers", "scale"], ["images"]))
    graph.initializer.append(onnx.numpy_helper.from_array(np.float32(1 / 255), "scale"))
    del graph.input[:]
    shape = ["N", HEIGHT, WIDTH, 3]
    graph.input.append(onnx.helper.make_tensor_value_info("bytes", onnx.TensorProto.UINT8, shape))
    onnx.save(model, path)


def test_a_network_of_bytes_with_channels_last_finds_the_ball(collect, run, write):
    box = bright_box(run(ball() + "fakesink name=sink enable-last-sample=true"), WIDTH, HEIGHT)
    path = write("finder", of_bytes)
    path.write_text(path.read_text().replace("normalize { scale_factor: 0.00392156862745098 }", ""))

    def read(_frame, objects):
        return [[each.rect_params.left, each.rect_params.top] for each in objects]

    text = f"{ball()} nvinferserver config-file-path={path} ! fakesink name=sink"
    (((found,),),) = collect(text, read)
    assert found == pytest.approx(box[:2], abs=0.1)


def test_a_classifier_of_the_objects_of_nvinfer(collect, tmp_path, write):
    first = write("finder", nanodet, number=1)
    (tmp_path / "names.txt").write_text("red;green;blue\ndark;bright\n")
    post = "classification { threshold: 0.1 }"
    second = write(
        *("kinds", classifier, post),
        "process_mode: PROCESS_MODE_CLIP_OBJECTS operate_on_gie_id: 1",
        number=2,
    )
    second.write_text(second.read_text().replace("labels.txt", "names.txt"))

    def read(_frame, objects):
        return [
            (kind.unique_component_id, label.result_label)
            for each in objects
            for kind in each.iter_classifiers()
            for label in kind.iter_labels()
        ]

    text = (
        f"{ball()} nvinferserver config-file-path={first} "
        f"! nvinferserver config-file-path={second} ! fakesink name=sink"
    )
    ((labels,),) = collect(text, read)
    assert [component for component, _ in labels] == [2, 2]
    assert {label for _, label in labels} & {"red", "green", "blue"}
    assert {label for _, label in labels} & {"dark", "bright"}


def test_properties_read_back_what_the_file_says(write):
    portable.install()
    element = Gst.ElementFactory.make("nvinferserver")
    assert element.get_property("batch-size") == 0
    element.set_property("config-file-path", str(write("finder", nanodet)))
    assert element.get_property("batch-size") == 4
    assert element.get_property("unique-id") == 3
    element.set_property("batch-size", 2)
    assert element.get_property("batch-size") == 2


def test_check_and_start_name_file_and_line(run, write):
    path = write("finder", nanodet)
    path.write_text(path.read_text().replace("unique_id", "uniqe_id"))
    text = f"videotestsrc ! nvinferserver config-file-path={path} ! fakesink name=sink"
    (problem,) = [each for each in check(Description(text)) if each.severity == "error"]
    assert problem.code == "bad-config"
    assert f"{path}:3" in problem.message
    assert f"{path}:3" in run(text).error
    with pytest.raises(DescriptionError):
        App(text)


def test_a_file_of_nvinfers_is_told_apart(run):
    path = data.path("config_infer_primary_nanodet.txt")
    played = run(f"videotestsrc ! nvinferserver config-file-path={path} ! fakesink name=sink")
    assert "text format of protocol buffers" in played.error
