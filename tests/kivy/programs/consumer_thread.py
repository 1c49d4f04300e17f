"""KivyConsumer: Kivy's thread, in order, one at a time; what fails is counted, and a window that
closes blocks no thread."""

import sys
import threading

from kivy.base import stopTouchApp
from steps import lead

from pythiags import App
from pythiags.kivy import KivyConsumer, VideoView

how = sys.argv[1]
TEXT = (
    "videotestsrc is-live=true ! video/x-raw,format=RGBA,width=40,height=30,framerate=60/1 "
    "! identity name=here ! appsink name=pythiags"
)
numbers = iter(range(10**6))
shown = []
threads = set()


def count(pad, info):
    return next(numbers)


def show(number):
    threads.add(threading.current_thread())
    shown.append(number)
    if number == 3:
        raise ValueError("three")


app = App(TEXT)
view = VideoView(pythiags_app=app, state="play")
errors = []
view.bind(on_error=lambda _, error: errors.append(error) or True)
app.attach("here", count, KivyConsumer(show))


def close():
    """The window closes while the worker waits for it."""
    stopTouchApp()


if how == "stop":
    lead(
        view,
        (lambda: len(shown) > 10, view.stop),
        (lambda: view._playback is None, lambda: None),
    )
else:
    lead(view, (lambda: len(shown) > 10, close))
assert not errors, errors
assert threads == {threading.main_thread()}
assert shown == sorted(set(shown))
(attachment,) = app.stats().attachments
channel = attachment.channel
assert channel.dropped == {"consumer-error": 1}, channel
assert channel.pending == 0, channel
assert channel.produced == channel.delivered + 1
if how == "stop":
    assert shown == list(range(channel.produced)), "a stop delivers what is pending"
app.close()
print("ok")
