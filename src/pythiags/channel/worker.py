"""Workers: where a consumer runs. A channel on one side, the user's code on the other."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from pythiags.channel.items import Control, decoded
from pythiags.errorlog import ErrorLog
from pythiags.errors import ChannelClosed, PythiagsError, UserCodeError
from pythiags.usercode import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pythiags.channel.channel import Channel
    from pythiags.channel.items import Decode

__all__ = [
    "OPEN_TIMEOUT",
    "Handler",
    "OnError",
    "ThreadWorker",
    "Worker",
    "await_open",
    "consumer_failure",
]

OPEN_TIMEOUT: Final = 60.0
OPEN_POLL: Final = 0.1

OnError = Literal["continue", "stop"]

logger = logging.getLogger(__name__)


class Handler(Protocol):
    """What a worker calls: a :class:`~pythiags.Consumer`, or anything of its shape."""

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
    the worker unless it was told so.

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

    def launch(self) -> None:
        """Begin with what takes long and touches no other worker: many are brought up side by side.

        Returns at once; what goes wrong is told by :meth:`start`.
        """

    def start(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Bring the consumer up and return once its ``open`` has.

        Args:
            given_up: Asked again and again; when it says so, return at once and stop the worker.

        Raises:
            UserCodeError: ``open`` raised or did not return. A :exc:`PythiagsError` that it raised
                is passed on as it is.
        """

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


def await_open(opened: threading.Event, given_up: Callable[[], bool], where: str) -> bool:
    """Wait until a consumer is open, or cannot be; False: it was given up.

    Raises:
        UserCodeError: Neither has happened within ``OPEN_TIMEOUT``.
    """
    deadline = time.monotonic() + OPEN_TIMEOUT
    while not opened.wait(min(OPEN_POLL, OPEN_TIMEOUT)):
        if given_up():
            return False
        if time.monotonic() >= deadline:
            raise UserCodeError(
                f"open() of the consumer has not returned after {OPEN_TIMEOUT:.0f} s", where=where
            )
    return True


def consumer_failure(method: str, error: BaseException, where: str) -> PythiagsError:
    """Give what a worker fails with when its consumer raises."""
    if isinstance(error, PythiagsError):  # it says by itself what, where and what to try
        error.where = error.where or where
        return error
    failure = UserCodeError(f"{method}() of the consumer raised {describe(error)}", where=where)
    failure.__cause__ = error
    return failure


class ThreadWorker:
    """A consumer in a daemon thread of this process.

    Survives consumers that are slow, that raise, and that never return. It shares the GIL, so a
    consumer that computes in Python slows extractors down, and a crash takes the program along.

    Args:
        consumer: Called in the thread, and nowhere else.
        channel: Read by this worker alone.
        name: The thread's, named in messages.
        on_error: ``"continue"`` counts what the consumer raises and goes on; ``"stop"`` keeps the
            first as :attr:`failure`, and reads no further.
        decode: Makes what the consumer gets of a :class:`~pythiags.channel._ring.Record`, in the
            thread.
    """

    def __init__(
        self,
        consumer: Handler,
        channel: Channel,
        *,
        name: str,
        on_error: OnError = "continue",
        decode: Decode | None = None,
    ) -> None:
        self.name = name
        self.failure: PythiagsError | None = None
        self._consumer = consumer
        self._decode = decode
        self._channel = channel
        self._stop_on_error = on_error == "stop"
        self._log = ErrorLog(f"consumer {name!r}", logger)
        self._opened = threading.Event()  # or failed to
        self._is_open = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def errors(self) -> Mapping[str, int]:
        """How often the consumer raised, by exception type."""
        return self._log.counts

    @property
    def deaths(self) -> int:
        """Always 0: a thread does not die without the program."""
        return 0

    def launch(self) -> None:
        """Do nothing: consumers of one process are opened one after the other."""

    def start(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Start the thread; see :meth:`Worker.start`."""
        self._thread.start()
        try:
            if not await_open(self._opened, given_up, self.name):
                self._channel.stop()
                return
        except UserCodeError as error:
            self._channel.stop()
            self.failure = error
        if self.failure is not None and not self._is_open:
            raise self.failure

    def drain(self, timeout: float | None) -> bool:
        """Wait until the consumer has had everything and has closed; see :meth:`Worker.drain`."""
        if self._thread.ident is not None:  # else it was never started: there is nothing to do
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def stop(self, timeout: float) -> bool:
        """End without delivering the rest; see :meth:`Worker.stop`."""
        self._channel.stop()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._consumer.open()
        except BaseException as error:  # noqa: BLE001
            self._fail("open", error)
            return
        else:
            self._is_open = True
        finally:
            self._opened.set()
        try:
            while self._deliver(self._channel.get()):
                pass
        except ChannelClosed:
            pass
        self._guarded("close", self._consumer.close)

    def _deliver(self, item: Any) -> bool:
        """Hand over one item; False: the worker gives up."""
        if isinstance(item, Control):
            self._guarded("control", lambda: self._tell(item))
            return True
        try:
            self._consumer.incoming(decoded(item, self._decode))
        except BaseException as error:  # noqa: BLE001 (SystemExit is the user's bug as well)
            self._channel.failed()
            self._log.record(error)
            if self._stop_on_error:
                self._fail("incoming", error)
                return False
        else:
            self._channel.delivered()
        return True

    def _tell(self, control: Control) -> None:
        hook = getattr(self._consumer, "control", None)
        if hook is not None:
            hook(control)

    def _guarded(self, method: str, call: Callable[[], object]) -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001
            self._log.record(error)
            if self._stop_on_error:
                self._fail(method, error)

    def _fail(self, method: str, error: BaseException) -> None:
        self.failure = consumer_failure(method, error, self.name)
        self._channel.stop()
