"""Where the time of a pipeline goes: what was measured of each element, as table and picture."""

from __future__ import annotations

from pythiags.tracing.model import Trace, TracedElement, TracedLink

__all__ = ["Trace", "TracedElement", "TracedLink"]
