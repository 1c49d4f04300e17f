"""A player: a file or a pipeline in a Kivy window, with a button and a slider.

::

    python main.py
    python main.py film.mp4
    python main.py 'v4l2src ! videoconvert ! appsink name=pythiags caps=video/x-raw,format=RGBA'
"""

import os
import sys

from pythiags.errors import NoDisplayError
from pythiags.kivy import require_display

os.environ.setdefault("KIVY_NO_ARGS", "1")  # our argument is not Kivy's
try:
    require_display()
except NoDisplayError as error:
    sys.exit(str(error))

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import StringProperty

from pythiags.kivy import VideoView  # noqa: F401 - the layout uses it

BALL = (
    "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=30/1 "
    "! videoconvert ! appsink name=pythiags caps=video/x-raw,format=RGBA"
)

LAYOUT = r"""
BoxLayout:
    orientation: "vertical"

    VideoView:
        id: video
        source: app.source
        text: app.pipeline
        state: "play"
        on_eos: app.message = "the end" if self.eos else ""
        on_error: app.message = str(args[1])

    BoxLayout:
        size_hint_y: None
        height: "48dp"

        Button:
            id: button
            text: "Pause" if video.state == "play" else "Play"
            on_release: video.state = "pause" if video.state == "play" else "play"

        Slider:
            disabled: video.duration <= 0
            max: max(video.duration, 0.1)
            value: max(video.position, 0)
            on_touch_down:
                if self.collide_point(*args[1].pos) and not self.disabled: \
                video.seek((args[1].x - self.x) / self.width)

        Label:
            text: "{} x {}".format(*video.texture_size)

    Label:
        size_hint_y: None
        height: self.texture_size[1]
        text: app.message
        font_name: "RobotoMono-Regular"
        text_size: self.width, None
"""


class PlayerApp(App):
    """Has what to play and the last message; the layout does the rest."""

    source = StringProperty("")
    pipeline = StringProperty("")
    message = StringProperty("")

    def build(self):
        """Lay the window out."""
        return Builder.load_string(LAYOUT)


if __name__ == "__main__":
    words = " ".join(sys.argv[1:])
    if "!" in words or not words:
        PlayerApp(pipeline=words or BALL).run()
    else:
        PlayerApp(source=words).run()
