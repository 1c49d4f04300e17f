"""A worker that is a thread of this process."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from pythiags.channel.items import Control, decoded
from pythiags.errorlog import ErrorLog
from pythiags.errors import ChannelClosed, UserCodeError
from pythiags.workers.calls import Calls
from pythiags.workers.worker import await_open, consumer_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pythiags.channel.channel import Channel
    from pythiags.channel.items import Decode
    from pythiags.errors import PythiagsError
    from pythiags.usercode import OnError
    from pythiags.workers.worker import Handler

__all__ = ["ThreadWorker"]

logger = logging.getLogger(__name__)


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
        self._call = Calls(name)
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
            self._serve()
        finally:
            self._call.end()

    def _serve(self) -> None:
        try:
            self._call(self._consumer.open)
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
        self._guarded("close", self._call, self._consumer.close)

    def _deliver(self, item: Any) -> bool:
        """Hand over one item; False: the worker gives up."""
        if isinstance(item, Control):
            self._guarded("control", self._tell, item)
            return True
        try:
            self._call(self._consumer.incoming, decoded(item, self._decode))
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
            self._call(hook, control)

    def _guarded(self, method: str, call: Callable[..., object], *arguments: Any) -> None:
        try:
            call(*arguments)
        except BaseException as error:  # noqa: BLE001
            self._log.record(error)
            if self._stop_on_error:
                self._fail(method, error)

    def _fail(self, method: str, error: BaseException) -> None:
        self.failure = consumer_failure(method, error, self.name)
        self._channel.stop()
