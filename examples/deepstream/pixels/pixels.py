"""Pixelate all people of a video, in the picture itself, and write it to a file.

python pixels.py VIDEO.h264 OUTPUT.mp4        with DeepStream
pythiags run pixels.py VIDEO.h264 OUTPUT.mp4  without
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
import cv2  # noqa: E402
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

CONFIG = Path(__file__).parent.parent / "one_source" / "config_infer_primary.txt"
PERSON = 0
BLOCK = 12  # pixels
UNIFIED = 3  # NVBUF_MEM_CUDA_UNIFIED: what the CPU can read on a PC with a GPU
LAUNCH = f"""
    filesrc location="{{source}}" ! h264parse ! nvv4l2decoder ! m.sink_0
    nvstreammux name=m batch-size=1 width=640 height=480 nvbuf-memory-type={UNIFIED}
    ! nvinfer config-file-path="{CONFIG}"
    ! nvvideoconvert nvbuf-memory-type={UNIFIED} ! video/x-raw(memory:NVMM),format=RGBA
    ! identity name=pixels ! nvvideoconvert ! video/x-raw,format=I420
    ! x264enc speed-preset=ultrafast ! h264parse ! mp4mux ! filesink location="{{target}}"
"""


def pixelate(picture, box):
    """Replace what is in a box by blocks of its colours."""
    height, width = picture.shape[:2]
    left, top = max(int(box.left), 0), max(int(box.top), 0)
    right, bottom = min(int(box.left + box.width), width), min(int(box.top + box.height), height)
    part = picture[top:bottom, left:right]
    if part.size:
        size = (max(part.shape[1] // BLOCK, 1), max(part.shape[0] // BLOCK, 1))
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(small, part.shape[1::-1], interpolation=cv2.INTER_NEAREST)


def on_buffer(pad, info, counts):
    buffer = info.get_buffer()
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        frame_meta = pyds.NvDsFrameMeta.cast(l_frame.data)
        picture = pyds.get_nvds_buf_surface(hash(buffer), frame_meta.batch_id)
        l_obj = frame_meta.obj_meta_list
        while l_obj is not None:
            obj_meta = pyds.NvDsObjectMeta.cast(l_obj.data)
            if obj_meta.class_id == PERSON:
                pixelate(picture, obj_meta.rect_params)
                counts["people"] += 1
            l_obj = l_obj.next
        pyds.unmap_nvds_buf_surface(hash(buffer), frame_meta.batch_id)  # for Jetsons
        counts["frames"] += 1
        l_frame = l_frame.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def main(arguments):
    if len(arguments) != 3:
        sys.exit(f"usage: {arguments[0]} VIDEO.h264 OUTPUT.mp4")
    Gst.init(None)
    pipeline = Gst.parse_launch(LAUNCH.format(source=arguments[1], target=arguments[2]))
    counts = {"frames": 0, "people": 0}
    pad = pipeline.get_by_name("pixels").get_static_pad("sink")
    pad.add_probe(Gst.PadProbeType.BUFFER, on_buffer, counts)
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
    print(f"{counts['people']} people in {counts['frames']} frames were made unrecognisable")


if __name__ == "__main__":
    main(sys.argv)
