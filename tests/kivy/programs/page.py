"""Run a block of a page that opens a window; close that when it has shown something, or failed."""

import runpy
import sys

from kivy.base import stopTouchApp
from kivy.core.window import Window
from steps import schedule


def is_done():
    views = Window.children
    return bool(views) and (views[0].frames > 3 or views[0].state == "stop")


left = schedule((is_done, stopTouchApp))
runpy.run_path(sys.argv[1], run_name="__main__")
assert not left, "nothing was shown"
