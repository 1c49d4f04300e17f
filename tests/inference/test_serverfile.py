"""nvinferserver's configuration files: what they mean for the network, and mistakes in them."""

from __future__ import annotations

import numpy as np
import pytest
from standins.networks import HEIGHT, WIDTH, Graph, classifier, nanodet, segmenter

from pythiags.errors import ConfigError
from pythiags.inference import read_model, read_server_config

DETECTION = """
  postprocess {
    labelfile_path: "labels.txt"
    detection {
      num_detected_classes: 3
      per_class_params { key: 1 value { pre_threshold: 0.7 } }
      nms { confidence_threshold: 0.2 topk: 20 iou_threshold: 0.4 }
    }
  }
"""
BODY = """
infer_config {{
  unique_id: 4
  gpu_ids: [0]
  max_batch_size: 8
  backend {{
    inputs: [ {{ name: "images" }} ]
    triton {{
      model_name: "finder"
      version: {version}
      model_repo {{ root: "models" strict_model_config: true }}
    }}
  }}
  preprocess {{
    network_format: {format}
    tensor_order: TENSOR_ORDER_LINEAR
    maintain_aspect_ratio: 1
    symmetric_padding: 1
    frame_scaling_filter: 1
    normalize {{ scale_factor: 0.0039 channel_offsets: [1, 2, 3] }}
  }}
{post}
}}
{more}
"""


def body(post=DETECTION, more="", version=-1, format="IMAGE_FORMAT_BGR"):  # noqa: A002
    return BODY.format(post=post, more=more, version=version, format=format)


@pytest.fixture
def read(tmp_path):
    """``read(text, model, properties)``: the configuration, beside a repository of one model."""

    def one(text, model=nanodet, properties=None, versions=(1, 3), settings=None):
        for version in versions:
            folder = tmp_path / "models" / "finder" / str(version)
            folder.mkdir(parents=True, exist_ok=True)
            model(str(folder / "model.onnx"))
        if settings:
            (tmp_path / "models" / "finder" / "config.pbtxt").write_text(settings)
        (tmp_path / "labels.txt").write_text("cat\ndog\nball\n")
        path = tmp_path / "config.txt"
        path.write_text(text)
        return read_server_config(path, properties)

    return one


def test_a_detector(read, tmp_path):
    config = read(body())
    assert config.onnx_file == tmp_path / "models" / "finder" / "3" / "model.onnx"
    assert (config.gie_unique_id, config.batch_size, config.network_type) == (4, 8, 0)
    assert (config.model_color_format, config.network_input_order) == (1, 0)
    assert (config.maintain_aspect_ratio, config.symmetric_padding) == (True, True)
    assert config.net_scale_factor == pytest.approx(0.0039)
    assert config.offsets == (1, 2, 3)
    assert [each.label for each in config.attributes] == ["cat", "dog", "ball"]
    assert [each.pre_cluster_threshold for each in config.attributes] == [0.2, 0.7, 0.2]
    assert [each.nms_iou_threshold for each in config.attributes] == [0.4] * 3
    assert [each.topk for each in config.attributes] == [20] * 3
    assert config.cluster_mode == 2
    assert config.targets is None
    assert read_model(config).dims == (3, HEIGHT, WIDTH)


@pytest.mark.parametrize(
    ("word", "number", "name", "expected"),
    [
        ("network_format: IMAGE_FORMAT_BGR", "network_format: 1", "model_color_format", 0),
        ("network_format: IMAGE_FORMAT_BGR", "network_format: 2", "model_color_format", 1),
        ("tensor_order: TENSOR_ORDER_LINEAR", "tensor_order: 1", "network_input_order", 0),
        ("tensor_order: TENSOR_ORDER_LINEAR", "tensor_order: 0", "network_input_order", 0),
        ("", "input_control { process_mode: 2 }", "process_mode", 2),
        ("", "input_control { process_mode: 1 }", "process_mode", 1),
        ("", "input_control { process_mode: 0 }", "process_mode", 1),
    ],
)
def test_a_value_of_an_enumeration_may_be_its_number(read, word, number, name, expected):
    text = body().replace(word, number) if word else body(more=number)
    config = read(text)
    found = 2 if config.targets else 1
    assert (found if name == "process_mode" else getattr(config, name)) == expected


def channels_last(path):
    graph = Graph(size=(HEIGHT, WIDTH, 3))
    graph.save(path, output=graph.Identity("images"))


@pytest.mark.parametrize(
    ("order", "model", "expected"),
    [
        ("", channels_last, 1),
        ("tensor_order: TENSOR_ORDER_NONE", channels_last, 1),
        ("tensor_order: TENSOR_ORDER_LINEAR", channels_last, 0),
        ("tensor_order: TENSOR_ORDER_NONE", nanodet, 0),
        ("tensor_order: TENSOR_ORDER_NHWC", nanodet, 1),
    ],
)
def test_the_order_of_channels_is_the_models_where_the_file_does_not_say(
    read, order, model, expected
):
    config = read(body().replace("tensor_order: TENSOR_ORDER_LINEAR", order), model)
    assert config.network_input_order == expected


@pytest.mark.parametrize(
    ("clusters", "mode"),
    [
        ("dbscan { pre_threshold: 0.3 eps: 0.6 min_boxes: 2 min_score: 0.1 }", 1),
        ("group_rectangle { confidence_threshold: 0.3 group_threshold: 2 eps: 0.6 }", 0),
        ("simple_cluster { threshold: 0.3 }", 4),
    ],
)
def test_each_way_to_cluster(read, clusters, mode):
    post = f'postprocess {{ labelfile_path: "labels.txt" detection {{ {clusters} }} }}'
    config = read(body(post))
    assert config.cluster_mode == mode
    assert config.attributes[0].pre_cluster_threshold == pytest.approx(0.3)
    if mode < 2:
        assert config.attributes[0].eps == pytest.approx(0.6)


def test_without_a_threshold_everything_passes(read):
    assert (
        read(body('postprocess { labelfile_path: "labels.txt" detection { nms {} } }'))
        .attributes[0]
        .pre_cluster_threshold
        == 0
    )


CONTROL = """
input_control {
  process_mode: PROCESS_MODE_CLIP_OBJECTS
  operate_on_gie_id: 1
  operate_on_class_ids: [0, 2]
  secondary_reinfer_interval: 90
  async_mode: true
  object_control { bbox_filter { min_width: 64 min_height: 32 } }
}
output_control { output_tensor_meta: true classifier_type: "make" }
"""


def test_a_classifier_on_objects(read):
    post = 'postprocess { labelfile_path: "labels.txt" classification { threshold: 0.51 } }'
    config = read(body(post, CONTROL), classifier)
    assert (config.network_type, config.classifier_threshold) == (1, 0.51)
    assert config.targets.gie_id == 1
    assert config.targets.class_ids == (0, 2)
    assert config.targets.reinfer_interval == 90
    assert config.targets.tracked_only
    assert config.targets.min_size == (64, 32)
    assert (config.output_tensor_meta, config.classifier_type) == (True, "make")


def test_a_segmentation_and_tensors_only(read):
    post = "postprocess { segmentation { threshold: 0.5 num_segmentation_classes: 2 } }"
    config = read(body(post), segmenter)
    assert (config.network_type, config.classes, config.segmentation_threshold) == (2, 2, 0.5)
    assert read(body("postprocess { other {} }"), segmenter).network_type == 100
    assert read(body(""), segmenter).network_type == 100


def test_classes_are_filtered_and_coloured(read):
    more = """output_control { detect_control {
      default_filter { bbox_filter { min_width: 9 } border_color { g: 1 a: 1 } }
      specific_class_filters { key: 1 value { roi_top_offset: 7 bg_color { r: 1 a: 0.5 } } }
      filter_out_class_ids: [0]
    } }"""
    first, second, _ = read(body(more=more)).attributes
    assert first.filtered_out
    assert not second.filtered_out
    assert first.min_size[0] == 9
    assert first.border_color == (0, 1, 0, 1)
    assert second.roi_offsets[0] == 7
    assert second.bg_color == (1, 0, 0, 0.5)


def test_the_elements_properties_count_more(read):
    given = {"batch-size": "2", "unique-id": "9", "process-mode": "0"}
    config = read(body(), properties=given)
    assert (config.batch_size, config.gie_unique_id, config.targets) == (2, 9, None)
    assert read(body(), properties={"batch-size": "0", "unique-id": "0"}).batch_size == 8


def test_a_version_is_chosen(read):
    assert read(body(version=1)).onnx_file.parent.name == "1"
    with pytest.raises(ConfigError, match="no such version"):
        read(body(version=2))


def dynamic(path):
    net = Graph(size=("c", "h", "w"))
    net.save(path, scores=net.Relu("images"))


def test_the_models_own_configuration_counts_where_this_one_is_silent(read, tmp_path):
    settings = """platform: "onnxruntime_onnx" max_batch_size: 8
    default_model_filename: "model.onnx"
    input [ { name: "images" data_type: TYPE_FP32 dims: [3, 24, 32] } ]
    output [ { name: "scores" dims: [ -1 ] label_filename: "names.txt" } ]"""
    (tmp_path / "models" / "finder").mkdir(parents=True)
    (tmp_path / "models" / "finder" / "names.txt").write_text("a;b\n")
    config = read(
        body("postprocess { triton_classification { topk: 1 threshold: 0.2 } }"),
        dynamic,
        settings=settings,
    )
    assert config.infer_dims == (3, 24, 32)
    assert config.labels == [["a", "b"]] or np.array_equal(config.labels, (("a", "b"),))


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        (body().replace("unique_id", "uniqe_id"), 3, "no field 'uniqe_id'", "unique_id"),
        (body(format="4"), 15, "4 is no value", "IMAGE_FORMAT_RGB"),
        (body(format="'2'"), 15, "2 is no value", "IMAGE_FORMAT_RGB"),
        (body(more="input_control { process_mode: 3 }"), 0, "3 is no value", "PROCESS_MODE"),
        (body(format="IMAGE_FORMAT_RGBA"), 15, "IMAGE_FORMAT_RGBA is no value", "IMAGE_FORMAT_RGB"),
        (body().replace("iou_threshold: 0.4", "iou_threshold: 4"), 28, "nms-iou-threshold", ""),
        (body().replace('"finder"', '"findr"'), 9, "not in the repository", "finder"),
        (body().replace('root: "models"', ""), 0, "root of the model repository", ""),
        (
            body().replace("model_repo {", 'grpc { url: "host:8001" } model_repo {'),
            11,
            "grpc",
            "model_repo",
        ),
        ("[property]\nonnx-file=a.onnx", 1, "text format of protocol buffers", ""),
        ("input_control { interval: 0 }", 0, "no infer_config", ""),
        (body(more="infer_config { lstm { loops { input: 'a' } } }"), 0, "lstm", "without loops"),
        (body().replace("gpu_ids: [0]", "backend: 5"), 4, "backend is a message", ""),
    ],
)
def test_a_mistake_names_its_line_and_the_remedy(read, text, line, message, hint):
    with pytest.raises(ConfigError) as raised:
        read(text)
    said = " ".join(filter(None, (str(raised.value), raised.value.hint)))
    assert message in said
    assert hint in said
    if line:
        assert f"config.txt:{line}" in raised.value.where


def test_a_model_that_only_tensorrt_reads_is_refused_with_what_to_export(read, tmp_path):
    def plan(path):
        (tmp_path / "models" / "finder" / "1" / "model.plan").write_bytes(b"")

    with pytest.raises(ConfigError, match="not an ONNX file") as raised:
        read(body(), plan, versions=(1,))
    assert "ONNX" in raised.value.hint


def test_a_model_for_another_backend_is_refused(read):
    with pytest.raises(ConfigError, match="is for tensorflow_graphdef"):
        read(body(), settings='platform: "tensorflow_graphdef"')


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", (False, False)),
        ("input_tensor_from_meta { is_first_dim_batch: true }", (True, False)),
        ("clip_object_outside_roi: true input_tensor_from_meta { }", (True, True)),
    ],
)
def test_tensors_of_nvdspreprocess(read, more, expected):
    """Other than nvinfer, nvinferserver cuts nothing unless it is asked to."""
    config = read(body(DETECTION + more))
    assert (config.input_tensor_from_meta, config.clip_object_outside_roi) == expected
