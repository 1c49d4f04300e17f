"""Batches of events as bytes, for the disk: written event by event, and not unpickled when read.

A batch is the bodies of its events, one behind the other, and an index behind them: for each event
its kind, its weight and the size of its body, then their number. So the disk's thread, which is one
of the program, runs no code of the events' classes when a batch comes back; who consumes an event
does, see ``Pickled``.
"""

from __future__ import annotations

import io
import pickle
import struct
from typing import TYPE_CHECKING, Any, Final

from pythiags.channel._ring import Record
from pythiags.picklable import PROTOCOL, pickler

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Pickled", "pack", "unpack"]

_ENTRY: Final = struct.Struct("<BQQ")
_COUNT: Final = struct.Struct("<I")
_PICKLE, _RECORD = 1, 2  # kinds


class Pickled:
    """An event that came back from disk, to be unpickled where it is consumed.

    Pickles as the event itself: who unpickles it has the event.

    Args:
        body: What the event was pickled to.
    """

    __slots__ = ("_body",)

    def __init__(self, body: memoryview) -> None:
        self._body = body

    def load(self) -> Any:
        """Return the event.

        Raises:
            BaseException: Whatever code of its classes raises.
        """
        return pickle.loads(self._body)  # noqa: S301 (written by this program)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Return the event, by its body: a large one may travel outside of the stream."""
        in_stream = protocol < PROTOCOL
        return pickle.loads, (bytes(self._body) if in_stream else pickle.PickleBuffer(self._body),)

    def __repr__(self) -> str:
        """Return its size: nobody knows more of it."""
        return f"<an event of {len(self._body)} bytes, not unpickled>"


def pack(
    events: list[Any], sizes: list[int], drop: Callable[[Any, BaseException], object]
) -> tuple[bytes, int]:
    """Write a batch.

    User code runs, and another thread may be at work on an event: what could be pickled when it was
    put in may not be now, and is tried twice.

    Args:
        events: At least one.
        sizes: What each weighs.
        drop: Called with each event that cannot be pickled, and why.

    Returns:
        The batch, and how many events are in it.
    """
    file, index = io.BytesIO(), []
    for event, size in zip(events, sizes, strict=True):
        start = file.tell()
        kind = _written(event, file) or _written(event, file, drop)
        if kind:
            index.append(_ENTRY.pack(kind, size, file.tell() - start))
    file.write(b"".join(index))
    file.write(_COUNT.pack(len(index)))
    return file.getvalue(), len(index)  # without a copy, unlike what it looks like


def _written(
    event: Any, file: io.BytesIO, drop: Callable[[Any, BaseException], object] | None = None
) -> int:
    """Write an event; give its kind, or 0 if it cannot be pickled and nothing was written."""
    start = file.tell()
    try:
        return _write(event, file)
    except BaseException as error:  # noqa: BLE001 (SystemExit is the user's bug as well)
        file.seek(start)
        file.truncate()
        if drop is not None:
            drop(event, error)
        return 0


def _write(event: Any, file: io.BytesIO) -> int:
    if type(event) is Record:
        file.write(event)
        return _RECORD
    if type(event) is Pickled:
        file.write(event._body)  # noqa: SLF001 (of this module)
    else:
        pickler(file).dump(event)
    return _PICKLE


def unpack(batch: bytes) -> tuple[list[int], list[Any]]:
    """Read a batch.

    Returns:
        What each event weighs, and the events, as ``Record`` or ``Pickled``.

    Raises:
        ValueError: This is no batch.
    """
    sizes, events, start = [], [], 0
    index = _index(batch)
    whole = memoryview(batch)
    for kind, size, length in index:
        body = whole[start : start + length]
        sizes.append(size)
        events.append(Record(body) if kind == _RECORD else Pickled(body))
        start += length
    return sizes, events


def _index(batch: bytes) -> list[tuple[int, int, int]]:
    if len(batch) >= _COUNT.size:
        (count,) = _COUNT.unpack_from(batch, len(batch) - _COUNT.size)
        end = len(batch) - _COUNT.size
        start = end - count * _ENTRY.size
        if start >= 0:
            index = list(_ENTRY.iter_unpack(batch[start:end]))
            if sum(length for _, _, length in index) == start:
                return index
    raise ValueError("not a batch of events")
