"""nvmultiurisrcbin: sources of a list, sources that fail, sources that come and go over REST."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections import Counter

import pytest
from faults.harness import until
from standins.network import Camera

from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach

FRAMES = 12
BIN = "nvmultiurisrcbin name=multi width=64 height=48 max-batch-size={most} port={port} {words}"


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    line = f"videotestsrc num-buffers={FRAMES} ! video/x-raw,width=64,height=48,framerate=30/1"
    line += f" ! x264enc ! mp4mux ! filesink location={path}"
    subprocess.run(["gst-launch-1.0", "-q", *line.split()], check=True)
    return path.as_uri()


class Multi:
    """An nvmultiurisrcbin that plays, what its bus says, and how many frames came of each."""

    def __init__(self, build, uris=(), *, most=4, port=0, words="", begins=Gst.State.PLAYING):
        words += f' uri-list="{",".join(uris)}"' if uris else ""
        text = BIN.format(most=most, port=port, words=words)
        self.run = build(f"{text} ! fakesink name=sink sync=false")
        self.port, self.begins = port, begins
        self.messages, self.warnings, self.errors = [], [], []
        self.ended = False
        self.frames = Counter()
        pad = self.run["multi"].get_static_pad("src")
        self.run.probes.append(attach(pad, self._note))
        self._over = threading.Event()
        self._listener = threading.Thread(target=self._listen)

    def __enter__(self):
        self._listener.start()
        self.run.pipeline.set_state(self.begins)
        return self

    def __exit__(self, *_error):
        self.run.pipeline.set_state(Gst.State.NULL)
        self._over.set()
        self._listener.join()

    def _note(self, _pad, info):
        self.frames.update(frame.source_id for frame in BatchMeta.of(info).iter_frames())

    def _listen(self):
        bus = self.run.pipeline.get_bus()
        while not self._over.is_set():
            message = bus.timed_pop(50 * Gst.MSECOND)
            if message is None:
                continue
            if message.type == Gst.MessageType.WARNING:
                self.warnings.append(message.parse_warning()[0].message)
            elif message.type == Gst.MessageType.ERROR:
                self.errors.append(message.parse_error()[0].message)
            elif message.type == Gst.MessageType.EOS:
                self.ended = True
            elif message.type == Gst.MessageType.ELEMENT:
                told = message.get_structure()
                names = ("sensor-id", "sensor-name", "uri")
                texts = [told.get_string(name) for name in names if told.has_field(name)]
                self.messages.append((told.get_name(), told.get_uint("source-id")[1], *texts))

    def told(self, name):
        return [each[1:] for each in self.messages if each[0] == name]

    def await_frames(self, source, count=1):
        goal = self.frames[source] + count
        until(lambda: self.frames[source] >= goal, f"{count} frames of source {source}")

    def ask(self, path, value=None):
        """Ask the REST server; what it says, in an answer whose HTTP status is 200."""
        body = None if value is None else json.dumps({"key": "sensor", "value": value}).encode()
        address = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        with urllib.request.urlopen(address, body, timeout=20) as answer:
            return json.load(answer)


def camera(uri, number, change="camera_add"):
    return {
        "camera_id": f"id{number}",
        "camera_name": f"name{number}",
        "camera_url": uri,
        "change": change,
        "metadata": {"resolution": "64x48", "codec": "h264", "framerate": 30},
    }


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_all_sources_of_the_list_play_to_their_ends(build, film):
    words = "sensor-id-list=a,b,c sensor-name-list=A,B"
    with Multi(build, [film] * 3, words=words) as one:
        until(lambda: one.ended, "the end")
        until(lambda: len(one.told("stream-remove")) == 3, "all are removed")
    assert one.frames == {0: FRAMES, 1: FRAMES, 2: FRAMES}
    assert one.errors == one.warnings == []
    expected = [(0, "a", "A", film), (1, "b", "B", film), (2, "c", None, film)]
    assert one.told("stream-add") == expected
    assert sorted(one.told("stream-remove"), key=lambda each: each[0]) == expected


def test_a_loop_never_ends(build, film):
    with Multi(build, [film] * 2, words="file-loop=true") as one:
        one.await_frames(0, 4 * FRAMES)
        one.await_frames(1, FRAMES)
        assert one.told("stream-remove") == []


def test_the_end_may_be_dropped(build, film, port):
    with Multi(build, [film], port=port, words="drop-pipeline-eos=true") as one:
        until(lambda: one.told("stream-remove"), "the source is removed")
        assert one.frames == {0: FRAMES}
        assert one.ask("stream/add", camera(film, 1))["reason"] == "STREAM_ADD_SUCCESS"
        until(lambda: len(one.told("stream-remove")) == 2, "the second source is removed")
        assert sum(one.frames.values()) == 2 * FRAMES
        assert not one.ended


def test_one_that_fails_is_removed_and_the_others_go_on(build, film):
    bad = "file:///no/such/film.mp4"
    with Multi(build, [film, bad, film]) as one:
        until(lambda: one.ended, "the end")
        until(lambda: len(one.told("stream-remove")) == 3, "all are removed")
    assert one.errors == []
    assert "Resource not found." in one.warnings
    assert one.frames == {0: FRAMES, 2: FRAMES}


def test_one_that_does_not_start_and_is_slow_to_go_leaves_the_others_alone(build, film):
    """The worker removes it while the bin itself is told that a part of it has failed."""
    with Multi(build, ["file:///no/such/film.mp4", film], begins=Gst.State.READY) as one:
        pipeline, told = one.run.pipeline, threading.Event()
        mixer = pipeline.get_by_name("src_bin_muxer")
        mixer.connect("pad-removed", lambda *_: told.wait(20))
        results = []
        start = threading.Thread(
            target=lambda: results.append(pipeline.set_state(Gst.State.PLAYING)), daemon=True
        )
        start.start()
        until(lambda: one.warnings, "it has failed")
        told.set()
        start.join(20)
        assert Gst.StateChangeReturn.FAILURE not in results
        until(lambda: one.ended, "the end")
    assert one.errors == []
    assert one.frames == {1: FRAMES}


def test_when_none_is_left_it_is_an_error(build):
    with Multi(build, ["file:///no/such/film.mp4"]) as one:
        until(lambda: one.errors, "an error")
    assert one.errors[0] == "Resource not found."


def test_a_camera_that_is_given_up_is_removed(build, film):
    words = "rtsp-reconnect-interval=1 rtsp-reconnect-attempts=1 live-source=1 file-loop=true"
    with Camera() as away:
        away.kill()
        uris = [away.address, film]
        with Multi(build, uris, words=words) as one:
            until(lambda: one.told("stream-remove"), "the camera is removed")
            assert one.told("stream-remove")[0][0] == 0
            assert one.told("attempt-exceeded") == [(0,)]
            one.await_frames(1, 5)
    assert one.errors == []


def test_more_sources_than_pads_are_a_warning(build, film):
    with Multi(build, [film] * 3, most=2) as one:
        until(lambda: one.ended, "the end")
    assert one.frames == {0: FRAMES, 1: FRAMES}
    (warning,) = one.warnings
    assert warning.startswith("Source 2 of uri-list is not added: the mixer has no pad for it")


def test_a_sensors_number_may_be_its_pads(build, film):
    words = "sensorID-padID-mapping=true sensor-id-list=Camera2,Camera0"
    with Multi(build, [film] * 2, words=words) as one:
        until(lambda: one.ended, "the end")
    assert one.frames == {0: FRAMES, 2: FRAMES}


def test_properties_reach_the_mixer_and_the_sources(build, film):
    words = "batched-push-timeout=12345 enable-padding=true latency=77 file-loop=true"
    with Multi(build, [film], words=words) as one:
        one.await_frames(0)
        mixer = one.run["src_bin_muxer"]
        assert mixer.get_property("batch-size") == 4
        assert mixer.get_property("batched-push-timeout") == 12345
        assert mixer.get_property("enable-padding") is True
        (source,) = [
            each
            for each in mixer.get_parent().children
            if each.get_factory().get_name() == "nvurisrcbin"
        ]
        assert source.get_property("latency") == 77
        assert source.get_property("source-id") == 0
        one.run["multi"].set_property("batched-push-timeout", 54321)
        assert mixer.get_property("batched-push-timeout") == 54321


BAD = {
    "width=0": "The property width must be set",
    "max-batch-size=0": "The property max-batch-size must be set",
    "mode=1": "The property mode is not supported on a CPU",
    "enable-error-propagation=true": "The property enable-error-propagation is not supported on a "
    "CPU",
}


@pytest.mark.parametrize("words", BAD)
def test_what_cannot_be_honoured_is_an_error(run, words):
    one = run(f"{BIN.format(most=1, port=0, words=words)} ! fakesink name=sink")
    assert one.error == BAD[words]


# ---- REST ----


def test_sources_come_and_go_over_rest(build, film, port):
    with Multi(build, port=port, words="file-loop=true live-source=true") as one:
        assert one.ask("stream/add", camera(film, 1)) == {
            "reason": "STREAM_ADD_SUCCESS",
            "status": "HTTP/1.1 200 OK",
        }
        one.await_frames(0, 5)
        one.ask("stream/add", camera(film, 2))
        one.await_frames(1, 5)
        listed = one.ask("stream/get-stream-info")["stream-info"]
        assert listed["stream-count"] == 2
        assert listed["stream-info"][1] == {
            "source_id": 1,
            "camera_id": "id2",
            "camera_name": "name2",
        }
        removed = one.ask("stream/remove", camera(film, 1, "camera_remove"))
        assert removed["reason"] == "STREAM_REMOVE_SUCCESS"
        one.await_frames(1, 5)
        until(lambda: one.told("stream-remove"), "a message")
        assert one.told("stream-remove") == [(0, "id1", "name1", film)]
        assert [each[0] for each in one.told("stream-add")] == [0, 1]
        ready = one.ask("health/get-dsready-state")
        assert ready["health-info"] == {"ds-ready": "YES"}
        assert one.errors == []


REFUSED = {
    "duplicate": (camera("FILM", 1), "500", "STREAM_ADD_FAIL, Duplicate Camera id"),
    "unknown": (camera("FILM", 9, "camera_remove"), "500", "STREAM_REMOVE_FAIL, No record found"),
    "no url": (camera("", 2), "400", "STREAM_ADD_FAIL, Source url empty"),
    "no id": (camera("FILM", 2) | {"camera_id": ""}, "400", "STREAM_ADD_FAIL, Source id empty"),
    "no change": (camera("FILM", 2, "else"), "400", "Sensor API change string not supported"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_requests_that_are_refused(build, film, port, kind):
    value, status, reason = REFUSED[kind]
    value = value | {"camera_url": value["camera_url"].replace("FILM", film)}
    with Multi(build, port=port, words="file-loop=true") as one:
        one.ask("stream/add", camera(film, 1))
        answer = one.ask("stream/add", value)
        assert answer["reason"].startswith(reason)
        assert answer["status"].startswith(f"HTTP/1.1 {status} ")
        one.await_frames(0, 5)


def test_no_more_sources_than_pads(build, film, port):
    with Multi(build, [film], most=1, port=port, words="file-loop=true") as one:
        answer = one.ask("stream/add", camera(film, 2))
        assert "max-batch-size" in answer["reason"]


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /api/v1/stream/add HTTP/1.1\r\nContent-Length: 9\r\n\r\n{not json",
        b"POST /api/v1/stream/add HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]",
        b"POST /api/v1/stream/add HTTP/1.1\r\nContent-Length: 200000\r\n\r\n{",
        b"POST /api/v1/stream/add HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        bytes(range(256)) * 300 + b"\r\n\r\n",
        b"POST /api/v1/stream/add HTTP/1.1\r\nContent-Length: 4000\r\n\r\n" + b'{"a":' * 800,
    ],
    ids=["no JSON", "a list", "too long", "no body", "nonsense", "garbage", "deep"],
)
def test_bad_requests_disturb_nothing(build, film, port, sent):
    with Multi(build, [film], port=port, words="file-loop=true") as one:
        one.await_frames(0)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: client.recv(4096), b""))
        assert b"400 Bad Request" in said
        one.await_frames(0, 5)
        assert one.ask("health/get-dsready-state")["status"] == "HTTP/1.1 200 OK"


def test_a_client_that_sends_byte_after_byte_does_not_hold_the_server(build, port):
    with Multi(build, port=port) as one:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:

            def answered():
                readable = select.select([client], [], [], 0)[0]
                if not readable:
                    client.sendall(b"x")
                return readable

            until(answered, "the answer")
            assert b"400 Bad Request" in client.recv(4096)
        assert one.ask("health/get-dsready-state")["status"] == "HTTP/1.1 200 OK"


def test_other_paths_are_not_there(build, port):
    with Multi(build, port=port) as one, pytest.raises(urllib.error.HTTPError, match="404"):
        one.ask("osd/process-mode", {})


def test_nobody_removes_a_source_that_is_only_half_added(build, film, port):
    one = Multi(build, [film], port=port, words="sensor-id-list=id0")
    bus, answers = one.run.pipeline.get_bus(), []

    def ask(_bus, message):
        if message.get_structure().get_name() == "stream-add":
            try:
                answers.append(one.ask("stream/remove", camera(film, 0, "camera_remove")))
            except urllib.error.URLError as error:
                answers.append(type(error.reason))

    bus.enable_sync_message_emission()
    handler = bus.connect("sync-message::element", ask)
    with one:
        until(lambda: one.ended, "the end")
    bus.disconnect(handler)
    bus.disable_sync_message_emission()
    assert answers == [ConnectionRefusedError]
    assert one.frames == {0: FRAMES}


def test_a_port_in_use_is_a_warning(build, film):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with Multi(build, [film], port=port) as one:
            until(lambda: one.ended, "the end")
    assert len(one.warnings) == 1
    assert one.warnings[0].startswith("There is no REST server, so that no source can be added")


def test_many_additions_and_removals_leave_nothing(build, film, port):
    words = "file-loop=true live-source=true"
    with Multi(build, [film], port=port, words=words) as one:
        for number in range(20):
            one.ask("stream/add", camera(film, number))
            one.ask("stream/remove", camera(film, number, "camera_remove"))
        one.await_frames(0, 5)
        until(lambda: len(one.told("stream-remove")) == 20, "all are removed")
        inner = one.run["src_bin_muxer"].get_parent()
        assert inner.numchildren == 2
        assert one.run["src_bin_muxer"].numsinkpads == 1
        assert one.errors == one.warnings == []
