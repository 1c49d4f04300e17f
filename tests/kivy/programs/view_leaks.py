"""Widgets that come and go, stopped or not, leave nothing behind: no objects, no descriptors."""

import atexit
import gc
import sys
import threading
import weakref
from pathlib import Path

from steps import lead

hooks = []
register = atexit.register
atexit.register = lambda function, *rest, **more: (
    hooks.append(function) or register(function, *rest, **more)
)

from kivy.uix.boxlayout import BoxLayout  # noqa: E402

from pythiags.kivy import VideoView  # noqa: E402

hooks.clear()  # what importing registered is registered once

TEXT = "videotestsrc is-live=true ! video/x-raw,format=RGBA,framerate=60/1 ! appsink name=pythiags"
CYCLES = 12
WARM = 4

root = BoxLayout()
kept = []  # the control: with an argument, widgets are kept, and must be found
gone = []
descriptors = []
steps = []


def descriptors_open():
    return len(list(Path("/proc/self/fd").iterdir()))


def begin():
    view = VideoView(text=TEXT)
    root.add_widget(view)
    view.play()
    kept.extend([view] * len(sys.argv[1:]))
    pipeline = view._playing.pipeline
    gone.extend([weakref.ref(view), weakref.ref(view._playing), weakref.ref(pipeline)])


def finish(stop):
    (view,) = root.children
    if stop:
        view.stop()
    root.remove_widget(view)


def collect():
    gc.collect()
    descriptors.append(descriptors_open())


for cycle in range(CYCLES):
    steps += [
        (lambda: True, begin),
        (lambda: root.children[0].frames > 2, lambda stop=cycle % 2: finish(stop)),
        (lambda: True, collect),
    ]
lead(root, *steps)
gc.collect()
alive = [reference() for reference in gone if reference() is not None]
assert not alive, alive
grown = descriptors[-1] - descriptors[WARM]
assert grown <= 0, descriptors
ours = [thread.name for thread in threading.enumerate() if thread.name.startswith("pythiags")]
assert not [name for name in ours if name != "pythiags-display"], ours
assert not hooks, hooks
print("ok")
