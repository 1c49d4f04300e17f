"""What a worker is: a channel on one side, the user's code on the other."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from pythiags.errorlog import ErrorLog
from pythiags.errors import PythiagsError, UserCodeError
from pythiags.suggest import as_option
from pythiags.usercode import describe

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Mapping, Sequence

    from pythiags.channel import Channel
    from pythiags.sourcecode import Source
    from pythiags.workers.renewal import Renewal

__all__ = [
    "OPEN_TIMEOUT",
    "Handler",
    "LedWorker",
    "OnWorkerDeath",
    "Worker",
    "WorkerKind",
    "consumer_failure",
]

OPEN_TIMEOUT: Final = 60.0  # seconds for a consumer to open
OPEN_NOTICE: Final = 5.0  # seconds after which one that is not open yet is reported
OPEN_PATIENCE: Final = 0.4  # seconds for a worker to stop when asked to
OPEN_POLL: Final = 0.1

WorkerKind = Literal["auto", "thread", "process"]
OnWorkerDeath = Literal["stop", "continue"]


class Handler(Protocol):
    """What a worker calls: a ``Consumer``, or anything of its shape."""

    def open(self) -> object:
        """Once, before the first event, in the worker."""

    def incoming(self, events: Any) -> object:
        """Once for each event."""

    def close(self) -> object:
        """Once, after the last event, in the worker."""


class Worker(Protocol):
    """The life of a worker, whatever it is: a thread, processes, actors of a cluster.

    A worker is the only reader of its channel. It takes one event after the other, hands it to
    ``consumer.incoming`` and settles it: ``channel.delivered()`` when the call returned,
    ``channel.failed()`` when it raised. The events of one source stay in order. Whatever user code
    raises, ``SystemExit`` and ``KeyboardInterrupt`` included, is counted by type and does not end
    the worker unless it was asked to.

    The order of calls is ``launch``, if at all, and ``start``, then any number of ``drain``, then
    ``stop``; only ``start`` may be slow, since it happens before the pipeline plays. A worker ends
    by itself once its channel is closed and empty.
    """

    name: str

    @property
    def errors(self) -> Mapping[str, int]:
        """How often the consumer raised, by exception type."""

    @property
    def deaths(self) -> int:
        """How often what runs the consumer has died and was replaced."""

    @property
    def failure(self) -> PythiagsError | None:
        """Why the worker gave up, if it did."""

    def give_sources(self, sources: Sequence[Source]) -> None:
        """Have processes that are started later import these modules as they are here."""

    def prepare(
        self,
        made: Any,
        source: Source,
        on_failure: Callable[[BaseException], object],
    ) -> Renewal:
        """Prepare a consumer to take the place of the one at work; in any thread.

        The thread has to live as long as the worker.

        Args:
            made: What the worker was made of: a consumer, or what makes it.
            source: Its module. Processes that are started later have to import it like this once
                the consumer is at work, and not before.
            on_failure: See ``Renewal``.

        Raises:
            PythiagsError: It cannot be constructed, or the worker has ended.
        """

    def renew(self, renewal: Renewal, *, now: bool) -> None:
        """Have a consumer that was prepared take the other one's place; returns at once.

        The old one is closed, and then the new one is opened.

        Args:
            renewal: What ``prepare()`` returned.
            now: Before the next event, or else in its order: behind all that were put in so far.
        """

    def forgo(self, renewal: Renewal) -> None:
        """Give up a consumer that was prepared."""

    def launch(self) -> None:
        """Begin with what takes long and touches no other worker: many are brought up side by side.

        Returns at once; ``start()`` reports what goes wrong.
        """

    def start(
        self, given_up: Callable[[], bool] = lambda: False, timeout: float = OPEN_TIMEOUT
    ) -> None:
        """Bring the consumer up and return once its ``open`` has.

        Args:
            given_up: Asked again and again; when it says so, return at once and stop the worker.
            timeout: Seconds that this may take.

        Raises:
            UserCodeError: ``open`` raised or did not return. A ``PythiagsError`` that it raised
                is passed on as it is.
        """

    def runs_here(self) -> bool:
        """Whether the calling thread is the worker's own, which cannot wait for its end."""

    def drain(self, timeout: float | None) -> bool:
        """Wait until the channel, closed by now, is empty and the consumer has closed.

        Args:
            timeout: Seconds; None: no limit. May be called again.

        Returns:
            False if there is still something left to do.
        """

    def stop(self, timeout: float) -> bool:
        """Give up what is pending and end; True: the worker is gone, False: it does not return.

        A worker that does not return is abandoned: it no longer gets events, and it does not keep
        the program alive.
        """


def consumer_failure(method: str, error: BaseException, where: str) -> PythiagsError:
    """Return what a worker fails with when its consumer raises."""
    if isinstance(error, PythiagsError):  # it says by itself what, where and what to try
        error.where = error.where or where
        return error
    failure = UserCodeError(f"{method}() of the consumer raised {describe(error)}", where=where)
    failure.__cause__ = error
    return failure


class LedWorker:
    """What the workers have in common that a thread of this process leads.

    Args:
        channel: Read by this worker alone.
        name: The thread's, named in messages.
        logger: Where the consumer's errors are logged.

    Attributes:
        name: The same.
        failure: Why the worker gave up, if it did.
    """

    def __init__(self, channel: Channel, name: str, logger: logging.Logger) -> None:
        self.name = name
        self.failure: PythiagsError | None = None
        self._channel = channel
        self._logger = logger
        self._log = ErrorLog(f"consumer {name!r}", logger)
        self._opened = threading.Event()  # or failed to
        self._is_open = False
        self._given_up = False  # what it fails with from then on is of no interest
        self._abandoned = False
        self._renewal: Renewal | None = None  # to be done before the next event
        self._newest = 0  # the number of the last one
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def errors(self) -> Mapping[str, int]:
        """How often the consumer raised, by exception type."""
        return self._log.counts

    def start(
        self, given_up: Callable[[], bool] = lambda: False, timeout: float = OPEN_TIMEOUT
    ) -> None:
        """Start the thread and wait until the consumer is open; see ``Worker.start()``."""
        if given_up() and self._thread.ident is None:
            return
        self._begin()
        try:
            if not self._await_open(given_up, min(timeout, OPEN_TIMEOUT)):
                self._given_up = True
                self._abandon()
                return
        except UserCodeError as error:
            self._abandon()
            self.failure = error
        if self.failure is not None and not self._is_open:
            raise self.failure

    def renew(self, renewal: Renewal, *, now: bool) -> None:
        """Have another consumer take the place of the one at work; see ``Worker.renew()``."""
        if now:
            self._renewal = renewal
        self._channel.put_control(renewal)  # which also wakes a worker that waits for an event

    def _abandon(self) -> None:
        """Abandon a consumer that is not open: it has received no events."""
        self.stop(OPEN_PATIENCE)
        self._abandoned = True

    def runs_here(self) -> bool:
        """Whether the calling thread is the worker's own."""
        # A later thread may have the identifier of one that has ended.
        return self._thread.is_alive() and threading.get_ident() == self._thread.ident

    def drain(self, timeout: float | None) -> bool:
        """Wait until the consumer has received all events and closed; see ``Worker.drain()``."""
        if self._abandoned:
            return True
        # Else it was never started, or waits for itself.
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def stop(self, timeout: float) -> bool:
        """End without delivering the rest; see ``Worker.stop()``."""
        self._channel.stop()
        return self.drain(timeout)

    def _begin(self) -> None:
        if self._thread.ident is None:
            self._thread.start()

    def _await_open(self, given_up: Callable[[], bool], timeout: float) -> bool:
        """Wait until the consumer is open, or cannot be; False: it was given up.

        Raises:
            UserCodeError: Neither has happened within ``timeout``.
        """
        began = time.monotonic()
        notice = OPEN_NOTICE
        while not self._opened.wait(min(OPEN_POLL, timeout)):
            passed = time.monotonic() - began
            if given_up():
                return False
            if passed >= timeout:
                raise UserCodeError(
                    f"{self._opening()} did not return within {timeout:g} s",
                    where=self.name,
                    hint="check what it waits for, or allow more time with "
                    + as_option("timeout", 2 * timeout)
                    if timeout < OPEN_TIMEOUT
                    else None,
                )
            if passed >= notice:
                notice = math.inf
                self._logger.warning(
                    "%s: %s has not returned after %.0f s", self.name, self._opening(), passed
                )
        return True

    def _opening(self) -> str:
        """What has to return before the consumer is open."""
        return "open() of the consumer"

    def _run(self) -> None:
        """Lead the consumer from ``open`` to ``close``, in the thread."""
        raise NotImplementedError
