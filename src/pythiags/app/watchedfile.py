"""A file whose code runs: what of it is used, and whether it was edited."""

from __future__ import annotations

import logging
import stat
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.app.stats import ReloadStats
from pythiags.sourcecode import Source

if TYPE_CHECKING:
    from pathlib import Path

    from pythiags.app.attachment import Attachment
    from pythiags.app.extraction import Renewable

__all__ = ["Edit", "NotWatched", "Target", "Use", "WatchedFile", "signature"]

EMPTY_LOOKS: Final = 8  # at a file that is empty, until that is said
MOST: Final = 8 << 20  # bytes of a file

logger = logging.getLogger(__name__)


class NotWatched(Exception):
    """Why the code of an extractor or a consumer cannot be loaded anew."""


class _Unreadable(Exception):
    """What is wrong with a file, as words behind its name."""


class Target(NamedTuple):
    """Where the code of an extractor or a consumer is.

    Attributes:
        module: The module's name.
        path: Its file.
        name: Its name in the module.
    """

    module: str
    path: Path
    name: str


class Use(NamedTuple):
    """One extractor or consumer of a file.

    Attributes:
        given: As ``App.attach()`` was given it.
        name: Its name in the module.
        attachments: What it is a part of: of an extractor all whose consumers share it.
    """

    given: Any
    name: str
    attachments: list[Attachment]


class Edit(NamedTuple):
    """One edit of a file.

    Attributes:
        source: What is in the file now.
        refusals: Why it was not taken.
    """

    source: Source
    refusals: list[str]


class WatchedFile:
    """A file, what of it is used, and what became of its edits."""

    def __init__(self, target: Target) -> None:
        self.module = target.module
        self.path = target.path
        self.extractors: list[tuple[Use, Renewable]] = []
        self.consumers: list[Use] = []
        try:
            self.running = self.tried = _read(self.path)
        except _Unreadable as reason:
            raise NotWatched(f"its file {reason}") from None
        self._empty_looks = 0
        self.seen = self.candidate = signature(self.path)
        self.reloads = self.errors = 0
        self.error = ""

    @property
    def source(self) -> Source:
        """What runs."""
        return Source(self.module, str(self.path), self.running)

    def changed(self) -> bytes | None:
        """Return what is in the file, if it was edited and is not being written any more."""
        now = signature(self.path)
        if now == self.seen:
            self._mention_empty()
            return None
        if now != self.candidate:  # look again, until it stays as it is
            self.candidate = now
            return None
        self.seen = now
        self._empty_looks = 0
        try:
            text = _read(self.path)
        except _Unreadable as reason:
            logger.warning("%s %s: its code goes on", self.path, reason)
            return None
        if not text:  # an editor empties a file before it writes to it
            self._empty_looks = 1
        return text or None

    def _mention_empty(self) -> None:
        """Say that the file is empty, if it stays so."""
        if self._empty_looks:
            self._empty_looks += 1
            if self._empty_looks == EMPTY_LOOKS:
                logger.warning("%s is empty: its code goes on", self.path)

    def stats(self) -> ReloadStats:
        """Return the counters."""
        return ReloadStats(str(self.path), self.reloads, self.errors, self.error)


def signature(path: Path) -> tuple[int, ...] | None:
    """Return what differs when a file was written or replaced; None: there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode


def _read(path: Path) -> bytes:
    """Return what is in a file.

    Raises:
        _Unreadable: It is gone, too large, or cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > MOST:
            raise _Unreadable(f"has {size} bytes, and no more than {MOST} are read")
        return path.read_bytes()
    except FileNotFoundError:
        raise _Unreadable("is gone") from None
    except OSError as error:
        raise _Unreadable(f"cannot be read ({error.strerror})") from None
