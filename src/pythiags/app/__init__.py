"""App: description, extractors and consumers put together and run.

The names are loaded when they are first used: the command line shows its help without GStreamer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pythiags.lazy import loader

if TYPE_CHECKING:
    from pythiags.app.app import App as App
    from pythiags.app.attach_options import AttachOptions as AttachOptions
    from pythiags.app.stats import AppStats as AppStats
    from pythiags.app.stats import AttachmentStats as AttachmentStats
    from pythiags.app.stats import ExtractionStats as ExtractionStats
    from pythiags.app.stats import LaneStats as LaneStats
    from pythiags.app.stats import Share as Share
    from pythiags.app.stats import Summary as Summary

_HOMES: Final = {
    "App": "pythiags.app.app",
    "AppStats": "pythiags.app.stats",
    "AttachOptions": "pythiags.app.attach_options",
    "AttachmentStats": "pythiags.app.stats",
    "ExtractionStats": "pythiags.app.stats",
    "LaneStats": "pythiags.app.stats",
    "Share": "pythiags.app.stats",
    "Summary": "pythiags.app.stats",
}

__all__ = list(_HOMES)
if not TYPE_CHECKING:  # which would take any name for one that is there
    __getattr__ = loader(__name__, _HOMES)
