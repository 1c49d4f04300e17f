"""Boxes and names over a video, drawn by Kivy; touch a box to choose it.

::

    python boxes.py
"""

import os
import sys
from pathlib import Path

from pythiags import App, Detections
from pythiags.errors import NoDisplayError
from pythiags.kivy import KivyConsumer, VideoView, require_display

os.environ.setdefault("KIVY_NO_ARGS", "1")
try:
    require_display()
except NoDisplayError as error:
    sys.exit(str(error))

from kivy.base import runTouchApp
from kivy.core.text import Label
from kivy.graphics import Color, Line, Rectangle
from kivy.properties import ListProperty, ObjectProperty

PIPELINE = """
filesrc location={folder}/pedestrians.h264 ! h264parse ! nvv4l2decoder ! muxer.sink_0
nvstreammux name=muxer width=768 height=576 batch-size=1
! nvinfer name=pgie config-file-path={folder}/config_infer_primary_nanodet.txt
! nvvideoconvert ! video/x-raw,format=RGBA ! appsink name=pythiags
"""
FOLDER = Path(__file__).resolve().parents[2] / "src" / "pythiags" / "data"
YELLOW, RED = (1, 0.85, 0), (1, 0.2, 0.1)


class BoxView(VideoView):
    """Shows the detections of each picture on top of it."""

    detections = ListProperty()
    chosen = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs):
        self.found = {}
        super().__init__(**kwargs)
        for name in ("pos", "norm_image_size", "texture_size", "detections", "chosen"):
            self.fbind(name, self.draw)

    def show(self, detections):
        """Keep detections until their picture is shown; most come a little earlier."""
        self.found[detections[0].pts] = detections
        if detections[0].pts <= self.pts:
            self.on_pts(self, self.pts)

    def on_pts(self, _view, pts):
        """Take the detections of the picture that is shown now, and drop earlier ones."""
        due = sorted(each for each in self.found if each <= pts)
        self.detections = [self.found.pop(each) for each in due][-1] if due else []

    def draw(self, *_):
        """Draw all boxes again, at the picture's place."""
        self.canvas.after.clear()
        with self.canvas.after:
            for detection in self.detections:
                x, y, width, height = self.place(detection.bbox)
                Color(*(RED if detection is self.chosen else YELLOW))
                Line(rectangle=(x, y, width, height), width=1.5)
                write(f"{detection.label} {detection.confidence:.0%}", x, y + height)

    def on_touch_down(self, touch):
        """Choose the box below the finger."""
        x, y = self.to_picture(touch.x, touch.y)
        hit = [each for each in self.detections if contains(each.bbox, x, y)]
        self.chosen = min(hit, key=lambda each: each.bbox.area, default=None)
        return super().on_touch_down(touch)


def write(text, x, y):
    """Draw white text on a dark ground."""
    label = Label(text=text, font_size=13)
    label.refresh()
    Color(0, 0, 0, 0.6)
    Rectangle(pos=(x, y), size=label.texture.size)
    Color(1, 1, 1)
    Rectangle(pos=(x, y), size=label.texture.size, texture=label.texture)


def contains(box, x, y):
    """Return whether a point is in a box."""
    return box.left <= x < box.right and box.top <= y < box.bottom


if __name__ == "__main__":
    with App(PIPELINE, folder=FOLDER) as app:
        view = BoxView(pythiags_app=app, state="play")
        consumer = KivyConsumer(view.show)
        app.attach("pgie", Detections(), consumer, queue_size=30, on_full="drop-oldest")
        runTouchApp(view)
