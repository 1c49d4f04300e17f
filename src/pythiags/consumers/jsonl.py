"""Write events to a file, one JSON document per line."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from pythiags.consumers.consumer import Consumer
from pythiags.consumers.linefile import LineFile
from pythiags.consumers.plain import plain

if TYPE_CHECKING:
    import os

__all__ = ["JsonLinesConsumer"]


class JsonLinesConsumer(Consumer):
    """Writes each event as a line of JSON, in UTF-8.

    A list or a plain tuple that an extractor returns is several events, one line each; anything
    else, such as a dict or a ``Detection``, is one event. See
    ``plain()`` for how values are written.

    Delivery is at most once. The lines of one call are passed to the operating system before the
    next event is handled, so a killed program loses no delivered event; they are safe on disk,
    even if the machine fails, after ``close()``. A call writes all its lines or none: if
    the disk is full the file is cut back to whole lines, and the event counts as dropped. Linux
    may truncate a write between two pages when it kills a program during it; ``append``
    removes such a partial line first.

    Args:
        target: A path, whose folder is created if missing, or an open file, text or binary,
            which is flushed but not closed.
        append: Append to the file; otherwise it is truncated.

    Raises:
        ConfigError: ``target`` is neither.
    """

    worker = "thread"  # it hardly computes, and an open file stays in its process

    def __init__(self, target: str | os.PathLike[str] | IO[Any], *, append: bool = False) -> None:
        self._file = LineFile(target, "JsonLinesConsumer", append=append)

    def open(self) -> None:
        """Open the file.

        Raises:
            ConfigError: It cannot be opened.
        """
        self._file.open()

    def incoming(self, events: Any) -> None:
        """Write one line for each event.

        Raises:
            UserCodeError: An event has no form in JSON; names the field. Nothing was written.
            OSError: The disk is full, or the file is gone. Nothing was written.
        """
        several = isinstance(events, (list, tuple)) and not hasattr(events, "_fields")
        self._file.write(plain(events) if several else [plain(events)])

    def close(self) -> None:
        """Sync the file to disk and close it."""
        self._file.close()
