"""Check for a display that a window can open on, in bounded time."""

from __future__ import annotations

import ctypes
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

__all__ = ["HINT", "why_no_display"]

PROBE_SECONDS = 2.0
RETRY_SECONDS = 0.1
HINT = "export DISPLAY=:0 (`w` lists the displays in use)"

_open_displays: dict[str, int] = {}


def why_no_display() -> str | None:
    """Return the reason why no window can be opened, or None if one can."""
    if os.environ.get("WAYLAND_DISPLAY") and _wayland_answers(os.environ["WAYLAND_DISPLAY"]):
        return None
    display = os.environ.get("DISPLAY")
    if not display:
        return "the environment variable DISPLAY is not set"
    return _why_x_refuses(display)


def _wayland_answers(name: str) -> bool:
    path = Path(os.environ.get("XDG_RUNTIME_DIR", "/"), name)  # an absolute name stays as it is
    return _connects(socket.AF_UNIX, str(path))


def _why_x_refuses(display: str) -> str | None:
    """Open the display as any X client does, authentication included."""
    host, _, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not number.isdigit():
        return f"DISPLAY={display!r} is not of the form [host]:number"
    deadline = time.monotonic() + PROBE_SECONDS
    while not _opens(display, deadline):
        if not _answers(host, int(number)):
            return f"no X server answers at DISPLAY={display}"
        if time.monotonic() >= deadline:
            return f"the X server at DISPLAY={display} refuses this user"
        time.sleep(RETRY_SECONDS)  # a server that resets itself turns clients away for a moment
    return None


def _answers(host: str, number: int) -> bool:
    if host not in ("", "unix"):
        return _connects(socket.AF_INET, (host, 6000 + number))
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - the place is X11's, not ours
    return _connects(socket.AF_UNIX, path) or _connects(socket.AF_UNIX, f"\0{path}")


def _connects(family: int, address: Any) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(PROBE_SECONDS)
            probe.connect(address)
    except OSError:
        return False
    return True


def _opens(display: str, deadline: float) -> bool:
    """Open the display by libX11, in a thread of its own: a server may never answer.

    The connection stays open: a server that has lost its last client (Xvfb for one) resets itself,
    and might turn away the window that is to follow.
    """
    if display in _open_displays:
        return True
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:  # SDL brings its own; that someone listens has to do
        host, _, rest = display.rpartition(":")
        return _answers(host, int(rest.partition(".")[0]))
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]

    def connect() -> None:
        connection = x11.XOpenDisplay(display.encode())
        if connection:
            _open_displays[display] = connection

    thread = threading.Thread(target=connect, name="pythiags-display", daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    return display in _open_displays
