"""nvinfer's configuration files: what is read, noted, and refused with a place and a remedy."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pythiags import data
from pythiags.errors import ConfigError
from pythiags.inference import read_config
from pythiags.inference.types import ClassAttributes

MINIMAL = {"onnx-file": "net.onnx", "num-detected-classes": "2"}


@pytest.fixture
def write(tmp_path):
    """``write(key=value..., groups=text)``: a file beside an (empty) model and two labels."""
    (tmp_path / "net.onnx").touch()
    (tmp_path / "two.txt").write_text("cat\ndog\n")

    def make(keys=None, groups="", **more):
        merged = MINIMAL | (keys or {}) | {k.replace("_", "-"): v for k, v in more.items()}
        lines = [f"{key}={value}" for key, value in merged.items() if value is not None]
        path = tmp_path / "config.txt"
        path.write_text("\n".join(["# a network", "[property]", *lines, groups]))
        return path

    return make


def refusal(path, properties=None):
    with pytest.raises(ConfigError) as problem:
        read_config(path, properties)
    return problem.value


def test_the_default_detectors_file_is_read_without_a_note():
    config = read_config(data.path("config_infer_primary_nanodet.txt"))
    assert config.notes == ()
    assert config.infer_dims == (3, 416, 416)
    assert (config.cluster_mode, config.gie_unique_id, config.batch_size) == (2, 1, 1)
    assert [each.label for each in config.attributes[:3]] == ["person", "bicycle", "car"]
    assert len(config.attributes) == 80


def test_what_is_not_given_has_nvinfers_defaults(write):
    config = read_config(write())
    assert config.attributes == (ClassAttributes(), ClassAttributes())
    assert config.attributes[0].pre_cluster_threshold == 0.2
    assert config.attributes[0].nms_iou_threshold == 0.3
    assert (config.cluster_mode, config.interval, config.gie_unique_id) == (0, 0, 15)


def test_every_key_that_is_read_arrives(write):
    config = read_config(
        write(
            labelfile_path="two.txt",
            infer_dims="1;30;40",
            net_scale_factor="0.0039",
            offsets="12.5",
            model_color_format="2",
            maintain_aspect_ratio="1",
            symmetric_padding="true",
            scaling_filter="2",
            cluster_mode="4",
            batch_size="8",
            interval="3",
            gie_unique_id="5",
            parse_bbox_func_name="NvDsInferParseYolo",
            output_blob_names="boxes;scores",
            filter_out_class_ids="1;",
        )
    )
    assert config.infer_dims == (1, 30, 40)
    assert config.net_scale_factor == 0.0039
    assert config.offsets == (12.5,)
    assert (config.model_color_format, config.channels) == (2, 1)
    assert config.maintain_aspect_ratio
    assert config.symmetric_padding
    assert (config.scaling_filter, config.cluster_mode) == (2, 4)
    assert (config.batch_size, config.interval, config.gie_unique_id) == (8, 3, 5)
    assert config.parse_bbox_func_name == "NvDsInferParseYolo"
    assert config.output_blob_names == ("boxes", "scores")
    assert [(each.label, each.filtered_out) for each in config.attributes] == [
        ("cat", False),
        ("dog", True),
    ]


def test_a_classs_own_attributes_go_before_those_of_all(write):
    groups = """
[class-attrs-all]
threshold=0.5
nms-iou-threshold=0.4
detected-min-w=10
detected-max-h=200
[class-attrs-1]
pre-cluster-threshold=0.9
topk=3
roi-top-offset=7
border-color=0;1;0;1
bg-color=0;0;1;0.5
"""
    first, second = read_config(write(groups=groups)).attributes
    assert (first.pre_cluster_threshold, second.pre_cluster_threshold) == (0.5, 0.9)
    assert first.nms_iou_threshold == second.nms_iou_threshold == 0.4
    assert first.min_size == second.min_size == (10, 0)
    assert first.max_size == (0, 200)
    assert (first.topk, second.topk) == (-1, 3)
    assert (first.roi_offsets, second.roi_offsets) == ((0, 0), (7, 0))
    assert (first.border_color, first.bg_color) == ((1, 0, 0, 1), None)
    assert (second.border_color, second.bg_color) == ((0, 1, 0, 1), (0, 0, 1, 0.5))


def test_the_labels_alone_tell_how_many_classes_there_are(write):
    path = write(num_detected_classes=None, labelfile_path="two.txt")
    assert len(read_config(path).attributes) == 2


def test_properties_override_the_file(write):
    config = read_config(
        write(batch_size="1", interval="2"),
        {"batch-size": "4", "unique-id": "9", "filter-out-class-ids": "0"},
    )
    assert (config.batch_size, config.interval, config.gie_unique_id) == (4, 2, 9)
    assert [each.filtered_out for each in config.attributes] == [True, False]


def test_a_bad_property_is_named_as_the_elements(write):
    problem = refusal(write(), {"filter-out-class-ids": "cat"})
    assert problem.where == "property filter-out-class-ids of nvinfer"


def test_keys_for_hardware_are_noted_and_unknown_ones_warned_of_by_name(write):
    path = write(
        {"network-mode": "1", "gpu-id": "0", "net-scale-factr": "2"},
        groups="[class-attrs-all]\nminBoxes=3\npre-cluster-treshold=1\n[class-attrs-7]\ntopk=1\n",
    )
    notes = {(note.level, note.text.removeprefix(f"{path}")) for note in read_config(path).notes}
    levels = sorted(level for level, _ in notes)
    assert levels == ["info", "info", "info", "warning", "warning", "warning"]
    text = "\n".join(text for _, text in notes)
    assert ":7: unknown key 'net-scale-factr' in [property]" in text
    assert "did you mean 'net-scale-factor'" in text
    assert "did you mean 'pre-cluster-threshold'" in text
    assert "unknown group [class-attrs-7] is ignored; classes go from 0 to 1" in text


LINE = 5  # of the first key that a test adds


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("net-scale-factor", "one", "a number"),
        ("net-scale-factor", "nan", "a number"),
        ("offsets", "1,2,3", "semicolons"),
        ("offsets", "1;2", "3 numbers"),
        ("infer-dims", "3;416", "channels;height;width"),
        ("infer-dims", "3;0;416", "channels;height;width"),
        ("infer-dims", "1;416;416", "3;height;width"),
        ("model-color-format", "7", "0 (RGB), 1 (BGR), 2 (GRAY)"),
        ("maintain-aspect-ratio", "yes", "0, 1, true or false"),
        ("scaling-filter", "9", "an integer from 0 to 6"),
        ("batch-size", "0", "an integer from 1 to 1024"),
        ("interval", "-1", "an integer from 0"),
        ("interval", "--5", "an integer from 0"),
        ("filter-out-class-ids", "0:1", "class ids separated by semicolons"),
        ("cluster-mode", "1", "0 or 2 or 4"),
        ("cluster-mode", "3", "0 or 2 or 4"),
        ("process-mode", "2", "process-mode=1"),
        ("network-type", "1", "network-type=0"),
        ("enable-dbscan", "1", "enable-dbscan=0"),
        ("output-tensor-meta", "1", "output-tensor-meta=0"),
        ("output-instance-mask", "1", "output-instance-mask=0"),
        ("network-input-order", "2", "one of 0 (NCHW), 1 (NHWC)"),
    ],
)
def test_an_impossible_value_is_refused_with_its_line(write, key, value, expected):
    path = write({key: value})
    problem = refusal(path)
    assert problem.where == f"{path}:{LINE}"
    assert key in str(problem)
    assert value in str(problem)
    assert expected in problem.expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"onnx-file": None}, "the model is missing"),
        ({"onnx-file": "no.onnx"}, "the model does not exist"),
        ({"onnx-file": "a\0b"}, "the model cannot be read: a path cannot contain a null byte"),
        ({"onnx-file": "x" * 300}, "the model cannot be read: File name too long"),
        ({"onnx-file": "net.engine"}, "only TensorRT reads"),
        ({"onnx-file": None, "model-engine-file": "net.engine"}, "only TensorRT reads"),
        ({"onnx-file": None, "tlt-encoded-model": "net.etlt"}, "only TensorRT reads"),
        ({"onnx-file": None, "model-file": "net.caffemodel"}, "only TensorRT reads"),
        ({"onnx-file": None, "uff-file": "net.uff"}, "only TensorRT reads"),
        ({"mean-file": "mean.ppm"}, "mean-file=mean.ppm is not supported"),
        ({"labelfile-path": "no.txt"}, "the label file cannot be read: No such file"),
        ({"labelfile-path": "a\0b"}, "the label file cannot be read"),
        ({"labelfile-path": "empty.txt"}, "the label file is empty"),
        ({"labelfile-path": "bytes.txt"}, "the label file is not UTF-8 text (byte 0)"),
        (
            {"labelfile-path": "two.txt", "num-detected-classes": "3"},
            "labels and num-detected-classes do not match",
        ),
        ({"num-detected-classes": None}, "the number of classes is missing"),
    ],
)
def test_an_inconsistent_file_is_refused_by_name(write, tmp_path, changes, message):
    (tmp_path / "empty.txt").touch()
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    path = write(changes)
    problem = refusal(path)
    assert message in problem.message
    assert str(path) in problem.where


def test_a_model_for_tensorrt_comes_with_the_way_to_an_onnx(write):
    assert "tao model" in refusal(write({"onnx-file": None, "tlt-encoded-model": "a.etlt"})).hint
    assert "tf2onnx" in refusal(write({"onnx-file": None, "uff-file": "a.uff"})).hint
    assert "ONNX" in refusal(write({"onnx-file": "a.engine"})).hint


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "there is no [property] group", None),
        ("[class-attrs-all]\ntopk=1\n", "there is no [property] group", None),
        ("onnx-file=a\n", "the key is before the first group", 1),
        ("[property]\nonnx-file\n", "the line is not a group, a key or a comment", 2),
        ("[property]\n\n=3\n", "the line is not a group, a key or a comment", 3),
    ],
)
def test_a_line_that_is_not_of_a_key_file_is_refused_with_its_place(tmp_path, text, message, line):
    path = tmp_path / "config.txt"
    path.write_text(text)
    problem = refusal(path)
    assert problem.message == message
    assert problem.where == (f"{path}:{line}" if line else str(path))


def test_labels_in_one_line_with_semicolons_are_recognised(write, tmp_path):
    (tmp_path / "line.txt").write_text("cat;dog\n")
    assert "one label per line" in refusal(write(labelfile_path="line.txt")).hint


def test_what_is_missing_for_a_slip_in_its_name_is_found(write):
    problem = refusal(write({"num-detected-classes": None, "num-detected-clases": "2"}))
    assert problem.message == "the number of classes is missing"
    assert "did you mean 'num-detected-classes'" in problem.hint
    problem = refusal(write({"onnx-file": None, "onx-file": "net.onnx"}))
    assert problem.message == "the model is missing"
    assert "did you mean 'onnx-file'" in problem.hint


def test_yaml_and_what_cannot_be_read_are_refused(tmp_path):
    assert "YAML" in refusal(tmp_path / "config.yml").message
    assert "No such file" in refusal(tmp_path / "config.txt").message
    assert "it is a folder" in refusal(tmp_path).message
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)))
    assert "not UTF-8" in refusal(tmp_path / "binary.txt").message


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["[property]", "[class-attrs-all]", "onnx-file=net.onnx", "num-detected-classes=2"]
        ),
        st.tuples(
            st.sampled_from(["offsets", "infer-dims", "interval", "topk", "border-color", "eps"]),
            st.text(max_size=12),
        ).map("=".join),
        st.text(max_size=20),
    ),
    max_size=8,
)


@settings(
    max_examples=100,
    deadline=1000,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=LINES)
def test_no_file_raises_anything_but_a_config_error(write, lines):
    path = write()
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    with contextlib.suppress(ConfigError):
        read_config(path)
