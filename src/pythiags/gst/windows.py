"""Check, before the start, that elements that open a window have a display.

GStreamer's ``autovideosink`` tries one sink after another where there is none, and some of those
end the process.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pythiags.display import HINT, why_no_display
from pythiags.errors import NoDisplayError
from pythiags.gst import Gst

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["require_display"]

_ON_A_DISPLAY: Final = frozenset({"dfbvideosink", "waylandsink", "ximagesink", "xvimagesink"})
_WHATEVER_THERE_IS: Final = frozenset({"autovideosink"})
"""These draw to a console, too."""
_PLAYERS: Final = frozenset({"fpsdisplaysink", "playbin", "playbin3", "playsink"})
"""These make an ``autovideosink`` where no ``video-sink`` is given."""

_CONSOLES: Final = ("/dev/dri/card*", "/dev/fb*")
_CRASHING: Final = ("dfbvideosink",)


def require_display(elements: Iterable[Gst.Element]) -> None:
    """Return if every element that opens a window has a display.

    Raises:
        NoDisplayError: One has none; names it.
    """
    windows = [each for each in elements if _opens_window(each)]
    reason = why_no_display() if windows else None
    if reason is None:
        return
    for name in _CRASHING:
        factory = Gst.ElementFactory.find(name)
        if factory is not None:  # so that no element picks it
            factory.set_rank(Gst.Rank.NONE)
    for window in windows:
        name = _factory_of(window)
        if name in _ON_A_DISPLAY or not _has_console():
            message = f"there is no display for {name} to open a window on"
            hint = f"{HINT}, or put fakesink in its place"
            if name in _PLAYERS:
                hint = f"{HINT}, or write video-sink=fakesink"
            where = window.get_path_string()
            raise NoDisplayError(message, where=where, got=reason, hint=hint)


def _opens_window(element: Gst.Element) -> bool:
    name = _factory_of(element)
    if name in _PLAYERS:
        is_outer = _factory_of(element.get_parent()) not in _PLAYERS
        return is_outer and element.get_property("video-sink") is None
    # A display of its own that was named is not ours to judge.
    is_named = element.find_property("display") is not None and element.get_property("display")
    return name in _ON_A_DISPLAY | _WHATEVER_THERE_IS and not is_named


def _factory_of(element: Gst.Object | None) -> str:
    factory = element.get_factory() if isinstance(element, Gst.Element) else None
    return factory.get_name() if factory is not None else ""


def _has_console() -> bool:
    return any(any(Path("/").glob(pattern[1:])) for pattern in _CONSOLES)
