"""Cluster modes, against answers worked out by hand and against OpenCV."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pythiags.inference import Candidates, ClassAttributes, cluster
from pythiags.inference._clustering import are_sound, best_classes, group, objects, suppress
from pythiags.inference.clustering import group_rectangles, non_maximum_suppression
from pythiags.inference.decoders._common import best_class
from pythiags.inference.types import Network

SIZE = (100, 100)
ATTRIBUTES = (ClassAttributes(nms_iou_threshold=0.5),) * 2


def candidates(*rows):
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Candidates(table[:, :4], table[:, 4], table[:, 5].astype(np.intp))


def boxes(rows):
    return [tuple(round(float(x), 3) for x in row) for row in rows]


TWO_OF_ONE = ((10, 10, 20, 20, 0.8, 0), (11, 10, 21, 20, 0.9, 0), (50, 50, 60, 70, 0.7, 0))


def test_nms_keeps_the_best_of_what_overlaps():
    found = cluster(candidates(*TWO_OF_ONE), 2, ATTRIBUTES, SIZE)
    assert boxes(found) == [(0, 0.9, 11, 10, 10, 10), (0, 0.7, 50, 50, 10, 20)]


def test_nms_leaves_overlapping_boxes_of_different_classes():
    found = cluster(
        candidates((10, 10, 20, 20, 0.8, 1), (10, 10, 20, 20, 0.9, 0)), 2, ATTRIBUTES, SIZE
    )
    assert boxes(found) == [(0, 0.9, 10, 10, 10, 10), (1, 0.8, 10, 10, 10, 10)]


def test_nms_keeps_boxes_that_overlap_by_just_the_threshold():
    half = candidates((0, 0, 10, 10, 0.9, 0), (0, 0, 10, 5, 0.8, 0))
    for threshold, count in ((0.5, 2), (0.49, 1)):
        attributes = (replace(ATTRIBUTES[0], nms_iou_threshold=threshold),)
        assert len(cluster(half, 2, attributes, SIZE)) == count


def test_without_clustering_every_box_stays_in_order_of_confidence():
    found = cluster(candidates(*TWO_OF_ONE), 4, ATTRIBUTES, SIZE)
    assert [row[1] for row in boxes(found)] == [0.9, 0.8, 0.7]


@pytest.mark.parametrize("mode", [2, 4])
def test_post_cluster_threshold_and_topk_go_by_class(mode):
    rows = [(10 * i, 0, 10 * i + 9, 9, 0.9 - 0.1 * i, i % 2) for i in range(8)]
    attributes = (
        ClassAttributes(topk=1),
        ClassAttributes(post_cluster_threshold=0.55),
    )
    found = cluster(candidates(*rows), mode, attributes, SIZE)
    assert [(row[0], row[1]) for row in boxes(found)] == [(0, 0.9), (1, 0.8), (1, 0.6)]


def test_boxes_are_cut_to_the_network_and_impossible_ones_dropped():
    nan, inf = float("nan"), float("inf")
    found = cluster(
        candidates(
            (-5, -5, 10, 10, 0.9, 0),
            (90, 90, inf, 300, 0.8, 0),
            (nan, 0, 10, 10, 0.9, 0),
            (30, 30, 30, 40, 0.9, 0),
            (50, 50, 40, 60, 0.9, 0),
            (200, 200, 300, 300, 0.9, 0),
        ),
        4,
        ATTRIBUTES,
        SIZE,
    )
    assert boxes(found) == [(0, 0.9, 0, 0, 10, 10), (0, 0.8, 90, 90, 10, 10)]


@pytest.mark.parametrize("mode", [0, 2, 4])
def test_nothing_found_is_an_empty_table(mode):
    found = cluster(candidates(), mode, ATTRIBUTES, SIZE)
    assert (found.shape, found.dtype) == ((0, 6), np.float32)


def test_groups_have_the_mean_box_and_lose_their_confidence():
    attributes = (ClassAttributes(group_threshold=1, eps=0.2),)
    found = cluster(candidates(*TWO_OF_ONE), 0, attributes, SIZE)
    assert boxes(found) == [(0, pytest.approx(-0.1), 10, 10, 10, 10)]


def test_a_group_threshold_of_zero_leaves_every_box():
    found = cluster(candidates(*TWO_OF_ONE), 0, ATTRIBUTES, SIZE)
    assert [row[2] for row in boxes(found)] == [10, 11, 50]


RECTANGLES = st.lists(
    st.tuples(*(st.integers(0, 30),) * 2, *(st.integers(1, 40),) * 2), min_size=1, max_size=25
)


@given(RECTANGLES, st.integers(1, 3), st.sampled_from([0.0, 0.1, 0.2, 0.5, 1.0]))
def test_groups_are_opencvs(rectangles, threshold, eps):
    cv2 = pytest.importorskip("cv2")
    theirs, _ = cv2.groupRectangles([list(r) for r in rectangles], threshold, eps)
    table = np.array(rectangles)
    corners = np.concatenate([table[:, :2], table[:, :2] + table[:, 2:]], axis=1)
    ours = group_rectangles(corners, threshold, eps)
    ours[:, 2:] -= ours[:, :2]
    assert sorted(map(tuple, ours.tolist())) == sorted(
        map(tuple, np.reshape(theirs, (-1, 4)).tolist())
    )


BOXES = st.lists(
    st.tuples(*(st.floats(0, 80, width=32),) * 2, *(st.floats(1, 40, width=32),) * 2), max_size=25
)


@given(BOXES, st.floats(0.05, 0.95))
def test_suppression_is_what_its_definition_says(rectangles, threshold):
    """Nothing kept overlaps a better kept box too much; all that went overlaps one."""
    table = np.array(rectangles, np.float32).reshape(-1, 4)
    corners = np.concatenate([table[:, :2], table[:, :2] + table[:, 2:]], axis=1)
    scores = np.linspace(1, 0.1, len(table), dtype=np.float32)
    kept = non_maximum_suppression(corners, scores, threshold).tolist()

    def overlap(a, b):
        sides = np.minimum(corners[a, 2:], corners[b, 2:]) - np.maximum(
            corners[a, :2], corners[b, :2]
        )
        common = np.prod(np.maximum(sides, 0))
        whole = np.prod(table[a, 2:]) + np.prod(table[b, 2:]) - common
        return common / whole

    assert kept == sorted(kept)
    for box in range(len(table)):
        worst = max((overlap(box, better) for better in kept if better < box), default=0)
        assert worst <= threshold + 1e-4 if box in kept else worst > threshold - 1e-4


# ---- against OpenCV, on many cases: crowded, apart, of one size and of all ----


def crowd(random, count):
    """Whole corners [count, 4] around a few centres, and scores that differ."""
    centers = random.integers(0, 300, (random.integers(1, 12), 2))
    low = centers[random.integers(0, len(centers), count)] + random.integers(-9, 10, (count, 2))
    size = random.integers(1, random.choice([4, 40, 150]), (count, 2))
    scores = random.permutation(np.linspace(0.05, 1, count, dtype=np.float32))
    return np.concatenate([low, low + size], axis=1), scores


def overlaps(corners):
    """Intersection over union of all pairs, in double precision."""
    low = np.maximum(corners[:, None, :2], corners[None, :, :2])
    high = np.minimum(corners[:, None, 2:], corners[None, :, 2:])
    common = np.prod(np.maximum(high - low, 0), axis=2)
    area = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    return common / (area[:, None] + area[None] - common)


@pytest.mark.parametrize("seed", range(20))
def test_suppression_is_opencvs_on_many_crowds(seed):
    cv2 = pytest.importorskip("cv2")
    random = np.random.default_rng(seed)
    for _ in range(150):
        corners, scores = crowd(random, int(random.integers(1, 90)))
        threshold = float(random.choice([0.1, 0.3, 0.45, 0.5, 0.7, 0.9]))
        if np.abs(overlaps(corners) - threshold).min() < 1e-6:
            continue  # a rounding decides
        sizes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
        theirs = cv2.dnn.NMSBoxes(sizes.astype(float).tolist(), scores.tolist(), 0.0, threshold)
        ours = non_maximum_suppression(corners.astype(np.float32), scores, threshold)
        assert ours.tolist() == np.ravel(theirs).tolist()


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_opencvs_on_many_crowds(seed):
    cv2 = pytest.importorskip("cv2")
    random = np.random.default_rng(seed)
    for _ in range(150):
        corners, _ = crowd(random, int(random.integers(1, 90)))
        threshold = int(random.integers(1, 5))
        eps = float(random.choice([0.0, 0.05, 0.2, 0.5, 0.9]))
        sizes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
        theirs, _ = cv2.groupRectangles(sizes.tolist(), threshold, eps)
        ours = group_rectangles(corners, threshold, eps)
        ours[:, 2:] -= ours[:, :2]
        assert ours.tolist() == np.reshape(theirs, (-1, 4)).tolist()


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 64, 1000, 4001])
def test_boxes_that_lie_apart_all_stay_however_many(count):
    number = np.arange(count, dtype=np.float32)
    corners = np.stack([number % 64, number // 64, number % 64 + 1, number // 64 + 1], axis=1)
    scores = np.linspace(1, 0.1, count, dtype=np.float32)
    assert non_maximum_suppression(corners, scores, 0.0).tolist() == list(range(count))
    assert len(group_rectangles(corners.astype(int) * 9, 1, 0.1)) == 0


def test_only_as_many_as_topk_are_looked_for():
    rows = [(10 * i, 0, 10 * i + 9, 9, 0.9 - 0.1 * i, 0) for i in range(8)]
    for topk, count in ((3, 3), (0, 0), (-1, 8), (99, 8)):
        found = cluster(candidates(*rows), 2, (ClassAttributes(topk=topk),), SIZE)
        assert [round(row[1], 1) for row in boxes(found)] == [
            0.9,
            0.8,
            0.7,
            0.6,
            0.5,
            0.4,
            0.3,
            0.2,
        ][:count]


def test_the_native_loops_refuse_arrays_that_do_not_fit():
    with pytest.raises(ValueError, match=r"\[n, 4\]"):
        suppress(np.zeros((3, 5), np.float32), 0.5, 3, np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="n places"):
        suppress(np.zeros((3, 4), np.float32), 0.5, 3, np.zeros(2, np.int64))
    with pytest.raises(ValueError, match=r"\[n, 4\]"):
        group(np.zeros((3, 4), np.int32), 1, 0.2, np.zeros((2, 4), np.int32))


# ---- DBSCAN ----

NEAR = [(0, 0, 10, 10), (1, 0, 11, 10), (0, 1, 10, 11)]  # 1 - IoU of about 0.2
FAR = (40, 20, 50, 30)


def dense(rows, mode=1, **parameters):
    given = {"eps": 0.4, "min_boxes": 2} | parameters
    flat = ((*box, score, number) for box, score, number in rows)
    found = cluster(candidates(*flat), mode, (ClassAttributes(**given),), SIZE)
    return [(round(float(row[1]), 3), [round(float(v), 3) for v in row[2:]]) for row in found]


def test_dbscan_gives_a_cluster_its_mean_and_its_best_confidence():
    rows = [(NEAR[0], 0.5, 0), (NEAR[1], 0.9, 0), (FAR, 0.8, 0)]
    left = round(0.9 / 1.4, 3)
    assert dense(rows) == [(0.9, [left, 0, 10, 10])]
    assert dense(rows, min_boxes=1) == [(0.9, [left, 0, 10, 10]), (0.8, [40, 20, 10, 10])]


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({}, 1),
        ({"min_boxes": 3}, 1),
        ({"min_boxes": 4}, 0),
        ({"eps": 0.1}, 0),
        ({"dbscan_min_score": 1.5}, 1),
        ({"dbscan_min_score": 1.6}, 0),
        ({"post_cluster_threshold": 0.6}, 0),
        ({"topk": 0}, 0),
    ],
)
def test_a_cluster_needs_neighbours_and_confidence(parameters, count):
    assert len(dense([(box, 0.5, 0) for box in NEAR], **parameters)) == count


def test_a_box_at_the_edge_of_a_cluster_is_of_it_and_reaches_no_further():
    """A chain of boxes, each a neighbour of the next: the ends are no core of three."""
    chain = [((step * 2, 0, step * 2 + 10, 10), 0.5, 0) for step in range(4)]
    assert len(dense(chain, min_boxes=3)) == 1
    found = dense([*chain, ((8, 0, 18, 10), 0.5, 0)], min_boxes=3)
    assert found == [(0.5, [4, 0, 10, 10])]


def test_a_cluster_too_large_for_its_boxes_does_not_count():
    attributes = (ClassAttributes(eps=0.4, min_boxes=2),)
    for width, count in ((120, 1), (121, 0)):
        rows = [(0, 0, width, width, 0.5, 0)] * 2
        assert len(cluster(candidates(*rows), 1, attributes, (200, 200))) == count


def test_without_a_least_number_of_boxes_nothing_is_clustered():
    rows = [(box, 0.5, 0) for box in NEAR]
    assert len(dense(rows, min_boxes=0)) == 3
    assert len(dense(rows, mode=3, min_boxes=0, nms_iou_threshold=0.9)) == 3


def test_the_hybrid_suppresses_what_is_of_a_cluster():
    rows = [(NEAR[0], 0.5, 0), (NEAR[1], 0.9, 0), (FAR, 0.8, 0)]
    assert dense(rows, mode=3) == [(0.9, [1, 0, 10, 10])]
    assert dense(rows, mode=3, nms_iou_threshold=0.9) == [
        (0.9, [1, 0, 10, 10]),
        (0.5, [0, 0, 10, 10]),
    ]


@pytest.mark.parametrize("mode", [1, 3])
def test_each_class_is_clustered_by_itself(mode):
    rows = [(*NEAR[0], 0.5, 0), (*NEAR[1], 0.9, 1)]
    attributes = (ClassAttributes(eps=0.4, min_boxes=2),) * 2
    assert len(cluster(candidates(*rows), mode, attributes, SIZE)) == 0


# ---- from scores to objects, against what NumPy makes of the definitions ----


def plain_objects(found, mode, attributes, size):
    """What nvinfer's modes 2 and 4 are, step by step."""
    cut = np.clip(found.boxes, 0, np.array([*size, *size], np.float32))
    rows = []
    for number, of in enumerate(attributes):
        mine = np.flatnonzero(
            (found.classes == number) & (cut[:, 2] > cut[:, 0]) & (cut[:, 3] > cut[:, 1])
        )
        mine = mine[np.argsort(-found.scores[mine], kind="stable")]
        if mode == 2:
            mine = mine[
                non_maximum_suppression(cut[mine], found.scores[mine], of.nms_iou_threshold)
            ]
            mine = mine[: of.topk if of.topk >= 0 else None]
        mine = mine[found.scores[mine] >= np.float32(of.post_cluster_threshold)]
        for place in mine[: of.topk if of.topk >= 0 else None]:
            box = cut[place]
            rows.append([number, found.scores[place], *box[:2], *(box[2:] - box[:2])])
    return np.array(rows, np.float32).reshape(-1, 6)


def some_candidates(random, classes):
    """Corners in and out of the picture, some of them impossible; some scores are equal."""
    count = int(random.integers(0, 60))
    low = random.uniform(-20, 110, (count, 2))
    table = np.concatenate([low, low + random.uniform(-5, 40, (count, 2))], axis=1)
    scores = random.uniform(0, 1, count).round(int(random.integers(1, 8)))
    if count > 3:
        table[0, 2], table[1, 1], scores[2] = np.nan, np.inf, np.nan
    numbers = random.integers(0, classes, count)
    return Candidates(table.astype(np.float32), scores.astype(np.float32), numbers)


@pytest.mark.parametrize("mode", [2, 4])
@pytest.mark.parametrize("seed", range(5))
def test_objects_are_what_their_definition_says(mode, seed):
    random = np.random.default_rng(seed)
    for _ in range(60):
        attributes = tuple(
            ClassAttributes(
                nms_iou_threshold=float(random.uniform(0.1, 0.9)),
                post_cluster_threshold=float(random.choice([0, 0.3, 0.5])),
                topk=int(random.integers(-1, 6)),
            )
            for _ in range(int(random.integers(1, 5)))
        )
        found = some_candidates(random, len(attributes))
        expected = plain_objects(found, mode, attributes, (100, 90))
        got = cluster(found, mode, attributes, (100, 90))
        np.testing.assert_array_equal(got, expected, strict=True)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "lay",
    [
        lambda scores: scores,
        np.asfortranarray,
        lambda scores: np.repeat(scores, 2, axis=1)[:, ::2],
        lambda scores: scores[::-1].copy()[::-1],
    ],
    ids=["rows", "columns", "neither", "backwards"],
)
def test_the_best_class_is_the_first_of_the_highest_in_any_order_of_memory(lay, seed):
    random = np.random.default_rng(seed)
    count, classes = int(random.integers(0, 70)), int(random.integers(1, 90))
    scores = random.uniform(0, 1, (count, classes)).round(2).astype(np.float32)
    scores[: count // 8, 0] = np.nan
    thresholds = random.uniform(0.5, 1, classes).astype(np.float32)
    places, best, numbers = best_class(lay(scores), Network(100, 100, thresholds))
    highest = scores.argmax(axis=1)  # of which one that is not a number is the highest
    value = scores[np.arange(count), highest]
    expected = np.flatnonzero(value >= thresholds[highest])
    assert places.tolist() == expected.tolist()
    assert best.tolist() == value[expected].tolist()
    assert numbers.tolist() == highest[expected].tolist()


def test_candidates_are_sound_that_have_a_confidence_and_a_known_class():
    for score, number, sound in [
        *((0.5, 0, True), (1, 2, True), (-1, 0, True), (1.1, 0, False), (np.inf, 0, False)),
        *((np.nan, 0, False), (0.5, 3, False), (0.5, -1, False)),
    ]:
        scores, numbers = np.array([0.5, score], np.float32), np.array([0, number], np.intp)
        assert are_sound(scores, numbers, 3, 1.0) is sound


def test_a_candidate_of_a_class_without_attributes_is_an_error():
    with pytest.raises(IndexError, match="no attributes"):
        cluster(candidates((1, 1, 2, 2, 0.5, 2)), 2, ATTRIBUTES, SIZE)


def test_the_native_steps_refuse_arrays_that_do_not_fit():
    places, best = np.zeros(3, np.intp), np.zeros(3, np.float32)
    for shape, thresholds in (((4, 2), 2), ((3, 3), 2)):
        with pytest.raises(ValueError, match="each"):
            best_classes(
                np.zeros(shape, np.float32), np.zeros(thresholds, np.float32), places, best, places
            )
    limits, rows = np.zeros((1, 3), np.float32), np.zeros((2, 6), np.float32)
    with pytest.raises(ValueError, match=r"\[n, 6\]"):
        objects(np.zeros((3, 4), np.float32), best, places, SIZE, limits, False, rows)
