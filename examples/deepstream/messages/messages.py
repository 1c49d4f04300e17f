"""Send a message to a broker about the surest person of each tenth frame.

python messages.py VIDEO.h264 LIBRARY CONNECTION [CONFIG]        with DeepStream
pythiags run messages.py VIDEO.h264 LIBRARY CONNECTION [CONFIG]  without

LIBRARY chooses the protocol: libnvds_mqtt_proto.so, libnvds_redis_proto.so, libnvds_kafka_proto.so
or libnvds_amqp_proto.so, for DeepStream with its folder. CONNECTION is such as
"localhost;1883;people".
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

LAUNCH = """
    filesrc name=source ! h264parse ! nvv4l2decoder ! m.sink_0
    nvstreammux name=m batch-size=1 width=640 height=480 batched-push-timeout=4000000
    ! nvinfer name=pgie ! nvvideoconvert ! nvdsosd name=osd ! tee name=t
    t. ! queue ! fakesink sync=false
    t. ! queue ! nvmsgconv name=converter ! nvmsgbroker name=broker sync=false
"""
PERSON = 0
INTERVAL = 10
LENGTH_OF_TIME = 32
HERE = Path(__file__).parent


def describe(data):
    person = pyds.NvDsPersonObject.cast(data)
    person.age, person.gender, person.hair = 0, "unknown", "unknown"
    person.cap, person.apparel = "none", "unknown"
    return person


def attach(batch_meta, frame_meta, obj_meta):
    user_meta = pyds.nvds_acquire_user_meta_from_pool(batch_meta)
    event = pyds.alloc_nvds_event_msg_meta(user_meta)
    rect = obj_meta.rect_params
    event.bbox.left, event.bbox.top = rect.left, rect.top
    event.bbox.width, event.bbox.height = rect.width, rect.height
    event.frameId = frame_meta.frame_num
    event.trackingId = obj_meta.object_id
    event.confidence = obj_meta.confidence
    event.sensorId = event.placeId = event.moduleId = frame_meta.source_id
    event.ts = pyds.alloc_buffer(LENGTH_OF_TIME + 1)
    pyds.generate_ts_rfc3339(event.ts, LENGTH_OF_TIME)
    event.type = pyds.NvDsEventType.NVDS_EVENT_ENTRY
    event.objType = pyds.NvDsObjectType.NVDS_OBJECT_TYPE_PERSON
    event.objClassId = obj_meta.class_id
    event.extMsg = describe(pyds.alloc_nvds_person_object())
    event.extMsgSize = sys.getsizeof(pyds.NvDsPersonObject)
    user_meta.user_meta_data = event
    user_meta.base_meta.meta_type = pyds.NvDsMetaType.NVDS_EVENT_MSG_META
    pyds.nvds_add_user_meta_to_frame(frame_meta, user_meta)


def people_of(frame_meta):
    l_obj = frame_meta.obj_meta_list
    while l_obj is not None:
        obj_meta = pyds.NvDsObjectMeta.cast(l_obj.data)
        if obj_meta.class_id == PERSON:
            yield obj_meta
        l_obj = l_obj.next


def on_buffer(pad, info):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        frame_meta = pyds.NvDsFrameMeta.cast(l_frame.data)
        people = list(people_of(frame_meta))
        if people and frame_meta.frame_num % INTERVAL == 0:
            surest = max(people, key=lambda person: person.confidence)
            attach(batch_meta, frame_meta, surest)
            print(f"Frame {frame_meta.frame_num}: a message about one of {len(people)} people")
        l_frame = l_frame.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.WARNING:
        print(f"Warning: {message.parse_warning()[0]}", file=sys.stderr)
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def main(arguments):
    if len(arguments) not in (4, 5):
        sys.exit(f"usage: {arguments[0]} VIDEO.h264 LIBRARY CONNECTION [CONFIG]")
    Gst.init(None)
    pipeline = Gst.parse_launch(LAUNCH)
    pipeline.get_by_name("source").set_property("location", arguments[1])
    pgie = pipeline.get_by_name("pgie")
    pgie.set_property("config-file-path", str(HERE.parent / "one_source/config_infer_primary.txt"))
    pipeline.get_by_name("converter").set_property("config", str(HERE / "config_msgconv.txt"))
    broker = pipeline.get_by_name("broker")
    broker.set_property("proto-lib", arguments[2])
    broker.set_property("conn-str", arguments[3])
    if len(arguments) == 5:
        broker.set_property("config", arguments[4])
    pad = pipeline.get_by_name("osd").get_static_pad("sink")
    pad.add_probe(Gst.PadProbeType.BUFFER, on_buffer)

    loop, errors = GLib.MainLoop(), []
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message, loop, errors)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        loop.run()
    finally:
        pipeline.set_state(Gst.State.NULL)
    if errors:
        sys.exit(f"Error: {errors[0]}")


if __name__ == "__main__":
    main(sys.argv)
