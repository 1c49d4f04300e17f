"""Write the documents of buffers to a file: a recording."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import IO, Any

from pythiags.consumers.consumer import Consumer
from pythiags.consumers.linefile import LineFile, claim
from pythiags.errors import ConfigError, UserCodeError
from pythiags.recording.fields import HEADER

__all__ = ["MetadataWriter"]


class MetadataWriter(Consumer):
    """Writes what ``Metadata`` returns to a recording: lines of JSON below one that says so.

    ::

        app.attach("pgie", Metadata, MetadataWriter("run.jsonl"))

    ``App.from_recording`` plays it, and ``pythiags replay``.

    Delivery is at most once. A line is passed to the operating system before the next event is
    handled, and is written as a whole or not at all; on a full disk the event counts as dropped. A
    compressed file is complete only after ``close()``: of a killed program's, what was compressed
    so far is read.

    Args:
        target: A path, whose folder is created if missing, or an open file, text or binary, which
            is flushed but not closed. A path that ends in ``.gz`` is compressed. While it is
            written, another ``MetadataWriter`` is refused at the same path.

    Raises:
        ConfigError: ``target`` is neither.
    """

    worker = "thread"  # it hardly computes, and an open file stays in its process

    def __init__(self, target: str | os.PathLike[str] | IO[Any]) -> None:
        self._target = target
        self._opened: list[Any] = []  # of a compressed file, from within
        self._file = LineFile(target, "MetadataWriter", alone=True)

    def open(self) -> None:
        """Open the file and write its first line.

        Raises:
            ConfigError: It cannot be opened, or another run writes to it.
        """
        if isinstance(self._target, (str, os.PathLike)) and Path(self._target).suffix == ".gz":
            path = Path(self._target)
            file = _open_alone(path)
            packed: Any = gzip.GzipFile(path.name, "wb", compresslevel=6, fileobj=file, mtime=0)
            self._opened = [packed, file]
            self._file = LineFile(packed, "MetadataWriter")
        self._file.open()
        self._file.write([HEADER])

    def incoming(self, events: Any) -> None:
        """Write one line.

        Raises:
            UserCodeError: It is not what ``Metadata`` returns.
            OSError: The disk is full, or the file is gone. Nothing was written.
        """
        if not isinstance(events, dict) or "frames" not in events:
            raise UserCodeError(
                "MetadataWriter writes what the extractor Metadata returns, and nothing else",
                got=type(events).__name__,
                hint="--ext=pythiags:Metadata; JsonLinesConsumer writes the events of others",
            )
        self._file.write([events])

    def close(self) -> None:
        """Sync the file to disk and close it."""
        try:
            self._file.close()
        finally:
            for each in self._opened:
                each.close()


def _open_alone(path: Path) -> IO[bytes]:
    """Open an empty file, which nobody else is writing."""
    file: IO[bytes] | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
        claim(file.fileno(), path)
        file.truncate(0)
    except (OSError, ConfigError) as error:
        if file is not None:
            file.close()
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            f"the file cannot be written: {error.strerror}", where=str(path)
        ) from error
    return file
