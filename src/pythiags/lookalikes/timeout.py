"""Ends a script at a time: end-of-stream to its pipelines, then SIGTERM, then SIGKILL."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Any, Final

__all__ = ["GRACE", "end_at"]

GRACE: Final = 5.0
"""Seconds for the pipelines to end, and again after SIGTERM."""

TELLING: Final = 1.0
"""Seconds that end-of-stream waits for a line on standard error, which may be a full pipe."""


def end_at(deadline: float) -> None:
    """End this process at a time of ``time.monotonic()``; those that are forked from it, too."""
    _start(deadline)
    os.register_at_fork(after_in_child=lambda: _start(deadline))


def _start(deadline: float) -> None:
    _in_background(_kill, deadline, threading.Event())


def _in_background(function: Any, *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=function, args=arguments, name="pythiags-timeout", daemon=True)
    thread.start()
    return thread


def _kill(deadline: float, nothing_runs: threading.Event) -> None:
    """Sleep and kill. What may block or raise is done in other threads."""
    time.sleep(max(0.0, deadline - time.monotonic()))
    _in_background(_end, nothing_runs)
    nothing_runs.wait(GRACE)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    _in_background(_tell, "SIGTERM did not end the script").join(TELLING)
    os.kill(os.getpid(), signal.SIGKILL)


def _end(nothing_runs: threading.Event) -> None:
    _in_background(_tell, "the time is up").join(TELLING)
    if not _end_pipelines():
        nothing_runs.set()


def _tell(text: str) -> None:
    # Not through the buffer of sys.stderr: its lock would be held while a full pipe blocks.
    with suppress(OSError, ValueError, AttributeError):
        os.write(sys.__stderr__.fileno(), f"pythiags run: {text}\n".encode())  # type: ignore[union-attr]


def _end_pipelines() -> bool:
    """Send end-of-stream to the pipelines that run. Whether there is any."""
    gst = sys.modules.get("gi.repository.Gst")
    if gst is None or not gst.is_initialized():
        return False
    # Not isinstance(): it asks objects for their __class__, and a dead weakref.proxy raises then.
    pipelines = [each for each in gc.get_objects() if issubclass(type(each), gst.Pipeline)]
    ended = [_end_pipeline(each, gst) for each in pipelines]
    return any(ended)


def _end_pipeline(pipeline: Any, gst: Any) -> bool:
    """Send end-of-stream to a pipeline if it runs. Whether it does."""
    with suppress(Exception):  # such as one whose constructor was not called: it hinders no other
        running = pipeline.get_state(0)[1] in (gst.State.PAUSED, gst.State.PLAYING)
        if running and pipeline.get_parent() is None:
            pipeline.send_event(gst.Event.new_eos())
            return True
    return False
