"""An RTSP server with a test picture: the program behind ``pythiags.testing.Camera``.

``python -m pythiags.testing.rtsp_server --help`` says what it can send. It prints its port, then a
line for each client.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys
from typing import Any, Final

from pythiags.errors import MissingDependency, PythiagsError

__all__ = ["CODECS", "PATH", "main"]

PATH: Final = "/live"
_PR_SET_PDEATHSIG: Final = 1
STREAM: Final = (
    "( videotestsrc is-live=true num-buffers={frames} ! video/x-raw,format=I420,width={width},"
    "height={height},framerate={rate}/1 ! {codec} name=pay0 )"
)
CODECS: Final = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph265pay",
    "jpeg": "jpegenc ! rtpjpegpay",
}


def main() -> int:
    """Serve until it is ended."""
    options = vars(_parser().parse_args())
    if parent := options.pop("parent"):
        _live_with(parent)
    try:
        _serve(**options)
    except PythiagsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


def _serve(port: int, codec: str, **stream: int) -> None:
    from pythiags.gst import GLib, Gst, GstRtspServer

    for factory in CODECS[codec].split(" ! "):
        if Gst.ElementFactory.find(factory.split()[0]) is None:
            raise MissingDependency(
                f"there is no element {factory.split()[0]!r}",
                where=f"codec {codec}",
                hint="`pythiags doctor` says which plugins are missing",
            )
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=str(port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(STREAM.format(codec=CODECS[codec], **stream))
    server.get_mount_points().add_factory(PATH, factory)
    server.connect("client-connected", lambda _server, client: print(client, flush=True))  # noqa: T201
    if not server.attach(None):
        raise PythiagsError(
            "the port cannot be used", where=f"127.0.0.1:{port}", hint="port 0 is any free one"
        )
    print(server.get_bound_port(), flush=True)  # noqa: T201
    GLib.MainLoop().run()


def _live_with(parent: int) -> None:
    """End with the thread that started this, also while frozen; leave Ctrl-C to its program."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pythiags.testing.rtsp_server")
    numbers: dict[str, tuple[int, str]] = {
        "port": (0, "where it listens on the loopback; 0: where there is room"),
        "frames": (-1, "after which each client's stream ends; -1: never"),
        "width": (320, "of a frame"),
        "height": (240, "of a frame"),
        "rate": (30, "frames a second"),
        "parent": (0, "the process with which it ends; 0: none"),
    }
    for name, (default, told) in numbers.items():
        kind: Any = int
        parser.add_argument(f"--{name}", type=kind, default=default, help=told)
    parser.add_argument("--codec", choices=CODECS, default="h264")
    return parser


if __name__ == "__main__":
    sys.exit(main())
