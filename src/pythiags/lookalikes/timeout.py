"""Ends a script at a time: end-of-stream to its pipelines, then SIGTERM, then SIGKILL."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from typing import Any, Final

__all__ = ["GRACE", "end_at"]

GRACE: Final = 5.0
"""Seconds for the pipelines to end, and again after SIGTERM."""


def end_at(deadline: float) -> None:
    """End this process at a time of ``time.monotonic()``; those that are forked from it, too."""
    _start(deadline)
    os.register_at_fork(after_in_child=lambda: _start(deadline))


def _start(deadline: float) -> None:
    threading.Thread(target=_watch, args=(deadline,), name="pythiags-timeout", daemon=True).start()


def _watch(deadline: float) -> None:
    time.sleep(max(0.0, deadline - time.monotonic()))
    _tell("the time is up")
    if _end_pipelines():
        time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    _tell("SIGTERM did not end the script")
    os.kill(os.getpid(), signal.SIGKILL)


def _tell(text: str) -> None:
    sys.stderr.write(f"pythiags run: {text}\n")
    sys.stderr.flush()


def _end_pipelines() -> bool:
    """Send end-of-stream to the pipelines that run. Whether there is any."""
    gst = sys.modules.get("gi.repository.Gst")
    if gst is None or not gst.is_initialized():
        return False
    running = [each for each in gc.get_objects() if _is_running(each, gst)]
    for pipeline in running:
        pipeline.send_event(gst.Event.new_eos())
    return bool(running)


def _is_running(each: Any, gst: Any) -> bool:
    if not isinstance(each, gst.Pipeline) or each.get_parent() is not None:
        return False
    return each.get_state(0)[1] in (gst.State.PAUSED, gst.State.PLAYING)
