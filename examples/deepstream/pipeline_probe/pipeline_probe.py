"""Count the people in an H.264 file by a probe, and write the count on the picture.

python pipeline_probe.py VIDEO.h264 [OUTPUT.mp4]       with DeepStream
pythiags run pipeline_probe.py VIDEO.h264 [OUTPUT.mp4] without
"""

import sys
from multiprocessing import Process
from pathlib import Path

from pyservicemaker import BatchMetadataOperator, Pipeline, Probe, osd

PERSON = 0
CONFIG = Path(__file__).parent.parent / "one_source" / "config_infer_primary.txt"


class PeopleCounter(BatchMetadataOperator):
    """Marks people, and says how many there are."""

    def handle_metadata(self, batch_meta):
        for frame_meta in batch_meta.frame_items:
            found = list(frame_meta.object_items)
            people = [object_meta for object_meta in found if object_meta.class_id == PERSON]
            for object_meta in people:
                object_meta.rect_params.border_color = osd.Color(0.0, 1.0, 0.0, 0.8)
            text = f"Frame {frame_meta.frame_number}: {len(people)} of {len(found)} are people"
            self.write_on_picture(batch_meta, frame_meta, text)
            print(text, flush=True)

    def write_on_picture(self, batch_meta, frame_meta, text):
        label = osd.Text()
        label.display_text = text
        label.x_offset, label.y_offset = 10, 12
        label.font.name = osd.FontFamily.Serif
        label.font.size = 10
        label.font.color = osd.Color(1.0, 1.0, 1.0, 1.0)
        label.set_bg_color = True
        label.bg_color = osd.Color(0.0, 0.0, 0.0, 1.0)
        display_meta = batch_meta.acquire_display_meta()
        display_meta.add_text(label)
        frame_meta.append(display_meta)


def add_output(pipeline, path):
    """A file, or nothing; return the names of what leads there."""
    if path is None:
        pipeline.add("fakesink", "sink", {"sync": False})
        return ["sink"]
    pipeline.add("nvvideoconvert", "to-encoder")
    pipeline.add("capsfilter", "caps", {"caps": "video/x-raw, format=I420"})
    pipeline.add("x264enc", "encoder", {"speed-preset": "ultrafast"})
    pipeline.add("h264parse", "encoded").add("mp4mux", "file-mux")
    pipeline.add("filesink", "sink", {"location": path})
    return ["to-encoder", "caps", "encoder", "encoded", "file-mux", "sink"]


def run(video, output=None):
    pipeline = Pipeline("pipeline-probe")
    pipeline.add("filesrc", "src", {"location": video})
    pipeline.add("h264parse", "parser").add("nvv4l2decoder", "decoder")
    muxing = {"batch-size": 1, "width": 640, "height": 480, "batched-push-timeout": 4000000}
    pipeline.add("nvstreammux", "mux", muxing)
    pipeline.add("nvinfer", "infer", {"config-file-path": str(CONFIG)})
    pipeline.add("nvosdbin", "osd")
    pipeline.link("src", "parser", "decoder").link(("decoder", "mux"), ("", "sink_%u"))
    pipeline.link("mux", "infer", "osd", *add_output(pipeline, output))
    pipeline.attach("infer", Probe("counter", PeopleCounter()))
    pipeline.start().wait()
    print("End of stream")


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(f"usage: {arguments[0]} VIDEO.h264 [OUTPUT.mp4]")
    process = Process(target=run, args=arguments[1:])
    process.start()
    try:
        process.join()
    except KeyboardInterrupt:
        process.terminate()
        process.join()
    return process.exitcode


if __name__ == "__main__":
    sys.exit(main(sys.argv))
