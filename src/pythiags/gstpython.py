"""gst-python's additions to GStreamer in Python (``python3-gst-1.0``), which are there or not."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["plain_structures"]


def plain_structures() -> None:
    """Let the additions return structures, as they did before GStreamer 1.26.

    From then on their ``Gst.Caps.get_structure()`` and its like return an object for a ``with``
    statement, which has no attribute of the structure: not even ``get_name()``. What they return
    now is the structure itself, which can be used in that statement too.
    """
    additions: Any = sys.modules.get("gi.overrides.Gst")
    if not hasattr(additions, "StructureWrapper"):
        return
    additions.StructureWrapper = _held
    additions.Structure.__enter__ = lambda structure: structure
    additions.Structure.__exit__ = lambda *_: None


def _held(structure: Any, parent: Any, _writable: bool) -> Any:
    """Return the structure, which is a part of its parent: that lives as long."""
    structure.__parent__ = parent
    return structure
