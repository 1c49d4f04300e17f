"""A player of one's own: a pipeline in a Kivy window, with a button that plays and pauses.

::

    python main.py
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

LAYOUT = """
BoxLayout:
    orientation: "vertical"

    VideoView:
        id: video
        text: app.pipeline
        on_eos: app.message = "the end"
        on_error: app.message = str(args[1])

    BoxLayout:
        size_hint_y: None
        height: "48dp"

        Button:
            id: button
            text: "Pause" if video.state == "play" else "Play"
            on_release: video.state = "pause" if video.state == "play" else "play"

        Label:
            text: app.message or "{} x {}".format(*video.texture_size)
"""


class PlayerApp(App):
    """Knows the pipeline and the last message; the layout does the rest."""

    pipeline = StringProperty(BALL)
    message = StringProperty("")

    def build(self):
        """Lay the window out."""
        return Builder.load_string(LAYOUT)

    def on_start(self):
        """Play as soon as there is a window."""
        self.root.ids.video.play()


if __name__ == "__main__":
    PlayerApp(pipeline=" ".join(sys.argv[1:]) or BALL).run()
