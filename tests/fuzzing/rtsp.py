"""A camera that answers anything."""

from __future__ import annotations

import contextlib
import socket
import threading

from fuzzing.target import Target, refusal, words_of

from pythiags import App
from pythiags.errors import StreamError

__all__ = ["RtspAnswers"]

SEPARATOR = b"\n----\n"
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\na=range:npt=now-\r\n"
    b"m=video 0 RTP/AVP 96\r\nc=IN IP4 127.0.0.1\r\na=rtpmap:96 H264/90000\r\n"
    b"a=control:stream=0\r\n"
)


def _answer(number, *headers, body=b"", status=b"200 OK"):
    lines = [b"RTSP/1.0 %b" % status, b"CSeq: %d" % number, *headers]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


DIALOGUE = (
    _answer(1, b"Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"),
    _answer(2, b"Content-Type: application/sdp", b"Content-Base: rtsp://127.0.0.1/x/", body=SDP),
    _answer(3, b"Session: 7;timeout=60", b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1"),
    _answer(4, b"Session: 7", b"Range: npt=now-", b"RTP-Info: url=stream=0;seq=1;rtptime=9"),
    b"$\x00\x00\x10\x80\x60\x00\x01\x00\x00\x00\x09\x00\x00\x00\x01\x67\x42\x00\x0a",
)


class RtspAnswers(Target):
    """What a camera answers, one request after the other."""

    seeds = (
        SEPARATOR.join(DIALOGUE),
        SEPARATOR.join(DIALOGUE[:2]),
        _answer(1, status=b"401 Unauthorized", body=b"").replace(
            b"Content-Length", b'WWW-Authenticate: Basic realm="x"\r\nContent-Length'
        ),
        SEPARATOR.join([DIALOGUE[0], _answer(2, status=b"404 Not Found")]),
        SEPARATOR.join(
            [DIALOGUE[0], _answer(2, b"Location: rtsp://127.0.0.1:1/y", status=b"302 Moved")]
        ),
    )
    words = (
        *words_of(
            "RTSP/1.0 CSeq: Session: Transport: Public: Content-Length: Content-Type: "
            "application/sdp 401 302 454 a=control: m=video m=audio a=rtpmap:96 interleaved=0-1 "
            "timeout=0 RTP-Info: Location: rtsp://[::1]:0/ WWW-Authenticate: Digest nonce="
        ),
        "\r\n\r\n",
        SEPARATOR.decode(),
    )
    text = (
        "rtspsrc location={uri} protocols=tcp tcp-timeout=2000000 ! decodebin ! fakesink sync=false"
    )

    def read(self, given):
        with socket.create_server(("127.0.0.1", 0)) as server:
            uri = f"rtsp://me:hunter2@127.0.0.1:{server.getsockname()[1]}/x"
            answering = threading.Thread(
                target=self._serve, args=(server, given.split(SEPARATOR)), daemon=True
            )
            answering.start()
            try:
                error = refusal(StreamError, self._play, uri)
            finally:
                server.shutdown(socket.SHUT_RDWR)
                answering.join()
        assert "hunter2" not in str(error)

    def _play(self, uri):
        with App(self.text, uri=uri, timeout=5, drain_timeout=1) as app:
            app.run()

    def _serve(self, server, answers):
        left = list(answers)
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                while left and client.recv(1 << 16):
                    client.sendall(left.pop(0))
