"""A worker that is a thread of this process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pythiags.channel.items import CONTROLS, decoded
from pythiags.errors import ChannelClosed
from pythiags.workers.calls import Calls
from pythiags.workers.renewal import Renewal
from pythiags.workers.worker import LedWorker, consumer_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.channel.channel import Channel
    from pythiags.channel.items import Control, Decode, Gap
    from pythiags.sourcecode import Source
    from pythiags.usercode import OnError
    from pythiags.workers.worker import Handler

__all__ = ["ThreadWorker"]

logger = logging.getLogger(__name__)


class ThreadWorker(LedWorker):
    """A consumer in a daemon thread of this process.

    Survives consumers that are slow, that raise, and that never return. It shares the GIL, so a
    consumer that computes in Python slows extractors down, and a crash takes the program along.

    Args:
        consumer: Called in the thread, and nowhere else.
        channel: Read by this worker alone.
        name: The thread's, named in messages.
        on_error: ``"continue"`` counts what the consumer raises and continues; ``"stop"`` keeps the
            first as ``failure``, and reads no further.
        decode: Makes what the consumer gets of a ``Record``, in the
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
        super().__init__(channel, name, logger)
        self._consumer = consumer
        self._call = Calls(name)
        self._decode = decode
        self._stop_on_error = on_error == "stop"

    @property
    def deaths(self) -> int:
        """Always 0, since a thread does not die without the program."""
        return 0

    def launch(self) -> None:
        """Do nothing: consumers of one process are opened one after the other."""

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
        if self._is_open:
            self._guarded("close", self._call, self._consumer.close)

    def _deliver(self, item: Any) -> bool:
        """Deliver one item; False: the worker gives up."""
        if self._renewal is not None:
            self._exchange(self._renewal)
            self._renewal = None
        if isinstance(item, Renewal):
            self._exchange(item)
            return self._is_open
        if not self._is_open:  # neither of the two could be opened
            self._channel.failed()
            return False
        if isinstance(item, CONTROLS):
            self._guarded("control", self._deliver_control, item)
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

    def give_sources(self, sources: Sequence[Source]) -> None:
        """Do nothing: there is one program."""

    def prepare(
        self,
        made: Handler,
        source: Source,  # noqa: ARG002 (of other workers)
        on_failure: Callable[[BaseException], object],
    ) -> Renewal:
        """Prepare a consumer that was constructed; see ``Worker.prepare()``."""
        return Renewal(made, on_failure)

    def forgo(self, renewal: Renewal) -> None:
        """Give it up; see ``Worker.forgo()``."""
        renewal.done = True

    def _exchange(self, renewal: Renewal) -> None:
        """Close the consumer and open another one; if that cannot be, open the old one again."""
        if renewal.done:
            return
        renewal.done = True
        if renewal.number < self._newest:  # which did not wait for its turn
            return
        self._newest = renewal.number
        self._guarded("close", self._call, self._consumer.close)
        self._call.end()
        try:
            self._call(renewal.ready.open)
        except BaseException as error:  # noqa: BLE001
            renewal.on_failure(consumer_failure("open", error, self.name))
        else:
            self._consumer = renewal.ready
            return
        try:
            self._call(self._consumer.open)
        except BaseException as error:  # noqa: BLE001
            self._is_open = False
            self._fail("open", error)

    def _deliver_control(self, control: Control | Gap) -> None:
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
        if not self._given_up:
            self.failure = consumer_failure(method, error, self.name)
        self._channel.stop()
