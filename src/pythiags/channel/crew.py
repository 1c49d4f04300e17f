"""The processes of one worker: the child that works, the spare behind it, and their deaths."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Literal

from pythiags.channel.spawn import Child, ChildDied
from pythiags.channel.wire import Kind, Message
from pythiags.channel.worker import consumer_failure
from pythiags.errors import PythiagsError, UserCodeError, WorkerDied
from pythiags.suggest import spelled
from pythiags.usercode import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.channel.shared import Arena
    from pythiags.channel.wire import Fault, Setup

__all__ = ["Crew", "GaveUp", "OnWorkerDeath"]

OnWorkerDeath = Literal["stop", "continue"]

MAX_DEATHS: Final = 5
DEATHS_WINDOW: Final = 60.0  # seconds
FIRST_DELAY: Final = 0.5  # seconds before a restart after too many deaths; doubled each time
MAX_DELAY: Final = 30.0
EXIT_PATIENCE: Final = 5.0  # seconds for a child to end after its consumer has closed
SPARE_PATIENCE: Final = 0.5  # seconds for one that has opened nothing

logger = logging.getLogger(__name__)


class GaveUp(Exception):
    """The worker goes on no more; why, unless it was told to stop."""

    def __init__(self, failure: PythiagsError | None = None) -> None:
        super().__init__(failure)
        self.failure = failure


class _Refused(Exception):
    """A child cannot build or open its consumer."""

    def __init__(self, failure: PythiagsError) -> None:
        super().__init__(failure)
        self.failure = failure


class Crew:
    """Keeps one child at work and another ready to take its place.

    All but :meth:`order` and the two flags is for one thread, which has to live as long as the
    children.

    Args:
        setup: What a child has to know.
        arena: The memory that it shares.
        on_error: Called with each exception of the consumer, in any thread.
        on_worker_death: As of :class:`~pythiags.channel.process.ProcessWorker`.

    Attributes:
        child: The one at work.
        deaths: How many have died.
        stopping: Set when nobody is to be replaced any more.
        killing: Whether there is no time for farewells either.
    """

    child: Child

    def __init__(
        self,
        setup: Setup,
        arena: Arena,
        on_error: Callable[[Fault], object],
        on_worker_death: OnWorkerDeath,
    ) -> None:
        self.deaths = 0
        self.stopping = threading.Event()
        self.killing = False
        self._name = setup.name
        self._setup = setup
        self._arena = arena
        self._on_error = on_error
        self._stop_on_death = on_worker_death == "stop"
        self._lock = threading.Lock()
        self._children: list[Child] = []
        self._spare: Child | None = None
        self._recent: deque[float] = deque()  # when they died
        self._is_open = False

    def order(self, what: Callable[[Child], object]) -> None:
        """Do something with each child; from any thread."""
        with self._lock:
            for child in self._children:
                what(child)

    def begin(self) -> None:
        """Start the first child and the spare, and have the consumer opened.

        Raises:
            GaveUp: It cannot.
        """
        try:
            self.child = self._spawn()
            self._stand_by()  # now, so that its imports are over when the pipeline plays
            self._bring_up()
        except OSError as error:
            raise GaveUp(
                WorkerDied(
                    f"no process can be started: {error}",
                    where=self._name,
                    hint="fewer workers, higher limits (ulimit -n, ulimit -u), or "
                    + spelled("worker", "thread"),
                )
            ) from error
        except ChildDied as error:
            last = self.child.end()
            raise GaveUp(self._died("before its consumer was open", last)) from error
        except _Refused as refusal:
            raise GaveUp(refusal.failure) from refusal
        self._is_open = True

    def forgive(self, deaths: int) -> None:
        """Count the last deaths no more: an event has caused them that will cause no others."""
        for _ in range(min(deaths, len(self._recent))):
            self._recent.pop()

    def replace(self, death: str, *, counted: bool = True) -> None:
        """Put the spare, or else a new child, in the place of one that died.

        Args:
            death: What it died of.
            counted: Whether it is one of those of which too many are a failure.

        Raises:
            GaveUp: There were too many, or nobody is to be replaced any more.
        """
        while True:
            self._dismiss(self.child)
            self.deaths += 1
            logger.warning("the worker process of %r is replaced: %s", self._name, death)
            if counted:
                self._count_death(death)
            if self.stopping.is_set():
                raise GaveUp
            try:
                self.child, self._spare = self._spare or self._spawn(), None
                self._bring_up()
            except OSError as error:
                death = f"none can be started: {error}"
            except ChildDied:
                death = self.child.end()
            except _Refused as refusal:
                death = f"it cannot open its consumer: {refusal.failure.message}"
                self.child.end()
            else:
                self._stand_by()
                return
            counted = True

    def end(self) -> Fault | None:
        """Close the consumer, unless there is no time for that, and see all children off.

        Returns:
            What ``close`` raised, if that is to stop the worker.
        """
        if self._spare is not None:
            self._spare.release()
        fault = self._close() if self._is_open and not self.killing else None
        for child in tuple(self._children):
            child.release()
            patience = SPARE_PATIENCE if child is self._spare else EXIT_PATIENCE
            child.end(0.0 if self.killing else patience)
            self._dismiss(child)
        return fault

    def _spawn(self) -> Child:
        with self._lock:
            if self.killing:
                raise GaveUp
            child = Child(self._name, self._arena, self._on_error)
            self._children.append(child)
        if self.stopping.is_set():
            child.leave()
        with contextlib.suppress(ChildDied):  # who waits for the answer is told
            child.send(Message(Kind.SETUP, tuple(self._setup)))
        return child

    def _stand_by(self) -> None:
        """Start the next spare: without one a replacement only takes longer."""
        with contextlib.suppress(OSError):
            self._spare = self._spawn()

    def _bring_up(self) -> None:
        """Have the child open its consumer, once it is constructed."""
        answer = self.child.answer()
        if answer.kind is Kind.FAILED:
            raise _Refused(_not_built(answer.header, self._name))
        answer = self.child.ask(Message(Kind.OPEN))
        if answer.kind is Kind.FAILED:
            raise _Refused(consumer_failure("open", answer.header.exception(), self._name))

    def _count_death(self, death: str) -> None:
        now = time.monotonic()
        self._recent.append(now)
        while self._recent[0] <= now - DEATHS_WINDOW:
            self._recent.popleft()
        excess = len(self._recent) - MAX_DEATHS
        if excess <= 0:
            return
        if self._stop_on_death:
            raise GaveUp(self._died(f"{len(self._recent)} times in {DEATHS_WINDOW:.0f} s", death))
        self.stopping.wait(min(MAX_DELAY, FIRST_DELAY * 2 ** min(excess, 10)))

    def _died(self, what: str, last: str) -> WorkerDied:
        words = "\n".join(self.child.last_lines)
        return WorkerDied(
            f"the worker process died {what}",
            where=self._name,
            got=f"{last}\n{words}".rstrip(),
            hint=f"see what its last lines say; {spelled('on_worker_death', 'continue')} "
            "goes on restarting it",
        )

    def _dismiss(self, child: Child) -> None:
        with self._lock:
            if child not in self._children:
                return
            self._children.remove(child)
        self._arena.forget(child.board)
        child.close()

    def _close(self) -> Fault | None:
        if self.child not in self._children:
            return None
        try:
            answer = self.child.ask(Message(Kind.CLOSE))
        except ChildDied:
            death = self.child.end()
            if not self.stopping.is_set():
                logger.error("the worker process of %r died in close(): %s", self._name, death)  # noqa: TRY400 (ours)
            return None
        return answer.header if answer.kind is Kind.FAILED else None


def _not_built(fault: Fault, where: str) -> PythiagsError:
    """Tell that the consumer cannot be imported or constructed in the child."""
    error = fault.exception()
    if isinstance(error, PythiagsError):
        return consumer_failure("", error, where)
    failure = UserCodeError(
        f"the consumer cannot be constructed in its process: {describe(error)}",
        where=where,
        got=fault.place or None,
        hint=f"{spelled('worker', 'thread')} has it share the program's process",
    )
    failure.__cause__ = error
    return failure
