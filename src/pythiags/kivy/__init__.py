"""Kivy: pipelines in windows."""

from __future__ import annotations

from pythiags.kivy.display import require_display

__all__ = ["require_display"]
