"""Messages of the bus on their way to the program: to subscribers, and kept for who polls."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from pythiags.errorlog import ErrorLog
from pythiags.usercode import check_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.gst.bus import BusMessage

__all__ = ["Messages"]

KEPT: Final = 1000  # for who polls; the oldest are given up

logger = logging.getLogger(__name__)


class Messages:
    """What ``pythiags.App.subscribe()`` and ``pythiags.App.poll()`` are about."""

    def __init__(self) -> None:
        self._kept: deque[BusMessage] = deque(maxlen=KEPT)
        self._subscribers: list[tuple[Callable[[Any], object], type[BusMessage]]] = []
        self._errors = ErrorLog("a bus subscriber", logger)

    def publish(self, message: BusMessage) -> None:
        """Keep a message, and call whom it concerns; what they raise is logged."""
        self._kept.append(message)
        for callback, kind in tuple(self._subscribers):
            if isinstance(message, kind):
                try:
                    callback(message)
                except BaseException as error:  # noqa: BLE001 (theirs, not the run's; SystemExit too)
                    self._errors.record(error)

    def subscribe(
        self, callback: Callable[[Any], object], kind: type[BusMessage]
    ) -> Callable[[], None]:
        """Have ``callback`` called with each message of one kind.

        Returns:
            A function that ends the subscription.

        Raises:
            UserCodeError: It is a coroutine function or a generator function.
        """
        hint = "write a plain function, without async and yield"
        check_runs(callback, "the message callback", hint=hint)
        entry = (callback, kind)
        self._subscribers.append(entry)

        def unsubscribe() -> None:
            if entry in self._subscribers:
                self._subscribers.remove(entry)

        return unsubscribe

    def poll(self) -> list[BusMessage]:
        """Take the messages since the last call, at most 1000."""
        taken = []
        while self._kept:
            taken.append(self._kept.popleft())
        return taken

    def close(self) -> None:
        """Remove all subscribers."""
        self._subscribers.clear()
