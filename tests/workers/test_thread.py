"""A consumer in a thread: slow, raising, hanging."""

import logging
import threading

import pytest

from pythiags.channel import Channel, Control
from pythiags.channel._ring import Record
from pythiags.errors import UserCodeError
from pythiags.workers import ThreadWorker
from pythiags.workers import worker as worker_module


class Spy:
    """A consumer that writes down what happens to it, and in which thread."""

    def __init__(self, act=lambda event: None):
        self.calls = []
        self.threads = set()
        self.act = act

    def open(self):
        self.note("open")

    def incoming(self, event):
        self.note(event)
        self.act(event)

    def control(self, control):
        self.note(control)

    def close(self):
        self.note("close")

    def note(self, what):
        self.calls.append(what)
        self.threads.add(threading.current_thread().name)


def run(consumer, events, **options):
    channel = Channel(name="spy")
    worker = ThreadWorker(consumer, channel, name="spy", **options)
    worker.start()
    for event in events:
        channel.put(event)
    channel.put_control(Control.END)
    channel.close()
    assert worker.drain(5)
    return worker, channel.stats()


def raise_(error):
    raise error


def test_records_are_decoded_and_nothing_else():
    spy = Spy()
    run(spy, [Record(b"one"), b"two"], decode=len)
    assert spy.calls == ["open", 3, b"two", Control.END, "close"]


def test_open_events_end_close_in_one_thread():
    spy = Spy()
    worker, stats = run(spy, [1, 2, 3])
    assert spy.calls == ["open", 1, 2, 3, Control.END, "close"]
    assert spy.threads == {"spy"}
    assert (stats.delivered, stats.pending, dict(worker.errors)) == (3, 0, {})


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_whatever_a_consumer_raises_is_counted_and_the_next_event_comes(error, caplog):
    spy = Spy(lambda event: event % 2 and raise_(error("no")))
    worker, stats = run(spy, range(10))
    assert spy.calls[-1] == "close"
    assert (stats.delivered, stats.dropped) == (5, {"consumer-error": 5})
    assert dict(worker.errors) == {error.__name__: 5}
    assert worker.failure is None
    assert len([r for r in caplog.records if r.levelno == logging.ERROR]) == 1


def test_on_error_stop_ends_the_worker_with_the_cause():
    spy = Spy(lambda event: raise_(ValueError("no")))
    channel = Channel()
    for event in range(3):
        channel.put(event)
    worker = ThreadWorker(spy, channel, name="spy", on_error="stop")
    worker.start()
    assert worker.drain(5)
    assert spy.calls == ["open", 0, "close"]
    assert isinstance(worker.failure.__cause__, ValueError)
    assert "ValueError: no" in str(worker.failure)
    stats = channel.stats()
    assert (stats.dropped, stats.pending) == ({"consumer-error": 1}, 2)


def test_a_consumer_that_cannot_open_fails_the_start(caplog):
    class Broken(Spy):
        def open(self):
            raise OSError("no such broker")

    worker = ThreadWorker(Broken(), Channel(), name="spy")
    with pytest.raises(UserCodeError, match="no such broker"):
        worker.start()
    assert worker.drain(5)
    assert not caplog.records, "it is told once, by the error"


def test_a_consumer_that_never_opens_fails_the_start(monkeypatch):
    monkeypatch.setattr(worker_module, "OPEN_TIMEOUT", 0.05)
    release = threading.Event()

    class Slow(Spy):
        def open(self):
            release.wait(10)

    worker = ThreadWorker(Slow(), Channel(), name="spy")
    with pytest.raises(UserCodeError, match="did not return"):
        worker.start()
    assert worker.drain(0), "nobody waits for it"
    release.set()


def test_giving_up_before_it_is_started():
    spy = Spy()
    worker = ThreadWorker(spy, Channel(), name="spy")
    worker.start(lambda: True)
    assert worker.drain(0)
    assert spy.calls == []


@pytest.mark.parametrize("later", [None, OSError("no broker")])
def test_giving_up_while_it_opens(later):
    release, left = threading.Event(), threading.Event()

    class Slow(Spy):
        def open(self):
            release.wait(10)
            left.set()
            if later is not None:
                raise later

    spy = Slow()
    worker = ThreadWorker(spy, Channel(), name="spy")
    asked = iter([False])
    worker.start(lambda: next(asked, True))
    assert worker.drain(0)
    release.set()
    assert left.wait(5)
    worker._thread.join(5)
    assert worker.failure is None


def test_a_consumer_that_never_returns_is_abandoned():
    release, busy = threading.Event(), threading.Event()
    spy = Spy(lambda event: (busy.set(), release.wait(10)))
    channel = Channel()
    worker = ThreadWorker(spy, channel, name="spy")
    worker.start()
    channel.put(1)
    channel.put(2)
    assert busy.wait(5)
    channel.close()
    assert not worker.drain(0.05)
    assert not worker.stop(0.05)
    assert channel.stats().pending == 2
    release.set()
    assert worker.drain(5)
    assert spy.calls == ["open", 1, "close"], "after stop no event comes, but close does"


def test_a_worker_may_be_stopped_from_within():
    results = []
    spy = Spy(lambda event: results.append(worker.stop(5)))
    channel = Channel()
    worker = ThreadWorker(spy, channel, name="spy")
    worker.start()
    channel.put(1)
    assert worker.drain(5)
    assert results == [False]


def test_a_thread_with_the_identifier_of_one_that_has_ended_is_another(monkeypatch):
    here = []
    spy = Spy(lambda _event: here.append(worker.runs_here()))
    channel = Channel(name="spy")
    worker = ThreadWorker(spy, channel, name="spy")
    worker.start()
    channel.put(1)
    channel.put_control(Control.END)
    channel.close()
    assert worker.drain(5)
    assert here == [True]
    ended = worker._thread.ident
    monkeypatch.setattr(threading, "get_ident", lambda: ended)
    assert not worker.runs_here()
