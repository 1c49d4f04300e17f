"""A consumer in a process of its own: what it does there does not touch the pipeline."""

from __future__ import annotations

import logging
import pickle
import signal
import sys
from typing import TYPE_CHECKING, Final

from pythiags.errors import PythiagsError
from pythiags.picklable import PROTOCOL
from pythiags.usercode import describe
from pythiags.workers.crew import Crew, GaveUp
from pythiags.workers.feeder import Feeder
from pythiags.workers.renewal import Renewal
from pythiags.workers.shared import SHM_BYTES, Arena
from pythiags.workers.spawn import Child
from pythiags.workers.wire import Setup
from pythiags.workers.worker import LedWorker, consumer_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.channel.channel import Channel
    from pythiags.channel.items import Decode
    from pythiags.sourcecode import Source
    from pythiags.usercode import OnError
    from pythiags.workers.wire import Fault
    from pythiags.workers.worker import Handler, OnWorkerDeath

__all__ = ["ProcessWorker"]

KILL_PATIENCE: Final = 2.0  # seconds for a killed child to be gone: it takes milliseconds

logger = logging.getLogger(__name__)


class ProcessWorker(LedWorker):
    """A consumer in a child process, which is replaced when it dies.

    Survives whatever a consumer can do: being slow, holding the GIL, raising, never returning,
    crashing, being killed. A spare child, with the consumer constructed but not opened, stands by.
    The event that a child had in its hands when it died is delivered again, at most three times in
    all; then it goes to the dead-letter file and counts as dropped (``dead-letter``).

    Args:
        make: Makes the consumer in the child; pickled by reference, as functions and classes are.
        channel: Read by this worker alone.
        name: Named in messages and before each line that the child writes.
        on_error: As of ``ThreadWorker``.
        decode: A function that can be pickled, applied to each record in the child.
        on_worker_death: What more than 5 deaths within 60 s mean, not counted those that dead
            letters caused: ``"stop"`` makes them the worker's ``failure``, ``"continue"``
            restarts it after a growing delay.
        shm_bytes: Shared memory for the arrays in events; what finds no room there is copied
            through a socket.

    Attributes:
        arena: Where arrays can be made that need not be copied for the child.
        failure: Why it gave up, if it did.
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
        super().__init__(channel, name, logger)
        self.arena = Arena(shm_bytes)
        setup = Setup(
            name=name,
            argv=list(sys.argv),
            make=pickle.dumps(make, PROTOCOL),
            decode=pickle.dumps(decode, PROTOCOL),
            stop_on_error=on_error == "stop",
            levels=_log_levels(),
            arena_bytes=shm_bytes,
        )
        channel.allocate = self.arena.empty
        channel.check_for_process()
        self._crew = Crew(setup, self.arena, self._note_error, on_worker_death)
        self._feeder = Feeder(name, channel, self.arena, self._crew, decode)

    @property
    def deaths(self) -> int:
        """How many children have died; see ``Worker.deaths``."""
        return self._crew.deaths

    def give_sources(self, sources: Sequence[Source]) -> None:
        """Have children import these modules as they are here, not what is in their files then."""
        self._crew.give_sources(sources)

    def prepare(
        self,
        made: Callable[[], Handler],
        source: Source,
        on_failure: Callable[[BaseException], object],
    ) -> Renewal:
        """Start a child and have it construct a consumer; see ``Worker.prepare()``.

        The kernel ends the child with the thread that calls this.
        """
        make = pickle.dumps(made, PROTOCOL)
        return Renewal(self._crew.succession.prepare(self._crew.setup, make, source), on_failure)

    def renew(self, renewal: Renewal, *, now: bool) -> None:
        """Have a child that was prepared take the place of the one at work."""
        if now:
            self._feeder.renewal = renewal
        self._channel.put_control(renewal)

    def forgo(self, renewal: Renewal) -> None:
        """End a child that was prepared; see ``Worker.forgo()``."""
        renewal.done = True
        self._crew.succession.forgo(renewal.ready.child)

    def launch(self) -> None:
        """Start the child, and a spare behind it."""
        self._begin()

    def stop(self, timeout: float) -> bool:
        """End without delivering the rest; see ``Worker.stop()``.

        The child is asked first, to end when its event is done; then it gets SIGTERM, which leaves
        ``incoming`` and closes the consumer; then SIGKILL, all within ``timeout``: 0 is SIGKILL at
        once.
        """
        self._crew.roster.stopping.set()
        self._channel.stop()
        self._crew.roster.order(Child.leave)
        if self.drain(timeout / 2):
            return True
        if timeout > 0:
            self._crew.roster.order(lambda child: child.signal(signal.SIGTERM))
            if self.drain(timeout / 4):
                return True
        self._crew.roster.killing = True
        self._crew.roster.order(lambda child: child.signal(signal.SIGKILL))
        return self.drain(KILL_PATIENCE)

    def _opening(self) -> str:
        if self._crew.constructing:
            return "the import or the constructor of the consumer"
        return super()._opening()

    def _run(self) -> None:
        # In one thread from beginning to end: the kernel ends children with who started them.
        try:
            self._crew.begin()
            self._is_open = True
            self._opened.set()
            self._feeder.feed()
        except GaveUp as end:
            self._fail(end.failure)
        except BaseException as error:  # a fault of ours: come down all the same
            logger.exception("the worker %r failed", self.name)
            self._fail(PythiagsError(f"internal error: {describe(error)}", where=self.name))
        finally:
            fault = self._crew.end()
            if fault is not None:
                self._fail(consumer_failure("close", fault.exception(), self.name))
            self.arena.close()
            self._opened.set()

    def _fail(self, failure: PythiagsError | None) -> None:
        if not self._given_up:
            self.failure = self.failure or failure
        self._channel.stop()

    def _note_error(self, fault: Fault) -> None:
        self._log.record(fault.exception())


def _log_levels() -> dict[str, int]:
    """Return the levels of all loggers that have one of their own; the root's name is empty."""
    root = logging.getLogger()
    loggers = root.manager.loggerDict.items()
    levels = {name: it.level for name, it in loggers if isinstance(it, logging.Logger) and it.level}
    return {"": root.level, **levels}
