"""Which libraries the file of a plugin is linked to, read from the file: it is not loaded."""

from __future__ import annotations

import functools
import mmap
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["needed_libraries"]

# Of the ELF format, for 64 bits and little-endian.
_MAGIC: Final = b"\x7fELF\x02\x01"
_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRINGS = 1, 5
_MOST: Final = 4096  # entries of the tables of a file that makes sense


@functools.lru_cache(maxsize=256)
def needed_libraries(path: str) -> frozenset[str]:
    """Return the names of the libraries that a shared object asks for itself.

    Nothing is returned for what cannot be read, and for files of other machines than x86-64 and
    arm64.
    """
    try:
        with (
            Path(path).open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            return frozenset(_needed(data))
    except (OSError, ValueError, OverflowError, struct.error):  # numbers that make no sense
        return frozenset()


def _needed(data: mmap.mmap) -> Iterator[str]:
    if data[: len(_MAGIC)] != _MAGIC:
        return
    segments = list(_segments(data))
    dynamic = next(((at, size) for kind, at, _, size in segments if kind == _DYNAMIC), None)
    if dynamic is None:
        return
    entries = [
        struct.unpack_from("<QQ", data, at)
        for at in range(dynamic[0], min(dynamic[0] + dynamic[1], dynamic[0] + 16 * _MOST), 16)
    ]
    address = next((value for tag, value in entries if tag == _STRINGS), 0)
    places = [
        at + address - start
        for kind, at, start, size in segments
        if kind == _LOAD and start <= address < start + size
    ]
    strings = places[0] if places else len(data)
    for tag, value in entries:
        if tag == _NEEDED:
            end = data.find(b"\0", strings + value)
            yield data[strings + value : end].decode(errors="replace")


def _segments(data: mmap.mmap) -> Iterator[tuple[int, int, int, int]]:
    """Give the kind, the place in the file, the address and the size of each segment."""
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for number in range(min(count, _MOST)):
        at = table + number * size
        (kind,) = struct.unpack_from("<I", data, at)
        place, address = struct.unpack_from("<QQ", data, at + 8)
        (length,) = struct.unpack_from("<Q", data, at + 32)
        yield kind, place, address, length
