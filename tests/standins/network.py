"""What documentation talks to: a camera, an MQTT broker and a web server, each on the loopback.

Each is a context manager with an ``address`` and counts what came: ``received``.
"""

import random
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pythiags import testing

CONNECT, PUBLISH, SUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 8, 12, 14


class Camera(testing.Camera):
    """The kit's camera; what it has received are clients."""

    @property
    def received(self):
        return self.clients


class Broker:
    """As much of MQTT 3.1.1 as a client needs that publishes, on the usual port.

    Args:
        failures: How many messages are answered by closing the connection.
    """

    def __init__(self, failures=0):
        self.failures = failures
        # Other tests have the port of another address of the loopback.
        self.address = f"127.{random.randrange(1, 255)}.{random.randrange(255)}.1"
        self.received = []
        self._server = socket.create_server((self.address, 1883))
        self._clients = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._server.close()
        for thread in self._clients:
            thread.join()

    def _accept(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=[client])
            self._clients.append(thread)
            thread.start()

    def _serve(self, client):
        with client, client.makefile("rb") as stream:
            while first := stream.read(1):
                kind, flags = first[0] >> 4, first[0] & 15
                body = stream.read(_length(stream))
                if kind == CONNECT:
                    client.sendall(b"\x20\x02\x00\x00")
                elif kind == PUBLISH and self.failures:
                    self.failures -= 1
                    return
                elif kind == PUBLISH:
                    end = 2 + int.from_bytes(body[:2], "big")
                    topic, rest = body[2:end].decode(), body[end:]
                    if flags & 6:
                        client.sendall(b"\x40\x02" + rest[:2])
                        rest = rest[2:]
                    self.received.append((topic, rest.decode()))
                elif kind == PINGREQ:
                    client.sendall(b"\xd0\x00")
                elif kind == DISCONNECT:
                    return


def _length(stream):
    length = shift = 0
    while True:
        (byte,) = stream.read(1)
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return length


class WebServer:
    """Takes what is posted to it; ``received`` has the path and the body of each request.

    Args:
        failures: How many requests are answered with an error, 503.
    """

    def __init__(self, failures=0):
        received = self.received = []
        answers = [503] * failures

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = answers.pop() if answers else 204
                if answer == 204:
                    received.append((self.path, body.decode()))
                self.send_response(answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
