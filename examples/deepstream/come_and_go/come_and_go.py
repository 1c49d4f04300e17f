"""Add sources to a pipeline that plays, one after another, and take each away when it has ended.

python come_and_go.py URI COUNT        with DeepStream
pythiags run come_and_go.py URI COUNT  without
"""

import sys

import gi

gi.require_version("Gst", "1.0")
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402


class Sources:
    """The sources of a muxer, of which at most two play at the same time."""

    def __init__(self, pipeline, muxer, loop, uri, count):
        self.pipeline, self.muxer, self.loop = pipeline, muxer, loop
        self.uri, self.count = uri, count
        self.bins, self.next = {}, 0

    def add(self):
        number, self.next = self.next, self.next + 1
        source = Gst.ElementFactory.make("uridecodebin", f"source-{number}")
        source.set_property("uri", self.uri)
        source.connect("pad-added", self.on_pad_added, number)
        self.bins[number] = source
        self.pipeline.add(source)
        source.sync_state_with_parent()
        print(f"source {number} comes")

    def on_pad_added(self, source, pad, number):
        if not pad.query_caps().get_structure(0).get_name().startswith("video"):
            return
        pad.link(self.muxer.request_pad_simple(f"sink_{number}"))
        pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, self.on_event, number)

    def on_event(self, pad, info, number):
        if info.get_event().type != Gst.EventType.EOS:
            return Gst.PadProbeReturn.OK
        GLib.idle_add(self.remove, number)
        return Gst.PadProbeReturn.DROP  # one that ends does not end the others

    def remove(self, number):
        source = self.bins.pop(number)
        source.set_state(Gst.State.NULL)
        pad = self.muxer.get_static_pad(f"sink_{number}")
        pad.send_event(Gst.Event.new_flush_stop(False))
        self.muxer.release_request_pad(pad)
        self.pipeline.remove(source)
        print(f"source {number} goes")
        if self.next < self.count:
            self.add()
        elif not self.bins:
            self.loop.quit()
        return GLib.SOURCE_REMOVE


def on_buffer(pad, info, counts):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        frame_meta = pyds.NvDsFrameMeta.cast(l_frame.data)
        counts[frame_meta.source_id] = counts.get(frame_meta.source_id, 0) + 1
        l_frame = l_frame.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
        loop.quit()


def main(arguments):
    if len(arguments) != 3:
        sys.exit(f"usage: {arguments[0]} URI COUNT")
    Gst.init(None)
    pipeline = Gst.parse_launch(
        "nvstreammux name=m batch-size=2 width=640 height=480 batched-push-timeout=40000 "
        "live-source=1 ! nvvideoconvert ! fakesink name=sink sync=false"
    )
    loop, errors, counts = GLib.MainLoop(), [], {}
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message, loop, errors)
    pad = pipeline.get_by_name("sink").get_static_pad("sink")
    pad.add_probe(Gst.PadProbeType.BUFFER, on_buffer, counts)
    count = int(arguments[2])
    sources = Sources(pipeline, pipeline.get_by_name("m"), loop, arguments[1], count)
    for _ in range(min(2, count)):
        sources.add()
    pipeline.set_state(Gst.State.PLAYING)
    try:
        loop.run()
    finally:
        pipeline.set_state(Gst.State.NULL)
    if errors:
        sys.exit(f"Error: {errors[0]}")
    print({number: frames > 0 for number, frames in sorted(counts.items())})


if __name__ == "__main__":
    main(sys.argv)
