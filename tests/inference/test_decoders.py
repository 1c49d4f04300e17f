"""Decoders of network outputs, on outputs written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pythiags.errors import ConfigError
from pythiags.inference import Network, choose_decoder

WIDTH, HEIGHT = 64, 32
BOX = (8.0, 4.0, 24.0, 20.0)
CENTERS = (16.0, 12.0, 16.0, 16.0)
"""BOX as center x, y, width, height."""
FRACTIONS = (8 / 64, 4 / 32, 24 / 64, 20 / 32)


def network(classes=3, threshold=0.5):
    return Network(WIDTH, HEIGHT, np.full(classes, threshold, np.float32))


def decode(outputs, classes=3, parser=None, count=None):
    """What each picture's candidates are, as plain (box, score, class)."""
    arrays = {name: np.array(value, np.float32) for name, value in outputs.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    count = count or len(next(iter(arrays.values())))
    return [
        [
            (tuple(map(float, box)), round(float(score), 3), int(number))
            for box, score, number in zip(*found[:3], strict=True)
        ]
        for found in choose_decoder(shapes, network(classes), parser)(arrays, count)
    ]


ONE = [(BOX, 0.9, 2)]


def test_yolo_v5_multiplies_by_the_objectness_and_takes_the_best_class():
    rows = [
        [*CENTERS, 0.9, 0.1, 0.2, 1.0],
        [*CENTERS, 0.4, 0.0, 1.0, 0.0],  # never above its objectness
        [*CENTERS, 0.9, 0.5, 0.5, 0.5],  # 0.45
    ]
    assert decode({"output": [rows, rows]}) == [ONE, ONE]


def test_yolo_v8_has_a_column_a_box():
    columns = np.transpose([[*CENTERS, 0.1, 0.2, 0.9], [*CENTERS, 0.4, 0.3, 0.2]])
    assert decode({"output0": [columns, columns]}) == [ONE, ONE]


def test_deepstream_yolo_has_rows_of_box_score_and_class():
    rows = [[*BOX, 0.9, 2], [*BOX, 0.4, 2], [*BOX, 0.9, -1]]
    assert decode({"output": [rows]}) == [ONE]
    parts = {
        "boxes": [[row[:4] for row in rows]],
        "scores": [[row[4:5] for row in rows]],
        "classes": [[row[5:] for row in rows]],
    }
    assert decode(parts) == [ONE]
    assert decode(parts, parser="NvDsInferParseYolo") == [ONE]


def test_nanodet_has_corners_and_scores():
    outputs = {"scores": [[[0.1, 0.2, 0.9], [0.4, 0.4, 0.4]]], "boxes": [[BOX, BOX]]}
    assert decode(outputs) == [ONE]


def test_nanodet_with_four_classes_is_told_apart_by_names():
    outputs = {"scores": [[[0.1, 0.2, 0.9, 0]]], "boxes": [[BOX]]}
    assert decode(outputs, classes=4, parser="NvDsInferParseNanoDet") == [ONE]


def test_detection_output_rows_are_of_their_picture():
    row, other = [0, 2, 0.9, *FRACTIONS], [1, 1, 0.8, *FRACTIONS]
    low, end = [0, 2, 0.4, *FRACTIONS], [-1, 0, 0, 0, 0, 0, 0]
    assert decode({"out": [[[row, low, end]]]}, parser="NvDsInferParseCustomSSD") == [ONE]
    assert decode({"out": [[[row, other, low, end]]]}, count=2) == [ONE, [(BOX, 0.8, 1)]]
    assert decode({"out": [[[row, low]], [[end, end]]]}) == [ONE, []]


def test_tensorflows_boxes_start_at_the_top_and_end_with_their_number():
    left, top, right, bottom = FRACTIONS
    outputs = {
        "num_detections": [1],
        "detection_boxes": [[[top, left, bottom, right]] * 2],
        "detection_scores": [[0.9, 0.9]],
        "detection_classes": [[2, 2]],
    }
    assert decode(outputs) == [ONE]
    assert decode(outputs, parser="NvDsInferParseCustomTfSSD") == [ONE]


def test_batched_nms_boxes_start_at_the_left():
    outputs = {
        "num_detections": [[2]],
        "nmsed_boxes": [[FRACTIONS] * 2],
        "nmsed_scores": [[0.9, 0.3]],
        "nmsed_classes": [[2, 2]],
    }
    assert decode(outputs, parser="NvDsInferParseCustomBatchedNMSTLT") == [ONE]


def test_suppressed_boxes_in_pixels_stay_as_they_are():
    assert decode({"out": [[[[0, 2, 0.9, *BOX]]]]}) == [ONE]


def test_detectnet_boxes_are_relative_to_their_cell():
    cover, sides = np.zeros((1, 3, 2, 4)), np.zeros((1, 12, 2, 4))
    row, column, stride = 1, 2, 16  # of 2 x 4 cells of 16 pixels
    x, y = column * stride + 0.5, row * stride + 0.5
    cover[0, 2, row, column] = 0.9
    cover[0, 1, 0, 0] = 0.4
    sides[0, 8:, row, column] = np.array([x - 8, y - 4, 24 - x, 20 - y]) / 35
    (found,) = decode(
        {"output_cov/Sigmoid": cover, "output_bbox/BiasAdd": sides},
        parser="NvDsInferParseCustomResnet",
    )
    ((box, score, number),) = found
    assert box == pytest.approx(BOX, abs=1e-4)
    assert (score, number) == (0.9, 2)


@pytest.mark.parametrize(("classes", "found"), [(2, [0, 1]), (3, [0, 1, 2]), (5, [0, 1, 2])])
def test_detectnet_may_have_other_classes_than_the_configuration(classes, found, caplog):
    cover, sides = np.full((1, 3, 1, 1), 0.9), np.ones((1, 12, 1, 1))
    for _ in range(2):
        (seen,) = decode({f"cov{classes}": cover, "bbox": sides}, classes)
        assert [number for _, _, number in seen] == found
    said = [record.getMessage() for record in caplog.records]
    text = f"cov{classes} has 3 classes and num-detected-classes={classes}: the first {len(found)}"
    assert [text in each for each in said] == ([] if classes == 3 else [True])


def test_thresholds_are_the_classs_own():
    uneven = Network(WIDTH, HEIGHT, np.array([0.2, 0.8], np.float32))
    scores = np.array([[[0.3, 0.1], [0.1, 0.7], [0.1, 0.9]]], np.float32)
    arrays = {"boxes": np.full((1, 3, 4), 5, np.float32), "scores": scores}
    shapes = {name: array.shape for name, array in arrays.items()}
    (found,) = choose_decoder(shapes, uneven)(arrays, 1)
    assert found.classes.tolist() == [0, 1]
    assert found.scores.tolist() == pytest.approx([0.3, 0.9])


def test_a_score_or_class_that_is_no_number_is_no_object():
    nan = float("nan")
    rows = [[*BOX, nan, 2], [*BOX, 0.9, nan], [*BOX, 0.9, 2]]
    assert decode({"output": [rows]}) == [ONE]
    assert decode({"boxes": [[BOX]], "scores": [[[nan, nan, nan]]]}) == [[]]


def refusal(shapes, classes=3, parser=None):
    with pytest.raises(ConfigError) as problem:
        choose_decoder(shapes, network(classes), parser)
    return problem.value


@pytest.mark.parametrize("more", [{"features": (1, 512)}, {"a": (1, 9, 2), "b": (1, 3, 16, 16)}])
def test_a_parser_leaves_the_outputs_alone_that_it_does_not_read(more):
    columns = np.transpose([[*CENTERS, 0.1, 0.2, 0.9]])
    outputs = {name: np.zeros(shape) for name, shape in more.items()} | {"output0": [columns]}
    assert decode(outputs, parser="NvDsInferParseCustomYoloV8", count=1) == [ONE]
    with pytest.raises(ConfigError, match="no decoder supports these outputs"):
        decode(outputs)


def test_the_default_decoder_leaves_further_outputs_alone():
    cover, boxes = np.zeros((1, 3, 2, 4)), np.zeros((1, 12, 2, 4))
    outputs = {"cover": cover, "boxes": boxes, "features": np.zeros((1, 256, 2, 4))}
    assert decode(outputs) == [[]]


def test_a_parser_that_may_read_several_outputs_wants_them_named():
    columns = np.transpose([[*CENTERS, 0.1, 0.2, 0.9]])
    outputs = {"one": [columns], "two": [columns], "features": np.zeros((1, 5))}
    with pytest.raises(ConfigError, match="several of the outputs could be decoded") as problem:
        decode(outputs, parser="NvDsInferParseCustomYoloV8", count=1)
    assert problem.value.expected == "output-blob-names=one or two"


def test_an_unknown_parser_is_answered_with_the_closest_name():
    problem = refusal({"o": (1, 10, 6)}, parser="NvDsInferParseYollo")
    assert "did you mean 'NvDsInferParseYolo'" in problem.hint
    assert "NvDsInferParseYolo, " in problem.expected


def test_a_parser_for_other_outputs_says_what_it_reads():
    problem = refusal({"o": (1, 10, 6)}, parser="NvDsInferParseCustomResnet")
    assert "coverage" in problem.expected
    assert problem.got == "o [1, 10, 6] with 3 classes"


def test_outputs_of_no_family_are_answered_with_all_of_them():
    problem = refusal({"o": (1, 10)})
    for name in ("DetectNet_v2", "YOLO v5", "YOLO v8", "SSD", "NanoDet"):
        assert name in problem.expected


def test_rows_of_six_with_one_class_may_be_two_things_until_the_parser_tells():
    shapes = {"o": (1, 100, 6)}
    assert "ambiguous" in refusal(shapes, classes=1).message
    assert "parse-bbox-func-name" in refusal(shapes, classes=1).hint
    choose_decoder(shapes, network(1), "NvDsInferParseYolo")


NMS_NAMES = [
    ("num_dets", "det_boxes", "det_scores", "det_classes"),
    ("num_detections", "nmsed_boxes", "nmsed_scores", "nmsed_classes"),
    ("num", "boxes", "scores", "labels"),
    ("BatchedNMS", "BatchedNMS_1", "BatchedNMS_2", "BatchedNMS_3"),
    ("nms/out", "nms/out_1", "nms/out_2", "nms/out_3"),
]


@pytest.mark.parametrize("names", NMS_NAMES, ids=lambda names: names[1])
@pytest.mark.parametrize("box", [BOX, FRACTIONS], ids=["pixels", "fractions"])
def test_nms_in_the_network_has_corners_from_the_left_under_all_names(names, box):
    values = ([[1], [0]], [[box] * 2] * 2, [[0.9, 0.9]] * 2, [[2, 2]] * 2)
    outputs = dict(zip(names, values, strict=True))
    assert decode(outputs) == [ONE, []]
    for parser in (
        "NvDsInferParseCustomEfficientNMS",
        "NvDsInferYoloNMS",
        "NvDsInferParseCustomBatchedNMSTLT",
    ):
        assert decode(outputs, parser=parser) == [ONE, []]


def test_a_parser_of_nms_outputs_reads_tensorflows_names_from_the_left():
    outputs = {
        "num_detections": [[1]],
        "detection_boxes": [[BOX]],
        "detection_scores": [[0.9]],
        "detection_classes": [[2]],
    }
    assert decode(outputs, parser="NvDsInferParseCustomEfficientNMS") == [ONE]
    left, top, right, bottom = BOX
    outputs["detection_boxes"] = [[(top, left, bottom, right)]]
    assert decode(outputs, parser="NvDsInferParseCustomEfficientDetTAO") == [ONE]


def test_a_label_beyond_the_classes_stays_to_be_reported_and_one_below_0_does_not():
    rows = [[*BOX, 0.9, 7], [*BOX, 0.4, 7], [*BOX, 0.9, -1], [*BOX, 0.9, float("nan")]]
    assert decode({"output": [rows]}) == [[(BOX, 0.9, 7)]]
