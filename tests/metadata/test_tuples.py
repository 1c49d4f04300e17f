"""Plain copies of metadata."""

import pickle

from pythiags.metadata import UNTRACKED, Bbox, Detection


def test_a_box_knows_its_edges():
    box = Bbox(10.0, 20.0, 30.0, 40.0)
    assert (box.right, box.bottom, box.area, box.center) == (40.0, 60.0, 1200.0, (25.0, 40.0))


def test_a_detection_is_a_plain_tuple():
    found = Detection("person", 0, 0.5, Bbox(1, 2, 3, 4))
    assert found.object_id == UNTRACKED
    assert pickle.loads(pickle.dumps(found)) == found
    assert found[:2] == ("person", 0)
