"""Mark what two people share: add an object and a text, and count them behind the drawing.

::

    python mark.py
"""

from collections import Counter
from itertools import combinations
from pathlib import Path

from pythiags import (
    App,
    Detections,
    Extractor,
    add_display,
    add_object,
    frames_per_batch,
    last_bbox,
    objects_per_frame,
)

PIPELINE = """
filesrc location={folder}/pedestrians.h264 ! h264parse ! nvv4l2decoder ! muxer.sink_0
nvstreammux name=muxer width=768 height=576 batch-size=1
! nvinfer name=pgie config-file-path={folder}/config_infer_primary_nanodet.txt interval=9
! nvvideoconvert ! nvdsosd name=osd ! fakesink
"""
FOLDER = Path(__file__).resolve().parents[2] / "src" / "pythiags" / "data"


class Pairs(Extractor):
    """Adds an object around each two people who are close to each other."""

    writable = True

    def extract_metadata(self, pad, info):
        """Add to each frame what is drawn; send nothing."""
        for frame in frames_per_batch(info):
            boxes = [
                last_bbox(obj) for obj in objects_per_frame(frame) if obj.obj_label == "person"
            ]
            pairs = [around(*two) for two in combinations(boxes, 2) if near(*two)]
            for box in pairs:
                pair = add_object(frame, label="pair", box=box, component_id=99)
                pair.rect_params.border_width = 4
                pair.rect_params.border_color.set(1, 0.5, 0, 1)
            display = add_display(frame)
            display.num_labels = 1
            display.text_params[0].display_text = f"{len(pairs)} pairs"


def near(one, other):
    """Return whether two boxes are less than half a box apart."""
    return abs(one.center[0] - other.center[0]) < one.width + other.width / 2


def around(one, other):
    """Return the box around two."""
    left, top = min(one.left, other.left), min(one.top, other.top)
    right, bottom = max(one.right, other.right), max(one.bottom, other.bottom)
    return left, top, right - left, bottom - top


counts: Counter[str] = Counter()
with App(PIPELINE, folder=FOLDER) as app:
    app.attach("pgie", Pairs, print)
    app.attach("osd", Detections(), lambda found: counts.update(each.label for each in found))
    app.run()

print(f"{counts['pair']} pairs of {counts['person']} people")
