"""The life of a pipeline: errors explained, frames counted, down in time."""

import threading

import pytest

from pythiags import Description, Pipeline
from pythiags.errors import DescriptionError, NoFramesError, StreamError
from pythiags.gst import Gst
from pythiags.gst.bus import ErrorMessage
from pythiags.gst.explain import explain
from pythiags.gst.pipeline import PipelineState

FOR_EVER = 3600.0  # seconds: for a test


def play(text):
    pipeline = Pipeline(text)
    try:
        pipeline.start()
        pipeline.wait(20)
    finally:
        pipeline.stop()
    return pipeline


def test_the_states_of_a_life():
    pipeline = Pipeline("videotestsrc num-buffers=3 ! fakesink")
    states = [pipeline.state]
    pipeline.start()
    states.append(pipeline.state)
    while not pipeline.ended:
        pipeline.poll(0.1)
        if pipeline.state is not states[-1]:
            states.append(pipeline.state)
    pipeline.finish()
    states.append(pipeline.state)
    assert pipeline.stop()
    states.append(pipeline.state)
    assert [state.name for state in states] == [
        "NEW",
        "STARTING",
        "RUNNING",
        "DRAINING",
        "STOPPED",
    ]


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("filesrc ! fakesink", "GstFileSrc:filesrc0", "check the path"),
        ("filesrc location={me} ! h264parse ! fakesink", "h264parse0", "this type of input"),
        ("filesrc location={me} ! decodebin ! fakesink", "decodebin0", "type"),
        ("videotestsrc ! filesink location=/nowhere/x", "filesink0", "folder"),
        ("fakesrc ! videoconvert ! fakesink", "fakesrc0", "do not agree"),
    ],
)
def test_errors_name_the_element_and_what_to_try(text, where, says):
    with pytest.raises((StreamError, NoFramesError)) as caught:
        play(text.replace("{me}", __file__))
    assert where in str(caught.value)
    assert says in str(caught.value)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    "text",
    [
        "videotestsrc num-buffers=0 ! fakesink",
        "videotestsrc num-buffers=0 ! videoconvert ! appsink wait-on-eos=false",
    ],
)
def test_no_frame_is_an_error(text):
    with pytest.raises(NoFramesError, match="single frame"):
        play(text)


def test_one_frame_is_none():
    assert play("videotestsrc num-buffers=1 ! fakesink").state is PipelineState.STOPPED


def test_frames_at_one_of_two_sinks_are_frames():
    play("videotestsrc num-buffers=1 ! fakesink videotestsrc num-buffers=0 ! fakesink")


def test_a_description_that_cannot_be_built():
    with pytest.raises(DescriptionError, match="nosuchelement"):
        Pipeline("nosuchelement ! fakesink")


def test_wait_gives_up():
    pipeline = Pipeline("videotestsrc is-live=true ! fakesink")
    pipeline.start()
    with pytest.raises(TimeoutError):
        pipeline.wait(0.05)
    assert pipeline.live
    pipeline.stop()


@pytest.mark.parametrize("live", [True, False])
def test_a_live_source_is_told_before_it_sends_anything(live):
    told = []
    pipeline = Pipeline(f"videotestsrc is-live={live} num-buffers=2 ! fakesink")
    pipeline.start(on_live=lambda: told.append(pipeline.buffers()))
    pipeline.wait(10)
    pipeline.stop()
    assert told == [0] * live
    assert pipeline.live == live


def test_wake_ends_a_poll():
    pipeline = Pipeline("videotestsrc ! fakesink")
    timer = threading.Timer(0.05, pipeline.wake)
    timer.start()
    assert pipeline.poll(FOR_EVER) is None
    timer.join()


def test_finish_lets_a_muxer_write_its_index(tmp_path):
    file = tmp_path / "out.mkv"
    pipeline = Pipeline(
        f"videotestsrc is-live=true ! jpegenc ! matroskamux ! filesink location={file}"
    )
    pipeline.start()
    with pytest.raises(TimeoutError):
        pipeline.wait(0.3)
    pipeline.finish()
    pipeline.wait(5)
    pipeline.stop()
    play(f"filesrc location={file} ! matroskademux ! fakesink")


def test_an_element_that_hangs_does_not_hang_the_stop():
    pipeline = Pipeline("videotestsrc ! fakesink name=sink")
    release, blocked = threading.Event(), threading.Event()

    def hang(pad, info):
        blocked.set()
        release.wait(FOR_EVER)
        return Gst.PadProbeReturn.OK

    pad = pipeline.gst.get_by_name("sink").get_static_pad("sink")
    probe = pad.add_probe(Gst.PadProbeType.BUFFER, hang)
    pipeline.start()
    assert blocked.wait(10)
    assert not pipeline.stop(timeout=0.2)
    release.set()
    pad.remove_probe(probe)
    pipeline.gst.get_state(5 * Gst.SECOND)


def test_secrets_do_not_reach_an_error():
    message = ErrorMessage("/p", "cannot open rtsp://me:***@host/", "", "d", 1, "rtspsrc")
    assert "***" in str(explain(message))


RAW = "videotestsrc num-buffers=12 ! video/x-raw,width=64,height=48"
H264 = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=4"
SIZES = " ".join(
    f"videotestsrc num-buffers=6 ! video/x-raw,width={size},height=48 ! c." for size in (64, 32)
)
COUNTED = [
    f"{RAW} ! fakesink",
    f"{RAW} ! {H264} ! rtph264pay mtu=100 ! fakesink",
    f"{RAW} ! {H264} ! mp4mux ! filesink location={{path}}",
    f"{RAW} ! {H264} ! h264parse ! splitmuxsink location={{path}}%02d.mp4 max-size-time=100000000",
    f"{RAW} ! jpegenc ! fakesink",
    f"{RAW},format=I420 ! rtpvrawpay mtu=200 ! fakesink",
    f"{RAW} ! matroskamux ! fakesink",
    f"{RAW},format=I420 ! avimux ! filesink location={{path}}",
    f"{RAW} ! jpegenc ! avimux name=a ! fakesink audiotestsrc num-buffers=40 ! a.",
    f"{RAW} ! {H264} ! h264parse ! avdec_h264 ! fakesink",
    f"{RAW} ! tee name=t ! queue ! fakesink t. ! queue ! {H264} ! mpegtsmux ! fakesink",
    f"{RAW} ! fakesink audiotestsrc num-buffers=99 samplesperbuffer=16 ! fakesink",
    f"concat name=c ! fakesink {SIZES}",
]


def frames_of(text, path):
    with Pipeline(Description(text, **({"path": str(path)} if "{path}" in text else {}))) as it:
        it.start()
        it.wait(30)
        counted = it.frames()
    assert it.frames() == counted
    return counted


@pytest.mark.parametrize("text", COUNTED)
def test_frames_are_counted_where_they_are_frames(text, tmp_path):
    assert frames_of(text, tmp_path / "out") == 12


def test_encoded_frames_are_counted_before_they_are_packets(tmp_path):
    path = tmp_path / "a.mkv"
    frames_of(f"{RAW},format=I420 ! jpegenc ! matroskamux ! filesink location={{path}}", path)
    text = "filesrc location={path} ! matroskademux ! rtpjpegpay mtu=200 ! fakesink"
    assert frames_of(text, path) == 12


def test_packets_of_another_container_are_no_frames(tmp_path):
    path = tmp_path / "a.mp4"
    frames_of(f"{RAW} ! {H264} ! mp4mux ! filesink location={{path}}", path)
    ts = "qtdemux ! h264parse ! mpegtsmux ! rtpmp2tpay mtu=200 ! fakesink"
    assert frames_of(f"filesrc location={{path}} ! {ts}", path) == 12


def test_a_muxer_that_goes_back_in_its_file_at_the_end_has_sent_frames(tmp_path):
    """A new segment has the sink count from 0 again."""
    text = f"{RAW} ! jpegenc ! avimux ! filesink location={{path}}"
    with Pipeline(Description(text, path=str(tmp_path / "a.avi"))) as pipeline:
        pipeline.start()
        pipeline.wait(30)
        assert pipeline.buffers() > 0
        pipeline.check_frames()


def test_encoded_frames_of_a_file_are_counted_behind_its_parser(tmp_path):
    path = tmp_path / "a.mp4"
    frames_of(f"{RAW} ! {H264} ! mp4mux ! filesink location={{path}}", path)
    text = "filesrc location={path} ! qtdemux ! h264parse ! mpegtsmux ! fakesink"
    assert frames_of(text, path) == 12
