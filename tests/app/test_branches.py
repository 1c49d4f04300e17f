"""Sources that come and go while a pipeline plays."""

import gc
import socket
import threading
from collections import defaultdict

import pytest
from faults.harness import descriptors, memory, threads, until
from standins.network import Camera

from pythiags import (
    App,
    ConfigError,
    DescriptionError,
    PythiagsError,
    RetryPolicy,
    SourceLost,
    StreamError,
    data,
)
from pythiags import frames_per_batch as frames_of
from pythiags.gst import Gst, branches
from pythiags.gst._gst import Gate
from pythiags.gst.bus import ErrorMessage
from pythiags.gst.probe import attach

FILE = data.path("pedestrians.h264").as_uri()
MIXER = (
    "nvstreammux name=m batch-size=4 width=64 height=48 live-source=true "
    "batched-push-timeout=40000 ! identity name=tap ! fakesink sync=false "
)
FIRST = (
    "videotestsrc name=first is-live=true ! video/x-raw,width=64,height=48,framerate=30/1 "
    "! nvvideoconvert ! m.sink_0"
)


class Playing:
    """An App with one source, and how many frames came of each."""

    def __init__(self, text=MIXER + FIRST, **options):
        self.frames = defaultdict(int)
        self.app = App(text, **options)
        self.app.attach("tap", self._look, lambda _events: None)

    def _look(self, _pad, info):
        for frame in frames_of(info):
            self.frames[frame.source_id] += 1

    def await_frames(self, source, count=5):
        goal = self.frames[source] + count
        until(lambda: self.frames[source] >= goal, f"{count} frames of source {source}")

    def __enter__(self):
        self.app.start()
        self.await_frames(0)
        return self

    def __exit__(self, *_error):
        self.app.close()


def test_a_source_comes_and_goes():
    with Playing() as playing, Camera() as camera:
        app = playing.app
        assert app.add_source(camera.address) == "source0"
        assert app.add_source(FILE, name="yard") == "yard"
        playing.await_frames(1)
        playing.await_frames(2)

        def camera_of(stats):
            return next(each for each in stats.sources if each.name == "source0")

        until(lambda: camera_of(app.stats()).status == "running", "the camera")
        assert camera_of(app.stats()).source_id == 1
        for name in ("yard", "source0", "first"):
            app.remove_source(name)
        assert app.stats().sources == ()
        names = {each.get_name() for each in app.pipeline.children}
        assert not [each for each in names if each.startswith(("source0", "yard", "first"))]
        app.add_source(camera.address, name="again")
        playing.await_frames(0)
        assert app.stop().reason == "stop"


def test_a_file_that_was_added_may_end():
    with Playing() as playing:
        playing.app.add_source(FILE, name="yard")
        stats = playing.app.stats
        until(lambda: stats().sources[0].status == "stopped", "the end of the file")
        assert not stats().sources[0].losses
        playing.await_frames(0)
        playing.app.remove_source("yard")


def test_a_source_that_fails_disturbs_nobody(tmp_path, caplog):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing of that kind" * 100)
    with Playing() as playing:
        playing.app.add_source(broken.as_uri(), name="broken")
        until(lambda: playing.app.stats().sources[0].lost, "the failure")
        until(lambda: "broken" in caplog.text, "the message")
        playing.await_frames(0)
        playing.app.remove_source("broken")
        playing.await_frames(0)
        assert playing.app.stop().exit_code == 0


def test_a_camera_that_was_added_is_lost_alone():
    with Playing() as playing, Camera() as camera:
        playing.app.add_source(camera.address)
        playing.await_frames(1)
        camera.kill()
        until(lambda: playing.app.stats().sources[0].lost, "the loss")
        playing.await_frames(0)
        playing.app.remove_source("source0")


@pytest.mark.parametrize("kind", ["file", "camera"])
def test_a_source_that_failed_does_not_keep_the_rest_from_ending(tmp_path, kind):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing of that kind" * 100)
    uri = broken.as_uri() if kind == "file" else "rtsp://127.0.0.1:1/x"
    with Playing(MIXER + FIRST.replace("is-live=true", "is-live=true num-buffers=60")) as playing:
        playing.app.add_source(uri, name="broken")
        with pytest.raises(SourceLost) as caught:
            playing.app.join(timeout=30)
        assert caught.value.where == "broken"


def test_a_source_that_is_linked_to_the_mixer_itself_is_removed():
    text = f"{MIXER} {FIRST} nvurisrcbin name=yard uri={FILE} file-loop=true ! m.sink_1"
    with Playing(text) as playing:
        playing.await_frames(1)
        playing.app.remove_source("yard")
        assert playing.app.pipeline.get_by_name("yard") is None
        assert playing.app.pipeline.get_by_name("m").get_static_pad("sink_1") is None
        playing.await_frames(0)


def lose(element):
    """Have an element say that it has failed."""
    error = Gst.ResourceError
    element.message_full(
        Gst.MessageType.ERROR, error.quark(), error.READ, "lost", None, __file__, "lose", 1
    )


def test_a_camera_that_is_taken_down_while_the_mixer_waits_is_removed():
    text = (
        f"{MIXER} {FIRST} udpsrc name=camera port=0 address=127.0.0.1 "
        "! rawvideoparse width=16 height=16 format=i420 framerate=30/1 "
        "! nvvideoconvert ! m.sink_1"
    )
    hold, held = threading.Event(), threading.Event()

    def wait(_pad, _info):
        held.set()
        hold.wait()

    with Playing(text, retry=RetryPolicy()) as playing, socket.socket(type=socket.SOCK_DGRAM) as to:
        app = playing.app
        camera = app.pipeline.get_by_name("camera")
        to.connect(("127.0.0.1", camera.get_property("port")))
        probe = attach(app.pipeline.get_by_name("tap").get_static_pad("sink"), wait)
        gate = Gate(camera.get_static_pad("src"))
        try:
            assert held.wait(20)

            def is_stuck():
                to.send(bytes(16 * 16 * 3 // 2))
                return gate.pushing and gate.count > 2  # the mixer keeps two of each

            until(is_stuck, "the mixer has no room")
            lose(camera)
            until(camera.is_locked_state, "it is being taken down")
            app.remove_source("camera")
            assert app.pipeline.get_by_name("camera") is None
        finally:
            hold.set()
            gate.stop()
            probe.remove()
        playing.await_frames(0)


@pytest.mark.parametrize(
    ("uri", "name", "kind", "message"),
    [
        ("nosuch://host/x", None, ConfigError, "no element reads URIs of the scheme 'nosuch'"),
        ("just words", None, ConfigError, "invalid URI"),
        (None, None, ConfigError, "invalid URI"),
        (FILE, "tap", ConfigError, "an element named 'tap' already"),
        (FILE, "", ConfigError, "invalid name"),
        ("file:///no/such/file.mp4", None, StreamError, "cannot be started"),
    ],
)
def test_what_cannot_be_added_is_refused(uri, name, kind, message):
    with Playing() as playing:
        before = {each.get_name() for each in playing.app.pipeline.children}
        with pytest.raises(kind, match=message):
            playing.app.add_source(uri, name=name)
        assert {each.get_name() for each in playing.app.pipeline.children} == before
        playing.await_frames(0)
        assert playing.app.stop().exit_code == 0


def late_error(app, name):
    """An error of a source's file, as the loop of an App reads it from the bus."""
    path = f"{app.pipeline.get_path_string()}/GstURIDecodeBin:{name}/GstFileSrc:source"
    return ErrorMessage(path, "Resource not found.", "", "gst-resource-error-quark", 3, "filesrc")


def test_an_error_that_is_read_after_its_source_was_removed_ends_nothing():
    with Playing() as playing:
        app = playing.app
        with pytest.raises(StreamError, match="cannot be started"):
            app.add_source("file:///no/such/file.mp4", name="yard")
        assert app._pipeline._sources.note(late_error(app, "yard"))
        assert app.add_source(FILE, name="yard") == "yard"
        app._pipeline._sources.note(late_error(app, "yard"))
        (lost,) = (each for each in app.stats().sources if each.name == "yard")
        assert lost.status == "stopped"


@pytest.mark.parametrize("part", ["convert", "queue"])
def test_an_error_on_the_way_of_a_source_that_came_again_is_none_of_the_one_before(part):
    with Playing() as playing:
        app, sources = playing.app, playing.app._pipeline._sources
        app.add_source(FILE, name="yard")
        app.add_source(FILE, name="yard1")
        before = element_path(app, f"yard1-{part}")
        for name in ("yard", "yard1"):
            app.remove_source(name)
        app.add_source(FILE, name="yard")
        assert not sources.note(error_of(element_path(app, f"yard-{part}")))
        assert sources.note(error_of(before))


def element_path(app, name):
    return app.pipeline.get_by_name(name).get_path_string()


def error_of(path):
    return ErrorMessage(path, "Internal error.", "", "gst-stream-error-quark", 1, "queue")


def test_a_mixer_without_a_free_pad_is_named(monkeypatch):
    with Playing() as playing:
        before = {each.get_name() for each in playing.app.pipeline.children}
        monkeypatch.setattr(Gst.Element, "request_pad_simple", lambda _mixer, _name: None)
        with pytest.raises(ConfigError, match=r"^m: the mixer takes no further source") as caught:
            playing.app.add_source(FILE)
        assert caught.value.got == "1 source"
        assert {each.get_name() for each in playing.app.pipeline.children} == before
        playing.await_frames(0)


def test_a_source_that_fails_and_hangs_is_reported_as_failed(monkeypatch, caplog):
    gate, unlink = threading.Event(), branches._unlink

    def hang(pad):
        gate.wait()
        unlink(pad)

    monkeypatch.setattr(branches, "_unlink", hang)
    monkeypatch.setattr(branches, "DOWN", 0.01)
    with Playing() as playing:
        with pytest.raises(StreamError, match="cannot be started") as caught:
            playing.app.add_source("file:///no/such/file.mp4")
        assert "may be read" in caught.value.hint
        assert "source0: the source does not stop within 0.01 s; it is taken out" in caplog.text
        gate.set()
        playing.await_frames(0)


def test_a_source_that_hangs_on_removal_is_an_error(monkeypatch):
    gate, unlink = threading.Event(), branches._unlink

    def hang(pad):
        gate.wait()
        unlink(pad)

    with Playing() as playing:
        playing.app.add_source(FILE, name="yard")
        playing.await_frames(1)
        monkeypatch.setattr(branches, "_unlink", hang)
        monkeypatch.setattr(branches, "DOWN", 0.01)
        with pytest.raises(
            PythiagsError, match=r"^yard: the source does not stop within"
        ) as caught:
            playing.app.remove_source("yard")
        assert "stop the run" in caught.value.hint
        gate.set()
        playing.await_frames(0)


def test_a_source_that_hangs_while_it_starts_holds_no_other_up(monkeypatch):
    gate, inside, start = threading.Event(), threading.Event(), Gst.Element.sync_state_with_parent

    def hang(element):
        inside.set()
        gate.wait(30)
        return start(element)

    with Playing() as playing:
        monkeypatch.setattr(Gst.Element, "sync_state_with_parent", hang)
        monkeypatch.setattr(branches, "BUSY", 0.01)
        monkeypatch.setattr(branches, "UP", 60)
        added = threading.Thread(
            target=playing.app.add_source, args=(FILE,), kwargs={"name": "slow"}
        )
        added.start()
        assert inside.wait(30)
        for change in (
            lambda: playing.app.add_source(FILE),
            lambda: playing.app.remove_source("first"),
        ):
            with pytest.raises(
                PythiagsError, match=r"another source is being started \(slow\)"
            ) as e:
                change()
            assert "stop the run" in e.value.hint
        gate.set()
        added.join()
        playing.app.remove_source("slow")


def test_a_source_that_never_starts_is_an_error_and_taken_out_when_it_does(monkeypatch):
    gate, start = threading.Event(), Gst.Element.sync_state_with_parent

    def hang(element):
        gate.wait(30)
        return start(element)

    with Playing() as playing:
        monkeypatch.setattr(Gst.Element, "sync_state_with_parent", hang)
        patience = branches.UP
        monkeypatch.setattr(branches, "UP", 0.01)
        with pytest.raises(
            PythiagsError, match=r"^slow: the source does not start within"
        ) as caught:
            playing.app.add_source(FILE, name="slow")
        assert "stop the run" in caught.value.hint
        monkeypatch.setattr(Gst.Element, "sync_state_with_parent", start)
        monkeypatch.setattr(branches, "UP", patience)
        assert playing.app.add_source(FILE) == "source0"  # meanwhile
        gate.set()
        until(lambda: playing.app.pipeline.get_by_name("slow") is None, "the end of it")
        playing.await_frames(0)


@pytest.mark.parametrize("taken", ["cam-convert", "cam-queue"])
def test_names_that_a_source_brings_with_it_are_refused(taken):
    with Playing() as playing:
        playing.app.pipeline.add(Gst.ElementFactory.make("identity", taken))
        with pytest.raises(ConfigError, match=f"an element named '{taken}' already"):
            playing.app.add_source(FILE, name="cam")
        playing.await_frames(0)


@pytest.mark.parametrize("taken", ["source0", "source0-convert", "source0-queue"])
def test_a_source_without_a_name_gets_a_free_one(taken):
    with Playing() as playing:
        playing.app.pipeline.add(Gst.ElementFactory.make("identity", taken))
        assert playing.app.add_source(FILE) == "source1"


def test_a_name_that_feeds_nothing_is_refused():
    with Playing() as playing:
        with pytest.raises(ConfigError, match="no source 'frist'") as caught:
            playing.app.remove_source("frist")
        assert "'first'" in caught.value.hint


@pytest.mark.parametrize("mixers", [0, 2])
def test_there_has_to_be_one_mixer(mixers):
    mixer = "videotestsrc is-live=true ! nvvideoconvert ! m{n}.sink_0 nvstreammux name=m{n} "
    mixer += "batch-size=1 width=64 height=48 ! fakesink "
    text = "".join(mixer.format(n=n) for n in range(mixers))
    with App(text or "videotestsrc is-live=true ! fakesink") as app:
        app.start()
        with pytest.raises(DescriptionError, match="at one nvstreammux"):
            app.add_source(FILE)


def test_an_app_that_does_not_play_takes_no_source():
    app = App(MIXER + FIRST)
    with app, pytest.raises(PythiagsError, match="does not play") as caught:
        app.add_source(FILE)
    assert caught.value.hint == "call start() first"


def test_a_run_that_has_failed_takes_no_source_while_it_delivers_the_rest():
    gate = threading.Event()
    broken = MIXER.replace("name=tap", "name=tap error-after=20")
    app = App(broken + FIRST, drain_timeout=30)
    with app:
        app.attach("tap", lambda _pad, _info: 1, lambda _event: gate.wait(60), worker="thread")
        app.start()
        until(lambda: app._run.error is not None, "the error")
        try:
            for call in (lambda: app.add_source(FILE), lambda: app.remove_source("first")):
                with pytest.raises(PythiagsError, match="does not play") as caught:
                    call()
                assert "the run is ending" in caught.value.hint
            assert not app._run.over.is_set()
        finally:
            gate.set()
        with pytest.raises(StreamError):
            app.join(60)


def test_many_times_in_a_row():
    counts = []
    gc.collect()  # what earlier tests left
    with Playing() as playing:
        for count in range(1, 121):
            name = playing.app.add_source(FILE)
            playing.await_frames(1, 1)
            playing.app.remove_source(name)
            if count % 40 == 0:
                counts.append((memory(), len(threads()), sum(descriptors().values())))
    first, before, after = counts
    # Once in a while the C library takes memory for another thread, and keeps it.
    assert min(before[0] - first[0], after[0] - before[0]) < 4 << 20
    assert all(now <= then for now, then in zip(after[1:], before[1:], strict=True))
