"""What an extractor costs: quantiles, its share of the frame period, a warning that names it."""

import logging
import math
import threading
import time

import pytest
from faults.harness import until

from pythiags import App
from pythiags.app.cost import READ_INTERVAL, CostMeter
from pythiags.app.stats import ExtractionStats
from pythiags.errors import ConfigError

SLOWS = "slows the stream down"
LIVE = "videotestsrc is-live=true ! video/x-raw,width=32,height=32,framerate=100/1 ! fakesink"


class Scripted:
    """A meter that reads a stream of so many buffers a second, made up."""

    def __init__(self, limit=0.5, **stream):
        self.meter = CostMeter("pgie", "Mine.extract_metadata", limit)
        self.now = self.buffers = self.seconds = self.waited = 0.0
        self.play(0, **stream)

    def play(self, duration, rate=30, seconds=0.0, waited=0.0, pads=1):
        """So long, with so much time in the extractor and waiting for each buffer."""
        for _ in range(round(duration / READ_INTERVAL) or 1):
            step = READ_INTERVAL if duration else 0
            self.now += step
            self.buffers += step * rate
            self.seconds += step * rate * seconds
            self.waited += step * rate * waited
            self.meter.read(
                self.now,
                ExtractionStats(
                    buffers=round(self.buffers),
                    seconds=self.seconds,
                    p50=0,
                    p99=0,
                    gil_seconds=self.waited,
                    pads=pads,
                    errors={},
                ),
            )
        return self


def warnings(caplog):
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


def test_the_share_is_time_in_the_extractor_and_waiting_for_it_by_wall_time():
    share = Scripted().play(3, rate=25, seconds=0.010, waited=0.002).meter.share
    assert share.extractor == pytest.approx(0.25)
    assert share.gil == pytest.approx(0.05)
    assert share.total == pytest.approx(0.30)


def test_a_share_is_never_more_than_everything():
    """The time of a call that began before the first reading is in the second one."""
    share = Scripted().play(1, rate=30, seconds=0.034).meter.share
    assert share.extractor == 1.0


def test_the_window_slides():
    script = Scripted().play(10, seconds=0.001)
    before = script.meter.share.extractor
    script.play(2.25, seconds=0.015)
    assert before == pytest.approx(0.03)
    assert script.meter.share.extractor == pytest.approx(0.45), "nothing of the first ten seconds"


def test_several_pads_share_it():
    assert Scripted().play(2, rate=60, seconds=0.01, pads=2).meter.share.extractor == (
        pytest.approx(0.3)
    )


def test_an_extractor_that_is_too_slow_is_named_with_the_remedy(caplog):
    Scripted().play(3, rate=40, seconds=0.020, waited=0.0005)
    (warning,) = warnings(caplog)
    assert warning.startswith("pgie: the extractor Mine.extract_metadata slows the stream down")
    assert (
        "25 ms between buffers, the extractor takes 80 % and waiting for the GIL takes 2 %"
        in warning
    )
    assert "make it faster" in warning


def test_others_that_hold_the_gil_are_not_laid_at_its_door(caplog):
    Scripted().play(3, rate=100, seconds=0.0005, waited=0.007)
    (warning,) = warnings(caplog)
    assert warning.startswith("pgie: other Python threads slow the stream down")
    assert "the extractor takes 5 % and waiting for the GIL takes 70 %" in warning
    assert "worker='process'" in warning


@pytest.mark.parametrize(
    "stream",
    [
        {"duration": 30, "rate": 30, "seconds": 0.016},
        {"duration": 0.75, "rate": 100, "seconds": 0.009},
        {"duration": 2, "rate": 10, "seconds": 0.09},
    ],
    ids=["below the limit", "less than a second", "less than 30 buffers"],
)
def test_no_false_alarm(caplog, stream):
    Scripted().play(**stream)
    assert warnings(caplog) == []


def test_at_most_one_warning_a_minute(caplog):
    script = Scripted().play(60, seconds=0.03)
    assert len(warnings(caplog)) == 1
    script.play(65, seconds=0.03)
    assert len(warnings(caplog)) == 3


def test_the_limit_is_the_users(caplog):
    Scripted(0.2).play(2, seconds=0.008)
    Scripted(math.inf).play(2, seconds=0.03)
    assert len(warnings(caplog)) == 1


def run(extract, seconds, **options):
    app = App(LIVE, timeout=seconds)
    app.attach("fakesink0", extract, lambda events: None, **options)
    return app.run().attachments[0]


class Takes:
    """An extractor that takes its time, which is what is measured: no less than that."""

    def __init__(self, seconds):
        self.seconds = seconds

    def extract_metadata(self, pad, info):
        time.sleep(self.seconds)
        return [1]


def test_a_slow_extractor_in_a_run(caplog):
    app = App(LIVE, timeout=60)
    app.attach("fakesink0", Takes(0.015), lambda events: None)
    with app:
        app.start()
        until(lambda: any(SLOWS in text for text in warnings(caplog)), "the warning")
        (stats,) = app.stop().attachments
    assert 0.015 <= stats.extraction.p50 <= stats.extraction.p99
    assert 0 < stats.share.extractor <= 1.0
    (warning,) = [text for text in warnings(caplog) if SLOWS in text]
    assert "Takes.extract_metadata" in warning


def test_the_control_a_quick_one(caplog):
    stats = run(lambda pad, info: [1], 1.6)
    assert 0 < stats.extraction.p50 < 0.015 / 2
    assert stats.share.extractor < 0.5
    assert not [text for text in warnings(caplog) if "stream back" in text]


def test_waiting_for_the_gil_is_seen():
    stop = threading.Event()

    def burn():
        while not stop.is_set():
            pass

    thread = threading.Thread(target=burn, daemon=True)
    thread.start()
    try:
        with App(LIVE, timeout=60) as app:
            app.attach("fakesink0", lambda pad, info: [1], lambda events: None, warn_share=math.inf)
            app.start()
            while app.stats().attachments[0].extraction.gil_seconds <= 0.05:
                assert app.state.value != "stopped"
                threading.Event().wait(0.01)
            (stats,) = app.stop().attachments
    finally:
        stop.set()
        thread.join(10)
    assert stats.share.gil > stats.share.extractor


@pytest.mark.parametrize("share", [0, -1, "half", True, math.nan])
def test_what_is_no_share(share):
    with pytest.raises(ConfigError, match="invalid warn_share"):
        run(Takes(0), 1, warn_share=share)
