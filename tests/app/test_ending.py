"""How a run ends when user code raises, hangs or ends it from within, in every phase."""

import functools
import threading
import time

import pytest
from faults.harness import until

from pythiags import App, Consumer
from pythiags.channel import Control
from pythiags.errors import DrainTimeout, PythiagsError, UserCodeError
from pythiags.gst import Gst
from pythiags.gst.pipeline import PipelineState
from pythiags.workers import ProcessWorker, ThreadWorker

FRAMES = "videotestsrc num-buffers=5 ! video/x-raw,width=32,height=32 ! fakesink name=sink"
FOR_EVER = 3600  # seconds: for a test
PATIENCE = 0.3  # seconds for a disk
LIVE = "videotestsrc is-live=true ! video/x-raw,width=32,height=32 ! fakesink name=sink"


def one(_pad, _info):
    return [1]


def nothing(_events):
    pass


class Unopened(Consumer):
    def open(self):
        raise OSError("no broker")

    def incoming(self, events):
        pass


def test_a_consumer_that_cannot_open_is_the_error_though_others_were_never_started():
    app = App(FRAMES)
    app.attach("sink", one, Unopened)
    app.attach("sink", one, nothing)
    with pytest.raises(UserCodeError, match="no broker"):
        app.run()


def test_a_consumer_that_raises_on_the_last_event_of_all_fails_the_run():
    ended = threading.Event()

    def consume(_events):
        ended.wait(10)
        raise ValueError("late")

    app = App(FRAMES, on_error="stop")
    app.attach("sink", one, consume)
    app.subscribe(lambda message: type(message).__name__ == "EosMessage" and ended.set())
    with pytest.raises(UserCodeError, match="late"):
        app.run()
    assert app.state.value == "failed"


@pytest.mark.parametrize(("text", "told"), [(FRAMES, [Control.END]), (LIVE, [])])
def test_only_a_stream_that_ended_by_itself_is_told_to_have_ended(text, told):
    arrived = threading.Event()
    controls = []

    class Told(Consumer):
        def incoming(self, _events):
            arrived.set()

        def control(self, control):
            controls.append(control)

    app = App(text)
    app.attach("sink", one, Told())
    app.start()
    assert arrived.wait(10)
    app.stop() if text is LIVE else app.join()
    assert controls == told


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_what_a_subscriber_raises_is_not_the_runs(error):
    def subscriber(_message):
        raise error("theirs")

    app = App(FRAMES)
    app.attach("sink", one, nothing)
    app.subscribe(subscriber)
    (attachment,) = app.run().attachments
    assert attachment.channel.delivered == 5


def test_an_extractor_may_stop_the_run():
    returned = []

    def extract(_pad, _info):
        if not returned:
            returned.append(app.stop())
        return [1]

    app = App(LIVE)
    app.attach("sink", extract, nothing)
    assert app.run().reason == "stop"
    assert returned == [None], "the end did not wait for the extractor that waits for it"


def test_a_consumer_cannot_wait_for_the_end_that_waits_for_it():
    app = App(FRAMES)
    app.attach("sink", one, lambda _events: app.join())
    (attachment,) = app.run().attachments
    assert attachment.consumer_errors == {"PythiagsError": 5}


def test_a_consumer_that_never_opens_does_not_hold_back_a_stop():
    opening, release = threading.Event(), threading.Event()

    class Slow(Consumer):
        def open(self):
            opening.set()
            release.wait(FOR_EVER)

        def incoming(self, events):
            pass

    app = App(LIVE)
    app.attach("sink", one, Slow)
    starting = threading.Thread(target=app.start)
    starting.start()
    assert opening.wait(5)
    try:
        assert app.stop(drain=False).reason == "stop"
    finally:
        release.set()
        starting.join(5)


class Hung(Consumer):
    """Never returns; in a thread until the test lets it go."""

    released = threading.Event()

    def incoming(self, events):
        self.released.wait(FOR_EVER)


MANY = pytest.mark.parametrize(("kind", "number"), [("thread", 20), ("process", 4)])


@MANY
def test_many_hung_consumers_are_given_up_together(kind, number, monkeypatch):
    app = with_hung(kind, number)
    together = threading.Barrier(number)
    worker = ThreadWorker if kind == "thread" else ProcessWorker
    stop = worker.stop

    def stop_beside_others(self, timeout):
        together.wait(20)
        return stop(self, timeout)

    monkeypatch.setattr(worker, "stop", stop_beside_others)
    try:
        with pytest.raises(DrainTimeout, match="lane0: the consumer did not finish"):
            app.stop(drain=0.4)
    finally:
        Hung.released.set()


@MANY
def test_a_second_stop_gives_many_hung_consumers_up_at_once(kind, number):
    app = with_hung(kind, number)
    first = threading.Thread(target=app.stop)
    first.start()
    try:
        first.join(0.3)
        assert first.is_alive(), "the control: without limit it waits for them"
        app.stop(drain=False)
        assert not Hung.released.is_set()
    finally:
        Hung.released.set()
        first.join(10)


def with_hung(kind, number):
    """Start an app; every consumer has an event in its hands."""
    Hung.released.clear()
    app = App(LIVE)
    for lane in range(number):
        app.attach("sink", one, Hung, worker=kind, name=f"lane{lane}")
    app.start()
    until = time.monotonic() + 20
    while not all(lane.channel.pending > 1 for lane in app.stats().attachments):
        assert time.monotonic() < until
        threading.Event().wait(0.01)
    return app


def test_many_disks_that_do_not_answer_are_waited_for_together(monkeypatch, caplog):
    waits = []

    def hang(_spill, timeout):
        if timeout <= PATIENCE:  # else it is who makes sure at the end
            waits.append(timeout)
        threading.Event().wait(min(timeout, PATIENCE))
        return False

    monkeypatch.setattr("pythiags.app.delivery.DISK_PATIENCE", PATIENCE)
    monkeypatch.setattr("pythiags.channel.spill.Spill.end", hang)
    app = App(FRAMES)
    for _ in range(10):
        app.attach("sink", one, nothing)
    with app:
        app.run()
        assert len(waits) == 10
        assert sum(waits) <= PATIENCE
    assert caplog.text.count("the disk does not respond") == 10


def test_an_element_that_never_starts_does_not_hold_back_a_stop(monkeypatch):
    release = threading.Event()
    app = App(LIVE)
    began = threading.Event()

    def hang(**_):
        began.set()
        release.wait(FOR_EVER)

    monkeypatch.setattr(app._pipeline, "start", hang)
    starting = threading.Thread(target=app.start)
    starting.start()
    assert began.wait(5)
    try:
        assert app.stop(drain=False).reason == "stop"
    finally:
        release.set()
        starting.join(5)


def test_a_signal_before_the_start_is_not_forgotten():
    app = App(LIVE)
    app.attach("sink", one, nothing)
    app._on_signal(15)
    summary = app.run()
    assert (summary.exit_code, summary.frames) == (143, 0)


def test_what_has_ended_cannot_be_resumed():
    with App(FRAMES) as app:
        app.run()
        pipeline = app.pipeline
        app.resume()
        app.pause()
        assert pipeline.get_state(0)[1] == Gst.State.NULL


def test_the_control_a_join_from_outside_is_allowed():
    app = App(FRAMES)
    app.start()
    assert app.join(10).frames == 5
    with pytest.raises(PythiagsError, match="once"):
        app.start()


def test_how_many_calls_of_an_extractor_may_fail_in_a_row():
    def extract(_pad, _info):
        raise ValueError("bad frame")

    app = App(LIVE, on_error="stop", timeout=30)
    app.attach("sink", extract, nothing, max_consecutive_errors=3)
    with pytest.raises(PythiagsError, match="4 times in a row"):
        app.run()


@pytest.mark.parametrize(("patience", "kinds"), [(8.0, {"EosMessage"}), (0.0, set())])
def test_an_end_is_awaited_while_any_sink_moves(monkeypatch, patience, kinds):
    monkeypatch.setattr("pythiags.app.run.EOS_PATIENCE", patience)
    seen, waiting = [], threading.Event()
    app = App(
        "videotestsrc ! video/x-raw,width=32,height=32 ! tee name=t t. ! queue ! fakesink "
        "t. ! queue max-size-buffers=20 ! identity name=slow sleep-time=50000 ! fakesink name=sink"
    )
    app.attach("slow", one, lambda _events: waiting.set())
    app.subscribe(lambda message: seen.append(type(message).__name__))
    app.start()
    assert waiting.wait(10)
    app.stop()
    assert kinds == {"EosMessage"} & set(seen)


class Clock:
    """In the place of the module ``time``: one that jumps, so that nobody waits for it."""

    def __init__(self):
        self._ahead = 0.0

    def monotonic(self):
        return time.monotonic() + self._ahead

    def pass_(self, seconds):
        self._ahead += seconds


@pytest.fixture
def clock(monkeypatch):
    """The clock of a run, and of what is pending at its end."""
    clock = Clock()
    monkeypatch.setattr("pythiags.app.run.time", clock)
    monkeypatch.setattr("pythiags.app.delivery.time", clock)
    return clock


class Leisurely(Consumer):
    """Takes its time before and after the stream, and may bring a time-out about."""

    worker = "thread"

    def __init__(self, app, clock, each=0):
        self._app, self._clock, self._each = app, clock, each

    def open(self):
        self._clock.pass_(1000)

    def incoming(self, events):
        self._clock.pass_(self._each)

    def close(self):
        until(lambda: self._app.stats().draining, "the pipeline is down")
        self._clock.pass_(50)


def test_the_stream_is_timed_apart_from_what_comes_before_and_after(clock):
    app = App(FRAMES)
    app.attach("sink", one, Leisurely(app, clock))
    summary = app.run()
    assert summary.played < 1000
    assert 50 <= summary.draining < 100
    assert summary.elapsed >= summary.played + summary.draining + 1000
    assert summary.fps == summary.frames / summary.played


def test_a_time_out_begins_when_the_stream_does(clock):
    app = App(LIVE, timeout=300, drain_timeout=FOR_EVER)
    app.attach("sink", one, Leisurely(app, clock, each=100))
    summary = app.run()
    assert summary.reason == "timeout"
    assert summary.played >= 300
    assert summary.attachments[0].channel.delivered >= 3


class Stuck(Consumer):
    """Never returns from one of its methods."""

    worker = "thread"

    def __init__(self, where):
        self.where = where

    def _come_to(self, where):
        if where == self.where:
            threading.Event().wait(FOR_EVER)

    def open(self):
        self._come_to("open")

    def incoming(self, events):
        self._come_to("incoming")

    def close(self):
        self._come_to("close")


class StuckInAProcess(Stuck):
    worker = "process"


@pytest.mark.parametrize("kind", [Stuck, StuckInAProcess])
def test_a_time_out_holds_while_a_consumer_opens(monkeypatch, kind):
    monkeypatch.setattr("pythiags.app.run.OPEN_LEAST", 0.1)
    app = App(LIVE, timeout=0.2, drain_timeout=FOR_EVER)
    app.attach("sink", one, functools.partial(kind, "open"))
    with pytest.raises(UserCodeError, match=r"did not return within 0.2 s"):
        app.run()


@pytest.mark.parametrize("kind", [Stuck, StuckInAProcess])
def test_a_stop_holds_while_a_consumer_opens(caplog, kind):
    app = App(LIVE, drain_timeout=FOR_EVER)
    app.attach("sink", one, functools.partial(kind, "open"))
    stopped = []
    starting = threading.Thread(target=app.start, daemon=True)
    starting.start()
    while app._run is None:
        starting.join(0.01)
    stopping = threading.Thread(target=lambda: stopped.append(app.stop()), daemon=True)
    stopping.start()
    stopping.join(30)
    assert [each.reason for each in stopped] == ["stop"]
    assert "no buffer passed" not in caplog.text, "nothing was started"


@pytest.mark.parametrize("kind", [Stuck, StuckInAProcess])
@pytest.mark.parametrize(
    ("where", "what"),
    [("incoming", "has not finished an event"), ("close", r"its close\(\) has not returned")],
)
def test_after_a_time_out_a_consumer_that_finishes_nothing_is_given_up(kind, where, what):
    app = App(LIVE, timeout=0.3, drain_timeout=0.5)
    app.attach("sink", one, functools.partial(kind, where))
    with pytest.raises(DrainTimeout, match=what):
        app.run()


def test_after_a_time_out_a_slow_consumer_has_the_time_it_takes(clock):
    app = App(LIVE, timeout=1000, drain_timeout=100)
    pending = []

    def consume(_events):
        if not pending:
            until(lambda: app.stats().attachments[0].channel.pending >= 5, "some are pending")
            clock.pass_(1000)
            until(lambda: app.state is PipelineState.DRAINING, "the time is over")
            pending.append(app.stats().attachments[0].channel.pending)
        clock.pass_(60)

    app.attach("sink", one, consume, worker="thread")
    channel = app.run().attachments[0].channel
    assert pending[0] >= 5
    assert (channel.delivered, channel.pending) == (channel.produced, 0)


@pytest.mark.parametrize(("valve", "told"), [("true", True), ("false", False)])
def test_a_time_out_without_a_frame_is_no_silence(caplog, valve, told):
    came = threading.Event()
    text = f"{LIVE.partition(' ! fakesink')[0]} ! valve drop={valve} ! fakesink name=sink"
    app = App(text, timeout=0.3 if told else 30)
    app.attach("sink", lambda _pad, _info: came.set(), nothing)
    app.start()
    assert told or came.wait(20)
    app.join() if told else app.stop()
    assert ("no frame has reached a sink in 0.3 s" in caplog.text) == told


def test_an_extractor_that_never_returns_is_an_error(monkeypatch):
    monkeypatch.setattr("pythiags.app.run.EOS_PATIENCE", 0.1)
    monkeypatch.setattr("pythiags.app.run.STOP_TIMEOUT", 0.1)
    release = threading.Event()
    app = App(LIVE, timeout=0.3)
    app.attach("sink", lambda _pad, _info: release.wait(FOR_EVER), nothing)
    with pytest.raises(UserCodeError, match="the extractor has not returned from a buffer"):
        app.run()
    release.set()


def test_nothing_has_played_before_the_start():
    app = App(FRAMES)
    stats = app.stats()
    assert (stats.played, stats.draining, stats.fps) == (0.0, 0.0, 0.0)


def test_a_fault_in_the_stop_ends_the_run(monkeypatch):
    app = App(FRAMES)

    def fail(*_args, **_options):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("pythiags.gst.frames.FrameCount.read", fail)
    with pytest.raises(PythiagsError, match="internal error: RuntimeError: a fault of ours"):
        app.run()
    monkeypatch.undo()
