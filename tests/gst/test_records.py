"""The probe that reads objects without the GIL: the same as Python reads, whoever holds it."""

import ctypes
import gc
import math
import pickle
import statistics
import threading
import time
import weakref

import gi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins.crowd import LABELS, crowd, crowd_of_regions
from standins.pads import flowing_pad

from pythiags.channel import Channel
from pythiags.channel._ring import OK, POLICIES, Ring
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta, RecordProbe
from pythiags.gst.carriers import NATIVE_BOXES, detections, frames_per_batch
from pythiags.gst.probe import attach
from pythiags.metadata import UNTRACKED, _records, objects_per_frame
from pythiags.metadata.columns import DETECTION_DTYPE, columns_of, to_columns
from pythiags.metadata.records import to_detections

gi.require_version("GstVideo", "1.0")
from gi.repository import GObject, GstVideo  # noqa: E402


def ring(items=1000, policy="drop-oldest"):
    return Ring(items, 1 << 26, POLICIES.index(policy))


def taken(it):
    """What is in a ring."""
    result, items = it.get(1000, 0)
    return items if result == OK else []


@pytest.fixture
def pad():
    pad = flowing_pad()
    yield pad
    pad.set_active(False)


@pytest.fixture
def probe_on(pad):
    probes = []

    def make(*rings, **options):
        probes.append(RecordProbe(pad, [it.handle for it in rings], **options))
        return probes[-1]

    yield make
    for probe in probes:
        probe.remove()


def plain(values):
    """Detections that compare, NaN included."""
    return [repr(each) for each in values]


# ---- what is read ----


def test_every_object_is_in_the_record(pad, probe_on):
    it = ring()
    probe_on(it)
    buffer = crowd(100, sources=(0, 3))
    pad.push(buffer)
    (record,) = taken(it)
    assert to_detections(record) == detections(buffer)
    assert len(to_detections(record)) == 200


def test_regions_of_interest_are_read(pad, probe_on):
    it = ring()
    probe_on(it)
    buffers = [crowd_of_regions(3) for _ in range(3)]
    expected = []
    python = attach(pad, lambda pad, info: expected.append(detections(info)))
    for buffer in buffers:
        pad.push(buffer)
    python.remove()
    assert [to_detections(record) for record in taken(it)] == expected
    assert [found[0].frame_num for found in expected] == [0, 1, 2]


def test_each_buffer_of_a_list_is_read(pad, probe_on):
    it = ring()
    probe = probe_on(it)
    several = Gst.BufferList.new()
    for _ in range(3):
        several.insert(-1, crowd(2))
    pad.push_list(several)
    assert len(taken(it)) == 3
    assert probe.calls.count == 3


@pytest.mark.parametrize(
    "options",
    [
        {"labels": ["person", "dog"]},
        {"labels": []},
        {"labels": ["nobody", "a\0b", "\ud800"]},
        {"min_confidence": 0.5},
        {"min_confidence": 0.6},
        {"min_confidence": math.nan},
        {"labels": {"person"}, "min_confidence": 0.4},
    ],
    ids=str,
)
def test_filters_are_those_of_python(pad, probe_on, options):
    it = ring()
    probe_on(it, **options)
    buffer = crowd(10)
    pad.push(buffer)
    expected = detections(buffer, **options)
    assert [to_detections(record) for record in taken(it)] == ([expected] if expected else [])


def test_a_buffer_without_objects_gives_no_record(pad, probe_on):
    it = ring()
    probe = probe_on(it)
    pad.push(Gst.Buffer.new())
    pad.push(crowd(0))
    assert taken(it) == []
    assert probe.calls.count == 2


def test_frames_go_to_the_ring_of_their_source(pad, probe_on):
    rings = [ring(), ring(), ring()]
    probe_on(*rings)
    pad.push(crowd(2, sources=(0, 1, 3, 4)))
    found = [[each for record in taken(it) for each in to_detections(record)] for it in rings]
    assert [[each.source_id for each in part] for part in found] == [[0, 0, 3, 3], [1, 1, 4, 4], []]


TEXT = st.one_of(
    st.sampled_from([*LABELS, "", "hund", "größer", "犬"]),
    st.text(max_size=140),
    st.binary(max_size=127).filter(lambda data: b"\0" not in data),
)
FLOAT = st.floats(width=32)
OBJECT = st.tuples(
    TEXT,
    st.integers(-(2**31), 2**31 - 1),
    FLOAT,
    st.tuples(FLOAT, FLOAT, FLOAT, FLOAT),
    st.integers(0, 2**64 - 1) | st.just(UNTRACKED),
    st.integers(-(2**31), 2**31 - 1),
)
FRAME = st.tuples(
    st.integers(0, 2**32 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(0, 2**64 - 1),
    st.lists(OBJECT, max_size=6),
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.sets(st.sampled_from([*LABELS, "", "größer", "犬"])),
        "min_confidence": FLOAT,
        "bbox": st.sampled_from(list(NATIVE_BOXES)),
    },
)


def scene(frames):
    buffer = Gst.Buffer.new()
    batch = BatchMeta.attach(buffer, max_frames=len(frames))
    for source, number, pts, objects in frames:
        frame = batch.add_frame()
        frame.source_id, frame.frame_num, frame.buf_pts = source, number, pts
        for label, class_id, confidence, sides, object_id, component in objects:
            obj = frame.add_object()
            obj.obj_label, obj.class_id, obj.confidence = label, class_id, confidence
            obj.object_id, obj.unique_component_id = object_id, component
            boxes = (
                obj.rect_params,
                obj.detector_bbox_info.org_bbox_coords,
                obj.tracker_bbox_info.org_bbox_coords,
            )
            for box, shift in zip(boxes, range(3), strict=True):
                box.left, box.top, box.width, box.height = sides[shift:] + sides[:shift]
    return buffer


@settings(max_examples=150, deadline=None)
@given(frames=st.lists(FRAME, max_size=4), options=FILTERS)
def test_random_scenes_are_read_as_python_reads_them(frames, options):
    buffer = scene(frames)
    expected = detections(buffer, **options)
    it, pad = ring(), flowing_pad()
    native = dict(options)
    native["box"] = NATIVE_BOXES[native.pop("bbox")] if "bbox" in native else 0
    probe = RecordProbe(pad, [it.handle], **native)
    pad.push(buffer)
    probe.remove()
    records = taken(it)
    assert len(records) == bool(expected)
    found = [each for record in records for each in to_detections(record)]
    assert plain(found) == plain(expected)
    if records:
        rows = to_columns(pickle.loads(pickle.dumps(records[0])))
        assert rows.dtype == DETECTION_DTYPE
        assert rows.tobytes() == columns_of(expected).tobytes()


NUMBER = st.tuples(
    st.sampled_from([GObject.TYPE_INT, GObject.TYPE_UINT, GObject.TYPE_INT64, GObject.TYPE_UINT64]),
    st.integers(0, 2**31 - 1),
)
REGION = st.tuples(
    st.sampled_from([*LABELS, "größer", ""]),
    st.tuples(*[st.integers(0, 2**32 - 1)] * 4),
    st.none() | st.tuples(st.sampled_from([GObject.TYPE_DOUBLE, GObject.TYPE_FLOAT]), FLOAT),
    st.none() | NUMBER,
    st.none() | NUMBER,
)


def structure(name, **fields):
    made = Gst.Structure.new_empty(name)
    for field, value in fields.items():
        if value is not None:
            made.set_value(field, GObject.Value(*value))
    return made


@settings(max_examples=100, deadline=None)
@given(buffers=st.lists(st.lists(REGION, max_size=5), min_size=1, max_size=3), options=FILTERS)
def test_random_regions_are_read_as_python_reads_them(buffers, options):
    it, pad = ring(), flowing_pad()
    native = dict(options)
    native["box"] = NATIVE_BOXES[native.pop("bbox")] if "bbox" in native else 0
    expected = []
    probes = [
        RecordProbe(pad, [it.handle], **native),
        attach(pad, lambda pad, info: expected.append(detections(info, **options))),
    ]
    for regions in buffers:
        buffer = Gst.Buffer.new()
        for label, box, confidence, class_id, object_id in regions:
            meta = GstVideo.buffer_add_video_region_of_interest_meta(buffer, label, *box)
            meta.add_param(structure("detection", confidence=confidence, label_id=class_id))
            meta.add_param(structure("object_id", id=object_id))
        pad.push(buffer)
    for probe in probes:
        probe.remove()
    found = [plain(to_detections(record)) for record in taken(it)]
    assert found == [plain(each) for each in expected if each]


DECODERS = pytest.mark.parametrize("decode", [to_detections, to_columns])


@DECODERS
@pytest.mark.parametrize("data", [b"", b"no record", bytes(24)])
def test_what_is_no_record_is_refused(decode, data):
    with pytest.raises(ValueError, match="not a record of detections"):
        decode(data)


def some_record(pad, probe_on):
    it = ring()
    probe_on(it)
    pad.push(crowd(3, sources=(0, 3)))
    (record,) = taken(it)
    return bytes(record)


@DECODERS
def test_a_record_that_was_cut_is_refused_wherever_it_ends(decode, pad, probe_on):
    record = some_record(pad, probe_on)
    assert len(decode(record)) == 6
    for size in range(len(record)):
        with pytest.raises(ValueError, match="not a record of detections"):
            decode(record[:size])


@DECODERS
def test_a_record_may_lie_at_any_address(decode, pad, probe_on):
    record = some_record(pad, probe_on)
    expected = decode(record)
    for shift in range(1, 8):
        shifted = memoryview(bytes(shift) + record)[shift:]
        assert list(decode(shifted)) == list(expected)


@DECODERS
def test_a_record_that_was_changed_is_read_or_refused(decode, pad, probe_on):
    record = some_record(pad, probe_on)

    @given(st.integers(4, len(record) // 4 - 1), st.integers(0, 0xFFFF_FFFF))
    @settings(max_examples=300)
    def change(place, number):
        wrong = bytearray(record)
        wrong[4 * place : 4 * place + 4] = number.to_bytes(4, "little")
        try:
            assert len(decode(wrong)) == 6
        except ValueError as error:
            assert "record" in str(error)  # noqa: PT017 (either may happen)

    change()
    for at, message in (
        (24 + 16, "the record has 6 objects, and its frames another number"),
        (24 + 2 * 24 + 6 * 36, "the record has no text"),
    ):
        wrong = bytearray(record)
        wrong[at : at + 4] = b"\xff\xff\xff\x7f"
        with pytest.raises(ValueError, match=message):
            decode(wrong)


def test_rows_are_written_only_where_they_fit(pad, probe_on):
    record = some_record(pad, probe_on)
    for count in (0, 5, 7):
        with pytest.raises(ValueError, match="rows of 560 bytes"):
            _records.rows(record, lambda _, count=count: np.zeros(count, DETECTION_DTYPE))
    assert DETECTION_DTYPE.itemsize == 560


def test_a_label_of_a_record_is_no_longer_than_that_of_a_row(pad, probe_on):
    record = some_record(pad, probe_on)
    text = b"x" * 128 + b"\0"
    texts = int.from_bytes(record[16:20], "little")
    wrong = record[:16] + len(text).to_bytes(4, "little") + record[20 : len(record) - texts] + text
    with pytest.raises(ValueError, match="a label of 128 characters, expected 127"):
        to_columns(wrong)


# ---- its life ----


def test_a_muted_probe_reads_nothing(pad, probe_on):
    it = ring()
    probe = probe_on(it)
    probe.mute()
    pad.push(crowd(1))
    assert (taken(it), probe.calls.count) == ([], 0)


def test_it_mutes_itself_once_the_ring_is_closed(pad, probe_on):
    it = ring()
    probe = probe_on(it)
    it.close()
    for _ in range(3):
        pad.push(crowd(1))
    assert it.snapshot()["dropped"] == {"closed": 1}
    assert probe.calls.count == 1


def test_a_removed_probe_sees_nothing_and_can_be_read(pad, probe_on):
    it = ring()
    probe = probe_on(it)
    pad.push(crowd(1))
    probe.remove()
    probe.remove()
    pad.push(crowd(1))
    assert (probe.calls.count, probe.attached, len(taken(it))) == (1, False, 1)


def test_a_probe_that_nobody_keeps_goes_on_until_its_pad_dies():
    it, pad = ring(), flowing_pad()
    probe = weakref.ref(RecordProbe(pad, [it.handle]))
    gc.collect()
    pad.push(crowd(1))
    assert probe() is None
    assert len(taken(it)) == 1


def test_its_ring_may_die_first(pad, probe_on):
    it = ring()
    probe = probe_on(it)
    del it
    pad.push(crowd(1))
    assert probe.calls.count == 1


def push(pad, times):
    thread = threading.Thread(target=lambda: [pad.push(crowd(1)) for _ in range(times)])
    thread.start()
    return thread


def wait_until_blocked(it):
    limit = time.monotonic() + 10
    while not it.snapshot()["waiting"]:
        assert time.monotonic() < limit


def test_a_full_ring_holds_the_stream_back(pad, probe_on):
    it = ring(items=1, policy="block")
    probe = probe_on(it)
    thread = push(pad, 3)
    for _ in range(2):
        wait_until_blocked(it)
        assert it.get(1, 5)[0] == OK
    thread.join(10)
    assert (it.snapshot()["produced"], probe.calls.count) == (3, 3)


def test_who_is_held_back_is_let_go_when_the_ring_closes(pad, probe_on):
    it = ring(items=1, policy="block")
    probe = probe_on(it)
    thread = push(pad, 5)
    wait_until_blocked(it)
    it.close()
    thread.join(10)
    assert not thread.is_alive()
    assert it.snapshot()["dropped"] == {"closed": 1}
    assert probe.calls.count == 2


def test_wrong_arguments_are_refused(pad):
    with pytest.raises(TypeError, match=r"Gst\.Pad"):
        RecordProbe("src", [ring().handle])
    with pytest.raises(ValueError, match="at least one ring"):
        RecordProbe(pad, [])
    with pytest.raises(ValueError, match="PyCapsule_GetPointer"):
        RecordProbe(pad, ["a ring"])


def test_records_spill_and_none_is_lost(pad, tmp_path):
    channel = Channel(20, on_full="spill", spill_dir=tmp_path)
    probe = RecordProbe(pad, [channel.handle])
    channel.prepare()
    for number in range(500):
        pad.push(crowd(2, sources=(number,)))
    now = channel.stats()
    assert (now.produced, now.dropped) == (500, {})
    assert now.spilled > 300
    seen = []
    for _ in range(500):
        seen.append(to_detections(channel.get(10))[0].source_id)
        channel.delivered()
    assert seen == list(range(500))
    probe.remove()
    channel.close()


# ---- its cost, and the GIL ----


@pytest.mark.parametrize("make", [crowd, crowd_of_regions])
def test_a_hundred_records_take_less_than_python_takes_for_a_look_at_each_object(
    pad, probe_on, make
):
    it = ring(items=1, policy="latest")
    probe = probe_on(it, labels=set(LABELS), min_confidence=0.4)
    buffer = make(100)
    for _ in range(2000):
        pad.push(buffer)
    assert len(to_detections(taken(it)[0])) == 100
    assert probe.calls.quantile(0.5) / 1e9 < statistics.median(looks_at(buffer) for _ in range(100))


def looks_at(buffer):
    """How long Python takes to read the labels of a buffer, in seconds of the processor."""
    start = time.thread_time()
    for frame in frames_per_batch(buffer):
        for obj in objects_per_frame(frame):
            _ = obj.obj_label, obj.confidence, obj.rect_params.left
    return time.thread_time() - start


@pytest.fixture
def flow(stream):
    """Buffers full of objects, one each millisecond, from a thread that is GStreamer's alone."""
    pipeline = stream(
        "appsrc name=source format=time ! identity name=here sleep-time=1000 ! fakesink sync=false"
    )
    source, buffer = pipeline.get_by_name("source"), crowd(100)
    for _ in range(20_000):
        source.emit("push-buffer", buffer)
    return pipeline, pipeline.get_by_name("here").get_static_pad("src")


def buffers_while_the_gil_is_held(pipeline, count):
    """How many buffers are counted in a second in which C holds the GIL."""
    pipeline.set_state(Gst.State.PLAYING)
    pipeline.get_state(10 * Gst.SECOND)
    before = count()
    ctypes.PyDLL(None).usleep(1_000_000)
    return count() - before


def test_records_arrive_while_another_thread_holds_the_gil(flow):
    pipeline, pad = flow
    it = ring(items=20_000)
    probe = RecordProbe(pad, [it.handle])
    assert buffers_while_the_gil_is_held(pipeline, lambda: it.snapshot()["produced"]) > 100
    probe.remove()
    assert {len(to_detections(record)) for record in taken(it)} == {100}


def test_an_extractor_in_python_stalls_meanwhile(flow):
    """The control of the test above."""
    pipeline, pad = flow
    seen = []
    probe = attach(pad, lambda pad, info: seen.append(detections(info)))
    assert buffers_while_the_gil_is_held(pipeline, lambda: len(seen)) < 30
    probe.remove()
