"""A consumer that takes its time, when it opens and when it ends, does not hold the window up."""

import threading

from kivy.uix.boxlayout import BoxLayout
from steps import Still, lead

from pythiags import App
from pythiags.consumers import Consumer
from pythiags.kivy import VideoView

TEXT = (
    "videotestsrc is-live=true ! video/x-raw,format=RGBA,width=40,height=30,framerate=30/1 "
    "! identity name=here ! appsink name=pythiags"
)
opening, finishing, begun = threading.Event(), threading.Event(), threading.Event()


class Slow(Consumer):
    worker = "thread"

    def open(self):
        opening.wait()

    def incoming(self, events):
        begun.set()
        finishing.wait()


app = App(TEXT)
app.attach("here", lambda pad, info: 1, Slow())
view = VideoView(pythiags_app=app, state="play")
root = BoxLayout()
root.add_widget(view)
errors = []
view.bind(on_error=lambda _, error: errors.append(error) or True)


def let_it_open():
    assert view.frames == 0
    opening.set()


def stop():
    view.stop()
    assert not view._playback.over.is_set()


def let_it_finish():
    assert view._playback is not None, "it is still finishing"
    finishing.set()


lead(
    root,
    (Still(lambda: view.frames), let_it_open),  # thirty frames of Kivy's
    (lambda: begun.is_set() and view.frames > 2, stop),
    (Still(lambda: view.state), let_it_finish),
    (lambda: view._playback is None, lambda: None),
)
assert not errors, errors
(attachment,) = app.stats().attachments
channel = attachment.channel
assert channel.delivered == channel.produced > 0, channel
app.close()
print("ok")
