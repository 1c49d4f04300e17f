"""nvinfer's configuration files: what is read, noted, and refused with a place and a remedy."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pythiags import data
from pythiags.errors import ConfigError
from pythiags.inference import read_config
from pythiags.inference.types import ClassAttributes, Targets

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


@pytest.mark.parametrize(("properties", "expected"), [({}, 1), ({"gpu-id": "2"}, 2)])
def test_the_card_is_that_of_the_file_unless_the_element_names_one(write, properties, expected):
    assert read_config(write({"gpu-id": "1"}), properties).gpu_id == expected


def test_a_bad_property_is_named_as_the_elements(write):
    problem = refusal(write(), {"filter-out-class-ids": "cat"})
    assert problem.where == "property filter-out-class-ids of nvinfer"


def test_keys_for_hardware_are_noted_and_unknown_ones_warned_of_by_name(write):
    path = write(
        {"network-mode": "1", "enable-dla": "0", "net-scale-factr": "2"},
        groups="[class-attrs-all]\nminBoxes=3\npre-cluster-treshold=1\n[class-attrs-7]\ntopk=1\n",
    )
    notes = {(note.level, note.text.removeprefix(f"{path}")) for note in read_config(path).notes}
    levels = sorted(level for level, _ in notes)
    assert levels == ["info", "info", "warning", "warning", "warning"]
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
        ("filter-out-class-ids", "0,1", "class ids separated by semicolons"),
        ("cluster-mode", "5", "0 (group rectangles), 1 (DBSCAN), 2 (NMS), 3 (DBSCAN, then NMS)"),
        ("process-mode", "3", "one of 1 (primary), 2 (secondary)"),
        ("network-type", "4", "0 (detector), 1 (classifier), 2 (semantic segmentation)"),
        ("enable-dbscan", "2", "0, 1, true or false"),
        ("output-tensor-meta", "on", "0, 1, true or false"),
        ("input-tensor-from-meta", "2", "0, 1, true or false"),
        ("raw-output-file-write", "1", "raw-output-file-write=0"),
        ("operate-on-class-ids", "a", "class ids separated by semicolons"),
        ("operate-on-gie-id", "-2", "an integer from -1"),
        ("input-object-min-width", "-5", "an integer from 0"),
        ("secondary-reinfer-interval", "soon", "an integer from 0"),
        ("classifier-threshold", "half", "a number"),
        ("segmentation-output-order", "2", "one of 0 (NCHW), 1 (NHWC)"),
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
        ({"onnx-file": None, "model-engine-file": "other.engine"}, "only TensorRT reads"),
        ({"onnx-file": None, "tlt-encoded-model": "other.etlt"}, "only TensorRT reads"),
        ({"onnx-file": None, "model-file": "other.caffemodel"}, "only TensorRT reads"),
        ({"onnx-file": None, "uff-file": "other.uff"}, "only TensorRT reads"),
        ({"mean-file": "mean.ppm"}, "mean-file=mean.ppm is not supported"),
        ({"labelfile-path": "no.txt"}, "the label file cannot be read: No such file"),
        ({"labelfile-path": "a\0b"}, "the label file cannot be read"),
        ({"labelfile-path": "empty.txt"}, "the label file is empty"),
        ({"labelfile-path": "bytes.txt"}, "the label file is not UTF-8 text (byte 0)"),
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


@pytest.mark.parametrize("name", ["no.txt", "empty.txt", "bytes.txt", "lables.txt"])
def test_what_is_wrong_with_a_label_file_has_its_key_and_a_remedy(write, tmp_path, name):
    (tmp_path / "empty.txt").touch()
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "labels.txt").write_text("a\nb\n")
    problem = refusal(write({"labelfile-path": name}))
    assert problem.where.endswith(": labelfile-path")
    remedies = {
        "no.txt": "correct the path, which is relative to the folder of the configuration file",
        "empty.txt": "write the name of a class into each line, or remove labelfile-path",
        "bytes.txt": "save it as UTF-8",
        "lables.txt": f"did you mean '{tmp_path / 'labels.txt'}'?",
    }
    assert remedies[name] in problem.hint


@pytest.mark.parametrize(
    ("group", "key", "home"),
    [
        ("class-attrs-all", "batch-size", "property"),
        ("class-attrs-0", "enable-dla", "property"),
        ("class-attrs-all", "mean-file", "property"),
        ("onnxruntime", "batch-size", "property"),
        ("property", "topk", "class-attrs-all"),
        ("onnxruntime", "topk", "class-attrs-all"),
        ("property", "intra-op-num-threads", "onnxruntime"),
    ],
)
def test_a_key_in_the_wrong_group_has_the_right_one_told(write, group, key, home):
    changes = {key: "1"} if group == "property" else {}
    groups = "" if group == "property" else f"[{group}]\n{key}=1\n"
    notes = [each.text for each in read_config(write(changes, groups=groups)).notes]
    (note,) = [text for text in notes if "unknown key" in text]
    assert note.endswith(f"unknown key '{key}' in [{group}] is ignored; it belongs in [{home}]")


LABELS = [
    ("a\nb\n", 3, ["a", "b", ""], "3 classes, and l.txt has 2 labels: class 2 has none"),
    ("a\n", 3, ["a", "", ""], "3 classes, and l.txt has 1 labels: classes 1 to 2 have none"),
    ("a\nb\nc\n", 2, ["a", "b"], "2 classes, and l.txt has 3 labels: those from line 3 on are not "
     "used"),
    ("a;b\n", 2, ["a", ""], "2 classes, and l.txt has 1 labels: class 1 has none; a detector's "
     "label file has one label per line, without semicolons"),
    ("a\nb\n", 2, ["a", "b"], None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "count", "labels", "said"), LABELS)
def test_labels_of_another_number_than_classes_are_a_warning(write, text, count, labels, said):
    path = write({"labelfile-path": "l.txt", "num-detected-classes": str(count)})
    (path.parent / "l.txt").write_text(text)
    config = read_config(path)
    assert [each.label for each in config.attributes] == labels
    found = [each.text for each in config.notes if each.level == "warning"]
    assert [each.partition("num-detected-classes: ")[2] for each in found] == [said] * bool(said)


@pytest.mark.parametrize(
    ("key", "name", "beside"),
    [
        ("tlt-encoded-model", "net.etlt", "net.onnx"),
        ("uff-file", "nets/net.v4.uff", "nets/net.v4.onnx"),
        ("model-file", "net.caffemodel", "net.onnx"),
        ("model-engine-file", "net.onnx_b4_gpu0_fp16.engine", "net.onnx"),
        ("model-engine-file", "net.etlt_b1_dla1_int8.engine", "net.onnx"),
        ("model-engine-file", "net.engine", "net.onnx"),
    ],
)
def test_an_onnx_beside_a_model_for_tensorrt_is_read_in_its_place(
    write, tmp_path, key, name, beside
):
    model = tmp_path / beside
    model.parent.mkdir(exist_ok=True)
    model.touch()
    path = write({"onnx-file": None, key: name})
    config = read_config(path)
    assert config.onnx_file == model
    said = [note.text for note in config.notes if str(model) in note.text]
    assert said == [f"{config.place_of_model}: {key}: {model} is read in its place"]


@pytest.mark.parametrize(
    ("key", "name", "remedy"),
    [
        ("model-file", "other.caffemodel", "Caffe"),
        ("model-file", "yolov3-tiny.weights", "Darknet"),
        ("model-file", "yolov5s.wts", ".wts"),
        ("model-file", "other", "Caffe"),
        ("tlt-encoded-model", "other.engine", "an engine cannot be converted back"),
    ],
)
def test_the_remedy_is_that_of_the_kind_of_model_not_of_the_key(write, key, name, remedy):
    problem = refusal(write({"onnx-file": None, key: name}))
    assert remedy in problem.hint
    assert problem.got == f"{key}={name}"


@pytest.mark.parametrize("name", ["..", ".", "/", "a\0b", "x" * 300])
def test_a_model_for_tensorrt_with_a_strange_name_is_refused_as_any(write, name):
    found = refusal(write({"onnx-file": None, "uff-file": name}))
    assert "only TensorRT reads" in found.message


def test_a_model_for_tensorrt_comes_with_the_way_to_an_onnx(write, tmp_path):
    assert "tao model" in refusal(write({"onnx-file": None, "tlt-encoded-model": "a.etlt"})).hint
    uff = refusal(write({"onnx-file": None, "uff-file": "a.uff"}))
    assert "tf2onnx" in uff.hint
    assert f"{tmp_path / 'a.onnx'} is read in its place where it is there" in uff.hint
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
    assert not line or problem.hint or problem.expected == "[property]"


def test_a_file_that_is_not_utf_8_has_a_remedy(tmp_path):
    path = tmp_path / "config.txt"
    path.write_bytes(b"[property]\nonnx-file=\xff\n")
    assert "save it as UTF-8" in refusal(path).hint


def test_what_is_missing_for_a_slip_in_its_name_is_found(write):
    problem = refusal(write({"num-detected-classes": None, "num-detected-clases": "2"}))
    assert problem.message == "the number of classes is missing"
    assert "did you mean 'num-detected-classes'" in problem.hint
    problem = refusal(write({"onnx-file": None, "onx-file": "net.onnx"}))
    assert problem.message == "the model is missing"
    assert "did you mean 'onnx-file'" in problem.hint


def test_what_cannot_be_read_is_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "config.yml").message
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


# ---- kinds of networks ----


def notes(path, level):
    return [note.text for note in read_config(path).notes if note.level == level]


def test_a_secondary_network_has_its_targets(write):
    config = read_config(
        write(
            process_mode="2",
            operate_on_gie_id="3",
            operate_on_class_ids="4;1",
            input_object_min_width="64",
            input_object_max_height="500",
            secondary_reinfer_interval="14",
        )
    )
    assert config.targets == Targets(3, (1, 4), (64, 0), (0, 500), 14)
    assert read_config(write(operate_on_gie_id="3")).targets is None


def test_asynchronous_mode_is_for_secondary_classifiers(write):
    both = {"process-mode": "2", "classifier-async-mode": "1", "labelfile-path": "two.txt"}
    assert read_config(write(both, network_type="1")).targets.tracked_only
    assert not read_config(write(both)).targets.tracked_only


@pytest.mark.parametrize(
    ("properties", "targets"),
    [
        ({}, Targets(gie_id=3, class_ids=(1,))),
        ({"infer-on-gie-id": "5"}, Targets(gie_id=5)),
        ({"infer-on-class-ids": "0:2:3"}, Targets(class_ids=(0, 2, 3))),
        ({"infer-on-class-ids": "2", "infer-on-gie-id": "5"}, Targets(5, (2,))),
    ],
)
def test_either_of_the_elements_two_properties_goes_before_both_keys(write, properties, targets):
    path = write(process_mode="2", operate_on_gie_id="3", operate_on_class_ids="1")
    assert read_config(path, properties).targets == targets


def test_a_classifier_needs_no_classes_and_has_a_line_of_labels_an_attribute(write, tmp_path):
    (tmp_path / "words.txt").write_text("red; blue ;\r\n\ncar;bus\n\n")
    config = read_config(
        write(
            num_detected_classes=None,
            is_classifier="1",
            labelfile_path="words.txt",
            classifier_type="look",
            classifier_threshold="0.51",
            parse_classifier_func_name="NvDsInferClassiferParseCustomSoftmax",
        )
    )
    assert (config.network_type, config.attributes, config.classes) == (1, (), 0)
    assert config.labels == (("red", "blue", ""), ("car", "bus"))
    assert (config.classifier_type, config.parser) == (
        "look",
        "NvDsInferClassiferParseCustomSoftmax",
    )
    network = config.network(4, 4)
    assert (network.threshold, network.label(0, 1)) == (0.51, "blue")
    assert [network.label(*place) for place in ((1, 5), (7, 0), (-1, 0))] == [None] * 3


def test_the_newer_key_for_the_kind_goes_first(write):
    assert read_config(write(is_classifier="1", network_type="0")).network_type == 0


def test_what_would_be_lost_in_silence_is_warned_of(write):
    assert "no labelfile-path" in notes(write(network_type="1"), "warning")[0]
    assert notes(write(network_type="1", labelfile_path="two.txt"), "warning") == []
    assert "without output-tensor-meta=1" in notes(write(network_type="100"), "warning")[0]
    assert notes(write(network_type="100", output_tensor_meta="1"), "warning") == []


@pytest.mark.parametrize(
    ("key", "others", "what"),
    [
        ("operate-on-gie-id", {}, "in primary mode"),
        ("interval", {"process-mode": "2"}, "in secondary mode"),
        ("classifier-async-mode", {"network-type": "1"}, "but on secondary classifiers"),
        ("classifier-threshold", {}, "but on classifiers"),
        ("segmentation-threshold", {}, "but on segmentation"),
        ("segmentation-output-order", {}, "but on semantic segmentation"),
        ("output-instance-mask", {}, "but on instance segmentation"),
        ("parse-bbox-func-name", {"network-type": "2"}, "but on detectors"),
    ],
)
def test_a_key_for_another_kind_is_noted(write, key, others, what):
    path = write({key: "1"} | others)
    assert f"{path}:{LINE}: {key}: no effect {what}" in notes(path, "info")


def test_groups_of_classes_are_noted_where_there_are_none(write):
    path = write(network_type="2", groups="[class-attrs-0]\ntopk=1\n[class-atrs-all]\n")
    texts = "\n".join(notes(path, "warning"))
    assert "did you mean 'class-attrs-all'" in texts


def test_dbscan_may_be_asked_for_by_its_older_key(write):
    assert read_config(write(enable_dbscan="1")).cluster_mode == 1
    assert read_config(write(enable_dbscan="1", cluster_mode="2")).cluster_mode == 2
    groups = "[class-attrs-all]\neps=0.7\nminBoxes=3\ndbscan-min-score=1.5\n"
    each = read_config(write(cluster_mode="1", groups=groups)).attributes[0]
    assert (each.eps, each.min_boxes, each.dbscan_min_score) == (0.7, 3, 1.5)


# ---- repeated keys, comments, YAML ----


def test_a_key_given_twice_counts_the_last_time(write):
    path = write(groups="[property]\nbatch-size=4\nbatch-size=4\ninterval=1\ninterval=2\n")
    config = read_config(path)
    assert (config.batch_size, config.interval) == (4, 2)
    assert [text for text in notes(path, "info") if "again" in text] == [
        f"{path}:7: batch-size is given again: 4 counts"
    ]
    assert notes(path, "warning") == [f"{path}:9: interval is given again: 2 counts"]


def test_comments_behind_whole_numbers_are_left_out(write):
    path = write(
        network_type="0  # 0=Detector",
        process_mode="2 #secondary",
        cluster_mode="2 # para detectores y segmentacion",
        model_color_format="1  # BGR",
        network_mode="2 #FP16",
    )
    config = read_config(path)
    assert (config.network_type, config.cluster_mode, config.model_color_format) == (0, 2, 1)
    assert config.targets is not None
    assert "move the comment" in refusal(write(net_scale_factor="0.0039 # 1/255")).hint


YAML = """\
%YAML:1.0
---
# a network
property:
  gpu-id: 0
  onnx-file: 'net.onnx'      # beside this file
  labelfile-path: "two.txt"
  net-scale-factor: 0.0039   # 1/255
  infer-dims: 3;30;40
  ## 0: FP32
  network-mode: 0
  parse-bbox-func-name:
  batch-size: 1
  batch-size: 8

class-attrs-all:
  pre-cluster-threshold: 0.4
  nms-iou-threshold: 0.5
class-attrs-1:
    topk: 20
"""


@pytest.mark.parametrize("name", ["config.yml", "config.YAML"])
def test_yaml_says_the_same(write, tmp_path, name):
    write()
    path = tmp_path / name
    path.write_text(YAML)
    config = read_config(path)
    assert config.onnx_file == tmp_path / "net.onnx"
    assert (config.net_scale_factor, config.infer_dims, config.batch_size) == (
        0.0039,
        (3, 30, 40),
        8,
    )
    assert config.parse_bbox_func_name is None
    assert [each.label for each in config.attributes] == ["cat", "dog"]
    assert [each.pre_cluster_threshold for each in config.attributes] == [0.4, 0.4]
    assert [each.topk for each in config.attributes] == [-1, 20]
    assert f"{path}:14: batch-size is given again: 8 counts" in notes(path, "warning")


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("property:\n\tbatch-size: 1", "the line is not a group, a key or a comment", 2),
        ("property:\n  - batch-size", "the line is not a group, a key or a comment", 2),
        ("property:\n  batch-size 1", "the line is not a group, a key or a comment", 2),
        ("[property]\nbatch-size=1", "the line is not a group, a key or a comment", 1),
        ("batch-size: 1", "there is no [property] group", None),
        ("  batch-size: 1", "the key is before the first group", 1),
        ("property:\n  infer-dims: [3, 4, 5]", "the value is more than nvinfer's files have", 2),
        ("property:\n  onnx-file: 'net", "the value is more than nvinfer's files have", 2),
        ("# nothing", "there is no [property] group", None),
        ("property:\n  gpu-id: 1\n  batch-size: 0", "[property] batch-size cannot be read", 3),
    ],
)
def test_yaml_that_is_no_configuration_is_refused_with_its_line(
    write, tmp_path, text, message, line
):
    write()
    path = tmp_path / "config.yml"
    path.write_text(text)
    problem = refusal(path)
    assert problem.message == message
    assert problem.where == (f"{path}:{line}" if line else str(path))


def test_keys_of_yaml_that_are_not_indented_are_ignored_with_a_warning(write, tmp_path):
    write()
    path = tmp_path / "config.yml"
    path.write_text(f"{YAML}class-attrs-0:\ntopk: 20\n")
    config = read_config(path)
    assert config.attributes[0].topk == -1
    ignored = "topk is in no group and is ignored; indent it below its group"
    assert f"{path}:22: {ignored}" in notes(path, "warning")


# ---- libraries ----


def test_a_python_file_stands_for_a_library(write, tmp_path):
    path = write(custom_lib_path="lib/libmine.so")
    assert read_config(path).parser_file is None
    assert any("not loaded" in text for text in notes(path, "info"))
    (tmp_path / "lib").mkdir()
    file = tmp_path / "lib" / "libmine.py"
    file.touch()
    assert read_config(path).parser_file == file
    assert any(str(file) in text for text in notes(path, "info"))
    assert read_config(write(custom_lib_path="lib/libmine.py")).parser_file == file


def test_a_python_file_that_is_missing_is_refused(write):
    path = write({"custom-lib-path": "none.py"})
    problem = refusal(path)
    assert problem.where == f"{path}:{LINE}"
    assert problem.message == "custom-lib-path cannot be read: No such file or directory"


def test_what_does_not_count_for_tensors_of_nvdspreprocess_is_noted(write):
    keys = {"net-scale-factor": "0.5", "interval": "2", "clip-object-outside-roi": "0"}

    def noted(**more):
        found = [note.text for note in read_config(write(keys | more)).notes]
        return sorted(text.partition(": ")[2] for text in found if "input-tensor" in text)

    with_tensors = noted(**{"input-tensor-from-meta": "1"})
    assert with_tensors == [
        f"{key}: no effect with input-tensor-from-meta" for key in ("interval", "net-scale-factor")
    ]
    assert noted() == ["clip-object-outside-roi: no effect but with input-tensor-from-meta"]
