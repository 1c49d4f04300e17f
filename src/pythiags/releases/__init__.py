"""What changes for a pipeline, a script or a configuration file on a certain release of DeepStream.

Nothing here runs or imports what it reads, and knows neither GStreamer nor numpy. What is said of
each release was read in NVIDIA's published sources and documents, which ``facts`` names; ``files``
is where a check begins.
"""

from __future__ import annotations

from pythiags.releases.facts import RELEASES, Release

__all__ = ["RELEASES", "Release"]
