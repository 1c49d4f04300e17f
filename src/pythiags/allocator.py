"""The memory that the C library keeps when threads come and go, and when much is freed."""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["giving_back", "limit_arenas"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # M_..., as mallopt(3) has them
FEWEST: Final = 2  # arenas


def limit_arenas() -> None:
    """Have this process's threads share as many arenas as it has cores.

    glibc starts an arena for each new thread until there are eight for each core, and every arena
    keeps the gaps between what lives in it. A camera that is connected again starts a dozen
    threads, which find other arenas than those before them: the gaps become more for a long time.
    With an arena for each core that ends soon.

    It counts if it comes before the program has more than eight threads. Where the environment
    tunes the C library, its settings stay.
    """
    libc = ctypes.CDLL(None)
    if _is_glibc(libc) and not _is_tuned():
        libc.mallopt(_ARENA_MAX, max(FEWEST, len(os.sched_getaffinity(0))))


@contextmanager
def giving_back() -> Iterator[None]:
    """Return the memory that is freed meanwhile to the system.

    The C library keeps free memory, up to 64 MiB for each thread that it ever had: a service that
    starts and stops pipelines would grow with every start. Where the environment tunes the C
    library, its settings stay.
    """
    libc = ctypes.CDLL(None)
    if not _is_glibc(libc):
        yield
        return
    tuned = _is_tuned()
    if not tuned:
        libc.mallopt(_TRIM_THRESHOLD, 128 << 10)
    try:
        yield
    finally:
        libc.malloc_trim(ctypes.c_size_t(0))
        if not tuned:  # what it comes to by itself in a program of large pictures
            libc.mallopt(_MMAP_THRESHOLD, 32 << 20)
            libc.mallopt(_TRIM_THRESHOLD, 64 << 20)


def _is_glibc(libc: ctypes.CDLL) -> bool:
    return hasattr(libc, "malloc_trim")


def _is_tuned() -> bool:
    return any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ)
