"""Metadata travels: copies of buffers are deep, user metas are freed, queues and tees keep all."""

import gc
import weakref

import pytest

from pythiags.errors import MetadataReleased
from pythiags.gst import Gst, _gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach


class Payload:
    """Anything that a user may attach."""


def scene(target, payload=None):
    """A batch with one of everything on a buffer."""
    frame = BatchMeta.attach(target).add_frame()
    frame.frame_num = 7
    car = frame.add_object()
    plate = frame.add_object(parent=car)
    car.obj_label, plate.obj_label = "car", "plate"
    plate.text_params.display_text = "plate 42"
    plate.mask_params.set_mask_array([[0.5]])
    plate.add_classifier().add_label().result_label = "AB-123"
    frame.add_display().text_params[0].display_text = "hello"
    if payload is not None:
        plate.add_user_meta(payload, meta_type=8193)
    return frame


def copied(buffer):
    flags = Gst.BufferCopyFlags.META | Gst.BufferCopyFlags.TIMESTAMPS
    return buffer.copy_region(flags, 0, 0)


def test_a_copy_of_the_buffer_bears_a_copy_of_all():
    payload = Payload()
    buffer = Gst.Buffer.new()
    original = scene(buffer, payload)
    copy = copied(buffer)
    frame = next(BatchMeta.of(copy).iter_frames())
    assert frame != original
    car, plate = frame.iter_objects()
    assert (frame.frame_num, frame.num_obj_meta) == (7, 2)
    assert plate.parent == car
    assert plate.text_params.display_text == "plate 42"
    assert plate.mask_params.get_mask_array().tolist() == [0.5]
    assert plate.classifier_meta_list.data.label_info_list.data.result_label == "AB-123"
    assert frame.display_meta_list.data.text_params[0].display_text == "hello"
    assert plate.obj_user_meta_list.data.user_meta_data is payload
    car.obj_label = "truck"
    assert [each.obj_label for each in original.iter_objects()] == ["car", "plate"]


def test_a_copied_parent_may_be_removed():
    buffer = Gst.Buffer.new()
    original = scene(buffer)
    copy = copied(buffer)
    frame = next(BatchMeta.of(copy).iter_frames())
    car, plate = frame.iter_objects()
    frame.remove(car)
    assert plate.parent is None
    old_car, old_plate = original.iter_objects()
    assert old_plate.parent == old_car
    original.remove(old_car)
    assert old_plate.parent is None


def test_the_copy_outlives_the_original():
    buffer = Gst.Buffer.new()
    original = scene(buffer)
    copy = copied(buffer)
    del buffer
    with pytest.raises(MetadataReleased):
        _ = original.frame_num
    assert next(BatchMeta.of(copy).iter_frames()).frame_num == 7


def test_user_metas_are_freed_with_the_last_copy():
    payload = Payload()
    weak = weakref.ref(payload)
    buffer = Gst.Buffer.new()
    scene(buffer, payload)
    copy = copied(buffer)
    del payload, buffer
    gc.collect()
    assert weak() is not None
    del copy
    gc.collect()
    assert weak() is None


def test_a_user_metas_data_can_be_replaced():
    first, second = Payload(), Payload()
    weak = weakref.ref(first)
    user = BatchMeta().add_user_meta(first)
    user.user_meta_data = second
    del first
    gc.collect()
    assert weak() is None
    assert user.user_meta_data is second


def test_a_kept_view_keeps_the_memory_but_not_for_ever():
    payload = Payload()
    weak = weakref.ref(payload)
    buffer = Gst.Buffer.new()
    frame = scene(buffer, payload)
    del buffer, payload
    gc.collect()
    assert weak() is not None  # the control: the view holds the batch, the batch the payload
    del frame
    gc.collect()
    assert weak() is None


def test_metadata_of_ten_thousand_objects():
    batch = BatchMeta()
    frame = batch.add_frame()
    for number in range(10_000):
        frame.add_object().class_id = number
    assert [obj.class_id for obj in frame.iter_objects()] == list(range(10_000))


@pytest.mark.parametrize(
    "middle",
    [
        "queue",
        "tee name=t ! queue ! fakesink async=false t. ! queue",
        "videoconvert ! video/x-raw,format=NV12 ! queue ! videoscale ! video/x-raw,width=32",
        "identity drop-allocation=true ! videoflip method=clockwise",
    ],
    ids=["queue", "tee", "convert-and-scale", "in-place"],
)
def test_metadata_survives_elements_and_user_metas_are_freed(stream, run, middle):
    pipeline = stream(
        "videotestsrc num-buffers=10 ! video/x-raw,format=RGB,width=16,height=16 "
        f"! identity name=writer ! {middle} ! fakesink name=reader async=false"
    )
    alive = weakref.WeakSet()
    seen = []

    def write(pad, info):
        payload = Payload()
        alive.add(payload)
        scene(info, payload).frame_num = info.buffer_number

    def read(pad, info):
        frame = next(BatchMeta.of(info).iter_frames())
        _, plate = frame.iter_objects()
        assert isinstance(plate.obj_user_meta_list.data.user_meta_data, Payload)
        seen.append((frame.frame_num, plate.parent.obj_label))

    writer = attach(pipeline.get_by_name("writer").get_static_pad("src"), write, writable=True)
    reader = attach(pipeline.get_by_name("reader").get_static_pad("sink"), read)
    assert run(pipeline).type == Gst.MessageType.EOS
    pipeline.set_state(Gst.State.NULL)
    assert writer.stats().errors == reader.stats().errors == {}
    assert seen == [(number, "car") for number in range(10)]
    writer.remove()
    reader.remove()
    gc.collect()
    assert len(alive) == 0


def test_buffers_of_a_pool_come_back_without_metadata(stream, run):
    """A pool reuses the same buffers: their metadata must be gone by then."""
    pipeline = stream("videotestsrc num-buffers=20 ! identity name=here ! fakesink")
    batches = []

    def look(pad, info):
        batches.append((_gst.buffer_address(info), BatchMeta.of(info)))
        BatchMeta.attach(info)

    probe = attach(pipeline.get_by_name("here").get_static_pad("src"), look, writable=True)
    run(pipeline)
    probe.remove()
    assert len(batches) == 20
    assert len({address for address, _ in batches}) < 20  # the control: buffers were used again
    assert {batch for _, batch in batches} == {None}
