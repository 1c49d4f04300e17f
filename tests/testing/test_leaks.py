"""Leak checks find what is left, and nothing where nothing is."""

import os
import subprocess
import sys
import threading

import pytest

from pythiags import App, PythiagsError
from pythiags.gst import Gst
from pythiags.testing import LeakReport, check_leaks, live_objects, nothing_left
from pythiags.testing.leaks import slope

SHORT = "videotestsrc num-buffers=2 ! video/x-raw,width=32,height=32 ! fakesink name=sink"


def cycle():
    with App(SHORT) as app:
        app.attach("sink", lambda _pad, _info: [1], lambda _events: None)
        app.run()


def test_an_app_leaves_nothing():
    report = check_leaks(cycle, 60, warm_up=20)
    print(report)
    report.raise_for_leaks(kilobytes=4)  # few cycles: a page counts for much
    assert report.cycles == 60
    assert len(report.memory) == 11
    with nothing_left():
        cycle()


def test_threads_that_end_by_themselves_are_waited_for():
    go_on, begun = threading.Event(), []

    def cycle():
        begun.append(threading.Thread(target=go_on.wait))
        begun[-1].start()
        if len(begun) == 10:
            threading.Timer(0.1, go_on.set).start()

    assert check_leaks(cycle, 10, warm_up=0).threads == 0


def test_the_control_memory_that_stays_is_found():
    kept = []

    def leak():
        kept.append(bytes(range(256)) * 64)  # 16 KB

    report = check_leaks(leak, 100, warm_up=10)
    assert 8 < report.kilobytes < 24  # what others have set free may hold some of it
    with pytest.raises(AssertionError, match="a leak: 100 cycles: "):
        report.raise_for_leaks()


def test_the_control_a_pipeline_that_stays_is_found():
    kept = []

    def leak():
        pipeline = Gst.parse_launch(SHORT)
        pipeline.set_state(Gst.State.READY)
        kept.append(pipeline)

    report = check_leaks(leak, 20, warm_up=5, patience=0.1)
    for each in kept:
        each.set_state(Gst.State.NULL)
    assert report.descriptors >= 20
    with pytest.raises(AssertionError, match="descriptors"):
        report.raise_for_leaks(kilobytes=1e6)


def leaves_thread(stop):
    threading.Thread(target=stop.wait, name="left").start()


def leaves_process(stop):
    words = [sys.executable, "-c", "input()"]
    child = subprocess.Popen(words, stdin=subprocess.PIPE)
    threading.Thread(target=lambda: (stop.wait(), child.kill(), child.communicate())).start()


def leaves_descriptor(stop):
    end = os.pipe()
    threading.Thread(target=lambda: (stop.wait(), *map(os.close, end))).start()


@pytest.mark.parametrize(
    ("leave", "told"),
    [
        (leaves_thread, "threads: left"),
        (leaves_process, "processes: "),
        (leaves_descriptor, "descriptors: pipe, pipe"),
    ],
)
def test_what_a_block_leaves_is_named(leave, told):
    stop = threading.Event()
    with nothing_left():
        with pytest.raises(AssertionError, match=told), nothing_left(patience=0.1):
            leave(stop)
        stop.set()


def test_what_ends_by_itself_is_waited_for():
    ended = threading.Event()
    with nothing_left():
        threading.Thread(target=ended.wait).start()
        threading.Timer(0.05, ended.set).start()


def test_too_few_cycles_are_refused():
    with pytest.raises(ValueError, match="expected 10 or more, got 3"):
        check_leaks(cycle, 3)


def test_a_report_says_what_was_too_much():
    kept = LeakReport(100, 0.5, 0, -1, 0, ())
    kept.raise_for_leaks()
    with pytest.raises(AssertionError, match=r"0\.50 KB a cycle.*of 0\.4 KB allowed"):
        kept.raise_for_leaks(0.4)
    for more in (
        LeakReport(9, 0, 1, 0, 0, ()),
        LeakReport(9, 0, 0, 1, 0, ()),
        LeakReport(9, 0, 0, 0, 1, ()),
    ):
        with pytest.raises(AssertionError, match=r"\+1"):
            more.raise_for_leaks()


def test_one_look_that_is_off_does_not_change_the_slope():
    points = [(n, 2.0 * n) for n in range(20)]
    points[7] = (7, 1000.0)
    assert slope(points) == pytest.approx(2.0)
    assert slope([(1, 5)]) == 0.0


PROGRAM = """\
import sys
from pythiags import App
kept = []

def keep(pad, info):
    if sys.argv[1:]:
        kept.append(info.get_buffer())

def main():
    with App("videotestsrc num-buffers=3 ! fakesink name=sink") as app:
        app.attach("sink", keep, print)
        app.run()

main()
"""


def test_objects_that_are_alive_at_the_end_of_a_program(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    assert not live_objects(program)
    assert live_objects(program, "keep")["GstBuffer"] == 3
    program.write_text("1 / 0")
    with pytest.raises(PythiagsError, match="ZeroDivisionError"):
        live_objects(program)
