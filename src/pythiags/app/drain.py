"""Progress of delivering the pending events after the end of a stream."""

from __future__ import annotations

import logging
import math
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pythiags.channel import ChannelStats

__all__ = ["DRAIN_TIMEOUT", "DrainLog", "DrainMeter", "StallMeter", "short_number", "short_time"]

DRAIN_TIMEOUT: Final = 10.0  # seconds
LOG_INTERVAL: Final = 5.0  # seconds between two reports of a drain that lasts
LOOKS: Final = 20  # that a rate is measured over
LOOK_INTERVAL: Final = 0.25  # seconds between two of them
MINUTES: Final = 100.0  # seconds: longer times are shown as h:mm:ss

logger = logging.getLogger(__name__)


class DrainMeter:
    """Measures how fast events are delivered, over the last five seconds or so."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque(maxlen=LOOKS)

    def look(self, now: float, channels: Iterable[ChannelStats]) -> str:
        """Return how many are left, the rate, and the time left; nothing if nothing is left.

        Args:
            now: Seconds of a clock that does not jump.
            channels: The counters of all channels at that moment.
        """
        each = list(channels)
        pending = sum(stats.pending for stats in each)
        on_disk = sum(stats.on_disk for stats in each)
        if not self._looks or now - self._looks[-1][0] >= LOOK_INTERVAL:
            self._looks.append((now, pending))
        if not pending:
            return ""
        then, before = self._looks[0]
        rate = (before - pending) / (now - then) if now > then else 0.0
        text = f"{pending:,} event{'s'[: pending != 1]} left"
        text += f" ({on_disk:,} of them on disk)" if on_disk else ""
        if rate > 0:
            text += f", {short_number(rate)} a second, {short_time(pending / rate)} to go"
        return text


class StallMeter:
    """Knows since when no event of a channel was finished."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, float]] = {}

    def look(self, now: float, name: str, channel: ChannelStats) -> float:
        """Take counters in; give the seconds since they last showed another event finished."""
        finished = channel.produced - channel.pending
        if self._last.get(name, (-1, now))[0] != finished:
            self._last[name] = finished, now
        return now - self._last[name][1]


class DrainLog:
    """Logs it every five seconds."""

    def __init__(self) -> None:
        self._meter = DrainMeter()
        self._next = math.inf

    def look(self, now: float, channels: Iterable[ChannelStats], waiting_for: str) -> None:
        """Take counters in.

        Args:
            now: As of ``DrainMeter.look()``.
            channels: The same.
            waiting_for: The name of a channel whose consumer has not closed yet.
        """
        text = self._meter.look(now, channels)
        text = text or f"{waiting_for}: close() of the consumer has not returned"
        if self._next == math.inf:
            self._next = now + LOG_INTERVAL
        if now >= self._next:
            self._next = now + LOG_INTERVAL
            logger.info("draining: %s", text)


def short_time(seconds: float) -> str:
    """Return a time with two digits or three, in the unit that suits it."""
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (MINUTES, 1.0, "s")):
        if seconds < limit:
            return f"{short_number(seconds * factor)} {unit}"
    return str(timedelta(seconds=round(seconds)))


def short_number(value: float) -> str:
    """Return a number as people read it: one digit behind the point if it is below ten."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004
