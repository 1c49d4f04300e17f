"""Ready-made parts: what was detected, as one JSON document a line.

::

    python detections_to_file.py detections.jsonl
"""

import sys

from pythiags import App, Detections, JsonLinesConsumer, data

PIPELINE = """
filesrc location={video} ! h264parse ! nvv4l2decoder ! muxer.sink_0
nvstreammux name=muxer width=768 height=576 batch-size=1
! nvinfer name=pgie config-file-path={model} interval=9 ! fakesink
"""

if __name__ == "__main__":
    video = data.path("pedestrians.h264")
    model = data.path("config_infer_primary_nanodet.txt")
    with App(PIPELINE, video=video, model=model) as app:
        app.attach(
            "pgie",
            Detections(labels={"person"}, min_confidence=0.5),
            JsonLinesConsumer(sys.argv[1]),
        )
        app.run()
