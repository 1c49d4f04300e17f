"""Log of exceptions of user code: counted by type, logged at most once a second."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from pythiags.errors import EventRefused
from pythiags.usercode import describe, loggable

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping

__all__ = ["LOG_INTERVAL", "ErrorLog"]

LOG_INTERVAL: Final = 1.0  # seconds
LONGEST: Final = 60.0  # intervals between two reports of the same fault


class ErrorLog:
    """Counts the exceptions of one piece of user code; any thread may record one.

    Args:
        what: Whose they are, for the message: ``"consumer 'mine'"``.
        log: Where to.
        clock: Seconds.
    """

    def __init__(
        self, what: str, log: logging.Logger, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._log = log
        self._clock = clock
        self._next = self._next_same = clock()
        self._interval = 1.0
        self._fault: object = None  # what was logged last
        self._unlogged = 0
        self._unreported = 0
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many there were, by the exception's name."""
        with self._lock:
            return dict(self._counts)

    @property
    def unreported(self) -> int:
        """How many lines the program's logging refused."""
        with self._lock:
            return self._unreported

    def record(self, error: BaseException) -> None:
        """Count it; log it with its traceback if none was logged within the last second.

        One that repeats the last report is logged at growing intervals, up to a minute.
        """
        fault = _fault_of(error)
        with self._lock:
            self._counts[type(error).__name__] += 1
            now = self._clock()
            if now < (self._next_same if fault == self._fault else self._next):
                self._unlogged += 1
                return
            self._interval = min(2 * self._interval, LONGEST) if fault == self._fault else 1.0
            self._fault = fault
            self._next, self._next_same = now + LOG_INTERVAL, now + self._interval * LOG_INTERVAL
            unlogged, self._unlogged = self._unlogged, 0
        more = f" ({unlogged} more since the last report)" if unlogged else ""
        if isinstance(error, EventRefused):  # by a channel, behind the user's code
            message = f"{self._what} returned a value that is refused: {error}{more}"
        else:
            message = f"{self._what} raised {describe(error)}{more}"
        # Unlocked, and whatever they raise: filters and handlers are the program's. It is counted.
        try:
            self._log.error("%s", message, exc_info=loggable(error))
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001
            with self._lock:
                self._unreported += 1


def _fault_of(error: BaseException) -> object:
    """Return what identifies a fault: the exception's type and the line that raised it."""
    trace = error.__traceback__
    if trace is None:  # of a worker process
        return type(error), str(getattr(error.__cause__, "place", error))
    while trace.tb_next is not None:
        trace = trace.tb_next
    return type(error), trace.tb_frame.f_code, trace.tb_lineno
