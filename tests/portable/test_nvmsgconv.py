"""nvmsgconv on a CPU: DeepStream's messages, field for field, and how they are attached."""

from __future__ import annotations

import ctypes
import json
import re
import struct

import pytest
from standins.networks import classifier, configuration

from pythiags import portable
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.lookalikes import pyds

CONFIG = """[sensor0]
enable=1
type=Camera
id=CAMERA_ID
location=45.293701447;-75.8303914499;48.1557479338
description="Entrance"
coordinate=5.2;10.1;11.2

[place0]
enable=1
id=1
type=garage
name=XYZ
location=30.32;-40.55;100.0
coordinate=1.0;2.0;3.0
place-sub-field1=walsh
place-sub-field2=lane1
place-sub-field3=P2

[analytics0]
enable=1
id=XYZ
description=Vehicles
source=OpenALR
version=1.0
"""
SENSOR = {
    "id": "CAMERA_ID",
    "type": "Camera",
    "description": '"Entrance"',  # quotes are part of the value, as GLib has it
    "location": {"lat": 45.293701447, "lon": -75.8303914499, "alt": 48.1557479338},
    "coordinate": {"x": 5.2, "y": 10.1, "z": 11.2},
}
MODULE = {"id": "XYZ", "description": "Vehicles", "source": "OpenALR", "version": "1.0"}
NEAR = {"lat": 30.32, "lon": -40.55, "alt": 100.0}
POINT = {"x": 1.0, "y": 2.0, "z": 3.0}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MINIMAL = "payload-type=PAYLOAD_DEEPSTREAM_MINIMAL"
OF_METADATA = "msg2p-newapi=true frame-interval=1"


def place(part, **fields):
    whole = {"id": "1", "name": "XYZ", "type": "garage", "location": NEAR}
    return whole | {part: {**fields, "coordinate": POINT}}


AISLE = place("aisle", id="walsh", name="lane1", level="P2")


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "msgconv.txt"
    path.write_text(CONFIG)
    return f"config={path}"


@pytest.fixture
def make():
    """``make(frames=1)``: a buffer with so many frames; and its batch, as pyds has it."""

    def made(frames=1):
        buffer = Gst.Buffer.new_allocate(None, 16, None)
        batch = BatchMeta.attach(buffer, frames)
        for number in range(frames):
            frame = batch.add_frame()
            frame.source_id = frame.pad_index = number
            frame.frame_num = 30
        return buffer, pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))

    return made


def frames_of(batch):
    return list(walk(batch.frame_meta_list, pyds.NvDsFrameMeta))


def walk(link, cls):
    while link is not None:
        yield cls.cast(link.data)
        link = link.next


def attach(batch, number=0, **fields):
    """Attach an event, as deepstream-test4 does; gives it."""
    user_meta = pyds.nvds_acquire_user_meta_from_pool(batch)
    event = pyds.alloc_nvds_event_msg_meta(user_meta)
    event.ts = pyds.alloc_buffer(33)
    pyds.generate_ts_rfc3339(event.ts, 32)
    for name, value in {"objType": unknown(), **fields}.items():
        setattr(event, name, value)
    user_meta.user_meta_data = event
    user_meta.base_meta.meta_type = pyds.NvDsMetaType.NVDS_EVENT_MSG_META
    pyds.nvds_add_user_meta_to_frame(frames_of(batch)[number], user_meta)
    return event


def unknown():
    return pyds.NvDsObjectType.NVDS_OBJECT_TYPE_UNKNOWN


def kind(name):
    return getattr(pyds.NvDsObjectType, f"NVDS_OBJECT_TYPE_{name}")


def happens(name):
    return getattr(pyds.NvDsEventType, f"NVDS_EVENT_{name}")


def details(event, name, /, **fields):
    """Attach what an object is."""
    made = getattr(pyds, f"alloc_nvds_{name}_object")()
    for key, value in fields.items():
        setattr(made, key, value)
    event.extMsg = made
    event.extMsgSize = 48


def bytes_of(user_meta):
    payload = pyds.NvDsPayload.cast(user_meta.user_meta_data)
    return ctypes.string_at(pyds.get_ptr(payload.payload), payload.payloadSize)


def payloads_of(buffer):
    """The messages of each frame, newest first."""
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    return [
        [
            bytes_of(each)
            for each in walk(frame.frame_user_meta_list, pyds.NvDsUserMeta)
            if each.base_meta.meta_type == pyds.NvDsMetaType.NVDS_PAYLOAD_META
        ]
        for frame in frames_of(batch)
    ]


class Converter:
    """One nvmsgconv, into whose pad buffers are pushed as they are."""

    def __init__(self, properties):
        portable.install()
        text = f"nvmsgconv name=conv {properties} ! fakesink name=out sync=false async=false"
        self.pipeline = Gst.parse_launch(text)
        self.pad = self.pipeline.get_by_name("conv").get_static_pad("sink")
        self.start()

    def start(self):
        self.pipeline.set_state(Gst.State.PLAYING)
        segment = Gst.Segment()
        segment.init(Gst.Format.TIME)
        for event in (Gst.Event.new_stream_start("test"), Gst.Event.new_segment(segment)):
            self.pad.send_event(event)

    def messages(self, kinds=Gst.MessageType.ERROR | Gst.MessageType.WARNING):
        bus, found = self.pipeline.get_bus(), []
        while (message := bus.pop_filtered(kinds)) is not None:
            is_error = message.type == Gst.MessageType.ERROR
            found.append(
                (message.parse_error() if is_error else message.parse_warning())[0].message
            )
        return found

    def push(self, buffer):
        """Push a buffer through; what comes out."""
        assert self.pad.chain(buffer) == Gst.FlowReturn.OK, self.messages()
        return self.pipeline.get_by_name("out").get_property("last-sample").get_buffer()

    def close(self):
        self.pipeline.set_state(Gst.State.NULL)


@pytest.fixture
def converter():
    """``converter(properties)``: an nvmsgconv; it is stopped after the test."""
    made = []

    def start(properties):
        made.append(Converter(properties))
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture
def convert(converter):
    """``convert(buffer, properties)``: the messages of its only frame, as what JSON says."""

    def run(buffer, properties, notes=()):
        one = converter(properties)
        (found,) = payloads_of(one.push(buffer))
        assert tuple(one.messages()) == tuple(notes)
        return [json.loads(each) for each in found]

    return run


# ---- the full schema, of events ----


def test_a_message_of_a_vehicle(make, convert, config):
    buffer, batch = make()
    event = attach(batch, type=happens("MOVING"), objType=kind("VEHICLE"), trackingId=7)
    event.bbox.left, event.bbox.top, event.bbox.width, event.bbox.height = 10.9, 20.2, 30.3, 40.4
    event.confidence = 0.5
    event.location.lat, event.coordinate.z, event.videoPath = 1.5, 2.5, "a.mp4"
    words = {"type": "sedan", "make": "Bugatti", "model": "M", "color": "blue"}
    details(event, "vehicle", **words, license="XX1234", region="CA")
    time = pyds.get_string(event.ts)
    (found,) = convert(buffer, config)
    assert UUID.fullmatch(found.pop("messageid"))
    assert UUID.fullmatch(found["event"].pop("id"))
    assert TIME.fullmatch(found["@timestamp"])
    assert list(found) == [
        *("mdsversion", "@timestamp", "place", "sensor", "analyticsModule", "object", "event"),
        "videoPath",
    ]
    assert found == {
        "mdsversion": "1.0",
        "@timestamp": time,
        "place": AISLE,
        "sensor": SENSOR,
        "analyticsModule": MODULE,
        "object": {
            "id": "7",
            "speed": 0.0,
            "direction": 0.0,
            "orientation": 0.0,
            "vehicle": {
                **words,
                "licenseState": "CA",
                "license": "XX1234",
                "confidence": 0.5,
            },
            "bbox": {"topleftx": 10, "toplefty": 20, "bottomrightx": 41, "bottomrighty": 60},
            "location": {"lat": 1.5, "lon": 0.0, "alt": 0.0},
            "coordinate": {"x": 0.0, "y": 0.0, "z": 2.5},
            "pose": {},
        },
        "event": {"type": "moving"},
        "videoPath": "a.mp4",
    }


def test_the_text_is_that_of_json_glib(make, converter, config):
    buffer, batch = make()
    event = attach(batch, objType=kind("PERSON"), type=happens("ENTRY"))
    event.confidence = 0.8
    details(event, "person", age=45, gender='a"b\\\n\x7f', hair="grün")
    (found,) = payloads_of(converter(config).push(buffer))
    lines = found[0].decode().split("\n")
    assert lines[0] == "{"
    assert lines[1].startswith('  "messageid" : "')
    assert '    "speed" : 0.0,' in lines
    assert '      "confidence" : 0.80000000000000004' in lines
    assert '      "gender" : "a\\"b\\\\\\n\\u007f",' in lines
    assert '      "hair" : "grün",' in lines
    assert '      "cap" : null,' in lines
    assert '    "pose" : {    }' in lines
    assert lines[-1] == "}"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("ENTRY", place("entrance", name="walsh", lane="lane1", level="P2")),
        ("EXIT", place("entrance", name="walsh", lane="lane1", level="P2")),
        ("MOVING", AISLE),
        ("STOPPED", AISLE),
        ("PARKED", place("parkingSpot", id="walsh", type="lane1", level="P2")),
        ("EMPTY", place("parkingSpot", id="walsh", type="lane1", level="P2")),
    ],
)
def test_the_event_says_which_part_of_the_place_it_is(make, convert, config, event, expected):
    buffer, batch = make()
    attach(batch, type=happens(event), objType=kind("PERSON"))
    (found,) = convert(buffer, config)
    assert found["place"] == expected
    assert found["event"]["type"] == event.lower()


def test_a_vehicle_enters_by_an_aisle(make, convert, config):
    buffer, batch = make()
    attach(batch, type=happens("ENTRY"), objType=kind("VEHICLE"))
    assert convert(buffer, config)[0]["place"] == AISLE


EMPTY = {
    "vehicle": ["type", "make", "model", "color", "licenseState", "license"],
    "person": ["gender", "hair", "cap", "apparel"],
    "face": ["gender", "hair", "cap", "glasses", "facialhair", "name", "eyecolor"],
}


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("more", ["", "_EXT"])
def test_an_object_without_details_has_empty_ones(make, convert, config, name, more):
    buffer, batch = make()
    attach(batch, objType=kind(name.upper() + more))
    found = convert(buffer, config)[0]["object"][name]
    age = {} if name == "vehicle" else {"age": 0}
    assert found == {**age, **dict.fromkeys(EMPTY[name], ""), "confidence": 1.0}


def test_a_face(make, convert, config):
    buffer, batch = make()
    words = {name: name for name in EMPTY["face"]}
    details(attach(batch, objType=kind("FACE"), confidence=0.25), "face", age=31, **words)
    found = convert(buffer, config)[0]["object"]["face"]
    assert found == {"age": 31, **words, "confidence": 0.25}
    assert next(iter(found)) == "age"


def test_an_unknown_object_is_named_by_its_id(make, convert, config):
    buffer, batch = make()
    attach(batch, objectId="suitcase")
    assert convert(buffer, config)[0]["object"]["suitcase"] == {}


def test_what_the_schema_does_not_know_is_noted_once(make, converter, config):
    one = converter(config)
    for _ in range(3):
        buffer, batch = make()
        attach(batch, objType=kind("BICYCLE"), type=happens("RESET"))
        one.push(buffer)
    assert one.messages() == [
        "An event of type 6 has no part of a place in its message.",
        "An object of type 4 says nothing of itself in the full schema.",
    ]


def test_what_the_configuration_lacks_is_null_and_noted(make, convert, config):
    buffer, batch = make()
    attach(batch, sensorId=3, placeId=4, moduleId=5)
    notes = [
        f"The configuration has no [{group}{number}]: '{name}' of the messages is null."
        for group, number, name in (
            ("place", 4, "place"),
            ("sensor", 3, "sensor"),
            ("analytics", 5, "analyticsModule"),
        )
    ]
    (found,) = convert(buffer, config, notes)
    assert (found["place"], found["sensor"], found["analyticsModule"]) == (None, None, None)


def test_one_message_an_event_in_the_order_of_deepstream(make, convert, config):
    buffer, batch = make()
    for number in range(3):
        attach(batch, trackingId=number)
    # The list has the newest first: message 0 was made last.
    assert [each["object"]["id"] for each in convert(buffer, config)] == ["0", "1", "2"]


def test_only_events_of_the_component_count(make, converter, config):
    buffer, batch = make()
    for component in (1, 2):
        attach(batch, componentId=component, trackingId=component)
    out = converter(f"{config} comp-id=2").push(buffer)
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(out))
    payloads = [
        pyds.NvDsPayload.cast(each.user_meta_data)
        for each in walk(frames_of(batch)[0].frame_user_meta_list, pyds.NvDsUserMeta)
        if each.base_meta.meta_type == pyds.NvDsMetaType.NVDS_PAYLOAD_META
    ]
    assert [each.componentId for each in payloads] == [2]
    assert json.loads(payloads_of(out)[0][0])["object"]["id"] == "2"


# ---- the minimal schema, of events ----


def minimal(batch):
    event = attach(batch, objType=kind("VEHICLE"), trackingId=957, confidence=0.8, frameId=30)
    box = event.bbox
    box.left, box.top, box.width, box.height = 1834, 150, 84, 65.5
    event.sensorStr = "sensor-0"
    return event


def test_a_minimal_message(make, convert):
    buffer, batch = make()
    event = minimal(batch)
    details(
        event,
        "vehicle",
        type="sedan",
        make="Bugatti",
        model="M",
        color="blue",
        license="CA 444",
        region="California",
    )
    time = pyds.get_string(event.ts)
    (found,) = convert(buffer, MINIMAL)
    assert list(found) == ["version", "id", "@timestamp", "sensorId", "objects"]
    assert found == {
        "version": "4.0",
        "id": "30",
        "@timestamp": time,
        "sensorId": "sensor-0",
        "objects": ["957|1834|150|1918|215.5|Vehicle|#|sedan|Bugatti|M|blue|CA 444|California|0.8"],
    }


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        (
            "person",
            {"gender": "male", "age": 45, "hair": "black", "cap": "none", "apparel": "formal"},
            "Person|#|male|45|black|none|formal|0",
        ),
        (
            "face",
            {"gender": "f", "age": 3, "hair": "h", "name": "n", "eyecolor": "e"},
            "Face|#|f|3|h||||n||e|0",
        ),
        ("vehicle", {"type": "bus"}, "Vehicle|#|bus||||||0"),
    ],
)
def test_the_details_of_a_minimal_message(make, convert, name, fields, expected):
    buffer, batch = make()
    details(attach(batch, objType=kind(name.upper())), name, **fields)
    assert convert(buffer, MINIMAL)[0]["objects"] == [f"0|0|0|0|0|{expected}"]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        *(("VEHICLE", "Vehicle"), ("PERSON", "Person"), ("FACE", "Face"), ("BAG", "Bag")),
        *(("BICYCLE", "Bicycle"), ("ROADSIGN", "RoadSign"), ("CUSTOM", "Custom")),
        *(("UNKNOWN", "Unknown"), ("VEHICLE_EXT", "Unknown")),
    ],
)
def test_the_names_of_objects(make, convert, name, word):
    buffer, batch = make()
    attach(batch, objType=kind(name), confidence=1234567.0)
    assert convert(buffer, MINIMAL)[0]["objects"] == [f"0|0|0|0|0|{word}|#|||||||1.23457e+06"]


def test_all_events_of_a_frame_are_in_one_message_newest_first(make, convert):
    buffer, batch = make()
    for number in range(3):
        attach(batch, trackingId=number, frameId=number)
    (found,) = convert(buffer, MINIMAL)
    assert [each.split("|")[0] for each in found["objects"]] == ["2", "1", "0"]
    assert (found["id"], found["sensorId"]) == ("2", "0")


@pytest.mark.parametrize(("sensor", "expected", "notes"), [(0, "CAMERA_ID", 0), (1, "", 1)])
def test_the_sensor_of_a_minimal_message(make, converter, config, *, sensor, expected, notes):
    buffer, batch = make()
    attach(batch, sensorId=sensor)
    one = converter(f"{MINIMAL} {config}")
    ((text,),) = payloads_of(one.push(buffer))
    assert json.loads(text)["sensorId"] == expected
    assert len(one.messages()) == notes


def test_a_frame_without_events_has_no_message_but_a_dummy(make, convert):
    buffer, batch = make()
    assert convert(buffer, MINIMAL) == []
    buffer, batch = make()
    frames_of(batch)[0].ntp_timestamp = 1_700_000_000_123_000_000
    (found,) = convert(buffer, f"{MINIMAL} dummy-payload=true")
    assert found == {
        "version": "4.0",
        "id": "30",
        "@timestamp": "2023-11-14T22:13:20.123Z",
        "sensorId": "0",
        "objects": [],
    }


# ---- of the metadata ----


def put(frame, label="car", box=(1.5, 2.25, 10, 20), confidence=0.75, **fields):
    made = frame.add_object()
    made.obj_label, made.confidence, made.object_id = label, confidence, 5
    rect = made.rect_params
    rect.left, rect.top, rect.width, rect.height = box
    for name, value in fields.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def objects():
    """A buffer with one frame of two objects, the second classified."""
    buffer = Gst.Buffer.new_allocate(None, 16, None)
    frame = BatchMeta.attach(buffer, 1).add_frame()
    frame.frame_num = 60
    frame.source_frame_width, frame.source_frame_height = 640, 480
    frame.pipeline_width, frame.pipeline_height = 320, 240
    put(frame)
    label = put(frame, "bus", object_id=6).add_classifier().add_label()
    label.result_label = "red"
    return buffer


def test_a_minimal_message_of_a_frame(objects, convert, config):
    (found,) = convert(objects, f"{MINIMAL} {OF_METADATA} {config}")
    assert TIME.fullmatch(found.pop("@timestamp"))
    assert found == {
        "version": "4.0",
        "id": "60",
        "sensorId": "CAMERA_ID",
        "objects": ["6|1.5|2.25|11.5|22.25|bus|#|red|0.75", "5|1.5|2.25|11.5|22.25|car"],
    }


def test_a_frame_without_objects_has_a_message_too(make, convert):
    buffer, _ = make()
    (found,) = convert(buffer, f"{MINIMAL} {OF_METADATA}")
    assert (found["objects"], found["sensorId"]) == ([], "0")


def test_full_messages_of_objects(objects, convert, config):
    found = convert(objects, f"{config} {OF_METADATA}")
    assert [list(each["object"])[4] for each in found] == ["car", "bus"]
    for each in found:
        assert each["place"] == place("place-sub-field", id="walsh", name="lane1", level="P2")
        assert (each["sensor"], each["analyticsModule"]) == (SENSOR, MODULE)
        assert (each["event"]["type"], each["videoPath"]) == ("", "")
        assert UUID.fullmatch(each["event"]["id"])
        assert TIME.fullmatch(each["@timestamp"])
    assert found[0]["object"] == {
        "id": "5",
        "speed": 0.0,
        "direction": 0.0,
        "orientation": 0.0,
        "car": {"confidence": 0.75},
        "bbox": {"topleftx": 1, "toplefty": 2, "bottomrightx": 11, "bottomrighty": 22},
        "location": {},
        "coordinate": {},
    }


def test_what_a_classifier_says_has_the_name_of_its_type(collect, config, tmp_path):
    file = configuration(
        *(tmp_path, classifier),
        labels=("red;green;blue", "dark;bright"),
        **{"network-type": 1, "classifier-type": "colour"},
    )

    def read(_frame, _objects, buffer):
        (found,) = payloads_of(buffer)
        return [json.loads(each)["object"] for each in found]

    source = "videotestsrc pattern=red num-buffers=1 ! video/x-raw,format=RGBA,width=64,height=64"
    mux = "m.sink_0 nvstreammux name=m batch-size=1 width=64 height=64"
    convert = f"nvinfer config-file-path={file} ! nvmsgconv {config} {OF_METADATA}"
    (((found,),),) = collect(f"{source} ! {mux} ! {convert} ! fakesink name=sink", read)
    labels = found[""]
    # Of two labels with one name the older one counts: lists have the newest first.
    assert labels == {"confidence": labels["confidence"], "colour": "red"}


@pytest.mark.parametrize(("number", "count"), [(0, 1), (1, 0), (29, 0), (30, 1), (45, 0)])
def test_the_interval_is_of_frame_numbers(make, convert, number, count):
    buffer, batch = make()
    frames_of(batch)[0].frame_num = number
    assert len(convert(buffer, f"{MINIMAL} msg2p-newapi=true")) == count


# ---- protobuf ----


def fields(data):
    """The fields of a protobuf message, by number: integers, four bytes as a float, or bytes."""
    found, at = {}, 0

    def varint():
        nonlocal at
        number = shift = 0
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            value = varint()
        elif tag & 7 == 5:
            (value,) = struct.unpack_from("<f", data, at)
            at += 4
        else:
            assert tag & 7 == 2
            size = varint()
            value = data[at : at + size]
            at += size
        found.setdefault(tag >> 3, []).append(value)
    return found


def test_a_frame_as_protobuf(objects, converter):
    one = converter(f"payload-type=PAYLOAD_DEEPSTREAM_PROTOBUF {OF_METADATA}")
    ((data,),) = payloads_of(one.push(objects))
    frame = fields(data)
    assert (frame[1], frame[2], frame[4]) == ([b"4.0"], [b"60"], [b"0"])
    assert fields(frame[3][0])[1][0] > 1_700_000_000
    bus, car = map(fields, frame[5])
    assert (bus[1], bus[3], bus[4]) == ([b"6"], [b"bus"], [0.75])
    assert fields(car[2][0]) == {1: [1.5], 2: [2.25], 3: [11.5], 4: [22.25]}


def test_events_as_protobuf(make, converter):
    buffer, batch = make()
    event = minimal(batch)
    details(event, "vehicle", type="sedan", color="blue")
    ((data,),) = payloads_of(converter("payload-type=PAYLOAD_DEEPSTREAM_PROTOBUF").push(buffer))
    frame = fields(data)
    (vehicle,) = map(fields, frame[5])
    info = {each[1][0]: each.get(2, [b""])[0] for each in map(fields, vehicle[5])}
    assert (frame[4], vehicle[1], vehicle[3]) == ([b"sensor-0"], [b"957"], [b"Vehicle"])
    assert info == {
        **dict.fromkeys((b"make", b"model", b"licenseState", b"license"), b""),
        b"type": b"sedan",
        b"color": b"blue",
        b"visibility": b"0.000000",
    }


def test_a_time_that_is_none_has_no_message_and_a_note(make, converter):
    buffer, batch = make()
    attach(batch, ts=pyds.alloc_buffer(8))
    one = converter("payload-type=PAYLOAD_DEEPSTREAM_PROTOBUF")
    assert payloads_of(one.push(buffer)) == [[]]
    assert one.messages() == [
        "A message is left out: the time of its event is not written as 2026-01-31T12:00:00.000Z."
    ]


# ---- what scripts do wrong, and how buffers pass ----


def test_an_address_that_is_none_of_ours_is_not_read(make, convert):
    buffer, batch = make()
    event = attach(batch, objType=kind("VEHICLE"))
    details(event, "vehicle", type="sedan")
    event.ts = 12345
    pyds.free_gbuffer(event.extMsg)
    notes = ["What is attached to an object of type 0 is not in its message."]
    (found,) = convert(buffer, MINIMAL, notes)
    assert found["@timestamp"] is None
    assert found["objects"] == ["0|0|0|0|0|Vehicle|0"]


def test_a_buffer_without_messages_passes_as_it_is_and_another_is_copied(make, converter):
    one = converter(MINIMAL)
    buffer, batch = make(frames=2)
    assert hash(one.push(buffer)) == hash(buffer)
    attach(batch, number=1)
    out = one.push(buffer)
    assert hash(out) != hash(buffer)  # others have it: the test
    assert [len(each) for each in payloads_of(out)] == [0, 1]
    assert payloads_of(buffer) == [[], []]


def test_a_buffer_without_metadata_passes(converter):
    one = converter(MINIMAL)
    plain = Gst.Buffer.new_allocate(None, 16, None)
    assert hash(one.push(plain)) == hash(plain)


def test_messages_follow_into_copies_of_their_buffer(make, converter):
    buffer, batch = make()
    attach(batch)
    out = converter(MINIMAL).push(buffer)
    assert payloads_of(out.copy_deep()) == payloads_of(out) != [[]]


def test_messages_are_written_into_a_folder_too(make, converter, tmp_path):
    one = converter(f"{MINIMAL} debug-payload-dir={tmp_path}")
    buffer, batch = make()
    attach(batch, trackingId=42)
    ((text,),) = payloads_of(one.push(buffer))
    one.push(make()[0])
    (file,) = tmp_path.iterdir()
    assert TIME.fullmatch(file.name.removesuffix(".txt"))
    assert file.read_bytes() == text + b" \n"


def test_the_words_of_a_custom_schema(make, converter):
    buffer, batch = make()
    attach(batch)
    out = converter("payload-type=PAYLOAD_CUSTOM").push(buffer)
    assert payloads_of(out) == [[b"CUSTOM Schema\0"]]


# ---- configuration ----


def refused(converter, properties):
    one = converter(properties)
    (error,) = one.messages(Gst.MessageType.ERROR)
    return error


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("", "config is not set, without which there is no full schema: name a file with"),
        ("payload-type=PAYLOAD_RESERVED", "payload-type=PAYLOAD_RESERVED is no schema"),
        (
            "msg2p-lib=/opt/mine/libmine.so",
            "msg2p-lib is /opt/mine/libmine.so, a library of its own",
        ),
        (
            f"{MINIMAL} debug-payload-dir=/nowhere",
            "debug-payload-dir is /nowhere, which is no folder",
        ),
        ("config=/nowhere.txt", "config: /nowhere.txt: it cannot be read: "),
    ],
)
def test_what_cannot_be_is_refused_at_the_start(converter, properties, expected):
    assert refused(converter, properties).startswith(expected)


def test_nvidias_own_library_need_not_be_there(make, convert):
    library = "/opt/nvidia/deepstream/deepstream/lib/libnvds_msgconv.so"
    buffer, batch = make()
    attach(batch)
    assert len(convert(buffer, f"{MINIMAL} msg2p-lib={library}")) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[sensor]\nenable=1\n", "[sensor] has no number: write [sensor0] for that of the first"),
        (
            "[place1]\nenable=1\nlocation=1;2\n",
            "[place1] location is '1;2': write three numbers with semicolons between them, as",
        ),
        ("[sensor0]\nenable=1\ncoordinate=a;2;3\n", "[sensor0] coordinate is 'a;2;3': write three"),
        ("enable=1\n", "Key file does not start with a group"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key(converter, tmp_path, text, expected):
    path = tmp_path / "wrong.txt"
    path.write_text(text)
    assert refused(converter, f"config={path}").startswith(f"config: {path}: {expected}")


def test_what_is_not_read_of_a_file_is_noted(converter, tmp_path):
    path = tmp_path / "doubtful.txt"
    path.write_text(
        "[sensor0]\nenable=1\nidd=1\n[camera0]\nenable=1\n[place0]\nid=1\n[analytics0]\nenable=2\n"
    )
    one = converter(f"config={path}")
    assert one.messages() == [
        f"{path}: [sensor0] idd is not known, and not read",
        f"{path}: [camera0] is not known, and not read",
        f"{path}: [place0] is not read: it has no key enable=1",
        f"{path}: [analytics0] is not read: enable is '2', neither 0 nor 1",
    ]


def as_yaml(text):
    text = re.sub(r"\[(.+)\]", r"\1:", text)
    return re.sub(r"^([\w-]+)=(.*)$", r"  \1: \2", text, flags=re.MULTILINE)


def test_a_file_of_yaml(make, convert, tmp_path):
    path = tmp_path / "msgconv.yml"
    path.write_text(as_yaml(CONFIG))
    buffer, batch = make()
    attach(batch, type=happens("MOVING"))
    (found,) = convert(buffer, f"config={path}")
    assert found["sensor"] == SENSOR | {"description": "Entrance"}  # YAML's own quotes are not part
    assert (found["place"], found["analyticsModule"]) == (AISLE, MODULE)


def test_a_table_of_sensors(make, convert, tmp_path):
    path = tmp_path / "cameras.csv"
    path.write_text(
        "number,id,description,name,field1,field2,field3\n"
        "0,C-0,north,x,walsh,lane1,P2\n1,C-1,,,,,\n"
    )
    buffer, batch = make()
    attach(batch, type=happens("MOVING"))
    (found,) = convert(buffer, f"config={path}")
    assert found["sensor"]["id"] == "C-0"
    assert found["sensor"]["type"] == "Camera"
    assert found["place"]["aisle"] == {
        "id": "walsh",
        "name": "lane1",
        "level": "P2",
        "coordinate": {"x": 0.0, "y": 0.0, "z": 0.0},
    }
    assert found["analyticsModule"]["version"] == "1.0"


def test_it_may_be_started_again(make, converter, config):
    one = converter(config)
    for _ in range(3):
        buffer, batch = make()
        attach(batch)
        assert len(payloads_of(one.push(buffer))[0]) == 1
        one.close()
        one.start()


def test_the_properties_are_those_of_deepstream():
    portable.install()
    made = Gst.ElementFactory.make("nvmsgconv")
    values = {spec.name: made.get_property(spec.name) for spec in made.list_properties()}
    assert int(values.pop("payload-type")) == 0
    assert {
        name: value for name, value in values.items() if name not in {"name", "parent", "qos"}
    } == {
        "config": None,
        "msg2p-lib": None,
        "comp-id": 0,
        "debug-payload-dir": None,
        "multiple-payloads": False,
        "msg2p-newapi": False,
        "frame-interval": 30,
        "dummy-payload": False,
        "embedding-filter": None,
    }
