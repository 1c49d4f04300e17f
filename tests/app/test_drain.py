"""Progress of a drain: how many are left, the rate, the time left."""

import math
import threading

import pytest

from pythiags import App
from pythiags.app.drain import DrainLog, DrainMeter, StallMeter, short_time
from pythiags.channel import ChannelStats
from pythiags.errors import DrainTimeout


def channel(pending, on_disk=0):
    zero = dict.fromkeys(ChannelStats.__dataclass_fields__, 0)
    return ChannelStats(**{**zero, "dropped": {}, "pending": pending, "on_disk": on_disk})


def test_how_many_are_left_how_fast_and_how_long():
    meter = DrainMeter()
    assert meter.look(100.0, [channel(830)]) == "830 events left"
    assert meter.look(101.0, [channel(700), channel(80)]) == (
        "780 events left, 50 a second, 16 s to go"
    )
    for second in range(2, 60):
        text = meter.look(100.0 + second, [channel(780 - 10 * second, on_disk=7)])
    assert text == "190 events left (7 of them on disk), 10 a second, 19 s to go"


def test_nothing_is_said_when_nothing_is_left():
    meter = DrainMeter()
    meter.look(1.0, [channel(1)])
    assert meter.look(2.0, [channel(0)]) == ""


def test_a_drain_that_stands_has_no_end():
    meter = DrainMeter()
    meter.look(1.0, [channel(5)])
    assert meter.look(2.0, [channel(5)]) == "5 events left"


def test_a_long_one_is_logged_every_five_seconds(caplog):
    log = DrainLog()
    with caplog.at_level("INFO"):
        for eighth in range(8 * 16):
            log.look(1000 + eighth / 8, [channel(800 - 2 * eighth)], "pgie")
        log.look(1020, [channel(0)], "pgie")
    assert [record.getMessage() for record in caplog.records] == [
        "draining: 720 events left, 16 a second, 45 s to go",
        "draining: 640 events left, 16 a second, 40 s to go",
        "draining: 560 events left, 16 a second, 35 s to go",
        "draining: pgie: close() of the consumer has not returned",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 µs"),
        (0.00000123, "1.2 µs"),
        (0.000999, "999 µs"),
        (0.0123, "12 ms"),
        (0.3, "300 ms"),
        (7.25, "7.2 s"),
        (99, "99 s"),
        (100, "0:01:40"),
        (8000, "2:13:20"),
    ],
)
def test_times(seconds, text):
    assert short_time(seconds) == text


def test_a_stall_is_timed_from_the_last_event_that_was_finished():
    meter = StallMeter()
    assert meter.look(10.0, "a", channel(5)) == 0.0
    assert meter.look(12.0, "a", channel(5)) == 2.0
    assert meter.look(12.5, "b", channel(5)) == 0.0, "each channel has its own"
    assert meter.look(13.0, "a", channel(4)) == 0.0
    assert meter.look(14.0, "a", channel(4)) == 1.0


def test_a_time_out_tells_a_consumer_that_hangs_from_one_that_is_slow(monkeypatch):
    hung = threading.Event()
    with pytest.raises(DrainTimeout, match="has not finished an event for") as caught:
        drain_for(0.5, lambda events: hung.wait(30))
    hung.set()
    assert "what incoming() waits for" in caught.value.hint
    monkeypatch.setattr("pythiags.app.delivery.STALLED", math.inf)  # however busy the machine is
    with pytest.raises(DrainTimeout) as caught:
        drain_for(0.5, lambda events: threading.Event().wait(0.02))
    assert "finished an event" not in caught.value.message
    assert "on_full='drop-oldest' (--on-full=drop-oldest)" in caught.value.hint
    assert "stop(drain=" in caught.value.hint


def drain_for(seconds, consume):
    source = "videotestsrc is-live=true ! video/x-raw,width=32,height=32,framerate=200/1"
    with App(f"{source} ! fakesink") as app:
        app.attach("fakesink0", lambda pad, info: [1], consume)
        app.start()
        while app.stats().attachments[0].channel.pending < 50:
            threading.Event().wait(0.01)
        app.stop(drain=seconds)
