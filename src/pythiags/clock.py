"""Time as something that is handed in, so that tests need not wait for it."""

from __future__ import annotations

import threading
import time
from typing import Protocol

__all__ = ["Clock", "FakeClock", "SystemClock"]


class Clock(Protocol):
    """What code that waits or measures asks for. Seconds throughout."""

    def now(self) -> float:
        """Return monotonic seconds since an arbitrary moment."""
        ...

    def wait(self, event: threading.Event, timeout: float | None) -> bool:
        """Wait until ``event`` is set or ``timeout`` is over; return whether it is set."""
        ...


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Return :func:`time.monotonic`."""
        return time.monotonic()

    def wait(self, event: threading.Event, timeout: float | None) -> bool:
        """Wait on the event itself."""
        return event.wait(timeout)


class FakeClock:
    """A clock that only moves when :meth:`advance` is called; safe to share between threads.

    Args:
        start: What :meth:`now` returns at first, in seconds.
    """

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._moved = threading.Condition()

    def now(self) -> float:
        """Return the time that was set."""
        with self._moved:
            return self._now

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds`` and wake whoever waited for a moment that is now past."""
        with self._moved:
            self._now += seconds
            self._moved.notify_all()

    def wait(self, event: threading.Event, timeout: float | None) -> bool:
        """Wait in fake seconds; an event that is set meanwhile is seen within 10 real ms."""
        with self._moved:
            end = None if timeout is None else self._now + timeout
            while not event.is_set() and (end is None or self._now < end):
                self._moved.wait(0.01)
        return event.is_set()
