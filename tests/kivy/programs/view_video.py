"""The conventions of Kivy's own Video: source, loaded, position, duration, seek, eos, options."""

import subprocess
import sys

from kivy.uix.boxlayout import BoxLayout
from steps import Still, lead

from pythiags.errors import PythiagsError
from pythiags.kivy import VideoView

folder = sys.argv[1]
FILM = f"{folder}/a film.mkv"
GREY = f"{folder}/grey.png"
LIVE = "videotestsrc is-live=true ! video/x-raw,format=RGB,width={width} ! appsink name=pythiags"
subprocess.run(
    [
        *("gst-launch-1.0", "-q", "videotestsrc", "num-buffers=300", "pattern=smpte", "!"),
        *("video/x-raw,width=160,height=120,framerate=30/1", "!", "vp8enc", "!", "matroskamux"),
        *("!", "filesink", f"location={FILM}"),
    ],
    check=True,
)
subprocess.run(
    [
        *("gst-launch-1.0", "-q", "videotestsrc", "num-buffers=1", "pattern=solid-color", "!"),
        *("video/x-raw,width=32,height=16", "!", "pngenc", "!", "filesink", f"location={GREY}"),
    ],
    check=True,
)
view = VideoView(source=FILM, state="play", preview=GREY, volume=0.5)
root = BoxLayout()
root.add_widget(view)
events = []
errors = []
assert (view.eos, view.loaded, view.position, view.duration) == (False, False, -1, -1)
assert tuple(view.texture_size) == (32, 16), "the preview"
for name in ("eos", "loaded", "state"):
    view.fbind(name, lambda _view, value, name=name: events.append((name, value)))
view.bind(on_error=lambda _, error: errors.append(error) or True)
marks = []


def player():
    return view._playback.app.pipeline


def look():
    assert tuple(view.texture_size) == (160, 120)
    assert abs(view.duration - 10) < 0.2, view.duration
    assert 0 <= view.position < 5, view.position
    assert player().get_property("volume") == 0.5
    view.volume = 0.25
    assert player().get_property("volume") == 0.25
    view.seek(0.6)


def pause():
    assert not view.eos
    view.pause()


def seek_while_paused():
    marks.append(view.frames)
    view.seek(0.25)


def go_on():
    assert view.state == "pause"
    assert view.frames == marks[0] + 1, "one picture for one seek"
    assert abs(view.position - 2.5) < 0.1, view.position
    view.play()
    view.seek(0.95)


def play_again():
    assert view.position > 9, view.position
    held = [("state", "pause"), ("state", "play")]
    ended = [("loaded", False), ("state", "stop"), ("eos", True)]
    assert events == [("loaded", True), *held, *ended], events
    view.seek(0.5)
    assert "nothing is playing" in str(errors.pop())
    view.state = "play"


def loop():
    assert not view.eos
    view.options = {"eos": "loop"}
    events.clear()


def end_looping():
    assert view.state == "play"
    view.stop()


def one_picture():
    view.options = {}
    view.source = ""
    view.text = (
        "videotestsrc num-buffers=1 ! video/x-raw,format=RGB,width=44 ! appsink name=pythiags"
    )
    view.play()


def cannot_seek():
    assert view.texture_size[0] == 44, "the only picture"
    view.text = (
        "videotestsrc is-live=true ! video/x-raw,format=RGB,width=46 ! appsink name=pythiags"
    )
    view.play()


def refuse_to_seek():
    assert view.duration == -1
    view.seek(0.5)
    assert isinstance(errors[0], PythiagsError)
    assert "no duration" in str(errors.pop())
    sink = view._frames._sink
    assert sink.get_property("wait-on-eos"), "the last picture is shown before the end"
    assert view.state == "play"


def begin_paused():
    view.text = ""
    view.source = FILM
    view.pause()


def end_paused():
    assert view.frames >= 1
    assert 0 <= view.position < 5, view.position
    view.stop()


lead(
    root,
    (lambda: view.frames > 3, look),
    (lambda: view.position > 5.9, pause),
    (Still(lambda: view.frames), seek_while_paused),
    (lambda: view.frames > marks[0], lambda: None),
    (Still(lambda: view.frames), go_on),
    (lambda: view.eos, play_again),
    (lambda: view.loaded and view.frames > 3, loop),
    (lambda: ("loaded", True) in events, lambda: view.seek(0.95)),
    (lambda: ("eos", True) in events, lambda: None),
    (lambda: events.count(("loaded", True)) == 2, end_looping),
    (lambda: view._playback is None, one_picture),
    (lambda: view.eos, cannot_seek),
    (lambda: view.loaded, refuse_to_seek),
    (lambda: True, view.stop),
    (lambda: view._playback is None, begin_paused),
    (lambda: view.loaded, lambda: None),
    (Still(lambda: view.frames), end_paused),
    (lambda: view._playback is None, lambda: None),
)
assert not errors, errors
print("ok")
