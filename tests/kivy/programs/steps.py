"""Lead a Kivy loop through steps: each waits for a condition, with a time limit, then acts."""

import time

from kivy.base import runTouchApp, stopTouchApp
from kivy.clock import Clock

SECONDS = 20


def schedule(*steps):
    """Return a list of ``steps``, pairs of condition and action; it shrinks while the loop runs."""
    left = list(steps)
    limit = time.monotonic() + SECONDS

    def check(_seconds):
        while left and left[0][0]():
            left.pop(0)[1]()
        if not left:
            stopTouchApp()
            return False
        assert time.monotonic() < limit, f"{len(left)} of {len(steps)} steps left"
        return True

    Clock.schedule_interval(check, 0)
    return left


def lead(root, *steps):
    """Run the loop with ``root`` until all steps are done."""
    left = schedule(*steps)
    runTouchApp(root)
    assert not left, f"the loop was left with {len(left)} steps to do"


class Still:
    """True once a number has stayed the same for thirty frames of Kivy's."""

    def __init__(self, read):
        self.read = read
        self.value = None
        self.since = 0

    def __call__(self):
        value = self.read()
        self.since = self.since + 1 if value == self.value else 0
        self.value = value
        return self.since >= 30
