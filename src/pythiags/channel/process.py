"""A consumer in a process of its own: what it does there does not touch the pipeline."""

from __future__ import annotations

import contextlib
import logging
import pickle
import signal
import sys
import threading
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from pythiags.channel.channel import Control
from pythiags.channel.deadletters import write_dead_letter
from pythiags.channel.shared import DELIVERED, FAILED, RECEIVED, SHM_BYTES, STARTED, Arena
from pythiags.channel.spawn import Child, ChildDied
from pythiags.channel.wire import PROTOCOL, Kind, Message, Setup
from pythiags.channel.worker import await_open, consumer_failure
from pythiags.errorlog import ErrorLog
from pythiags.errors import ChannelClosed, PythiagsError, UserCodeError, WorkerDied
from pythiags.usercode import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    from pythiags.channel.channel import Channel, FailReason
    from pythiags.channel.shared import Loan
    from pythiags.channel.wire import Fault
    from pythiags.channel.worker import Decode, Handler, OnError

__all__ = ["OnWorkerDeath", "ProcessWorker"]

OnWorkerDeath = Literal["stop", "continue"]

BATCH_SECONDS: Final = 0.01  # how much work a child is given at once
BATCH_EVENTS: Final = 1000
BATCH_BYTES: Final = 16 * 1024 * 1024
DELIVERIES: Final = 3  # of one event, at most
MAX_DEATHS: Final = 5
DEATHS_WINDOW: Final = 60.0  # seconds
KILL_PATIENCE: Final = 2.0  # seconds for a killed child to be gone: it takes milliseconds
EXIT_PATIENCE: Final = 5.0  # seconds for a child to end after its consumer has closed
FIRST_DELAY: Final = 0.5  # seconds before a restart after too many deaths; doubled each time
MAX_DELAY: Final = 30.0

logger = logging.getLogger(__name__)


class _GaveUp(Exception):
    """There is nothing more to do for the feeder."""


class _Refused(Exception):
    """A child cannot build or open its consumer."""

    def __init__(self, failure: PythiagsError) -> None:
        super().__init__(failure)
        self.failure = failure


class ProcessWorker:
    """A consumer in a child process, which is replaced when it dies.

    Survives whatever a consumer can do: being slow, holding the GIL, raising, never returning,
    crashing, being killed. A spare child, with the consumer constructed but not opened, stands by.
    The event that a child had in its hands when it died is delivered again, at most three times in
    all; then it goes to the dead-letter file and counts as dropped (``dead-letter``).

    A thread of this process, the feeder, reads the channel and gives the child small batches, one
    after the other, so that what the policy may drop stays where it can be dropped.

    Args:
        make: Makes the consumer in the child; pickled by reference, as functions and classes are.
        channel: Read by this worker alone.
        name: Named in messages and before each line that the child writes.
        on_error: As of :class:`~pythiags.channel.worker.ThreadWorker`.
        decode: A function that can be pickled, applied to each event in the child.
        on_worker_death: What more than 5 deaths within 60 s mean, not counted those that dead
            letters caused: ``"stop"`` makes them the worker's :attr:`failure`, ``"continue"``
            restarts it after a growing delay.
        shm_bytes: Shared memory for the arrays in events; what finds no room there is copied
            through a socket.

    Attributes:
        arena: Where arrays can be made that need not be copied for the child.
        deaths: How many children have died.

    Raises:
        UserCodeError: ``make`` or ``decode`` cannot be pickled.
    """

    def __init__(
        self,
        make: Callable[[], Handler],
        channel: Channel,
        *,
        name: str,
        on_error: OnError = "continue",
        decode: Decode | None = None,
        on_worker_death: OnWorkerDeath = "stop",
        shm_bytes: int = SHM_BYTES,
    ) -> None:
        self.name = name
        self.failure: PythiagsError | None = None
        self.deaths = 0
        self.arena = Arena(shm_bytes)
        channel.allocate = self.arena.empty
        channel.check_for_process()
        self._channel = channel
        self._decode = decode
        self._setup = Setup(
            name=name,
            argv=list(sys.argv),
            make=pickle.dumps(make, PROTOCOL),
            decode=pickle.dumps(decode, PROTOCOL),
            stop_on_error=on_error == "stop",
            levels=_log_levels(),
            arena_bytes=shm_bytes,
        )
        self._stop_on_death = on_worker_death == "stop"
        self._log = ErrorLog(f"consumer {name!r}", logger)
        self._unpicklable = ErrorLog(f"an event for {name!r} cannot be pickled: it", logger)
        self._opened = threading.Event()  # or failed to
        self._is_open = False
        self._stopping = threading.Event()
        self._killing = False
        self._lock = threading.Lock()
        self._children: list[Child] = []  # those that a stop has to reach
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        # The feeder's alone:
        self._child: Child
        self._spare: Child | None = None
        self._held: deque[Any] = deque()  # taken from the channel, not settled
        self._seen = [0, 0]  # how many the child had delivered and failed when they were settled
        self._sent = 0  # how many batches the child was sent
        self._tries = 0  # how many children died of the first of them
        self._deaths: deque[float] = deque()
        self._limit = 1

    @property
    def errors(self) -> Mapping[str, int]:
        """How often the consumer raised, by exception type."""
        return self._log.counts

    def start(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Start the child, and a spare behind it; see :meth:`Worker.start`."""
        self._thread.start()
        try:
            if not await_open(self._opened, given_up, self.name):
                self._channel.stop()
                return
        except UserCodeError as error:
            self.stop(0.0)
            self.failure = error
        if self.failure is not None and not self._is_open:
            raise self.failure

    def drain(self, timeout: float | None) -> bool:
        """Wait until all is done and the children are gone; see :meth:`Worker.drain`."""
        return self._joined(timeout)

    def stop(self, timeout: float) -> bool:
        """End without delivering the rest; see :meth:`Worker.stop`.

        The child is asked first, to end when its event is done; then it gets SIGTERM, which leaves
        ``incoming`` and closes the consumer; then SIGKILL, all within ``timeout``.
        """
        self._stopping.set()
        self._channel.stop()
        self._order(Child.leave)
        if self._joined(timeout / 2):
            return True
        self._order(lambda child: child.signal(signal.SIGTERM))
        if self._joined(timeout / 4):
            return True
        self._killing = True
        self._order(lambda child: child.signal(signal.SIGKILL))
        return self._joined(KILL_PATIENCE)

    def _joined(self, timeout: float | None) -> bool:
        if self._thread.ident is not None:  # else it was never started: there is nothing to do
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _order(self, what: Callable[[Child], object]) -> None:
        with self._lock:
            for child in self._children:
                what(child)

    # What follows runs in the feeder: the kernel ends children with the thread that made them.

    def _run(self) -> None:
        try:
            self._begin()
            self._feed()
        except _GaveUp:
            pass
        except BaseException as error:  # a fault of ours: come down all the same
            logger.exception("the worker %r failed", self.name)
            self.failure = PythiagsError(f"internal error: {describe(error)}", where=self.name)
            self._channel.stop()
        finally:
            self._end()
            self._opened.set()

    def _begin(self) -> None:
        try:
            self._child = self._spawn()
            self._stand_by()  # now, so that its imports are over when the pipeline plays
            self._bring_up()
        except OSError as error:
            self._fail(WorkerDied(f"no process can be started: {error}", where=self.name))
        except ChildDied:
            self._fail(self._died("before its consumer was open", self._child.end()))
        except _Refused as refusal:
            self._fail(refusal.failure)
        self._is_open = True
        self._opened.set()

    def _feed(self) -> None:
        while not self._stopping.is_set():
            if self._held:
                self._hand_over()
                continue
            try:
                items = self._channel.get_many(self._limit)
            except ChannelClosed:
                return
            if isinstance(items[0], Control):
                self._tell(items[0])
            else:
                self._held.extend(items)

    def _hand_over(self) -> None:
        """Give the child the first of the events that are held."""
        if not self._child.alive:
            self._replace(self._child.end())
        batch = list(islice(self._held, self._limit))
        message = self._packed(batch)
        if message is None:
            return
        held = len(self._held)
        self._sent += 1
        try:
            answer = self._child.ask(message, self._settle if len(batch) > 1 else None)
        except ChildDied:
            death = self._child.end()
            self._settle()
            self._mourn(death, len(batch) - (held - len(self._held)))
            return
        self._settle()
        if answer.kind is Kind.FAILED:
            self._fail(consumer_failure("incoming", answer.header.exception(), self.name))
        elif answer.kind is Kind.UNREADABLE:
            self._part(batch, answer.header.exception())
        else:
            self._adapt(len(batch), message, answer.header)

    def _packed(self, batch: list[Any]) -> Message | None:
        """Pickle events, arrays into shared memory; None: they cannot be, all together."""
        loans: list[Loan] = []
        board = self._child.board

        def keep(buffer: pickle.PickleBuffer) -> bool:
            loan = self.arena.lend(buffer, board)
            if loan is not None:
                loans.append(loan)
            return loan is None

        try:
            payload = pickle.dumps(batch, PROTOCOL, buffer_callback=keep)
        except Exception as error:  # noqa: BLE001 (a __reduce__ of the user's)
            self.arena.take_back(loans)
            self._part(batch, error)
            return None
        return Message(Kind.EVENTS, loans or None, payload)

    def _part(self, batch: list[Any], error: BaseException) -> None:
        """An event cannot cross: find it by sending one at a time, and give it up."""
        self._limit = 1
        if len(batch) == 1:
            self._unpicklable.record(error)
            self._settled(1, "unpicklable")

    def _adapt(self, count: int, message: Message, seconds: float) -> None:
        """Choose how many events to send next: so much work, so many bytes."""
        size = len(message.payload) + sum(loan.size for loan in message.header or ())
        self._limit = int(
            min(
                2 * self._limit,
                BATCH_EVENTS,
                BATCH_SECONDS * count / max(seconds, 1e-9),
                BATCH_BYTES * count / max(size, 1),
            )
        )
        if self._limit < 1 or self._channel.on_full == "latest":
            self._limit = 1

    def _settle(self) -> None:
        """Tell the channel what the child has done since the last time."""
        counts = self._child.board.counts
        delivered, failed = counts[DELIVERED] - self._seen[0], counts[FAILED] - self._seen[1]
        self._seen = [self._seen[0] + delivered, self._seen[1] + failed]
        self._settled(delivered)
        self._settled(failed, "consumer-error")

    def _settled(self, count: int, reason: FailReason | None = None) -> None:
        if not count:
            return
        if reason is None:
            self._channel.delivered(count)
        else:
            self._channel.failed(reason, count)
        for _ in range(count):
            self._held.popleft()
        self._tries = 0

    def _mourn(self, death: str, unsettled: int) -> None:
        """A child died with a batch: see what it had in its hands, and have it replaced.

        It may have died of unpickling them: of the only one, or of one of several, which are sent
        one by one from then on.
        """
        counts = self._child.board.counts
        started = counts[STARTED] > counts[DELIVERED] + counts[FAILED]
        unpickled = unsettled == 1 and counts[RECEIVED] == self._sent
        self._limit = 1
        if self._stopping.is_set():
            raise _GaveUp
        if started or unpickled:
            self._tries += 1
            if self._tries == DELIVERIES:
                self._bury_event(death)
                self._replace(death, counted=False)
                return
            self._channel.redelivered(1)
        self._replace(death)

    def _bury_event(self, death: str) -> None:
        """Give up the event that nobody survives; the deaths that it caused count no more."""
        for _ in range(min(self._tries - 1, len(self._deaths))):
            self._deaths.pop()
        event = self._decoded(self._held[0])
        path = write_dead_letter(self.name, event, self._tries, death, list(self._child.last_lines))
        logger.error(
            "an event of %r is given up: %d workers died of it, the last was %s; see %s",
            self.name,
            self._tries,
            death,
            path or "the log",
        )
        self._settled(1, "dead-letter")

    def _decoded(self, event: Any) -> Any:
        """Give an event as the consumer got it, if it can be had here."""
        try:
            return event if self._decode is None else self._decode(event)
        except Exception:  # noqa: BLE001 (maybe that is what the child died of)
            return event

    def _replace(self, death: str, *, counted: bool = True) -> None:
        """Put the spare in the place of a child that died."""
        while True:
            self._forget(self._child)
            self.deaths += 1
            logger.warning("the worker process of %r was %s", self.name, death)
            if counted:
                self._count_death(death)
            if self._stopping.is_set():
                raise _GaveUp
            try:
                self._child, self._spare = self._spare or self._spawn(), None
                self._bring_up()
            except OSError as error:
                death = f"not to be started: {error}"
            except ChildDied:
                death = self._child.end()
            except _Refused as refusal:
                death = f"no longer able to open its consumer: {refusal.failure.message}"
                self._child.end()
            else:
                self._stand_by()
                return
            counted = True

    def _count_death(self, death: str) -> None:
        """See whether there were too many."""
        now = time.monotonic()
        self._deaths.append(now)
        while self._deaths[0] <= now - DEATHS_WINDOW:
            self._deaths.popleft()
        excess = len(self._deaths) - MAX_DEATHS
        if excess <= 0:
            return
        if self._stop_on_death:
            self._fail(self._died(f"{len(self._deaths)} times in {DEATHS_WINDOW:.0f} s", death))
        self._stopping.wait(min(MAX_DELAY, FIRST_DELAY * 2 ** min(excess, 10)))

    def _died(self, what: str, last: str) -> WorkerDied:
        """Make the error; the child's last words are what tells most."""
        words = "\n".join(self._child.last_lines)
        return WorkerDied(
            f"the worker process died {what}",
            where=self.name,
            got=f"{last}\n{words}".rstrip(),
            hint="see what its last lines say; on_worker_death='continue' goes on restarting it",
        )

    def _tell(self, control: Control) -> None:
        while True:
            try:
                answer = self._child.ask(Message(Kind.CONTROL, control.name))
            except ChildDied:
                self._replace(self._child.end())
                continue
            if answer.kind is Kind.FAILED:
                self._fail(consumer_failure("control", answer.header.exception(), self.name))
            return

    def _spawn(self) -> Child:
        with self._lock:
            if self._killing:
                raise _GaveUp
            child = Child(self.name, self.arena, self._note_error)
            self._children.append(child)
        if self._stopping.is_set():
            child.leave()
        with contextlib.suppress(ChildDied):  # who waits for the answer is told
            child.send(Message(Kind.SETUP, tuple(self._setup)))
        return child

    def _bring_up(self) -> None:
        """Have the child open its consumer, once it is constructed."""
        self._seen, self._sent = [0, 0], 0
        answer = self._child.answer()
        if answer.kind is Kind.FAILED:
            raise _Refused(_not_built(answer.header, self.name))
        answer = self._child.ask(Message(Kind.OPEN))
        if answer.kind is Kind.FAILED:
            raise _Refused(consumer_failure("open", answer.header.exception(), self.name))

    def _stand_by(self) -> None:
        """Start the next spare: without one a replacement only takes longer."""
        with contextlib.suppress(OSError):
            self._spare = self._spawn()

    def _note_error(self, fault: Fault) -> None:
        self._log.record(fault.exception())

    def _fail(self, failure: PythiagsError) -> NoReturn:
        self.failure = failure
        self._channel.stop()
        raise _GaveUp

    def _forget(self, child: Child) -> None:
        with self._lock:
            if child not in self._children:
                return
            self._children.remove(child)
        child.close()

    def _end(self) -> None:
        """Close the consumer, unless there is no time for that, and see all children off."""
        if self._spare is not None:
            self._spare.release()
        if self._is_open and not self._killing and self._child in self._children:
            self._close()
        for child in tuple(self._children):
            child.release()
            child.end(0.0 if self._killing else EXIT_PATIENCE)
            self._forget(child)
        self.arena.close()

    def _close(self) -> None:
        try:
            answer = self._child.ask(Message(Kind.CLOSE))
        except ChildDied:
            if not self._stopping.is_set():
                death = self._child.end()
                logger.error(  # noqa: TRY400 (of ours)
                    "the worker process of %r was %s in close()", self.name, death
                )
            return
        if answer.kind is Kind.FAILED and self.failure is None:
            self.failure = consumer_failure("close", answer.header.exception(), self.name)


def _not_built(fault: Fault, where: str) -> PythiagsError:
    """Tell that the consumer cannot be imported or constructed in the child."""
    error = fault.exception()
    if isinstance(error, PythiagsError):
        return consumer_failure("", error, where)
    failure = UserCodeError(
        f"the consumer cannot be constructed in its process: {describe(error)}",
        where=where,
        hint="worker='thread' has it share the program's process",
    )
    failure.__cause__ = error
    return failure


def _log_levels() -> dict[str, int]:
    """Give the levels of all loggers that have one of their own; the root's name is empty."""
    root = logging.getLogger()
    loggers = root.manager.loggerDict.items()
    levels = {name: it.level for name, it in loggers if isinstance(it, logging.Logger) and it.level}
    return {"": root.level, **levels}
