"""Decoders of early YOLO, faces, regions, classifiers, segmentations and masks."""

from __future__ import annotations

import numpy as np
import pytest

from pythiags.inference import Network, choose_decoder, keys
from pythiags.inference.decoders import grids

WIDTH, HEIGHT = 64, 32
BOX = (8.0, 4.0, 24.0, 20.0)
CENTERS = (16.0, 12.0, 16.0, 16.0)
"""BOX as center x, y, width, height."""
FRACTIONS = (8 / 64, 4 / 32, 24 / 64, 20 / 32)
ONE = [(BOX, 0.9, 2)]


def network(classes=3, threshold=0.5):
    return Network(WIDTH, HEIGHT, np.full(classes, threshold, np.float32))


def decode(outputs, classes=3, parser=None):
    """What each picture's candidates are, as plain (box, score, class)."""
    arrays = {name: np.array(value, np.float32) for name, value in outputs.items()}
    shapes = {name: array.shape for name, array in arrays.items()}
    count = len(next(iter(arrays.values())))
    return [
        [
            (tuple(map(float, box)), round(float(score), 3), int(number))
            for box, score, number in zip(*found[:3], strict=True)
        ]
        for found in choose_decoder(shapes, network(classes), parser)(arrays, count)
    ]


# ---- early YOLO ----


def logit(value):
    return np.log(value / (1 - value))


def grid(box, anchor, anchors, shape, *, number, classes=3, raw=True, cells=False):
    """A grid of no objects but one of this box (in pixels), of class 2, at one anchor."""
    rows, columns = shape
    values = np.full((anchors, 5 + classes, rows, columns), -9.0 if raw else 0.0)
    stride = np.array([WIDTH / columns, HEIGHT / rows])
    center = np.array([box[0] + box[2], box[1] + box[3]]) / 2 / stride
    column, row = center.astype(int)
    size = np.array([box[2] - box[0], box[3] - box[1]]) / (stride if cells else 1)
    within, sizes = center - [column, row], size / np.array(anchor)
    if raw:
        within, sizes = logit(within), np.log(sizes)
    mine = values[number, :, row, column]
    mine[:2], mine[2:4] = within, sizes
    mine[4], mine[7] = (9.0, 9.0) if raw else (0.95, 0.95)
    return values.reshape(1, -1, rows, columns)


OWN_BOX = (9.0, 5.0, 25.0, 21.0)


@pytest.mark.parametrize("raw", [True, False], ids=["logits", "after the sigmoid"])
@pytest.mark.parametrize(
    ("parser", "anchors", "shapes", "cells"),
    [
        ("NvDsInferParseCustomYoloV3", grids.V3, [(1, 2), (2, 4), (4, 8)], False),
        ("NvDsInferParseCustomYoloV3Tiny", grids.V3_TINY, [(1, 2), (2, 4)], False),
        ("NvDsInferParseCustomYoloV2", grids.V2, [(2, 4)], True),
        ("NvDsInferParseCustomYoloV2Tiny", grids.V2, [(2, 4)], True),
    ],
)
def test_early_yolo_has_grids_with_anchors(parser, anchors, shapes, cells, raw):
    """The box is in the last grid; grids come in any order."""
    count = len(anchors[0])
    empty = -9.0 if raw else 0.0
    outputs = {
        f"grid{number}": np.full((1, count * 8, *shape), empty)
        for number, shape in enumerate(shapes[:-1])
    }
    last = grid(OWN_BOX, anchors[-1][1], count, shapes[-1], number=1, raw=raw, cells=cells)
    (found,) = decode({"last": last, **dict(reversed(outputs.items()))}, parser=parser)
    ((box, score, number),) = found
    assert box == pytest.approx(OWN_BOX, abs=0.001)
    assert (score, number) == (pytest.approx(0.9, abs=0.11), 2)


@pytest.mark.parametrize("shape", [(2, 1, 4), (2, 4)])
def test_yolo_v4_has_boxes_and_scores_apart(shape):
    boxes = np.array([FRACTIONS, FRACTIONS]).reshape(1, *shape)
    outputs = {"boxes": boxes, "confs": [[[0.1, 0.2, 0.9], [0.4, 0.4, 0.4]]]}
    assert decode(outputs, parser="NvDsInferParseCustomYoloV4") == [ONE]


def test_yolox_is_relative_to_its_cells():
    rows = np.zeros((1, 8 * 4 + 4 * 2 + 2 * 1, 8))
    row, column, first, step = 1, 1, 32, 16  # of the second grid, of 4 x 2 cells
    x, y, width, height = CENTERS
    rows[0, first + row * 4 + column] = [
        *(x / step - column, y / step - row, np.log(width / step), np.log(height / step)),
        *(0.9, 0, 0, 1),
    ]
    assert decode({"output": rows}, parser="NvDsInferParseCustomYolox") == [
        [(pytest.approx(BOX), 0.9, 2)]
    ]


# ---- faces, regions, queries ----


def test_retinaface_counts_its_rows():
    row, low = [*BOX, 0.9, *range(10)], [*BOX, 0.4, *range(10)]
    values = [2, *row, *low, *row]
    expected = [[(BOX, 0.9, 0)]]
    assert decode({"prob": [values]}, 1, "NvDsInferParseCustomRetinaface") == expected
    four = np.reshape(values, (1, -1, 1, 1))
    assert decode({"prob": four}, 1, "NvDsInferParseCustomRetinaface") == expected


def test_retinaface_has_offsets_from_prior_boxes():
    priors = 2 * (8 * 4 + 4 * 2 + 2 * 1)
    loc, conf = np.zeros((1, priors, 4)), np.zeros((1, priors, 2))
    row, column, side = 1, 1, 16  # of 8 x 4 places 8 pixels apart, the first of two sides
    place = 2 * (row * 8 + column)
    x, y, width, height = CENTERS
    loc[0, place] = [
        *((x - (column + 0.5) * 8) / side / 0.1, (y - (row + 0.5) * 8) / side / 0.1),
        *(np.log(width / side) / 0.2, np.log(height / side) / 0.2),
    ]
    conf[0, place] = [0.1, 0.9]
    outputs = {"loc": loc, "conf": conf, "landms": np.zeros((1, priors, 10))}
    (found,) = decode(outputs, 1, "NvDsInferParseCustomRetinaface")
    assert found == [(pytest.approx(BOX), 0.9, 0)]


def test_faster_rcnn_moves_its_regions_and_leaves_the_background_out():
    deltas = np.zeros((1, 2, 12))
    deltas[0, 0, 8:] = [0.5, 0.25, np.log(0.5), np.log(2)]
    outputs = {
        "rois": [[[0, 0, 15, 7], [0, 0, 3, 3]]],  # 16 x 8, to the last pixel
        "cls_prob": [[[0.0, 0.1, 0.9], [0.95, 0.0, 0.0]]],
        "bbox_pred": deltas,
    }
    expected = (16 - 4, 6 - 8, 16 + 4, 6 + 8)  # from 8, 4: half a width right, a quarter down
    want = [[(pytest.approx(expected), 0.9, 2)]]
    assert decode(outputs, parser="NvDsInferParseCustomFasterRCNN") == want
    tall = {name: np.expand_dims(np.array(array), (1, -1)) for name, array in outputs.items()}
    assert decode(tall, parser="NvDsInferParseCustomFasterRCNN") == want


@pytest.mark.parametrize(
    ("parser", "first"), [("NvDsInferParseCustomDDETRTAO", 0), ("NvDsInferParseCustomRTDETRTAO", 1)]
)
def test_detr_answers_queries_with_or_without_a_background(parser, first):
    x, y, width, height = CENTERS
    box = [x / WIDTH, y / HEIGHT, width / WIDTH, height / HEIGHT]
    high, low = logit(0.9), logit(0.2)
    outputs = {
        "pred_boxes": [[box, box, box]],
        "pred_logits": [[[low, low, high], [high, low, low], [low, low, low]]],
    }
    background = [(pytest.approx(BOX), 0.9, 0)]
    assert decode(outputs, parser=parser) == [
        [(pytest.approx(BOX), 0.9, 2), *background][: 1 + first]
    ]


def test_efficientdet_has_the_top_first():
    left, top, right, bottom = BOX
    outputs = {
        "num_detections": [[1]],
        "detection_boxes": [[[top, left, bottom, right]] * 2],
        "detection_scores": [[0.9, 0.9]],
        "detection_classes": [[2, 2]],
    }
    assert decode(outputs, parser="NvDsInferParseCustomEfficientDetTAO") == [ONE]


# ---- classifiers, segmentation ----


def decode_kind(outputs, kind, parser=None, *, types=None, **more):
    arrays = {
        name: np.array(value, (types or {}).get(name, np.float32))
        for name, value in outputs.items()
    }
    shapes = {name: array.shape for name, array in arrays.items()}
    count = len(next(iter(arrays.values())))
    own = network()._replace(**more)
    return choose_decoder(shapes, own, parser, kind=kind)(arrays, count)


LABELS = (("red", "blue"), ("car", "bus", "van"))


@pytest.mark.parametrize("last", [(), (1, 1)])
def test_a_classifier_takes_the_best_value_of_each_output(last):
    first, second = [[0.3, 0.7], [0.5, 0.5]], [[0.1, 0.1, 0.8], [0.4, 0.3, 0.3]]
    outputs = {
        "colour": np.reshape(first, (2, 2, *last)),
        "type": np.reshape(second, (2, 3, *last)),
    }
    found = decode_kind(outputs, keys.CLASSIFIER, labels=LABELS, threshold=0.45)
    assert [
        [(a.label_id, a.class_id, round(a.confidence, 3), a.label) for a in of] for of in found
    ] == [
        [(0, 1, 0.7, "blue"), (1, 2, 0.8, "van")],
        [(0, 0, 0.5, "red")],  # of equal ones the first
    ]


def test_a_value_at_the_threshold_or_without_a_probability_is_none():
    outputs = {"colour": [[0.5, 0.5], [0, 0], [-1, -2], [float("nan"), 0.9]]}
    found = decode_kind(outputs, keys.CLASSIFIER, labels=LABELS, threshold=0.5)
    assert [[a.class_id for a in of] for of in found] == [[], [], [], [1]]
    found = decode_kind(outputs, keys.CLASSIFIER, labels=LABELS)
    assert [[a.class_id for a in of] for of in found] == [[0], [], [], [1]]


def test_a_classifier_without_softmax_gets_one():
    ((each,),) = decode_kind(
        {"colour": [[1000.0, 1002.0]]}, keys.CLASSIFIER, "NvDsInferClassiferParseNonSoftmax"
    )
    assert (each.class_id, each.label) == (1, None)
    assert each.confidence == pytest.approx(1 / (1 + np.exp(-2)))


def test_a_plate_is_read_without_blanks_and_repetitions():
    letters = tuple((letter,) for letter in "ABC1")  # 4 is the blank
    outputs = {
        "tf_op_layer_Max": [[0.9, 0.5, 1, 0.5, 1, 1, 1], [1] * 7],
        "tf_op_layer_ArgMax": [[0, 0, 4, 0, 3, 3, 4], [0, 4, 1, 4, 4, 4, 4]],
    }
    plates = decode_kind(
        *(outputs, keys.CLASSIFIER, "NvDsInferParseCustomNVPlate"),
        types={"tf_op_layer_ArgMax": np.int32},
        labels=letters,
    )
    assert [[(a.class_id, round(a.confidence, 3), a.label) for a in of] for of in plates] == [
        [(1, 0.45, "AA1")],  # 0.9 * 0.5 * 1
        [],  # too short
    ]


def test_a_map_of_classes_may_have_a_dimension_more_or_be_small():
    classes = np.zeros((1, HEIGHT, WIDTH))
    classes[0, 3, 5] = 2
    for shape in ((1, HEIGHT, WIDTH), (1, HEIGHT, WIDTH, 1), (1, 1, HEIGHT, WIDTH)):
        outputs = {"argmax_1": classes.reshape(shape)}
        (found,) = decode_kind(
            *(outputs, keys.SEGMENTATION, "NvDsInferParseCustomPeopleSemSegNet"),
            types={"argmax_1": np.int64},
        )
        assert np.array_equal(found.class_map, classes[0])
    small = np.zeros((1, 3, 2, 4))
    small[0, 1] = 0.1
    small[0, 2, 1, 3] = 9
    (found,) = decode_kind(
        {"output": small}, keys.SEGMENTATION, "NvDsInferParseCustomSegformerTAO2"
    )
    expected = np.ones((HEIGHT, WIDTH))
    expected[HEIGHT // 2 :, 3 * WIDTH // 4 :] = 2
    assert np.array_equal(found.class_map, expected)


# ---- masks ----


def test_mask_rcnn_has_a_mask_a_class():
    left, top, right, bottom = BOX
    masks = np.zeros((1, 3, 3, 2, 5))
    masks[0, 1, 2] = 0.7
    rows = [
        [top, left, bottom, right, 0, 0.4],
        [top, left, bottom, right, 2, 0.9],
        [0, 0, 9, 9, 7, 1],
    ]
    outputs = {"generate_detections": [rows], "mask_fcn_logits/BiasAdd": masks}
    (found,) = decode_kind(outputs, keys.INSTANCES, "NvDsInferParseCustomMrcnnTLTV2")
    (mask,) = found.masks
    assert (found.boxes.tolist(), found.classes.tolist()) == ([list(BOX)], [2])
    assert (mask.width, mask.height, mask.data.tolist()) == (5, 2, [[pytest.approx(0.7)] * 5] * 2)


def test_mask2formers_box_is_where_its_mask_is():
    masks = np.zeros((1, 3, HEIGHT, WIDTH))
    masks[0, 0, 4:20, 8:24] = 0.8
    masks[0, 0, 10, 10] = 0
    masks[0, 2] = 1
    outputs = {
        "pred_masks": masks,
        "pred_classes": [[2, 1, 0]],  # the second has no mask, the third no confidence
        "pred_scores": [[0.9, 0.9, float("nan")]],
    }
    (found,) = decode_kind(outputs, keys.INSTANCES, "NvDsInferParseCustomMask2Former")
    (mask,) = found.masks
    assert (found.boxes.tolist(), found.classes.tolist()) == ([list(BOX)], [2])
    assert (mask.width, mask.height) == (16, 16)
    assert (mask.data[0, 0], mask.data[6, 2]) == (pytest.approx(0.8), 0)


def test_key_points_apart_may_be_five_pairs_and_are_suppressed_together():
    x, y, width, height = CENTERS
    points = [[-5, 3, 8, 99, 1, 2, 3, 4, 5, 6]] * 3
    outputs = {
        "boxes": [[[x, y, width, height], [x + 1, y, width, height], [x, y, width, height]]],
        "scores": [[[0.8], [0.9], [0.4]]],
        "landmarks": [points],
    }
    (found,) = decode_kind(outputs, keys.INSTANCES, "NvDsInferParseYoloFace")
    (mask,) = found.masks
    assert found.scores.tolist() == [pytest.approx(0.9)]
    assert (mask.width, mask.height) == (WIDTH, HEIGHT)
    assert mask.data.tolist() == [0, 3, 1, 8, HEIGHT, 1, 1, 2, 1, 3, 4, 1, 5, 6, 1]
