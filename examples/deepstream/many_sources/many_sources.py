"""Detect objects in several videos at once, with all of them in one picture.

python many_sources.py URI [URI ...]        with DeepStream
pythiags run many_sources.py URI [URI ...]  without
"""

import math
import sys
import time
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

CONFIG = Path(__file__).parent.parent / "one_source" / "config_infer_primary.txt"


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
    if not caps.get_structure(0).get_name().startswith("video"):
        return
    if not caps.get_features(0).contains("memory:NVMM"):
        sys.exit("Error: no decoder of NVIDIA's was chosen")
    pad.link(muxer.request_pad_simple(f"sink_{number}"))


def on_buffer(pad, info, counts):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        frame_meta = pyds.NvDsFrameMeta.cast(l_frame.data)
        frames, objects = counts.get(frame_meta.source_id, (0, 0))
        counts[frame_meta.source_id] = frames + 1, objects + frame_meta.num_obj_meta
        l_frame = l_frame.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def build(uris, counts):
    pipeline = Gst.Pipeline()
    muxer = make(
        pipeline, "nvstreammux", batch_size=len(uris), width=640, height=480,
        batched_push_timeout=4000000,
    )  # fmt: skip
    for number, uri in enumerate(uris):
        source = make(pipeline, "uridecodebin", uri=uri)
        source.connect("pad-added", on_pad_added, muxer, number)
    columns = math.ceil(math.sqrt(len(uris)))
    chain = [
        make(pipeline, "nvinfer", config_file_path=str(CONFIG), batch_size=len(uris)),
        make(
            pipeline, "nvmultistreamtiler", columns=columns,
            rows=math.ceil(len(uris) / columns), width=1280, height=720,
        ),
        make(pipeline, "nvvideoconvert"),
        make(pipeline, "nvdsosd"),
        make(pipeline, "fakesink", sync=False),
    ]  # fmt: skip
    before = muxer
    for element in chain:
        before.link(element)
        before = element
    chain[0].get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, on_buffer, counts)
    return pipeline


def main(arguments):
    if len(arguments) < 2:
        sys.exit(f"usage: {arguments[0]} URI [URI ...]")
    Gst.init(None)
    counts = {}
    pipeline = build(arguments[1:], counts)
    loop, errors = GLib.MainLoop(), []
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message, loop, errors)
    begun = time.monotonic()
    pipeline.set_state(Gst.State.PLAYING)
    try:
        loop.run()
    finally:
        pipeline.set_state(Gst.State.NULL)
    if errors:
        sys.exit(f"Error: {errors[0]}")
    for source, (frames, objects) in sorted(counts.items()):
        print(f"source {source}: {objects} objects in {frames} frames")
    total = sum(frames for frames, _ in counts.values())
    print(f"{total / (time.monotonic() - begun):.1f} frames a second", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv)
