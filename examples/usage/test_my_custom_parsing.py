"""A test of an extractor on real frames, which needs no window and no GPU.

::

    python -m pytest test_my_custom_parsing.py
"""

from my_custom_parsing import MyCustomExtract

from pythiags import App, data

PIPELINE = """
filesrc location={video} ! h264parse ! nvv4l2decoder ! muxer.sink_0
nvstreammux name=muxer width=768 height=576 batch-size=1
! nvinfer name=pgie config-file-path={model} interval=59 ! fakesink
"""


def test_people_are_found_with_their_frame():
    """Each frame that is examined, every sixtieth, shows people."""
    events = []
    video = data.path("pedestrians.h264")
    model = data.path("config_infer_primary_nanodet.txt")
    with App(PIPELINE, video=video, model=model) as app:
        app.attach("pgie", MyCustomExtract, events.append)
        app.run()

    found = [detection for event in events for detection in event]
    people = [each for each in found if each["label"] == "person"]
    assert {each["frame_number"] for each in people} == {0, 60, 120, 180, 240}
