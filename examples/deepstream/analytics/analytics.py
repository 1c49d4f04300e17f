"""Tell who crosses a line, who goes in a direction, and where it is crowded, in an H.264 file.

python analytics.py VIDEO.h264 [OUTPUT.mp4]        with DeepStream
pythiags run analytics.py VIDEO.h264 [OUTPUT.mp4]  without
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
import pyds  # noqa: E402
from gi.repository import GLib, Gst  # noqa: E402

HERE = Path(__file__).parent
CONFIG = HERE.parent / "one_source" / "config_infer_primary.txt"
LIBRARY = "/opt/nvidia/deepstream/deepstream/lib/libnvds_nvmultiobjecttracker.so"


def make(pipeline, factory, **properties):
    element = Gst.ElementFactory.make(factory)
    if element is None:
        sys.exit(f"there is no element {factory}")
    for name, value in properties.items():
        element.set_property(name.replace("_", "-"), value)
    pipeline.add(element)
    return element


def walk(link, cast):
    while link is not None:
        yield cast(link.data)
        link = link.next


def find(link, name, enumerator, cast):
    """What nvdsanalytics attached: by a number since DeepStream 8, before by a name."""
    kinds = {int(pyds.nvds_get_user_meta_type(name))}
    kinds.add(int(getattr(pyds.NvDsMetaType, enumerator, -1)))
    for user_meta in walk(link, pyds.NvDsUserMeta.cast):
        if int(user_meta.base_meta.meta_type) in kinds:
            yield cast(user_meta.user_meta_data)


def object_infos(obj_meta):
    return find(
        obj_meta.obj_user_meta_list, "NVIDIA.DSANALYTICSOBJ.USER_META",
        "NVDS_OBJ_META_NVDSANALYTICS", pyds.NvDsAnalyticsObjInfo.cast,
    )  # fmt: skip


def frame_infos(frame_meta):
    return find(
        frame_meta.frame_user_meta_list, "NVIDIA.DSANALYTICSFRAME.USER_META",
        "NVDS_FRAME_META_NVDSANALYTICS", pyds.NvDsAnalyticsFrameMeta.cast,
    )  # fmt: skip


def on_buffer(pad, info, state):
    batch_meta = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    for frame_meta in walk(batch_meta.frame_meta_list, pyds.NvDsFrameMeta.cast):
        for obj_meta in walk(frame_meta.obj_meta_list, pyds.NvDsObjectMeta.cast):
            for found in object_infos(obj_meta):
                for line in found.lcStatus:
                    print(f"frame {frame_meta.frame_num}: {obj_meta.object_id} crosses {line}")
                if found.dirStatus:
                    state["moving"].add((obj_meta.object_id, found.dirStatus.split(":")[1].strip()))
        for found in frame_infos(frame_meta):
            state["crossed"] = found.objLCCumCnt
            for place, crowded in found.ocStatus.items():
                if crowded != state["crowded"].get(place, False):
                    what = "is crowded" if crowded else "is not crowded any more"
                    print(f"frame {frame_meta.frame_num}: {place} {what}")
                state["crowded"][place] = crowded
    return Gst.PadProbeReturn.OK


def on_message(bus, message, loop, errors):
    if message.type == Gst.MessageType.ERROR:
        errors.append(message.parse_error()[0])
    elif message.type == Gst.MessageType.WARNING:
        print(f"Warning: {message.parse_warning()[0]}", file=sys.stderr)
    if message.type in (Gst.MessageType.EOS, Gst.MessageType.ERROR):
        loop.quit()


def output(pipeline, path):
    """A file, or nothing."""
    if path is None:
        return make(pipeline, "fakesink", sync=False)
    chain = Gst.parse_bin_from_description(
        "nvvideoconvert ! video/x-raw,format=I420 ! x264enc ! h264parse ! mp4mux ! "
        "filesink name=file",
        True,
    )
    chain.get_by_name("file").set_property("location", path)
    pipeline.add(chain)
    return chain


def build(video, target, state):
    pipeline = Gst.Pipeline()
    source = make(pipeline, "filesrc", location=video)
    parser, decoder = make(pipeline, "h264parse"), make(pipeline, "nvv4l2decoder")
    muxer = make(
        pipeline, "nvstreammux", batch_size=1, width=640, height=480, batched_push_timeout=4000000
    )
    analytics = make(pipeline, "nvdsanalytics", config_file=str(HERE / "config_nvdsanalytics.txt"))
    chain = [
        make(pipeline, "nvinfer", config_file_path=str(CONFIG)),
        make(
            pipeline, "nvtracker", tracker_width=640, tracker_height=480, ll_lib_file=LIBRARY,
            ll_config_file=str(HERE / "config_tracker.yml"),
        ),
        analytics,
        make(pipeline, "nvvideoconvert"),
        make(pipeline, "nvdsosd"),
        output(pipeline, target),
    ]  # fmt: skip
    source.link(parser)
    parser.link(decoder)
    decoder.get_static_pad("src").link(muxer.request_pad_simple("sink_0"))
    before = muxer
    for element in chain:
        before.link(element)
        before = element
    analytics.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, on_buffer, state)
    return pipeline


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(f"usage: {arguments[0]} VIDEO.h264 [OUTPUT.mp4]")
    Gst.init(None)
    state = {"crossed": {}, "crowded": {}, "moving": set()}
    pipeline = build(arguments[1], arguments[2] if len(arguments) == 3 else None, state)
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
    for number, direction in sorted(state["moving"]):
        print(f"{number} went {direction}")
    for line, count in sorted(state["crossed"].items()):
        print(f"{count} crossed {line}")


if __name__ == "__main__":
    main(sys.argv)
