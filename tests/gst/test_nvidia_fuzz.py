"""DeepStream's metadata that is broken or changes while it is read: no crash, and an end."""

import ctypes
import struct
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import nvidia
from standins.pads import flowing_pad

from pythiags.channel import Channel
from pythiags.gst import Gst
from pythiags.gst._gst import NvDsBatchMeta, RecordProbe
from pythiags.gst.carriers import batch_of, detections, frames_per_batch
from pythiags.metadata import (
    classifiers_per_object,
    detector_bbox,
    displays_per_frame,
    frames_of,
    labels_per_object,
    objects_per_frame,
    remove_object,
    tracker_bbox,
    user_metas_per_batch,
    user_metas_per_frame,
    user_metas_per_object,
)
from pythiags.metadata.records import to_detections

LAYOUTS = [nvidia.ByHand, nvidia.ByHand9]


class List:
    """Nodes of a GList whose last one may lead back, and of which some hold nothing."""

    def __init__(self, items, back=None, empty=()):
        self.nodes = (ctypes.c_void_p * (3 * max(len(items), 1)))()
        places = [ctypes.addressof(self.nodes) + 24 * i for i in range(len(items))]
        for i, item in enumerate(items):
            following = places[i + 1] if i + 1 < len(items) else None
            self.nodes[3 * i] = None if i in empty else item.address
            self.nodes[3 * i + 1] = following
            self.nodes[3 * i + 2] = places[i - 1] if i else None
        if items and back is not None:
            self.nodes[3 * len(items) - 2] = places[back % len(items)]
        self.head = places[0] if places else 0
        self.items = [item for i, item in enumerate(items) if i not in empty]


def broken_list(data, items):
    """Draw how a list is broken, if it is."""
    back = data.draw(st.none() | st.integers(0, max(len(items) - 1, 0)))
    empty = data.draw(st.sets(st.integers(0, max(len(items) - 1, 0)), max_size=2))
    return List(items, back, empty)


FLOATS = st.floats(width=32)
LABELS = st.binary(max_size=128)


def draw_object(data, batch, frame):
    obj = batch.obj(
        frame,
        label=data.draw(LABELS),
        confidence=data.draw(FLOATS),
        class_id=data.draw(st.integers(-(2**31), 2**31 - 1)),
        object_id=data.draw(st.integers(0, 2**64 - 1)),
        rect=tuple(data.draw(FLOATS) for _ in range(4)),
        mask_size=data.draw(st.integers(0, 2**32 - 1)),
    )
    labels = [batch._new(200, nvidia.LABEL, 6).set(label=data.draw(LABELS)) for _ in range(3)]
    classifier = batch._new(64, nvidia.CLASSIFIER, 5)
    lists = broken_list(data, labels), broken_list(data, [classifier])
    classifier.set(labels=lists[0].head, num_labels=data.draw(st.integers(0, 2**32 - 1)))
    obj["classifiers"] = lists[1].head
    batch.memory.extend(lists)
    return obj


def draw_frame(data, batch):
    frame = batch._new(232, nvidia.FRAME, 2).set(
        source_id=data.draw(st.integers(0, 2**32 - 1)),
        frame_num=data.draw(st.integers(-(2**31), 2**31 - 1)),
    )
    objects = [draw_object(data, batch, frame) for _ in range(data.draw(st.integers(0, 9)))]
    for obj in objects:
        obj["parent"] = data.draw(st.sampled_from([0, *(other.address for other in objects)]))
    users = [
        batch._new(48, nvidia.USER, data.draw(st.integers(-1, 40) | st.just(8193)))
        for _ in range(2)
    ]
    displays = [batch._new(7040, batch.display_fields, 4).set(num_rects=2**31) for _ in range(2)]
    lists = [broken_list(data, items) for items in (objects, users, displays)]
    frame.set(objects=lists[0].head, users=lists[1].head, displays=lists[2].head)
    frame["num_obj_meta"] = data.draw(st.integers(0, 2**32 - 1))
    batch.memory.extend(lists)
    return frame, lists[0]


def draw_batch(data, layout):
    """A batch, and how many objects each of its frames has that can be reached."""
    batch = layout()
    drawn = [draw_frame(data, batch) for _ in range(data.draw(st.integers(0, 3)))]
    frames = broken_list(data, [frame for frame, _ in drawn])
    batch.batch.set(frames=frames.head, num_frames_in_batch=data.draw(st.integers(0, 2**32 - 1)))
    batch.memory.append(frames)
    counts = [len(objects.items) for frame, objects in drawn if frame in frames.items]
    return batch, counts


def read_everything(source):
    """Touch all that a view shows, down to the labels; give the number of objects of each frame."""
    counts = []
    batch = batch_of(source)
    list(user_metas_per_batch(batch))
    for frame in frames_of(batch):
        objects = list(objects_per_frame(frame))
        counts.append(len(objects))
        repr(frame)
        for user in user_metas_per_frame(frame):
            repr((user.known_type, user.user_meta_data))
        for display in displays_per_frame(frame):
            repr([display.num_rects, *display.rect_params, *display.text_params])
        for obj in objects:
            repr((obj, obj.parent, obj.text_params, obj.misc_obj_info, obj.rect_params))
            repr([label.result_label for label in labels_per_object(obj)])
            repr([each.num_labels for each in classifiers_per_object(obj)])
            repr((detector_bbox(obj), tracker_bbox(obj), list(user_metas_per_object(obj))))
    return counts


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=150)
@given(data=st.data())
def test_whatever_is_broken_it_is_read_to_its_end(layout, data):
    batch, counts = draw_batch(data, layout)
    buffer = batch.attach(Gst.Buffer.new())
    assert read_everything(buffer) == counts
    found = detections(buffer)
    assert len(found) == sum(counts)
    assert len(detections(buffer, bbox=tracker_bbox)) == sum(counts)
    pad, channel = flowing_pad(), Channel()
    probe = RecordProbe(pad, [channel.handle])
    pad.push(buffer)
    probe.remove()
    pad.set_active(False)
    recorded = to_detections(channel.get(1)) if any(counts) else []
    assert repr(recorded) == repr(found)


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=100)
@given(data=st.data())
def test_any_bytes_in_an_object(layout, data):
    """Whatever lies in the fields that hold no address."""
    batch = layout()
    obj = batch.obj(batch.frame())
    size = obj.fields["mask_data"][0]
    noise = data.draw(st.binary(min_size=size - 48, max_size=size - 48))
    ctypes.memmove(obj.address + 48, noise, len(noise))
    noise = data.draw(st.binary(min_size=128, max_size=128))
    ctypes.memmove(obj.address + obj.fields["label"][0], noise, 128)
    assert read_everything(batch.attach(Gst.Buffer.new())) == [1]


@pytest.mark.parametrize("back", [0, 1, 49_999, 99_999])
def test_a_long_circle_ends(back):
    batch = nvidia.ByHand()
    frame = batch.frame()
    objects = [batch._new(544, nvidia.OBJECT_5, 3) for _ in range(100_000)]
    circle = List(objects, back)
    frame["objects"] = circle.head
    buffer = batch.attach(Gst.Buffer.new())
    assert len(detections(buffer)) == 100_000
    assert len(list(objects_per_frame(next(frames_per_batch(buffer))))) == 100_000


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 100])
@pytest.mark.parametrize("length", [1, 2, 7, 8, 9, 15, 16, 17, 24, 100])
def test_every_circle_is_counted_right(length, count):
    batch = nvidia.ByHand()
    frame = batch.frame()
    objects = [batch._new(544, nvidia.OBJECT_5, 3).set(class_id=i) for i in range(length + count)]
    circle = List(objects, back=count)
    frame["objects"] = circle.head
    found = detections(batch.attach(Gst.Buffer.new()))
    assert [each.class_id for each in found] == list(range(length + count))


@pytest.mark.parametrize("back", [0, 1, 8])
def test_what_is_not_on_a_circle_is_not_removed_from_it(back):
    nvidia.needs_library()
    batch = nvidia.ByHand()
    frame, other = batch.frame(), batch.frame()
    circle = List([batch._new(544, nvidia.OBJECT_5, 3) for _ in range(9)], back)
    frame["objects"] = circle.head
    batch.obj(other)
    first, second = frames_per_batch(batch.attach(Gst.Buffer.new()))
    (stranger,) = objects_per_frame(second)
    with pytest.raises(ValueError, match="is not on"):
        remove_object(first, stranger)
    assert len(list(objects_per_frame(first))) == 9


# ---- changed while it is read ----

ROUNDS = 400


def change(batch, frame, done):
    """Add and remove objects with NVIDIA's functions, which take the lock."""
    added = []
    for number in range(ROUNDS):
        added.append(batch.obj(frame))
        added[-1]["label"] = b"added"
        if number % 3:
            gone = added.pop(number % len(added))
            batch.meta.nvds_remove_obj_meta_from_frame(frame.address, gone.address)
    done.set()


@pytest.mark.parametrize("reader", ["views", "tuples", "probe"])
def test_lists_that_change_while_they_are_read(reader):
    nvidia.needs_library()
    batch = nvidia.Nvidia()
    frame = batch.frame()
    buffer, done = batch.attach(Gst.Buffer.new()), threading.Event()
    kept = NvDsBatchMeta.of(buffer)  # and with it the buffer
    pad, channel = flowing_pad(), Channel(10, on_full="drop-oldest")
    probe = RecordProbe(pad, [channel.handle])
    read = {
        "views": lambda: read_everything(kept),
        "tuples": lambda: [found.label for found in detections(kept)],
        "probe": lambda: pad.push(buffer),
    }[reader]
    writer = threading.Thread(target=change, args=(batch, frame, done))
    writer.start()
    while not done.is_set():
        read()
    writer.join()
    probe.remove()
    pad.set_active(False)
    left = frame["num_obj_meta"]
    assert len(detections(kept)) == left
    assert {found.label for found in detections(kept)} == {"added"}


def test_a_pointer_is_not_needed_where_a_count_says_so():
    """A mask, tensors or boxes that claim to have memory, and have none."""
    batch = nvidia.ByHand()
    obj = batch.obj(batch.frame(), mask_size=2**32 - 1, mask_width=7, mask_height=9)
    tensors = ctypes.create_string_buffer(struct.pack("II64x", 1, 2**32 - 1))
    batch.user(obj, data=ctypes.addressof(tensors))["meta_type"] = 12
    view = next(objects_per_frame(next(frames_per_batch(batch.attach(Gst.Buffer.new())))))
    assert view.mask_params.get_mask_array().size == 0
    (user,) = user_metas_per_object(view)
    with pytest.raises(IndexError):
        user.user_meta_data.output_layers_info(0)
