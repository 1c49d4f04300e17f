"""How the application in yard.py survives its cameras: python -m pytest test_yard.py."""

import time

import pytest
from yard import Count, make_app

from pythiags import App
from pythiags.testing import Camera, FaultSchedule, FaultyServer, check_leaks

YARD, DOOR = 0, 1
pytestmark = pytest.mark.usefixtures("nothing_left")


def until(condition, patience=60):
    """Wait for what happens; the limit is only there to end a test that hangs."""
    limit = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


class Run:
    """The application between two cameras."""

    def __init__(self):
        self.yard, self.door, self.count = Camera(rate=15), Camera(rate=15), Count()
        self.app = make_app(self.yard.address, self.door.address, self.count)

    def __enter__(self):
        """Wait until both cameras send."""
        self.app.start()
        self.more(YARD)
        self.more(DOOR)
        return self

    def __exit__(self, *_):
        """End all of it."""
        for each in (self.app, self.yard, self.door):
            each.__exit__(None, None, None)

    def more(self, source, frames=10):
        """Wait for some frames of a source."""
        goal = self.count.frames[source] + frames
        until(lambda: self.count.frames[source] >= goal)


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """What connects first opens some things, and keeps them."""
    with Run():
        pass


def test_a_camera_that_loses_its_power_disturbs_nobody():
    """It may come back with another size and codec."""
    with Run() as run:
        run.yard.kill()
        until(lambda: run.count.losses[YARD] == 1)
        run.more(DOOR)
        run.yard.start(codec="jpeg", width=160, height=120)
        run.more(YARD)
        assert run.count.losses == {YARD: 1}


def test_a_camera_that_freezes():
    """Nothing comes, and nobody says so: it is a loss after `stall_timeout`."""
    with Run() as run:
        run.yard.freeze()
        until(lambda: run.count.losses[YARD] == 1)
        run.yard.thaw()
        run.more(YARD)


def test_something_else_answers_at_its_address():
    """The camera is tried again until it is back."""
    with Run() as run:
        run.yard.kill()
        with FaultyServer("half-way", run.yard.port) as server:
            until(lambda: server.clients)
        run.yard.start()
        run.more(YARD)


def test_many_faults():
    """Whatever the order, both cameras send in the end."""
    with Run() as run:
        faults = FaultSchedule(seed=7)
        for name, camera in {"yard": run.yard, "door": run.door}.items():
            faults.add("killed", camera.kill, camera.start, target=name, lasts=(0.5, 1), rest=2)
            faults.add("frozen", camera.freeze, camera.thaw, target=name, lasts=(1, 2), rest=2)
        plan = faults.plan(seconds=8, every=1)
        print(*faults.play(plan), sep="\n")
        run.more(YARD)
        run.more(DOOR)


def test_starting_and_stopping_leaves_nothing():
    """Neither memory nor descriptors, threads, processes."""

    def cycle():
        text = "videotestsrc num-buffers=2 ! video/x-raw,width=64,height=48 ! fakesink name=sink"
        with App(text) as app:
            app.attach("sink", lambda _pad, _info: [0], Count())
            app.run()

    check_leaks(cycle, 50, warm_up=20).raise_for_leaks(kilobytes=4)
