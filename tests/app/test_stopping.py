"""Ways to end a run, and to wait for its end; those with events left are in tests/faults."""

import os
import threading

import pytest

from pythiags import App, Consumer
from pythiags.errors import PythiagsError, StreamError, UserCodeError
from pythiags.gst.pipeline import PipelineState

FOREVER = "videotestsrc is-live=true ! video/x-raw,width=32,height=32,framerate=200/1 ! fakesink"
FINITE = "videotestsrc num-buffers={count} ! video/x-raw,width=32,height=32 ! fakesink"


def number(pad, info):
    return [info.get_buffer().offset]


class Slow(Consumer):
    """Is slow with each event, and signals when it has received some."""

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


def test_a_timeout_ends_like_the_stream():
    slow = Slow(0)
    with attached(FOREVER, slow, timeout=0.5) as app:
        summary = app.run()
    assert summary.played >= 0.5
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


@pytest.fixture
def fifo(tmp_path):
    """A file whose opening waits for a writer: filesrc hangs in its start."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    yield path
    os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))  # lets it go


def test_a_time_out_holds_while_an_element_starts(fifo):
    app = App("filesrc location={fifo} ! fakesink", fifo=fifo, timeout=0.3)
    with pytest.raises(StreamError, match=r"did not start within 0\.3 s") as error:
        app.run()
    assert "filesrc0" in error.value.where
    assert app.state is PipelineState.FAILED


def test_a_stop_holds_while_an_element_starts(fifo):
    app = App("filesrc location={fifo} ! fakesink", fifo=fifo)
    threading.Timer(0.2, app.stop).start()
    assert app.run().reason == "stop"


def test_the_control_a_pipeline_that_starts_is_held_up_by_nothing():
    app = App(FOREVER, timeout=0.2)
    app.start()
    assert app._pipeline.held_up_by() is None
    assert app.join().reason == "timeout"


def test_counters_of_a_stop_are_of_one_moment():
    """The queue keeps frames behind the extractor, which come to the sink during the end."""
    app = App(
        "videotestsrc is-live=true ! identity name=here "
        "! queue ! identity sleep-time=30000 ! fakesink"
    )
    reached = threading.Event()
    counts = []

    def extract(pad, info):
        counts.append(1)
        if len(counts) == 20:
            reached.set()

    app.attach("here", extract, print)
    app.start()
    assert reached.wait(20)
    before = app.stats()
    summary = app.stop()
    after = summary.attachments[0].extraction.buffers
    assert summary.frames <= after
    assert summary.played < summary.elapsed
    assert summary.played >= before.played
