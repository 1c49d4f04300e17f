"""Signals during a wait."""

import signal
import threading
import time

import pytest

from pythiags import App
from pythiags.app import signals


def test_wait_is_over_with_the_event_or_the_time():
    event = threading.Event()
    start = time.monotonic()
    assert not signals.wait(event, 0.15)
    assert time.monotonic() - start > 0.1
    event.set()
    assert signals.wait(event)
    assert signals.wait(event, 0)


class Late(threading.Event):
    """An event on which a signal arrives after Python's last look, before the wait begins.

    The real race is a few instructions wide; what it comes to is a wait that no signal ends.
    """

    def __init__(self):
        super().__init__()
        self.waits = []

    def wait(self, timeout=None):
        self.waits.append(timeout)
        assert timeout is not None, "a wait without end may be for ever"
        return len(self.waits) > 2


def test_no_wait_is_without_end():
    event = Late()
    assert signals.wait(event)
    assert event.waits == [signals.SLICE] * 3


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    heard = []
    with signals.handled(heard.append):
        signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    heard = []
    try:
        with signals.handled(heard.append):
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == []


def test_handlers_are_put_back_after_an_error():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), signals.handled(print):
        _ = 1 / 0
    assert signal.getsignal(signal.SIGINT) is before


def test_a_terminal_that_closes_ends_the_run_in_order_though_it_is_told_twice():
    app = App("videotestsrc is-live=true ! fakesink")
    seen, arrived = [], threading.Event()

    def consume(events):
        seen.append(events)
        arrived.set()

    app.attach("fakesink0", lambda pad, info: [info.get_buffer().offset], consume)
    with app, app.signals_handled():
        app.start()
        assert signals.wait(arrived, 20)
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
        summary = app.join(10)
    assert (summary.signal, summary.exit_code) == (signal.SIGHUP, 129)
    assert summary.pending == 0
    assert len(seen) == summary.attachments[0].channel.produced > 0


def test_nohup_has_it_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    heard = []
    try:
        with signals.handled(heard.append):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert heard == []
