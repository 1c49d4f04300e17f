"""--metrics on the command line."""

import re
import socket
import sys
import urllib.request

import pytest

pytest.importorskip("prometheus_client", reason="not installed: make install brings it")

LIVE = "videotestsrc is-live=true ! video/x-raw,framerate=10/1 ! identity name=here ! fakesink"


def test_they_are_served_while_it_runs(child):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = ("--obs=here", "--ext=mine:ext", "--proc=mine:proc", f"--metrics={port}")
    process = child("launch", LIVE, *words, PYTHONUNBUFFERED="1")
    process.stdout.readline()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        text = answer.read().decode()
    assert re.search(r'^pythiags_events_produced_total\{attachment="here"\} [1-9]', text, re.M)
    process.terminate()
    assert process.wait(20) == 143


def test_a_port_in_use(command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command("launch", LIVE, f"--metrics={port}")
    assert done.code == 2
    assert done.err.startswith(
        f"pythiags: metrics on 127.0.0.1:{port}: port {port} is in use\n  try"
    )


def test_what_is_no_address(command):
    done = command("launch", LIVE, "--metrics=nowhere")
    assert done.code == 2
    assert "expected: PORT or HOST:PORT" in done.err


def test_the_package_is_missing(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    done = command("launch", LIVE, "--metrics=0")
    assert done.code == 2
    assert "-m pip install 'prometheus_client>=" in done.err
