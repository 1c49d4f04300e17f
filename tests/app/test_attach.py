"""Where an extractor is attached, and what an App reports while it runs."""

import threading

import pytest

from pythiags import App, Description
from pythiags.errors import ConfigError, DescriptionError, PythiagsError, UserCodeError
from pythiags.gst import Gst
from pythiags.gst.bus import EosMessage, StateChangedMessage
from pythiags.gst.pipeline import PipelineState

SIZE = "video/x-raw,width=32,height=32"
PLAIN = f"videotestsrc num-buffers=5 name=src ! {SIZE} ! identity name=mid ! fakesink name=sink"
TEE = (
    f"videotestsrc num-buffers=5 ! {SIZE} ! tee name=t t. ! queue ! fakesink t. ! queue ! fakesink"
)


def pads_seen(text, element):
    seen = []
    app = App(text)
    app.attach(element, lambda pad, info: [pad.get_name()], seen.extend)
    app.run()
    return seen


@pytest.mark.parametrize(
    ("text", "element", "pad"),
    [
        (PLAIN, "src", "src"),
        (PLAIN, "mid", "src"),
        (PLAIN, "mid.sink", "sink"),
        (PLAIN, "sink", "sink"),
        (TEE, "t.src_1", "src_1"),
        (TEE, "t.sink", "sink"),
    ],
)
def test_the_pad_is_the_source_pad_or_that_of_a_sink(text, element, pad):
    assert pads_seen(text, element) == [pad] * 5


def test_pads_that_appear_later_are_waited_for():
    text = f"videotestsrc num-buffers=5 ! {SIZE} ! decodebin name=d ! videoconvert ! fakesink"
    assert pads_seen(text, "d") == ["src_0"] * 5


def test_several_pads_to_choose_from():
    with pytest.raises(DescriptionError, match=r"t\.src_0 or t\.src_1"):
        App(TEE).attach("t", lambda pad, info: [], print)


def test_a_pad_that_is_not_there():
    with pytest.raises(DescriptionError, match="did you mean 'src'"):
        App(PLAIN).attach("mid.sorc", lambda pad, info: [], print)


def test_several_pairs_get_names_of_their_own():
    app = App(PLAIN)
    for _ in range(3):
        app.attach("mid", lambda pad, info: [1], lambda events: None)
    assert [each.name for each in app.stats().attachments] == ["mid", "mid-lambda", "mid-lambda-2"]
    assert [each.channel.delivered for each in app.run().attachments] == [5, 5, 5]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"worker": "thred"}, "did you mean 'thread'"),
        ({"queue_size": 0}, "queue_size"),
        ({"on_full": "drop"}, "drop-oldest"),
    ],
)
def test_options_out_of_range(options, says):
    with pytest.raises(ConfigError, match=says):
        App(PLAIN).attach("mid", lambda pad, info: [], print, **options)


def test_a_wrong_signature_leaves_no_probe_behind():
    app = App(PLAIN)
    with pytest.raises(UserCodeError):
        app.attach("mid", lambda info: [], print)
    assert app.stats().attachments == ()


@pytest.mark.parametrize("option", [{"timeout": -1}, {"on_error": "ignore"}])
def test_options_of_the_app(option):
    with pytest.raises(ConfigError, match=next(iter(option))):
        App(PLAIN, **option)


def test_attach_after_start_is_an_error():
    with App(PLAIN) as app:
        app.run()
        with pytest.raises(PythiagsError, match="call attach"):
            app.attach("mid", lambda pad, info: [], print)


def test_a_description_may_be_given():
    app = App(Description("videotestsrc num-buffers={n} ! fakesink", n=3))
    assert app.pipeline.get_by_name("videotestsrc0").get_property("num-buffers") == 3


def test_one_element_alone_is_a_pipeline():
    assert App("fakesrc num-buffers=1 name=alone").pipeline.get_by_name("alone") is not None


def test_messages_of_the_bus_reach_subscribers_and_poll():
    seen, ends = [], []
    app = App(PLAIN)
    app.subscribe(seen.append)
    app.subscribe(ends.append, EosMessage)
    unsubscribe = app.subscribe(lambda message: seen.append("never"))
    unsubscribe()
    app.subscribe(lambda message: 1 / 0, EosMessage)
    app.run()
    assert [type(message) for message in ends] == [EosMessage]
    assert "never" not in seen
    assert app.poll() == seen
    assert app.poll() == []
    changes = [m.new for m in seen if isinstance(m, StateChangedMessage) and m.top]
    assert changes == ["READY", "PAUSED", "PLAYING"]


def test_stats_can_be_read_while_it_runs():
    text = f"videotestsrc is-live=true ! {SIZE},framerate=100/1 ! fakesink name=sink"
    arrived = threading.Event()
    with App(text) as app:
        assert app.state is PipelineState.NEW
        app.attach("sink", lambda pad, info: [1], lambda events: arrived.set())
        app.start()
        assert arrived.wait(10)
        while app.state is PipelineState.STARTING:
            arrived.wait(0.001)
        stats = app.stats()
        assert stats.state is PipelineState.RUNNING
        assert stats.elapsed > 0
        assert stats.position is not None
        assert stats.attachments[0].extraction.buffers >= 1
        assert stats.attachments[0].extraction.seconds > 0
    assert app.state is PipelineState.STOPPED


def test_pause_holds_the_picture():
    text = f"videotestsrc is-live=true ! {SIZE},framerate=100/1 ! fakesink name=sink"
    arrived = threading.Event()
    with App(text) as app:
        app.attach("sink", lambda pad, info: [1], lambda events: arrived.set())
        app.start()
        assert arrived.wait(10)
        app.pause()
        app.pipeline.get_state(1_000_000_000)
        held = app.stats().attachments[0].extraction.buffers
        threading.Event().wait(0.1)  # ten frames' time
        assert app.stats().attachments[0].extraction.buffers <= held + 1, (
            "one may have been on its way"
        )
        arrived.clear()
        app.resume()
        assert arrived.wait(10)


def test_the_display_sink_neither_fills_nor_holds_back_the_end():
    app = App(f"videotestsrc num-buffers=50 ! {SIZE} ! appsink name=pythiags emit-signals=true")
    sink = app.display_sink
    app.run()
    assert sink.get_property("max-buffers") == 1


def test_a_display_sink_with_a_bound_of_its_own_keeps_it():
    app = App(f"videotestsrc num-buffers=3 ! {SIZE} ! appsink name=pythiags max-buffers=7")
    app.run()
    assert app.display_sink.get_property("max-buffers") == 7


@pytest.mark.parametrize(("bound", "warnings"), [("", 1), ("max-buffers=2 drop=true", 0)])
def test_an_appsink_that_may_be_forgotten_is_told(bound, warnings, caplog):
    end = "wait-on-eos=false name=mine"
    App(f"videotestsrc num-buffers=3 ! {SIZE} ! appsink {bound} {end}").run()
    assert len([r for r in caplog.records if "'mine' has no limit" in r.getMessage()]) == warnings


@pytest.mark.parametrize(
    "end",
    [
        "appsink max-buffers=1 drop=true",
        "appsink",
        "appsink max-buffers=9 sync=false",
        "tee name=t ! queue ! fakesink t. ! queue ! appsink max-buffers=1 drop=true",
        "tee name=t ! queue ! appsink max-buffers=1 drop=true t. ! queue ! appsink",
    ],
)
def test_an_appsink_that_nobody_pulls_does_not_hold_back_the_end(end):
    with App(f"videotestsrc num-buffers=5 ! {SIZE} ! {end}") as app:
        app.start()
        assert app.join(timeout=20).reason == "end of stream"


@pytest.mark.parametrize(
    ("bound", "early"), [("", True), ("max-buffers=2", True), ("max-buffers=2", False)]
)
def test_who_pulls_gets_every_frame_and_the_end_waits_for_that(bound, early):
    with App(f"videotestsrc num-buffers=9 ! {SIZE} ! appsink sync=false name=mine {bound}") as app:
        sink = app.pipeline.get_by_name("mine") if early else None
        app.start()
        sink = sink or app.pipeline.get_by_name("mine")
        pulled = iter(lambda: sink.emit("pull-sample"), None)
        assert len(list(pulled)) == 9
        app.join(timeout=20)


@pytest.mark.parametrize(
    "end",
    [
        "appsink name=mine",
        "appsink name=mine max-buffers=1 drop=true",
        "tee name=t ! queue ! fakesink t. ! queue ! appsink name=mine max-buffers=1 drop=true",
    ],
)
def test_an_end_that_waits_for_the_program_to_pull_is_reported(end, monkeypatch, caplog):
    monkeypatch.setattr("pythiags.app.sinks.PULL_PATIENCE", 0.0)
    reported = threading.Event()

    def look(record):
        if "the end of the stream waits for appsink 'mine'" in record.getMessage():
            reported.set()
        return True

    caplog.handler.addFilter(look)
    with App(f"videotestsrc num-buffers=5 ! {SIZE} ! {end}") as app:
        sink = app.pipeline.get_by_name("mine")
        app.start()
        assert reported.wait(20)
        sink.set_property("wait-on-eos", False)
        while sink.emit("try-pull-sample", 0):
            pass
        app.join(timeout=20)
    assert caplog.text.count("waits for appsink") == 1
    caplog.handler.removeFilter(look)


@pytest.mark.parametrize(("bound", "warnings"), [("", 1), ("drop=true", 0)])
def test_an_appsink_that_may_stop_the_stream_is_reported(bound, warnings, caplog):
    App(f"videotestsrc num-buffers=1 ! {SIZE} ! appsink max-buffers=2 name=mine {bound}").run()
    told = [r for r in caplog.records if "'mine' blocks the stream" in r.getMessage()]
    assert len(told) == warnings


@pytest.mark.parametrize("text", [PLAIN, "videotestsrc num-buffers=1 ! fakesink name=pythiags"])
def test_no_display_sink(text):
    assert App(text).display_sink is None


def test_a_closed_app_says_so():
    app = App(PLAIN)
    app.close()
    with pytest.raises(PythiagsError, match="closed"):
        _ = app.pipeline
    with pytest.raises(PythiagsError, match="closed"):
        app.run()


@pytest.mark.parametrize(
    ("returned", "level", "says"),
    [
        (Gst.PadProbeReturn.OK, "INFO", "returns Gst.PadProbeReturn.OK"),
        (Gst.PadProbeReturn.PASS, "INFO", "returns events"),
        (Gst.PadProbeReturn.DROP, "WARNING", "every buffer passes"),
        (Gst.PadProbeReturn.REMOVE, "WARNING", "Gst.PadProbeReturn.REMOVE"),
        (Gst.PadProbeReturn.HANDLED, "WARNING", "Gst.PadProbeReturn.HANDLED"),
        (Gst.FlowReturn.OK, "INFO", "Gst.FlowReturn.OK"),
        (Gst.FlowReturn.NOT_LINKED, "WARNING", "Gst.FlowReturn.NOT_LINKED"),
    ],
)
def test_what_a_pasted_probe_returns_is_no_event(returned, level, says, caplog):
    caplog.set_level("INFO", logger="pythiags")
    events = []
    with App(PLAIN) as app:
        app.attach("mid", lambda pad, info: returned, events.append)
        caplog.clear()
        summary = app.run()
    assert events == []
    assert summary.frames == 5
    assert not summary.attachments[0].extraction.errors
    assert summary.attachments[0].channel.produced == 0
    (record,) = (record for record in caplog.records if "as a pad probe does" in record.message)
    assert record.levelname == level
    assert says in record.message


def test_an_extractor_may_wait_for_the_consumer_of_another_attachment():
    """Consumers are woken while the streaming thread is still in the extractors of the pad."""
    app = App(PLAIN)
    came = [threading.Semaphore(0) for _ in range(3)]
    waited = []

    def wait(_pad, _info):
        waited.append([each.acquire(timeout=10) for each in came])
        return []

    for each in came:
        app.attach("mid", lambda pad, info: [1], lambda events, each=each: each.release())
    app.attach("mid", wait, print)
    app.run()
    assert waited == [[True] * 3] * 5
