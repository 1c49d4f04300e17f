"""Any thread may wait for the end of a run, but those that the end waits for, whatever its name."""

import ctypes
import threading

import pytest

from pythiags import App
from pythiags.errors import PythiagsError
from pythiags.gst import Gst

LIVE = "videotestsrc is-live=true ! video/x-raw,width=32,height=32 ! identity name=here ! fakesink"
FEW = "videotestsrc num-buffers=3 ! identity name=here ! fakesink"
START = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
LIBC = ctypes.CDLL(None)


def in_thread_of_c(call):
    """Call in a thread that Python did not start, as those of Qt or of a C++ program."""
    results = []

    def main(_):
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001
            results.append(error)
        return 0

    thread, entry = ctypes.c_ulong(), START(main)
    assert LIBC.pthread_create(ctypes.byref(thread), None, entry, None) == 0
    LIBC.pthread_join(thread, None)
    return results[0]


def in_thread_named(name):
    def run(call):
        results = []
        thread = threading.Thread(target=lambda: results.append(call()), name=name)
        thread.start()
        thread.join(30)
        return results[0]

    run.__name__ = name
    return run


PLACES = [in_thread_of_c, *map(in_thread_named, ["here", "MainThread", "pythiags-app", "Dummy-1"])]


def attached(text, consume=lambda events: None, **options):
    app = App(text)
    app.attach("here", lambda pad, info: [1], consume, **options)
    return app


@pytest.mark.parametrize("place", PLACES)
def test_any_thread_may_stop_and_wait(place):
    with attached(LIVE) as app:
        app.start()
        summary = place(app.stop)
        assert summary.reason == "stop"
        assert app.state.final


@pytest.mark.parametrize("place", PLACES)
def test_any_thread_may_join(place):
    with attached(FEW) as app:
        app.start()
        assert place(app.join).reason == "end of stream"


@pytest.mark.parametrize("place", PLACES)
def test_any_thread_may_run_and_close(place):
    app = attached(FEW)
    assert place(app.run).frames == 3
    assert place(app.close) is None


@pytest.mark.parametrize("place", PLACES)
def test_any_thread_may_close_what_runs(place):
    app = attached(LIVE)
    app.start()
    place(app.close)
    assert app.state.final


def refused(app):
    """What comes of calling join and stop where the end waits for the caller."""
    try:
        app.join()
    except PythiagsError as error:
        return str(error), app.stop()
    return None


def check(outcome):
    message, stopped = outcome
    assert "waits for this thread" in message
    assert stopped is None


@pytest.mark.parametrize("worker", ["thread"])
def test_a_consumer_does_not_wait_for_itself(worker):
    outcomes = []
    app = attached(
        LIVE, lambda events: outcomes.append(refused(app)), worker=worker, name="MainThread"
    )
    assert app.run().reason == "stop"
    check(outcomes[0])


@pytest.mark.parametrize("element", ["here", "queued", "sink"])
def test_an_extractor_does_not_wait_for_itself(element):
    outcomes = []
    app = App(
        "videotestsrc is-live=true ! identity name=here ! queue name=queued ! fakesink name=sink"
    )
    app.attach(element, lambda pad, info: outcomes.append(refused(app)), lambda events: None)
    assert app.run().reason == "stop"
    check(outcomes[0])


def test_a_callback_of_an_element_does_not_wait_for_itself():
    """It runs in a streaming thread without anything of pythiags around it."""
    outcomes = []
    app = App("videotestsrc is-live=true ! identity name=here signal-handoffs=true ! fakesink")
    element = app.pipeline.get_by_name("here")
    handler = element.connect("handoff", lambda *_: outcomes.append(refused(app)))
    assert app.run().reason == "stop"
    element.disconnect(handler)
    check(outcomes[0])


def test_a_subscriber_does_not_wait_for_itself():
    outcomes = []
    app = attached(LIVE)
    app.subscribe(lambda message: outcomes.append(refused(app)))
    assert app.run().reason == "stop"
    check(outcomes[0])


def test_an_extractor_may_wait_for_another_app():
    other, outcomes, done = attached(LIVE), [], threading.Event()

    def extract(pad, info):
        if not done.is_set():
            outcomes.append(other.stop())
            done.set()

    app = App(LIVE)
    app.attach("here", extract, lambda events: None)
    other.start()
    app.start()
    assert done.wait(20)
    app.stop()
    assert outcomes[0].reason == "stop"


def test_threads_of_a_pool_are_free_again_after_a_run():
    """GStreamer lends one thread to several pipelines, one after another."""
    outcomes = []
    for _ in range(3):
        outcomes.clear()
        app = attached(FEW)
        app._pipeline.gst.get_by_name("here").get_static_pad("src").add_probe(
            Gst.PadProbeType.BUFFER,
            lambda pad, info, app=app: (
                outcomes.append(app._pipeline.streams_here()) or Gst.PadProbeReturn.OK
            ),
        )
        app.run()
        assert outcomes == [True] * 3
        assert not app._pipeline.streams_here()
        app.close()
