"""What is set while a widget plays is what it plays; a widget out of the window stops."""

from kivy.core.window import Window
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import FadeTransition, Screen, ScreenManager
from steps import Still, lead

from pythiags import App
from pythiags.kivy import VideoView


def picture(width, sink="pythiags"):
    caps = f"video/x-raw,format=RGBA,width={width},height=40,framerate=30/1"
    return f"videotestsrc is-live=true ! {caps} ! appsink name={sink}"


def shows(width):
    return lambda: view.loaded and view.texture_size[0] == width and view.frames > 2


root = BoxLayout()
outer = BoxLayout()
other = BoxLayout()
view = VideoView(state="play")  # nothing to play yet, which is no error
errors = []
view.bind(on_error=lambda _, error: errors.append(error))
outer.add_widget(view)
root.add_widget(outer)
root.add_widget(other)
app = App(picture(100))
apps = []
marks = []


def change(**properties):
    def act():
        apps.append(view._playback and view._playback.app)
        for name, value in properties.items():
            setattr(view, name, value)

    return act


def move():
    """From one parent to another is not out of the window."""
    outer.remove_widget(view)
    other.add_widget(view)


def take_out(widget):
    root.remove_widget(widget)


screens = ScreenManager(transition=FadeTransition(duration=0.2))
screens.add_widget(Screen(name="first"))
screens.add_widget(Screen(name="second"))


def enter(name):
    screens.current = name


def put_on_a_screen():
    assert view.state == "stop"
    assert not view.loaded
    screens.get_screen("second").add_widget(view)
    root.add_widget(screens)
    view.state = "play"


lead(
    root,
    (Still(lambda: view.frames), lambda: None),
    (lambda: view.state == "play", change(text=picture(60))),
    (shows(60), change(text=picture(80))),
    (shows(80), change(sink="other", text=picture(90, sink="other"))),
    (shows(90), change(text="", pythiags_app=app, sink="pythiags")),
    (shows(100), change(pythiags_app=None)),
    (lambda: view.texture is None, change(text=picture("{width}"), options={"width": 110})),
    (shows(110), change(options={"width": 120})),
    (shows(120), change(text=picture(130), options={}, state="pause")),
    (Still(lambda: view.frames), change(state="play")),
    (shows(130), move),
    (shows(130), lambda: other.remove_widget(view)),
    (lambda: view.state == "stop" and view._playback is None, lambda: outer.add_widget(view)),
    (Still(lambda: view.frames), change(state="play")),
    (shows(130), lambda: take_out(outer)),  # with its parent
    (lambda: view.state == "stop" and view._playback is None, lambda: outer.remove_widget(view)),
    (lambda: True, put_on_a_screen),
    (shows(130), lambda: enter("second")),
    (lambda: screens.transition.is_active, lambda: None),
    (lambda: not screens.transition.is_active, lambda: marks.append(view.frames)),
    (lambda: view.frames > marks[0] + 3, lambda: enter("first")),
    (lambda: view.state == "stop" and view._playback is None, Window.close),
)
assert not errors, errors
assert app.state.final, "a replaced App was stopped"
app.close()
ours = [each for each in apps if each not in (None, app)]
assert ours
assert all(each._pipeline is None for each in ours), "the widget closes what it made"
print("ok")
