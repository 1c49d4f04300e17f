"""Cameras for tests, on the loopback: real RTSP servers that can be killed, frozen and changed.

And servers that are none: that accept and never answer, stop in the middle, or send garbage.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final, Literal, get_args

from pythiags.checks import check_choice
from pythiags.errors import PythiagsError
from pythiags.testing.rtsp_server import PATH

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["Behaviour", "Camera", "Codec", "FaultyServer"]

HOST: Final = "127.0.0.1"
LEAVE: Final = 10.0  # seconds for threads to end

Codec = Literal["h264", "h265", "jpeg"]
Behaviour = Literal["silent", "half-way", "cut", "garbage"]


class Camera:
    """A camera: an RTSP server in a process of its own. Each client gets a stream of its own.

    ::

        with Camera(rate=15) as camera, App(f"uridecodebin uri={camera.address} ! …") as app:
            app.start()
            camera.kill()

    Needs ``gir1.2-gst-rtsp-server-1.0`` and the encoder. The server ends with this process,
    whatever becomes of that.

    Args:
        port: Where it listens; 0: where there is room. It stays the same for its life.
        codec: Of the stream.
        width: Of a frame.
        height: Of a frame.
        rate: Frames a second.
        frames: After which the stream of a client ends; -1: never.

    Attributes:
        port: Where it listens.
        address: Of the stream, for ``rtspsrc`` and ``uridecodebin``.
        clients: A line for each client that has connected.

    Raises:
        PythiagsError: The server did not start; it has said why on standard error.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        codec: Codec = "h264",
        width: int = 320,
        height: int = 240,
        rate: int = 30,
        frames: int = -1,
    ) -> None:
        check_choice(f"unknown codec: {codec!r}", codec, get_args(Codec))
        self.port = port
        self.clients: list[str] = []
        self._stream: dict[str, object] = {
            "codec": codec,
            "width": width,
            "height": height,
            "rate": rate,
            "frames": frames,
        }
        self._process: subprocess.Popen[str] | None = None
        self._server: threading.Thread
        self.start()
        self.address = f"rtsp://{HOST}:{self.port}{PATH}"

    @property
    def pid(self) -> int | None:
        """The number of the server's process, or None while there is none."""
        return None if self._process is None else self._process.pid

    def start(
        self,
        *,
        codec: Codec | None = None,
        width: int | None = None,
        height: int | None = None,
        rate: int | None = None,
        frames: int | None = None,
    ) -> None:
        """Begin again after ``kill()``, with the same stream, or with another one.

        Args:
            codec: Of the stream; None, as of the others: as before.
            width: Of a frame.
            height: Of a frame.
            rate: Frames a second.
            frames: After which the stream of a client ends.
        """
        if self._process is not None:
            raise PythiagsError("the camera is on", hint="call kill() first, or change()")
        given = {"codec": codec, "width": width, "height": height, "rate": rate, "frames": frames}
        self._stream |= {name: value for name, value in given.items() if value is not None}
        stream = {**self._stream, "port": self.port, "parent": os.getpid()}
        first: queue.Queue[str] = queue.Queue()
        # The server ends with the thread that started it, so that is one that lasts as long.
        self._server = threading.Thread(
            target=self._serve, args=[stream, first], name="pythiags-camera", daemon=True
        )
        self._server.start()
        line = first.get()
        if not line.strip().isdecimal():
            self._server.join(LEAVE)
            self._process = None
            raise PythiagsError(
                f"the RTSP server did not start: {line.strip() or 'it has said why'}",
                where=f"port {self.port}",
                hint="see standard error",
            )
        self.port = int(line)

    def _serve(self, stream: dict[str, object], first: queue.Queue[str]) -> None:
        """Start the server, pass its first line on, and note its clients until it ends."""
        words = [f"--{name}={value}" for name, value in stream.items()]
        try:
            process = self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "pythiags.testing.rtsp_server", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
            )
        except OSError as error:
            first.put(str(error))
            return
        assert process.stdout is not None  # noqa: S101
        with process.stdout:
            first.put(process.stdout.readline())
            self.clients.extend(process.stdout)
        process.wait()

    def kill(self) -> None:
        """End the process, as a power cut ends a camera; the kernel closes its connections."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            self._server.join(LEAVE)

    def change(
        self,
        *,
        codec: Codec | None = None,
        width: int | None = None,
        height: int | None = None,
        rate: int | None = None,
        frames: int | None = None,
    ) -> None:
        """Kill it, and start it with another stream.

        Args:
            codec: Of the stream; None, as of the others: as before.
            width: Of a frame.
            height: Of a frame.
            rate: Frames a second.
            frames: After which the stream of a client ends.
        """
        self.kill()
        self.start(codec=codec, width=width, height=height, rate=rate, frames=frames)

    def freeze(self) -> None:
        """Stop the process where it is (SIGSTOP); its connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue after ``freeze()``."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._process is None:
            raise PythiagsError("the camera is off", hint="call start() first")
        self._process.send_signal(number)

    def __enter__(self) -> Camera:  # noqa: PYI034 (typing.Self is of 3.11)
        """Return the camera; it is killed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill it."""
        self.kill()


HALF_WAY: Final = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n"
GARBAGE: Final = bytes(range(256)) * 40


class FaultyServer:
    """Something that listens where a camera should, and is none.

    ::

        with FaultyServer("half-way") as server:
            ...  # rtspsrc location={server.address}

    Args:
        behaviour: ``"silent"`` accepts and never answers. ``"half-way"`` answers the first request,
            and stalls in the middle of the handshake. ``"cut"`` sends a part of that answer.
            ``"garbage"`` sends bytes that are no RTSP.
        port: Where it listens; 0: where there is room. That of a camera that was killed: in its
            place.

    Attributes:
        port: Where it listens.
        address: For ``rtspsrc`` and ``uridecodebin``.
    """

    def __init__(self, behaviour: Behaviour, port: int = 0) -> None:
        check_choice(f"unknown behaviour: {behaviour!r}", behaviour, get_args(Behaviour))
        self._first = GARBAGE if behaviour == "garbage" else b""
        self._answer = {"half-way": HALF_WAY, "cut": HALF_WAY[:30]}.get(behaviour, b"")
        self._server = socket.create_server((HOST, port))
        self.port = int(self._server.getsockname()[1])
        self.address = f"rtsp://{HOST}:{self.port}{PATH}"
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    @property
    def clients(self) -> int:
        """How many have connected."""
        return len(self._sockets)

    def close(self) -> None:
        """Close all connections, and listen no more."""
        for each in [self._server, *self._sockets]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(LEAVE)
        for each in [self._server, *self._sockets]:
            each.close()

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="pythiags-faulty", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                self._sockets.append(client)
                self._begin(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client.sendall(self._first)
            if self._answer and client.recv(4096):
                client.sendall(self._answer)

    def __enter__(self) -> FaultyServer:  # noqa: PYI034 (typing.Self is of 3.11)
        """Return the server; it is closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
