"""Detect objects in the streams of cameras, and serve the pictures of all as one stream.

python rtsp_in_and_out.py PORT URI [URI ...]        with DeepStream
pythiags run rtsp_in_and_out.py PORT URI [URI ...]  without

Any port is taken for PORT 0. A camera that goes away is connected again. Ctrl-C ends it.
"""

import math
import socket
import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
import pyds  # noqa: E402
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

CONFIG = Path(__file__).parent.parent / "one_source" / "config_infer_primary.txt"
PATH = "/ds-test"
RECEIVER = (
    "( udpsrc address=127.0.0.1 port={port} buffer-size=524288 "
    'caps="application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,payload=96" '
    "! rtph264depay ! rtph264pay name=pay0 pt=96 )"
)


def make(pipeline, factory, **properties):
    element = Gst.ElementFactory.make(factory)
    if element is None:
        sys.exit(f"there is no element {factory}")
    for name, value in properties.items():
        element.set_property(name.replace("_", "-"), value)
    pipeline.add(element)
    return element


def on_pad_added(source, pad, muxer, number):
    if pad.get_name().startswith("vsrc"):
        pad.link(muxer.request_pad_simple(f"sink_{number}"))


def on_buffer(pad, info, counts):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        frame_meta = pyds.NvDsFrameMeta.cast(l_frame.data)
        if frame_meta.source_id not in counts:
            print(f"camera {frame_meta.source_id} has begun", flush=True)
        counts[frame_meta.source_id] = counts.get(frame_meta.source_id, 0) + 1
        display_meta = pyds.nvds_acquire_display_meta_from_pool(batch_meta)
        display_meta.num_labels = 1
        text = display_meta.text_params[0]
        text.display_text = f"camera {frame_meta.source_id}: {frame_meta.num_obj_meta} objects"
        text.x_offset, text.y_offset = 10, 12
        text.font_params.font_name, text.font_params.font_size = "Serif", 12
        text.font_params.font_color.set(1.0, 1.0, 1.0, 1.0)
        text.set_bg_clr, text.text_bg_clr.alpha = 1, 1.0
        pyds.nvds_add_display_meta_to_frame(frame_meta, display_meta)
        l_frame = l_frame.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    if message.type == Gst.MessageType.WARNING:
        print(f"{message.src.get_name()}: {message.parse_warning()[0].message}", flush=True)
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def build(uris, port, counts):
    pipeline = Gst.Pipeline()
    muxer = make(
        pipeline, "nvstreammux", batch_size=len(uris), width=640, height=480, live_source=1,
        batched_push_timeout=40000,
    )  # fmt: skip
    for number, uri in enumerate(uris):
        source = make(pipeline, "nvurisrcbin", uri=uri, source_id=number, rtsp_reconnect_interval=5)
        source.connect("pad-added", on_pad_added, muxer, number)
    columns = math.ceil(math.sqrt(len(uris)))
    rows = math.ceil(len(uris) / columns)
    chain = [
        muxer,
        make(pipeline, "nvinfer", config_file_path=str(CONFIG), batch_size=len(uris)),
        make(pipeline, "nvmultistreamtiler", rows=rows, columns=columns, width=1280, height=720),
        make(pipeline, "nvdsosd"),
        make(pipeline, "nvvideoconvert"),
        make(pipeline, "nvv4l2h264enc", bitrate=4000000, iframeinterval=15),
        make(pipeline, "rtph264pay", pt=96, config_interval=1),
        make(pipeline, "udpsink", host="127.0.0.1", port=port, sync=False),
    ]
    for first, second in zip(chain, chain[1:]):  # noqa: B905, RUF007 (older Python)
        first.link(second)
    chain[2].get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, on_buffer, counts)
    return pipeline


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def serve(port, udp_port):
    server = GstRtspServer.RTSPServer(service=port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(RECEIVER.format(port=udp_port))
    factory.set_shared(True)
    server.get_mount_points().add_factory(PATH, factory)
    if not server.attach(None):
        sys.exit(f"Error: nothing can be served on port {port}")
    return server


def main(arguments):
    if len(arguments) < 3:
        sys.exit(f"usage: {arguments[0]} PORT URI [URI ...]")
    Gst.init(None)
    counts, udp_port = {}, free_port()
    pipeline = build(arguments[2:], udp_port, counts)
    server = serve(arguments[1], udp_port)
    loop, errors = GLib.MainLoop(), []
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message, loop, errors)
    print(f"rtsp://127.0.0.1:{server.get_bound_port()}{PATH}", flush=True)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        loop.run()
    except KeyboardInterrupt:
        pass
    finally:
        pipeline.set_state(Gst.State.NULL)
    if errors:
        sys.exit(f"Error: {errors[0]}")
    print({number: frames > 0 for number, frames in sorted(counts.items())})


if __name__ == "__main__":
    main(sys.argv)
