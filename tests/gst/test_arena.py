"""The memory of metadata: used again for the next batch, and given back beyond a bound."""

import resource
import threading
from pathlib import Path

import numpy as np
import pytest

from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta

KEPT = 8 * 1024 * 1024  # bytes, at most
META = Gst.BufferCopyFlags.META


def scene(objects):
    buffer = Gst.Buffer.new()
    frame = BatchMeta.attach(buffer).add_frame()
    for _ in range(objects):
        frame.add_object().obj_label = "car"
    return buffer


def copy(buffer):
    return buffer.copy_region(META, 0, 0)


def faults():
    """How many pages the kernel has had to give so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.parametrize("objects", [10, 1000, 6000])
def test_a_batch_lives_where_the_last_one_did(objects):
    buffer = scene(objects)
    copy(buffer)
    before = faults()
    for _ in range(50):
        copy(buffer)
    assert faults() - before < 50 * 5  # of 6,000 objects each would need 800


def test_what_is_kept_is_bounded():
    small = scene(10)
    before = resident()
    copies = [copy(scene(20_000)) for _ in range(5)]
    most = resident() - before
    assert most > 6 * KEPT  # the control
    del copies
    copy(small)
    assert resident() - before < 1.5 * KEPT


def test_memory_is_zeroed_when_it_is_used_again():
    for _ in range(3):
        batch = BatchMeta()
        frame = batch.add_frame()
        for _ in range(100):
            obj = frame.add_object()
            assert (obj.obj_label, obj.class_id, obj.object_id) == ("", -1, 2**64 - 1)
            assert obj.rect_params.left == obj.misc_obj_info[3] == 0
            assert obj.parent is None
            obj.obj_label, obj.class_id, obj.object_id = "x" * 127, 7, 7
            obj.rect_params.left = obj.misc_obj_info[3] = 7


@pytest.mark.parametrize("side", [1, 60, 63, 64, 65, 200])
def test_things_of_any_size_keep_their_bytes(side):
    buffer = Gst.Buffer.new()
    frame = BatchMeta.attach(buffer).add_frame()
    masks = [np.full((side, side), number, np.float32) for number in range(20)]
    for mask in masks:
        obj = frame.add_object()
        obj.mask_params.set_mask_array(mask)
        obj.obj_label = f"mask {mask[0, 0]:.0f}"
    other = copy(buffer)
    for each in (frame, next(BatchMeta.of(other).iter_frames())):
        for number, obj in enumerate(each.iter_objects()):
            assert obj.obj_label == f"mask {number}"
            assert (obj.mask_params.get_mask_array() == number).all()


def test_threads_share_what_is_kept():
    buffer = scene(300)
    wrong = []

    def work():
        for _ in range(200):
            copied = copy(buffer)
            frame = next(BatchMeta.of(copied).iter_frames())
            if [each.obj_label for each in frame.iter_objects()] != ["car"] * 300:
                wrong.append(frame)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
