"""GStreamer: the one module that imports ``gi``; everyone else takes its modules from here."""

from __future__ import annotations

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, GObject, Gst  # noqa: E402

__all__ = ["GLib", "GObject", "Gst"]

Gst.init(None)
