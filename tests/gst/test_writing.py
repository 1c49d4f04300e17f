"""Adding to metadata: what follows into queues, tees and copies, and what is released."""

import ctypes
import gc
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
from standins import nvidia

from pythiags import App, Detections, Extractor
from pythiags.errors import MetadataReleased
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.carriers import batch_of, detections, frames_per_batch
from pythiags.gst.probe import attach
from pythiags.metadata import (
    add_classification,
    add_display,
    add_object,
    add_user_meta,
    classifiers_per_object,
    displays_per_frame,
    labels_per_object,
    objects_per_frame,
    remove_object,
    user_metas_per_batch,
    user_metas_per_frame,
    user_metas_per_object,
)
from pythiags.testing import Portable, Pyds, Regions, SceneFrame, SceneObject

EVERYTHING = Gst.BufferCopyFlags.META | Gst.BufferCopyFlags.TIMESTAMPS | Gst.BufferCopyFlags.MEMORY


def portable():
    buffer = Gst.Buffer.new()
    BatchMeta.attach(buffer).add_frame()
    return buffer


def deepstream():
    nvidia.needs_library()
    return nvidia.buffer_of(nvidia.Nvidia, [SceneFrame()])


@pytest.fixture(params=[portable, deepstream])
def empty(request):
    """Make a buffer with a frame without objects."""
    return request.param


def copy_of(buffer):
    return buffer.copy_region(EVERYTHING, 0, 2**64 - 1)


def first_frame(source):
    return next(frames_per_batch(source))


class Anything:
    """An object that can be watched."""


# ---- copies ----


def test_what_was_added_is_in_a_copy(empty):
    buffer = empty()
    frame = first_frame(buffer)
    obj = add_object(frame, label="car", box=(1, 2, 3, 4), confidence=0.5, class_id=2, object_id=7)
    add_classification(obj, "red", class_id=3, confidence=0.25)
    display = add_display(frame)
    display.num_lines = 1
    display.line_params[0].x2 = 9
    for each in (buffer, copy_of(buffer), copy_of(copy_of(buffer))):
        (found,) = detections(each)
        assert (found.label, found.bbox, found.object_id) == ("car", (1, 2, 3, 4), 7)
        (label,) = labels_per_object(next(objects_per_frame(first_frame(each))))
        assert (label.result_label, label.result_class_id) == ("red", 3)
        (shown,) = displays_per_frame(first_frame(each))
        assert (shown.num_lines, shown.line_params[0].x2) == (1, 9)


def test_a_copy_is_changed_alone(empty):
    buffer = empty()
    add_object(first_frame(buffer), label="both")
    other = copy_of(buffer)
    frame = first_frame(other)
    remove_object(frame, next(objects_per_frame(frame)))
    add_object(frame, label="other")
    assert [found.label for found in detections(buffer)] == ["both"]
    assert [found.label for found in detections(other)] == ["other"]


def test_many_objects_are_added(empty):
    buffer = empty()
    frame = first_frame(buffer)
    for number in range(1000):
        add_object(frame, label=f"o{number}", class_id=number)
    assert [found.class_id for found in detections(copy_of(buffer))] == list(range(1000))


# ---- Python objects ----


def test_python_objects_live_as_long_as_the_last_copy(empty):
    buffer, given = empty(), Anything()
    watched = weakref.ref(given)
    frame = first_frame(buffer)
    add_user_meta(batch_of(buffer), given)
    add_user_meta(frame, given)
    add_user_meta(add_object(frame), given)
    del frame
    copied = copy_of(buffer)
    del buffer, given
    gc.collect()
    frame = first_frame(copied)
    (obj,) = objects_per_frame(frame)
    for walk, holder in (
        (user_metas_per_batch, batch_of(copied)),
        (user_metas_per_frame, frame),
        (user_metas_per_object, obj),
    ):
        (user,) = walk(holder)
        assert user.user_meta_data is watched()
    del copied, frame, obj, user, holder
    gc.collect()
    assert watched() is None


def test_a_removed_user_meta_lets_go(empty):
    buffer, given = empty(), Anything()
    watched = weakref.ref(given)
    frame = first_frame(buffer)
    frame.remove(add_user_meta(frame, given))
    assert list(user_metas_per_frame(frame)) == []
    del given, frame, buffer
    gc.collect()
    assert watched() is None


def test_through_queues_tees_and_writers(empty, stream, run):
    pipeline = stream(
        "appsrc name=source ! identity name=adds ! tee name=t t. ! queue ! fakesink name=one"
        " t. ! queue ! identity name=adds_more ! queue ! fakesink name=other"
    )
    given, seen = Anything(), {"one": [], "other": []}

    def add(label):
        def write(pad, info):
            for frame in frames_per_batch(info):
                add_user_meta(add_object(frame, label=label), given)

        return write

    def read(name):
        def note(pad, info):
            for frame in frames_per_batch(info):
                for obj in objects_per_frame(frame):
                    (user,) = user_metas_per_object(obj)
                    assert user.user_meta_data is given
            seen[name].append(sorted(found.label for found in detections(info)))

        return note

    probes = [
        attach(pipeline.get_by_name(name).get_static_pad(pad), callback, writable=writable)
        for name, pad, callback, writable in (
            ("adds", "src", add("first"), True),
            ("adds_more", "src", add("second"), True),
            ("one", "sink", read("one"), False),
            ("other", "sink", read("other"), False),
        )
    ]
    source = pipeline.get_by_name("source")
    for _ in range(10):
        source.emit("push-buffer", empty())
    source.emit("end-of-stream")
    run(pipeline)
    assert [probe.stats().errors for probe in probes] == [{}] * 4
    assert seen == {"one": [["first"]] * 10, "other": [["first", "second"]] * 10}


class Adds:
    """An extractor without a base class."""

    def extract_metadata(self, pad, info):
        for frame in frames_per_batch(info):
            add_object(frame, label="mine")


class AddsAlone(Adds, Extractor):
    writable = True


class OnlyMethod(Adds):
    writable = True


@pytest.mark.parametrize(
    ("extractor", "others"), [(Adds, ["mine"]), (AddsAlone, []), (OnlyMethod, [])]
)
def test_an_extractor_that_writes_has_the_buffer_to_itself(empty, extractor, others):
    """Another branch holds the same buffer while the extractor runs."""
    app = App("appsrc name=source format=time ! queue name=here ! fakesink")
    shared, seen = [], []
    pad = app.pipeline.get_by_name("here").get_static_pad("sink")
    with attach(pad, lambda pad, info: shared.append(info.get_buffer())):
        app.attach("here", extractor, seen.append)
        app.attach("here", Detections(), seen.append)
        source = app.pipeline.get_by_name("source")
        source.emit("push-buffer", empty())
        source.emit("end-of-stream")
        app.run()
    assert [found.label for each in seen for found in each] == ["mine"]
    assert [found.label for found in detections(shared[0])] == others


# ---- refusals ----


def test_regions_cannot_be_added_to():
    with Regions().carry([SceneFrame((SceneObject("cat"),))]) as buffer:
        frame = first_frame(buffer)
        (cat,) = objects_per_frame(frame)
        for add in (
            lambda: add_object(frame),
            lambda: add_display(frame),
            lambda: add_user_meta(frame, 1),
            lambda: add_classification(cat, "red"),
        ):
            with pytest.raises(TypeError, match="regions of interest"):
                add()


def test_objects_of_pyds_are_refused(pyds):
    nvidia.needs_library()
    with Pyds(pyds).carry([SceneFrame()]) as batch:
        with pytest.raises(TypeError, match=r"it has no add_object\(\)"):
            add_object(first_frame(batch))
        with pytest.raises(TypeError, match=r"it has no add_user_meta\(\)"):
            add_user_meta(batch, 1)


@pytest.mark.parametrize("box", [(1, 2, 3), (1, 2, 3, 4, 5)])
def test_a_box_has_four_numbers(empty, box):
    buffer = empty()
    with pytest.raises(ValueError, match="unpack"):
        add_object(first_frame(buffer), box=box)
    assert detections(buffer) == []


def test_a_wrong_label_of_a_classifier_leaves_nothing(empty):
    buffer = empty()
    obj = add_object(first_frame(buffer))
    with pytest.raises(TypeError, match="result_class_id"):
        add_classification(obj, "red", class_id="three")
    assert list(classifiers_per_object(obj)) == []


def test_a_parent_of_another_buffer_is_refused(empty):
    buffers = empty(), empty()
    other = add_object(first_frame(buffers[0]))
    with pytest.raises(ValueError, match="a parent must be"):
        add_object(first_frame(buffers[1]), parent=other)


def test_what_is_removed_is_no_parent(empty):
    buffer = empty()
    frame = first_frame(buffer)
    car = add_object(frame, label="car", component_id=1)
    plate = add_object(frame, label="plate", component_id=2, parent=car)
    assert plate.parent == car
    remove_object(frame, car)
    assert plate.parent is None


def test_nothing_is_added_to_what_is_gone():
    with Portable().carry([SceneFrame()]) as buffer:
        frame = first_frame(buffer)
    with pytest.raises(MetadataReleased):
        add_object(frame)


ALONE = """
import platform, sys
platform.machine = lambda: "aarch64"  # so that NVIDIA's library is not loaded
sys.path.insert(0, sys.argv[1])
from standins import nvidia
from pythiags.errors import MissingDependency
from pythiags.gst import Gst
from pythiags.gst.carriers import detections, frames_per_batch
from pythiags.metadata import add_object, add_user_meta

batch = nvidia.ByHand9()
batch.obj(batch.frame(), label=b"seen")
buffer = batch.attach(Gst.Buffer.new())
print(detections(buffer)[0].label)
for add in (add_object, lambda frame: add_user_meta(frame, 1)):
    try:
        add(next(frames_per_batch(buffer)))
    except MissingDependency as error:
        print(error.message)
del buffer  # its end calls functions that have to be there still
"""


def test_a_process_without_nvidias_library():
    """Metadata is read without it, and nothing is added."""
    command = [sys.executable, "-c", ALONE, str(Path(__file__).parents[1])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "seen",
        "libnvds_meta has no function nvds_acquire_obj_meta_from_pool",
        "libnvds_meta has no function nvds_acquire_user_meta_from_pool",
    ]


def test_nvidias_library_counts_what_was_added():
    """It is on the pool's list of what nvdsosd draws."""
    nvidia.needs_library()
    batch = nvidia.Nvidia()
    batch.frame()
    pool = nvidia.Struct(batch.batch["object_pool"], {"full": (16, "I"), "full_list": (32, "P")})
    frame = first_frame(batch.attach(Gst.Buffer.new()))
    obj = add_object(frame, label="drawn")
    assert pool["full"] == 1
    drawn = ctypes.c_void_p.from_address(pool["full_list"]).value
    assert nvidia.Struct(drawn, nvidia.OBJECT_9)["label"].rstrip(b"\0") == b"drawn"
    remove_object(frame, obj)
    assert pool["full"] == 0


def test_a_view_of_what_was_removed_shows_nothing_that_came_later():
    buffer = deepstream()
    frame = first_frame(buffer)
    old = add_object(frame, label="old")
    remove_object(frame, old)
    new = add_object(frame, label="new")
    with pytest.raises(MetadataReleased, match="after it was removed"):
        _ = old.obj_label
    with pytest.raises(MetadataReleased, match="after it was removed"):
        old.obj_label = "scribble"
    assert new.obj_label == "new"
    assert old != new


def below(obj):
    """What hangs on an object: every other view of it, and of what goes with it."""
    add_classification(obj, "red")
    add_user_meta(obj, "anything")
    (classifier,) = classifiers_per_object(obj)
    (label,) = labels_per_object(obj)
    (user,) = user_metas_per_object(obj)
    return {
        "struct": (obj.rect_params, "left"),
        "struct of a struct": (obj.text_params.font_params.font_color, "red"),
        "base": (obj.base_meta, "meta_type"),
        "classifier": (classifier, "unique_component_id"),
        "label": (label, "result_label"),
        "user meta": (user, "user_meta_data"),
    }


def test_every_view_of_what_was_removed_says_so():
    buffer = deepstream()
    frame = first_frame(buffer)
    obj = add_object(frame, label="old")
    link = frame.obj_meta_list
    walk = objects_per_frame(frame)
    (other,) = objects_per_frame(frame)
    views = {**below(obj), "object": (obj, "obj_label"), "second view": (other, "obj_label")}
    remove_object(frame, other)
    add_object(frame, label="new")  # in the same memory
    views["link"], views["iterator"] = (link.data, "obj_label"), (next(walk), "obj_label")
    for name, (view, attribute) in views.items():
        with pytest.raises(MetadataReleased, match="after it was removed"):
            pytest.fail(f"{name}: {getattr(view, attribute)!r}")
        assert repr(view).endswith("(removed)>")
    with pytest.raises(ValueError, match="is not on"):
        remove_object(frame, obj)


def test_views_of_another_look_up_know_too():
    buffer = deepstream()
    frame, again = first_frame(buffer), first_frame(buffer)
    obj = add_object(frame, label="old")
    (other,) = objects_per_frame(again)
    remove_object(frame, other)
    for view in (obj, other):
        with pytest.raises(MetadataReleased, match="after it was removed"):
            _ = view.obj_label


def test_views_of_what_stays_go_on():
    buffer = deepstream()
    frame = first_frame(buffer)
    objects = [add_object(frame, label=f"{i}", class_id=i) for i in range(5)]
    rects = [obj.rect_params for obj in objects]
    for obj in objects[::2]:
        remove_object(frame, obj)
    rects[1].left = 7
    assert [objects[i].obj_label for i in (1, 3)] == ["1", "3"]
    assert objects[1].rect_params.left == 7
    assert [obj.obj_label for obj in objects_per_frame(frame)] == ["1", "3"]
