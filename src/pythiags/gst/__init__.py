"""GStreamer: the one module that imports ``gi``; everyone else takes its modules from here."""

from __future__ import annotations

import contextlib
import ctypes
from typing import Any

from pythiags.errors import MissingDependency

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


def __getattr__(name: str) -> Any:
    """Load GstVideo for those who ask for it; it takes longer than the others."""
    if name != "GstVideo":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    gi.require_version("GstVideo", "1.0")
    from gi.repository import GstVideo

    return GstVideo
