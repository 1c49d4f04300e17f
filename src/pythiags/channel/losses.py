"""Log of the events that the policy "spill" lost, with causes and remedies."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from pythiags.channel import _ring

__all__ = ["LOG_INTERVAL", "Losses"]

LOG_INTERVAL: Final = 1.0

_POLICY: Final = "or on_full (--on-full) drop-oldest or block"
_SLOW: Final = (
    "the disk is slower than the stream; try smaller events, a faster disk "
    f"(spill_dir, --spill-dir), {_POLICY}"
)

logger = logging.getLogger(__name__)


class Losses:
    """Logs at most one line a second, so that what was lost since the last one is told together.

    The ring counts what it drops, in threads that have no time to tell it. So somebody has to look,
    again and again: ``log()``, from any thread.

    Args:
        ring: Of the policy "spill".
        name: Its channel's.
        folder: Where its files go.
    """

    def __init__(self, ring: _ring.Ring, name: str, folder: Path) -> None:
        self._ring = ring
        self._name = name
        self._folder = folder
        self._full = ""  # why the last event was dropped as "spill-full"
        self._reported = {"spill-slow": 0, "spill-full": 0}
        self._next = 0.0
        self._lock = threading.Lock()

    def used_up(self, limit: int) -> None:
        """Note that events are dropped because so many bytes wait on disk."""
        self._full = (
            f"the limit spill_bytes={limit} is reached; try a higher one (--spill-bytes), "
            f"a faster consumer, {_POLICY}"
        )

    def refused(self, error: object) -> None:
        """Note that events are dropped because the disk takes nothing more."""
        self._full = (
            f"cannot write to {self._folder} ({error}); try to free disk space, "
            f"another folder (spill_dir, --spill-dir), {_POLICY}"
        )

    def warn(self, what: str, reason: object) -> None:
        """Log anything else, unless something was logged within the last second."""
        with self._lock:
            is_time = self._is_time()
        if is_time:
            logger.warning("%s: %s (%s)", self._name, what, reason)

    def log(self, *, the_last: bool = False) -> bool:
        """Log what was lost, unless something was logged within the last second.

        Args:
            the_last: Nobody will look again: log it now.

        Returns:
            Whether there is something left to tell.
        """
        dropped = self._ring.snapshot()["dropped"]
        with self._lock:
            lost = {
                reason: dropped.get(reason, 0) - seen for reason, seen in self._reported.items()
            }
            if not any(lost.values()):
                return False
            if not (self._is_time() or the_last):
                return True
            for reason, count in lost.items():
                self._reported[reason] += count
        causes = {"spill-slow": _SLOW, "spill-full": self._full}
        logger.warning(
            "%s: %s",
            self._name,
            "; ".join(
                f"{count} event{'s' * (count > 1)} dropped ({reason}): {causes[reason]}"
                for reason, count in lost.items()
                if count
            ),
        )
        return False

    def _is_time(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + LOG_INTERVAL
        return True
