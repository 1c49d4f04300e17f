"""User code that misbehaves: the video goes on, everything is counted."""

import logging
import threading
import time

import pytest

from pythiags import App
from pythiags.errors import StreamError, UserCodeError
from pythiags.gst import Gst

TEXT = "videotestsrc num-buffers=70 ! video/x-raw,width=32,height=32 ! fakesink name=sink"


def run(extract, consume=lambda events: None, **options):
    app = App(TEXT, **options)
    app.attach("videotestsrc0", extract, consume)
    summary = app.run()
    return summary.attachments[0], summary.frames


def raise_(error):
    raise error


class Counting:
    def __init__(self, act):
        self.calls = 0
        self.act = act

    def __call__(self, *arguments):
        self.calls += 1
        return self.act(self.calls, *arguments)


def test_an_extractor_that_raises_every_seventh_time():
    extract = Counting(lambda n, pad, info: [n] if n % 7 else raise_(KeyError("seven")))
    stats, rendered = run(extract)
    assert rendered == 70
    assert stats.extractor_errors == {"KeyError": 10}
    assert (stats.buffers, stats.channel.delivered) == (70, 60)


@pytest.mark.parametrize("nothing", [None, [], (), {}, ""])
def test_nothing_is_not_sent(nothing):
    stats, rendered = run(lambda pad, info: nothing)
    assert (rendered, stats.buffers, stats.channel.produced) == (70, 70, 0)
    assert stats.extractor_errors == {}


def test_a_generator_is_run_at_once():
    seen = []
    run(lambda pad, info: (info.get_buffer().offset for _ in range(2)), seen.append)
    assert seen[:2] == [[0, 0], [1, 1]]


def test_a_generator_that_raises_midway():
    def extract(pad, info):
        yield 1
        raise RuntimeError("midway")

    stats, rendered = run(extract)
    assert rendered == 70
    assert stats.extractor_errors == {"RuntimeError": 70}
    assert stats.channel.produced == 0


def test_live_metadata_in_an_event_is_refused_by_name(caplog):
    stats, rendered = run(lambda pad, info: [{"buffer": info.get_buffer()}])
    assert rendered == 70
    assert stats.channel.dropped == {"refused": 70}
    assert stats.extractor_errors == {"LiveMetadataError": 70}
    assert "event[0]['buffer']" in caplog.text


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_consumer_that_always_raises(error):
    stats, rendered = run(lambda pad, info: [1], lambda events: raise_(error("no")))
    assert rendered == 70
    assert stats.consumer_errors == {error.__name__: 70}
    assert stats.channel.dropped == {"consumer-error": 70}


def test_on_error_stop_ends_with_the_consumers_exception():
    start = time.monotonic()
    with pytest.raises(UserCodeError, match="ValueError: no") as caught:
        run(lambda pad, info: [1], lambda events: raise_(ValueError("no")), on_error="stop")
    assert isinstance(caught.value.__cause__, ValueError)
    assert time.monotonic() - start < 2


def test_on_error_stop_ends_after_an_extractor_failed_again_and_again():
    text = "videotestsrc is-live=true ! video/x-raw,framerate=200/1,width=32,height=32 ! fakesink"
    app = App(text, on_error="stop")
    app.attach("fakesink0", lambda pad, info: 1 / 0, print)
    start = time.monotonic()
    with pytest.raises(StreamError, match="ZeroDivisionError"):
        app.run()
    assert time.monotonic() - start < 2


def test_the_control_a_bare_probe_that_raises_drops_everything(capfd):
    """What happens without the guard, so that the tests above mean something."""
    pipeline = Gst.parse_launch(TEXT.replace("videotestsrc", "videotestsrc name=source"))
    pad = pipeline.get_by_name("source").get_static_pad("src")
    pad.add_probe(Gst.PadProbeType.BUFFER, lambda pad, info: None)
    pipeline.set_state(Gst.State.PLAYING)
    pipeline.get_bus().timed_pop_filtered(10 * Gst.SECOND, Gst.MessageType.EOS)
    rendered = pipeline.get_by_name("sink").get_property("stats").get_value("rendered")
    pipeline.set_state(Gst.State.NULL)
    assert rendered == 0


def test_a_slow_consumer_does_not_slow_the_other():
    release, fast, slow = threading.Event(), [], []
    app = App(TEXT)
    app.attach("sink", lambda pad, info: [1], fast.append, name="fast")
    app.attach(
        "sink",
        lambda pad, info: [1],
        lambda events: (slow.append(1), release.wait(5)),
        queue_size=2,
        on_full="drop-oldest",
        name="slow",
    )
    app.start()
    while len(fast) < 70:
        time.sleep(0.001)
    release.set()
    summary = app.join(20)
    assert summary.attachments[0].channel.delivered == 70
    assert summary.attachments[1].channel.dropped["drop-oldest"] >= 60


@pytest.mark.parametrize(
    ("policy", "allowed"), [("drop-oldest", 5), ("drop-newest", 5), ("latest", 1)]
)
def test_a_slow_consumer_does_not_slow_the_source(policy, allowed):
    text = "videotestsrc num-buffers=60 is-live=true ! video/x-raw,framerate=100/1 ! fakesink"
    release = threading.Event()
    app = App(text)
    app.attach(
        "fakesink0",
        lambda pad, info: [1],
        lambda events: release.wait(10),
        queue_size=5,
        on_full=policy,
    )
    app.start()
    start = time.monotonic()
    while app.stats().attachments[0].buffers < 60:
        time.sleep(0.005)
    took = time.monotonic() - start
    release.set()
    channel = app.join(20).attachments[0].channel
    assert took < 1.5, "100 frames a second, whatever the consumer does"
    assert channel.peak_items <= allowed
    assert channel.blocked == 0


def test_errors_are_logged_once_a_second(caplog):
    with caplog.at_level(logging.ERROR):
        run(lambda pad, info: [1], lambda events: raise_(ValueError("no")))
    assert len([r for r in caplog.records if "ValueError" in r.getMessage()]) == 1
