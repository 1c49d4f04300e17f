"""From a channel to a child process and back: batches go, counters come, deaths are seen to."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from pythiags.channel.items import CONTROLS, decoded
from pythiags.errorlog import ErrorLog
from pythiags.errors import ChannelClosed
from pythiags.workers.crew import GaveUp
from pythiags.workers.deadletters import DeadLetters
from pythiags.workers.parcel import Parcel
from pythiags.workers.renewal import Renewal
from pythiags.workers.shared import DELIVERED, FAILED, RECEIVED, STARTED
from pythiags.workers.spawn import ChildDied
from pythiags.workers.wire import Kind, Message
from pythiags.workers.worker import consumer_failure

if TYPE_CHECKING:
    from pythiags.channel.channel import Channel, FailReason
    from pythiags.channel.items import Control, Decode, Gap
    from pythiags.workers.crew import Crew
    from pythiags.workers.shared import Arena

__all__ = ["Feeder"]

BATCH_SECONDS: Final = 0.01  # how much work a child is given at once
BATCH_EVENTS: Final = 1000
BATCH_BYTES: Final = 2 << 20  # little enough to stay in the caches; one event may be larger
DELIVERIES: Final = 3  # of one event, at most

logger = logging.getLogger(__name__)


class Feeder:
    """Gives what a channel holds to the child of a crew, in batches, and settles it.

    One batch is out at a time, and it is small: what a policy may drop stays in the channel. The
    child counts on its board what it has done, so that after its death it is known which event it
    had in its hands.

    Args:
        name: The worker's.
        channel: Read by this feeder alone.
        arena: Where arrays in events travel.
        crew: Who does the work.
        decode: What the child makes of a record; dead letters hold that.

    Attributes:
        renewal: Who takes over before the next batch, if anyone is to.
    """

    def __init__(
        self, name: str, channel: Channel, arena: Arena, crew: Crew, decode: Decode | None
    ) -> None:
        self._name = name
        self._channel = channel
        self._arena = arena
        self._crew = crew
        self._decode = decode
        self._letters = DeadLetters(name)
        self._unpicklable = ErrorLog(f"an event for {name!r} cannot be pickled: it", logger)
        self._unreadable = ErrorLog(f"an event for {name!r} cannot be unpickled: it", logger)
        self._held: deque[Any] = deque()  # taken from the channel, not settled
        self._tries = 0  # how many children died of the first of them
        self._limit = 1  # events in a batch
        self._suspects = 0  # how many of those held were in a batch that a child died of
        self._suspicious = 0  # how many children died before it was known of which
        self.renewal: Renewal | None = None  # to be done before the next batch
        self._newest = 0  # the number of the last one

    def feed(self) -> None:
        """Work until the channel is closed and empty, or the crew is asked to stop.

        Raises:
            GaveUp: The consumer or its processes are to be given up.
        """
        with contextlib.suppress(ChannelClosed):
            while not self._crew.roster.stopping.is_set():
                if self.renewal is not None:
                    self._renew(self.renewal)
                    self.renewal = None
                if self._held:
                    self._hand_over()
                else:
                    self._take()

    def _take(self) -> None:
        items = self._channel.get_many(self._limit)
        if isinstance(items[0], Renewal):
            self._renew(items[0])
        elif isinstance(items[0], CONTROLS):
            self._send_control(items[0])
        else:
            self._held.extend(items)

    def _renew(self, renewal: Renewal) -> None:
        """Have another child take over, unless it has already."""
        if renewal.done:
            return
        renewal.done = True
        if renewal.number < self._newest:  # which did not wait for its turn
            self._crew.succession.forgo(renewal.ready.child)
        else:
            self._newest = renewal.number
            failure = self._crew.exchange(renewal.ready)
            if failure is not None:
                renewal.on_failure(failure)

    def _send_control(self, control: Control | Gap) -> None:
        """Send a control item to the child, and to the next one if it dies, as with an event."""
        for attempt in range(1, DELIVERIES + 1):
            if not self._crew.child.alive:
                self._crew.replace(self._crew.child.end())
            try:
                answer = self._crew.child.ask(Message(Kind.CONTROL, control))
            except ChildDied:
                self._handle_death_on_control(control, attempt)
                continue
            if answer.kind is Kind.FAILED:
                raise GaveUp(consumer_failure("control", answer.header.exception(), self._name))
            return

    def _handle_death_on_control(self, control: Control | Gap, attempt: int) -> None:
        death = self._crew.child.end()
        lost = attempt == DELIVERIES
        if lost and not self._crew.roster.stopping.is_set():
            self._crew.discount_deaths(DELIVERIES - 1)
            logger.error(
                "the control item %r of %r is dropped: %d workers died while handling it, the "
                "last one: %s",
                control.value,
                self._name,
                DELIVERIES,
                death,
            )
        self._crew.replace(death, counted=not lost)

    def _hand_over(self) -> None:
        """Send the child the first of the events that are held."""
        child = self._crew.child
        if not child.alive:
            self._crew.replace(child.end())
            return
        batch = list(islice(self._held, self._limit))
        parcel = self._packed(batch)
        if parcel is None:
            return
        message = Message(Kind.EVENTS, parcel.contents, parcel.pieces)
        held = len(self._held)
        child.sent += 1
        try:
            answer = child.ask(message, self._settle if len(batch) > 1 else None)
        except ChildDied:
            death = child.end()
            self._settle()
            self._handle_death(death, len(batch) - (held - len(self._held)))
            return
        self._settle()
        if answer.kind is Kind.FAILED:
            raise GaveUp(consumer_failure("incoming", answer.header.exception(), self._name))
        if answer.kind is Kind.UNREADABLE:
            self._part(batch, answer.header.exception(), self._unreadable)
        else:
            self._adapt(len(batch), parcel.size, answer.header)

    def _packed(self, batch: list[Any]) -> Parcel | None:
        """Pickle events, large parts into shared memory; None: they cannot be, all together."""
        try:
            parcel = Parcel(batch, self._arena, self._crew.child.board)
        except BaseException as error:  # noqa: BLE001 (a __reduce__ of the user's: SystemExit, too)
            self._part(batch, error, self._unpicklable)
            return None
        return parcel

    def _part(self, batch: list[Any], error: BaseException, log: ErrorLog) -> None:
        """Find an event that cannot be pickled by sending one at a time, and drop it."""
        self._limit = 1
        if len(batch) == 1:
            log.record(error)
            self._settled(1, "unpicklable")

    def _adapt(self, count: int, size: int, seconds: float) -> None:
        """Choose how many events to send next: so much work, so many bytes."""
        limit = min(
            2 * self._limit,
            BATCH_EVENTS,
            int(BATCH_SECONDS * count / max(seconds, 1e-9)),
            BATCH_BYTES * count // max(size, 1),
        )
        one = self._suspects or self._channel.on_full == "latest"
        self._limit = 1 if one else max(1, limit)

    def _settle(self) -> None:
        """Settle with the channel what the child has done since the last time."""
        child = self._crew.child
        delivered = child.board.counts[DELIVERED] - child.delivered
        failed = child.board.counts[FAILED] - child.failed
        child.delivered += delivered
        child.failed += failed
        self._settled(delivered)
        self._settled(failed, "consumer-error")

    def _settled(self, count: int, reason: FailReason | None = None) -> None:
        if not count:
            return
        for _ in range(count):
            self._held.popleft()
        self._tries = 0
        self._suspects = max(0, self._suspects - count)
        if not self._suspects:
            self._suspicious = 0
        if reason is None:
            self._channel.delivered(count)
        else:
            self._channel.failed(reason, count)

    def _handle_death(self, death: str, unsettled: int) -> None:
        """A child died with a batch: see what it had in its hands, and have it replaced.

        It may have died of unpickling them: of the only one, or of one of several, which are sent
        one by one from then on.
        """
        child = self._crew.child
        counts = child.board.counts
        started = counts[STARTED] > counts[DELIVERED] + counts[FAILED]
        unpickled = unsettled == 1 and counts[RECEIVED] == child.sent
        self._limit = 1
        if self._crew.roster.stopping.is_set():
            raise GaveUp
        lost = False
        if started or unpickled:
            self._tries += 1
            lost = self._tries == DELIVERIES
            if lost:
                self._dead_letter(death)
            else:
                self._channel.redelivered()
        else:
            self._suspects = max(self._suspects, unsettled)
            self._suspicious += 1
        self._crew.replace(death, counted=not lost)

    def _dead_letter(self, death: str) -> None:
        """Drop the first event, which kills every worker; its deaths do not count."""
        self._crew.discount_deaths(DELIVERIES - 1 + self._suspicious)
        self._suspicious = 0
        lines = list(self._crew.child.last_lines)
        event = self._decoded(self._held[0])
        path = self._letters.write(event, DELIVERIES, death, lines)
        logger.error(
            "an event of %r is dropped: %d workers died while handling it, the last one: %s; %s",
            self._name,
            DELIVERIES,
            death,
            f"see {path}" if path else "it was not written to a dead-letter file",
        )
        self._settled(1, "dead-letter")

    def _decoded(self, event: Any) -> Any:
        """Return an event as the consumer received it, if it can be decoded here."""
        try:
            return decoded(event, self._decode)
        except BaseException:  # noqa: BLE001 (maybe that is what the child died of)
            return event
