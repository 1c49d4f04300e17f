"""Whatever goes wrong, at the start or later, comes to on_error once, and the window stays open."""

from kivy.uix.boxlayout import BoxLayout
from steps import lead

from pythiags import App
from pythiags.errors import ConfigError, DescriptionError, PythiagsError, StreamError
from pythiags.kivy import VideoView

BALL = "videotestsrc is-live=true ! video/x-raw,format=RGBA,framerate=30/1 ! appsink name=pythiags"


def has_run():
    app = App(BALL)
    app.start()
    app.stop(drain=False)
    return app


def is_closed():
    app = App(BALL)
    app.close()
    return app


CASES = [
    ({"text": "videotestsrc ! nosuch ! appsink name=pythiags"}, DescriptionError, "'nosuch'"),
    ({"text": "videotestsrc ! fakesink"}, DescriptionError, "no appsink named 'pythiags'"),
    ({"text": BALL, "sink": "pythia"}, DescriptionError, "did you mean 'pythiags'"),
    ({"text": "videotestsrc pattern={pattern} ! appsink"}, DescriptionError, "{pattern}"),
    ({"text": BALL, "options": {"timeout": -1}}, ConfigError, "timeout"),
    ({"text": BALL, "options": {"eos": "lop"}}, ConfigError, "did you mean 'loop'"),
    ({"text": BALL, "options": {3: 4}}, PythiagsError, "TypeError"),
    ({"text": BALL, "source": "film.mp4"}, ConfigError, "source and text"),
    ({"text": BALL.replace("RGBA", "NV12")}, StreamError, "got: NV12"),
    ({"text": BALL.replace("RGBA", "GRAY8,width=70000,height=2")}, StreamError, "70000x2"),
    ({"text": f"filesrc location=/nonexistent ! {BALL[13:]}"}, PythiagsError, "/nonexistent"),
    ({"source": "/nonexistent.mp4"}, PythiagsError, "/nonexistent.mp4"),
    ({"source": "nosuch://film"}, PythiagsError, "nosuch"),
    ({"pythiags_app": has_run()}, PythiagsError, "an App runs only once"),
    ({"pythiags_app": is_closed()}, PythiagsError, "closed"),
    ({"pythiags_app": App(BALL), "options": {"timeout": 3}}, ConfigError, "an App has its own"),
]
root = BoxLayout()
views = []
errors = {}
for number, (properties, _kind, _text) in enumerate(CASES):
    # The order of properties decides nothing, and a handler may be bound after all of them.
    first = {"state": "play"} | properties if number % 2 else properties | {"state": "play"}
    view = VideoView(**first)
    view.bind(on_error=lambda view, error: errors.setdefault(view, []).append(error) or True)
    views.append(view)
    root.add_widget(view)
unheard = VideoView(state="play", text="nosuch ! appsink name=pythiags")  # it is logged
root.add_widget(unheard)
good = VideoView(state="play", text=BALL)
root.add_widget(good)
assert not errors, "loading is deferred to the next frame of Kivy's"
seen = []
lead(
    root,
    (lambda: len(errors) == len(CASES) and unheard.state == "stop", lambda: None),
    (lambda: good.frames > 5, lambda: seen.append(good.state)),
)
for view, (properties, kind, text) in zip(views, CASES, strict=True):
    (error,) = errors[view]
    assert isinstance(error, kind), (properties, repr(error))
    assert text in str(error), (properties, str(error))
    assert view.state == "stop", properties
    assert not view.loaded
assert seen == ["play"]
print("ok")
