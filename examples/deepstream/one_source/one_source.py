"""Count the people in each frame of an H.264 file, and write the count on the picture.

python one_source.py VIDEO.h264 [OUTPUT.mp4]       with DeepStream
pythiags run one_source.py VIDEO.h264 [OUTPUT.mp4] without
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

PERSON = 0
CONFIG = Path(__file__).with_name("config_infer_primary.txt")


def make(factory, name):
    element = Gst.ElementFactory.make(factory, name)
    if element is None:
        sys.exit(f"there is no element {factory}")
    return element


def write_on_picture(batch_meta, frame_meta, text):
    display_meta = pyds.nvds_acquire_display_meta_from_pool(batch_meta)
    display_meta.num_labels = 1
    label = display_meta.text_params[0]
    label.display_text = text
    label.x_offset, label.y_offset = 10, 12
    label.font_params.font_name = "Serif"
    label.font_params.font_size = 10
    label.font_params.font_color.set(1.0, 1.0, 1.0, 1.0)
    label.set_bg_clr = 1
    label.text_bg_clr.set(0.0, 0.0, 0.0, 1.0)
    pyds.nvds_add_display_meta_to_frame(frame_meta, display_meta)


def on_buffer(pad, info):
    buffer = info.get_buffer()
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        frame_meta = pyds.NvDsFrameMeta.cast(l_frame.data)
        people = 0
        l_obj = frame_meta.obj_meta_list
        while l_obj is not None:
            obj_meta = pyds.NvDsObjectMeta.cast(l_obj.data)
            if obj_meta.class_id == PERSON:
                people += 1
                obj_meta.rect_params.border_color.set(0.0, 1.0, 0.0, 0.8)
            l_obj = l_obj.next
        text = f"Frame {frame_meta.frame_num}: {people} of {frame_meta.num_obj_meta} are people"
        write_on_picture(batch_meta, frame_meta, text)
        print(text)
        l_frame = l_frame.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.EOS:
        print("End of stream")
        loop.quit()
    elif message.type == Gst.MessageType.ERROR:
        error, debug = message.parse_error()
        print(f"Error: {error}: {debug}", file=sys.stderr)
        errors.append(error)
        loop.quit()


def output(pipeline, path):
    """A file, or nothing."""
    if path is None:
        sink = make("fakesink", "sink")
        sink.set_property("sync", False)
        pipeline.add(sink)
        return sink
    chain = Gst.parse_bin_from_description(
        "nvvideoconvert ! video/x-raw,format=I420 ! x264enc ! h264parse ! mp4mux ! "
        "filesink name=file",
        True,
    )
    chain.get_by_name("file").set_property("location", path)
    pipeline.add(chain)
    return chain


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(f"usage: {arguments[0]} VIDEO.h264 [OUTPUT.mp4]")
    Gst.init(None)
    pipeline = Gst.Pipeline()
    source = make("filesrc", "file-source")
    source.set_property("location", arguments[1])
    streammux = make("nvstreammux", "muxer")
    streammux.set_property("batch-size", 1)
    streammux.set_property("width", 640)
    streammux.set_property("height", 480)
    streammux.set_property("batched-push-timeout", 4000000)
    pgie = make("nvinfer", "primary-inference")
    pgie.set_property("config-file-path", str(CONFIG))
    convert, osd = make("nvvideoconvert", "convertor"), make("nvdsosd", "onscreendisplay")
    parser, decoder = make("h264parse", "parser"), make("nvv4l2decoder", "decoder")
    for element in (source, parser, decoder, streammux, pgie, convert, osd):
        pipeline.add(element)
    source.link(parser)
    parser.link(decoder)
    decoder.get_static_pad("src").link(streammux.request_pad_simple("sink_0"))
    streammux.link(pgie)
    pgie.link(convert)
    convert.link(osd)
    osd.link(output(pipeline, arguments[2] if len(arguments) == 3 else None))
    osd.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, on_buffer)

    loop, errors = GLib.MainLoop(), []
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message, loop, errors)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        loop.run()
    finally:
        pipeline.set_state(Gst.State.NULL)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
