"""Crops of the people in a video, written to files.

::

    python crops.py FOLDER
"""

import sys
from pathlib import Path

from pythiags import App, frame_image, frames_per_batch, last_bbox, objects_per_frame

PIPELINE = """
filesrc location={folder}/pedestrians.h264 ! h264parse ! nvv4l2decoder ! muxer.sink_0
nvstreammux name=muxer width=768 height=576 batch-size=1
! nvinfer name=pgie config-file-path={folder}/config_infer_primary_nanodet.txt interval=49
! fakesink
"""
FOLDER = Path(__file__).resolve().parents[2] / "src" / "pythiags" / "data"


def crops(pad, info):
    """Yield a file's name and its pixels for each object."""
    for frame in frames_per_batch(info):
        image = None
        for number, obj in enumerate(objects_per_frame(frame)):
            if image is None:
                image = frame_image(info, frame, convert="RGB")
            box = last_bbox(obj)
            rows = slice(int(box.top), int(box.bottom))
            columns = slice(max(int(box.left), 0), int(box.right))
            yield f"{obj.obj_label}-{frame.frame_num:04}-{number}.ppm", image[rows, columns]


def write(files):
    """Write each crop as a portable pixmap, which needs no library."""
    for name, pixels in files:
        height, width, _ = pixels.shape
        (target / name).write_bytes(b"P6 %d %d 255\n" % (width, height) + pixels.tobytes())


target = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
with App(PIPELINE, folder=FOLDER) as app:
    app.attach("pgie", crops, write)
    app.run()
print(f"{len(list(target.glob('*.ppm')))} crops")
