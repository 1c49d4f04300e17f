"""nvv4l2decoder on a CPU: the decoder that fits the caps, NVMM out, honest properties."""

import subprocess
import sys

import pytest

from pythiags import portable
from pythiags.gst import Gst

SOURCE = "videotestsrc num-buffers={n} ! video/x-raw,width={width},height=48,framerate=30/1"
H264 = SOURCE + " ! x264enc key-int-max=5 bframes=0 ! h264parse"


def h264(n=12, width=64):
    return H264.format(n=n, width=width)


def decode(run, source, properties=""):
    sink = "fakesink name=sink sync=false enable-last-sample=true"
    return run(f"{source} ! nvv4l2decoder name=decoder {properties} ! {sink}")


def inner_decoder(one):
    names = [child.get_factory() for child in one["decoder"].children if child.get_factory()]
    return [
        name.get_name() for name in names if name.get_name() not in {"videoconvert", "capsfilter"}
    ]


@pytest.mark.parametrize(
    ("encoder", "inner"),
    [
        ("x264enc", "avdec_h264"),
        ("x264enc ! video/x-h264,stream-format=avc", "avdec_h264"),
        ("x265enc ! h265parse", "avdec_h265"),
        ("vp8enc deadline=1", "vp8dec"),
        ("vp9enc deadline=1", "vp9dec"),
        ("jpegenc", "jpegdec"),
        ("avenc_mpeg4 ! mpeg4videoparse", "avdec_mpeg4"),
    ],
)
def test_each_codec_finds_its_decoder(run, encoder, inner):
    if Gst.ElementFactory.find(encoder.split()[0]) is None:
        pytest.skip(f"{encoder} is not installed")
    one = decode(run, SOURCE.format(n=5, width=64) + f" ! {encoder}")
    assert one.error is None
    assert inner_decoder(one) == [inner]
    assert one.rendered == one["decoder"].get_property("decoded-frames") == 5


def test_frames_come_out_as_nv12_in_nvmm_memory(run):
    one = decode(run, h264())
    caps = one["sink"].get_property("last-sample").get_caps()
    assert caps.get_features(0).contains("memory:NVMM")
    assert caps.get_structure(0).get_string("format") == "NV12"


def test_the_picture_is_the_one_that_the_decoder_alone_gives(run):
    tail = "fakesink name=sink sync=false enable-last-sample=true"
    plain = run(f"{h264()} ! avdec_h264 ! videoconvert ! video/x-raw,format=NV12 ! {tail}")
    ours = decode(run, h264())

    def pixels(one):
        buffer = one["sink"].get_property("last-sample").get_buffer()
        return buffer.extract_dup(0, buffer.get_size())

    assert pixels(ours) == pixels(plain)


@pytest.mark.parametrize(("interval", "expected"), [(0, 12), (1, 12), (5, 3), (30, 1)])
def test_drop_frame_interval_lets_every_nth_frame_pass(run, interval, expected):
    one = decode(run, h264(12), f"drop-frame-interval={interval}")
    assert one.rendered == expected
    assert one["decoder"].get_property("decoded-frames") == 12


@pytest.mark.parametrize(("skip", "expected"), [("decode_all", 12), ("decode_key", 3)])
def test_skip_frames_leaves_frames_undecoded(run, skip, expected):
    one = decode(run, h264(12), f"skip-frames={skip}")
    assert one["decoder"].get_property("decoded-frames") == expected


@pytest.mark.parametrize("stream", ["byte-stream", "avc"])
def test_skipping_non_reference_frames_leaves_out_what_no_other_needs(run, stream):
    between = f"h264parse ! video/x-h264,stream-format={stream},alignment=au"
    source = SOURCE.format(n=30, width=64)
    encoder = "x264enc key-int-max=30 bframes=2 b-adapt=false b-pyramid=false"
    one = decode(run, f"{source} ! {encoder} ! {between}", "skip-frames=decode_non_ref")
    assert 9 <= one["decoder"].get_property("decoded-frames") <= 12  # two of three are B frames
    assert one.rendered == one["decoder"].get_property("decoded-frames")


def test_skipping_non_reference_frames_of_another_codec_is_a_warning(run):
    source = SOURCE.format(n=5, width=64)
    one = decode(run, f"{source} ! vp8enc deadline=1", "skip-frames=decode_non_ref")
    assert one.rendered == 5
    assert one.warnings == [
        "skip-frames=decode_non_ref supports H.264 only: every frame of VP8 is decoded"
    ]


def test_a_flushing_seek_decodes_again_from_a_key_frame(run, tmp_path):
    film = tmp_path / "film.mp4"
    run(f"{h264(12)} ! mp4mux ! filesink name=sink location={film}")
    one = decode(run, f"filesrc location={film} ! qtdemux")
    assert one.rendered == 12
    flags = Gst.SeekFlags.FLUSH | Gst.SeekFlags.KEY_UNIT
    assert one.pipeline.seek_simple(Gst.Format.TIME, flags, 0)
    one.play()
    assert one.error is None
    assert one.rendered == 24


def test_low_latency_mode_decodes_frame_by_frame(run):
    one = decode(run, h264(), "low-latency-mode=true")
    inner = next(child for child in one["decoder"].children if "avdec" in child.get_name())
    assert inner.get_property("thread-type").value_nicks[-1] == "slice"


def two_streams(first, second):
    return (
        f"concat name=both ! nvv4l2decoder name=decoder ! fakesink name=sink sync=false "
        f"{first} ! both. {second} ! both."
    )


def test_another_size_in_mid_stream_keeps_the_decoder(run):
    one = run(two_streams(h264(7, 64), h264(9, 96)))
    assert one.error is None
    assert one.rendered == 16
    assert (
        one["sink"].get_static_pad("sink").get_current_caps().get_structure(0).get_value("width")
        == 96
    )


def test_another_codec_in_mid_stream_replaces_the_decoder_and_loses_no_frame(run):
    jpeg = SOURCE.format(n=9, width=96) + " ! jpegenc"
    one = run(two_streams(h264(7, 64), jpeg))
    assert one.error is None
    assert inner_decoder(one) == ["jpegdec"]
    assert one.rendered == 16


def test_a_codec_that_nothing_decodes_names_the_package():
    code = """if True:
        from pythiags import portable
        from pythiags.gst import Gst
        portable.install()
        registry = Gst.Registry.get()
        for feature in registry.get_feature_list(Gst.ElementFactory):
            if "Decoder" in feature.get_metadata("klass") and feature.get_name()[:2] != "nv":
                registry.remove_feature(feature)
        pipeline = Gst.parse_launch(
            "videotestsrc num-buffers=9 ! x264enc ! h264parse ! nvv4l2decoder ! fakesink")
        pipeline.set_state(Gst.State.PLAYING)
        message = pipeline.get_bus().timed_pop_filtered(9 * Gst.SECOND, Gst.MessageType.ERROR)
        print(message.parse_error()[0].message)
        pipeline.set_state(Gst.State.NULL)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "No software decoder for H.264 is installed; install the Debian package gstreamer1.0-libav"
    )
    assert done.stderr == ""


def test_a_broken_stream_is_reported_and_ends(run, tmp_path):
    broken = tmp_path / "broken.h264"
    broken.write_bytes(b"\x00\x00\x00\x01\x67" + bytes(range(256)) * 40)
    one = decode(run, f"filesrc location={broken} ! h264parse")
    assert one["decoder"].get_property("decoded-frames") == 0
    assert one.error is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gpu-id", 1),
        ("num-extra-surfaces", 5),
        ("cudadec-memtype", 2),
        ("enable-max-performance", True),
    ],
)
def test_hardware_properties_are_kept_and_say_that_they_do_nothing(name, value):
    portable.install()
    decoder = Gst.ElementFactory.make("nvv4l2decoder")
    assert int(decoder.get_property(name)) == 0
    decoder.set_property(name, value)
    assert int(decoder.get_property(name)) == value
    assert "no effect on a CPU" in decoder.find_property(name).blurb


@pytest.mark.parametrize("name", ["enable-frame-type-reporting", "enable-error-check"])
def test_what_would_be_missing_is_refused_by_name(run, name):
    assert decode(run, h264(), f"{name}=false").error is None
    refused = decode(run, h264(), f"{name}=true").error
    assert refused == f"The property {name} is not supported on a CPU"


def test_starting_again_counts_from_zero(run):
    one = decode(run, h264(6))
    one.pipeline.set_state(Gst.State.NULL)
    one.play()
    assert one["decoder"].get_property("decoded-frames") == 6


EMPTY = "fakesrc num-buffers=0"


@pytest.mark.parametrize(
    "text",
    [
        f"{EMPTY} ! nvv4l2decoder ! fakesink name=sink",
        f"{EMPTY} ! nvv4l2decoder ! nvvideoconvert ! nvdsosd ! nveglglessink name=sink",
        f"{EMPTY} ! nvv4l2decoder ! m.sink_0 nvstreammux name=m width=64 height=48"
        " batch-size=1 ! nvmultistreamtiler ! nvdsosd ! fakesink name=sink",
    ],
)
def test_a_stream_that_ends_before_its_first_picture_ends(run, text):
    assert run(text).error is None


def test_and_does_not_hold_the_other_sources_back(run):
    one = run(
        f"{EMPTY} ! nvv4l2decoder ! m.sink_0 {h264(n=5)} ! nvv4l2decoder ! m.sink_1"
        " nvstreammux name=m width=64 height=48 batch-size=2 ! fakesink name=sink"
    )
    assert one.error is None
    assert one.rendered == 3  # two frames of the one source a batch
