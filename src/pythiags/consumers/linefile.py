"""A file that lines are written to, each as a whole or not at all."""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from pythiags.errors import ConfigError

__all__ = ["LineFile", "claim"]

_BLOCK: Final = 65536


class LineFile:
    """Takes lines of JSON, in UTF-8.

    The lines of one call are passed to the operating system before it returns; if the disk is full
    the file is cut back to whole lines. ``close()`` syncs it to disk.

    Args:
        target: A path, whose folder is created if missing, or an open file, text or binary, which
            is flushed but not closed.
        owner: Whose file it is, for messages.
        append: Append to the file; otherwise it is truncated.
        alone: Refuse a file that somebody else has claimed, see ``claim()``.

    Raises:
        ConfigError: ``target`` is neither.
    """

    def __init__(
        self,
        target: str | os.PathLike[str] | IO[Any],
        owner: str,
        *,
        append: bool = False,
        alone: bool = False,
    ) -> None:
        if not isinstance(target, (str, os.PathLike)) and not hasattr(target, "write"):
            raise ConfigError(
                "invalid target",
                where=owner,
                expected="a path or an open file",
                got=repr(target),
            )
        self._target = target
        self._owner = owner
        self._append = append
        self._alone = alone
        self._descriptor: int | None = None
        self._encode = json.JSONEncoder(
            ensure_ascii=not _takes_all(target),
            allow_nan=False,
            check_circular=False,
            separators=(",", ":"),
        ).encode

    def open(self) -> None:
        """Open the file.

        Raises:
            ConfigError: It cannot be opened, or another run writes to it.
        """
        if not isinstance(self._target, (str, os.PathLike)):
            return
        path = Path(self._target)
        # A file is opened to be read as well: append looks at its last line.
        special = path.exists() and not path.is_file()
        flags = os.O_WRONLY if special else os.O_RDWR | os.O_CREAT | os.O_APPEND
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = descriptor = os.open(path, flags | os.O_CLOEXEC, 0o666)
            if self._alone and not special:
                claim(descriptor, path)
            if not special:
                os.ftruncate(descriptor, _whole_lines(descriptor) if self._append else 0)
        except ConfigError:
            self._release()
            raise
        except OSError as error:
            self._release()
            raise ConfigError(
                f"the file cannot be written: {error.strerror}", where=str(path)
            ) from error

    def write(self, documents: list[Any]) -> None:
        """Write a line for each document of plain values.

        Raises:
            OSError: The disk is full, or the file is gone. Nothing was written.
        """
        lines = "".join(f"{self._encode(document)}\n" for document in documents)
        # Half of a pair, which UTF-8 has not, is written as JSON escapes it.
        data = lines.encode("utf-8", "backslashreplace")
        if self._descriptor is not None:
            self._write_all(self._descriptor, data)
        elif isinstance(self._target, (str, os.PathLike)):
            raise ValueError(f"{self._owner}: the file is not open")
        elif hasattr(self._target, "encoding"):
            self._target.write(data.decode())
        else:
            self._target.write(data)

    def close(self) -> None:
        """Sync the file to disk and close it."""
        if self._descriptor is None:
            if hasattr(self._target, "flush"):
                self._target.flush()
            return
        try:
            if stat.S_ISREG(os.fstat(self._descriptor).st_mode):
                os.fsync(self._descriptor)
        finally:
            self._release()

    def _release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            if self._alone:  # a forked process may have the descriptor too
                with suppress(OSError):
                    fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _write_all(self, descriptor: int, data: bytes) -> None:
        """Write everything, or leave the file as it was."""
        written = 0
        try:
            while written < len(data):
                written += os.write(descriptor, data[written:])
        except OSError:
            status = os.fstat(descriptor)
            if written and stat.S_ISREG(status.st_mode):
                os.ftruncate(descriptor, max(0, status.st_size - written))
            raise


def claim(descriptor: int, path: Path) -> None:
    """Have a file for oneself, until it is closed, among those who claim it.

    Raises:
        ConfigError: Somebody else has it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigError(
            "another run is writing to the file",
            where=str(path),
            hint="wait for its end, or choose another path",
        ) from None
    except OSError:  # a file system without locks
        return


def _takes_all(target: Any) -> bool:
    """Whether a file takes all characters; a text file may have an encoding that does not."""
    encoding = getattr(target, "encoding", None)
    return not isinstance(encoding, str) or codecs.lookup(encoding).name.startswith("utf")


def _whole_lines(descriptor: int) -> int:
    """Return the length of a file up to its last newline."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - _BLOCK)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
