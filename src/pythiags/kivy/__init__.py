"""Kivy: pipelines in windows.

Importing this package does not load Kivy, so that a display can be asked for first; the first use
of ``VideoView``, ``KivyConsumer`` or ``run_window()`` does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from pythiags.kivy.display import require_display
from pythiags.kivy.window import load_kivy, require_kivy, run_window

if TYPE_CHECKING:
    from pythiags.kivy.consumer import KivyConsumer
    from pythiags.kivy.view import VideoView

__all__ = ["KivyConsumer", "VideoView", "load_kivy", "require_display", "run_window"]

_HOMES: Final = {
    "KivyConsumer": "pythiags.kivy.consumer",
    "VideoView": "pythiags.kivy.view",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require_kivy()
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
