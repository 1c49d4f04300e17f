"""GStreamer: the one module that imports ``gi``; everyone else takes ``Gst`` from here."""

from __future__ import annotations

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

__all__ = ["Gst"]

Gst.init(None)
