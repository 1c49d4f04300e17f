"""What is set up in a script's process before the script begins. It loads neither gi nor numpy."""

from __future__ import annotations

from pythiags.lookalikes import finder, record, strict, timeout, tracebacks
from pythiags.lookalikes.options import options

__all__ = ["begin"]


def begin() -> None:
    """Set up what ``pythiags run`` was told; nothing where it did not start this process."""
    told = options()
    if told is None:
        return
    if told.strict:
        strict.misuses_of_process()  # first of all: it is then done last at the exit
    finder.install(explain=True)
    tracebacks.hide_own_frames()
    if told.deadline is not None:
        timeout.end_at(told.deadline)
    if told.record is not None:
        record.install(told.record, told.process)
