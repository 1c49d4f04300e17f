"""nvurisrcbin with cameras that go away, in a plain pipeline: without an App or a main loop."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from faults.harness import descriptors, until
from faults.test_cameras import Watched
from standins.network import Camera

from pythiags import RetriesExhausted, portable
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach

PROTOCOLS = {"tcp": 4, "udp": 1}
SOURCE = (
    "nvurisrcbin name={name} uri={uri} select-rtp-protocol={protocol} latency=0 "
    "rtsp-reconnect-interval=1 {words} ! m.sink_{n} "
)
MIXER = (
    "nvstreammux name=m batch-size={count} width=320 height=240 live-source=true "
    "batched-push-timeout=40000 ! fakesink name=sink sync=false"
)

every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)


class Plain:
    """A pipeline that plays, with what its bus says and the numbers of its frames by source."""

    def __init__(self, *uris, protocol=4, words=""):
        portable.install()
        sources = [
            SOURCE.format(name=f"cam{n}", uri=uri, protocol=protocol, words=words, n=n)
            for n, uri in enumerate(uris)
        ]
        self.pipeline = Gst.parse_launch("".join(sources) + MIXER.format(count=len(uris)))
        self.warnings, self.errors, self.elements = [], [], []
        self.ended = False
        self.numbers = {n: [] for n in range(len(uris))}
        self.times = {n: [] for n in range(len(uris))}
        self.widths = {n: [] for n in range(len(uris))}
        self._probe = attach(self["m"].get_static_pad("src"), self._note)
        self._over = threading.Event()
        self._listener = threading.Thread(target=self._listen)

    def __getitem__(self, name):
        return self.pipeline.get_by_name(name)

    def __enter__(self):
        self._listener.start()
        self.pipeline.set_state(Gst.State.PLAYING)
        return self

    def __exit__(self, *_error):
        self.pipeline.set_state(Gst.State.NULL)
        self._over.set()
        self._listener.join()
        self._probe.remove()

    def _note(self, _pad, info):
        for frame in BatchMeta.of(info).iter_frames():
            self.numbers[frame.source_id].append(frame.frame_num)
            self.times[frame.source_id].append(frame.buf_pts)
            self.widths[frame.source_id].append(frame.source_frame_width)

    def _listen(self):
        bus = self.pipeline.get_bus()
        while not self._over.is_set():
            message = bus.timed_pop(50 * Gst.MSECOND)
            if message is None:
                continue
            if message.type == Gst.MessageType.WARNING:
                self.warnings.append((message.src.get_name(), message.parse_warning()[0].message))
            elif message.type == Gst.MessageType.ERROR:
                self.errors.append((message.src.get_name(), message.parse_error()[0].message))
            elif message.type == Gst.MessageType.EOS:
                self.ended = True
            elif message.type == Gst.MessageType.ELEMENT:
                self.elements.append(message.get_structure())

    def await_frames(self, count, source=0):
        goal = len(self.numbers[source]) + count
        until(lambda: len(self.numbers[source]) >= goal, f"{count} frames of source {source}")

    def await_loss(self, source=0):
        before = len(self.warnings)
        until(lambda: self.warnings[before:], f"source {source} is lost")


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """What connects first loads and opens what stays."""
    for protocol in PROTOCOLS.values():
        with Camera() as camera, Plain(camera.address, protocol=protocol) as run:
            run.await_frames(5)


@pytest.fixture
def camera():
    with Camera() as camera:
        yield camera


def never_goes_back(values):
    return all(first < second for first, second in pairwise(values))


@every_protocol
def test_a_server_that_is_killed_and_comes_back(camera, protocol):
    with Plain(camera.address, protocol=protocol) as run:
        for _ in range(2):
            run.await_frames(10)
            warned = len(run.warnings)
            camera.kill()
            until(lambda warned=warned: len(run.warnings) > warned, "a warning")
            camera.start(width=160, height=120)
            run.await_frames(10)
        assert run.errors == []
        assert not run.ended
        assert run["cam0"].get_static_pad("vsrc_0").is_linked()
    assert never_goes_back(run.numbers[0])
    assert never_goes_back(run.times[0])
    assert {run.widths[0][0], run.widths[0][-1]} == {320, 160}


@every_protocol
def test_a_camera_that_freezes_and_thaws(camera, protocol):
    with Plain(camera.address, protocol=protocol) as run:
        run.await_frames(10)
        camera.freeze()
        until(lambda: run.warnings, "a warning")
        assert run.warnings[0][0] == "cam0"
        assert run.warnings[0][1].startswith("Nothing has come from the camera for ")
        camera.thaw()
        run.await_frames(10)
        assert run.errors == []
    assert never_goes_back(run.numbers[0])


@every_protocol
def test_a_camera_that_ends_its_stream_is_lost_as_well(protocol):
    with Camera(frames=20) as camera, Plain(camera.address, protocol=protocol) as run:
        run.await_frames(45)
        assert not run.ended
    assert len(camera.received) >= 3


def test_a_camera_that_is_not_there_at_the_start(camera):
    camera.kill()
    with Plain(camera.address) as run:
        until(lambda: run.warnings, "a warning")
        camera.start()
        run.await_frames(10)
        assert run.errors == []


def test_one_of_several_does_not_disturb_the_others():
    with Camera() as first, Camera() as other, Plain(first.address, other.address) as run:
        run.await_frames(5, source=1)
        other.kill()
        until(lambda: run.warnings, "a warning")
        run.await_frames(30, source=0)
        other.start()
        run.await_frames(10, source=1)
        assert run.errors == []
    for source in (0, 1):
        assert never_goes_back(run.numbers[source])


def test_attempts_are_limited(camera):
    with Plain(camera.address, words="rtsp-reconnect-attempts=2 source-id=7") as run:
        run.await_frames(5)
        camera.kill()
        until(lambda: run.ended, "the end of the stream")
        (exceeded,) = [each for each in run.elements if each.get_name() == "attempt-exceeded"]
        assert exceeded.get_uint("source-id") == (True, 7)
        assert exceeded.get_boolean("attempt_exceeded") == (True, True)
        assert run.warnings[-1] == (
            "cam0",
            "The camera is given up after 2 attempts, as rtsp-reconnect-attempts says",
        )
        assert run.errors == []


def test_without_an_interval_a_loss_is_an_error_or_the_end(camera):
    with Plain(camera.address, words="rtsp-reconnect-interval=0") as run:
        run.await_frames(5)
        camera.kill()
        until(lambda: run.ended or run.errors, "an end")


def test_a_pause_is_no_loss(camera):
    with Plain(camera.address) as run:
        run.await_frames(5)
        run.pipeline.set_state(Gst.State.PAUSED)
        posted = []

        def note(_bus, message, *_):
            if message.type == Gst.MessageType.WARNING:
                posted.append(message.parse_warning()[0].message)
            return Gst.BusSyncReply.PASS

        run.pipeline.get_bus().set_sync_handler(note)  # what was posted before is not noted
        threading.Event().wait(2.5)  # what does not happen has no event
        run.pipeline.get_bus().set_sync_handler(None)
        assert posted == []


def test_an_end_that_is_sent_passes_while_the_camera_is_away(camera):
    with Plain(camera.address) as run:
        run.await_frames(5)
        camera.kill()
        until(lambda: run.warnings, "a warning")
        run.pipeline.send_event(Gst.Event.new_eos())
        until(lambda: run.ended, "the end of the stream")


def test_an_end_that_is_sent_passes_while_a_frozen_camera_is_taken_down(camera):
    with Plain(camera.address) as run:
        run.await_frames(5)
        handler = run["cam0"].connect(
            "element-removed", lambda *_: run.pipeline.send_event(Gst.Event.new_eos())
        )
        camera.freeze()
        until(lambda: run.ended, "the end of the stream")
        run["cam0"].disconnect(handler)


APP = (
    "nvurisrcbin name=cam0 uri={uri} select-rtp-protocol=4 latency=0 rtsp-reconnect-interval=2 "
    "rtsp-reconnect-attempts={attempts} ! m.sink_0 nvstreammux name=m batch-size=1 width=320 "
    "height=240 live-source=true batched-push-timeout=40000 ! identity name=tap ! fakesink"
)


def test_an_app_is_told_of_what_connects_again_by_itself(camera):
    with Watched(APP.format(uri=camera.address, attempts=-1), retry=None) as run:
        run.await_frames(10)
        camera.kill()
        run.await_told("lost")
        assert run.stats().status == "retrying"
        camera.start()
        run.await_told("back")
        run.await_frames(10)
        stats = run.stats()
        summary = run.app.stop()
    assert (stats.status, stats.source_id) == ("running", 0)
    assert stats.num_retry >= 1
    assert sum(stats.losses.values()) == len(run.notes.gaps) >= 1
    assert {(gap.source, gap.source_id) for gap in run.notes.gaps} == {("cam0", 0)}
    assert summary.exit_code == 0


def test_an_app_ends_with_an_error_when_it_is_given_up(camera):
    with Watched(APP.format(uri=camera.address, attempts=1), retry=None) as run:
        run.await_frames(10)
        camera.kill()
        with pytest.raises(RetriesExhausted) as caught:
            run.app.join(20)
    assert caught.value.exit_code == 5
    assert run.told("end")


def test_attempts_leave_nothing_behind(camera):
    with Plain(camera.address) as run:
        counts = []
        for _ in range(5):
            run.await_frames(5)
            counts.append(sum(descriptors().values()))
            warned = len(run.warnings)
            camera.kill()
            until(lambda warned=warned: len(run.warnings) > warned, "a warning")
            camera.start()
    assert max(counts[2:]) <= max(counts[:2]) + 1
