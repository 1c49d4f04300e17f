"""The channel between an extractor and its consumer: bounded, and every event counted."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pythiags.channel import _ring
from pythiags.channel.live import weigh
from pythiags.errors import ChannelClosed, ConfigError, LiveMetadataError
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["POLICIES", "QUEUE_BYTES", "QUEUE_SIZE", "Channel", "ChannelStats", "Control", "OnFull"]

QUEUE_SIZE: Final = 1000
QUEUE_BYTES: Final = 64 * 1024 * 1024
POLICIES: Final = _ring.POLICIES

OnFull = Literal["block", "drop-oldest", "drop-newest", "latest"]
FailReason = Literal["consumer-error", "dead-letter", "unpicklable"]


class Control(enum.Enum):
    """What a channel carries besides events, in order with them, never dropped, never counted."""

    END = "end"  # the stream ended by itself: everything before this was all there is
    GAP = "gap"  # a source was lost here
    FLUSH = "flush"  # a seek: what follows does not continue what came before


@dataclass(frozen=True)
class ChannelStats:
    """All counters of one moment: ``produced == delivered + sum(dropped) + pending``.

    Attributes:
        produced: Events that were put in, or dropped at the entrance.
        delivered: Events that the consumer has finished.
        dropped: Events lost, by reason: ``drop-oldest``, ``drop-newest``, ``latest`` (the policy of
            that name), ``closed`` (put after the end), ``timeout`` (of a put), ``refused`` (live
            metadata), ``consumer-error`` (the consumer raised on it), ``dead-letter`` (its workers
            died of it), ``unpicklable`` (it cannot leave the process), ``spill-full`` (neither
            memory nor disk had room for it).
        pending: Events in the queue or in the consumer's hands.
        in_flight: The part of ``pending`` that the consumer has in its hands.
        bytes: Estimated size of what is queued.
        peak_items: The most events that were ever queued.
        peak_bytes: The most bytes that were ever queued.
        waiting: Producers that wait for room at this moment (policy ``block``).
        blocked: Seconds that producers have waited for room so far.
        redelivered: How often an event was handed to a worker once more, because the last one died.
    """

    produced: int
    delivered: int
    dropped: dict[str, int]
    pending: int
    in_flight: int
    bytes: int
    peak_items: int
    peak_bytes: int
    waiting: int
    blocked: float
    redelivered: int

    @classmethod
    def sum(cls, each: Sequence[ChannelStats]) -> ChannelStats:
        """Add up what several channels have counted, drops by reason, peaks as if at one moment."""
        rows = [vars(stats) for stats in each]
        total: Any = {name: sum(row[name] for row in rows) for name in rows[0] if name != "dropped"}
        dropped: Counter[str] = Counter()
        for stats in each:
            dropped.update(stats.dropped)
        return cls(**total, dropped=dict(dropped))


class Channel:
    """A queue of events that never grows beyond its bounds and never loses one in silence.

    Put and get wait without the GIL. Any number of threads may use either end. An event larger than
    ``queue_bytes`` is let in when the queue is empty.

    Args:
        queue_size: The most events that may wait.
        queue_bytes: The most bytes that may wait, as :func:`~pythiags.channel.live.weigh` counts.
        on_full: What happens to an event for which there is no room: ``"block"`` makes the producer
            wait, ``"drop-oldest"`` gives up the events that waited longest, ``"drop-newest"`` gives
            up this one. ``"latest"`` keeps the newest event only, whatever there is room for.
        name: Named in errors.

    Raises:
        ConfigError: A bound below 1, or a policy that does not exist.
    """

    def __init__(
        self,
        queue_size: int = QUEUE_SIZE,
        queue_bytes: int = QUEUE_BYTES,
        on_full: OnFull = "block",
        *,
        name: str = "channel",
    ) -> None:
        for option, value in (("queue_size", queue_size), ("queue_bytes", queue_bytes)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ConfigError(
                    f"{option} is not a bound",
                    where=name,
                    expected="a whole number of at least 1",
                    got=repr(value),
                )
        if on_full not in POLICIES:
            raise ConfigError(
                f"there is no policy {on_full!r} for a full channel",
                where=name,
                expected=", ".join(POLICIES),
                hint=hint_for(str(on_full), POLICIES),
            )
        self.name = name
        self.on_full = on_full
        self._ring = _ring.Ring(queue_size, queue_bytes, POLICIES.index(on_full))

    def put(self, event: object, timeout: float | None = None) -> bool:
        """Put an event in; True: it is in the queue, False: it was dropped and counted.

        Args:
            event: Anything but live metadata and :class:`Control`.
            timeout: Seconds to wait for room (policy ``block``); None waits until there is.

        Raises:
            LiveMetadataError: The event would outlive what it refers to; counted as ``refused``.
            ChannelClosed: The channel was closed, maybe while waiting; counted as ``closed``.
        """
        try:
            size = weigh(event)
        except LiveMetadataError:
            self._ring.refuse()
            raise
        result = self._ring.put(event, size, timeout)
        if result == _ring.CLOSED:
            raise ChannelClosed("the channel is closed", where=self.name)
        return result == _ring.OK

    def put_control(self, control: Control) -> None:
        """Append a control item behind the events that are there."""
        self._ring.put_control(control)

    def get(self, timeout: float | None = None) -> Any:
        """Take the first item out: an event, in flight until settled, or a :class:`Control`.

        After each event call :meth:`delivered` or :meth:`failed`, once.

        Args:
            timeout: Seconds to wait; None waits until there is an item.

        Raises:
            TimeoutError: Nothing came within ``timeout``.
            ChannelClosed: The channel is closed and nothing is left in it.
        """
        return self.get_many(1, timeout)[0]

    def get_many(self, limit: int, timeout: float | None = None) -> list[Any]:
        """Wait for the first item, and take what is there behind it, at most ``limit`` in all.

        A :class:`Control` comes alone. Settle events in the order in which they came, each once.

        Args:
            limit: At least 1.
            timeout: As of :meth:`get`, whose errors this raises.
        """
        result, items = self._ring.get(limit, timeout)
        if result == _ring.OK:
            return items
        if result == _ring.CLOSED:
            raise ChannelClosed("the channel is closed and empty", where=self.name)
        raise TimeoutError(f"{self.name}: nothing came within {timeout} s")

    def delivered(self, count: int = 1) -> None:
        """Settle events in flight: the consumer has finished them."""
        self._ring.delivered(count)

    def failed(self, reason: FailReason = "consumer-error", count: int = 1) -> None:
        """Settle events in flight as dropped, for one of the reasons of :class:`ChannelStats`."""
        self._ring.failed(reason, count)

    def redelivered(self, count: int = 1) -> None:
        """Count events in flight that go to a worker once more; they stay in flight."""
        self._ring.redelivered(count)

    def drained(self, timeout: float | None = None) -> bool:
        """Wait until nothing is pending and no producer waits for room, or :meth:`stop` was called.

        Returns:
            False if that is still not so after ``timeout`` seconds (None: no limit).
        """
        return self._ring.wait_idle(timeout)

    def close(self) -> None:
        """Let no event in any more; who waits for room gets :class:`ChannelClosed`."""
        self._ring.close()

    def stop(self) -> None:
        """Close, and let no event out either: what is queued stays counted as pending."""
        self._ring.stop()

    def stats(self) -> ChannelStats:
        """Read all counters of one moment."""
        now = self._ring.snapshot()
        return ChannelStats(
            produced=now["produced"],
            delivered=now["delivered"],
            dropped=now["dropped"],
            pending=now["queued"] + now["in_flight"],
            in_flight=now["in_flight"],
            bytes=now["bytes"],
            peak_items=now["peak_items"],
            peak_bytes=now["peak_bytes"],
            waiting=now["waiting"],
            blocked=now["blocked"],
            redelivered=now["redelivered"],
        )
