"""dsmetaconvert: portable metadata as NVIDIA's own, for what was compiled for DeepStream, and back.

NVIDIA's library makes and copies its metadata; its functions do what another's element does.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from standins import everything, nvidia
from standins.metaconvert import THERE_AND_BACK, TO_DEEPSTREAM, TO_PORTABLE, Line, through

from pythiags.gst import Gst, _gst
from pythiags.gst.carriers import batch_of, frames_per_batch
from pythiags.gst.probe import attach
from pythiags.testing.carriers.nvidia import FRAME, Struct

PORTABLE, DEEPSTREAM = 2, 1  # as carriers_on() numbers them


@pytest.fixture(autouse=True)
def library():
    nvidia.needs_library()


def seen(buffer, order=everything.in_any_order):
    return everything.read(batch_of(buffer), order)


def as_it_is(_kind, items):
    return items


def everywhere(buffer=None):
    return everything.fill(buffer or Gst.Buffer.new())


# ---- there and back ----


def test_all_that_portable_metadata_has_is_on_nvidias():
    before = seen(everywhere())
    made = through(everywhere(), TO_DEEPSTREAM)
    assert _gst.carriers_on(made) == DEEPSTREAM
    assert seen(made) == before


def test_what_a_view_keeps_stays_when_nvidias_metadata_goes():
    """Arrays of tensors lie in it, and may be kept longer than the buffer."""
    note, kept = everything.Note(), []

    def keep(_pad, info):
        frame = next(iter(frames_per_batch(info)))
        frame.add_user_meta(note, everything.MINE)
        kept.append(frame)

    with Line("identity name=before ! " + TO_DEEPSTREAM) as line:
        pad = line.pipeline.get_by_name("before").get_static_pad("src")
        probe = attach(pad, keep, writable=True)
        made = line.push(everywhere())
        assert probe.stats().errors == {}
    assert _gst.carriers_on(made) == DEEPSTREAM
    held = sys.getrefcount(note)
    kept.clear()
    assert sys.getrefcount(note) == held - 1


def test_and_comes_back_in_its_order():
    before = seen(everywhere(), as_it_is)
    back = through(everywhere(), THERE_AND_BACK)
    assert _gst.carriers_on(back) == PORTABLE
    assert seen(back, as_it_is) == before


COPIES = {"one copy": 1, "two copies": 2, "three copies": 3}


@pytest.mark.parametrize("copies", COPIES.values(), ids=COPIES)
def test_what_nvidias_copies_lose_comes_back(copies):
    """They have no parents and no pipeline size, and turn lists around."""
    before = seen(everywhere(), as_it_is)
    made = through(everywhere(), TO_DEEPSTREAM)
    for _ in range(copies):
        made = made.copy_deep()
    shown = seen(made)
    assert {obj["parent"] for frame in shown["frames"] for obj in frame["objects"]} == {None}
    assert {frame["pipeline_width"] for frame in shown["frames"]} == {0}
    assert seen(through(made, TO_PORTABLE), as_it_is) == before


def test_a_parent_that_was_taken_from_a_copy_stays_another():
    made = through(everything.fill(Gst.Buffer.new(), 1), TO_DEEPSTREAM).copy_deep()
    between = Between(made)
    frame = between.frame()
    car, plate = sorted(between.objects(frame), key=lambda obj: obj["class_id"])
    other = between.made.obj(frame, label=b"van")
    plate["parent"] = other.address
    back = through(made, TO_PORTABLE)
    found = {o.class_id: o.parent for f in frames_per_batch(back) for o in f.iter_objects()}
    assert (found[9].obj_label, found[car["class_id"]]) == ("van", None)


def test_a_buffer_that_another_branch_has_keeps_its_metadata():
    buffer = everywhere()
    with Line(TO_DEEPSTREAM) as line:
        made = line.push(buffer)
    assert _gst.carriers_on(buffer) == PORTABLE
    assert _gst.carriers_on(made) == DEEPSTREAM


@pytest.mark.parametrize("to", ["deepstream", "portable"])
def test_a_buffer_without_metadata_passes(to):
    assert _gst.carriers_on(through(Gst.Buffer.new(), f"dsmetaconvert to={to}")) == 0


def test_what_is_of_the_kind_already_passes():
    assert (
        _gst.carriers_on(through(everywhere(), f"{TO_DEEPSTREAM} ! {TO_DEEPSTREAM}")) == DEEPSTREAM
    )
    assert _gst.carriers_on(through(everywhere(), TO_PORTABLE)) == PORTABLE


# ---- what another's element does in between ----


class Between:
    """NVIDIA's functions on a buffer, as an element compiled for DeepStream calls them."""

    def __init__(self, buffer):
        self.meta, gst_meta = nvidia.libraries()
        self.address = gst_meta.gst_buffer_get_nvds_batch_meta(hash(buffer))
        self.batch = Struct(self.address, nvidia.BATCH)
        self.made = nvidia.Nvidia.__new__(nvidia.Nvidia)
        self.made.meta, self.made.gst_meta = self.meta, gst_meta
        self.made.address, self.made.batch = self.address, self.batch
        self.made.object_size = Struct(self.batch["object_pool"], nvidia.POOL)["element_size"]

    def frame(self):
        node = Struct(self.batch["frames"], {"data": (0, "P")})
        return Struct(node["data"], FRAME)

    def objects(self, frame):
        found, at = [], frame["objects"]
        while at:
            node = Struct(at, {"data": (0, "P"), "next": (8, "P")})
            found.append(Struct(node["data"], self.made.object_fields))
            at = node["next"]
        return found


def after(change, frames=1):
    """The batch that comes back after a change to NVIDIA's metadata."""
    with Line(f"{TO_DEEPSTREAM} ! identity name=between ! dsmetaconvert to=portable") as line:
        pad = line.pipeline.get_by_name("between").get_static_pad("src")
        with attach(pad, lambda _pad, info: change(Between(info.get_buffer()))):
            return line.push(everything.fill(Gst.Buffer.new(), frames))


def test_an_object_that_was_added_arrives_behind_the_others():
    def add(between):
        frame = between.frame()
        car = next(each for each in between.objects(frame) if each["class_id"] == 2)
        added = between.made.obj(frame, car, label=b"bolt", class_id=77, rect=(1, 2, 3, 4))
        added["display_text"] = nvidia.text("new")
        classifier = between.made.classifier(added, unique_component_id=6)
        between.made.label(classifier, label=b"rusty", probability=0.5)

    buffer = after(add)
    (frame,) = frames_per_batch(buffer)
    *_, last = frame.iter_objects()
    assert (last.obj_label, last.class_id, last.rect_params.width) == ("bolt", 77, 3)
    assert last.parent.obj_label == "car"
    assert last.text_params.display_text == "new"
    assert [x.result_label for c in last.iter_classifiers() for x in c.iter_labels()] == ["rusty"]
    assert frame.num_obj_meta == 3


def test_an_object_that_was_removed_is_gone_and_no_parent():
    def remove(between):
        frame = between.frame()
        car = next(each for each in between.objects(frame) if each["class_id"] == 2)
        between.meta.nvds_remove_obj_meta_from_frame(frame.address, car.address)

    buffer = after(remove)
    (frame,) = frames_per_batch(buffer)
    (plate,) = frame.iter_objects()
    assert (plate.class_id, plate.parent, frame.num_obj_meta) == (9, None, 1)


def test_what_was_changed_arrives():
    def change(between):
        frame = between.frame()
        frame["source_id"] = 99
        for obj in between.objects(frame):
            obj.set(object_id=5, rect=(9, 9, 9, 9), label=b"x" * 128, confidence=1)

    buffer = after(change)
    (frame,) = frames_per_batch(buffer)
    assert frame.source_id == 99
    found = [
        (o.object_id, o.rect_params.left, o.obj_label, o.confidence) for o in frame.iter_objects()
    ]
    assert found == [(5, 9, "x" * 127, 1)] * 2


def test_nvidias_metadata_of_another_becomes_portable():
    made = nvidia.Nvidia(1)
    frame = made.frame(source_id=3)
    for number in range(3):
        made.obj(frame, class_id=number, label=b"thing")
    back = through(made.attach(Gst.Buffer.new()), TO_PORTABLE)
    assert _gst.carriers_on(back) == PORTABLE
    (frame,) = frames_per_batch(back)
    assert (frame.source_id, frame.pipeline_width, frame.pipeline_height) == (3, 640, 480)
    assert [each.class_id for each in frame.iter_objects()] == [0, 1, 2]


# ---- errors ----

WITHOUT = """
import sys
from pythiags import nvidia, portable
nvidia.decoder_folder = lambda: None
from pythiags.gst import Gst
portable.install()
pipeline = Gst.parse_launch("videotestsrc ! dsmetaconvert name=border ! fakesink")
assert pipeline.set_state(Gst.State.PAUSED) == Gst.StateChangeReturn.FAILURE
print(pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR).parse_error()[0].message)
pipeline.set_state(Gst.State.NULL)
"""


def test_without_nvidias_library_it_does_not_start():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    assert (
        "libnvdsgst_meta.so, which NVIDIA's metadata is made with, is not installed" in done.stdout
    )
    assert "pip install nvidia-deepstream-videodecode-cu13" in done.stdout


def test_a_buffer_with_both_kinds_passes_with_a_warning():
    made = nvidia.Nvidia(1)
    made.frame()
    buffer = made.attach(Gst.Buffer.new())
    everything.fill(buffer)
    with Line(TO_DEEPSTREAM) as line:
        assert _gst.carriers_on(line.push(buffer.copy_deep())) == DEEPSTREAM + PORTABLE
        assert _gst.carriers_on(line.push(buffer.copy_deep())) == DEEPSTREAM + PORTABLE
        (warning,) = line.messages(Gst.MessageType.WARNING)
    assert "NVIDIA's metadata and portable metadata" in warning


def test_a_layout_that_is_not_known_is_an_error():
    made = nvidia.ByHand(1, object_size=600)
    made.frame()
    buffer = made.attach(Gst.Buffer.new())
    with pytest.raises(RuntimeError, match=r"no DeepStream from 5\.0 to 9\.1"):
        through(buffer, TO_PORTABLE)


@pytest.mark.parametrize(("size", "frame_size"), [(544, 192), (544, 200), (544, 232)])
def test_older_layouts_become_portable(size, frame_size):
    made = nvidia.ByHand(1, object_size=size, frame_size=frame_size)
    frame = made.frame(source_id=4)
    obj = made.obj(frame, class_id=6, label=b"old")
    made.label(made.classifier(obj), label=b"red")
    back = through(made.attach(Gst.Buffer.new()), TO_PORTABLE)
    (frame,) = frames_per_batch(back)
    (found,) = frame.iter_objects()
    assert (frame.source_id, found.class_id, found.obj_label) == (4, 6, "old")
    assert [x.result_label for c in found.iter_classifiers() for x in c.iter_labels()] == ["red"]
