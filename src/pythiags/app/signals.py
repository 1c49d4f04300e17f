"""SIGINT, SIGTERM and SIGHUP while a run lasts, and what was there before when it is over."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["handled", "wait"]

SLICE: Final = 0.1  # seconds


@contextmanager
def handled(call: Callable[[int], object]) -> Iterator[None]:
    """Have ``call`` called with the number of each signal; outside the main thread do nothing.

    A signal that is ignored, as a shell has it for background jobs and nohup for SIGHUP, stays
    ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    received = set()

    def handler(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGHUP or number not in received:  # shell and kernel both send it
            received.add(number)
            call(number)

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            # None: the handler was not set from Python, and cannot be put back.
            signal.signal(number, signal.SIG_DFL if old is None else old)


def wait(event: threading.Event, timeout: float | None = None) -> bool:
    """Wait for an event as its own method does, but miss no signal.

    Python handles a signal between two of its steps. One that comes after the last step before a
    wait without end would be handled when that is over: never.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    while not event.wait(SLICE if deadline is None else min(SLICE, deadline - time.monotonic())):
        if deadline is not None and time.monotonic() >= deadline:
            return False
    return True
