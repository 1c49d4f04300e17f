"""Attach data of one's own to frames, upstream of a queue, and read it downstream of it.

python user_metadata.py VIDEO.h264        with DeepStream
pythiags run user_metadata.py VIDEO.h264  without
"""

import sys

import gi

gi.require_version("Gst", "1.0")
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

LAUNCH = """
    filesrc location="{source}" ! h264parse ! nvv4l2decoder ! m.sink_0
    nvstreammux name=m batch-size=1 width=640 height=480
    ! queue name=between ! fakesink name=sink sync=false
"""
KIND = "EXAMPLE.USER_META"


def frames_of(info):
    buffer = info.get_buffer()
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        yield batch_meta, pyds.NvDsFrameMeta.cast(l_frame.data)
        l_frame = l_frame.next


def write(pad, info):
    for batch_meta, frame_meta in frames_of(info):
        user_meta = pyds.nvds_acquire_user_meta_from_pool(batch_meta)
        data = pyds.alloc_custom_struct(user_meta)
        data.structId = frame_meta.frame_num
        data.message = f"frame {frame_meta.frame_num} of source {frame_meta.source_id}"
        data.sampleInt = frame_meta.frame_num % 10
        user_meta.user_meta_data = data
        kind = pyds.NvDsMetaType(pyds.nvds_get_user_meta_type(KIND))
        user_meta.base_meta.meta_type = kind
        pyds.nvds_add_user_meta_to_frame(frame_meta, user_meta)
    return Gst.PadProbeReturn.OK


def read(pad, info):
    for _, frame_meta in frames_of(info):
        l_user = frame_meta.frame_user_meta_list
        while l_user is not None:
            user_meta = pyds.NvDsUserMeta.cast(l_user.data)
            if user_meta.base_meta.meta_type == pyds.nvds_get_user_meta_type(KIND):
                data = pyds.CustomDataStruct.cast(user_meta.user_meta_data)
                print(data.structId, pyds.get_string(data.message), data.sampleInt)
            l_user = l_user.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def main(arguments):
    if len(arguments) != 2:
        sys.exit(f"usage: {arguments[0]} VIDEO.h264")
    Gst.init(None)
    pipeline = Gst.parse_launch(LAUNCH.format(source=arguments[1]))
    for name, probe in (("between", write), ("sink", read)):
        pad = pipeline.get_by_name(name).get_static_pad("sink")
        pad.add_probe(Gst.PadProbeType.BUFFER, probe)
    loop, errors = GLib.MainLoop(), []
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message, loop, errors)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        loop.run()
    finally:
        pipeline.set_state(Gst.State.NULL)
        pyds.unset_callback_funcs()
    if errors:
        sys.exit(f"Error: {errors[0]}")


if __name__ == "__main__":
    main(sys.argv)
