"""gst-python's additions to GStreamer in Python (``python3-gst-1.0``), which are there or not."""

from __future__ import annotations

import sys

__all__ = ["plain_structures"]


def plain_structures() -> None:
    """Let what the additions return of caps be used as a structure, as without them.

    From GStreamer 1.26 on, their ``Gst.Caps.get_structure()`` returns an object for a ``with``
    statement, which has no attribute of the structure: not even ``get_name()``.
    """
    wrapper = getattr(sys.modules.get("gi.overrides.Gst"), "StructureWrapper", None)
    held = "_StructureWrapper__structure"
    if wrapper is not None:
        wrapper.__getattr__ = lambda it, name: getattr(vars(it)[held], name)
