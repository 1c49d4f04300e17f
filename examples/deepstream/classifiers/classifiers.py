"""Follow objects, and say of each what a second network takes it for.

python classifiers.py PRIMARY SECONDARY VIDEO.h264        with DeepStream
pythiags run classifiers.py PRIMARY SECONDARY VIDEO.h264  without

Both are configuration files of nvinfer's: PRIMARY is for a detector, with gie-unique-id=1,
SECONDARY for a classifier of its objects, with process-mode=2 and operate-on-gie-id=1.
"""

import sys
from collections import Counter, defaultdict

import gi

gi.require_version("Gst", "1.0")
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

FOLDER = "/opt/nvidia/deepstream/deepstream"
LAUNCH = f"""
    filesrc location="{{source}}" ! h264parse ! nvv4l2decoder ! m.sink_0
    nvstreammux name=m batch-size=1 width=640 height=480 batched-push-timeout=4000000
    ! nvinfer config-file-path="{{primary}}"
    ! nvtracker tracker-width=640 tracker-height=384
        ll-lib-file={FOLDER}/lib/libnvds_nvmultiobjecttracker.so
        ll-config-file={FOLDER}/samples/configs/deepstream-app/config_tracker_IOU.yml
    ! nvinfer config-file-path="{{secondary}}"
    ! nvvideoconvert ! nvdsosd name=osd ! fakesink sync=false
"""


class Seen:
    """In how many frames each object was seen, and how often it was taken for what."""

    def __init__(self):
        self.frames = Counter()
        self.names = {}
        self.labels = defaultdict(Counter)

    def add(self, obj_meta):
        number = obj_meta.object_id
        self.frames[number] += 1
        self.names[number] = obj_meta.obj_label
        l_class = obj_meta.classifier_meta_list
        while l_class is not None:
            classifier_meta = pyds.NvDsClassifierMeta.cast(l_class.data)
            l_label = classifier_meta.label_info_list
            while l_label is not None:
                label_info = pyds.NvDsLabelInfo.cast(l_label.data)
                self.labels[number][label_info.result_label] += 1
                l_label = l_label.next
            l_class = l_class.next

    def report(self):
        for number, frames in sorted(self.frames.items()):
            labels = [label for label, _ in self.labels[number].most_common(2)]
            what = ", ".join(sorted(labels)) or "nothing in particular"
            print(f"object {number}: {self.names[number]}, {what}, in {frames} frames")


def on_buffer(pad, info, seen):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    l_frame = batch_meta.frame_meta_list
    while l_frame is not None:
        frame_meta = pyds.NvDsFrameMeta.cast(l_frame.data)
        l_obj = frame_meta.obj_meta_list
        while l_obj is not None:
            seen.add(pyds.NvDsObjectMeta.cast(l_obj.data))
            l_obj = l_obj.next
        l_frame = l_frame.next
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def main(arguments):
    if len(arguments) != 4:
        sys.exit(f"usage: {arguments[0]} PRIMARY SECONDARY VIDEO.h264")
    Gst.init(None)
    _, primary, secondary, source = arguments
    pipeline = Gst.parse_launch(LAUNCH.format(primary=primary, secondary=secondary, source=source))
    seen = Seen()
    pad = pipeline.get_by_name("osd").get_static_pad("sink")
    pad.add_probe(Gst.PadProbeType.BUFFER, on_buffer, seen)
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
    seen.report()


if __name__ == "__main__":
    main(sys.argv)
