"""What an extractor costs the stream: its share of the frame period, and a warning past a limit."""

from __future__ import annotations

import logging
import math
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from pythiags.app.stats import Share
from pythiags.suggest import as_option

if TYPE_CHECKING:
    from pythiags.app.stats import ExtractionStats

__all__ = ["READ_INTERVAL", "CostMeter"]

READ_INTERVAL: Final = 0.25  # seconds between two readings
WINDOW: Final = 9  # readings that a share is measured over: two seconds and a little
ENOUGH_SECONDS: Final = 1.0  # of a window, before it may warn
ENOUGH_BUFFERS: Final = 30
WARN_INTERVAL: Final = 60.0  # seconds

logger = logging.getLogger(__name__)


class _Reading(NamedTuple):
    moment: float
    buffers: int
    seconds: float
    waited: float


class CostMeter:
    """Measures a share over a sliding window of two seconds, and warns when it is too much.

    The share is (time in the extractor + time waiting for the GIL) / wall time, of what passed
    between the first and the last reading of the window; if an extractor reads several pads, whose
    buffers come in threads of their own, it is that of a pad on average.

    Args:
        name: The attachment's, for the warning.
        what: The extractor's name, for the warning.
        limit: Warn when the share was greater for at least one second and 30 buffers, at most once
            a minute; infinity: never.
    """

    def __init__(self, name: str, what: str, limit: float) -> None:
        self.share = Share()
        self._name = name
        self._what = what
        self._limit = limit
        self._readings: deque[_Reading] = deque(maxlen=WINDOW)
        self._next_warning = -math.inf

    def read(self, now: float, stats: ExtractionStats) -> None:
        """Take a reading, every ``READ_INTERVAL`` or so, always in the same thread.

        Args:
            now: Seconds of a clock that does not jump.
            stats: The extraction's counters at that moment.
        """
        readings = self._readings
        readings.append(_Reading(now, stats.buffers, stats.seconds, stats.gil_seconds))
        first, last = readings[0], readings[-1]
        wall = (last.moment - first.moment) * max(1, stats.pads)
        if wall > 0:
            # A call that began before the first reading counts whole: never more than everything.
            self.share = Share(
                min(1.0, (last.seconds - first.seconds) / wall),
                min(1.0, (last.waited - first.waited) / wall),
            )
        enough = (
            last.moment - first.moment >= ENOUGH_SECONDS
            and last.buffers - first.buffers >= ENOUGH_BUFFERS
        )
        if enough and self.share.total > self._limit and now >= self._next_warning:
            self._next_warning = now + WARN_INTERVAL
            period = wall / (last.buffers - first.buffers)
            self._warn(period)

    def _warn(self, period: float) -> None:
        """Warn, with the cause and its remedy."""
        extractor, gil = self.share.extractor, self.share.gil
        if extractor >= gil:
            cause = f"the extractor {self._what} slows the stream down"
            remedy = "make it faster, or use a native extractor such as pythiags.Detections"
        else:
            cause = f"other Python threads slow the stream down at the extractor {self._what}"
            remedy = (
                f"run CPU-bound consumers with {as_option('worker', 'process')}, or use a native "
                "extractor such as pythiags.Detections, which does not need the GIL"
            )
        logger.warning(
            "%s: %s: of the %.3g ms between buffers, the extractor takes %.0f %% and waiting for "
            "the GIL takes %.0f %%; %s",
            self._name,
            cause,
            period * 1e3,
            extractor * 100,
            gil * 100,
            remedy,
        )
