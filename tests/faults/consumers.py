"""Consumers that misbehave, one way each. Worker processes import them by name from here."""

from __future__ import annotations

import collections
import ctypes
import fcntl
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from pythiags import Consumer

SOURCES = 6
PAYLOAD = 192 * 1024  # bytes
LINE = 64  # bytes of a note: each lies in one page of its file, and is there as a whole or not yet
STEP = 64 * 1024 * 1024  # bytes: what is left below a limit is enough for everybody else
ROOM = 512 * 1024 * 1024


def number(_pad, info):
    """Extract the number of the frame."""
    return [{"frame": info.get_buffer().offset}]


def heavy(_pad, info):
    """Extract the number of the frame, with a payload that shows who keeps it in memory."""
    return [{"frame": info.get_buffer().offset, "payload": b"x" * PAYLOAD}]


def of_sources(_pad, info):
    """Extract an event for each of several sources; the last digit of the number is the source."""
    frame = info.get_buffer().offset
    return [{"source_id": source, "frame": 10 * frame + source} for source in range(SOURCES)]


def picture(_pad, info):
    """Extract a picture whose pixels are all the number of the frame."""
    import numpy as np  # not in every child

    frame = info.get_buffer().offset
    return [{"frame": frame, "picture": np.full((720, 1280, 3), frame % 256, np.uint8)}]


class Note(NamedTuple):
    """A line of a consumer's notes; seconds of the clock that all processes share."""

    what: str
    frame: int
    pid: int
    seconds: float


def read_notes(folder):
    """Read what consumers noted so far, in the order in which they did."""
    path = Path(folder, "notes")
    text = path.read_text() if path.exists() else ""
    whole = len(text) // LINE * LINE
    lines = (line.split() for line in text[:whole].splitlines())
    return [Note(what, int(frame), int(pid), float(at)) for what, frame, pid, at in lines]


class Gate:
    """Keeps consumers waiting, in whatever process they run, until the test opens it.

    It is a lock on a file, which one can wait for with and without Python's own lock.

    Args:
        folder: Where the file is.
    """

    def __init__(self, folder):
        self._opening = threading.Lock()  # a second close would be that of somebody else's file
        self._fd = os.open(Path(folder, "gate"), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def open(self):
        """Let everybody pass, from now on."""
        with self._opening:
            fd, self._fd = self._fd, -1
        if fd >= 0:
            fcntl.flock(fd, fcntl.LOCK_UN)
            os.close(fd)


def pass_gate(folder, flock=fcntl.flock, how=fcntl.LOCK_SH):
    """Wait until a gate is open; where there is none, it is."""
    fd = os.open(Path(folder, "gate"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        flock(fd, how)
    finally:
        os.close(fd)


class Noting(Consumer):
    """Writes what it receives to a file, since its process may not live long.

    Args:
        folder: Where the file is.
    """

    def __init__(self, folder):
        self.folder = str(folder)

    def open(self):
        self.note("open")

    def incoming(self, events):
        for event in events:
            self.note("begin", event["frame"])
            self.work(event["frame"])
            self.note("end", event["frame"])

    def work(self, _frame):
        pass

    def control(self, control):
        self.note(f"control:{control.value}")

    def close(self):
        self.note("close")

    def note(self, what, frame=-1, seconds=None):
        line = f"{what} {frame} {os.getpid()} {seconds or time.monotonic():.6f}"
        fd = os.open(f"{self.folder}/notes", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(fd, f"{line:{LINE - 1}}\n".encode())
        os.close(fd)


class Misbehaving(Noting):
    """Misbehaves at some frames.

    Args:
        folder: For the notes.
        at: The frames.
        times: How often at each of them, whatever the number of processes it takes.
        gated: Whether it waits for the gate first.
    """

    def __init__(self, folder, at=(10,), times=1, *, gated=False):
        super().__init__(folder)
        self.at = at
        self.times = times
        self.gated = gated

    def work(self, frame):
        if frame in self.at and self._is_due(frame):
            if self.gated:
                pass_gate(self.folder)
            self.misbehave()

    def _is_due(self, frame):
        for number in range(self.times):
            try:
                Path(self.folder, f"{frame}-{number}").touch(exist_ok=False)
            except FileExistsError:
                continue
            return True
        return False

    def misbehave(self):
        raise NotImplementedError


class Sleeps(Misbehaving):
    """Waits for the gate, and misbehaves no further."""

    def misbehave(self):
        pass_gate(self.folder)


class NeverReturns(Sleeps):
    """The same, of which the test sees that nobody opens it before the end."""


class Computes(Misbehaving):
    """Looks again and again whether the gate is open."""

    def misbehave(self):
        while not self._is_open():
            sum(range(10_000))

    def _is_open(self):
        try:
            pass_gate(self.folder, how=fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class Spins(Computes):
    """The same, of which the test sees that nobody opens it before the end."""


class HoldsTheGil(Misbehaving):
    """Waits for the gate in native code, or so many seconds where nobody else could open it."""

    def __init__(self, folder, seconds=0.0):
        super().__init__(folder)
        self.seconds = seconds

    def misbehave(self):
        libc = ctypes.PyDLL(None)  # whose functions keep the GIL
        if not self.seconds:
            return pass_gate(self.folder, libc.flock)
        before = time.monotonic()
        libc.usleep(int(self.seconds * 1e6))
        after = time.monotonic()
        self.note("from", seconds=before)
        return self.note("to", seconds=after)


class Raises(Misbehaving):
    def misbehave(self):
        raise ValueError("bad event")


class RaisesAlways(Misbehaving):
    def work(self, _frame):
        raise ValueError("bad event")


class RaisesSystemExit(Misbehaving):
    def misbehave(self):
        raise SystemExit(3)


class RaisesKeyboardInterrupt(Misbehaving):
    def misbehave(self):
        raise KeyboardInterrupt


class WritesToAFullPipe(Misbehaving):
    """Writes to a pipe that is not read before the gate is open."""

    def misbehave(self):
        pipe = os.pipe()
        os.set_blocking(pipe[1], False)
        try:
            while True:
                os.write(pipe[1], bytes(4096))
        except BlockingIOError:
            os.set_blocking(pipe[1], True)
        threading.Thread(target=self._drain, args=pipe, daemon=True).start()
        os.write(pipe[1], bytes(4096))

    def _drain(self, *pipe):
        pass_gate(self.folder)
        for end in pipe:
            os.close(end)


class Prints(Misbehaving):
    """Writes more than all pipes on the way hold, and so waits for who reads it."""

    def misbehave(self):
        print("\n".join(["x" * 100] * 50_000))


class Exits(Misbehaving):
    def misbehave(self):
        print("the end is near", file=sys.stderr)
        os._exit(9)


class IsKilled(Misbehaving):
    def misbehave(self):
        os.kill(os.getpid(), signal.SIGKILL)


class Looks(IsKilled):
    """Notes the frames whose pictures are not what they were; keeps some until it is killed."""

    def open(self):
        super().open()
        self.kept = collections.deque(maxlen=3)

    def incoming(self, events):
        super().incoming(events)
        for event in events:
            self.kept.append((event["frame"], event["picture"]))
        for frame, picture in self.kept:
            if (picture != frame % 256).any():
                self.note("wrong", frame)


class Segfaults(Misbehaving):
    def misbehave(self):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.string_at(0)


class Allocates(Misbehaving):
    """Reaches a limit of its process that lies a little above what that has."""

    def misbehave(self):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + ROOM
        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
        kept = []
        try:
            while True:
                kept.append(bytearray(STEP))
        finally:
            kept.clear()
            resource.setrlimit(resource.RLIMIT_AS, before)
