"""The dead-letter file: events that kill every worker, with what is known of each.

One JSON document a line: ``time`` (ISO 8601, UTC), ``attachment``, ``attempts``, ``death`` (signal
or exit status of the last), ``stderr`` (the last lines it wrote), ``repr`` and ``pickle`` (base64)
of the event. ``pickle.loads(base64.b64decode(letter["pickle"]))`` returns it; ``pickle`` is null
for an event that cannot be pickled.

The files hold what the stream has shown, pictures maybe: their owner alone may read them. Each has
a bound, for a consumer that dies of every event writes a letter a second for as long as it runs.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import re
import reprlib
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from pythiags.errors import ConfigError
from pythiags.picklable import pickler
from pythiags.statedir import make_private, state_dir
from pythiags.usercode import describe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["FILE_BYTES", "DeadLetters"]

FILE_BYTES: Final = 256 << 20
REPR: Final = 1000  # characters
LOG_INTERVAL: Final = 1.0  # seconds

logger = logging.getLogger(__name__)


class DeadLetters:
    """The dead letters of one attachment in this run; its file is made for the first of them.

    Args:
        attachment: Its name.
        limit: Bytes that the file may have; a letter that would exceed it is not written.

    Attributes:
        unwritten: How many letters were not written, for that reason or the disk's.
    """

    def __init__(self, attachment: str, limit: int = FILE_BYTES) -> None:
        self.unwritten = 0
        self._attachment = attachment
        self._limit = limit
        self._log_at = 0.0

    def write(self, event: Any, attempts: int, death: str, stderr: Sequence[str]) -> Path | None:
        """Append an event to the file.

        Args:
            event: As the consumer got it.
            attempts: How often it was delivered.
            death: What the last worker died of.
            stderr: The last lines that it wrote.

        Returns:
            The file; None if it was not written, which is counted, and logged at most once a
            second.
        """
        letter = {
            "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "attachment": self._attachment,
            "attempts": attempts,
            "death": death,
            "stderr": list(stderr),
            "repr": _repr(event),
            "pickle": self._pickled(event),
        }
        try:
            path = state_dir("dead-letters") / f"{_file_name(self._attachment)}-{os.getpid()}.jsonl"
            make_private(path.parent)
            self._append(path, json.dumps(letter).encode() + b"\n")
        except (OSError, ConfigError) as error:
            self._count(error)
            return None
        return path

    def _pickled(self, event: Any) -> str | None:
        try:
            file = io.BytesIO()
            pickler(file).dump(event)
            return base64.b64encode(file.getvalue()).decode()
        except BaseException as error:  # noqa: BLE001 (a __reduce__ of the user's)
            logger.warning(
                "a dead letter of %r cannot be pickled and is stored as its repr: %s",
                self._attachment,
                describe(error),
            )
            return None

    def _append(self, path: Path, line: bytes) -> None:
        """Write a whole line, or nothing.

        Raises:
            OSError: It does not fit, or the disk does not take it.
        """
        with open(path, "ab", buffering=0, opener=_private) as file:
            size = file.tell()
            if size + len(line) > self._limit:
                raise OSError(f"{path} has {size} of {self._limit} bytes, this needs {len(line)}")
            if file.write(line) != len(line):
                file.truncate(size)
                raise OSError(f"the disk of {path} is full")

    def _count(self, reason: Exception) -> None:
        self.unwritten += 1
        if time.monotonic() >= self._log_at:
            self._log_at = time.monotonic() + LOG_INTERVAL
            logger.error(
                "%d dead letters of %r could not be written so far: %s",
                self.unwritten,
                self._attachment,
                reason,
            )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _repr(event: Any) -> str:
    short = reprlib.Repr()
    short.maxstring = short.maxother = REPR
    try:
        return short.repr(event)[:REPR]
    except BaseException as error:  # noqa: BLE001 (a __repr__ of the user's)
        return f"<no repr: {type(error).__name__}>"


def _file_name(attachment: str) -> str:
    """Make a name of a file of a name of any kind."""
    return re.sub(r"[^\w.-]+", "_", attachment)[:100].lstrip(".") or "attachment"
