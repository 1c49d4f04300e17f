"""Count what passes: a pipeline file, an extractor and a consumer that are plain functions.

::

    python count_labels.py
"""

from collections import Counter
from pathlib import Path

from pythiags import App, frames_per_batch, objects_per_frame

PIPELINE = """
filesrc location={folder}/pedestrians.h264 ! h264parse ! nvv4l2decoder ! muxer.sink_0
nvstreammux name=muxer width=768 height=576 batch-size=1
! nvinfer name=pgie config-file-path={folder}/config_infer_primary_nanodet.txt interval=9
! fakesink
"""
FOLDER = Path(__file__).resolve().parents[2] / "src" / "pythiags" / "data"

counts: Counter[str] = Counter()


def labels(pad, info):
    """Return the label of each object."""
    return [obj.obj_label for frame in frames_per_batch(info) for obj in objects_per_frame(frame)]


with App(PIPELINE, folder=FOLDER) as app:
    app.attach("pgie", labels, counts.update)
    app.run()

for label, count in counts.most_common():
    print(f"{count:6} {label}")
