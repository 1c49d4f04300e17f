"""Say how much of each frame a segmentation network gives to each class, and show it in colours.

python segmentation.py CONFIG VIDEO.h264 [OUTPUT.mp4]        with DeepStream
pythiags run segmentation.py CONFIG VIDEO.h264 [OUTPUT.mp4]  without

CONFIG is a configuration file of nvinfer's with network-type=2.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
import numpy as np  # noqa: E402
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

WIDTH, HEIGHT = 512, 512  # of what is shown: as the network's, best of all
LAUNCH = """
    filesrc location="{source}" ! h264parse ! nvv4l2decoder ! m.sink_0
    nvstreammux name=m batch-size=1 width=1280 height=720 batched-push-timeout=4000000
    ! nvinfer name=pgie config-file-path="{config}"
    ! nvsegvisual width={width} height={height} ! nvvideoconvert ! {sink}
"""
FILE = """
    video/x-raw,format=I420 ! x264enc speed-preset=ultrafast ! h264parse ! mp4mux
    ! filesink location="{target}"
"""


def shares_of(masks):
    """How much of the picture each class has; -1 is no class."""
    numbers, counts = np.unique(masks, return_counts=True)
    return {int(n): int(c) / masks.size for n, c in zip(numbers, counts, strict=True)}


def on_buffer(pad, info):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        frame_meta = pyds.NvDsFrameMeta.cast(l_frame.data)
        l_user = frame_meta.frame_user_meta_list
        while l_user is not None:
            user_meta = pyds.NvDsUserMeta.cast(l_user.data)
            if user_meta.base_meta.meta_type == pyds.NVDSINFER_SEGMENTATION_META:
                meta = pyds.NvDsInferSegmentationMeta.cast(user_meta.user_meta_data)
                shares = shares_of(np.array(pyds.get_segmentation_masks(meta), copy=True))
                text = ", ".join(f"class {n} {share:.1%}" for n, share in sorted(shares.items()))
                print(f"frame {frame_meta.frame_num}: {text}")
            l_user = l_user.next
        l_frame = l_frame.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def main(arguments):
    if len(arguments) not in (3, 4):
        sys.exit(f"usage: {arguments[0]} CONFIG VIDEO.h264 [OUTPUT.mp4]")
    Gst.init(None)
    sink = FILE.format(target=arguments[3]) if len(arguments) == 4 else "fakesink sync=false"
    pipeline = Gst.parse_launch(
        LAUNCH.format(
            source=arguments[2], config=arguments[1], width=WIDTH, height=HEIGHT, sink=sink
        )
    )
    pad = pipeline.get_by_name("pgie").get_static_pad("src")
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
