"""Is there a display that a window could open on? Answered without Kivy and without SDL.

SDL, left to itself, falls back to drivers that draw into memory, and Kivy then runs a window that
nobody sees. So the question is asked before Kivy is imported, with a bound on how long it takes.
"""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from pathlib import Path
from typing import Any

from pythiags.errors import NoDisplayError

__all__ = ["require_display", "why_no_display"]

PROBE_SECONDS = 2.0
HINT = "export DISPLAY=:0 (`w` lists the displays in use), or run without a window: --display none"


def require_display() -> None:
    """Return if a window can be opened.

    Raises:
        NoDisplayError: It cannot; the message names DISPLAY and ``--display none``.
    """
    reason = why_no_display()
    if reason is not None:
        raise NoDisplayError("there is no display to open a window on", got=reason, hint=HINT)


def why_no_display() -> str | None:
    """Give the reason why no window can be opened, or None if one can.

    Who sets ``SDL_VIDEODRIVER`` or ``KIVY_WINDOW`` has chosen (``kmsdrm`` on a Jetson's console, a
    test's ``dummy``) and is not asked again.
    """
    if os.environ.get("SDL_VIDEODRIVER") or os.environ.get("KIVY_WINDOW"):
        return None
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
    """Connect to an X server as its clients do: by socket first, then with authentication."""
    host, _, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not number.isdigit():
        return f"DISPLAY={display!r} is not of the form [host]:number"
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - the place is X11's, not ours
        answers = _connects(socket.AF_UNIX, path) or _connects(socket.AF_UNIX, f"\0{path}")
    else:
        answers = _connects(socket.AF_INET, (host, 6000 + int(number)))
    if not answers:
        return f"no X server answers at DISPLAY={display}"
    return None if _x_lets_us_in() else f"the X server at DISPLAY={display} refuses this user"


def _connects(family: int, address: Any) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(PROBE_SECONDS)
            probe.connect(address)
    except OSError:
        return False
    return True


def _x_lets_us_in() -> bool:
    """Open and close the display by libX11; a server that never answers counts as a refusal."""
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:  # SDL brings its own; the socket's answer has to do
        return True
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    opened: list[bool] = []

    def knock() -> None:
        connection = x11.XOpenDisplay(None)
        opened.append(bool(connection))
        if connection:
            x11.XCloseDisplay(connection)

    thread = threading.Thread(target=knock, name="pythiags-display", daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    return opened == [True]
