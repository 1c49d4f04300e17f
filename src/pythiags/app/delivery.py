"""The end of a run: what is pending is delivered, within a limit, or given up."""

from __future__ import annotations

import logging
import math
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Final

from pythiags.app.drain import DrainLog, StallMeter, short_time
from pythiags.errors import DrainTimeout
from pythiags.suggest import as_option

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.app.lanes import Lane

__all__ = ["Delivery", "Limit"]

POLL: Final = 0.1  # seconds: how late a limit that shrinks may be noticed
ABANDON: Final = 0.2  # seconds for a worker to stop when asked to
STOP_LIMIT: Final = 2.5  # seconds for all of them: a killed process may take a moment to be gone
STALLED: Final = 0.5  # of the time to drain without an event finished: it hangs, or nearly so
DISK_PATIENCE: Final = 2.0  # seconds for the disk to delete its events

logger = logging.getLogger(__name__)


class Limit:
    """The moment by which all has to be delivered; it can only come nearer.

    Its attributes are plain, since a signal handler sets them: it may interrupt whoever holds a
    lock.

    Attributes:
        seconds: How long there was when the limit was set; infinity: there is none.
    """

    def __init__(self) -> None:
        self.seconds = math.inf
        self._moment = math.inf

    def lower(self, seconds: float) -> None:
        """Allow so many seconds from now, unless less is allowed already."""
        moment = time.monotonic() + seconds
        if moment < self._moment:
            self._moment = moment
            self.seconds = seconds

    @property
    def left(self) -> float:
        """Seconds until then, at least 0."""
        return max(0.0, self._moment - time.monotonic())


class Delivery:
    """Lets the workers finish the events in their channels.

    Args:
        lanes: Of all attachments.
        limit: How long it may take; may shrink meanwhile.
        drain_timeout: The App's option, which an error names if it was the limit.

    Attributes:
        bounded: Whether a consumer that finishes nothing for ``drain_timeout`` seconds is given up
            though there is no limit: the end was asked for.
    """

    def __init__(self, lanes: Sequence[Lane], limit: Limit, drain_timeout: float) -> None:
        self._lanes = lanes
        self._limit = limit
        self.bounded = False
        self._drain_timeout = drain_timeout
        self._log = DrainLog()
        self._stalls = StallMeter()

    def look(self) -> None:
        """Note which channels have moved, to tell later since when one has not."""
        for lane in self._lanes:
            self._stalled(lane)

    def finish(self) -> DrainTimeout | None:
        """Let the workers finish, for as long as the limit allows, and give up those that do not.

        They are given up all at once, so that the end is no later the more of them there are.

        Returns:
            What the first of those has not done; None if there is none, or if there was no time.
        """
        late = [lane for lane in self._lanes if not self._drained(lane)]
        patience = min(ABANDON, self._limit.seconds)
        _side_by_side([partial(lane.worker.stop, patience) for lane in late], STOP_LIMIT)
        if late and self._limit.seconds > 0:  # the user asked for an immediate end
            return self._timed_out(late[0])
        return None

    def dispose(self) -> None:
        """Delete the events on disk, for all channels at the same time."""
        for lane in self._lanes:
            lane.channel.stop()
        limit = time.monotonic() + DISK_PATIENCE
        for lane in self._lanes:
            if not lane.channel.dispose(max(0.0, limit - time.monotonic())):
                logger.warning(
                    "%s: the disk does not respond: the file of spilled events is not deleted",
                    lane.channel.name,
                )

    def _drained(self, lane: Lane) -> bool:
        """Wait until a worker has finished; False: the limit has passed."""
        while not lane.worker.drain(min(POLL, self._limit.left)):
            stats = [each.channel.stats() for each in self._lanes]
            self._log.look(time.monotonic(), stats, lane.channel.name)
            self.look()
            if not self._limit.left or self._given_up(lane):
                return False
        return True

    def _given_up(self, lane: Lane) -> bool:
        return self.bounded and self._stalled(lane) >= self._drain_timeout

    def _stalled(self, lane: Lane) -> float:
        """Return since when no event of a lane was finished, as far as it was looked at."""
        return self._stalls.look(time.monotonic(), lane.channel.name, lane.channel.stats())

    def _timed_out(self, lane: Lane) -> DrainTimeout:
        """Return what a consumer that did not finish was seen to do: nothing, or too little."""
        pending, stalled = _pending(lane), self._stalled(lane)
        limit = self._drain_timeout if self._given_up(lane) else self._limit.seconds
        by_option = limit == self._drain_timeout
        longer = as_option("drain_timeout", 2 * limit) if by_option else "stop(drain=seconds)"
        longer = f"{longer} allows more time"
        what = f"the consumer did not finish within {limit:g} s"
        if not pending:
            what, hint = f"{what}: its close() has not returned", longer
        elif stalled >= STALLED * limit:
            what += f": it has not finished an event for {short_time(stalled)}"
            hint = f"check what incoming() waits for; if it is only slow, {longer}"
        else:
            drop = as_option("on_full", "drop-oldest")
            hint = (
                f"{longer}; {drop} drops events instead; {as_option('workers', 2)} splits the work"
            )
        return DrainTimeout(what, where=lane.channel.name, got=pending or None, hint=hint)


def _pending(lane: Lane) -> str:
    """Return how much a lane has still to deliver; nothing if that is nothing."""
    now = lane.channel.stats()
    on_disk = f", {now.on_disk} of them on disk" if now.on_disk else ""
    events = f"{now.pending} event{'s'[: now.pending != 1]} pending{on_disk}"
    return events if now.pending else ""


def _side_by_side(calls: Sequence[Callable[[], object]], limit: float) -> None:
    """Make calls that wait, each in a thread, so that together they wait as long as one.

    Args:
        calls: None of them raises.
        limit: Seconds after which they are not waited for any more.
    """
    threads = [
        threading.Thread(target=call, name=f"pythiags-end-{number}", daemon=True)
        for number, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + limit
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
