"""Detect objects in several videos in one batch, and write each to a file of its own.

python demux.py FOLDER URI [URI ...]        with DeepStream
pythiags run demux.py FOLDER URI [URI ...]  without
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

CONFIG = Path(__file__).parent.parent / "one_source" / "config_infer_primary.txt"
BRANCH = (
    "queue ! nvvideoconvert ! nvdsosd name=osd_{number} ! nvvideoconvert ! "
    "video/x-raw,format=I420 ! x264enc speed-preset=ultrafast ! h264parse ! mp4mux ! "
    'filesink location="{path}"'
)


def make(pipeline, factory, **properties):
    element = Gst.ElementFactory.make(factory)
    if element is None:
        sys.exit(f"there is no element {factory}")
    for name, value in properties.items():
        element.set_property(name.replace("_", "-"), value)
    pipeline.add(element)
    return element


def on_pad_added(decodebin, pad, muxer, number):
    caps = pad.get_current_caps() or pad.query_caps()
    if caps.get_structure(0).get_name().startswith("video"):
        pad.link(muxer.request_pad_simple(f"sink_{number}"))


def on_buffer(pad, info, counts):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        frame_meta = pyds.NvDsFrameMeta.cast(l_frame.data)
        number = frame_meta.pad_index
        counts[number] = counts.get(number, 0) + 1
        l_obj = frame_meta.obj_meta_list
        while l_obj is not None:
            obj_meta = pyds.NvDsObjectMeta.cast(l_obj.data)
            obj_meta.text_params.display_text = f"{obj_meta.obj_label} in {number}"
            l_obj = l_obj.next
        l_frame = l_frame.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def build(folder, uris, counts):
    pipeline = Gst.Pipeline()
    muxer = make(
        pipeline, "nvstreammux", batch_size=len(uris), width=640, height=480,
        batched_push_timeout=4000000,
    )  # fmt: skip
    pgie = make(pipeline, "nvinfer", config_file_path=str(CONFIG), batch_size=len(uris))
    demuxer = make(pipeline, "nvstreamdemux")
    muxer.link(pgie)
    pgie.link(demuxer)
    for number, uri in enumerate(uris):
        source = make(pipeline, "uridecodebin", uri=uri)
        source.connect("pad-added", on_pad_added, muxer, number)
        text = BRANCH.format(number=number, path=folder / f"{number}.mp4")
        branch = Gst.parse_bin_from_description(text, True)
        pipeline.add(branch)
        demuxer.request_pad_simple(f"src_{number}").link(branch.get_static_pad("sink"))
        osd = branch.get_by_name(f"osd_{number}")
        osd.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, on_buffer, counts)
    return pipeline


def main(arguments):
    if len(arguments) < 3:
        sys.exit(f"usage: {arguments[0]} FOLDER URI [URI ...]")
    Gst.init(None)
    counts = {}
    folder = Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    pipeline = build(folder, arguments[2:], counts)
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
    for number, frames in sorted(counts.items()):
        print(f"{folder / f'{number}.mp4'}: {frames} frames")


if __name__ == "__main__":
    main(sys.argv)
