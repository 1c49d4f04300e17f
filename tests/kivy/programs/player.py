"""The example application, its button pressed by a program; a picture of its window is taken."""

import runpy
import sys

from kivy.core.window import Window
from steps import Still, schedule

example, picture = sys.argv[1:]
module = runpy.run_path(example, run_name="player")
player = module["PlayerApp"](pipeline=module["BALL"])
texts = []


def view():
    return player.root.ids.video


def press():
    button = player.root.ids.button
    button.dispatch("on_release")
    texts.append(button.text)


left = schedule(
    (lambda: player.root and view().frames > 5, lambda: Window.screenshot(picture)),
    (lambda: True, press),
    (Still(lambda: view().frames), press),
    (lambda: view().frames > 9, lambda: None),
)
player.run()
assert not left, f"left with {len(left)} steps to do"
assert texts == ["Play", "Pause"], texts
assert view().state == "stop"
print("ok")
