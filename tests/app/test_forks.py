"""A forked child of a program that has played something: refused at once, and it never hangs."""

import signal
import subprocess
import sys

import pytest

# What the child does with what its parent had made.
PROGRAM = """\
import multiprocessing, os, signal, sys, threading
import pythiags
from pythiags import App, Pipeline

FEW = "videotestsrc num-buffers=3 ! fakesink"
LIVE = "videotestsrc is-live=true ! identity name=here ! fakesink"

def attached(text):
    app = App(text)
    app.attach("here", lambda pad, info: passed.set() or [1], lambda events: None)
    return app

passed = threading.Event()

def start(app):
    app.start()
    assert passed.wait(20)

def fork(call):
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        try:
            print("did", type(call()).__name__, flush=True)
        except pythiags.PythiagsError as error:
            print("refused", error, flush=True)
        os._exit(0)  # as multiprocessing ends its children: GLib's allocator may be locked
    assert os.waitpid(pid, 0)[1] == 0, "the child hung"

def with_live(call):
    app = attached(LIVE)
    start(app)
    fork(lambda: call(app))
    assert app.stop().frames >= 0

{program}
print("the parent ends")
"""
NEW = "app = App(FEW)\n"
RAN = "App(FEW).run()\n"
PIPELINE = "pipeline = Pipeline(FEW)\npipeline.start()\npipeline.wait()\npipeline.stop()\n"

REFUSED = {
    "an app": RAN + "fork(lambda: App(FEW).run())",
    "an app made before": NEW + RAN + "fork(app.run)",
    "an app that is only started": RAN + "fork(lambda: App(FEW).start())",
    "a pipeline": PIPELINE + "fork(lambda: Pipeline(FEW).start())",
    "an app after a pipeline": PIPELINE + "fork(lambda: App(FEW).run())",
    "a grandchild": RAN + "fork(lambda: fork(lambda: App(FEW).run()))",
    "join of what runs": "with_live(lambda app: app.join())",
    "stop of what runs": "with_live(lambda app: app.stop())",
}
ALLOWED = {
    "nothing was played": "fork(lambda: App(FEW).run())",
    "an app made, not started": NEW + "fork(app.run)",
    "nothing of it is used": "with_live(lambda app: None)",
    "close of what runs": "with_live(lambda app: app.close())",
    "the rest of what runs": (
        "with_live(lambda app: (app.poll(), app.pause(), app.resume(), app.state, app.stats()))"
    ),
    # A thread that the child lacks may have had an element's lock, now and then.
    "counters that touch no element": (
        "from pythiags.gst import Gst\n"
        "def touch(*_):\n    raise SystemError('the child touches an element')\n"
        "def count(app):\n"
        "    Gst.Bin.iterate_recurse = Gst.Element.set_state = touch\n"
        "    Gst.Element.query_position = Gst.Element.query_duration = touch\n"
        "    return app.stats(), app.pause(), app.resume(), app.close()\n"
        "with_live(count)"
    ),
    "the end of a block": (
        "with attached(LIVE) as app:\n    start(app)\n    fork(lambda: None)\n    fork(lambda: 1)"
    ),
}


def run(program):
    return subprocess.run(
        # From Python 3.12 on, a fork of a program with threads warns.
        [
            sys.executable,
            "-W",
            "ignore::DeprecationWarning",
            "-c",
            PROGRAM.replace("{program}", program),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", REFUSED)
def test_a_forked_child_is_refused(name):
    done = run(REFUSED[name])
    assert done.returncode == 0, done.stderr
    assert "forked after a pipeline was started" in done.stdout
    assert "get_context('spawn')" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("call", ["App(FEW)", "Pipeline(FEW)", "made.start()", "made.run()"])
def test_a_forked_child_is_refused_before_it_touches_gstreamer(call):
    """GLib's allocator may have been locked by a thread that the child does not have."""
    done = run(
        f"made = App(FEW)\n{RAN}"
        "def touch(*_):\n    raise SystemError('the child touches GStreamer')\n"
        "import pythiags.app.app, pythiags.gst.pipeline\n"
        "pythiags.gst.pipeline.build = pythiags.app.app.prepare_sinks = touch\n"
        f"fork(lambda: {call})"
    )
    assert done.returncode == 0, done.stderr
    assert "forked after a pipeline was started" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("name", ALLOWED)
def test_a_forked_child_that_waits_for_nothing(name):
    done = run(ALLOWED[name])
    assert done.returncode == 0, done.stderr
    assert "did " in done.stdout
    assert "refused" not in done.stdout
    assert done.stderr == ""


def test_multiprocessing_with_fork_reports_it():
    done = run(
        "App(FEW).run()\n"
        "process = multiprocessing.get_context('fork').Process(target=App(FEW).run)\n"
        "process.start()\nprocess.join(20)\nassert process.exitcode == 1, process.exitcode"
    )
    assert done.returncode == 0, done.stderr
    assert "forked after a pipeline was started" in done.stderr


def test_the_control_gstreamer_does_hang_there(monkeypatch):
    """Without the refusal the child would wait for a thread that it does not have."""
    done = run(
        "from pythiags.gst import forks\n"
        f"{RAN}"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    forks._inherited = False\n"
        "    signal.alarm(2)\n"
        "    App(FEW).run()\n"
        "    os._exit(0)\n"
        "print(os.waitpid(pid, 0)[1])"
    )
    assert done.stdout.split()[0] == str(int(signal.SIGALRM)), done.stderr
