"""Kivy: pipelines in windows.

Importing this package does not load Kivy, so that a display can be asked for first:
:class:`VideoView` and :func:`run_window` do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.kivy.display import require_display
from pythiags.kivy.window import load_kivy, run_window

if TYPE_CHECKING:
    from pythiags.kivy.view import VideoView

__all__ = ["VideoView", "load_kivy", "require_display", "run_window"]


def __getattr__(name: str) -> Any:
    if name == "VideoView":
        from pythiags.kivy.view import VideoView

        return VideoView
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
