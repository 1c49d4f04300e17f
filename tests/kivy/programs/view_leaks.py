"""Widgets that come and go, stopped or not, leave nothing behind: no objects, no descriptors.

They are stopped and removed, or removed and forgotten, or removed while others refer to them.
"""

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
held = []
descriptors = []
steps = []


def descriptors_open():
    return len(list(Path("/proc/self/fd").iterdir()))


def begin():
    view = VideoView(text=TEXT, state="play")
    root.add_widget(view)
    kept.extend([view] * len(sys.argv[1:]))


def finish(cycle):
    (view,) = root.children
    app = view._playback.app
    gone.extend([weakref.ref(view), weakref.ref(app), weakref.ref(app.pipeline)])
    if cycle % 3 == 0:
        view.stop()
    elif cycle % 3 == 1:
        held.append(view)
    root.remove_widget(view)


def is_over():
    return not [name for name in threads() if name != "pythiags-display"]


def threads():
    return [each.name for each in threading.enumerate() if each.name.startswith("pythiags")]


def collect():
    assert not held or held.pop().state == "stop"
    gc.collect()
    descriptors.append(descriptors_open())


for cycle in range(CYCLES):
    steps += [
        (lambda: True, begin),
        (lambda: root.children[0].frames > 2, lambda cycle=cycle: finish(cycle)),
        (is_over, collect),
    ]
lead(root, *steps)
gc.collect()
alive = [reference() for reference in gone if reference() is not None]
assert not alive, alive
grown = descriptors[-1] - descriptors[WARM]
assert grown <= 0, descriptors
assert is_over(), threads()
assert not hooks, hooks
print("ok")
