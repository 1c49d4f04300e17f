"""Events packed for a child: small parts in the stream, large ones in the memory that both share.

Arrays, and whatever else exports a buffer, go outside of the pickle, and the child gets a view of
the shared memory. Large ``bytes`` belong into the pickle. They go into the shared memory as well,
and the child reads them from there at their place.
"""

from __future__ import annotations

import pickle
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from pythiags.picklable import pickler
from pythiags.workers.shared import INLINE
from pythiags.workers.wire import Pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.workers.shared import Arena, Board, Loan

__all__ = ["Contents", "Parcel", "unpacked"]


class Contents(NamedTuple):
    """What of a parcel is in the shared memory.

    Attributes:
        buffers: Those that are outside of the pickle, in its order.
        spliced: Parts of the pickle, each with the place in the stream where it belongs.
    """

    buffers: list[Loan]
    spliced: list[tuple[int, Loan]]


class Parcel:
    """Events that are packed.

    Args:
        events: Any number.
        arena: Where large parts go.
        board: Of the child that gets them.

    Raises:
        BaseException: Whatever code of their classes raises. Nothing is left in the arena.

    Attributes:
        pieces: What goes through the stream.
        contents: What does not; None: there is nothing.
        size: Of all that, in bytes.
    """

    def __init__(self, events: Sequence[Any], arena: Arena, board: Board) -> None:
        self._arena = arena
        self._board = board
        self._buffers: list[Loan] = []
        self._spliced: list[tuple[int, Loan]] = []
        self._lent = 0
        self.pieces = Pieces()
        try:
            pickler(self, buffer_callback=self._keep).dump(events)
        except BaseException:
            arena.take_back([*self._buffers, *(loan for _, loan in self._spliced)])
            raise
        any_lent = self._buffers or self._spliced
        self.contents = Contents(self._buffers, self._spliced) if any_lent else None
        self.size = self.pieces.size + self._lent

    def write(self, piece: Any) -> int:
        """Take the next part of the pickle."""
        is_buffer = isinstance(piece, pickle.PickleBuffer)
        raw = piece.raw() if is_buffer else memoryview(piece).cast("B")
        loan = self._lend(raw) if len(raw) >= INLINE else None
        if loan is None:
            self.pieces.append(raw)
        else:
            self._spliced.append((self.pieces.size, loan))
        return len(raw)

    def _keep(self, buffer: pickle.PickleBuffer) -> bool:
        """Whether a buffer goes into the pickle."""
        raw = buffer.raw()
        if raw.nbytes < INLINE:
            return True
        loan = self._lend(raw)
        if loan is not None:
            self._buffers.append(loan)
        return loan is None

    def _lend(self, raw: memoryview) -> Loan | None:
        loan = self._arena.lend(raw, self._board)
        if loan is not None:
            self._lent += loan.size
        return loan


def unpacked(
    stream: bytes | bytearray, contents: Contents | None, view: Callable[[Loan], Any]
) -> Any:
    """Return the events of a parcel, in the child.

    Args:
        stream: What came through the stream.
        contents: What did not.
        view: Gives a buffer on a loan, which is returned when nothing refers to it any more.

    Raises:
        BaseException: Whatever code of their classes raises.
    """
    if contents is None:
        return pickle.loads(stream)  # noqa: S301 (of the parent)
    buffers, spliced = contents
    views = [view(loan) for loan in buffers]
    if not spliced:
        return pickle.loads(stream, buffers=views)  # noqa: S301
    whole, parts, start = memoryview(stream), deque[memoryview](), 0
    for place, loan in spliced:
        parts += [whole[start:place], memoryview(view(loan)).cast("B")]
        start = place
    parts.append(whole[start:])
    return pickle.Unpickler(_Spliced(parts), buffers=views).load()  # noqa: S301


class _Spliced:
    """A pickle in parts, as a file; a part is released when it was read."""

    def __init__(self, parts: deque[memoryview]) -> None:
        self._parts = parts

    def readinto(self, target: Any) -> int:
        room = memoryview(target).cast("B")
        done = 0
        while done < len(room) and self._parts:
            part = self._parts[0][: len(room) - done]
            room[done : done + len(part)] = part
            done += len(part)
            self._advance(len(part))
        return done

    def read(self, size: int) -> bytes:
        if self._parts and size <= len(self._parts[0]):
            data = bytes(self._parts[0][:size])
            self._advance(size)
            return data
        joined = bytearray(size)
        return bytes(joined[: self.readinto(joined)])

    def readline(self) -> bytes:
        line = b""
        while (byte := self.read(1)) and byte != b"\n":
            line += byte
        return line + byte

    def _advance(self, size: int) -> None:
        self._parts[0] = self._parts[0][size:]
        if not self._parts[0]:
            self._parts.popleft()
