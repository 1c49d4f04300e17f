"""The processes of one worker: the child that works, the spare behind it, and their deaths."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from pythiags.errors import PythiagsError, WorkerDied
from pythiags.suggest import as_option
from pythiags.workers.roster import Roster, RosterClosed
from pythiags.workers.spare import CONSTRUCTING, Spare, construct, not_begun
from pythiags.workers.spawn import Child, ChildDied
from pythiags.workers.succession import Succession, merged
from pythiags.workers.wire import Kind, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pythiags.sourcecode import Source
    from pythiags.workers.shared import Arena
    from pythiags.workers.succession import Successor
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

# What to try when a child dies before its consumer is open, and when it dies later.
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

    All but the roster and the succession is for one thread, which has to live as long as the
    children.

    Args:
        setup: What a child has to know.
        arena: The memory that it shares.
        on_error: Called with each exception of the consumer, in any thread.
        on_worker_death: As of ``ProcessWorker``.

    Attributes:
        setup: The same, for children that are yet to be started.
        child: The one at work.
        deaths: How many have died.
        roster: All children.
        succession: Those that are to take the place of the one at work.
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
        self.roster = Roster(setup.name, arena, on_error)
        self.succession = Succession(setup.name, self.roster)
        self.setup = setup
        self._setting_up = threading.Lock()
        self._name = setup.name
        self._stop_on_death = on_worker_death == "stop"
        self._spare: Spare | None = None
        self._leaving: list[Child] = []  # released, and not yet gone
        self._missed_spare = False  # and said so
        self._step = ""  # what the child is about to do, if it is not open
        self._recent: deque[float] = deque()  # when they died
        self._is_open = False

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
        return not self._is_open and self._step in ("", CONSTRUCTING)

    def give_sources(self, sources: Iterable[Source]) -> None:
        """Have children that are started later import these modules; in any thread."""
        with self._setting_up:
            self.setup = self.setup._replace(sources=merged(self.setup.sources, sources))

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
            self.roster.dismiss(self.child)
            self.deaths += 1
            delay = self._count_death(death) if counted else 0.0
            when = f" in {delay:.0f} s" if delay else ""
            logger.warning("the worker process of %r is replaced%s: %s", self._name, when, death)
            self.roster.stopping.wait(delay)
            if self.roster.stopping.is_set():
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

    def exchange(self, successor: Successor) -> PythiagsError | None:
        """Close the consumer at work, and have a child that was prepared open its own.

        Returns:
            The error if it cannot, and the old one was opened again; or None.

        Raises:
            GaveUp: That could not be either, and no child is replaced any more.
        """
        self._see_off()
        child, old, self._step = successor.child, self.child, "in open() of its consumer"
        self._close()
        self.child = child
        try:
            self._open()
        except ChildDied:
            failure: PythiagsError = self._died(self._step, child.end(), _FIRST_WORDS)
        except _Refused as refusal:
            failure = refusal.failure
        else:
            with self._setting_up:
                self.setup = successor.follow(self.setup)
            self.succession.promote(child)
            self._replace_spare(old)
            return None
        self.succession.forgo(child)
        self.child = old
        try:
            self._open()
        except (ChildDied, _Refused):
            self.replace(old.end())
        return failure

    def _replace_spare(self, old: Child) -> None:
        """Let the old child go with its spare, and start a spare of the new kind."""
        old.release()
        self._leaving.append(old)
        if self._spare is not None:
            self._spare.release()
            self._spare.wait()  # its thread reads from the child
            self._leaving.append(self._spare.child)
        self._start_spare()
        if self._spare is not None:
            self._spare.begin()

    def _see_off(self) -> None:
        """Give back what children held that have left since."""
        for child in [each for each in self._leaving if each.gone.is_set()]:
            self._leaving.remove(child)
            child.end()
            self.roster.dismiss(child)

    def end(self) -> Fault | None:
        """Close the consumer, if there is time, and end all children.

        Returns:
            What ``close`` raised, if that is to stop the worker.
        """
        if self._spare is not None:
            self._spare.release()
        answer = self._close() if self._is_open and not self.roster.killing else None
        self.roster.close()
        for child in self.roster:
            child.release()
            is_spare = self._spare is not None and child is self._spare.child
            is_spare = is_spare or child in self.succession
            patience = SPARE_PATIENCE if is_spare else EXIT_PATIENCE
            if not (self.roster.killing or child.ended(patience) or is_spare):
                self._warn_of_straggler(answer)
            child.end()
            if is_spare and self._spare is not None:
                self._spare.wait()  # its thread reads from the child
            if child in self.succession:
                self.succession.wait()  # so does who prepares it
            self.roster.dismiss(child)
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
        try:
            return self.roster.start(self.setup)
        except RosterClosed:
            raise GaveUp from None

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
        if not (self._missed_spare or self.roster.stopping.is_set()):
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
            self.roster.dismiss(spare.child)
        self.child = self._spawn()
        self._bring_up()

    def _bring_up(self) -> None:
        """Have the child construct its consumer and open it."""
        self._step = CONSTRUCTING
        fault = construct(self.child)
        if fault is not None:
            raise _Refused(not_begun("the consumer cannot be constructed", fault, self._name))
        self._open()

    def _open(self) -> None:
        self._step = "in open() of its consumer"
        answer = self.child.ask(Message(Kind.OPEN))
        if answer.kind is Kind.FAILED:
            raise _Refused(not_begun("the consumer cannot be opened", answer.header, self._name))

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

    def _close(self) -> Message | None:
        """Have the consumer closed; give the answer, if there is one."""
        if self.child not in self.roster:
            return None
        try:
            return self.child.ask(Message(Kind.CLOSE))
        except ChildDied:
            death = self.child.end()
            if not self.roster.stopping.is_set():
                logger.error("the worker process of %r died in close(): %s", self._name, death)  # noqa: TRY400 (ours)
            return None
