"""Runs a program, and closes GStreamer at its end: what ``pythiags.testing.live_objects`` starts.

``python -m pythiags.testing.traced PROGRAM ARGUMENTS…``, with GStreamer's ``leaks`` tracer.
"""

from __future__ import annotations

import gc
import runpy
import sys

from pythiags.gst import Gst

__all__ = ["main"]


def main(words: list[str]) -> int:
    """Run it; return its exit code."""
    sys.argv = words
    code: object = 0
    try:
        kept = runpy.run_path(words[0], run_name="__main__")
    except SystemExit as end:
        kept, code = {}, end.code
    gc.collect()
    Gst.deinit()
    kept.clear()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
