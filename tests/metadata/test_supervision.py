"""Detections as ``supervision.Detections``, with the real library where it is installed."""

import pickle

import numpy as np
import pytest

from pythiags.metadata import UNTRACKED, Bbox, Detection
from pythiags.metadata.columns import columns_of, supervision_of

sv = pytest.importorskip("supervision")

PERSON = Detection("person", 0, 0.75, Bbox(10, 20, 30, 40), 7, 1, 5, 200, 3)
CAR = Detection("car", 2, 0.5, Bbox(0, 1, 2, 3), UNTRACKED, 2, 9, 300, 3)


def test_every_field_has_its_place():
    found = supervision_of(columns_of([PERSON, CAR]))
    assert isinstance(found, sv.Detections)
    assert found.xyxy.tolist() == [[10, 20, 40, 60], [0, 1, 2, 4]]
    assert found.confidence.tolist() == [0.75, 0.5]
    assert found.class_id.tolist() == [0, 2]
    assert found.tracker_id.tolist() == [7, -1]
    assert {name: values.tolist() for name, values in found.data.items()} == {
        "class_name": ["person", "car"],
        "source_id": [1, 2],
        "frame_num": [5, 9],
        "pts": [200, 300],
        "component_id": [3, 3],
    }


def test_its_own_verbs_work():
    found = supervision_of(columns_of([PERSON, CAR]))
    assert found[found.data["source_id"] == 2].data["class_name"].tolist() == ["car"]
    assert len(found.with_nms(0.5)) == 2
    assert sv.Detections.merge([found, found]).xyxy.shape == (4, 4)
    assert pickle.loads(pickle.dumps(found)) == found
    picture = np.zeros((100, 100, 3), np.uint8)
    assert sv.BoxAnnotator().annotate(picture, found).any()


def test_without_a_tracker_there_are_no_tracks():
    assert supervision_of(columns_of([CAR])).tracker_id is None
    assert len(supervision_of(columns_of([]))) == 0
