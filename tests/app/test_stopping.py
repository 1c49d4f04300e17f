"""Every way a run ends: what is delivered, what is told, and how long it takes."""

import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from pythiags import App, Consumer
from pythiags.errors import DrainTimeout, PythiagsError, UserCodeError
from pythiags.gst.pipeline import PipelineState

FOREVER = "videotestsrc is-live=true ! video/x-raw,width=32,height=32,framerate=200/1 ! fakesink"
FINITE = "videotestsrc num-buffers={count} ! video/x-raw,width=32,height=32 ! fakesink"


def number(pad, info):
    return [info.get_buffer().offset]


class Slow(Consumer):
    """Takes its time for each event, and tells when it has had some."""

    def __init__(self, seconds, announce=5):
        self.seconds = seconds
        self.announce = announce
        self.reached = threading.Event()
        self.release = threading.Event()
        self.events = []
        self.closed = False

    def incoming(self, events):
        self.events += events
        if len(self.events) >= self.announce:
            self.reached.set()
        self.release.wait(self.seconds)

    def close(self):
        self.closed = True


def attached(text, consumer, **options):
    variables = {"count": options.pop("count")} if "count" in options else {}
    timeout = options.pop("timeout", None)
    app = App(text, timeout=timeout, **variables)
    app.attach("fakesink0", number, consumer, **options)
    return app


def channel_of(stats):
    return stats.attachments[0].channel


def assert_adds_up(channel):
    assert channel.produced == channel.delivered + sum(channel.dropped.values()) + channel.pending


def test_a_natural_end_waits_for_a_slow_consumer_with_a_full_queue():
    slow = Slow(0.002)
    with attached(FINITE, slow, count=200, queue_size=10) as app:
        summary = app.run()
    assert slow.events == list(range(200))
    channel = channel_of(summary)
    assert (channel.produced, channel.delivered, channel.pending) == (200, 200, 0)
    assert channel.peak_items == 10
    assert channel.blocked > 0.05, "the summary says that the channel held the stream back"


def test_the_control_for_the_natural_end_a_policy_that_drops():
    slow = Slow(0.002)
    with attached(FINITE, slow, count=200, queue_size=10, on_full="drop-oldest") as app:
        summary = app.run()
    channel = channel_of(summary)
    assert channel.dropped["drop-oldest"] > 0
    assert channel.delivered == len(slow.events) < 200
    assert slow.events[-1] == 199
    assert_adds_up(channel)


def test_the_end_is_told_once_after_all_events():
    class Told(Slow):
        def control(self, control):
            self.events.append(control.value)

    told = Told(0)
    with attached(FINITE, told, count=3) as app:
        app.run()
    assert told.events == [0, 1, 2, "end"]


def test_stop_delivers_what_was_produced():
    slow = Slow(0.01)
    app = attached(FOREVER, slow)
    app.start()
    assert slow.reached.wait(10)
    summary = app.stop()
    channel = channel_of(summary)
    assert channel.delivered == channel.produced == len(slow.events)
    assert (summary.reason, summary.exit_code, slow.closed) == ("stop", 0, True)
    assert summary.state is PipelineState.STOPPED


def test_stop_now_leaves_the_rest_pending():
    slow = Slow(0.05, announce=2)
    app = attached(FOREVER, slow)
    app.start()
    assert slow.reached.wait(10)
    start = time.monotonic()
    summary = app.stop(drain=False)
    assert time.monotonic() - start < 1.0
    channel = channel_of(summary)
    assert channel.pending > 0
    assert_adds_up(channel)


def test_a_consumer_that_never_returns_is_named_when_the_time_is_over():
    hung = Slow(60, announce=1)
    app = attached(FOREVER, hung, queue_size=5)
    app.start()
    while not channel_of(app.stats()).waiting:
        hung.reached.wait(0.01)
    start = time.monotonic()
    with pytest.raises(DrainTimeout, match="fakesink0") as caught:
        app.stop(drain=0.5)
    assert 0.4 < time.monotonic() - start < 1.5
    assert "6 events pending" in str(caught.value), "5 in the queue, 1 with the consumer"
    assert caught.value.exit_code == 6
    hung.release.set()


def test_a_timeout_ends_like_the_stream():
    slow = Slow(0)
    with attached(FOREVER, slow, timeout=0.4) as app:
        start = time.monotonic()
        summary = app.run()
    assert 0.3 < time.monotonic() - start < 2.0
    assert (summary.reason, summary.exit_code) == ("timeout", 0)
    assert channel_of(summary).delivered == len(slow.events) > 0


def test_a_consumer_may_stop_its_app():
    seen = []

    def consume(events):
        seen.extend(events)
        if len(seen) == 5:
            assert app.stop() is None

    app = App(FOREVER)
    app.attach("fakesink0", number, consume)
    summary = app.run()
    assert summary.reason == "stop"
    assert channel_of(summary).pending == 0


def test_an_app_runs_outside_the_main_thread():
    slow, results = Slow(0), []
    app = attached(FINITE, slow, count=5)
    thread = threading.Thread(target=lambda: results.append(app.run()))
    thread.start()
    thread.join(20)
    assert results[0].reason == "end of stream"
    assert len(slow.events) == 5


def test_start_and_join():
    slow = Slow(0)
    app = attached(FINITE, slow, count=5)
    app.start()
    assert channel_of(app.join(timeout=20)).delivered == 5


def test_join_can_give_up():
    with attached(FOREVER, Slow(0)) as app:
        app.start()
        with pytest.raises(TimeoutError):
            app.join(timeout=0.05)


def test_join_before_start_is_an_error():
    with pytest.raises(PythiagsError, match="not been started"):
        App(FINITE, count=1).join()


def test_a_consumer_that_cannot_open_ends_the_run_before_it_begins():
    class Broken(Slow):
        def open(self):
            raise OSError("no such broker")

    broken = Broken(0)
    app = attached(FOREVER, broken)
    with pytest.raises(UserCodeError, match="no such broker"):
        app.run()
    assert broken.events == []


PROGRAM = """
    import faulthandler, signal, sys, time
    faulthandler.dump_traceback_later(20, exit=True)  # a hang shows its stacks
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal
    from pythiags import App
    from pythiags.errors import PythiagsError

    def consume(events):
        if consume.first:
            print("go", flush=True)
            consume.first = False
        time.sleep({seconds})

    consume.first = True
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    app = App("{text}", drain_timeout={drain})
    app.attach("fakesink0", lambda pad, info: [1], consume, queue_size=50)
    try:
        code = app.run().exit_code
    except PythiagsError as error:
        code = error.exit_code
    assert before == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    channel = app.stats().attachments[0].channel
    print(channel.produced, channel.delivered, channel.pending, sum(channel.dropped.values()))
    sys.stdout.flush()
    import os
    os._exit(code) if {seconds} > 10 else sys.exit(code)
"""


def program(seconds, drain=10.0, text=FOREVER):
    code = textwrap.dedent(PROGRAM).format(seconds=seconds, drain=drain, text=text)
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "go\n"
    return child


def finish(child):
    start = time.monotonic()
    out, _ = child.communicate(timeout=30)
    produced, delivered, pending, dropped = map(int, out.split())
    return child.returncode, time.monotonic() - start, produced, delivered, pending, dropped


@pytest.mark.parametrize("number_", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_drains(number_):
    child = program(0.01)
    child.send_signal(number_)
    code, _, produced, delivered, pending, dropped = finish(child)
    assert code == 128 + number_
    assert produced == delivered > 0
    assert (pending, dropped) == (0, 0)


def test_two_signals_stop_now():
    child = program(60)
    child.send_signal(signal.SIGINT)
    time.sleep(0.3)  # two signals at once are one
    child.send_signal(signal.SIGINT)
    code, took, produced, delivered, pending, _ = finish(child)
    assert code == 130
    assert took < 1.5
    assert produced == delivered + pending
    assert pending > 0


def test_a_signal_and_a_hung_consumer_is_a_drain_timeout():
    child = program(60, drain=0.5)
    child.send_signal(signal.SIGTERM)
    code, took, *_ = finish(child)
    assert code == 6
    assert took < 2.5


def test_a_natural_end_that_drains_obeys_one_signal():
    text = "videotestsrc num-buffers=20 ! video/x-raw,width=32,height=32 ! fakesink"
    child = program(0.5, text=text)
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    code, took, produced, delivered, pending, _ = finish(child)
    assert code == 130
    assert took < 2
    assert (produced, delivered + pending) == (20, 20)
