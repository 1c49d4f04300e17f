"""nvv4l2decoder is plugged where a pipeline uses DeepStream's elements, and only there."""

import pytest

from pythiags import data, portable
from pythiags.gst import Gst

URI = data.path("pedestrians.h264").as_uri()
PLAIN = "fakesink"
BATCHED = (
    "m.sink_0 nvstreammux name=m batch-size=1 width=320 height=240 "
    "! identity eos-after=3 ! fakesink"
)


@pytest.fixture
def parse():
    """``parse(text)``: a pipeline that is stopped after the test."""
    portable.install()
    made = []

    def make(text):
        made.append(Gst.parse_launch(text))
        return made[-1]

    yield make
    for each in made:
        each.set_state(Gst.State.NULL)


def decoders(bin_):
    """The decoders at whatever depth, but for what is inside nvv4l2decoder."""
    found = set()
    for element in bin_.children:
        factory = element.get_factory()  # a plain bin has none
        if factory and "Decoder/Video" in factory.get_metadata("klass"):
            found.add(factory.get_name())
        elif isinstance(element, Gst.Bin):
            found |= decoders(element)
    return found


def preroll(pipeline):
    """Start a pipeline, and again if it hangs.

    Once in a thousand starts beside other work decodebin3 of GStreamer 1.22 plugs no decoder.
    """
    for _ in range(3):
        pipeline.set_state(Gst.State.PAUSED)
        result, *_ = pipeline.get_state(20 * Gst.SECOND)
        if result != Gst.StateChangeReturn.ASYNC:
            break
        pipeline.set_state(Gst.State.NULL)
    assert result == Gst.StateChangeReturn.SUCCESS
    bus = pipeline.get_bus()
    assert bus.pop_filtered(Gst.MessageType.ERROR | Gst.MessageType.WARNING) is None


@pytest.mark.parametrize("source", ["uridecodebin", "uridecodebin3"])
@pytest.mark.parametrize(
    ("rest", "decoder"),
    [
        (PLAIN, "avdec_h264"),
        ("videoconvert ! video/x-raw,format=RGB ! fakesink", "avdec_h264"),
        (BATCHED, "nvv4l2decoder"),
        ("nvvideoconvert ! fakesink", "nvv4l2decoder"),
        # The other element may be in a bin, and anywhere in the pipeline.
        (f"{PLAIN} videotestsrc ! ( nvvideoconvert ) ! fakesink", "nvv4l2decoder"),
    ],
)
def test_uridecodebin_plugs_what_the_pipeline_wants(parse, source, rest, decoder):
    pipeline = parse(f"{source} uri={URI} ! {rest}")
    preroll(pipeline)
    assert decoders(pipeline) == {decoder}


def player(parse, kind, sink):
    pipeline = parse(f"{kind} uri={URI}")
    pipeline.set_property("video-sink", sink)
    return pipeline


@pytest.mark.parametrize("kind", ["playbin", "playbin3"])
def test_a_player_is_undisturbed(parse, kind):
    pipeline = player(parse, kind, Gst.ElementFactory.make("fakesink", None))
    preroll(pipeline)
    assert decoders(pipeline) == {"avdec_h264"}


@pytest.mark.parametrize("kind", ["playbin", "playbin3"])
def test_a_player_with_a_sink_of_deepstream_plays(parse, kind):
    """The player decodes before it puts the sink into the pipeline; both decoders fit the sink."""
    window = Gst.ElementFactory.make("nveglglessink", None)
    window.set_property("video-sink", Gst.ElementFactory.make("fakesink", None))
    pipeline = player(parse, kind, window)
    preroll(pipeline)
    assert len(decoders(pipeline)) == 1


def test_explicit_use_always_works(parse):
    location = data.path("pedestrians.h264")
    pipeline = parse(f"filesrc location={location} ! h264parse ! nvv4l2decoder ! fakesink")
    preroll(pipeline)
    assert decoders(pipeline) == {"nvv4l2decoder"}
