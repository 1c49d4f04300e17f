"""The portable tracker alone, on scenes whose truth is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins.tracking import Candidate, Tracking, compile_to, detection, load

ACTIVE, INACTIVE, TENTATIVE = 1, 2, 3
GREEDY, CASCADED = 0, 1
NONE, SIMPLE, REGULAR = 0, 1, 2
BASE = {
    "BaseConfig": {"minDetectorConfidence": 0.1},
    "TargetManagement": {
        "maxTargetsPerStream": 150,
        "minIouDiff4NewTarget": 0.5,
        "probationAge": 2,
        "maxShadowTrackingAge": 10,
        "earlyTerminationAge": 1,
    },
    "DataAssociator": {
        "associationMatcherType": CASCADED,
        "checkClassMatch": 1,
        "minMatchingScore4Iou": 0.1,
        "matchingScoreWeight4SizeSimilarity": 0.4,
        "matchingScoreWeight4Iou": 0.6,
        "tentativeDetectorConfidence": 0.5,
        "usePrediction4Assoc": 1,
    },
    "StateEstimator": {"stateEstimatorType": SIMPLE},
}


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    return load(compile_to(tmp_path_factory.mktemp("tracking") / "tracking.so"))


@pytest.fixture
def track(library, tmp_path):
    """``track(key=value)``: a tracker with those parameters changed, wherever they belong."""
    opened = []

    def make(*, past=False, size=(1280, 720), **changes):
        document = {section: dict(keys) for section, keys in BASE.items()}
        homes = {key: section for section, keys in BASE.items() for key in keys}
        more = ("enableBboxUnClipping", "outputShadowTracks", "outputTerminatedTracks")
        homes |= dict.fromkeys(more, "TargetManagement")
        homes |= dict.fromkeys(("useAspectRatio", "noiseWeightVar4Loc"), "StateEstimator")
        for key, value in changes.items():
            document[homes[key]][key] = value
        lines = ["%YAML:1.0"]
        for section, keys in document.items():
            lines += [f"{section}:", *(f"  {key}: {value}" for key, value in keys.items())]
        path = tmp_path / "tracker.yml"
        path.write_text("\n".join(lines))
        opened.append(Tracking(library, path, past=past, size=size))
        return opened[-1]

    yield make
    for each in opened:
        each.__exit__()


def moving(left, top, speed_x=0.0, speed_y=0.0, *, size=(50.0, 80.0)):
    """Where an object is in each frame."""
    return lambda frame: (left + speed_x * frame, top + speed_y * frame, *size)


def play(tracker, objects, frames, seen=lambda frame, number: True):
    """The ids of each object by frame; None where it is not reported."""
    ids = {number: [] for number in range(len(objects))}
    for frame in range(frames):
        shown = [number for number in range(len(objects)) if seen(frame, number)]
        reported = tracker.update([objects[number](frame) for number in shown])
        found = {shown[each.detection]: each.id for each in reported if each.detection >= 0}
        for number, history in ids.items():
            history.append(found.get(number))
    return ids


# ---- which pairs are chosen ----


def choose(library, candidates, targets, detections, matcher):
    array = (Candidate * len(candidates))(*(Candidate(*each) for each in candidates))
    count = library.tracking_choose(array, len(candidates), targets, detections, matcher)
    return [(each.target, each.detection, each.score) for each in array[:count]]


def best_sum(candidates, targets, detections):
    """The highest sum of scores, by trying all."""
    score = {(t, d): s for t, d, s in candidates}
    places = [*range(detections), *[None] * targets]
    return max(
        sum(score.get((t, d), 0) for t, d in enumerate(chosen) if d is not None)
        for chosen in itertools.permutations(places, targets)
    )


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_cascaded_pairs_have_the_highest_sum(library, data):
    targets, detections = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    pairs = [(t, d) for t in range(targets) for d in range(detections)]
    possible = sorted(data.draw(st.sets(st.sampled_from(pairs), min_size=1)))
    scores = data.draw(
        st.lists(st.floats(0.015625, 1, width=32), min_size=len(possible), max_size=len(possible))
    )
    candidates = [(*pair, score) for pair, score in zip(possible, scores, strict=True)]
    chosen = choose(library, candidates, targets, detections, CASCADED)
    assert set(chosen) <= set(candidates)
    assert len({t for t, _, _ in chosen}) == len({d for _, d, _ in chosen}) == len(chosen)
    assert sum(s for _, _, s in chosen) == pytest.approx(best_sum(candidates, targets, detections))


def test_greedy_pairs_are_the_best_first(library):
    candidates = [(0, 0, 0.9), (0, 1, 0.8), (1, 0, 0.8)]
    assert choose(library, candidates, 2, 2, GREEDY) == [pytest.approx((0, 0, 0.9))]
    both = choose(library, candidates, 2, 2, CASCADED)
    assert sorted(each[:2] for each in both) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(("matcher", "expected"), [(CASCADED, [1, 0]), (GREEDY, [0, 2])])
def test_a_tracker_chooses_as_its_file_says(track, matcher, expected):
    """The first detection fits the first target best, but then the second target has none."""
    tracker = track(associationMatcherType=matcher, stateEstimatorType=NONE, probationAge=0)
    tracker.update([(100, 100, 100, 50), (160, 100, 100, 50)])
    found = {
        each.detection: each.id
        for each in tracker.update([(115, 100, 100, 50), (55, 100, 100, 50)])
    }
    assert [found[0], found[1]] == expected


def test_a_crowd_beyond_the_limit_still_gets_its_pairs(library):
    rng = np.random.default_rng(1)
    scores = rng.uniform(0.1, 1, (300, 300)).astype(np.float32)
    candidates = [(t, d, scores[t, d]) for t in range(300) for d in range(300)]
    chosen = choose(library, candidates, 300, 300, CASCADED)
    assert len({t for t, _, _ in chosen}) == len({d for _, d, _ in chosen}) == len(chosen) == 300


# ---- ids ----


@pytest.mark.parametrize("matcher", [GREEDY, CASCADED])
@pytest.mark.parametrize("estimator", [NONE, SIMPLE, REGULAR])
def test_objects_keep_their_ids(track, matcher, estimator):
    tracker = track(associationMatcherType=matcher, stateEstimatorType=estimator)
    objects = [moving(100, 100, 5), moving(900, 300, -7, 1), moving(400, 500)]
    ids = play(tracker, objects, 60)
    for number, history in ids.items():
        assert history == [None] * 2 + [number] * 58


@pytest.mark.parametrize("age", [0, 1, 4, 9])
@pytest.mark.parametrize("matcher", [GREEDY, CASCADED])
def test_an_object_is_reported_after_its_probation(track, age, matcher):
    ids = play(track(probationAge=age, associationMatcherType=matcher), [moving(10, 10, 3)], 12)
    assert ids[0] == [None] * age + [0] * (12 - age)


def test_an_object_that_is_missed_in_its_probation_begins_anew(track):
    ids = play(track(probationAge=3), [moving(10, 10)], 12, lambda frame, _: frame != 2)
    assert ids[0] == [None] * 6 + [0] * 6


def test_the_early_termination_age_allows_for_misses(track):
    tracker = track(probationAge=4, earlyTerminationAge=2)
    ids = play(tracker, [moving(10, 10)], 12, lambda frame, _: frame != 2)
    assert ids[0] == [None] * 4 + [0] * 8


@pytest.mark.parametrize("estimator", [NONE, SIMPLE, REGULAR])
@pytest.mark.parametrize("hidden", [1, 9, 10])
def test_an_occlusion_up_to_the_shadow_age_keeps_the_id(track, hidden, estimator):
    speed = 0 if estimator == NONE else 6
    tracker = track(stateEstimatorType=estimator)
    seen = lambda frame, _: not 20 <= frame < 20 + hidden  # noqa: E731
    ids = play(tracker, [moving(100, 100, speed)], 50, seen)
    expected = [None] * 2 + [0] * 48
    expected[20 : 20 + hidden] = [None] * hidden
    assert ids[0] == expected


def test_a_longer_occlusion_gives_a_new_id(track):
    ids = play(track(), [moving(100, 100, 6)], 50, lambda frame, _: not 20 <= frame < 31)
    assert ids[0] == [None] * 2 + [0] * 18 + [None] * (11 + 2) + [1] * 17


def test_objects_that_cross_keep_their_ids(track):
    """They meet in frame 30, where the one behind is hidden for six frames."""
    objects = [moving(100, 300, 10), moving(700, 310, -10)]
    seen = lambda frame, number: not (number == 1 and 28 <= frame < 34)  # noqa: E731
    ids = play(track(), objects, 60, seen)
    assert set(ids[0]) == {None, 0}
    assert [each for each in ids[1] if each is not None] == [1] * (60 - 2 - 6)


def test_without_an_estimator_such_objects_are_mixed_up(track):
    """The control of the test before: it is the prediction that tells them apart."""
    objects = [moving(100, 300, 10), moving(700, 310, -10)]
    seen = lambda frame, number: not (number == 1 and 28 <= frame < 34)  # noqa: E731
    ids = play(track(stateEstimatorType=NONE), objects, 60, seen)
    assert set(ids[1]) != {None, 1}


def test_one_that_leaves_is_not_the_one_that_comes(track):
    """It leaves to the right; another enters there before the shadow age is over."""
    there = lambda frame: 20 <= frame < 24  # noqa: E731
    path = lambda frame: (  # noqa: E731
        (1100 + 15 * frame, 100, 50, 80) if frame < 20 else (1230 - 10 * (frame - 24), 100, 50, 80)
    )
    ids = play(
        track(), [path], 40, lambda frame, _: frame < 12 or (frame >= 24 and not there(frame))
    )
    assert [each for each in ids[0] if each is not None][-1] == 1
    assert 0 in ids[0]


def test_a_hundred_objects_keep_their_ids(track):
    places = [(x * 120, y * 68) for x in range(10) for y in range(10)]
    objects = [
        moving(x, y, (i % 3 - 1) * 0.5, (i % 5 - 2) * 0.25, size=(60, 40))
        for i, (x, y) in enumerate(places)
    ]
    ids = play(track(), objects, 60)
    assert [history[-1] for history in ids.values()] == list(range(100))
    assert all(history == [None] * 2 + [i] * 58 for i, history in ids.items())


def test_noise_of_the_detector_does_not_change_ids(track):
    rng = np.random.default_rng(7)
    truth = [moving(100, 100, 4), moving(100, 300, 6, 1), moving(800, 400, -5)]
    noisy = [
        lambda frame, path=path: tuple(np.add(path(frame), rng.normal(0, 2, 4))) for path in truth
    ]
    ids = play(
        track(), noisy, 80, lambda frame, number: (frame * 7 + number * 3) % 9 != 0 or frame < 5
    )
    for number, history in ids.items():
        assert {each for each in history if each is not None} == {number}


# ---- classes and confidences ----


def test_classes_are_not_mixed(track):
    tracker = track(probationAge=0)
    (first,) = tracker.update([detection((10, 10, 50, 50), class_id=1)])
    (second,) = tracker.update([detection((10, 10, 50, 50), class_id=2)])
    assert (first.id, first.class_id) == (0, 1)
    assert (second.id, second.class_id) == (1, 2)


def test_without_the_check_an_object_may_change_its_class(track):
    tracker = track(probationAge=0, checkClassMatch=0)
    tracker.update([detection((10, 10, 50, 50), class_id=1)])
    (second,) = tracker.update([detection((10, 10, 50, 50), class_id=2)])
    assert (second.id, second.class_id) == (0, 1)


def test_doubtful_detections_keep_a_target_and_begin_none(track):
    tracker = track(probationAge=0)
    assert tracker.update([detection((10, 10, 50, 50), 0.3)]) == []
    (first,) = tracker.update([detection((10, 10, 50, 50), 0.9)])
    again = tracker.update([detection((11, 10, 50, 50), 0.3), detection((500, 10, 50, 50), 0.3)])
    assert [(each.id, each.detection) for each in again] == [(first.id, 0)]
    assert tracker.count == 1


def test_sure_detections_come_before_doubtful_ones(track):
    tracker = track(probationAge=0)
    tracker.update([detection((100, 100, 50, 50))])
    doubtful, sure = detection((100, 100, 50, 50), 0.3), detection((110, 100, 50, 50), 0.9)
    assert [each.detection for each in tracker.update([doubtful, sure])] == [1]


def test_detections_below_the_least_confidence_do_not_count(track):
    tracker = track(probationAge=0, associationMatcherType=GREEDY)
    assert [each.id for each in tracker.update([detection((10, 10, 50, 50), 0.09)])] == []
    assert [each.id for each in tracker.update([detection((10, 10, 50, 50), 0.2)])] == [0]


def test_an_unknown_confidence_counts_as_a_sure_one(track):
    """Grouped rectangles have a confidence of -0.1."""
    assert len(track(probationAge=0).update([detection((10, 10, 50, 50), -0.1)])) == 1


# ---- what is expected where nothing is looked for ----


@pytest.mark.parametrize("estimator", [SIMPLE, REGULAR])
def test_skipped_frames_have_objects_where_they_are_expected(track, estimator):
    tracker = track(stateEstimatorType=estimator)
    path = moving(100, 100, 8, 2)
    lefts = []
    for frame in range(60):
        inferred = frame % 4 == 0
        found = tracker.update([path(frame)] if inferred else [], inferred=inferred)
        if frame >= 20:
            (one,) = found
            assert one.id == 0
            assert (one.detection >= 0) == inferred
            lefts.append(one.box[0] - path(frame)[0])
    assert max(map(abs, lefts)) < 2


def test_without_an_estimator_they_stay_where_they_were(track):
    tracker = track(stateEstimatorType=NONE, probationAge=0)
    tracker.update([(100, 100, 50, 50)])
    (one,) = tracker.update([(900, 100, 50, 50)], inferred=False)
    assert (one.box, one.detection) == ((100, 100, 50, 50), -1)


def test_skipped_frames_are_not_misses(track):
    tracker = track(probationAge=0, maxShadowTrackingAge=1)
    tracker.update([(100, 100, 50, 50)])
    for _ in range(30):
        assert len(tracker.update(inferred=False)) == 1
    assert [each.id for each in tracker.update([(100, 100, 50, 50)])] == [0]


# ---- limits ----


def test_no_more_targets_than_allowed(track):
    tracker = track(maxTargetsPerStream=5, probationAge=0)
    boxes = [(100 * i, 100, 50, 50) for i in range(9)]
    for _ in range(3):
        assert [each.id for each in tracker.update(boxes)] == [0, 1, 2, 3, 4]
        assert tracker.count == 5


def test_what_lies_on_a_target_begins_none(track):
    tracker = track(probationAge=0, minIouDiff4NewTarget=0.5)
    boxes = [(100, 100, 50, 50), (102, 100, 50, 50), (140, 100, 50, 50)]
    assert [each.detection for each in tracker.update(boxes)] == [0, 2]


def test_boxes_that_do_not_touch_are_never_the_same(track):
    tracker = track(probationAge=0, minMatchingScore4Iou=0, associationMatcherType=GREEDY)
    tracker.update([(100, 100, 50, 50)])
    assert [each.id for each in tracker.update([(151, 100, 50, 50)])] == [1]


def test_a_box_that_the_border_cuts_is_made_whole(track):
    """An object 50 pixels wide leaves to the left."""
    tracker = track(probationAge=0, enableBboxUnClipping=1, stateEstimatorType=NONE)
    for left in range(60, -40, -10):
        cut = (max(left, 0), 100, 50 + min(left, 0), 80)
        (one,) = tracker.update([cut])
        assert one.box == (left, 100, 50, 80)


def test_without_it_the_box_stays_cut(track):
    tracker = track(probationAge=0, stateEstimatorType=NONE)
    tracker.update([(0, 100, 50, 80)])
    (one,) = tracker.update([(0, 100, 40, 80)])
    assert one.box == (0, 100, 40, 80)


STRANGE = [math.nan, math.inf, -math.inf, 0, -1, 1e30, -1e30]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("value", STRANGE)
def test_strange_boxes_are_no_objects(track, place, value):
    box = [100.0, 100.0, 50.0, 50.0]
    box[place] = value
    good = (500, 300, 50, 50)
    tracker = track(probationAge=0)
    fits = place < 2 and abs(value) <= 1
    for _ in range(3):
        found = tracker.update([box, good])
        assert [each.detection for each in found] == ([0, 1] if fits else [1])
        assert all(math.isfinite(side) for each in found for side in each.box)


# ---- past frames ----


def test_the_past_of_a_target_comes_with_its_first_report(track):
    tracker = track(probationAge=3, past=True, stateEstimatorType=NONE)
    path = moving(100, 100, 5)
    found = [tracker.update([path(frame)]) for frame in range(5)]
    assert found[:3] == [[], [], []]
    (first,) = found[3]
    assert first.past == tuple((i, i + 1, TENTATIVE, path(i)) for i in range(3))
    assert found[4][0].past == ()


def test_so_does_what_it_did_while_it_was_hidden(track):
    tracker = track(probationAge=0, past=True, stateEstimatorType=NONE)
    tracker.update([(100, 100, 50, 50)])
    for _ in range(2):
        assert tracker.update() == []
    (again,) = tracker.update([(100, 100, 50, 50)])
    box = (100, 100, 50, 50)
    assert again.past == ((1, 2, INACTIVE, box), (2, 3, INACTIVE, box))


def test_nothing_is_kept_where_it_is_not_asked_for(track):
    tracker = track(probationAge=3)
    assert all(each.past == () for _ in range(6) for each in tracker.update([(100, 100, 50, 50)]))


def test_a_long_past_keeps_its_last_frames(track):
    tracker = track(probationAge=3000, past=True)
    for _ in range(3000):
        tracker.update([(100, 100, 50, 50)])
    (first,) = tracker.update([(100, 100, 50, 50)])
    assert len(first.past) == 1024
    assert first.past[-1][0] == 2999


# ---- lists of targets ----


def test_hidden_targets_are_listed_frame_by_frame(track):
    tracker = track(probationAge=0, outputShadowTracks=1, stateEstimatorType=NONE)
    box = (100, 100, 50, 50)
    tracker.update([box, (400, 100, 50, 50)])
    assert tracker.shadows() == {}
    tracker.update([(400, 100, 50, 50)])
    assert tracker.shadows() == {0: [(1, 2, INACTIVE, box)]}
    tracker.update([(400, 100, 50, 50)])
    assert tracker.shadows() == {0: [(2, 3, INACTIVE, box)]}
    tracker.update([box, (400, 100, 50, 50)])
    assert tracker.shadows() == {}


def test_targets_that_end_are_listed_with_their_life(track):
    tracker = track(
        probationAge=1, maxShadowTrackingAge=1, outputTerminatedTracks=1, stateEstimatorType=NONE
    )
    path = moving(100, 100, 5)
    for frame in range(4):
        tracker.update([path(frame)])
        assert tracker.ended() == {}
    tracker.update()
    assert tracker.ended() == {}
    tracker.update()
    states = [TENTATIVE, ACTIVE, ACTIVE, ACTIVE, INACTIVE]
    boxes = [*map(path, range(4)), path(3)]
    assert tracker.ended() == {0: [(i, i + 1, states[i], boxes[i]) for i in range(5)]}
    tracker.update()
    assert tracker.ended() == {}


def test_those_that_were_never_reported_are_not(track):
    tracker = track(probationAge=5, outputTerminatedTracks=1)
    tracker.update([(100, 100, 50, 50)])
    tracker.update()
    assert (tracker.count, tracker.ended()) == (0, {})


def test_lists_are_empty_where_they_are_not_asked_for(track):
    tracker = track(probationAge=0, maxShadowTrackingAge=1)
    tracker.update([(100, 100, 50, 50)])
    for _ in range(3):
        tracker.update()
        assert (tracker.shadows(), tracker.ended()) == ({}, {})


# ---- ends ----


def test_targets_whose_source_ends_have_ended(track):
    tracker = track(probationAge=1, outputTerminatedTracks=1, stateEstimatorType=NONE)
    path = moving(100, 100, 5)
    for frame in range(3):
        tracker.update([path(frame), (500, 500, 9, 9)] if frame == 2 else [path(frame)])
    tracker.end_all()
    states = [TENTATIVE, ACTIVE, ACTIVE]
    assert tracker.ended() == {0: [(i, i + 1, states[i], path(i)) for i in range(3)]}
    assert tracker.count == 0
    tracker.end_all()
    assert tracker.ended() == {}


def test_a_reset_ends_all_targets_and_ids_go_on(track):
    tracker = track(probationAge=0)
    tracker.update([(100, 100, 50, 50)])
    tracker.reset()
    assert tracker.count == 0
    assert [each.id for each in tracker.update([(100, 100, 50, 50)])] == [1]


def test_targets_end_when_nothing_is_seen_any_more(track):
    tracker = track(probationAge=0)
    tracker.update([(100 * i, 100, 50, 50) for i in range(5)])
    for _ in range(10):
        tracker.update()
        assert tracker.count == 5
    tracker.update()
    assert tracker.count == 0


sides = st.floats(-200, 1500, width=32)
boxes = st.tuples(sides, sides, sides, sides)
found = st.builds(detection, boxes, st.floats(-0.5, 1, width=32), st.integers(0, 2))


@given(
    frames=st.lists(st.tuples(st.lists(found, max_size=12), st.booleans()), max_size=12),
    matcher=st.sampled_from([GREEDY, CASCADED]),
    estimator=st.sampled_from([NONE, SIMPLE, REGULAR]),
)
@settings(max_examples=100, deadline=None)
def test_whatever_is_found_ids_are_unique_and_boxes_finite(library, frames, matcher, estimator):
    name = {NONE: "IOU", SIMPLE: "NvDCF_perf", REGULAR: "NvSORT"}[estimator]
    path = f"/opt/nvidia/nowhere/config_tracker_{name}.yml"
    with Tracking(library, path, past=matcher == GREEDY) as tracker:
        for detections, inferred in frames:
            reported = tracker.update(detections, inferred=inferred)
            assert len({each.id for each in reported}) == len(reported)
            seen = [each.detection for each in reported if each.detection >= 0]
            assert len(set(seen)) == len(seen)
            assert all(number < len(detections) for number in seen)
            assert all(math.isfinite(side) for each in reported for side in each.box)
            assert all(each.box[2] > 0 and each.box[3] > 0 for each in reported)
            assert inferred or not seen
            assert tracker.count <= 300
