"""The processes of one worker: the child that works, the spare behind it, and their deaths."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from pythiags.errors import PythiagsError, UserCodeError, WorkerDied
from pythiags.suggest import as_option
from pythiags.usercode import describe
from pythiags.workers.spare import Spare, construct
from pythiags.workers.spawn import Child, ChildDied
from pythiags.workers.wire import Kind, Message
from pythiags.workers.worker import consumer_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.workers.shared import Arena
    from pythiags.workers.wire import Fault, Setup
    from pythiags.workers.worker import OnWorkerDeath

__all__ = ["Crew", "GaveUp"]

MAX_DEATHS: Final = 5
DEATHS_WINDOW: Final = 60.0  # seconds
FIRST_DELAY: Final = 0.5  # seconds before a restart after too many deaths; doubled each time
MAX_DELAY: Final = 10.0
EXIT_PATIENCE: Final = 2.0  # seconds for a child to end after its consumer has closed
SPARE_PATIENCE: Final = 0.5  # seconds for one that has opened nothing
SPARE_START: Final = 0.5  # seconds that the first event waits for a spare, which disturbs it later

# What to try when a child dies or refuses before its consumer is open, and when it dies later.
_BEGIN: Final = (
    "the constructor and open() run in a separate process; to run them in this one: "
    + as_option("worker", "thread")
)
_CONSTRUCTING: Final = "before its consumer was constructed"
_FIRST_WORDS: Final = (
    "check what it printed last, if anything; try the consumer in a separate Python"
)
_LAST_WORDS: Final = (
    f"check what it printed last; {as_option('on_worker_death', 'continue')} keeps restarting it"
)

logger = logging.getLogger(__name__)


class GaveUp(Exception):
    """The worker ends; holds the reason, unless it was asked to stop."""

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

    All but ``order()`` and the two flags is for one thread, which has to live as long as the
    children.

    Args:
        setup: What a child has to know.
        arena: The memory that it shares.
        on_error: Called with each exception of the consumer, in any thread.
        on_worker_death: As of ``ProcessWorker``.

    Attributes:
        child: The one at work.
        deaths: How many have died.
        stopping: Set when no child is replaced any more.
        killing: Whether children are killed at once.
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
        self._spare: Spare | None = None
        self._missed_spare = False  # and said so
        self._step = ""  # what the child is about to do, if it is not open
        self._recent: deque[float] = deque()  # when they died
        self._is_open = False

    def order(self, what: Callable[[Child], object]) -> None:
        """Do something with each child; from any thread."""
        with self._lock:
            for child in self._children:
                what(child)

    def begin(self) -> None:
        """Start the first child, have the consumer opened, and then the spare's constructed.

        Not at the same time: what a constructor takes for itself, the first one is to have.

        Raises:
            GaveUp: It cannot.
        """
        try:
            self.child = self._spawn()
            self._start_spare()  # now, so that its imports are over when the pipeline plays
            self._bring_up()
        except OSError as error:
            raise GaveUp(
                WorkerDied(
                    f"cannot start a process: {error}",
                    where=self._name,
                    hint="fewer workers, higher limits (ulimit -n, ulimit -u), or "
                    + as_option("worker", "thread"),
                )
            ) from error
        except ChildDied as error:
            raise GaveUp(self._died(self._step, self.child.end(), _FIRST_WORDS)) from error
        except _Refused as refusal:
            raise GaveUp(refusal.failure) from refusal
        self._is_open = True
        if self._spare is not None:
            self._spare.begin()
            self._spare.wait(SPARE_START)

    @property
    def constructing(self) -> bool:
        """Whether the first child has not constructed its consumer yet."""
        return not self._is_open and self._step in ("", _CONSTRUCTING)

    def discount_deaths(self, deaths: int) -> None:
        """Count the last deaths no more: an event has caused them that will cause no others."""
        for _ in range(min(deaths, len(self._recent))):
            self._recent.pop()

    def replace(self, death: str, *, counted: bool = True) -> None:
        """Put the spare, or else a new child, in the place of one that died.

        Args:
            death: What it died of.
            counted: Whether it is one of those of which too many are a failure.

        Raises:
            GaveUp: There were too many deaths, or no child is replaced any more.
        """
        while True:
            self._dismiss(self.child)
            self.deaths += 1
            delay = self._count_death(death) if counted else 0.0
            when = f" in {delay:.0f} s" if delay else ""
            logger.warning("the worker process of %r is replaced%s: %s", self._name, when, death)
            self.stopping.wait(delay)
            if self.stopping.is_set():
                raise GaveUp
            try:
                self._promote()
            except OSError as error:
                death = f"cannot start one: {error}"
            except ChildDied:
                death = self.child.end()
            except _Refused as refusal:
                death = f"it cannot open its consumer: {refusal.failure.message}"
                self.child.end()
            else:
                self._start_spare()
                if self._spare is not None:
                    self._spare.begin()
                return
            counted = True

    def end(self) -> Fault | None:
        """Close the consumer, if there is time, and end all children.

        Returns:
            What ``close`` raised, if that is to stop the worker.
        """
        if self._spare is not None:
            self._spare.release()
        answer = self._close() if self._is_open and not self.killing else None
        for child in tuple(self._children):
            child.release()
            is_spare = self._spare is not None and child is self._spare.child
            patience = SPARE_PATIENCE if is_spare else EXIT_PATIENCE
            if not (self.killing or child.ended(patience) or is_spare):
                self._warn_of_straggler(answer)
            child.end()
            if is_spare and self._spare is not None:
                self._spare.wait()  # its thread reads from the child
            self._dismiss(child)
        return answer.header if answer is not None and answer.kind is Kind.FAILED else None

    def _warn_of_straggler(self, answer: Message | None) -> None:
        """Log that a child has closed its consumer, does not end, and is killed therefore."""
        threads = answer.header if answer is not None and answer.kind is Kind.DONE else ()
        names = ", ".join(map(repr, threads))
        logger.warning(
            "the worker process of %r is killed: it did not exit within %.0f s of close()%s",
            self._name,
            EXIT_PATIENCE,
            f", but waits for its threads {names}: end them in close(), or make them daemons"
            if names
            else "",
        )

    def _spawn(self) -> Child:
        with self._lock:
            if self.killing:
                raise GaveUp
            child = Child(self._name, self._arena, self._on_error)
            self._children.append(child)
        if self.stopping.is_set():
            child.leave()
        with contextlib.suppress(ChildDied):  # the caller that waits for the answer gets it
            child.send(Message(Kind.SETUP, tuple(self._setup)))
        return child

    def _start_spare(self) -> None:
        """Start the next spare: without one a replacement only takes longer."""
        try:
            self._spare = Spare(self._spawn(), f"{self._name}-spare", self._miss_spare)
        except OSError as error:
            self._warn_once(f"cannot start one: {error}")

    def _miss_spare(self, reason: str) -> None:
        """Note that there is no spare; in its thread."""
        self._warn_once(
            f"{reason}; a constructor runs in two processes at once: acquire in open() what must "
            "exist only once"
        )

    def _warn_once(self, reason: str) -> None:
        if not (self._missed_spare or self.stopping.is_set()):
            self._missed_spare = True
            logger.warning("no spare for the worker process of %r: %s", self._name, reason)

    def _promote(self) -> None:
        """Bring the spare to work, or else a new child."""
        spare, self._spare = self._spare, None
        successor = spare.take() if spare is not None else None
        if successor is not None:
            self.child = successor
            self._open()
            return
        if spare is not None:
            spare.child.end()
            self._dismiss(spare.child)
        self.child = self._spawn()
        self._bring_up()

    def _bring_up(self) -> None:
        """Have the child construct its consumer and open it."""
        self._step = _CONSTRUCTING
        fault = construct(self.child)
        if fault is not None:
            raise _Refused(_not_begun("the consumer cannot be constructed", fault, self._name))
        self._open()

    def _open(self) -> None:
        self._step = "in open() of its consumer"
        answer = self.child.ask(Message(Kind.OPEN))
        if answer.kind is Kind.FAILED:
            raise _Refused(_not_begun("the consumer cannot be opened", answer.header, self._name))

    def _count_death(self, death: str) -> float:
        """Count one; give the seconds to wait before the next restart.

        Raises:
            GaveUp: There were too many.
        """
        now = time.monotonic()
        self._recent.append(now)
        while self._recent[0] <= now - DEATHS_WINDOW:
            self._recent.popleft()
        excess = len(self._recent) - MAX_DEATHS
        if excess <= 0:
            return 0.0
        if self._stop_on_death:
            times = f"{len(self._recent)} times in {DEATHS_WINDOW:.0f} s"
            raise GaveUp(self._died(times, death, _LAST_WORDS))
        return min(MAX_DELAY, FIRST_DELAY * 2.0 ** min(excess, 10))

    def _died(self, what: str, last: str, hint: str) -> WorkerDied:
        words = "\n".join(self.child.last_lines)
        return WorkerDied(
            f"the worker process died {what}",
            where=self._name,
            got=f"{last}\n{words}".rstrip(),
            hint=hint,
        )

    def _dismiss(self, child: Child) -> None:
        with self._lock:
            if child not in self._children:
                return
            self._children.remove(child)
        self._arena.forget(child.board)
        child.close()

    def _close(self) -> Message | None:
        """Have the consumer closed; give the answer, if there is one."""
        if self.child not in self._children:
            return None
        try:
            return self.child.ask(Message(Kind.CLOSE))
        except ChildDied:
            death = self.child.end()
            if not self.stopping.is_set():
                logger.error("the worker process of %r died in close(): %s", self._name, death)  # noqa: TRY400 (ours)
            return None


def _not_begun(what: str, fault: Fault, where: str) -> PythiagsError:
    """Return the error for a consumer that cannot be imported, constructed or opened."""
    error = fault.exception()
    if isinstance(error, UserCodeError):  # as thread workers find it when they are made
        error.got = error.got or error.where
        error.where = where
        error.hint = error.hint or _BEGIN
    if isinstance(error, PythiagsError):
        return consumer_failure("", error, where)
    failure = UserCodeError(
        f"{what} in its process: {describe(error)}",
        where=where,
        got=fault.place or None,
        hint=_BEGIN,
    )
    failure.__cause__ = error
    return failure
