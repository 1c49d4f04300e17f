"""Count what a camera sees, until Ctrl-C or a number of frames.

python camera.py DEVICE [FRAMES]        with DeepStream, such as camera.py /dev/video0
pythiags run camera.py DEVICE [FRAMES]  without

What is no path is taken for a source of GStreamer's, such as "videotestsrc is-live=true".
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

CONFIG = Path(__file__).parent.parent / "one_source" / "config_infer_primary.txt"
LAUNCH = f"""
    {{source}} ! video/x-raw,framerate=30/1 ! videoconvert ! nvvideoconvert
    ! video/x-raw(memory:NVMM),format=NV12 ! m.sink_0
    nvstreammux name=m batch-size=1 width=640 height=480 live-source=1 batched-push-timeout=40000
    ! nvinfer name=pgie config-file-path="{CONFIG}"
    ! nvvideoconvert ! nvdsosd ! fakesink name=sink sync=false
"""


def source_of(word):
    return f'v4l2src device="{word}"' if word.startswith("/") else word


class Counter:
    """Ends the loop after so many frames; None: never."""

    def __init__(self, loop, most):
        self.loop, self.most = loop, most
        self.frames = self.objects = 0

    def on_buffer(self, pad, info):
        batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
        l_frame = batch_meta.frame_meta_list
        while l_frame is not None:
            frame_meta = pyds.NvDsFrameMeta.cast(l_frame.data)
            self.frames += 1
            self.objects += frame_meta.num_obj_meta
            if self.frames == self.most:
                self.loop.quit()
            l_frame = l_frame.next
        return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(f"usage: {arguments[0]} DEVICE [FRAMES]")
    Gst.init(None)
    pipeline = Gst.parse_launch(LAUNCH.format(source=source_of(arguments[1])))
    loop, errors = GLib.MainLoop(), []
    counter = Counter(loop, int(arguments[2]) if len(arguments) == 3 else None)
    pad = pipeline.get_by_name("sink").get_static_pad("sink")
    pad.add_probe(Gst.PadProbeType.BUFFER, counter.on_buffer)
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message, loop, errors)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        loop.run()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    finally:
        pipeline.set_state(Gst.State.NULL)
    if errors:
        sys.exit(f"Error: {errors[0]}")
    print(f"{counter.objects} objects in {counter.frames} frames")


if __name__ == "__main__":
    main(sys.argv)
