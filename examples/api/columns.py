"""Detections without Python in the streaming thread, each buffer one array of columns.

::

    python columns.py
"""

from pathlib import Path

from pythiags import App, Consumer, Detections

PIPELINE = """
filesrc location={folder}/pedestrians.h264 ! h264parse ! nvv4l2decoder ! muxer.sink_0
nvstreammux name=muxer width=768 height=576 batch-size=1
! nvinfer name=pgie config-file-path={folder}/config_infer_primary_nanodet.txt interval=9
! fakesink
"""
FOLDER = Path(__file__).resolve().parents[2] / "src" / "pythiags" / "data"


class Tallest(Consumer):
    """Keeps the tallest person seen so far."""

    def __init__(self):
        self.height = 0.0

    def incoming(self, rows):
        """Look at the rows of one buffer."""
        self.height = max(self.height, float(rows["height"].max()))


tallest = Tallest()
with App(PIPELINE, folder=FOLDER) as app:
    people = Detections(labels={"person"}, min_confidence=0.4, columns=True)
    app.attach("pgie", people, tallest)
    app.run()

print(f"the tallest person was {tallest.height:.0f} pixels tall")
