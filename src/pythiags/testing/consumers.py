"""Consumers for tests: one that keeps what it gets, and some that misbehave as real ones do."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Final

from pythiags.consumers import Consumer, as_consumer

if TYPE_CHECKING:
    from collections.abc import Collection

    from pythiags.consumers import ConsumerLike

__all__ = ["Collecting", "Crashing", "Flaky", "Slow"]

PATIENCE: Final = 30.0
"""Seconds that ``wait_for`` gives, only to end a test that hangs."""


class Collecting(Consumer):
    """Keeps the events, in a thread of the test's own process.

    Attributes:
        events: What came, in order.
        opened: Whether ``open`` was called.
        closed: Whether ``close`` was called.
    """

    worker = "thread"  # a process would keep them to itself

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.opened = self.closed = False
        self._more = threading.Condition()

    def open(self) -> None:
        """Note it."""
        self.opened = True

    def incoming(self, events: Any) -> None:
        """Keep it."""
        with self._more:
            self.events.append(events)
            self._more.notify_all()

    def close(self) -> None:
        """Note it."""
        self.closed = True

    def wait_for(self, count: int, timeout: float = PATIENCE) -> list[Any]:
        """Wait until so many events have come, and return those that have.

        Args:
            count: How many.
            timeout: Seconds; there only to end a test that hangs.

        Raises:
            TimeoutError: They did not come.
        """
        with self._more:
            if not self._more.wait_for(lambda: len(self.events) >= count, timeout):
                raise TimeoutError(
                    f"{len(self.events)} of {count} events came within {timeout:g} s"
                )
            return list(self.events)


class _Around(Consumer):
    """Passes on what it gets to another consumer, or to none."""

    def __init__(self, consumer: ConsumerLike | None) -> None:
        self._inner = None if consumer is None else as_consumer(consumer)
        self._count = 0

    def open(self) -> object:
        """Open the other one."""
        return self._inner.open() if self._inner is not None else None

    def incoming(self, events: Any) -> object:
        """Misbehave, or pass it on."""
        self._count += 1
        self._before(self._count)
        return self._inner.incoming(events) if self._inner is not None else None

    def close(self) -> object:
        """Close the other one."""
        return self._inner.close() if self._inner is not None else None

    def _before(self, number: int) -> None:
        """Do what it is there for, before event ``number``, counted from 1."""
        raise NotImplementedError


class Flaky(_Around):
    """Raises at some events, and passes the others on.

    ::

        app.attach("source", MyExtract, Flaky(collected, at={2, 3}))

    Args:
        consumer: Gets the others; None: nobody does.
        at: The numbers of the events at which it raises, counted from 1; empty: all.
        error: What it raises.
    """

    worker = "thread"  # it may pass on to a consumer of the test's

    def __init__(
        self,
        consumer: ConsumerLike | None = None,
        *,
        at: Collection[int] = (),
        error: BaseException | None = None,
    ) -> None:
        super().__init__(consumer)
        self._at = at
        self._error = error or RuntimeError("flaky, as it was asked to be")

    def _before(self, number: int) -> None:
        if not self._at or number in self._at:
            raise self._error


class Slow(_Around):
    """Waits at each event until the test lets it go on: slow by a signal, not by the clock.

    Args:
        consumer: Gets the events; None: nobody does.

    Attributes:
        waiting: How many events it has begun with.
    """

    worker = "thread"  # the test lets it go on

    def __init__(self, consumer: ConsumerLike | None = None) -> None:
        super().__init__(consumer)
        self.waiting = 0
        self._allowed = 0
        self._free = False
        self._turn = threading.Condition()

    def step(self, events: int = 1) -> None:
        """Let it finish so many events more."""
        with self._turn:
            self._allowed += events
            self._turn.notify_all()

    def release(self) -> None:
        """Let it go on for good."""
        with self._turn:
            self._free = True
            self._turn.notify_all()

    def wait_for(self, count: int, timeout: float = PATIENCE) -> None:
        """Wait until it has begun with so many events.

        Args:
            count: How many.
            timeout: Seconds; there only to end a test that hangs.

        Raises:
            TimeoutError: It has not.
        """
        with self._turn:
            if not self._turn.wait_for(lambda: self.waiting >= count, timeout):
                raise TimeoutError(f"{self.waiting} of {count} events came within {timeout:g} s")

    def _before(self, number: int) -> None:
        with self._turn:
            self.waiting = number
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._free or number <= self._allowed)


class Crashing(_Around):
    """Kills the process that it runs in, as a fault in a library's C does.

    The worker's process is replaced, and the event is delivered again, to another that counts
    from 1. With ``at=1`` the event costs three processes and becomes a dead letter.

    Args:
        consumer: Gets the other events, in that process; None: nobody does.
        at: The number of the event at which each process dies, counted from 1.
        by: The signal.
    """

    worker = "process"

    def __init__(
        self, consumer: ConsumerLike | None = None, *, at: int = 1, by: int = signal.SIGKILL
    ) -> None:
        super().__init__(consumer)
        self._at = at
        self._by = by

    def _before(self, number: int) -> None:
        if number == self._at:
            os.kill(os.getpid(), self._by)
