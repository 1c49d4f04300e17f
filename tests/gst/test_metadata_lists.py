"""Lists of portable metadata: walked as pyds's, added to and removed from."""

import itertools
import random
import time

import pytest

from pythiags.gst._gst import BatchMeta


def linked(head):
    """The data of a list, walked as code written for pyds walks it."""
    items = []
    while head is not None:
        items.append(head.data)
        head = head.next
    return items


def test_lists_end_in_none_and_empty_ones_are_none(frame):
    assert frame.obj_meta_list is None
    objects = [frame.add_object() for _ in range(3)]
    assert linked(frame.obj_meta_list) == objects
    assert frame.obj_meta_list.next.prev == frame.obj_meta_list != frame.obj_meta_list.next
    assert hash(frame.obj_meta_list.next.prev) == hash(frame.obj_meta_list)
    assert frame.obj_meta_list.prev is None
    assert frame.num_obj_meta == 3


def test_every_level_has_its_list(batch, frame, obj):
    classifier = obj.add_classifier()
    label = classifier.add_label()
    label.result_label, label.result_prob = "red", 0.5
    assert linked(batch.frame_meta_list) == [frame]
    assert linked(obj.classifier_meta_list) == [classifier] == list(obj.iter_classifiers())
    assert linked(classifier.label_info_list) == [label] == list(classifier.iter_labels())
    assert classifier.num_labels == 1
    display = frame.add_display()
    assert linked(frame.display_meta_list) == [display] == list(frame.iter_displays())


def test_the_current_object_may_be_removed_while_walking(frame):
    objects = [frame.add_object() for _ in range(5)]
    for number, each in enumerate(frame.iter_objects()):
        if number % 2:
            frame.remove(each)
    assert list(frame.iter_objects()) == objects[::2]
    assert frame.num_obj_meta == 3


def test_pyds_loops_may_remove_what_they_are_at_and_what_comes_next(frame):
    objects = [frame.add_object() for _ in range(6)]
    link, seen = frame.obj_meta_list, []
    while link is not None:
        seen.append(link.data)
        frame.remove(link.data)
        if len(seen) == 1:
            frame.remove(objects[1])
            frame.remove(objects[2])
        link = link.next
    assert seen == [objects[0], *objects[3:]]
    assert frame.obj_meta_list is None


@pytest.mark.parametrize("seed", range(20))
def test_any_objects_may_be_removed_while_walking(frame, seed):
    """Those that are left come, each once: the next one may go before it was given."""
    chance = random.Random(seed)
    objects = [frame.add_object() for _ in range(30)]
    left, expected, place = set(objects), [], -1
    walk = frame.iter_objects()
    for each in walk:
        expected.append(next(one for one in objects[place + 1 :] if one in left))
        assert each == expected[-1]
        place = objects.index(each)
        nearby = objects[max(place - 2, 0) : place + 4]
        for one in chance.sample(nearby, chance.randrange(len(nearby))):
            if one in left:
                left.remove(one)
                frame.remove(one)
    assert not left.intersection(objects[place + 1 :])
    assert list(frame.iter_objects()) == [one for one in objects if one in left]
    assert list(walk) == []


def test_what_is_on_another_list_cannot_be_removed(batch, frame, obj):
    other = batch.add_frame()
    for each in (obj, frame.add_object(), frame.add_display(), frame.add_user_meta("it")):
        with pytest.raises(ValueError, match="is not on"):
            other.remove(each)
    assert len(list(frame.iter_objects())) == frame.num_obj_meta == 2
    assert len(list(frame.iter_displays())) == len(list(frame.iter_user_metas())) == 1


def test_what_is_not_there_cannot_be_removed(batch, frame, obj):
    frame.remove(obj)
    with pytest.raises(ValueError, match="is not on"):
        frame.remove(obj)
    batch.remove(frame)
    with pytest.raises(ValueError, match="is not on"):
        batch.remove(frame)
    assert batch.num_frames_in_batch == 0


def test_a_removed_parent_is_nobodys_parent(frame, obj):
    child = frame.add_object(parent=obj)
    assert child.parent == obj
    frame.remove(obj)
    assert child.parent is None


def test_children_keep_the_parent_that_they_were_given_last(frame, obj):
    other = frame.add_object()
    children = [frame.add_object(parent=obj) for _ in range(4)]
    children[1].parent = other
    children[2].parent = None
    children[3].parent = obj
    frame.remove(children[0])
    frame.remove(obj)
    assert [each.parent for each in children] == [None, other, None, None]
    children[3].parent = other
    frame.remove(other)
    assert [each.parent for each in children] == [None] * 4


def test_an_object_may_be_its_own_ancestor(frame, obj):
    child = frame.add_object(parent=obj)
    obj.parent = child
    child.parent = child
    frame.remove(child)
    assert (obj.parent, child.parent) == (None, None)


COUNT = 16_000
ORDERS = {
    "from the first": lambda items: items,
    "from the last": lambda items: items[::-1],
    "at random": lambda items: random.Random(1).sample(items, len(items)),
}


def hold(kind):
    """What holds a list of a kind of metadata, what adds to it, and an attribute of each."""
    frame = BatchMeta().add_frame()
    obj = frame.add_object()
    classifier = obj.add_classifier()
    return {
        "object": (frame, frame.add_object, "class_id"),
        "user meta": (frame, lambda: frame.add_user_meta(None), "user_meta_data"),
        "classifier": (obj, obj.add_classifier, "num_labels"),
        "label": (classifier, classifier.add_label, "num_classes"),
    }[kind]


def assert_one_by_one(holder, items, attribute):
    """That to remove all of them takes some times what it takes to read all, however many."""

    def seconds(what):
        start = time.thread_time()
        for each in items:
            what(each)
        return time.thread_time() - start

    reading = min(seconds(lambda each: getattr(each, attribute)) for _ in range(3))
    assert seconds(holder.remove) < 100 * reading  # each against each: thousands of times


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["object", "user meta", "classifier", "label"])
def test_to_remove_one_takes_no_longer_the_more_there_are(kind, order):
    holder, add, attribute = hold(kind)
    items = ORDERS[order]([add() for _ in range(COUNT)])
    assert_one_by_one(holder, items, attribute)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("each_has", ["a parent", "a child", "the same parent"])
def test_relatives_do_not_matter(each_has, order):
    frame = BatchMeta().add_frame()
    first = last = frame.add_object()
    objects = [first]
    for _ in range(COUNT):
        parent = {"a parent": last, "the same parent": first}.get(each_has)
        last = frame.add_object(parent=parent)
        objects.append(last)
    if each_has == "a child":
        for one, other in itertools.pairwise(objects):
            one.parent = other
    assert_one_by_one(frame, ORDERS[order](objects), "class_id")
    assert frame.num_obj_meta == 0


def test_a_parent_is_of_the_same_frame(batch, obj):
    elsewhere = batch.add_frame()
    with pytest.raises(ValueError, match="same frame"):
        elsewhere.add_object(parent=obj)
    with pytest.raises(ValueError, match="same frame"):
        elsewhere.add_object().parent = obj
