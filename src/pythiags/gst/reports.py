"""What is logged of a pipeline: what its elements warn of, which sinks wait for each other."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from pythiags.gst import Gst
from pythiags.gst.frames import is_sink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pythiags.gst.bus import WarningMessage

__all__ = ["WarningLog", "report_branches"]

WARN_EVERY: Final = 1.0  # seconds between warnings of elements that are logged

logger = logging.getLogger(__name__)


class WarningLog:
    """Logs what elements warn of, at most once a second: a broken stream may never cease."""

    def __init__(self) -> None:
        self._next = 0.0
        self._unlogged = 0

    def log(self, warning: WarningMessage) -> None:
        """Log a warning, or count it."""
        now = time.monotonic()
        if now < self._next:
            self._unlogged += 1
            return
        more = f" ({self._unlogged} more since the last one)" if self._unlogged else ""
        logger.warning("%s: %s%s", warning.source, warning.whole_text, more)
        self._next, self._unlogged = now + WARN_EVERY, 0


def report_branches(elements: Iterable[Gst.Element]) -> None:
    """Log which sinks wait for each other.

    The first buffer waits in a sink until all sinks have one. In a thread that serves several
    branches, as that of a tee, the others never get theirs.
    """
    sinks = [each for each in elements if is_sink(each)]
    waiting = [each for each in sinks if each.current_state == Gst.State.READY]
    ready = [each for each in sinks if each.current_state == Gst.State.PAUSED]
    if waiting and ready:
        logger.warning(
            "the pipeline does not begin to play: %s holds its first buffer until %s has one; "
            "put a queue into each branch behind a tee or demuxer, or set async=false on a "
            "sink that gets no buffers",
            ready[0].get_name(),
            " and ".join(each.get_name() for each in waiting),
        )
