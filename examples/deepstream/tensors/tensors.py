"""Read a network's outputs in Python, and make objects of them that are drawn.

python tensors.py CONFIG VIDEO.h264        with DeepStream
pythiags run tensors.py CONFIG VIDEO.h264  without

CONFIG is a configuration file of nvinfer's with network-type=100 and output-tensor-meta=1, for a
network with two outputs: boxes [n, 4], left, top, right and bottom in its own pixels, and scores
[n, classes].
"""

import ctypes
import sys

import gi

gi.require_version("Gst", "1.0")
import numpy as np  # noqa: E402
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

THRESHOLD = 0.5
UNTRACKED = 0xFFFFFFFFFFFFFFFF
LAUNCH = """
    filesrc location="{source}" ! h264parse ! nvv4l2decoder ! m.sink_0
    nvstreammux name=m batch-size=1 width=640 height=480 batched-push-timeout=4000000
    ! nvinfer name=pgie config-file-path="{config}"
    ! nvvideoconvert ! nvdsosd ! fakesink sync=false
"""


def as_array(layer):
    """The numbers of a layer, where they lie."""
    dims = layer.inferDims
    shape = [int(each) for each in dims.d[: dims.numDims]]
    pointer = ctypes.cast(pyds.get_ptr(layer.buffer), ctypes.POINTER(ctypes.c_float))
    return np.ctypeslib.as_array(pointer, shape=shape)


def layers_of(frame_meta):
    """By name, the outputs and the size of the network's input."""
    l_user = frame_meta.frame_user_meta_list
    while l_user is not None:
        user_meta = pyds.NvDsUserMeta.cast(l_user.data)
        if user_meta.base_meta.meta_type == pyds.NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META:
            meta = pyds.NvDsInferTensorMeta.cast(user_meta.user_meta_data)
            layers = [pyds.get_nvds_LayerInfo(meta, n) for n in range(meta.num_output_layers)]
            size = meta.network_info.width, meta.network_info.height
            return {layer.layerName: as_array(layer) for layer in layers}, size
        l_user = l_user.next
    return {}, (1, 1)


def add_object(batch_meta, frame_meta, box, class_id, confidence):
    obj_meta = pyds.nvds_acquire_obj_meta_from_pool(batch_meta)
    obj_meta.class_id = class_id
    obj_meta.confidence = confidence
    obj_meta.object_id = UNTRACKED
    obj_meta.obj_label = f"class {class_id}"
    rect = obj_meta.rect_params
    rect.left, rect.top, rect.width, rect.height = box
    rect.border_width = 2
    rect.border_color.set(1.0, 0.0, 0.0, 1.0)
    obj_meta.text_params.display_text = f"class {class_id} {confidence:.2f}"
    pyds.nvds_add_obj_meta_to_frame(frame_meta, obj_meta, None)


def find_objects(batch_meta, frame_meta):
    layers, (width, height) = layers_of(frame_meta)
    if not {"boxes", "scores"} <= layers.keys():
        sys.exit(f"Error: the network puts out {', '.join(layers) or 'nothing'}")
    across, down = 640 / width, 480 / height  # from the network's pixels to the muxer's
    for corners, scores in zip(layers["boxes"], layers["scores"], strict=True):
        class_id = int(scores.argmax())
        if scores[class_id] < THRESHOLD:
            continue
        left, top, right, bottom = (float(each) for each in corners)
        box = (left * across, top * down, (right - left) * across, (bottom - top) * down)
        add_object(batch_meta, frame_meta, box, class_id, float(scores[class_id]))
        place = ",".join(f"{each:.0f}" for each in box)
        print(f"frame {frame_meta.frame_num}: class {class_id} at {place}")


def on_buffer(pad, info):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        find_objects(batch_meta, pyds.NvDsFrameMeta.cast(l_frame.data))
        l_frame = l_frame.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def main(arguments):
    if len(arguments) != 3:
        sys.exit(f"usage: {arguments[0]} CONFIG VIDEO.h264")
    Gst.init(None)
    pipeline = Gst.parse_launch(LAUNCH.format(config=arguments[1], source=arguments[2]))
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
