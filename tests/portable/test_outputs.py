"""nvvideoencfilesinkbin and nvrtspoutsinkbin on a CPU: files and streams that others can read."""

from __future__ import annotations

import contextlib
import re
import socket
from pathlib import Path

import pytest
from faults.harness import until
from standins.rtspclient import play

from pythiags import portable
from pythiags.gst import Gst
from pythiags.gst.pipeline import Pipeline
from pythiags.gst.probe import attach

SIZE = "width=160,height=96,framerate=30/1"
PLAIN = f"video/x-raw,{SIZE}"
LIVE = f"videotestsrc is-live=true ! {PLAIN}"
SECONDS = 20
CAPS = {"h264": "video/x-h264", "h265": "video/x-h265"}


@pytest.fixture
def start():
    """``start(text)``: the pipeline of a text, which is stopped in the end."""
    portable.install()
    pipelines = []

    def make(text, state=Gst.State.PLAYING):
        pipeline = Gst.parse_launch(text)
        pipelines.append(pipeline)
        pipeline.set_state(state)
        return pipeline

    yield make
    for each in pipelines:
        each.set_state(Gst.State.NULL)


def wait(pipeline, *kinds):
    """The first message of some kinds."""
    wanted = Gst.MessageType.ERROR
    for kind in kinds:
        wanted |= kind
    message = pipeline.get_bus().timed_pop_filtered(SECONDS * Gst.SECOND, wanted)
    assert message is not None
    return message


def await_end(pipeline):
    message = wait(pipeline, Gst.MessageType.EOS)
    assert message.type == Gst.MessageType.EOS, message.parse_error()


def error(pipeline):
    message = wait(pipeline)
    return message.parse_error()[0].message


def decoded(path):
    """The pictures of a file, and the caps of what is in it."""
    line = f"filesrc location={path} ! parsebin name=p ! decodebin ! fakesink name=sink"
    pipeline = Gst.parse_launch(f"{line} signal-handoffs=true sync=false")
    pictures, caps = [], []
    pipeline.get_by_name("sink").connect("handoff", lambda *_: pictures.append(1))
    pipeline.get_by_name("p").connect(
        "pad-added", lambda _, pad: caps.append(pad.query_caps(None).get_structure(0).get_name())
    )
    pipeline.set_state(Gst.State.PLAYING)
    message = wait(pipeline, Gst.MessageType.EOS)
    pipeline.set_state(Gst.State.NULL)
    assert message.type == Gst.MessageType.EOS, message.parse_error()
    return len(pictures), caps


# ---- files ----


def to_file(path, words="", frames=20):
    return (
        f"videotestsrc num-buffers={frames} ! {PLAIN} "
        f"! nvvideoencfilesinkbin name=out output-file={path} {words}"
    )


@pytest.mark.parametrize("codec", CAPS)
@pytest.mark.parametrize("encoder", ["hw", "sw"])
@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_file_has_every_picture(start, tmp_path, codec, encoder, container):
    path = tmp_path / "out"
    words = f"codec={codec} enc-type={encoder} container={container} bitrate=300000"
    pipeline = start(to_file(path, words))
    await_end(pipeline)
    assert decoded(path) == (20, [CAPS[codec]])
    kind = b"ftyp" if container == "mp4" else b"\x1aE\xdf\xa3"
    assert kind in path.read_bytes()[:8]


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_file_of_mpeg4_has_every_picture(start, tmp_path, container):
    await_end(start(to_file(tmp_path / "out", f"codec=mpeg4 container={container}")))
    assert decoded(tmp_path / "out") == (20, ["video/mpeg"])


def test_nvmm_is_taken(start, tmp_path):
    text = to_file(tmp_path / "out").replace(PLAIN, f"{PLAIN} ! nvvideoconvert ! nvdsosd")
    await_end(start(text))
    assert decoded(tmp_path / "out")[0] == 20


def stopped_after(start, text, frames, name, pad):
    """Play a text, and stop it once so many buffers have been at the pad of an element."""
    pipeline = start(text, Gst.State.READY)
    element = pipeline.get_by_name(name)
    seen = []

    def count(*_):
        seen.append(1)
        if len(seen) == frames:
            pipeline.post_message(Gst.Message.new_application(element, Gst.Structure("enough")))

    probe = attach(element.get_static_pad(pad), count)
    pipeline.set_state(Gst.State.PLAYING)
    assert wait(pipeline, Gst.MessageType.APPLICATION).type == Gst.MessageType.APPLICATION
    pipeline.set_state(Gst.State.NULL)
    probe.remove()


@pytest.mark.parametrize("container", ["mp4", "mkv"])
@pytest.mark.parametrize("codec", CAPS)
@pytest.mark.parametrize("encoder", ["hw", "sw"])
def test_a_file_that_is_stopped_has_every_picture(start, tmp_path, encoder, codec, container):
    path = tmp_path / "out"
    words = f"enc-type={encoder} codec={codec} container={container}"
    text = to_file(path, words, frames=-1)
    # The encoders of the CPU keep more frames than these before the first one is encoded.
    stopped_after(start, text, 15, "out-queue", "sink")
    assert decoded(path)[0] >= 14  # the probe is before the element


def test_a_stopped_file_waits_for_no_clock(start, tmp_path):
    path = tmp_path / "out"
    text = to_file(path, "sync=true", frames=-1)
    hour = 3600 * Gst.SECOND
    text = text.replace("num-buffers", f"timestamp-offset={hour} num-buffers")
    stopped_after(start, text, 3, "out-codecparser", "src")
    assert decoded(path)[0] >= 3


def test_it_starts_again_as_it_is_set_then(start, tmp_path):
    pipeline = start(to_file(tmp_path / "one"))
    await_end(pipeline)
    pipeline.set_state(Gst.State.NULL)
    out = pipeline.get_by_name("out")
    assert out.children == []
    out.set_property("output-file", str(tmp_path / "two"))
    out.set_property("codec", 2)
    pipeline.set_state(Gst.State.PLAYING)
    await_end(pipeline)
    found = [decoded(tmp_path / name)[1] for name in ("one", "two")]
    assert found == [["video/x-h264"], ["video/x-h265"]]


def test_stopped_before_a_picture(start, tmp_path):
    pipeline = start(to_file(tmp_path / "out"), Gst.State.READY)
    assert pipeline.set_state(Gst.State.NULL) == Gst.StateChangeReturn.SUCCESS


@pytest.mark.parametrize(
    ("words", "profile"),
    [("codec=h265 profile=high", "high"), ("codec=h264 profile=main10", "main10")],
)
def test_a_profile_that_the_codec_lacks(start, tmp_path, words, profile):
    pipeline = start(to_file(tmp_path / "out", words))
    message = wait(pipeline, Gst.MessageType.WARNING, Gst.MessageType.EOS)
    assert message.type == Gst.MessageType.WARNING
    assert f"profile={profile} is none that nvv4l2" in message.parse_warning()[0].message
    await_end(pipeline)


def test_what_is_set_too_late(start, tmp_path):
    pipeline = start(to_file(tmp_path / "out", frames=-1))
    pipeline.get_by_name("out").set_property("codec", 2)
    warning = wait(pipeline, Gst.MessageType.WARNING).parse_warning()[0].message
    assert "The property 'codec' stays as it was" in warning


def test_a_file_must_be_named(start):
    text = f"videotestsrc ! {PLAIN} ! nvvideoencfilesinkbin"
    assert error(start(text)).startswith("No file is named: set output-file")


def test_a_file_that_cannot_be_written(start, tmp_path):
    assert str(tmp_path / "no" / "out") in error(start(to_file(tmp_path / "no" / "out")))


# ---- streams ----


def served(capfd):
    """The port that the element has printed."""
    return int(
        re.search(r"out: the stream is at rtsp://localhost:(\d+)/", capfd.readouterr().out)[1]
    )


def refused(port):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    return True


def names_of_threads():
    """The names of this process's threads, in one text."""
    found = []
    for path in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended
            found.append((path / "comm").read_text())
    return "".join(found)


def media_of(port):
    """What a server says that its stream has."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        request = f"DESCRIBE rtsp://127.0.0.1:{port}/ds-test RTSP/1.0\r\nCSeq: 1\r\n\r\n"
        client.sendall(request.encode())
        answer = client.recv(10_000).decode()
    return re.findall(r"m=(\w+) .*\r\n(?:.*\r\n)*?a=rtpmap:\d+ (\w+)/", answer)


def test_a_client_that_waits_for_pictures_does_not_keep_it_from_ending(start, capfd):
    pipeline = start(f"{LIVE} ! valve drop=true ! nvrtspoutsinkbin name=out rtsp-port=0")
    port = served(capfd)
    request = f"DESCRIBE rtsp://127.0.0.1:{port}/ds-test RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(request.encode())
        until(lambda: "udpsrc" in names_of_threads(), "a receiver")
        pipeline.set_state(Gst.State.NULL)
        assert "rtsp-server" not in names_of_threads()
        assert client.recv(1000).startswith(b"RTSP/1.0 503")
        assert client.recv(1000) == b""


@pytest.mark.parametrize("encoder", ["hw", "sw"])
@pytest.mark.parametrize("codec", CAPS)
def test_a_stream_is_served_until_its_end(start, capfd, codec, encoder):
    words = f"name=out rtsp-port=0 codec={codec} enc-type={encoder} rtsp-mount-point=/door/1"
    pipeline = start(f"{LIVE} ! nvrtspoutsinkbin {words} sync=false")
    port = served(capfd)
    play(port, codec, path="door/1")
    play(port, codec, path="door/1")  # another client
    pipeline.set_state(Gst.State.NULL)
    assert refused(port)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("codec", ["opus", "ac3"])
def test_sound_is_served(start, capfd, codec):
    start(
        "audiotestsrc is-live=true ! nvrtspoutsinkbin name=out rtsp-port=0 "
        f"audio-codec-type={codec} sync=false"
    )
    play(served(capfd), codec)


def test_picture_and_sound_are_one_stream(start, capfd):
    start(
        f"{LIVE} ! out.vsink audiotestsrc is-live=true ! out.asink "
        "nvrtspoutsinkbin name=out rtsp-port=0 sync=false"
    )
    assert media_of(served(capfd)) == [("video", "H264"), ("audio", "OPUS")]


def test_encoded_pictures_are_served_as_they_come(start, capfd):
    x264 = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=5"
    start(
        f"{LIVE} ! {x264} ! video/x-h264,stream-format=byte-stream,alignment=au "
        "! nvrtspoutsinkbin name=out rtsp-port=0 bypass-codecs=true sync=false"
    )
    play(served(capfd), "h264")


def source(pipeline, text):
    """Add a source and link it to the output; returns it, and the output's pad."""
    made = Gst.parse_bin_from_description(f"{text} ! queue", True)
    pipeline.add(made)
    made.link(pipeline.get_by_name("out"))
    made.sync_state_with_parent()
    return made, made.get_static_pad("src").get_peer()


def test_a_pad_may_be_requested_while_it_plays(start, capfd):
    pipeline = start(f"{LIVE} ! fakesink nvrtspoutsinkbin name=out rtsp-port=0 sync=false")
    assert pipeline.get_state(SECONDS * Gst.SECOND)[1] == Gst.State.PLAYING
    source(pipeline, LIVE)
    play(served(capfd), "h264")


def test_a_pad_may_be_released_while_it_plays_and_requested_again(start, capfd):
    pipeline = start(
        f"{LIVE} ! fakesink nvrtspoutsinkbin name=out rtsp-port=0 sync=false "
        "audiotestsrc is-live=true ! out.asink"
    )
    served(capfd)
    out = pipeline.get_by_name("out")
    for _ in range(2):
        pictures, pad = source(pipeline, LIVE)
        port = served(capfd)
        # On a busy machine a server may give up before it has packets of both: it is asked again.
        both = [("video", "H264"), ("audio", "OPUS")]
        until(lambda port=port, both=both: media_of(port) == both, "pictures and sound", 60)
        pictures.set_state(Gst.State.NULL)
        pipeline.remove(pictures)
        out.release_request_pad(pad)
        assert refused(port)
        assert media_of(served(capfd)) == [("audio", "OPUS")]
    assert [each.get_name() for each in out.children if "video" in each.get_name()] == []


def test_it_is_served_anew_after_a_stop(start, capfd):
    pipeline = start(f"{LIVE} ! nvrtspoutsinkbin name=out rtsp-port=0 sync=false")
    first = served(capfd)
    pipeline.set_state(Gst.State.NULL)
    assert refused(first)
    pipeline.set_state(Gst.State.PLAYING)
    play(served(capfd), "h264")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("rtsp-mount-point=door", "'door' does not begin with /; set it to a path, as /door"),
        ('rtsp-mount-point=""', "'' does not begin with /; set it to a path, as /ds-test"),
        ("rtsp-port=99999", "rtsp-port=99999 is no port; set it to 1 to 65535, or 0"),
    ],
)
def test_no_address(start, words, said):
    assert said in error(start(f"{LIVE} ! nvrtspoutsinkbin {words}"))


def test_a_port_that_is_taken(start):
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        message = wait(start(f"{LIVE} ! nvrtspoutsinkbin rtsp-port={port}"))
    problem = message.parse_error()[0]
    text = problem.message
    # OPEN_WRITE is answered with a word on folders.
    assert problem.matches(Gst.ResourceError.quark(), Gst.ResourceError.SETTINGS)
    assert f"Nothing can be served on port {port}" in text
    assert "set rtsp-port to one that is free" in text


FRAMES = f"videotestsrc num-buffers=12 ! {PLAIN}"
SOUND = "audiotestsrc num-buffers=99 samplesperbuffer=512 ! out.asink"
X264 = "x264enc tune=zerolatency ! video/x-h264,stream-format=byte-stream,alignment=au"


@pytest.mark.parametrize(
    "text",
    [
        f"{FRAMES} ! nvvideoencfilesinkbin output-file={{path}}",
        f"{FRAMES} ! nvrtspoutsinkbin rtsp-port=0 sync=false",
        f"{FRAMES} ! out.vsink {SOUND} nvrtspoutsinkbin name=out rtsp-port=0 sync=false",
        f"{FRAMES} ! {X264} ! nvrtspoutsinkbin rtsp-port=0 bypass-codecs=true sync=false",
    ],
)
def test_frames_are_counted_and_not_packets(text, tmp_path):
    portable.install()
    with Pipeline(text.format(path=tmp_path / "out")) as pipeline:
        pipeline.start()
        pipeline.wait(SECONDS)
        assert pipeline.frames() == 12
