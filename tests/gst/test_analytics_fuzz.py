"""GstAnalytics with any relations among anything: no crash, an end, and every object once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins.analytics import Relations

from pythiags.gst import Gst
from pythiags.gst.carriers import detections, frames_per_batch
from pythiags.metadata import labels_per_object, objects_per_frame

SIDES = st.integers(-(2**31), 2**31 - 1)
KINDS = {
    "object": st.tuples(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300),
        st.tuples(SIDES, SIDES, SIDES, SIDES),
        st.floats(width=32),
    ),
    "classes": st.dictionaries(
        st.text("abc", min_size=1), st.floats(width=32), min_size=1, max_size=3
    ),
    "track": st.tuples(st.integers(0, 2**64 - 1)),
}


def objects_of(buffer):
    return [obj for frame in frames_per_batch(buffer) for obj in objects_per_frame(frame)]


def add(data, relations, kind):
    drawn = data.draw(KINDS[kind])
    if kind == "classes":
        return relations.classes(**drawn)
    return getattr(relations, kind)(*drawn)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_relations_are_read_to_their_end(data):
    buffer = Gst.Buffer.new()
    relations = Relations(buffer)
    kinds = data.draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=12))
    numbers = [add(data, relations, kind) for kind in kinds]
    pairs = st.tuples(st.sampled_from(numbers), st.integers(0, 255), st.sampled_from(numbers))
    for one, how, two in data.draw(st.lists(pairs, max_size=40)):
        relations.relate(one, how, two)
    found = [obj for obj in objects_of(buffer) if obj.misc_obj_info[0] >= 0]
    assert [obj.misc_obj_info[0] for obj in found] == [
        number for number, kind in zip(numbers, kinds, strict=True) if kind == "object"
    ]
    for obj in found:
        repr([obj, *(label.result_label for label in labels_per_object(obj))])
        steps, at = 0, obj
        while (at := at.parent) is not None:
            steps += 1
            assert steps <= len(found), "parents run in a circle"
    assert len(detections(buffer)) >= len(found)


@pytest.mark.parametrize("chain", ["in order", "in a circle"])
def test_ten_thousand_objects(chain):
    count = 10_000
    buffer = Gst.Buffer.new()
    relations = Relations(buffer, (count, 200 * count))
    numbers = [relations.object("person") for _ in range(count)]
    pairs = list(zip(numbers[1:], numbers[:-1], strict=True))
    for child, parent in pairs + [(numbers[0], numbers[-1])] * (chain == "in a circle"):
        relations.relate(child, 2, parent)
    found = objects_of(buffer)
    assert len(found) == len(detections(buffer)) == count
    assert sum(obj.parent is not None for obj in found) == count - 1
