"""GStreamer: the one module that imports ``gi``; everyone else takes its modules from here."""

from __future__ import annotations

import contextlib
import ctypes
from typing import Any

from pythiags.errors import MissingDependency
from pythiags.gstpython import plain_structures

# GStreamer brings libunwind, whose functions have the names of GCC's. A library that is loaded
# later, such as ONNX Runtime's, may take them for those, and its first exception ends the program:
# so it is where NumPy was imported before GStreamer. What is global first is found first.
with contextlib.suppress(OSError):
    ctypes.CDLL("libgcc_s.so.1", ctypes.RTLD_GLOBAL)

try:
    import gi

    gi.require_version("Gst", "1.0")
    from gi.repository import GLib, GObject, Gst
except (ImportError, ValueError) as problem:
    raise MissingDependency(
        f"GStreamer cannot be used from Python: {problem}",
        expected="PyGObject and GStreamer's typelibs",
        hint="apt install python3-gi gir1.2-gst-plugins-base-1.0; a virtual environment only "
        "sees them "
        "if it was created with --system-site-packages",
    ) from problem

__all__ = ["GLib", "GObject", "Gst"]

Gst.init([])
plain_structures()


def __getattr__(name: str) -> Any:
    """Load GstVideo and GstRtspServer for those who ask for them; few do, and they take longer."""
    if name == "GstVideo":
        gi.require_version("GstVideo", "1.0")
        from gi.repository import GstVideo

        return GstVideo
    if name == "GstRtspServer":
        return _rtsp_server()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _rtsp_server() -> Any:
    try:
        gi.require_version("GstRtspServer", "1.0")
        from gi.repository import GstRtspServer
    except (ImportError, ValueError) as problem:
        raise MissingDependency(
            f"GStreamer's RTSP server cannot be used from Python: {problem}",
            expected="the typelib of GstRtspServer",
            hint="apt install gir1.2-gst-rtsp-server-1.0",
        ) from problem
    return GstRtspServer
