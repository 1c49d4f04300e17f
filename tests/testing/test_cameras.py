"""The kit's cameras: they send, die, freeze, come back changed, and end with who started them."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from faults.harness import until

from pythiags import App, ConfigError, PythiagsError
from pythiags.testing import Camera, FaultyServer, nothing_left

PLAY = "uridecodebin uri={uri} ! identity name=tap ! fakesink sync=false"
PROGRAM = """\
import time
from pythiags.testing import Camera
camera = Camera()
{then}
print(camera.pid, flush=True)
time.sleep(100)
"""


def sizes(camera, count=3):
    """Play some frames of a camera; give the caps of the last one."""
    with App(PLAY, uri=camera.address) as app:
        app.attach("tap", lambda _pad, _info: [1], lambda _events: None)
        app.start()
        until(lambda: app.stats().attachments[0].channel.produced >= count, "frames")
        caps = app.pipeline.get_by_name("tap").get_static_pad("src").get_current_caps()
        app.stop(drain=False)
    return caps.get_structure(0).get_value("width"), caps.get_structure(0).get_value("height")


def test_a_camera_sends_and_comes_back_with_another_stream():
    with Camera(width=64, height=48) as camera:
        assert sizes(camera) == (64, 48)
        assert len(camera.clients) == 1
        first, port = camera.pid, camera.port
        camera.change(codec="jpeg", width=96)
        assert sizes(camera) == (96, 48)
        assert camera.port == port
        assert camera.pid != first
        camera.kill()
        camera.start()
        assert sizes(camera) == (96, 48), "as before"


def test_a_camera_that_is_killed_refuses_and_leaves_nothing():
    with nothing_left(), Camera() as camera:
        pid = camera.pid
        camera.kill()
        assert camera.pid is None
        assert not Path(f"/proc/{pid}").exists()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", camera.port))
        with pytest.raises(PythiagsError, match="the camera is off"):
            camera.freeze()


def state_of(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def test_a_camera_freezes_and_thaws():
    with Camera() as camera:
        camera.freeze()
        until(lambda: state_of(camera.pid) == "T", "it stands still")
        camera.thaw()
        until(lambda: state_of(camera.pid) != "T", "it goes on")


@pytest.mark.parametrize("then", ["", "camera.freeze()"])
def test_a_camera_ends_with_a_program_that_is_killed(then):
    words = [sys.executable, "-c", PROGRAM.format(then=then)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as program:
        pid = int(program.stdout.readline())
        assert state_of(pid)
        os.kill(program.pid, signal.SIGKILL)
    until(lambda: state_of(pid) in ("", "Z"), "the camera's end")


def test_what_a_camera_cannot_be_is_refused():
    with pytest.raises(ConfigError, match="unknown codec: 'vp8'"):
        Camera(codec="vp8")
    with Camera() as camera, pytest.raises(PythiagsError, match="the camera is on"):
        camera.start()


def test_a_port_that_is_taken_is_named(capfd):
    # A socket that listens without SO_REUSEADDR keeps all others off.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PythiagsError, match=f"port {port}: the RTSP server did not start"):
            Camera(port)
    assert "the port cannot be used" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("silent", b""),
        ("half-way", b"RTSP/1.0 200 OK\r\n"),
        ("cut", b"RTSP/1.0 200"),
        ("garbage", b"\0\1\2"),
    ],
)
def test_a_faulty_server_says_what_it_is_to_say(behaviour, said):
    with nothing_left(), FaultyServer(behaviour) as server:
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(b"OPTIONS * RTSP/1.0\r\n\r\n")
                if said:
                    assert client.recv(len(said), socket.MSG_WAITALL) == said
                else:
                    client.setblocking(False)
                    with pytest.raises(BlockingIOError):
                        client.recv(1)
        until(lambda: server.clients == 2, "both were taken")


def test_a_faulty_server_takes_the_place_of_a_camera():
    with Camera() as camera:
        camera.kill()
        with FaultyServer("silent", camera.port) as server:
            assert server.address == camera.address
        camera.start()
        assert sizes(camera) == (320, 240)


def test_an_unknown_behaviour_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigError, match="unknown behaviour: 'nice'"):
        FaultyServer("nice")
