"""nvv4l2h264enc, nvv4l2h265enc and nvjpegenc on a CPU: what they put out, and what they take."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from pythiags.gst import Gst

SIZE = (160, 96)
ENCODERS = {"nvv4l2h264enc": "h264parse", "nvv4l2h265enc": "h265parse", "nvjpegenc": "jpegparse"}
VIDEO = ["nvv4l2h264enc", "nvv4l2h265enc"]
INNER = {"nvv4l2h264enc": "x264enc", "nvv4l2h265enc": "x265enc", "nvjpegenc": "jpegenc"}


def source(n=12, pattern="ball", memory="memory:NVMM", format="NV12"):  # noqa: A002
    plain = f"video/x-raw,format={format},width={SIZE[0]},height={SIZE[1]},framerate=30/1"
    nvmm = plain.replace("video/x-raw", f"video/x-raw({memory})")
    return f"videotestsrc num-buffers={n} pattern={pattern} ! {plain} ! nvvideoconvert ! {nvmm}"


def text(encoder, **more):
    return f"{source(**more)} ! {encoder} name=e ! fakesink name=sink"


class Encoded:
    """What left an encoder: for each buffer its bytes, and whether it is a key frame."""

    def __init__(self, run):
        self.buffers = []
        run["sink"].connect("handoff", self._note)

    def _note(self, _sink, buffer, _pad):
        key = not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
        self.buffers.append((buffer.extract_dup(0, buffer.get_size()), key))

    @property
    def keys(self):
        return [number for number, (_data, key) in enumerate(self.buffers) if key]

    @property
    def size(self):
        return sum(len(data) for data, _key in self.buffers)


@pytest.fixture
def encode(build):
    """``encode(text)``: play it to its end; what was encoded, and the pipeline."""

    def play(pipeline):
        one = build(pipeline)
        encoded = Encoded(one)
        assert one.play().error is None
        return encoded, one

    return play


def inner_of(one, encoder):
    iterator = one["e"].iterate_all_by_element_factory_name(INNER[encoder])
    return iterator.next()[1]


def nal_types(data, codec):
    """The types of the units of a byte stream."""
    starts = [i + 3 for i in range(len(data) - 3) if data[i : i + 3] == b"\x00\x00\x01"]
    return [data[i] & 0x1F if codec == "nvv4l2h264enc" else data[i] >> 1 & 0x3F for i in starts]


@pytest.mark.parametrize("format", ["NV12", "I420"])
@pytest.mark.parametrize("encoder", ENCODERS)
def test_what_is_encoded_shows_the_picture(run, encoder, format):  # noqa: A002
    sink = "fakesink name=sink enable-last-sample=true"
    plain = "nvvideoconvert ! video/x-raw,format=NV12"
    back = f"{ENCODERS[encoder]} ! nvv4l2decoder ! {plain} ! {sink}"
    begin = source(format=format, pattern="smpte")
    luma = SIZE[0] * SIZE[1]
    before = np.frombuffer(run(f"{begin} ! {plain} ! {sink}").last()[1], np.uint8, luma)
    after = np.frombuffer(run(f"{begin} ! {encoder} ! {back}").last()[1], np.uint8, luma)
    assert np.abs(before.astype(int) - after).mean() < 3
    assert np.abs(before.astype(int) - before[::-1]).mean() > 20  # another picture would be seen


@pytest.mark.parametrize("encoder", VIDEO)
def test_key_frames_come_at_the_interval(encode, encoder):
    assert encode(text(f"{encoder} iframeinterval=5", n=12))[0].keys == [0, 5, 10]


@pytest.mark.parametrize("encoder", VIDEO)
def test_the_smaller_of_both_intervals_counts(encode, encoder):
    assert encode(text(f"{encoder} iframeinterval=30 idrinterval=4"))[0].keys == [0, 4, 8]


@pytest.mark.parametrize("encoder", VIDEO)
def test_every_frame_leaves_at_once(build, encoder):
    one, order = build(text(encoder)), []
    pads = one["e"].get_static_pad("sink"), one["e"].get_static_pad("src")

    def note(pad, _info):
        order.append(pad.get_direction() == Gst.PadDirection.SINK)
        return Gst.PadProbeReturn.OK

    numbers = [pad.add_probe(Gst.PadProbeType.BUFFER, note) for pad in pads]
    one.play()
    for pad, number in zip(pads, numbers, strict=True):
        pad.remove_probe(number)
    assert order == [True, False] * 12


def test_but_not_where_quality_is_asked_for(build):
    one, order = build(text("nvv4l2h264enc tuning-info-id=HighQualityPreset", n=60)), []
    pads = one["e"].get_static_pad("sink"), one["e"].get_static_pad("src")

    def note(pad, _info):
        order.append(pad.get_direction() == Gst.PadDirection.SINK)
        return Gst.PadProbeReturn.OK

    numbers = [pad.add_probe(Gst.PadProbeType.BUFFER, note) for pad in pads]
    one.play()
    for pad, number in zip(pads, numbers, strict=True):
        pad.remove_probe(number)
    assert order[:2] == [True, True]
    assert order.count(False) == 60


@pytest.mark.parametrize("encoder", VIDEO)
def test_a_bit_rate_is_bits_per_second(encode, encoder):
    low, one = encode(text(f"{encoder} bitrate=200000", n=60, pattern="snow"))
    high, _ = encode(text(f"{encoder} bitrate=1600000", n=60, pattern="snow"))
    assert inner_of(one, encoder).get_property("bitrate") == 200
    assert high.size > 3 * low.size


@pytest.mark.parametrize("encoder", VIDEO)
def test_a_bit_rate_may_be_set_while_it_plays(build, encoder):
    one = build(text(encoder))
    inner = inner_of(one, encoder)
    one.pipeline.set_state(Gst.State.PAUSED)
    assert one.pipeline.get_state(20 * Gst.SECOND)[0] == Gst.StateChangeReturn.SUCCESS
    assert inner.get_property("bitrate") == 4000
    one["e"].set_property("bitrate", 900000)
    assert inner.get_property("bitrate") == 900
    assert one["e"].get_property("bitrate") == 900000


@pytest.mark.parametrize(
    ("rate", "told"), [("constant_bitrate", True), ("variable_bitrate", False)]
)
def test_where_a_higher_rate_does_not_count_a_warning_says_so(build, rate, told):
    one = build(text(f"nvv4l2h265enc bitrate=500000 control-rate={rate}"))
    one.pipeline.set_state(Gst.State.PAUSED)
    assert one.pipeline.get_state(20 * Gst.SECOND)[0] == Gst.StateChangeReturn.SUCCESS
    one["e"].set_property("bitrate", 400000)
    one["e"].set_property("bitrate", 900000)
    message = one.pipeline.get_bus().pop_filtered(Gst.MessageType.WARNING)
    assert (message is not None) == told
    if told:
        assert "bitrate=900000 counts as 500000" in message.parse_warning()[0].message


def test_what_is_set_between_ready_and_paused_counts(build):
    one = build(text("nvv4l2h264enc"))
    one.pipeline.set_state(Gst.State.READY)
    one["e"].set_property("iframeinterval", 7)
    one["e"].set_property("bitrate", 900000)
    one.pipeline.set_state(Gst.State.PAUSED)
    assert one.pipeline.get_state(20 * Gst.SECOND)[0] == Gst.StateChangeReturn.SUCCESS
    inner = inner_of(one, "nvv4l2h264enc")
    assert (inner.get_property("key-int-max"), inner.get_property("bitrate")) == (7, 900)


@pytest.mark.parametrize(
    ("profile", "names"),
    [
        ("Baseline", {"constrained-baseline", "baseline"}),
        ("Main", {"main"}),
        ("High", {"high", "progressive-high", "constrained-high"}),
    ],
)
def test_the_profile_is_in_the_caps(encode, profile, names):
    _, one = encode(text(f"nvv4l2h264enc profile={profile}"))
    caps = one["e"].get_static_pad("src").get_current_caps()
    assert caps.get_structure(0).get_string("profile") in names


@pytest.mark.parametrize(
    ("encoder", "sets"), [("nvv4l2h264enc", [7, 8]), ("nvv4l2h265enc", [32, 33, 34])]
)
def test_parameter_sets_are_at_every_key_frame(encode, encoder, sets):
    encoded, _ = encode(text(f"{encoder} iframeinterval=5 insert-sps-pps=true"))
    for data, key in encoded.buffers:
        found = {kind for kind in nal_types(data, encoder) if kind in sets}
        assert found == (set(sets) if key else set())


@pytest.mark.parametrize("delimited", ["false", "true"])
@pytest.mark.parametrize(("encoder", "kind"), [("nvv4l2h264enc", 7), ("nvv4l2h265enc", 32)])
def test_a_frame_has_its_parameter_sets_once(encode, encoder, kind, delimited):
    """A parser takes one that has them twice for two frames, of which the second has no time."""
    encoded, _ = encode(text(f"{encoder} insert-aud={delimited}"))
    assert len(encoded.buffers) == 12
    assert nal_types(encoded.buffers[0][0], encoder).count(kind) == 1


@pytest.mark.parametrize(("encoder", "delimiter"), [("nvv4l2h264enc", 9), ("nvv4l2h265enc", 35)])
@pytest.mark.parametrize("wanted", [False, True])
def test_delimiters_are_there_if_asked(encode, encoder, delimiter, wanted):
    encoded, _ = encode(text(f"{encoder} insert-aud={str(wanted).lower()}"))
    assert [delimiter in nal_types(data, encoder) for data, _key in encoded.buffers] == [
        wanted
    ] * 12


@pytest.mark.parametrize(
    ("given", "speed"),
    [
        ("", "ultrafast"),
        ("preset-level=FastPreset", "fast"),
        ("preset-level=4", "slow"),
        ("preset-level=0", "medium"),
        ("preset-id=3", "veryfast"),
        ("preset-id=7", "slow"),
    ],
)
@pytest.mark.parametrize("encoder", VIDEO)
def test_a_preset_is_one_of_the_encoders(encode, encoder, given, speed):
    _, one = encode(text(f"{encoder} {given}", n=2))
    assert inner_of(one, encoder).get_property("speed-preset").value_nick == speed


def test_a_variable_rate_keeps_no_buffer(encode):
    _, one = encode(text("nvv4l2h264enc control-rate=variable_bitrate", n=2))
    assert inner_of(one, "nvv4l2h264enc").get_property("vbv-buf-capacity") == 0
    _, one = encode(text("nvv4l2h264enc bitrate=1000000 vbv-size=500000", n=2))
    assert inner_of(one, "nvv4l2h264enc").get_property("vbv-buf-capacity") == 500


@pytest.mark.parametrize("encoder", VIDEO)
def test_a_key_frame_can_be_forced(build, encoder):
    one = build(text(encoder))
    encoded = Encoded(one)
    pad = one["e"].get_static_pad("sink")

    def force(_pad, _info):
        if len(encoded.buffers) == 6:
            one["e"].emit("force-IDR")
        return Gst.PadProbeReturn.OK

    number = pad.add_probe(Gst.PadProbeType.BUFFER, force)
    one.play()
    pad.remove_probe(number)
    assert len(encoded.keys) == 2
    assert encoded.keys[1] in {6, 7}


def test_the_quality_of_a_jpeg(encode):
    low, _ = encode(text("nvjpegenc quality=20", pattern="snow"))
    high, _ = encode(text("nvjpegenc quality=95", pattern="snow"))
    assert high.size > 2 * low.size
    assert all(data.startswith(b"\xff\xd8") for data, _key in high.buffers)


def test_a_jpeg_is_made_of_plain_memory_too(run):
    plain = "videotestsrc num-buffers=3 ! video/x-raw,format=I420,width=64,height=48"
    assert run(f"{plain} ! nvjpegenc ! fakesink name=sink").error is None


def test_what_scripts_for_a_jetson_set_is_taken(encode):
    words = "preset-level=1 insert-sps-pps=1 bufapi-version=1 maxperf-enable=1 gpu-id=0"
    for encoder in VIDEO:
        assert len(encode(text(f"{encoder} {words}"))[0].buffers) == 12


@pytest.mark.parametrize("encoder", VIDEO)
@pytest.mark.parametrize(
    "given", ["enable-lossless=true", "qp-range=10,30:10,30:10,30", "ratecontrol-enable=false"]
)
def test_what_cannot_be_honoured_is_refused(run, encoder, given):
    name = given.partition("=")[0]
    assert run(text(f"{encoder} {given}")).error == f"The property {name} is not supported on a CPU"


def test_a_batch_of_several_pictures_is_refused(run):
    sources = " ".join(
        f"videotestsrc num-buffers=3 ! video/x-raw,width=64,height=48 ! m.sink_{i}" for i in (0, 1)
    )
    mux = "nvstreammux name=m batch-size=2 width=64 height=48"
    one = run(f"{sources} {mux} ! nvv4l2h264enc ! fakesink name=sink")
    assert one.error == "A batch of 2 pictures cannot leave NVMM memory as one"


MISSING = """
import sys
from pythiags import portable
from pythiags.gst import Gst
portable.install()
registry = Gst.Registry.get()
registry.remove_feature(registry.lookup_feature("x264enc"))
pipeline = Gst.parse_launch("videotestsrc ! nvvideoconvert ! nvv4l2h264enc ! fakesink")
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.ERROR)
print(message.parse_error()[0].message)
pipeline.set_state(Gst.State.NULL)
"""


def test_a_missing_encoder_is_named_with_its_package():
    done = subprocess.run(
        [sys.executable, "-c", MISSING], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == (
        "No software encoder for H.264 is installed: x264enc is missing; install the Debian "
        "package gstreamer1.0-plugins-ugly"
    )
    assert "CRITICAL" not in done.stderr
