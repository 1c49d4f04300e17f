"""Memory that a process worker and its child share; it has no name, so none can be left behind.

The **board** is a page for each child: how many events it has started and finished, which the
parent reads at any moment, even of a child that was killed, and which blocks of the arena it holds.

The **arena** is a file in memory that both have mapped. An array in an event is copied into a block
of it (one copy, without the GIL) and shows up in the child as an array on the same memory. The
block is free again when neither side has anything left that refers to it, see
``pythiags.workers.space``.

What is to be put into an event can be made in the arena at once, which saves the copy::

    image = worker.arena.empty((720, 1280, 3), numpy.uint8)  # an ordinary array if there is no room
    numpy.copyto(image, view_of_a_frame)
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import math
import mmap
import os
import threading
import weakref
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.workers.space import BLOCKS, COUNTERS, PAGE, Space

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    import numpy.typing as npt

    from pythiags.workers.space import Block

__all__ = ["INLINE", "SHM_BYTES", "Arena", "Board", "ChildArena", "Loan"]

SHM_BYTES: Final = 128 * 1024 * 1024
INLINE: Final = 64 * 1024  # bytes: what is smaller travels faster in the stream
RECEIVED, STARTED, DELIVERED, FAILED, STOP = range(5)


class Board:
    """The page that one child and its parent share.

    Args:
        fd: Of a board that another process made, which is this one's from now on; None: make one.

    Attributes:
        fd: To be handed to the child; closed by ``close_fd()``.
        counts: 64-bit numbers; the child counts ``RECEIVED`` for each batch before it unpickles it,
            ``STARTED`` before each event and ``DELIVERED`` or ``FAILED`` behind it; the parent sets
            ``STOP`` when no further event is to be started.
        held: A byte for each block of the arena, set while it is on its way to the child, or the
            child refers to it.
    """

    def __init__(self, fd: int | None = None) -> None:
        self.fd = _memory("pythiags-board", PAGE) if fd is None else fd
        self._close_fd = weakref.finalize(self, os.close, self.fd)
        try:
            self._map = mmap.mmap(self.fd, PAGE)
        except OSError:
            self._close_fd()
            raise
        whole = memoryview(self._map)
        self.counts = whole[: 8 * COUNTERS].cast("Q")
        self.held = whole[8 * COUNTERS :]

    def close_fd(self) -> None:
        """Close the descriptor; the page stays mapped."""
        self._close_fd()

    def close(self) -> None:
        """Release the page, when the arena has forgotten it."""
        self.held.release()
        self.counts.release()
        self._map.close()


class Loan(NamedTuple):
    """A buffer that travels in the arena.

    Attributes:
        number: Of the block, which is also its byte on the board.
        offset: Of the buffer in the arena, in bytes.
        size: In bytes.
        readonly: Whether it has to stay so.
    """

    number: int
    offset: int
    size: int
    readonly: bool


class Arena:
    """The parent's side: it alone gives out blocks.

    Args:
        size: In bytes; beyond it arrays travel in the stream, as bytes.
    """

    def __init__(self, size: int = SHM_BYTES) -> None:
        self.size = size
        self.fd = _memory("pythiags-arena", size)
        self._close = weakref.finalize(self, os.close, self.fd)
        self._map = mmap.mmap(self.fd, size)
        self._address = ctypes.addressof(ctypes.c_ubyte.from_buffer(self._map))
        self._lock = threading.Lock()
        self._space = Space(size)

    def empty(self, shape: tuple[int, ...], dtype: npt.DTypeLike) -> np.ndarray[Any, Any]:
        """Return an array in shared memory, or an ordinary one if there is no room.

        Small ones are ordinary too: they travel in the stream, see ``lend()``.
        """
        import numpy as np

        kind = np.dtype(dtype)
        size = math.prod(shape) * kind.itemsize
        block = self._allocate(size) if size >= INLINE and not kind.hasobject else None
        if block is None:
            return np.empty(shape, kind)
        memory = _mapped(self._map, block.offset, size, block.release)
        return np.frombuffer(memory, kind).reshape(shape)

    def lend(self, raw: memoryview, board: Board) -> Loan | None:
        """Copy bytes to shared memory; None: there is no room."""
        import numpy as np

        size = raw.nbytes
        source = np.frombuffer(raw, np.uint8)
        offset = source.__array_interface__["data"][0] - self._address
        if 0 <= offset < self.size:
            return self._lend_again(offset, raw, board)
        block = self._allocate(size, board)
        if block is None:
            return None
        target = np.frombuffer(self._map, np.uint8, size, block.offset)
        np.copyto(target, source)  # releases the GIL
        return Loan(block.number, block.offset, size, raw.readonly)

    def take_back(self, loans: Iterable[Loan]) -> None:
        """Undo loans that no child has seen."""
        with self._lock:
            for loan in loans:
                block = self._space.at(loan.offset)
                if block.board is not None and not block.kept:
                    block.board.held[block.number] = 0

    def forget(self, board: Board) -> None:
        """Free what a child held that is gone."""
        with self._lock:
            for block in self._space.blocks:
                if block.board is board:
                    block.board = None

    def used(self) -> int:
        """Return the bytes that are in use."""
        with self._lock:
            return sum(block.size for block in self._space.blocks if not block.free)

    def close(self) -> None:
        """Release it; arrays that are kept keep the memory."""
        self._close()
        with self._lock:
            self._space = Space(0)
        with contextlib.suppress(BufferError):  # arrays that are kept
            self._map.close()

    def _lend_again(self, offset: int, raw: memoryview, board: Board) -> Loan:
        """Lend what lies in the arena already: the parent's array keeps it while it travels."""
        with self._lock:
            block = self._space.at(offset)
            block.board = board
            return Loan(block.number, offset, raw.nbytes, raw.readonly)

    def _allocate(self, size: int, board: Board | None = None) -> Block | None:
        with self._lock:
            new = self._space.take(-(-size // PAGE) * PAGE)
            if new is None:
                return None
            if board is None:
                new.kept = True
            else:
                new.board = board
                board.held[new.number] = 1
            return new


class ChildArena:
    """The child's side.

    Args:
        fd: Of the parent's arena.
        size: In bytes.
        board: Where the child notes what it has released.
    """

    def __init__(self, fd: int, size: int, board: Board) -> None:
        self._map = mmap.mmap(fd, size)
        self._held = board.held
        # Views end in any thread, and during any line here: the lock has to let finalizers
        # of its own thread in, and a list, unlike a number, is never half changed.
        self._lock = threading.RLock()
        # One item for each view of a block: an array may be in two events.
        self._views: defaultdict[int, list[None]] = defaultdict(list)

    def view(self, loan: Loan) -> memoryview:
        """Return a buffer on a loan; when nothing refers to it any more the loan is returned."""
        with self._lock:
            self._views[loan.number].append(None)
            self._held[loan.number] = 1
        release = functools.partial(self._release, loan.number)
        memory = _mapped(self._map, loan.offset, loan.size, release)
        return memory.toreadonly() if loan.readonly else memory

    def forked(self) -> None:
        """Return nothing any more: this is a copy of the process that loans were made to."""
        self._held = memoryview(bytearray(BLOCKS))
        self._lock = threading.RLock()  # another thread may have had the old one

    def _release(self, number: int) -> None:
        with self._lock:
            self._views[number].pop()
            if not self._views[number]:
                self._held[number] = 0


class _Mapped:
    """What an object of mapped memory has besides its bytes."""

    release: Callable[[], None]

    def __del__(self) -> None:
        self.release()


@functools.lru_cache(maxsize=64)  # more than there are sizes, see _rounded()
def _mapped_type(size: int) -> Any:
    # An array of ctypes, since a class written in Python cannot export a buffer before Python 3.12.
    return type("Mapped", (_Mapped, ctypes.c_ubyte * size), {})


def _mapped(memory: mmap.mmap, offset: int, size: int, release: Callable[[], None]) -> memoryview:
    """Return a view of mapped memory; ``release`` is called when nothing refers to it any more."""
    room = min(_rounded(size), len(memory) - offset)
    it = _mapped_type(room).from_buffer(memory, offset)
    it.release = release
    return memoryview(it).cast("B")[:size]


def _rounded(size: int) -> int:
    """The next number of three bits and zeros: a type costs ten times what a view of it does."""
    zeros = max(size.bit_length() - 3, 0)
    return -(-size >> zeros) << zeros


def _memory(name: str, size: int) -> int:
    fd = os.memfd_create(name, os.MFD_CLOEXEC)
    os.ftruncate(fd, size)
    return fd
