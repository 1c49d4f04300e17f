"""nvurisrcbin with files: NVMM out, a loop without a seam, audio, honest errors."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from faults.harness import until
from standins.network import Camera

from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach

FRAMES, PERIOD = 12, Gst.SECOND // 30
VIDEO = f"videotestsrc num-buffers={FRAMES} ! video/x-raw,width=64,height=48,framerate=30/1"
H264 = f"{VIDEO} ! x264enc key-int-max=6 bframes=2"
SOUND = "audiotestsrc num-buffers=20 ! audio/x-raw,rate=44100,channels=1 ! lamemp3enc ! mux."
KINDS = {
    "mp4": f"{H264} ! mp4mux name=mux",
    "mkv": f"{H264} ! h264parse ! matroskamux name=mux streamable=true",
    "h264": H264,
    "av.mkv": f"{H264} ! h264parse ! queue ! matroskamux name=mux {SOUND}",
}
TAIL = "nvstreammux name=m batch-size=1 width=64 height=48 ! fakesink name=sink sync=false"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A film of each kind."""
    folder = tmp_path_factory.mktemp("films")
    for kind, text in KINDS.items():
        *head, last = text.split(SOUND) if SOUND in text else (text, "")
        line = f"{head[0]} ! filesink location={folder / f'film.{kind}'} {last}"
        line += SOUND if SOUND in text else ""
        subprocess.run(["gst-launch-1.0", "-q", *line.split()], check=True)
    return folder


@pytest.fixture(params=KINDS)
def film(request, folder):
    return (folder / f"film.{request.param}").as_uri()


class Frames(list):
    """What passes a mixer: ``(frame_num, buf_pts)``."""

    def __init__(self, mixer):
        super().__init__()
        self._probe = attach(mixer.get_static_pad("src"), self._note)

    def _note(self, _pad, info):
        frames = BatchMeta.of(info).iter_frames()
        self.extend((frame.frame_num, frame.buf_pts) for frame in frames)

    def stop(self):
        self._probe.remove()


def test_a_film_comes_out_in_nvmm_memory_and_ends(run, film):
    one = run(f"nvurisrcbin name=source uri={film} ! m.sink_0 {TAIL}")
    assert one.error is None
    assert one.rendered == FRAMES
    (pad,) = one["source"].srcpads
    assert pad.get_name() == "vsrc_0"
    assert pad.get_current_caps().get_features(0).contains("memory:NVMM")


def test_file_loop_goes_on_without_a_seam(build, film):
    one = build(f"nvurisrcbin uri={film} file-loop=true ! m.sink_0 {TAIL}")
    frames = Frames(one["m"])
    one.pipeline.set_state(Gst.State.PLAYING)
    until(lambda: len(frames) > 4 * FRAMES, "more than four rounds")
    one.pipeline.set_state(Gst.State.NULL)
    frames.stop()
    numbers, times = zip(*frames, strict=True)
    assert numbers == tuple(range(len(numbers)))
    steps = [second - first for first, second in pairwise(times)]
    assert min(steps) > 0
    if "av" not in film:  # the sound of a round is longer than its pictures
        assert max(steps) < 2 * PERIOD


def test_without_file_loop_a_film_ends(run, film):
    assert run(f"nvurisrcbin uri={film} file-loop=false ! m.sink_0 {TAIL}").rendered == FRAMES


def test_a_loop_ends_when_it_is_told_to(build, folder):
    uri = (folder / "film.mp4").as_uri()
    one = build(f"nvurisrcbin name=source uri={uri} file-loop=true ! m.sink_0 {TAIL}")
    frames = Frames(one["m"])
    one.pipeline.set_state(Gst.State.PLAYING)
    until(lambda: len(frames) > 2 * FRAMES, "more than two rounds")
    one.pipeline.send_event(Gst.Event.new_eos())
    one.play()
    frames.stop()
    assert one.error is None


def test_a_loop_ends_whenever_it_is_told_to(build, tmp_path):
    """Between two rounds as well, when the ends of the last one were held back."""
    path = tmp_path / "short.mp4"
    line = f"{VIDEO} ! x264enc ! mp4mux ! filesink location={path}"
    line = line.replace(f"num-buffers={FRAMES}", "num-buffers=3")
    subprocess.run(["gst-launch-1.0", "-q", *line.split()], check=True)
    text = f"nvurisrcbin uri={path.as_uri()} file-loop=true ! m.sink_0 {TAIL}"
    for stop in range(60):
        one = build(text)
        one.pipeline.set_state(Gst.State.PLAYING)
        until(lambda one=one, stop=stop: one.rendered > stop % 7, "more frames")
        one.pipeline.send_event(Gst.Event.new_eos())
        assert one.play().error is None
        assert one.warnings == []
        one.pipeline.set_state(Gst.State.NULL)


def test_a_loop_ends_where_only_one_of_its_streams_has(build, folder):
    """The end of the pictures was held back for the sound, which is blocked."""
    uri = (folder / "film.av.mkv").as_uri()
    one = build(
        f"nvurisrcbin name=source uri={uri} file-loop=true disable-audio=false "
        "source.vsrc_0 ! queue ! fakesink name=sink source.asrc_0 ! fakesink sync=false"
    )
    held, passed, blocks = threading.Event(), threading.Event(), []
    block = Gst.PadProbeType.BLOCK | Gst.PadProbeType.BUFFER

    def note_end(_pad, info):
        if info.get_event().type == Gst.EventType.EOS:
            passed.set()
        return Gst.PadProbeReturn.OK

    def note_held(pad, info):
        if info.get_event().type == Gst.EventType.EOS:  # it is held back behind this pad
            pad.add_probe(Gst.PadProbeType.IDLE, lambda *_: held.set() or Gst.PadProbeReturn.REMOVE)
        return Gst.PadProbeReturn.OK

    def watch_pictures(_pad, peer):
        peer.get_target().add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, note_held)

    def block_sound(_pad, peer):
        blocks.append((peer, peer.add_probe(block, lambda *_: Gst.PadProbeReturn.OK)))

    def watch(_source, pad):
        pictures = pad.get_name() == "vsrc_0"
        if pictures:
            pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, note_end)
        queue = one["nvurisrc_bin_queue" if pictures else "nvurisrc_bin_audio_queue"]
        queue.get_static_pad("sink").connect("linked", watch_pictures if pictures else block_sound)

    one["source"].connect("pad-added", watch)
    one.pipeline.set_state(Gst.State.PLAYING)
    try:
        assert held.wait(20)
        assert not passed.is_set()
        one.pipeline.send_event(Gst.Event.new_eos())
        assert passed.wait(20)
    finally:
        for pad, probe in blocks:
            pad.remove_probe(probe)
    assert one.play().error is None
    assert one.rendered == FRAMES


def test_a_loop_starts_anew_after_null(build, folder):
    uri = (folder / "film.mp4").as_uri()
    one = build(f"nvurisrcbin name=source uri={uri} file-loop=true {TAIL}")
    source, mixer = one["source"], one["m"]
    sink = mixer.request_pad_simple("sink_0")
    source.connect("pad-added", lambda _source, pad: pad.link(sink))
    for _ in range(3):
        frames = Frames(mixer)
        one.pipeline.set_state(Gst.State.PLAYING)
        until(lambda frames=frames: len(frames) > 2 * FRAMES, "more than two rounds")
        one.pipeline.set_state(Gst.State.NULL)
        frames.stop()
        assert frames[0][1] < 3 * PERIOD  # an MP4 with B frames begins with the second
        assert source.srcpads == []
        assert source.children == []


def test_sound_comes_where_it_is_asked_for(run, folder):
    uri = (folder / "film.av.mkv").as_uri()
    text = f"nvurisrcbin name=source uri={uri} disable-audio=false source.vsrc_0 ! m.sink_0 {TAIL}"
    one = run(f"{text} source.asrc_0 ! fakesink sync=false")
    assert one.error is None
    assert sorted(pad.get_name() for pad in one["source"].srcpads) == ["asrc_0", "vsrc_0"]
    assert one.rendered == FRAMES


def test_the_decoder_gets_its_properties(run, folder):
    uri = (folder / "film.mp4").as_uri()
    words = "drop-frame-interval=3 low-latency-mode=true num-extra-surfaces=99 cudadec-memtype=2"
    decoders = []
    one = run(
        f"nvurisrcbin name=source uri={uri} {words} ! m.sink_0 {TAIL}",
        lambda pipeline: pipeline.connect(
            "deep-element-added", lambda _bin, _sub, element: decoders.append(element)
        ),
    )
    (decoder,) = [each for each in decoders if each.get_name().startswith("nvv4l2decoder")]
    assert one.rendered == FRAMES / 3
    assert decoder.get_property("low-latency-mode")
    assert decoder.get_property("num-extra-surfaces") == 24  # its most
    assert int(decoder.get_property("cudadec-memtype")) == 2


BAD = {
    "": "The property uri is not set",
    "uri=video.mp4": "The property uri is no URI: a file's begins with file:///",
    "uri=ipc:///tmp/socket": "ipc:// needs NVIDIA's nvunixfdsrc, which has no portable counterpart",
    "uri=file:///no/such/file.mp4": "Resource not found.",
    "uri=file:///a.mp4 extract-sei-type5-data=true": "The property extract-sei-type5-data is not "
    "supported on a CPU",
    "uri=rtsp://127.0.0.1:1/x smart-record=2": "smart-record needs smart-rec-dir-path, the folder "
    "of the recordings",
    "uri=rtsp://127.0.0.1:1/x smart-record=2 smart-rec-dir-path=/no/such": "smart-rec-dir-path is "
    "not a folder that can be written to: /no/such",
}


@pytest.mark.parametrize("words", BAD)
def test_what_cannot_be_played_is_said(run, words):
    assert run(f"nvurisrcbin {words} ! m.sink_0 {TAIL}").error == BAD[words]


@pytest.mark.parametrize("losses", [1, 2])
def test_a_camera_that_is_lost_while_its_pad_is_blocked_can_be_stopped(build, losses):
    """The worker takes down a decoder that waits for room in front of the pad.

    The one after it asks for buffers first: a query that would wait for its turn in the queue.
    """
    full, asked, blocks = threading.Event(), [], []

    def ask(pad, info):
        if info.get_query().type == Gst.QueryType.ALLOCATION:
            asked.append(pad)
        return Gst.PadProbeReturn.OK

    def block(bin_, pad):
        blocked = Gst.PadProbeType.BLOCK | Gst.PadProbeType.BUFFER
        blocks.append((pad, pad.add_probe(blocked, lambda *_: Gst.PadProbeReturn.OK)))
        queue = bin_.get_by_name("queue")
        queue.set_property("max-size-buffers", 2)
        queue.connect("overrun", lambda _queue: full.set())
        queue.get_static_pad("sink").connect(
            "linked", lambda _pad, peer: peer.add_probe(Gst.PadProbeType.QUERY_DOWNSTREAM, ask)
        )

    def lose(source):
        failed = Gst.ResourceError
        source.get_by_name("src").message_full(
            Gst.MessageType.ERROR, failed.quark(), failed.READ, "lost", None, __file__, "", 1
        )

    with Camera() as camera:
        run = build(
            f"nvurisrcbin name=source uri={camera.address} select-rtp-protocol=4 latency=0 "
            "rtsp-reconnect-interval=1 ! fakesink name=sink"
        )
        source = run["source"]
        source.connect("pad-added", block)
        run.pipeline.set_state(Gst.State.PLAYING)
        assert full.wait(20), "the decoder waits"
        try:
            for _ in range(losses):
                decoder = source.get_by_name("decodebin")
                asked.clear()
                lose(source)
                until(lambda old=decoder: source.get_by_name("decodebin") is not old, "another")
                until(lambda: asked, "the new decoder asks for buffers")
            stop = threading.Thread(target=source.set_state, args=(Gst.State.NULL,), daemon=True)
            stop.start()
            stop.join(20)
            stuck = stop.is_alive()
        finally:
            for pad, probe in blocks:
                pad.remove_probe(probe)
        assert not stuck


def test_a_film_without_frames_does_not_loop(run, tmp_path):
    path = tmp_path / "empty.h264"
    path.write_bytes(b"")
    assert run(f"nvurisrcbin uri={path.as_uri()} file-loop=true ! m.sink_0 {TAIL}").error


def names_of_threads():
    names = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has ended meanwhile
            names.append((task / "comm").read_text().strip())
    return names


@pytest.mark.parametrize("between", [Gst.State.READY, Gst.State.NULL])
def test_a_film_that_fails_leaves_no_thread(build, tmp_path, between):
    """It fails once it has begun to start: it is never in PAUSED, so nothing stops it."""
    path = tmp_path / "empty.h264"
    path.write_bytes(b"")
    one = build(f"nvurisrcbin uri={path.as_uri()} file-loop=true ! m.sink_0 {TAIL}")
    for _ in range(3):
        assert one.play().error
        one.pipeline.set_state(between)
    one.pipeline.set_state(Gst.State.NULL)
    assert "nvurisrcbin" not in names_of_threads()


def test_recordings_of_a_film_are_a_warning(run, folder):
    uri = (folder / "film.mp4").as_uri()
    one = run(f"nvurisrcbin uri={uri} smart-record=2 ! m.sink_0 {TAIL}")
    assert one.warnings == ["smart-record has no effect: it records RTSP only"]
    assert one.rendered == FRAMES


DEFAULTS = {
    "num-extra-surfaces": 1,
    "type": 0,
    "disable-audio": True,
    "latency": 100,
    "udp-buffer-size": 524288,
    "drop-on-latency": True,
    "buffer-mode": 3,
    "select-rtp-protocol": 7,
    "max-size-buffers": 200,
    "rtsp-reconnect-interval": 0,
    "init-rtsp-reconnect-interval": 0,
    "rtsp-reconnect-attempts": -1,
    "source-id": -1,
    "smart-record": 0,
    "smart-rec-file-prefix": "Smart_Record",
    "smart-rec-cache": 20,
    "smart-rec-default-duration": 20,
    "ipc-connection-interval": 1000000,
}


@pytest.fixture
def element(build):
    return build("nvurisrcbin name=source ! fakesink name=sink")["source"]


def test_defaults_are_deepstreams(element):
    for name, value in DEFAULTS.items():
        got = element.get_property(name)
        assert (got if isinstance(value, str | bool) else int(got)) == value, name
    assert element.get_property("smart-rec-status") is False


def test_two_names_of_one_property(element):
    element.set_property("smart-rec-video-cache", 7)
    assert element.get_property("smart-rec-cache") == 7
    element.set_property("smart-rec-cache", 8)
    assert element.get_property("smart-rec-video-cache") == 8


def test_no_attempts_are_any_number(element):
    element.set_property("rtsp-reconnect-attempts", 3)
    element.set_property("rtsp-reconnect-attempts", 0)
    assert element.get_property("rtsp-reconnect-attempts") == -1


CODE = """
import sys
from pythiags import portable
from pythiags.gst import Gst
portable.install()
pipeline = Gst.parse_launch(sys.argv[1])
pipeline.set_state(Gst.State.PLAYING)
wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, wanted)
pipeline.set_state(Gst.State.NULL)  # or GStreamer may crash as it is freed
print(message.type.value_nicks)
"""


def test_a_film_alone_in_a_pipeline_is_decoded_by_nvv4l2decoder(folder):
    uri = (folder / "film.mp4").as_uri()
    done = subprocess.run(
        [sys.executable, "-c", CODE, f"nvurisrcbin uri={uri} ! fakesink"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "eos" in done.stdout
