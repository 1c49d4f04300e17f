"""User code that misbehaves: the video continues, everything is counted."""

import pytest
from faults.consumers import Raises, number
from faults.harness import LIVE

from pythiags import App, frames_per_batch
from pythiags.errors import MetadataReleased, StreamError, UserCodeError
from pythiags.gst import Gst

TEXT = "videotestsrc num-buffers=70 ! video/x-raw,width=32,height=32 ! fakesink name=sink"


def run(extract, consume=lambda events: None, text=TEXT, **options):
    with App(text, **options) as app:
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
    assert stats.extraction.errors == {"KeyError": 10}
    assert (stats.extraction.buffers, stats.channel.delivered) == (70, 60)


@pytest.mark.parametrize("nothing", [None, [], (), {}, ""])
def test_nothing_is_not_sent(nothing):
    stats, rendered = run(lambda pad, info: nothing)
    assert (rendered, stats.extraction.buffers, stats.channel.produced) == (70, 70, 0)
    assert stats.extraction.errors == {}


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
    assert stats.extraction.errors == {"RuntimeError": 70}
    assert stats.channel.produced == 0


def test_live_metadata_in_an_event_is_refused_by_name(caplog):
    stats, rendered = run(lambda pad, info: [{"buffer": info.get_buffer()}])
    assert rendered == 70
    assert stats.channel.dropped == {"refused": 70}
    assert stats.extraction.errors == {"LiveMetadataError": 70}
    assert "event[0]['buffer']" in caplog.text


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_consumer_that_always_raises(error):
    stats, rendered = run(lambda pad, info: [1], lambda events: raise_(error("no")))
    assert rendered == 70
    assert stats.consumer_errors == {error.__name__: 70}
    assert stats.channel.dropped == {"consumer-error": 70}


def test_on_error_stop_ends_with_the_consumers_exception():
    endless = TEXT.replace("num-buffers=70 ", "")
    with pytest.raises(UserCodeError, match="ValueError: no") as caught:
        run(
            lambda pad, info: [1], lambda events: raise_(ValueError("no")), endless, on_error="stop"
        )
    assert isinstance(caught.value.__cause__, ValueError)


def test_on_error_stop_ends_after_an_extractor_failed_again_and_again():
    text = "videotestsrc is-live=true ! video/x-raw,framerate=200/1,width=32,height=32 ! fakesink"
    with App(text, on_error="stop") as app:
        app.attach("fakesink0", lambda pad, info: 1 / 0, print)
        with pytest.raises(StreamError, match="ZeroDivisionError"):
            app.run()


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


def test_a_consumer_that_raises_once_misses_one_event():
    seen = []
    consume = Counting(lambda n, events: raise_(ValueError("once")) if n == 7 else seen.append(n))
    stats, rendered = run(lambda pad, info: [1], consume)
    assert rendered == 70
    assert stats.consumer_errors == {"ValueError": 1}
    assert stats.channel.dropped == {"consumer-error": 1}
    assert seen == [n for n in range(1, 71) if n != 7]


def test_on_error_stop_ends_with_the_traceback_of_the_process(tmp_path):
    with App(LIVE, fps=100, on_error="stop") as app:
        app.attach("tap", number, Raises(tmp_path), worker="process")
        with pytest.raises(UserCodeError, match="ValueError: bad event") as caught:
            app.run()
    assert "in misbehave" in str(caught.value.__cause__.__cause__)


def test_metadata_that_is_kept_is_an_error_to_read_and_no_crash():
    kept = []

    def keep(_pad, info):
        kept.extend(frames_per_batch(info))
        assert kept[-1].frame_num == len(kept) - 1, "here it can be read"

    app = App(
        "nvstreammux name=muxer batch-size=1 width=64 height=64 ! fakesink name=sink "
        "videotestsrc num-buffers=5 ! video/x-raw,format=NV12,width=64,height=64 ! muxer.sink_0"
    )
    app.attach("sink", keep, print)
    (attachment,) = app.run().attachments
    assert (attachment.extraction.errors, len(kept)) == ({}, 5)
    for frame in kept:
        with pytest.raises(MetadataReleased):
            _ = frame.frame_num
