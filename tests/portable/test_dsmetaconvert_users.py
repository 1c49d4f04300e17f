"""What user metas hold, on its way through dsmetaconvert: structs of NVIDIA's."""

from __future__ import annotations

import ctypes
import gc
import itertools
import weakref

import numpy as np
import pytest
from standins import everything, nvidia
from standins.metaconvert import THERE_AND_BACK, TO_DEEPSTREAM, TO_PORTABLE, Line, through
from standins.networks import Finder, ball, configuration, segmenter
from standins.preparing import preprocess_file

from pythiags.gst import Gst, _gst
from pythiags.gst.carriers import batch_of, frames_per_batch
from pythiags.gst.probe import attach
from pythiags.lookalikes import pyds
from pythiags.metadata import (
    add_user_meta,
    analytics_per_frame,
    analytics_per_object,
    objects_per_frame,
    past_frames_per_track,
    past_streams_per_batch,
    past_tracks_per_stream,
    segmentations_per_frame,
    tensors_per_frame,
    user_metas_per_batch,
    user_metas_per_frame,
    user_metas_per_object,
)
from pythiags.testing import check_leaks

SIZE = "width=160,height=120"
MUX = "m.sink_3 nvstreammux name=m width=160 height=120 batch-size=1"
SOURCE = f"videotestsrc num-buffers=8 ! video/x-raw,format=NV12,{SIZE},framerate=30/1 ! {MUX}"
BORDERS = "identity name=before ! dsmetaconvert ! identity name=between ! dsmetaconvert to=portable"
PLACES = ("before", "between", "after")


@pytest.fixture(autouse=True)
def library():
    nvidia.needs_library()


@pytest.fixture
def thrice(build):
    """``thrice(text, read, add)``: what ``read(batch)`` says before, between and behind converters.

    All three must say the same, on metadata of two kinds.
    """

    def play(text, read, add=None):
        one = build(f"{text} ! {BORDERS} ! identity name=after ! fakesink name=sink")
        if add:
            one.edit("m", add)
        found = {place: [] for place in PLACES}
        kinds = set()
        for place in PLACES:

            def note(_pad, info, place=place):
                kinds.add((place, _gst.carriers_on(info)))
                found[place].append(read(batch_of(info)))

            one.probes.append(attach(one[place].get_static_pad("src"), note))
        probes = one.probes[-3:]
        one.play()
        assert one.error is None
        assert [probe.stats().errors for probe in probes] == [{}] * 3
        assert kinds == {("before", 2), ("between", 1), ("after", 2)}
        assert found["between"] == found["before"]
        assert found["after"] == found["before"]
        play.warnings = one.warnings
        return found["before"]

    return play


def put(frame):
    obj = frame.add_object()
    for rect in (obj.rect_params, obj.detector_bbox_info.org_bbox_coords):
        rect.left, rect.top, rect.width, rect.height = 40 + 4 * frame.frame_num, 50, 40, 60
    obj.obj_label, obj.class_id, obj.confidence = "car", 1, 0.9
    obj.object_id, obj.unique_component_id, frame.bInferDone = 5, 1, 1


def only_frame(batch):
    (frame,) = frames_per_batch(batch)
    return frame


# ---- networks ----


def corners(path):
    net = Finder()
    net.save(path, left=net.left, row=net.row(*net.corners))


def test_tensors(thrice, tmp_path):
    path = configuration(
        tmp_path, corners, **{"network-type": 100, "output-tensor-meta": 1, "gie-unique-id": 4}
    )

    def read(batch):
        (meta,) = tensors_per_frame(only_frame(batch))
        info = meta.network_info
        layers = {
            name: (layer.to_array().tolist(), tuple(layer.dims))
            for name, layer in meta.layers().items()
        }
        return meta.unique_id, meta.maintain_aspect_ratio, (info.width, info.height), layers

    found = thrice(f"{ball()} nvvideoconvert ! video/x-raw(memory:NVMM) ! {MUX} ! nvinfer "
                   f"config-file-path={path}", read)  # fmt: skip
    (number, _, size, layers) = found[0]
    assert (number, size, sorted(layers)) == (4, (160, 120), ["left", "row"])


def test_a_segmentation(thrice, tmp_path):
    path = configuration(tmp_path, segmenter, **{"network-type": 2, "num-detected-classes": 2})

    def read(batch):
        (meta,) = segmentations_per_frame(only_frame(batch))
        return meta.classes, meta.get_segmentation_masks().tolist()

    found = thrice(f"{ball()} nvvideoconvert ! video/x-raw(memory:NVMM) ! {MUX} ! nvinfer "
                   f"config-file-path={path}", read)  # fmt: skip
    assert (found[0][0], np.unique(found[0][1]).tolist()) == (2, [0, 1])


# ---- nvdsanalytics ----

LONG = "A region whose name is longer than what a string holds itself"
ZONES = f"""[property]
enable=1
config-width=160
config-height=120
[roi-filtering-stream-3]
enable=1
roi-Door=10;2;150;2;150;118;10;118
roi-{LONG}=10;2;150;2;150;118;10;118
[overcrowding-stream-3]
enable=1
roi-Crowd=10;2;150;2;150;118;10;118
object-threshold=1
[direction-detection-stream-3]
enable=1
direction-East=10;60;150;60
[line-crossing-stream-3]
enable=1
line-crossing-Line=10;60;150;60;70;0;70;119
"""


@pytest.fixture
def zones(tmp_path):
    path = tmp_path / "zones.txt"
    path.write_text(ZONES)
    return f"{SOURCE} ! nvdsanalytics config-file={path}"


FRAME_ZONES = ("objInROIcnt", "ocStatus", "objLCCurrCnt", "objLCCumCnt", "objCnt", "unique_id")
OBJECT_ZONES = ("roiStatus", "ocStatus", "lcStatus", "dirStatus", "objStatus", "unique_id")


def test_analytics(thrice, zones):
    def read(batch):
        frame = only_frame(batch)
        (of_frame,) = analytics_per_frame(frame)
        of_objects = [
            each for obj in objects_per_frame(frame) for each in analytics_per_object(obj)
        ]
        return (
            {name: getattr(of_frame, name) for name in FRAME_ZONES},
            [{name: getattr(each, name) for name in OBJECT_ZONES} for each in of_objects],
        )

    found = thrice(zones, read, put)
    of_frame, (of_object,) = found[-1]
    assert of_frame["objInROIcnt"]["Door"] == 1
    assert of_frame["objCnt"] == {1: 1}
    assert [len(name) for name in sorted(of_object["roiStatus"])] == [61, 4]


def test_analytics_are_containers_that_cxx_reads(zones, build, analytics):
    """A copy of the struct finds every name, as an element in C++ would."""
    one = build(f"{zones} ! {BORDERS} ! fakesink name=sink")
    one.edit("m", put)
    found = []

    def look(_pad, info):
        (user,) = user_metas_per_frame(only_frame(info))
        at = address(_gst.nvidia_handle(user.user_meta_data))
        names = [b"Crowd", b"Door", b"Line", b"Line"]
        finds = [analytics.frame_find(at, which, name) for which, name in enumerate(names)]
        others = [analytics.frame_find(at, 1, name) for name in (LONG.encode(), b"Window")]
        classes = [analytics.frame_class(at, number) for number in (1, 2)]
        found.append((*finds[:2], *others, *classes))
        assert min(finds) >= 0

    one.probes.append(attach(one["between"].get_static_pad("src"), look))
    one.play()
    assert one.probes[-1].stats().errors == {}
    assert found[-1] == (1, 1, 1, -1, 1, -1)


# ---- trackers and optical flow ----


TRACKER = """%YAML:1.0
TargetManagement:
  maxTargetsPerStream: 50
  probationAge: 3
  maxShadowTrackingAge: 5
  earlyTerminationAge: 1
DataAssociator:
  associationMatcherType: 1
  usePrediction4Assoc: 1
StateEstimator:
  stateEstimatorType: 0
TrajectoryManagement:
  useUniqueID: 0
"""


def test_past_frames(thrice, tmp_path):
    path = tmp_path / "tracker.yml"
    path.write_text(TRACKER)
    library = "ll-lib-file=libnvds_nvmultiobjecttracker.so"
    tracker = f"nvtracker {library} ll-config-file={path}"

    def read(batch):
        return [
            (stream.streamID, track.uniqueId, track.objLabel, past.frameNum, past.tBbox.left,
             past.confidence, past.age)
            for stream in past_streams_per_batch(batch)
            for track in past_tracks_per_stream(stream)
            for past in past_frames_per_track(track)
        ]  # fmt: skip

    found = thrice(f"{SOURCE} ! {tracker} enable-past-frame=true", read, put)
    assert len(next(filter(None, found))) > 1


def address(capsule):
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.argtypes, pointer.restype = [ctypes.py_object, ctypes.c_char_p], ctypes.c_void_p
    return pointer(capsule, None)


def struct_at(user, kind):
    """A struct behind the capsule that a user meta of no known kind gives."""
    return kind.from_address(address(user.user_meta_data))


class Flow(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_uint) for name in ("rows", "cols", "mv_size", "cost_size")),
        ("frame_num", ctypes.c_uint64),
        ("data", ctypes.c_void_p),
    ]


def test_optical_flow(thrice):
    def read(batch):
        found = []
        for user in user_metas_per_frame(only_frame(batch)):
            flow = struct_at(user, Flow)
            numbers = ctypes.string_at(flow.data, flow.rows * flow.cols * flow.mv_size)
            found.append((user.base_meta.meta_type, flow.rows, flow.cols, flow.frame_num, numbers))
        return found

    found = thrice(f"{SOURCE} ! nvof", read)
    assert [each[0] for each in found[-1]] == [10]


# ---- messages ----


class Payload(ctypes.Structure):
    _fields_ = [("payload", ctypes.c_void_p), ("size", ctypes.c_uint), ("component", ctypes.c_uint)]


def test_payloads_of_nvmsgconv(thrice):
    def read(batch):
        found = []
        for user in user_metas_per_frame(only_frame(batch)):
            data = struct_at(user, Payload)
            found.append((user.base_meta.meta_type, ctypes.string_at(data.payload, data.size)))
        return found

    minimal = "payload-type=PAYLOAD_DEEPSTREAM_MINIMAL msg2p-newapi=true frame-interval=1"
    found = thrice(f"{SOURCE} ! nvmsgconv {minimal}", read, put)
    assert found[0][0][0] == 8
    assert b"car" in found[0][0][1]


class Event(ctypes.Structure):
    """NvDsEventMsgMeta of DeepStream 9: some of its members, by the table of its offsets."""

    _pack_ = 1
    _fields_ = [
        ("type", ctypes.c_int), ("objType", ctypes.c_int), ("bbox", ctypes.c_float * 4),
        ("location", ctypes.c_double * 3), ("skipped", ctypes.c_char * (88 - 48)),
        ("numbers", ctypes.c_int * 6), ("confidence", ctypes.c_double),
        ("trackingId", ctypes.c_uint64), ("ts", ctypes.c_char_p), ("objectId", ctypes.c_char_p),
        ("sensorStr", ctypes.c_char_p), ("more", ctypes.c_char * (13832 - 152)),
        ("otherAttrs", ctypes.c_char_p), ("videoPath", ctypes.c_char_p),
        ("extMsg", ctypes.POINTER(ctypes.c_char_p)), ("extMsgSize", ctypes.c_uint),
    ]  # fmt: skip


def add_event(buffer):
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    user = pyds.nvds_acquire_user_meta_from_pool(batch)
    event = pyds.alloc_nvds_event_msg_meta(user)
    event.bbox.left, event.location.lat, event.frameId, event.trackingId = 4, 52.5, 9, 2**40
    event.confidence, event.sensorStr, event.videoPath = 0.5, "camera", "film.mp4"
    vehicle = pyds.alloc_nvds_vehicle_object()
    vehicle.type, vehicle.license = "van", "XX 1234"
    event.objType = pyds.NvDsObjectType.NVDS_OBJECT_TYPE_VEHICLE
    event.extMsg, event.extMsgSize = vehicle, ctypes.sizeof(ctypes.c_char_p) * 6
    user.user_meta_data = event
    user.base_meta.meta_type = pyds.NvDsMetaType.NVDS_EVENT_MSG_META
    frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
    pyds.nvds_add_user_meta_to_frame(frame, user)


def test_an_event_is_deepstreams_struct():
    buffer = everything.fill(Gst.Buffer.new(), 1)
    add_event(buffer)
    made = through(buffer, TO_DEEPSTREAM)
    (user,) = (u for u in user_metas_per_frame(only_frame(made)) if u.base_meta.meta_type == 9)
    event = struct_at(user, Event)
    assert (event.objType, event.bbox[1], event.location[0], event.numbers[5]) == (0, 4, 52.5, 9)
    assert (event.confidence, event.trackingId) == (0.5, 2**40)
    assert (event.sensorStr, event.videoPath, event.objectId) == (b"camera", b"film.mp4", None)
    assert [event.extMsg[i] for i in (0, 1, 5)] == [b"van", None, b"XX 1234"]


def test_an_event_comes_back_as_it_was():
    buffer = everything.fill(Gst.Buffer.new(), 1)
    add_event(buffer)
    back = through(buffer, THERE_AND_BACK)
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(back))
    frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
    node = frame.frame_user_meta_list
    while pyds.NvDsUserMeta.cast(node.data).base_meta.meta_type != 9:
        node = node.next
    event = pyds.NvDsEventMsgMeta.cast(pyds.NvDsUserMeta.cast(node.data).user_meta_data)
    assert (event.trackingId, pyds.get_string(event.videoPath)) == (2**40, "film.mp4")


# ---- Python's objects, and what nothing knows ----


class Thing:
    """What a user attaches."""


@pytest.mark.parametrize("text", [TO_DEEPSTREAM, THERE_AND_BACK])
def test_an_object_of_python_lives_as_long_as_a_buffer_has_it(text):
    thing = Thing()
    gone = weakref.ref(thing)
    buffer = everything.fill(Gst.Buffer.new(), 1)
    only_frame(buffer).add_user_meta(thing, 9001)
    del thing
    made = through(buffer, text)
    del buffer
    copy = made.copy_deep()
    del made
    gc.collect()
    (found,) = (u.user_meta_data for u in user_metas_per_frame(only_frame(copy))
                if u.base_meta.meta_type == 9001)  # fmt: skip
    assert found is gone()
    del found, copy
    gc.collect()
    assert gone() is None


def test_a_type_that_stands_for_a_struct_of_nvidias_is_hidden_from_others():
    """An element in C would read a Python object as the tensors that the number promises."""
    thing = Thing()
    buffer = everything.fill(Gst.Buffer.new(), 1)
    only_frame(buffer).add_user_meta(thing, 12)
    made = through(buffer, TO_DEEPSTREAM)
    (user,) = (u for u in user_metas_per_frame(only_frame(made)) if u.user_meta_data is thing)
    assert user.base_meta.meta_type == nvidia.libraries()[0].nvds_get_user_meta_type(
        b"PYTHIAGS.USER_META"
    )
    back = through(made, TO_PORTABLE)
    (user,) = (u for u in user_metas_per_frame(only_frame(back)) if u.user_meta_data is thing)
    assert user.base_meta.meta_type == 12


CALL = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
COPY, RELEASE = 24, 32  # where NvDsBaseMeta has them


def set_function(user, offset, function):
    value = ctypes.cast(function, ctypes.c_void_p).value
    ctypes.c_uint64.from_address(user.address + offset).value = value


class Foreign:
    """User metas of another's element: numbers that it copies and frees itself, and counts."""

    def __init__(self):
        self.alive, self.next = set(), itertools.count(1)
        self.functions = CALL(self.copy), CALL(self.release)

    def new(self):
        number = next(self.next) * 16
        self.alive.add(number)
        return number

    def copy(self, user, _nothing):
        assert ctypes.c_uint64.from_address(user + 40).value in self.alive
        return self.new()

    def release(self, user, _nothing):
        self.alive.remove(ctypes.c_uint64.from_address(user + 40).value)

    def put(self, batch, holder):
        user = batch.user(holder, data=self.new())
        user["meta_type"] = 8193 + 77
        for offset, function in zip((COPY, RELEASE), self.functions, strict=True):
            set_function(user, offset, function)


@pytest.fixture
def foreign():
    made = nvidia.Nvidia(1)
    frame = made.frame()
    of = Foreign()
    for holder in (made.batch, frame, made.obj(frame)):
        of.put(made, holder)
    return of, made.attach(Gst.Buffer.new())


def users_of(buffer):
    frame = only_frame(buffer)
    (obj,) = objects_per_frame(frame)
    users = [
        *user_metas_per_batch(batch_of(buffer)),
        *user_metas_per_frame(frame),
        *user_metas_per_object(obj),
    ]
    return [(user.base_meta.meta_type, address(user.user_meta_data)) for user in users]


def test_user_metas_of_another_are_kept_and_return(foreign):
    of, buffer = foreign
    seen = users_of(buffer)
    back = through(buffer, TO_PORTABLE)
    del buffer
    shared = len(of.alive)
    assert {number for _, number in users_of(back)} <= of.alive
    assert [kind for kind, _ in users_of(back)] == [kind for kind, _ in seen]
    copy = back.copy_deep()
    assert len(of.alive) == shared + 3
    again = through(copy, TO_DEEPSTREAM)
    assert [kind for kind, _ in users_of(again)] == [kind for kind, _ in seen]


@pytest.mark.parametrize("more", ["", " ! dsmetaconvert to=deepstream"])
def test_and_are_freed_with_the_last_buffer(more):
    of = Foreign()
    made = nvidia.Nvidia(1)
    of.put(made, made.frame())
    buffer = through(made.attach(Gst.Buffer.new()), f"{TO_PORTABLE}{more}")
    assert of.alive
    del buffer
    assert not of.alive


def test_memory_of_a_script_that_nothing_frees_goes_along(build):
    one = build(f"{SOURCE} ! {BORDERS} ! identity name=after ! fakesink name=sink")
    vehicle = pyds.alloc_nvds_vehicle_object()
    vehicle.type = "van"
    found = []

    def add(_pad, info):
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
        user = pyds.nvds_acquire_user_meta_from_pool(batch)
        user.user_meta_data, user.base_meta.meta_type = vehicle, pyds.NvDsMetaType(9005)
        pyds.nvds_add_user_meta_to_batch(batch, user)

    def read(_pad, info):
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
        user = pyds.NvDsUserMeta.cast(batch.batch_user_meta_list.data)
        data = pyds.NvDsVehicleObject.cast(user.user_meta_data)
        found.append((int(user.base_meta.meta_type), pyds.get_string(data.type)))

    probes = [
        attach(one[name].get_static_pad("src"), of) for name, of in (("m", add), ("after", read))
    ]
    one.probes.extend(probes)
    one.play()
    assert [probe.stats().errors for probe in probes] == [{}, {}]
    assert found == [(9005, "van")] * 8


def test_a_struct_of_another_is_shown_where_its_kind_is_known():
    made = nvidia.Nvidia(1)
    frame = made.frame()
    classes = (ctypes.c_int * 6)(0, 1, 2, 2, 1, 0)
    mask = (ctypes.c_uint64 * 6)(3 + (3 << 32), 2, ctypes.addressof(classes))
    share = CALL(lambda user, _nothing: ctypes.c_uint64.from_address(user + 40).value)
    for kind in (13, 15):
        user = made.user(frame, data=ctypes.addressof(mask)).set(meta_type=kind)
        set_function(user, COPY, share)
    back = through(made.attach(Gst.Buffer.new()), TO_PORTABLE)
    (shown,) = segmentations_per_frame(only_frame(back))
    assert shown.get_segmentation_masks().tolist() == [[0, 1, 2], [2, 1, 0]]
    assert list(past_streams_per_batch(batch_of(back))) == []


def test_an_object_of_python_that_was_attached_in_between_arrives():
    buffer = through(everything.fill(Gst.Buffer.new(), 1), TO_DEEPSTREAM)
    thing = Thing()
    add_user_meta(next(objects_per_frame(only_frame(buffer))), thing, 9002)
    gone = weakref.ref(thing)
    back = through(buffer, TO_PORTABLE)
    del buffer, thing
    users = user_metas_per_object(next(objects_per_frame(only_frame(back))))
    assert [u.user_meta_data for u in users if u.base_meta.meta_type == 9002] == [gone()]
    del back, users
    gc.collect()
    assert gone() is None


def test_what_lives_in_the_batch_is_left_out_with_a_warning(build, tmp_path):
    prepare = f"nvdspreprocess config-file={preprocess_file(tmp_path)}"
    source = SOURCE.replace("sink_3", "sink_0")
    one = build(f"{source} ! {prepare} ! {BORDERS} ! fakesink name=sink")
    one.play()
    assert one.error is None
    (warning,) = one.warnings
    assert "leaves out user metas of NvDsMetaType 28 (the tensors of nvdspreprocess)" in warning


# ---- memory ----

BUFFERS = 10_000
AT_ONCE = 20  # a cycle, which may grow by 1 kB: a leak of one block each is more


@pytest.mark.parametrize(
    "text",
    [
        THERE_AND_BACK,
        # A copy of NVIDIA's, which ends with its branch.
        f"{TO_DEEPSTREAM} ! tee name=t ! queue max-size-buffers=1 ! fakesink async=false "
        f"t. ! {TO_PORTABLE}",
    ],
    ids=["alone", "copied"],
)
def test_ten_thousand_buffers_leave_nothing(text, tmp_path):
    path = tmp_path / "zones.txt"
    path.write_text(ZONES.replace("stream-3", "stream-5"))
    analyzed = everything.fill(Gst.Buffer.new(), 1)
    add_event(analyzed)
    caps = "video/x-raw(memory:NVMM),format=NV12,width=640,height=480,framerate=30/1"
    with Line(f"nvdsanalytics config-file={path}", caps) as line:
        full = line.push(analyzed)
    del analyzed
    assert {9, 32} <= {user.base_meta.meta_type for user in user_metas_per_frame(only_frame(full))}
    with Line(text) as line:

        def cycle():
            for _ in range(AT_ONCE):
                line.push(full.copy_deep())

        check_leaks(cycle, BUFFERS // AT_ONCE, warm_up=20).raise_for_leaks()
