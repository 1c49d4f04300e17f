"""App: description, extractors and consumers put together and run."""

from pythiags.app.app import App
from pythiags.app.attachment import AttachmentStats, LaneStats
from pythiags.app.cost import Share
from pythiags.app.stats import AppStats, Summary

__all__ = ["App", "AppStats", "AttachmentStats", "LaneStats", "Share", "Summary"]
