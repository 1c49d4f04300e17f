"""Read text files named by the user: regular files of a reasonable size, nothing else."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["MOST_TEXT", "check_regular", "is_file", "is_folder", "read_text"]

MOST_TEXT: Final = 8 << 20
"""Bytes. Descriptions, configurations and label files have a few thousand."""

_KINDS = (
    (stat.S_ISDIR, errno.EISDIR, "it is a folder, not a file"),
    (stat.S_ISFIFO, errno.EINVAL, "it is a pipe (FIFO), not a regular file"),
    (stat.S_ISSOCK, errno.EINVAL, "it is a socket, not a regular file"),
    (stat.S_ISCHR, errno.EINVAL, "it is a device, not a regular file"),
    (stat.S_ISBLK, errno.EINVAL, "it is a device, not a regular file"),
)


def read_text(path: str | PathLike[str], most: int = MOST_TEXT) -> str:
    """Read a UTF-8 text file, with or without a byte-order mark; every line ends in one ``LF``.

    A device may never end and a pipe may never begin: both are refused without being read.

    Args:
        path: The file; symbolic links are followed.
        most: The largest size that is read, in bytes.

    Raises:
        OSError: It cannot be read, is not a regular file, or is larger. ``strerror`` says which.
        UnicodeDecodeError: It is not UTF-8.
        ValueError: The path holds a NUL.
    """
    _check_name(path)
    # O_NONBLOCK: opening a pipe would wait for whoever writes to it.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _check(os.fstat(descriptor).st_mode, path)
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MiB", os.fspath(path))
    return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def is_file(text: str | PathLike[str]) -> bool:
    """Whether a text is the path of a regular file.

    A pipeline in quotes may be longer than any path, for which ``pathlib.Path.is_file()`` raises.
    """
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def is_folder(text: str | PathLike[str]) -> bool:
    """Whether a text is the path of a folder; see ``is_file()``."""
    try:
        return Path(text).is_dir()
    except (OSError, ValueError):
        return False


def check_regular(path: str | PathLike[str]) -> None:
    """Raise unless the path names a regular file.

    Raises:
        OSError: There is no such file, or it is something else. ``strerror`` says what.
        ValueError: The path holds a NUL.
    """
    _check_name(path)
    _check(Path(path).stat().st_mode, path)


def _check_name(path: str | PathLike[str]) -> None:
    """Refuse a NUL in the words of our own: Python's differ from version to version."""
    if "\0" in os.fspath(path):
        raise ValueError("a path cannot contain a null byte")


def _check(mode: int, path: str | PathLike[str]) -> None:
    for is_kind, number, what in _KINDS:
        if is_kind(mode):
            raise OSError(number, what, os.fspath(path))
