"""What is set up in a script's process before the script begins. It loads neither gi nor numpy."""

from __future__ import annotations

from pythiags.allocator import limit_arenas
from pythiags.gstpython import plain_structures
from pythiags.lookalikes import (
    encoders,
    finder,
    libraries,
    record,
    strict,
    timeout,
    tracebacks,
    unread,
)
from pythiags.lookalikes.afterimport import when_imported
from pythiags.lookalikes.options import options

__all__ = ["begin"]


def begin() -> None:
    """Set up what ``pythiags run`` was asked for; do nothing in a process of another program."""
    asked = options()
    if asked is None:
        return
    if asked.strict:
        strict.misuses_of_process()  # first of all: it is then done last at the exit
    limit_arenas()
    finder.install(explain=True)
    tracebacks.hide_own_frames()
    when_imported("gi.repository.Gst", lambda _gst: plain_structures())
    unread.install()
    encoders.install()
    libraries.install()
    if asked.deadline is not None:
        timeout.end_at(asked.deadline)
    if asked.record is not None:
        record.install(asked.record, asked.process)
