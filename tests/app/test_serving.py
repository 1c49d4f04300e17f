"""The server of metrics: what it answers, and what clients cannot do to it."""

import contextlib
import errno
import gc
import os
import socket
import threading
import urllib.error
import urllib.request
from http import HTTPStatus

import pytest
from faults.harness import until

from pythiags import ConfigError
from pythiags.app import serving
from pythiags.app.serving import Answer, Server, split_address


def page(accepted):
    return Answer(HTTPStatus.OK, "text/plain", f"accepted: {accepted.strip()}".encode())


def broken(_accepted):
    raise ValueError("no counters")


@pytest.fixture
def server():
    made = Server("127.0.0.1", 0, {"/page": page, "/broken": broken})
    yield made
    made.close()


def ask(server, request):
    """Send the bytes of a request; return all that comes back."""
    with socket.create_connection(server.address, timeout=20) as client:
        client.sendall(request)
        with client.makefile("rb") as stream:
            return stream.read()


@pytest.mark.parametrize(
    ("where", "address"),
    [
        (9090, ("127.0.0.1", 9090)),
        ("9090", ("127.0.0.1", 9090)),
        (":9090", ("127.0.0.1", 9090)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
        ("[::1]:65535", ("::1", 65535)),
        ("::1:80", ("::1", 80)),
        ("example.org:80", ("example.org", 80)),
    ],
)
def test_addresses(where, address):
    assert split_address(where) == address


@pytest.mark.parametrize(
    "where", ["", "localhost", "host:", -1, 65536, "65536", "9 090", "٣", True, 1.5, None, "a:1:"]
)
def test_what_is_no_address_is_refused(where):
    with pytest.raises(ConfigError, match="invalid address for metrics") as caught:
        split_address(where)
    assert caught.value.expected


def test_a_page_gets_the_accepted_types(server):
    host, port = server.address
    request = urllib.request.Request(f"http://{host}:{port}/page?x=1", headers={"ACCEPT": "a/b"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.read() == b"accepted: a/b"
        assert answer.headers["Content-Type"] == "text/plain"
        assert answer.headers["Cache-Control"] == "no-store"


def test_head_has_no_body(server):
    head, _, body = ask(server, b"HEAD /page HTTP/1.1\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"Content-Length: 10" in head
    assert body == b""


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /nowhere HTTP/1.1\r\n\r\n", b"404"),
        (b"GET //page HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /page HTTP/1.1\r\n\r\n", b"405"),
        (b"hello\r\n\r\n", b"400"),
        (b"\xff\xfe\r\n\r\n", b"400"),
        (b"GET /page HTTP/1.1\r\nX: " + b"x" * 10_000 + b"\r\n\r\n", b"431"),
    ],
)
def test_what_is_no_request_for_a_page(server, request_, status):
    assert ask(server, request_).split(b" ")[1] == status
    assert ask(server, b"GET /page HTTP/1.1\r\n\r\n").split(b" ")[1] == b"200"


def test_a_page_that_fails_is_an_error_of_the_server(server, caplog):
    assert ask(server, b"GET /broken HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.0 500")
    assert "no counters" in caplog.text
    assert ask(server, b"GET /page HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.0 200")


def test_clients_that_say_nothing_hold_up_nobody(server):
    threads = threading.active_count()
    silent = [
        socket.create_connection(server.address, timeout=20)
        for _ in range(serving.MOST_CLIENTS + 4)
    ]
    try:
        for client in silent:
            client.sendall(b"GET /pa")
        assert ask(server, b"GET /page HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.0 200")
        assert threading.active_count() == threads
        with contextlib.suppress(ConnectionResetError):
            assert silent[0].recv(1) == b"", "the first has to go"
        silent[-1].sendall(b"ge HTTP/1.1\r\n\r\n")
        assert silent[-1].recv(12) == b"HTTP/1.0 200", "the last may stay"
    finally:
        for client in silent:
            client.close()


def test_a_client_that_says_nothing_is_cut_off(server, monkeypatch):
    monkeypatch.setattr(serving, "PATIENCE", 0.01)
    with socket.create_connection(server.address, timeout=20) as client:
        client.sendall(b"GET /page")
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""


def test_a_client_that_takes_nothing_is_cut_off(monkeypatch):
    monkeypatch.setattr(serving, "PATIENCE", 0.05)
    large = Answer(HTTPStatus.OK, "text/plain", b"x" * 50_000_000)
    server = Server("127.0.0.1", 0, {"/": lambda _accepted: large})
    try:
        with socket.create_connection(server.address, timeout=20) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert ask(server, b"GET /nowhere HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.0 404")
            until(lambda: not server._clients, "it is cut off")
            received = 0
            with contextlib.suppress(ConnectionResetError):
                while block := client.recv(1 << 20):
                    received += len(block)
            assert received < len(large.body)
    finally:
        server.close()


def test_the_end_frees_the_port_and_the_thread(server):
    threads = threading.active_count()
    host, port = server.address
    with socket.create_connection(server.address, timeout=20):
        server.close()
    server.close()
    assert threading.active_count() == threads - 1
    again = Server(host, port, {})
    again.close()


@pytest.mark.parametrize("sent", [b"", b"GET /pa"])
def test_a_client_that_is_waited_for_does_not_delay_the_end(server, sent):
    with socket.create_connection(server.address, timeout=20) as client:
        client.sendall(sent)
        until(lambda: server._clients, "its request is being read")
        server.close()
        assert not server._thread.is_alive()
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""


def test_a_page_that_is_not_done_leaves_the_socket_to_the_thread(monkeypatch):
    monkeypatch.setattr(serving, "CLOSING", 0.01)
    asked, go_on = threading.Event(), threading.Event()

    def late(_accepted):
        asked.set()
        assert go_on.wait(20)
        return Answer(HTTPStatus.OK, "text/plain", b"")

    server = Server("127.0.0.1", 0, {"/": late})
    with socket.create_connection(server.address, timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert asked.wait(20)
        server.close()
        assert server._thread.is_alive()
        go_on.set()
        server._thread.join(20)
    assert server._socket.fileno() == -1


def test_a_client_that_comes_with_the_end_is_cut_off():
    asked, go_on = threading.Event(), threading.Event()

    def late(_accepted):
        asked.set()
        assert go_on.wait(20)
        return Answer(HTTPStatus.OK, "text/plain", b"")

    server = Server("127.0.0.1", 0, {"/": late})
    with socket.create_connection(server.address, timeout=20) as first:
        first.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert asked.wait(20)
        # Both wait until the page is done: the server hears of them at the same time.
        with socket.create_connection(server.address, timeout=20) as second:
            server._loop.call_soon_threadsafe(server._end.set)
            go_on.set()
            server.close()
            with contextlib.suppress(ConnectionResetError):
                assert second.recv(1) == b""
    gc.collect()  # or what is not closed is found in another test
    assert not server._thread.is_alive()


def test_a_port_in_use_is_named(server):
    host, port = server.address
    with pytest.raises(ConfigError, match=f"port {port} is in use") as caught:
        Server(host, port, {})
    assert caught.value.where == f"metrics on {host}:{port}"
    assert caught.value.hint


def test_the_reason_is_the_systems():
    with pytest.raises(ConfigError) as caught:
        Server("203.0.113.1", 0, {})
    assert os.strerror(errno.EADDRNOTAVAIL) in str(caught.value)
    assert "attempting" not in str(caught.value), "words of Python's"


@pytest.mark.parametrize("host", ["203.0.113.1", "a..b"])
def test_an_address_of_another_machine_is_refused(host):
    with pytest.raises(ConfigError, match="cannot listen"):
        Server(host, 0, {})
