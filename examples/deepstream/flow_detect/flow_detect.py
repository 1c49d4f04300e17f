"""Count the objects in several videos at once, by a flow.

python flow_detect.py URI [URI ...]       with DeepStream
pythiags run flow_detect.py URI [URI ...] without
"""

import sys
from collections import Counter
from multiprocessing import Process
from pathlib import Path

from pyservicemaker import BatchMetadataOperator, Flow, Pipeline, Probe, RenderMode

CONFIG = Path(__file__).parent.parent / "one_source" / "config_infer_primary.txt"


class ObjectCounter(BatchMetadataOperator):
    """Counts by source."""

    def __init__(self):
        super().__init__()
        self.frames, self.objects = Counter(), Counter()

    def handle_metadata(self, batch_meta):
        for frame_meta in batch_meta.frame_items:
            self.frames[frame_meta.source_id] += 1
            self.objects[frame_meta.source_id] += sum(1 for _ in frame_meta.object_items)


def run(*uris):
    counter = ObjectCounter()
    flow = Flow(Pipeline("flow-detect")).batch_capture(list(uris), width=640, height=480)
    flow = flow.infer(str(CONFIG)).attach(what=Probe("counter", counter))
    flow.render(mode=RenderMode.DISCARD, enable_osd=False, sync=False)()
    for source, frames in sorted(counter.frames.items()):
        print(f"source {source}: {counter.objects[source]} objects in {frames} frames")


def main(arguments):
    if len(arguments) < 2:
        sys.exit(f"usage: {arguments[0]} URI [URI ...]")
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
