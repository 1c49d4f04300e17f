"""Tracebacks without this package's frames: an error is shown at the script's line."""

from __future__ import annotations

import importlib
import sys
from pathlib import PurePath
from types import TracebackType

__all__ = ["hide_own_frames", "without_own_frames"]

OWN = "lookalikes"


def hide_own_frames() -> None:
    """Have uncaught errors shown without them, from now on."""
    before = sys.excepthook

    def hook(
        kind: type[BaseException], problem: BaseException, trace: TracebackType | None
    ) -> None:
        shown = without_own_frames(trace)
        before(kind, problem.with_traceback(shown), shown)

    sys.excepthook = hook


def without_own_frames(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without this package's frames, and those of imports in between.

    The outermost frame stays, whatever it is.
    """
    kept: list[TracebackType] = []
    below_own = False
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        below_own = _is_own(filename) or (below_own and filename == importlib.__file__)
        if not kept or not below_own:
            kept.append(trace)
        trace = trace.tb_next
    rebuilt: TracebackType | None = None
    for each in reversed(kept):
        rebuilt = TracebackType(rebuilt, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return rebuilt


def _is_own(filename: str) -> bool:
    parts = PurePath(filename).parts
    return filename.startswith("<frozen importlib") or (
        OWN in parts and "pythiags" in parts and "tests" not in parts
    )
