"""smart-record of nvurisrcbin: files that begin in the past, without a main loop."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import pytest
from faults.harness import until
from standins.network import Camera

from pythiags.gst import Gst

RATE = 30
SOURCE = (
    "nvurisrcbin name=source uri={uri} select-rtp-protocol=4 latency=0 smart-record=2 source-id=3 "
    "smart-rec-dir-path={folder} smart-rec-cache=5 {words} ! fakesink name=sink sync=false"
)


class Info(ctypes.Structure):
    """DeepStream's NvDsSRRecordingInfo."""

    _fields_ = [
        ("ctx", ctypes.c_void_p),
        ("session_id", ctypes.c_uint32),
        ("filename", ctypes.c_char_p),
        ("dirpath", ctypes.c_char_p),
        ("duration", ctypes.c_uint64),
        ("container", ctypes.c_int),
        ("width", ctypes.c_uint),
        ("height", ctypes.c_uint),
        ("contains_video", ctypes.c_int),
        ("channels", ctypes.c_uint),
        ("sampling_rate", ctypes.c_uint),
        ("contains_audio", ctypes.c_int),
    ]


class Recorded:
    """A camera that plays, and what sr-done said of each recording."""

    def __init__(self, build, uri, folder, words=""):
        self.run = build(SOURCE.format(uri=uri, folder=folder, words=words))
        self.source = self.run["source"]
        self.done = []
        self.source.connect("sr-done", self._note)
        self.session = ctypes.c_uint32(99)
        self.run.pipeline.set_state(Gst.State.PLAYING)

    def _note(self, _source, info, user_data):
        read = Info.from_address(hash(info))  # of a gpointer: its value
        self.done.append({name: getattr(read, name) for name, _ in Info._fields_})
        self.done[-1]["user_data"] = user_data

    def await_frames(self, count):
        goal = self.run.rendered + count
        until(lambda: self.run.rendered >= goal, f"{count} frames")

    def start(self, before, duration):
        self.source.emit("start-sr", capsule_of(self.session), before, duration, None)

    def await_done(self, count=1):
        until(lambda: len(self.done) >= count, "the recording is complete")
        return self.done[count - 1]

    def warnings(self):
        bus, found = self.run.pipeline.get_bus(), []
        while message := bus.pop_filtered(Gst.MessageType.WARNING):
            found.append(message.parse_warning()[0].message)
        return found


def capsule_of(value):
    """A pointer, as PyGObject takes one for a signal."""
    ctypes.pythonapi.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    ctypes.pythonapi.PyCapsule_New.restype = ctypes.py_object
    return ctypes.pythonapi.PyCapsule_New(ctypes.addressof(value), None, None)


def frames_in(path):
    """Decode a recording to its end: how many frames it has."""
    line = f"filesrc location={path} ! decodebin ! fakesink name=sink silent=false sync=false"
    done = subprocess.run(
        ["gst-launch-1.0", "-v", *line.split()], capture_output=True, text=True, check=True
    )
    return done.stdout.count("chain   ***")


@pytest.fixture(scope="module")
def camera():
    with Camera(rate=RATE, width=64, height=48) as camera:
        yield camera


@pytest.fixture
def recorded(build, camera, tmp_path):
    return lambda words="": Recorded(build, camera.address, tmp_path, words)


@pytest.mark.parametrize(("container", "ending"), [(0, "mp4"), (1, "mkv")])
def test_a_recording_begins_in_the_past(recorded, tmp_path, container, ending):
    one = recorded(f"smart-rec-container={container}")
    one.await_frames(60)
    one.start(1, 60)
    assert one.session.value == 0
    assert one.source.get_property("smart-rec-status") is True
    one.await_frames(15)
    one.source.emit("stop-sr", 0)
    done = one.await_done()
    assert one.source.get_property("smart-rec-status") is False
    name = done["filename"].decode()
    assert name.startswith("Smart_Record_3_0")
    assert name.endswith(f".{ending}")
    assert done["dirpath"].decode() == str(tmp_path)
    assert (done["width"], done["height"], done["container"]) == (64, 48, container)
    assert (done["contains_video"], done["contains_audio"]) == (1, 0)
    assert done["duration"] >= 1000  # of the stream's time: what was kept
    assert frames_in(tmp_path / name) >= 15
    assert one.warnings() == []


def test_a_recording_ends_by_itself(recorded):
    one = recorded()
    one.await_frames(20)
    one.start(0, 1)
    assert one.await_done()["duration"] > 0
    assert one.source.get_property("smart-rec-status") is False


def test_a_recording_that_is_going_on_is_finished_at_the_end(recorded, tmp_path):
    one = recorded()
    one.await_frames(20)
    one.start(0, 60)
    one.await_frames(10)
    one.run.pipeline.set_state(Gst.State.NULL)
    (path,) = tmp_path.iterdir()
    assert frames_in(path) >= 10
    assert len(one.done) == 1


def test_one_recording_at_a_time_and_one_after_the_other(recorded, tmp_path):
    one = recorded()
    one.await_frames(20)
    one.start(0, 60)
    one.start(0, 60)
    assert one.warnings() == [
        "No recording begins: another one goes on: one source makes one at a time"
    ]
    one.source.emit("stop-sr", 0)
    one.await_done()
    one.start(0, 60)
    one.source.emit("stop-sr", 0)
    one.await_done(2)
    one.source.emit("stop-sr", 0)
    assert one.warnings() == ["No recording is going on"]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_recording_needs_a_place_for_its_number(recorded):
    one = recorded()
    one.await_frames(5)
    one.source.emit("start-sr", None, 0, 1, None)
    assert one.warnings() == [
        "No recording begins: start-sr needs a place for the number of the recording, got NULL"
    ]


def test_a_camera_that_comes_back_is_recorded_again(build, tmp_path):
    with Camera(rate=RATE) as camera:
        one = Recorded(build, camera.address, tmp_path, "rtsp-reconnect-interval=1")
        one.await_frames(20)
        one.start(0, 60)
        camera.kill()
        camera.start(width=64, height=48)
        first = one.await_done()  # the size has changed
        assert first["width"] == 320
        one.await_frames(20)
        one.start(0, 60)
        one.await_frames(10)
        one.source.emit("stop-sr", 0)
        assert one.await_done(2)["width"] == 64
        for each in one.done:
            assert frames_in(Path(each["dirpath"].decode()) / each["filename"].decode())
