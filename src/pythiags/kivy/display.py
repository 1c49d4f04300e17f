"""Is there a display that a Kivy window could open on? Answered without Kivy and without SDL.

SDL, left to itself, falls back to drivers that draw into memory, and Kivy then runs a window that
nobody sees. So the question is asked before Kivy is imported.
"""

from __future__ import annotations

import os

from pythiags import display
from pythiags.errors import NoDisplayError

__all__ = ["HINT", "require_display", "why_no_display"]

HINT = f"{display.HINT}, or run without a window: --display none"


def require_display() -> None:
    """Return if a window can be opened.

    Raises:
        NoDisplayError: It cannot; the message names DISPLAY and ``--display none``.
    """
    reason = why_no_display()
    if reason is not None:
        raise NoDisplayError("there is no display to open a window on", got=reason, hint=HINT)


def why_no_display() -> str | None:
    """Return the reason why no window can be opened, or None if one can.

    Who sets ``SDL_VIDEODRIVER`` or ``KIVY_WINDOW`` has chosen (``kmsdrm`` on a Jetson's console, a
    test's ``dummy``) and is not asked again.
    """
    if os.environ.get("SDL_VIDEODRIVER") or os.environ.get("KIVY_WINDOW"):
        return None
    return display.why_no_display()
