"""DeepStream's own metadata, made by NVIDIA's library: order, copies, elements, life and death."""

import ctypes
import gc
import subprocess
import sys
import threading

import pytest
from standins import nvidia
from standins.pads import flowing_pad

from pythiags import App, Detections
from pythiags.errors import LiveMetadataError, MetadataLayoutError, MetadataReleased
from pythiags.gst import Gst
from pythiags.gst._gst import NvDsBatchMeta, RecordProbe
from pythiags.gst.carriers import batch_of, detections, frames_per_batch
from pythiags.gst.probe import attach
from pythiags.metadata import (
    UNTRACKED,
    Bbox,
    detector_bbox,
    displays_per_frame,
    labels_per_object,
    objects_per_frame,
    tracker_bbox,
)
from pythiags.testing import SceneFrame, SceneLabel, SceneObject

BOX = Bbox(1.0, 2.0, 3.0, 4.0)


@pytest.fixture(params=[nvidia.Nvidia, nvidia.ByHand], ids=["NVIDIA's library", "before 9"])
def make(request):
    """Make a batch: ``make(frames)``."""
    if request.param is nvidia.Nvidia:
        nvidia.needs_library()
    return request.param


@pytest.fixture
def library():
    """Make a batch with NVIDIA's library."""
    nvidia.needs_library()
    return nvidia.Nvidia


def first_frame(source):
    return next(frames_per_batch(source))


def first_object(source):
    return next(objects_per_frame(first_frame(source)))


def names(source):
    return [[o.obj_label for o in objects_per_frame(f)] for f in frames_per_batch(source)]


EVERYTHING = Gst.BufferCopyFlags.META | Gst.BufferCopyFlags.TIMESTAMPS | Gst.BufferCopyFlags.MEMORY


def copy_of(buffer):
    """A copy, as an element makes one to write to it; PyGObject's ``copy`` is the same buffer."""
    return buffer.copy_region(EVERYTHING, 0, 2**64 - 1)


def copies(buffer):
    """A buffer and its copies of every kind, and copies of those."""
    once = copy_of(buffer)
    part = Gst.BufferCopyFlags.META
    return [buffer, once, copy_of(once), buffer.copy_deep(), buffer.copy_region(part, 0, 0)]


# ---- order ----


def row(label, component_id=1, *, class_id=0, confidence=0.5, object_id=UNTRACKED, bbox=BOX):
    return SceneObject(label, class_id, confidence, bbox, object_id, component_id=component_id)


@pytest.mark.parametrize(
    "objects",
    [
        [row("a", 1), row("b", 2)],
        [row("a", class_id=0), row("b", class_id=4), row("c", class_id=2), row("d", class_id=4)],
        [row("a", confidence=0.9), row("b", confidence=0.1)],
        [row("a", object_id=3), row("b", object_id=4)],
        [row("a", bbox=BOX), row("b", bbox=BOX._replace(left=9.0))],
        [row("a", bbox=BOX), row("b", bbox=BOX._replace(top=9.0))],
        [row("a"), row("b", class_id=2), row("c", class_id=3), row("d")],
        [row("a", confidence=float("nan"), object_id=1), row("b", object_id=2)],
        [row("a")],
        [],
    ],
    ids=lambda objects: "".join(each.label for each in objects),
)
@pytest.mark.parametrize("turned", [False, True])
def test_one_order_whoever_added_first(library, objects, turned):
    scene = [SceneFrame(tuple(reversed(objects) if turned else objects))]
    expected = [[each.label for each in objects]]
    for buffer in copies(nvidia.buffer_of(library, scene)):
        assert names(buffer) == expected
        assert [[found.label for found in detections(buffer)]] == expected


def test_the_first_difference_from_the_ends_decides(library):
    objects = [row("a"), row("b", class_id=2), row("c", class_id=1), row("d")]
    buffer = nvidia.buffer_of(library, [SceneFrame(tuple(objects))])
    assert names(buffer) == [["d", "c", "b", "a"]]


def test_what_is_alike_comes_as_it_was_added(library):
    same = tuple(row(label) for label in "abc")
    assert names(nvidia.buffer_of(library, [SceneFrame(same)])) == [["a", "b", "c"]]


def test_labels_and_frames_have_one_order_too(library):
    labels = tuple(SceneLabel(text, number, 0.5) for number, text in enumerate("xyz"))
    scene = [SceneFrame((SceneObject(labels=labels),), source_id=source) for source in (3, 1, 2)]
    for buffer in copies(nvidia.buffer_of(library, scene)):
        assert [frame.source_id for frame in frames_per_batch(buffer)] == [3, 1, 2]
        found = labels_per_object(first_object(buffer))
        assert [label.result_label for label in found] == ["x", "y", "z"]


def test_display_metas_have_one_order(library):
    batch = library()
    frame = batch.frame()
    for left in (1.0, 2.0, 3.0):
        batch.display(frame, num_rects=1, rect=(left, 0, 0, 0))
    for buffer in copies(batch.attach(Gst.Buffer.new())):
        found = displays_per_frame(first_frame(buffer))
        assert [display.rect_params[0].left for display in found] == [1, 2, 3]


def test_links_are_in_the_same_order(make):
    scene = [SceneFrame(tuple(row(label, class_id=i) for i, label in enumerate("abc")))]
    link = first_frame(nvidia.buffer_of(make, scene)).obj_meta_list
    seen = []
    while link is not None:
        seen.append(link.data.obj_label)
        last, link = link, link.next
    assert seen == ["a", "b", "c"]
    assert last.prev.data.obj_label == "b"
    assert last.prev.prev.prev is None
    assert last.prev.next == last


# ---- what is read ----


def test_every_field(make):
    batch = make()
    frame = batch.frame(
        pad_index=1, batch_id=2, frame_num=-3, buf_pts=1 << 40, ntp_timestamp=1 << 63, source_id=6,
        source_frame_width=1920, source_frame_height=1080, bInferDone=1,
    )  # fmt: skip
    obj = batch.obj(
        frame, label=b"person", unique_component_id=-1, class_id=-1, object_id=1 << 63,
        confidence=0.25, tracker_confidence=0.75, rect=(1, 2, 3, 4), detector=(5, 6, 7, 8),
        tracker=(9, 10, 11, 12), border_width=3, x_offset=17,
    )  # fmt: skip
    ctypes.memmove(obj.address + obj.fields["misc"][0], (ctypes.c_int64 * 4)(1, -2, 3, 4), 32)
    buffer = batch.attach(Gst.Buffer.new())
    view, frame = first_object(buffer), first_frame(buffer)
    assert (frame.pad_index, frame.batch_id, frame.frame_num) == (1, 2, -3)
    assert (frame.buf_pts, frame.ntp_timestamp) == (1 << 40, 1 << 63)
    assert (frame.source_id, frame.num_obj_meta, frame.bInferDone) == (6, 1, 1)
    assert (frame.source_frame_width, frame.source_frame_height) == (1920, 1080)
    assert (view.unique_component_id, view.class_id, view.object_id) == (-1, -1, 1 << 63)
    assert (view.confidence, view.tracker_confidence) == (0.25, 0.75)
    assert (detector_bbox(view), tracker_bbox(view)) == (Bbox(5, 6, 7, 8), Bbox(9, 10, 11, 12))
    assert (view.rect_params.left, view.rect_params.border_width) == (1, 3)
    assert view.text_params.x_offset == 17
    assert view.text_params.display_text is None
    assert view.misc_obj_info.tolist() == [1, -2, 3, 4]
    assert view.base_meta.meta_type == 3
    assert view.base_meta.batch_meta == batch_of(buffer)
    assert batch_of(buffer).num_frames_in_batch == 1
    assert batch_of(buffer).max_frames_in_batch == 4


def test_what_pyds_never_bound(library):
    batch = library()
    frame = batch.frame(
        pipeline_width=1280, pipeline_height=720, sensor_id=nvidia.text("door"),
        sensor_uri=nvidia.text("rtsp://here"), sensor_name=nvidia.text("Door"),
    )  # fmt: skip
    obj = batch.obj(frame, rotation_angle=0.5)
    kind = ctypes.create_string_buffer(b"secondary")
    batch.classifier(obj, classifier_type=ctypes.addressof(kind))
    buffer = batch.attach(Gst.Buffer.new())
    view, frame = first_object(buffer), first_frame(buffer)
    assert (frame.pipeline_width, frame.pipeline_height) == (1280, 720)
    assert frame.sensor_id == "door"
    assert (frame.sensorInfo_meta.uri, frame.sensorInfo_meta.sensor_name) == ("rtsp://here", "Door")
    assert view.rect_params.rotation_angle == 0.5
    view.rect_params.rotation_angle = 0.25
    assert obj["rotation_angle"] == 0.25
    assert view.classifier_meta_list.data.classifier_type == "secondary"
    again = copy_of(buffer)  # the library copies neither of them
    assert first_frame(again).pipeline_width == 0
    assert first_object(again).classifier_meta_list.data.classifier_type is None
    assert first_object(again).rect_params.rotation_angle == 0.25


@pytest.mark.parametrize(
    ("frame_size", "pipeline", "sensor"), [(192, 0, None), (200, 1280, None), (232, 1280, "door")]
)
def test_older_frames_lack_fields(frame_size, pipeline, sensor):
    batch = nvidia.ByHand(frame_size=frame_size, classifier_size=56)
    frame = batch.frame(pipeline_width=1280)
    if frame_size == 232:
        frame["sensor_id"] = nvidia.text("door")
    batch.classifier(batch.obj(frame), classifier_type=0xBAD)
    buffer = batch.attach(Gst.Buffer.new())
    assert first_frame(buffer).pipeline_width == pipeline
    assert first_frame(buffer).sensor_id == sensor
    assert first_object(buffer).classifier_meta_list.data.classifier_type is None
    assert first_object(buffer).rect_params.rotation_angle == 0
    with pytest.raises(AttributeError, match=r"DeepStream 9\.0"):
        first_object(buffer).rect_params.rotation_angle = 1.0


def test_display_metas(make):
    batch = make()
    display = batch.display(
        batch.frame(), num_rects=2, num_labels=1, num_lines=1, num_circles=2, rect=(1, 2, 3, 4),
        rect_1=(5, 6, 7, 8), text=nvidia.text("hello"), line=(1, 2, 3, 4), circle_1=(7, 8, 9),
    )  # fmt: skip
    buffer = batch.attach(Gst.Buffer.new())
    (view,) = displays_per_frame(first_frame(buffer))
    assert (view.num_rects, view.num_labels, view.num_lines, view.num_circles) == (2, 1, 1, 2)
    assert [len(getattr(view, f"{kind}_params")) for kind in ("rect", "text", "circle")] == [16] * 3
    assert (view.rect_params[1].left, view.rect_params[1].height) == (5, 8)
    assert view.text_params[0].display_text == "hello"
    assert view.line_params[0].y2 == 4
    assert view.circle_params[1].radius == 9
    view.circle_params[1].radius = 3
    assert display["circle_1"] == (7, 8, 3)
    view.misc_osd_data = [1, 2, 3, 4]
    assert view.misc_osd_data.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (b"", ""),
        ("señal".encode(), "señal"),
        (b"caf\xc3", "caf�"),
        (b"\xff\xfe", "��"),
        (b"x" * 128, "x" * 128),
        (b"a\0tail", "a"),
    ],
    ids=repr,
)
def test_labels(make, label, expected):
    batch = make()
    frame = batch.frame()
    for class_id, each in enumerate((b"before", label, b"after")):
        batch.obj(frame, label=each, class_id=class_id)
    buffer = batch.attach(Gst.Buffer.new())
    assert names(buffer) == [["before", expected, "after"]]
    assert [found.label for found in detections(buffer)] == ["before", expected, "after"]


def test_a_classifiers_label_of_any_length(library):
    batch = library()
    classifier = batch.classifier(batch.obj(batch.frame()))
    long = batch.label(classifier, label=b"cut", long_label=nvidia.text("x" * 300))
    (label,) = labels_per_object(first_object(batch.attach(Gst.Buffer.new())))
    assert label.result_label == "x" * 300
    label.result_label = "short"
    assert (label.result_label, label.pResult_label) == ("short", None)
    assert long["long_label"] == 0


def test_a_parent_that_was_removed_is_none(library):
    batch = library()
    frame = batch.frame()
    car = batch.obj(frame, label=b"car")
    batch.obj(frame, parent=car, label=b"plate", unique_component_id=2)
    buffer = batch.attach(Gst.Buffer.new())
    plate = list(objects_per_frame(first_frame(buffer)))[1]
    assert plate.parent.obj_label == "car"
    batch.meta.nvds_remove_obj_meta_from_frame(frame.address, car.address)
    assert plate.parent is None
    assert names(buffer) == [["plate"]]


def test_parents_follow_what_is_added_and_removed_by_anyone(library):
    batch = library()
    frames = [batch.frame(), batch.frame()]
    car = batch.obj(frames[0], label=b"car")
    buffer = batch.attach(Gst.Buffer.new())
    one, two = frames_per_batch(buffer)
    (found,) = objects_per_frame(one)
    plate = one.add_object(found)
    assert plate.parent == found
    van = batch.obj(frames[0], label=b"van", class_id=5)  # not by pythiags
    shown = next(obj for obj in objects_per_frame(one) if obj.obj_label == "van")
    plate.parent = shown
    assert plate.parent == shown
    with pytest.raises(ValueError, match="an object of the same frame"):
        two.add_object(shown)
    wheel = one.add_object(shown)
    one.remove(found)
    assert (plate.parent, wheel.parent) == (shown, shown)
    batch.meta.nvds_remove_obj_meta_from_frame(frames[0].address, van.address)
    again = one.add_object()  # where the van was
    assert (plate.parent, wheel.parent) == (again, again)
    with pytest.raises(ValueError, match="is not on"):
        two.remove(again)
    assert car.address != van.address


def test_of_several_batches_the_last_counts(make):
    buffer = Gst.Buffer.new()
    for label in ("first", "last"):
        nvidia.make(make, [SceneFrame((row(label),))]).attach(buffer)
    assert names(buffer) == [["last"]]


def test_other_metas_of_nvidias_are_passed_over(make):
    buffer = nvidia.buffer_of(make, [SceneFrame((row("here"),))])
    audio = nvidia.ByHand()
    nvidia._by_hand[audio.address] = audio, 1
    nvidia.add_meta(hash(buffer), audio.address, kind=4098)
    assert names(buffer) == [["here"]]


# ---- layouts ----


@pytest.mark.parametrize(
    "sizes",
    [{"object_size": 560}, {"object_size": 488}, {"object_size": 0}, {"frame_size": 240}],
    ids=str,
)
def test_an_unknown_layout_is_refused_by_name(sizes):
    batch = nvidia.ByHand(**sizes)
    buffer = batch.attach(Gst.Buffer.new())
    with pytest.raises(MetadataLayoutError) as caught:
        frames_per_batch(buffer)
    for size in sizes.values():
        assert f"of {size} bytes" in str(caught.value)
    assert "report" in str(caught.value)
    with pytest.raises(MetadataLayoutError):
        detections(buffer)


def test_a_batch_without_pools_is_refused():
    batch = nvidia.ByHand()
    batch.batch.set(object_pool=0, frame_pool=0)
    with pytest.raises(MetadataLayoutError, match="objects of 0 bytes"):
        batch_of(batch.attach(Gst.Buffer.new()))


def test_the_probe_in_c_counts_what_it_refuses(caplog):
    app = App("appsrc name=source format=time ! identity name=here ! fakesink")
    source = app.pipeline.get_by_name("source")
    for _ in range(3):
        source.emit("push-buffer", nvidia.ByHand(object_size=560).attach(Gst.Buffer.new()))
    source.emit("push-buffer", nvidia.buffer_of(nvidia.ByHand, [SceneFrame((row("a"),))]))
    source.emit("end-of-stream")
    received = []
    app.attach("here", Detections(), received.append)
    (attachment,) = app._attachments
    app.run()
    assert [[found.label for found in each] for each in received] == [["a"]]
    for _ in range(2):
        assert attachment.stats().extraction.errors == {"MetadataLayoutError": 3}
    assert caplog.text.count("objects of 560 bytes") == 1


ALONE = """
import gi
gi.require_version("GstVideo", "1.0")
from gi.repository import GstVideo
from pythiags.gst import Gst, _gst
from pythiags.gst.carriers import detections

buffer = Gst.Buffer.new_allocate(None, 64, None)
for _ in range(3):
    GstVideo.buffer_add_video_region_of_interest_meta(buffer, "cat", 1, 2, 3, 4)
print(len(detections(buffer)), _gst.NvDsBatchMeta.of(buffer))
"""


def test_without_nvidias_library_nothing_complains():
    command = [sys.executable, "-c", ALONE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("3 None\n", "")


# ---- through pads, queues, tees and copies ----


def test_through_a_tee_and_copies(library, stream, run):
    """Two branches, one of which makes its buffers writable: the same objects in both."""
    pipeline = stream(
        "appsrc name=source ! tee name=t t. ! queue ! fakesink name=one"
        " t. ! queue ! identity ! capssetter caps=video/x-raw ! fakesink name=other"
    )
    seen = {"one": [], "other": []}
    for name, found in seen.items():
        pad = pipeline.get_by_name(name).get_static_pad("sink")
        attach(pad, lambda pad, info, found=found: found.append(detections(info)))
    source = pipeline.get_by_name("source")
    objects = tuple(row(label, class_id=i % 2) for i, label in enumerate("abcd"))
    for number in range(5):
        scene = [SceneFrame(objects, source_id=source, frame_num=number) for source in (0, 4)]
        source.emit("push-buffer", nvidia.buffer_of(library, scene))
    source.emit("end-of-stream")
    run(pipeline)
    assert seen["one"] == seen["other"]
    assert [found[0].frame_num for found in seen["one"]] == list(range(5))
    assert [len(found) for found in seen["one"]] == [8] * 5


def test_the_probe_in_c_reads_the_same(make):
    from pythiags.channel import Channel
    from pythiags.metadata.records import to_detections

    objects = tuple(row(label, class_id=i % 3) for i, label in enumerate("abcdefgh"))
    scene = [SceneFrame(objects, source_id=source, pts=40) for source in (2, 0, 1)]
    pad, channel, seen = flowing_pad(), Channel(), []
    probe = RecordProbe(pad, [channel.handle], labels={"a", "b", "c"}, min_confidence=0.25)
    with attach(pad, lambda pad, info: seen.append(detections(info, labels={"a", "b", "c"}))):
        pad.push(nvidia.buffer_of(make, scene))
    probe.remove()
    pad.set_active(False)
    assert to_detections(channel.get(1)) == seen[0]
    assert len(seen[0]) == 9


# ---- life and death ----


def test_views_of_a_probe_die_with_the_call(make):
    pad, kept = flowing_pad(), []

    def keep(pad, info):
        batch = batch_of(info)
        frame = first_frame(info)
        obj = first_object(info)
        kept.extend([batch, frame, obj, obj.rect_params, frame.obj_meta_list])
        kept.append(objects_per_frame(frame))

    with attach(pad, keep) as probe:
        pad.push(nvidia.buffer_of(make, [SceneFrame((row("a"),))]))
    pad.set_active(False)
    assert probe.stats().errors == {}
    batch, frame, obj, rect, link, walk = kept
    for use in (
        lambda: batch.num_frames_in_batch, lambda: frame.frame_num, lambda: frame.pipeline_width,
        lambda: obj.obj_label, lambda: obj.parent, lambda: rect.left, lambda: rect.rotation_angle,
        lambda: link.data, lambda: link.next, lambda: next(walk), frame.iter_objects,
        lambda: obj.classifier_meta_list, lambda: detections(batch),
    ):  # fmt: skip
        with pytest.raises(MetadataReleased):
            use()
    assert repr(obj) == "<NvDsObjectMeta (released)>"


def test_views_of_a_buffer_keep_it(make):
    buffer = nvidia.buffer_of(make, [SceneFrame((row("kept"),))])
    before = buffer.mini_object.refcount
    obj = first_object(buffer)
    gc.collect()
    assert buffer.mini_object.refcount == before + 1
    again = buffer.mini_object
    del buffer
    gc.collect()
    assert obj.obj_label == "kept"
    del obj, again


def test_a_view_that_goes_lets_the_buffer_go(library):
    buffer = nvidia.buffer_of(library, [SceneFrame((row("a"),))])
    before = buffer.mini_object.refcount
    for _ in range(10):
        detections(buffer)
        [o.rect_params for f in frames_per_batch(buffer) for o in objects_per_frame(f)]
    gc.collect()
    assert buffer.mini_object.refcount == before


def test_views_are_neither_pickled_nor_sent(make):
    import pickle

    obj = first_object(nvidia.buffer_of(make, [SceneFrame((row("a"),))]))
    with pytest.raises(LiveMetadataError, match="obj_label"):
        pickle.dumps(obj)


def test_arrays_outlive_the_buffer(make):
    buffer = nvidia.buffer_of(make, [SceneFrame((row("a"),))])
    obj = first_object(buffer)
    obj.mask_params.set_mask_array([[0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert (obj.mask_params.width, obj.mask_params.height, obj.mask_params.size) == (3, 2, 24)
    mask = obj.mask_params.get_mask_array()
    numbers = obj.misc_obj_info
    del obj, buffer
    gc.collect()
    assert mask.tolist() == [0.5, 1.0, 0.0, 0.0, 0.0, 1.0]
    assert numbers.tolist() == [0] * 4
    for array in (mask, numbers):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


# ---- writing ----


def test_what_is_written_is_in_the_copy(library):
    buffer = nvidia.buffer_of(library, [SceneFrame((row("a"),))])
    obj = first_object(buffer)
    obj.obj_label = "ñ" * 80
    obj.rect_params.border_color.set(0, 0.5, 0, 1)
    obj.text_params.display_text = "first"
    obj.text_params.display_text = "hello"
    obj.text_params.font_params.font_name = "Serif"
    obj.misc_obj_info = [1, 2, 3, 4]
    obj.mask_params.set_mask_array([[1.0]])
    copied = first_object(copy_of(buffer))
    assert copied.obj_label == "ñ" * 63
    assert copied.rect_params.border_color.green == 0.5
    assert copied.text_params.display_text == "hello"
    assert copied.text_params.font_params.font_name == "Serif"
    assert copied.misc_obj_info.tolist() == [1, 2, 3, 4]
    assert copied.mask_params.get_mask_array().tolist() == [1.0]
    obj.text_params.display_text = None
    assert obj.text_params.display_text is None
    assert copied.text_params.display_text == "hello"


def test_structs_are_assigned_by_value(library):
    buffer = nvidia.buffer_of(library, [SceneFrame((row("a"), row("b", class_id=1)))])
    one, other = objects_per_frame(first_frame(buffer))
    one.text_params.display_text = "text"
    one.text_params.x_offset = 4
    one.rect_params.rotation_angle = 0.5
    one.mask_params.set_mask_array([[1.0, 2.0]])
    for name in ("text_params", "rect_params", "mask_params", "detector_bbox_info"):
        setattr(other, name, getattr(one, name))
        setattr(other, name, getattr(other, name))
    one.text_params.display_text = "changed"
    assert (other.text_params.display_text, other.text_params.x_offset) == ("text", 4)
    assert other.rect_params.rotation_angle == 0.5
    assert other.mask_params.get_mask_array().tolist() == [1, 2]


# ---- the lock ----


@pytest.mark.parametrize("read", [detections, names], ids=["tuples", "views"])
def test_lists_are_read_under_the_lock(library, read):
    """Whoever holds the lock may need the GIL to let go of it; readers wait without the GIL."""
    batch = library()
    frame = batch.frame()
    buffer = batch.attach(Gst.Buffer.new())
    source = batch_of(buffer)
    lock = batch.meta.nvds_acquire_meta_lock, batch.meta.nvds_release_meta_lock
    for function in lock:
        function.argtypes = [ctypes.c_void_p]
        function.restype = None
    found, about_to = [], threading.Event()

    def reader():
        about_to.set()
        found.append(read(source))

    lock[0](batch.address)
    thread = threading.Thread(target=reader)
    thread.start()
    about_to.wait(20)
    thread.join(0.1)  # time enough to read, for who does not wait
    batch.obj(frame, label=b"late")
    lock[1](batch.address)
    thread.join(20)
    assert "late" in str(found)


def test_the_batch_class_finds_its_own():
    assert NvDsBatchMeta.of(Gst.Buffer.new()) is None
    with pytest.raises(TypeError, match="expected a probe's info"):
        NvDsBatchMeta.of("a buffer")
