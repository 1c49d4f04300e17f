"""Receives messages of a broker's topics, in a thread of its own, and connects again.

As by DeepStream's library, a broker that is away is tried every two seconds, for six minutes;
Kafka's client does it by itself, and for ever.
"""

from __future__ import annotations

import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING, Final

from pythiags.brokers.broker import RETRY_FILE, Retry, read_retry
from pythiags.brokers.links import LinkLost, Trouble
from pythiags.errors import PythiagsError, StreamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.brokers.links import Inlet
    from pythiags.brokers.settings import Settings

__all__ = ["Receiver", "open_receiver"]

POLL: Final = 0.1  # seconds for which it does not hear that it is to end
PATIENCE: Final = 10.0  # seconds that a client may need to disconnect


class Receiver:
    """A connection that receives. A broker that is away now may come later.

    Args:
        settings: What was asked for.
        subscribe: Makes a connection.
        handle: Called with the topic and the payload of each message, in the thread.
        tell: Takes a line about what goes wrong, mostly in the thread.
        retry: How a connection is tried again.
        clock: Seconds.

    Raises:
        PythiagsError: The connection can never be made: the client is missing, or the settings are
            wrong.
    """

    def __init__(
        self,
        settings: Settings,
        subscribe: Callable[[Settings], Inlet],
        handle: Callable[[str, bytes], object],
        tell: Callable[[str], object],
        *,
        retry: Retry | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._subscribe = settings, subscribe
        self._handle, self._tell = handle, tell
        self._retry = retry or Retry()
        self._clock = clock
        self._over = threading.Event()
        self._inlet: Inlet | None = None
        try:
            self._inlet = subscribe(settings)
        except StreamError as problem:
            tell(f"{problem.message}{self._what_next()}")
        name = f"receiver-{settings.protocol}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Disconnect, and wait for the end of the thread."""
        self._over.set()
        self._thread.join(PATIENCE)

    def _what_next(self) -> str:
        if not self._retry.wanted:
            return f"; it is not tried again: {RETRY_FILE} says auto-reconnect=0"
        return f"; it is tried again every {self._retry.interval:g} seconds"

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                inlet = self._inlet or self._again()
                if inlet is None:
                    break
                self._take(inlet)
        finally:
            self._drop()

    def _take(self, inlet: Inlet) -> None:
        """Take a message, or a problem, if one comes soon."""
        address = self._settings.address
        try:
            message = inlet.take(POLL)
        except LinkLost as problem:
            self._drop()
            self._tell(f"{address}: the connection is lost: {problem}{self._what_next()}")
        except Trouble as problem:
            self._tell(f"{address}: {problem}")
        else:
            # DeepStream passes on what comes of these very topics, and nothing of a wildcard's.
            if message is not None and message.topic in self._settings.topics:
                self._handle(message.topic, message.payload)

    def _drop(self) -> None:
        inlet, self._inlet = self._inlet, None
        if inlet is not None:
            inlet.close()

    def _again(self) -> Inlet | None:
        """Connect again. None: it is given up, or it is the end."""
        limit = self._retry.limit
        end = self._clock() + limit
        while self._retry.wanted and not self._over.wait(self._retry.interval):
            problem = self._try()
            if not problem:
                self._tell(f"{self._settings.address}: connected")
                return self._inlet
            if self._clock() > end:
                self._tell(f"{problem}, for {limit:g} seconds by now: it is given up")
                break
        return None

    def _try(self) -> str:
        """Connect; return why it cannot."""
        try:
            self._inlet = self._subscribe(self._settings)
        except PythiagsError as problem:
            return problem.message
        return ""


def open_receiver(
    settings: Settings, handle: Callable[[str, bytes], object], tell: Callable[[str], object]
) -> Receiver:
    """Receive messages of a broker: see ``Receiver``."""
    for note in settings.notes:
        tell(note)
    module = import_module(f"pythiags.brokers.{settings.protocol}")
    return Receiver(settings, module.subscribe, handle, tell, retry=read_retry(RETRY_FILE))
