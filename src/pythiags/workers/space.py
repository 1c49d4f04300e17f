"""Which blocks of an arena are taken, and where there is room for the next one.

Pages take up memory once they are touched. Blocks are taken at the lowest addresses where they fit,
so that the arena is little larger than what is on its way. To find what has become free costs a
look at all blocks; it is looked for when so much was taken that it is worth that, or when there is
no room.
"""

from __future__ import annotations

import mmap
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pythiags.workers.shared import Board

__all__ = ["BLOCKS", "COUNTERS", "PAGE", "Block", "Space"]

PAGE: Final = mmap.PAGESIZE
COUNTERS: Final = 8  # numbers at the start of a board
BLOCKS: Final = PAGE - 8 * COUNTERS  # at the most, one byte of the board each
SLACK: Final = 1 << 20  # bytes taken before it is worth to look for free blocks


class Block:
    """A piece of the arena, as the parent keeps account of it."""

    __slots__ = ("board", "kept", "number", "offset", "size")

    def __init__(self, number: int, offset: int, size: int) -> None:
        self.number = number
        self.offset = offset
        self.size = size
        self.kept = False  # by an array of the parent's
        self.board: Board | None = None  # of the child that may hold it

    @property
    def free(self) -> bool:
        """Whether neither side has anything that refers to it."""
        return not (self.kept or (self.board is not None and self.board.held[self.number]))

    def release(self) -> None:
        """Note that the last array of the parent's on it is gone; any thread may, at any moment."""
        self.kept = False


class Space:
    """The blocks of one arena, in the order of their addresses; not for several threads at once.

    Args:
        size: Of the arena, in bytes.

    Attributes:
        blocks: Those that are taken; some may be free by now.
    """

    def __init__(self, size: int) -> None:
        self.blocks: list[Block] = []
        self._offsets: list[int] = []  # of the blocks
        self._numbers = list(range(BLOCKS))
        self._size = size
        self._gaps: list[tuple[int, int]] = [(0, size)] if size else []  # (offset, end)
        self._taken = 0  # bytes, since free blocks were looked for
        self._enough = SLACK  # of those, to look again

    def take(self, size: int) -> Block | None:
        """Take a block of so many bytes, whole pages; None: there is no room."""
        if self._taken >= self._enough:
            self._collect()
        block = self._take(size)
        if block is None and self.blocks:
            self._collect()
            block = self._take(size)
        return block

    def at(self, offset: int) -> Block:
        """Return the block that an offset is in."""
        return self.blocks[bisect_right(self._offsets, offset) - 1]

    def _take(self, size: int) -> Block | None:
        if not self._numbers:
            return None
        place = next((i for i, (a, b) in enumerate(self._gaps) if b - a >= size), None)
        if place is None:
            return None
        start, end = self._gaps[place]
        if start + size == end:
            del self._gaps[place]
        else:
            self._gaps[place] = (start + size, end)
        block = Block(self._numbers.pop(), start, size)
        index = bisect_right(self._offsets, start)
        self._offsets.insert(index, start)
        self.blocks.insert(index, block)
        self._taken += size
        return block

    def _collect(self) -> None:
        """Give back what is free."""
        held: list[Block] = []
        for block in self.blocks:
            if block.free:
                self._numbers.append(block.number)
            else:
                held.append(block)
        self.blocks = held
        self._offsets = [block.offset for block in held]
        ends = [0, *(block.offset + block.size for block in held)]
        gaps = zip(ends, [*self._offsets, self._size], strict=True)
        self._gaps = [(start, end) for start, end in gaps if end > start]
        self._taken = 0
        self._enough = max(SLACK, sum(block.size for block in held) // 2)
