"""Pipelines of a benchmark, played to their end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from pythiags.gst import Gst

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["play"]

START: Final = 20 * Gst.SECOND
END: Final = 300 * Gst.SECOND


def play(pipeline: Gst.Pipeline, clock: Callable[[], float] = time.perf_counter) -> float:
    """Play a pipeline to its end and stop it; an error ends the benchmark.

    Args:
        pipeline: Not started yet.
        clock: What the time is taken with.

    Returns:
        Seconds since each sink has its first frame: the start does not count.
    """
    pipeline.set_state(Gst.State.PAUSED)
    pipeline.get_state(START)
    begin = clock()
    pipeline.set_state(Gst.State.PLAYING)
    wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(END, wanted)
    took = clock() - begin
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR:
        raise SystemExit(message.parse_error()[0].message if message else "no end in sight")
    return took
