"""The child that stands by: constructed while another works, ready to take its place."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Final

from pythiags.errors import PythiagsError, UserCodeError
from pythiags.suggest import as_option
from pythiags.usercode import describe
from pythiags.workers.spawn import ChildDied
from pythiags.workers.wire import Kind, Message
from pythiags.workers.worker import consumer_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.workers.spawn import Child
    from pythiags.workers.wire import Fault

__all__ = ["CONSTRUCTING", "Spare", "construct", "not_begun"]

CONSTRUCTING: Final = "before its consumer was constructed"
# What to try when a child refuses before its consumer is open.
BEGIN: Final = (
    "the constructor and open() run in a separate process; to run them in this one: "
    + as_option("worker", "thread")
)


def construct(child: Child) -> Fault | None:
    """Have a child that was just started import and construct its consumer.

    Returns:
        What one of these raised.

    Raises:
        ChildDied: It has died of it.
    """
    answer = child.answer()  # to the setup, that it was started with
    if answer.kind is not Kind.FAILED:
        answer = child.ask(Message(Kind.BUILD))
    return answer.header if answer.kind is Kind.FAILED else None


def not_begun(what: str, fault: Fault, where: str) -> PythiagsError:
    """Return the error for a consumer that cannot be imported, constructed or opened."""
    error = fault.exception()
    if isinstance(error, UserCodeError):  # as thread workers find it when they are made
        error.got = error.got or error.where
        error.where = where
        error.hint = error.hint or BEGIN
    if isinstance(error, PythiagsError):
        return consumer_failure("", error, where)
    failure = UserCodeError(
        f"{what} in its process: {describe(error)}",
        where=where,
        got=fault.place or None,
        hint=BEGIN,
    )
    failure.__cause__ = error
    return failure


class Spare:
    """A child that imports at once, and constructs its consumer on request.

    It has a thread for that, since a constructor may take its time and nobody has to wait.

    Args:
        child: Just started.
        name: The thread's.
        on_failure: Called in the thread with the reason if it cannot be started.
    """

    def __init__(self, child: Child, name: str, on_failure: Callable[[str], object]) -> None:
        self.child = child
        self._on_failure = on_failure
        self._is_ready = False
        self._released = False
        self._thread = threading.Thread(target=self._construct, name=name, daemon=True)

    def begin(self) -> None:
        """Have the consumer constructed."""
        self._thread.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the consumer is constructed or cannot be, or for so many seconds."""
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def take(self) -> Child | None:
        """Return the child, its consumer constructed; None: it is of no use."""
        self.wait()
        return self.child if self._is_ready and self.child.alive else None

    def release(self) -> None:
        """Send it the message that it is not needed; it ends by itself."""
        self._released = True
        self.child.release()

    def _construct(self) -> None:
        fault = None
        with contextlib.suppress(ChildDied):
            fault = construct(self.child)
            self._is_ready = fault is None
        if not (self._is_ready or self._released):
            death = self.child.end()  # it may hold the half of what it wanted
            self._on_failure(_reason(fault) if fault else death)


def _reason(fault: Fault) -> str:
    error = fault.exception()
    return error.message if isinstance(error, PythiagsError) else describe(error)
