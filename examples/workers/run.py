"""Write detections to a database, in a process of its own.

::

    python run.py seen.db
"""

import sys
from pathlib import Path

from archive import Archive

from pythiags import App, Detections

PIPELINE = """
filesrc location={folder}/pedestrians.h264 ! h264parse ! nvv4l2decoder ! muxer.sink_0
nvstreammux name=muxer width=768 height=576 batch-size=1
! nvinfer name=pgie config-file-path={folder}/config_infer_primary_nanodet.txt interval=19
! fakesink
"""
FOLDER = Path(__file__).resolve().parents[2] / "src" / "pythiags" / "data"

with App(PIPELINE, folder=FOLDER) as app:
    app.attach("pgie", Detections(min_confidence=0.4), Archive(sys.argv[1]), worker="process")
    (attachment,) = app.run().attachments

channel = attachment.channel
print(f"{channel.delivered} of {channel.produced} delivered, dropped: {channel.dropped or 'none'}")
