"""Connections that fail: which host and port, and what to try; nothing waits in silence."""

import logging
import socket

import pytest

from pythiags import App
from pythiags.errors import StreamError
from pythiags.gst import Gst, network, pipeline


@pytest.fixture
def closed_port():
    """A port of this machine without a listener: it is bound, so no other program can use it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def silent_port():
    """A port that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def error_of(text):
    with App(text) as app, pytest.raises(StreamError) as caught:
        app.run()
    assert caught.value.exit_code == 4
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "rtspsrc location=rtsp://me:secret@127.0.0.1:{port}/x ! fakesink",
        "uridecodebin uri=rtsp://127.0.0.1:{port}/x ! fakesink",
        "tcpclientsrc host=127.0.0.1 port={port} ! fakesink",
        "souphttpsrc location=http://127.0.0.1:{port}/x retries=0 ! fakesink",
        "videotestsrc num-buffers=1 ! tcpclientsink host=127.0.0.1 port={port}",
    ],
)
def test_a_closed_port(text, closed_port):
    error = error_of(text.replace("{port}", str(closed_port)))
    assert f"listens on its port {closed_port}:" in error.hint
    assert f"127.0.0.1:{closed_port}" in error.got
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "rtspsrc location=rtsp://nohost.invalid/x ! fakesink",
        "tcpclientsrc host=nohost.invalid port=554 ! fakesink",
    ],
)
def test_an_unknown_host(text):
    error = error_of(text)
    assert "check the host name nohost.invalid" in error.hint
    assert "port 554:" in error.hint


def test_a_source_without_a_location():
    assert "a URI with a host" in error_of("rtspsrc ! fakesink").hint


def test_a_server_that_never_answers(silent_port, monkeypatch, caplog):
    monkeypatch.setattr(pipeline, "QUIET", 0.0)
    with caplog.at_level(logging.WARNING):
        error = error_of(
            f"rtspsrc location=rtsp://127.0.0.1:{silent_port}/x tcp-timeout=500000 ! fakesink"
        )
    assert "does not respond" in error.hint
    assert f"check the port {silent_port}" in error.hint
    told = [r.getMessage() for r in caplog.records if "no data from" in r.getMessage()]
    assert len(told) == 1
    assert f"rtsp://127.0.0.1:{silent_port}/x" in told[0]
    assert "waits 0.5 s for a response (tcp-timeout)" in told[0]


@pytest.mark.parametrize(
    "text",
    ["videotestsrc is-live=true num-buffers=9 ! fakesink", "fakesrc num-buffers=9 ! fakesink"],
)
def test_who_has_no_network_is_not_suspected(text, monkeypatch, caplog):
    monkeypatch.setattr(pipeline, "QUIET", 0.0)
    App(text).run()
    assert not [r for r in caplog.records if "no data from" in r.getMessage()]


@pytest.mark.parametrize(
    ("location", "reason", "expected"),
    [
        ("rtsp://cam/x", "Failed to connect", "`nc -vz cam 554`"),
        ("rtsps://cam/x", "Failed to connect", "`nc -vz cam 322`"),
        ("http://cam/x", "Connection refused", "`nc -vz cam 80`"),
        ("[::1]:99", "Connection refused", "`nc -vz ::1 99`"),
        ("rtsp://cam:nonsense/x", "Failed to connect", "port nonsense:"),
        ("rtsp://cam/x", "Not Found (404)", "check the path"),
        ("rtsp://cam/x", "Timeout while waiting for server response", "cam does not respond"),
        ("", "No valid RTSP URL was provided", "a URI with a host"),
    ],
)
def test_advice(location, reason, expected):
    assert expected in network.advice(location, reason)


@pytest.mark.parametrize("name", sorted(network.NETWORK))
def test_every_element_of_the_network_has_a_location(name):
    element = Gst.ElementFactory.make(name)
    if element is None:
        pytest.skip(f"{name} is not installed")
    assert isinstance(network.location_of(element), str)


def test_a_refused_start_shows_the_log():
    error = error_of("udpsrc address=nohost.invalid ! fakesink")
    assert any("Failed to resolve nohost.invalid" in line for line in error.log)
